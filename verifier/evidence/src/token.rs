//! CST claims and the scope hash (clawsig).

use crate::digest::ScopeHash;
use crate::json::{self, Object, Value};
use tlog::hash::sha256;

/// Claims that enter the scope hash as trimmed strings, where they are not empty.
const TEXT_CLAIMS: [&str; 11] = [
    "owner_ref",
    "owner_did",
    "controller_did",
    "agent_did",
    "policy_hash_b64u",
    "control_plane_policy_hash_b64u",
    "payment_account_did",
    "mission_id",
    "delegation_id",
    "delegator_did",
    "delegate_did",
];

/// Recomputes `token_scope_hash_b64u` from the claims of a scoped token: `H_jcs` over what the token
/// permits, without times and identifiers of the token itself. `None` where a claim that enters is
/// not of the form that the hash is defined for.
pub fn scope_hash(claims: &Object) -> Option<ScopeHash> {
    let subject = js_trim(claims.text("sub")?);
    if subject.is_empty() || claims.text("token_version")? != "1" {
        return None;
    }
    let mut members = vec![
        ("token_version".to_owned(), Value::String("1".to_owned())),
        ("sub".to_owned(), Value::String(subject.to_owned())),
        ("aud".to_owned(), text_set(claims.get("aud")?)?),
        (
            "scope".to_owned(),
            text_set(claims.get("scope").filter(|scope| scope.as_array().is_some())?)?,
        ),
    ];
    for name in TEXT_CLAIMS.into_iter().chain(["delegation_policy_hash_b64u"]) {
        if let Some(text) = trimmed_claim(claims, name)? {
            members.push((name.to_owned(), Value::String(text.to_owned())));
        }
    }
    if let Some(cap) = trimmed_claim(claims, "delegation_spend_cap_minor")? {
        if !cap.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        members.push((
            "delegation_spend_cap_minor".to_owned(),
            Value::String(cap.to_owned()),
        ));
    }
    if let Some(cap) = claims.get("spend_cap") {
        let cap = cap.as_f64().filter(|&cap| cap >= 0.0)?;
        members.push(("spend_cap".to_owned(), Value::Number(cap)));
    }
    if let Some(time) = claims.get("delegation_expires_at") {
        let time = time.as_f64()?.floor();
        if time > 0.0 {
            members.push(("delegation_expires_at".to_owned(), Value::Number(time)));
        }
    }
    Some(ScopeHash::from_bytes(sha256(
        json::jcs_of_members(&members).as_bytes(),
    )))
}

/// A text claim, trimmed. The outer `None` means that it is no string; empty ones count as absent.
#[expect(
    clippy::option_option,
    reason = "ill-formed, absent and present are three things"
)]
fn trimmed_claim<'a>(claims: &'a Object, name: &str) -> Option<Option<&'a str>> {
    let Some(value) = claims.get(name) else {
        return Some(None);
    };
    let text = js_trim(value.as_str()?);
    Some((!text.is_empty()).then_some(text))
}

/// A string or an array of them as the sorted set that is hashed: trimmed, none empty, none twice.
fn text_set(value: &Value) -> Option<Value> {
    let mut texts = match value {
        Value::String(text) => vec![js_trim(text)],
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(js_trim))
            .collect::<Option<Vec<_>>>()?,
        _ => return None,
    };
    texts.retain(|text| !text.is_empty());
    texts.sort_unstable_by(|one, other| json::utf16_order(one, other));
    texts.dedup();
    let texts: Vec<Value> = texts
        .into_iter()
        .map(|text| Value::String(text.to_owned()))
        .collect();
    (!texts.is_empty()).then_some(Value::Array(texts))
}

/// `String.prototype.trim` (ECMA-262 §22.1.3.32): its white space is Unicode's with U+FEFF and
/// without U+0085.
pub fn js_trim(text: &str) -> &str {
    text.trim_matches(|character: char| {
        character == '\u{FEFF}' || (character.is_whitespace() && character != '\u{0085}')
    })
}
