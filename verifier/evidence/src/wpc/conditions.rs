//! The conditions of clawsig version 2: operator, context key, operand.
//!
//! Three answers, not two: a condition on something that the action does not state is neither met nor unmet. Were
//! it unmet, as in clawsig, a denial with such a condition would fall away.

use core::net::{IpAddr, Ipv4Addr};
use std::cmp::Ordering;

use super::action::{ActionKind, PolicyAction};
use super::decision::DecisionCode;
use super::glob::Glob;
use crate::text::invisible;

/// The context key that says whether a human approved.
pub(super) const HUMAN_APPROVAL: &str = "Request:HasHumanApproval";

/// Yes, no, or why neither.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ConditionResult {
    Yes,
    No,
    Maybe(DecisionCode),
}

impl ConditionResult {
    pub(super) fn all(answers: impl Iterator<Item = Self>) -> Self {
        let mut result = Self::Yes;
        for answer in answers {
            match (answer, result) {
                (Self::No, _) => return Self::No,
                (Self::Maybe(_), Self::Yes) => result = answer,
                _ => {}
            }
        }
        result
    }

    pub(super) fn any(answers: impl Iterator<Item = Self>) -> Self {
        let mut result = Self::No;
        for answer in answers {
            match (answer, result) {
                (Self::Yes, _) => return Self::Yes,
                (Self::Maybe(_), Self::No) => result = answer,
                _ => {}
            }
        }
        result
    }

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            maybe @ Self::Maybe(_) => maybe,
        }
    }

    fn of(met: bool) -> Self {
        if met { Self::Yes } else { Self::No }
    }
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Condition {
    pub(super) operator: String,
    pub(super) key: String,
    pub(super) operand: String,
}

impl Condition {
    /// Whether it is met, given whether the approvals are at hand. `deny`: whether it is in a denial, which
    /// holds with the characters that nobody sees or without them. A statement that allows is not about a name
    /// that has any.
    pub(super) fn evaluate(&self, action: &PolicyAction<'_>, approved: bool, deny: bool) -> ConditionResult {
        let Some(values) = context(&self.key, action, approved) else {
            return ConditionResult::Maybe(DecisionCode::ContextMissing);
        };
        let hides = |text: &String| invisible::first(text).is_some();
        if !values.iter().chain([&self.operand]).any(hides) {
            return self.test(&values);
        }
        if !deny {
            return ConditionResult::No;
        }
        let seen: Vec<String> = values
            .iter()
            .map(|value| invisible::without(value).into_owned())
            .collect();
        let without = Self {
            operand: invisible::without(&self.operand).into_owned(),
            ..self.clone()
        };
        ConditionResult::any([self.test(&values), without.test(&seen)].into_iter())
    }

    fn test(&self, values: &[String]) -> ConditionResult {
        let any = |test: &dyn Fn(&str) -> ConditionResult| {
            ConditionResult::any(values.iter().map(|value| test(value)))
        };
        let glob = || Glob::new(&self.operand);
        match self.operator.as_str() {
            "StringEquals" => any(&|value| ConditionResult::of(value == self.operand)),
            "StringNotEquals" => any(&|value| ConditionResult::of(value == self.operand)).not(),
            "StringLike" => any(&|value| ConditionResult::of(glob().matches(value))),
            "StringNotLike" => any(&|value| ConditionResult::of(glob().matches(value))).not(),
            "NumericEquals" => any(&|value| self.compare(value, Ordering::is_eq)),
            "NumericLessThan" => any(&|value| self.compare(value, Ordering::is_lt)),
            "NumericGreaterThan" => any(&|value| self.compare(value, Ordering::is_gt)),
            "Bool" => any(&|value| match (boolean(value), boolean(&self.operand)) {
                (Some(value), Some(operand)) => ConditionResult::of(value == operand),
                _ => ConditionResult::Maybe(DecisionCode::ConditionMalformed),
            }),
            "IpAddress" => any(&|value| in_network(&self.operand, value)),
            _ => ConditionResult::Maybe(DecisionCode::ConditionMalformed),
        }
    }

    fn compare(&self, value: &str, test: impl Fn(Ordering) -> bool) -> ConditionResult {
        let number = |text: &str| {
            text.trim()
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite())
        };
        let order = number(value)
            .zip(number(&self.operand))
            .and_then(|(value, operand)| value.partial_cmp(&operand));
        order.map_or(
            ConditionResult::Maybe(DecisionCode::ConditionMalformed),
            |order| ConditionResult::of(test(order)),
        )
    }
}

/// What the action says about a context key. A tool with an operation has two names, `tool` and
/// `tool:operation`; a condition on the name is about both.
fn context(key: &str, action: &PolicyAction<'_>, approved: bool) -> Option<Vec<String>> {
    let one = |text: Option<&str>| text.map(|text| vec![text.to_owned()]);
    match key {
        "Agent:DID" => one(action.agent),
        "Model:Provider" => one(action.provider),
        "Model:Name" => one(action.model),
        "Receipt:ProofTier" => one(action.proof_tier),
        HUMAN_APPROVAL => Some(vec![approved.to_string()]),
        "SideEffect:TargetDomain" => one(action.target_domain),
        "Tool:Name" => match action.kind {
            ActionKind::Tool { tool, operation } => {
                let whole = operation.map(|operation| format!("{tool}:{operation}"));
                Some(std::iter::once(tool.to_owned()).chain(whole).collect())
            }
            _ => None,
        },
        "Context:Hour" => action.hour().map(|hour| vec![hour.to_string()]),
        _ => None,
    }
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Whether an address lies in an IPv4 network in CIDR form; without a prefix length, in the network of that one
/// address. A name may resolve to any address, so it is no answer.
fn in_network(network: &str, value: &str) -> ConditionResult {
    let Ok(address) = value.parse::<IpAddr>() else {
        return ConditionResult::Maybe(DecisionCode::ContextMissing);
    };
    let Some((network, length)) = cidr(network) else {
        return ConditionResult::Maybe(DecisionCode::ConditionMalformed);
    };
    let IpAddr::V4(address) = address.to_canonical() else {
        return ConditionResult::No;
    };
    // A shift by all 32 bits is none that the processor knows: /0 is every address.
    let mask = u32::MAX.checked_shl(32_u32.saturating_sub(length)).unwrap_or(0);
    ConditionResult::of(address.to_bits() & mask == network.to_bits() & mask)
}

fn cidr(text: &str) -> Option<(Ipv4Addr, u32)> {
    let (network, length) = match text.split_once('/') {
        Some((network, length)) => (network, length.parse::<u32>().ok()?),
        None => (text, 32),
    };
    let network = network.parse().ok()?;
    (length <= 32).then_some((network, length))
}
