//! What a policy, or an approval, says of the arguments of a call: "the amount at most 100,000, the recipient one of these".

use crate::fault::pointer_to;
use crate::json::{self, Object, Value};

/// Most limits of one entry.
const LIMITS_MAX: usize = 64;
const MAX: &str = "max_";
const MIN: &str = "min_";

/// One limit on one argument.
#[derive(Clone, PartialEq, Debug)]
pub struct Limit {
    /// JSON pointer to the limit.
    pub pointer: String,
    /// JSON pointer into the arguments.
    pub argument: String,
    /// What the argument has to be.
    pub rule: LimitRule,
}

/// What an argument has to be.
#[derive(Clone, PartialEq, Debug)]
pub enum LimitRule {
    /// A number, not more.
    BoundedArray(f64),
    /// A number, not less.
    AtLeast(f64),
    /// One of these strings, numbers and booleans.
    OneOf(Vec<Value>),
}

/// What is known of the arguments of one call.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct KnownArguments<'a> {
    /// All of them, in clear.
    pub in_clear: Option<&'a Value>,
    /// What decisions on the same call say: JSON pointer into the arguments, and what stood there.
    pub stated: &'a [(&'a str, &'a Value)],
}

/// Whether arguments keep to limits.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum LimitCheck<'l> {
    /// To all of them.
    Yes,
    /// Not to this one.
    No(&'l Limit),
    /// Nothing tells the argument of at least this one.
    Unknown(&'l Limit),
}

impl KnownArguments<'_> {
    /// Whether they keep to limits. An argument that is missing or of another type keeps to none.
    pub fn keep<'l>(&self, limits: &'l [Limit]) -> LimitCheck<'l> {
        let mut kept = LimitCheck::Yes;
        for limit in limits {
            let holds = match self.in_clear {
                Some(arguments) => {
                    Some(at(arguments, &limit.argument).is_some_and(|value| limit.rule.holds(value)))
                }
                None => self.stated_keeps(limit),
            };
            match holds {
                Some(true) => {}
                Some(false) => return LimitCheck::No(limit),
                None => kept = LimitCheck::Unknown(limit),
            }
        }
        kept
    }

    /// Whether they keep to the limits of one of several entries.
    pub(super) fn keep_one<'l>(&self, alternatives: &'l [Vec<Limit>]) -> LimitCheck<'l> {
        let mut answer = LimitCheck::Yes;
        for limits in alternatives {
            match (self.keep(limits), answer) {
                (LimitCheck::Yes, _) => return LimitCheck::Yes,
                (unknown @ LimitCheck::Unknown(_), LimitCheck::Yes | LimitCheck::No(_)) => answer = unknown,
                (broken @ LimitCheck::No(_), LimitCheck::Yes) => answer = broken,
                (LimitCheck::No(_) | LimitCheck::Unknown(_), _) => {}
            }
        }
        answer
    }

    /// What decisions say: of several the one that keeps to it least.
    fn stated_keeps(&self, limit: &Limit) -> Option<bool> {
        let stated = self
            .stated
            .iter()
            .filter(|(argument, _)| *argument == limit.argument);
        stated.map(|(_, actual)| limit.rule.holds(actual)).min()
    }
}

impl LimitRule {
    fn holds(&self, argument: &Value) -> bool {
        match self {
            Self::BoundedArray(limit) => number(argument).is_some_and(|number| number <= *limit),
            Self::AtLeast(limit) => number(argument).is_some_and(|number| number >= *limit),
            Self::OneOf(values) => values.contains(argument),
        }
    }
}

/// A number, or a text that spells one as JSON does: amounts are often written so.
fn number(argument: &Value) -> Option<f64> {
    let spelled = argument
        .as_str()
        .and_then(|text| json::parse(text.as_bytes()).ok());
    argument.as_f64().or_else(|| spelled?.as_f64())
}

/// What a JSON pointer (RFC 6901) leads to.
fn at<'v>(value: &'v Value, pointer: &str) -> Option<&'v Value> {
    let steps = pointer.strip_prefix('/')?.split('/');
    steps
        .map(|step| step.replace("~1", "/").replace("~0", "~"))
        .try_fold(value, |value, step| {
            value
                .as_object()
                .and_then(|object| object.get(&step))
                .or_else(|| value.as_array()?.get(step.parse::<usize>().ok()?))
        })
}

