//! The normal form of what a policy binding hashes (`schemas/clawsig.md` §2.3): statements once each and in order,
//! lists of texts trimmed and in order, then the members of every object in order. The order is that of
//! `String.prototype.localeCompare`.

use std::collections::BTreeMap;

use crate::collation::CollationKey;
use crate::{ClawsigFailure, Reason};
use evidence::json::{Object, Value, hash_js};
use evidence::token::js_trim;
use tlog::base64;

/// `H_js` of a value with the members of every object in order.
pub(super) fn hash(value: &Value) -> Result<String, ClawsigFailure> {
    Ok(base64::encode_url(&hash_js(&ordered(value)?)))
}

/// As deep as a document, which is 64 at most.
fn ordered(value: &Value) -> Result<Value, ClawsigFailure> {
    match value {
        Value::Array(items) => {
            let items = items.iter().map(ordered).collect::<Result<_, _>>()?;
            Ok(Value::Array(items))
        }
        Value::Object(object) => {
            let members = in_order(object.members().iter().collect(), |(name, _)| name)?;
            let members = members
                .into_iter()
                .map(|(name, value)| Ok((name.clone(), ordered(value)?)))
                .collect::<Result<_, ClawsigFailure>>()?;
            of_members(members)
        }
        other => Ok(other.clone()),
    }
}

/// Sorts by a text of each; what is alone needs no order.
pub(super) fn in_order<T>(items: Vec<T>, text: impl Fn(&T) -> &str) -> Result<Vec<T>, ClawsigFailure> {
    if items.len() < 2 {
        return Ok(items);
    }
    let keyed = items
        .into_iter()
        .map(|item| Some((CollationKey::of(text(&item))?, item)))
        .collect::<Option<Vec<_>>>();
    let mut keyed = keyed.ok_or_else(|| {
        let message = "a hash of the metadata depends on the order of characters that have none here";
        ClawsigFailure::incomplete(Reason::CollationUnsupported, message)
    })?;
    keyed.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(keyed.into_iter().map(|(_, item)| item).collect())
}

fn of_members(members: Vec<(String, Value)>) -> Result<Value, ClawsigFailure> {
    let object = Object::from_members(members);
    object
        .map(Value::Object)
        .map_err(|name| malformed(&format!("{name} occurs twice")))
}

/// An object of these members.
pub(super) fn object(members: Vec<(&str, Value)>) -> Result<Value, ClawsigFailure> {
    of_members(
        members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

fn malformed(what: &str) -> ClawsigFailure {
    ClawsigFailure::fail(Reason::SchemaValidationFailed, format!("a policy: {what}"))
}

/// A policy's statements, of one `sid` the last, in the order of their ids.
pub(super) fn policy(policy: Option<&Value>) -> Result<Value, ClawsigFailure> {
    let statements = policy
        .and_then(Value::as_object)
        .and_then(|policy| policy.get("statements")?.as_array())
        .filter(|statements| !statements.is_empty())
        .ok_or_else(|| malformed("it has no statements"))?;
    let mut by_id = BTreeMap::new();
    for item in statements {
        let item = item
            .as_object()
            .ok_or_else(|| malformed("a statement is no object"))?;
        let id = text(item, "sid").ok_or_else(|| malformed("a statement has no sid"))?;
        by_id.insert(id.to_owned(), statement(item, id)?);
    }
    let statements = in_order(by_id.into_iter().collect(), |(id, _)| id)?;
    let statements = statements.into_iter().map(|(_, statement)| statement).collect();
    object(vec![("statements", Value::Array(statements))])
}

/// A text that is not blank, trimmed.
fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    let text = object.text(name).map(js_trim);
    text.filter(|text| !text.is_empty())
}

fn statement(item: &Object, id: &str) -> Result<Value, ClawsigFailure> {
    let effect = item.text("effect");
    let effect = effect
        .filter(|effect| matches!(*effect, "Allow" | "Deny"))
        .ok_or_else(|| malformed("an effect is neither Allow nor Deny"))?;
    let list = |name: &str| {
        let texts = item.get(name).and_then(Value::as_array).map(texts).transpose()?;
        texts
            .filter(|texts| !texts.is_empty())
            .map(Value::Array)
            .ok_or_else(|| malformed(&format!("a statement has no {name}")))
    };
    let mut members = vec![
        ("sid", Value::String(id.to_owned())),
        ("effect", Value::String(effect.to_owned())),
        ("actions", list("actions")?),
        ("resources", list("resources")?),
    ];
    if let Some(item) = item.get("conditions") {
        members.push(("conditions", conditions(item)?));
    }
    object(members)
}

/// The texts of a list, trimmed, in order; what is none or blank is left out.
fn texts(items: &[Value]) -> Result<Vec<Value>, ClawsigFailure> {
    let texts = items.iter().filter_map(Value::as_str).map(js_trim);
    let texts = in_order(texts.filter(|text| !text.is_empty()).collect(), |text| text)?;
    Ok(texts
        .into_iter()
        .map(|text| Value::String(text.to_owned()))
        .collect())
}

fn conditions(item: &Value) -> Result<Value, ClawsigFailure> {
    let members = |value: &Value| {
        let members = value.as_object().map(|object| object.members().to_vec());
        members.ok_or_else(|| malformed("conditions are no objects"))
    };
    let mut operators = Vec::new();
    for (operator, keys) in members(item)? {
        let mut normal = Vec::new();
        for (key, values) in members(&keys)? {
            let values = values
                .as_array()
                .ok_or_else(|| malformed("the values of a condition are no list"))?;
            normal.push((key, Value::Array(texts(values)?)));
        }
        operators.push((operator, of_members(normal)?));
    }
    of_members(operators)
}