impl Limit {
    /// Reads `constraints` of a policy, or `limits` of a scope; `None` for another form.
    ///
    /// An object names an argument, or its JSON pointer, and what it has to be: a scalar, a list of which it is one, or
    /// an object of `max`, `min`, `equals`, `one_of`; `max_NAME` and `min_NAME` with a number are the same for NAME. A list holds objects with
    /// `pointer`, the JSON pointer into the arguments, and one or more of these.
    pub fn read_all(value: &Value, pointer: &str) -> Option<Vec<Self>> {
        let mut limits = Vec::new();
        if let Some(object) = value.as_object() {
            for (name, value) in object.members() {
                limits.extend(Self::read_named(name, value, &pointer_to(pointer, name))?);
            }
        } else {
            for (index, item) in value.as_array()?.iter().enumerate() {
                let item = item.as_object()?;
                let argument = item.text("pointer")?;
                let rules = item.without("pointer");
                limits.extend(of_rules(
                    argument,
                    &rules,
                    &pointer_to(pointer, &index.to_string()),
                )?);
            }
        }
        (limits.len() <= LIMITS_MAX).then_some(limits)
    }

    /// Reads `max_NAME` or `min_NAME` with a number.
    pub(super) fn read_bound(name: &str, value: &Value, pointer: &str) -> Option<Vec<Self>> {
        let (argument, rule) = bound(name)?;
        Some(vec![Self::new(pointer, argument, rule(value.as_f64()?))])
    }

    /// Reads one member that is named after an argument.
    fn read_named(name: &str, value: &Value, pointer: &str) -> Option<Vec<Self>> {
        if let Some(limits) = Self::read_bound(name, value, pointer) {
            return Some(limits);
        }
        match value {
            Value::Object(rules) => of_rules(name, rules, pointer),
            Value::Array(values) => {
                let rule = LimitRule::OneOf(scalars(values)?);
                Some(vec![Self::new(pointer, name, rule)])
            }
            Value::Null => None,
            scalar => Some(vec![Self::new(
                pointer,
                name,
                LimitRule::OneOf(vec![scalar.clone()]),
            )]),
        }
    }

    fn new(pointer: &str, argument: &str, rule: LimitRule) -> Self {
        let argument = if argument.starts_with('/') {
            argument.to_owned()
        } else {
            pointer_to("", argument)
        };
        Self {
            pointer: pointer.to_owned(),
            argument,
            rule,
        }
    }

    /// The limit in words.
    pub fn description(&self) -> String {
        let name = self.argument.strip_prefix('/').unwrap_or(&self.argument);
        match &self.rule {
            LimitRule::BoundedArray(limit) => {
                format!("{name} at most {}", json::to_jcs(&Value::Number(*limit)))
            }
            LimitRule::AtLeast(limit) => format!("{name} at least {}", json::to_jcs(&Value::Number(*limit))),
            LimitRule::OneOf(values) => {
                let values: Vec<String> = values.iter().map(json::to_jcs).collect();
                format!("{name} {}", values.join(" or "))
            }
        }
    }
}

/// Makes the rule of a bound.
type BoundRule = fn(f64) -> LimitRule;

/// The argument and the bound that `max_NAME` or `min_NAME` means.
fn bound(name: &str) -> Option<(&str, BoundRule)> {
    let (rest, rule): (&str, BoundRule) = match (name.strip_prefix(MAX), name.strip_prefix(MIN)) {
        (Some(rest), _) => (rest, LimitRule::BoundedArray),
        (None, Some(rest)) => (rest, LimitRule::AtLeast),
        (None, None) => return None,
    };
    (!rest.is_empty()).then_some((rest, rule))
}

/// `max`, `min`, `equals`, `one_of`, at least one of them and nothing else.
fn of_rules(argument: &str, rules: &Object, pointer: &str) -> Option<Vec<Limit>> {
    let limits: Option<Vec<Limit>> = rules
        .members()
        .iter()
        .map(|(name, value)| {
            let rule = match name.as_str() {
                "max" => LimitRule::BoundedArray(value.as_f64()?),
                "min" => LimitRule::AtLeast(value.as_f64()?),
                "equals" => LimitRule::OneOf(scalars(std::slice::from_ref(value))?),
                "one_of" => LimitRule::OneOf(scalars(value.as_array()?)?),
                _ => return None,
            };
            Some(Limit::new(&pointer_to(pointer, name), argument, rule))
        })
        .collect();
    limits.filter(|limits| !limits.is_empty())
}

fn scalars(values: &[Value]) -> Option<Vec<Value>> {
    let scalar = |value: &Value| !matches!(value, Value::Null | Value::Array(_) | Value::Object(_));
    values.iter().all(scalar).then(|| values.to_vec())
}
