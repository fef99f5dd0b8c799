//! Rules about model calls outside clawsig version 2: providers, models, gateways; each list has to allow.

use super::action::PolicyAction;
use super::decision::{DecisionCode, Effect, PolicyDecision};
use super::glob::Glob;

/// An allow list. An empty one allows nothing.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct AllowList {
    pub(super) pointer: String,
    /// JSON pointer and pattern of each item.
    pub(super) items: Vec<(String, Glob)>,
}

impl AllowList {
    /// The pointer of the item that allows.
    pub(super) fn find(&self, text: &str) -> Option<&str> {
        let found = self.items.iter().find(|(_, glob)| glob.matches(text));
        found.map(|(pointer, _)| pointer.as_str())
    }
}

/// What a policy says about model calls.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct ModelRules {
    pub(super) providers: Option<AllowList>,
    pub(super) models: Option<AllowList>,
    pub(super) gateways: Option<AllowList>,
}

impl ModelRules {
    pub(super) fn evaluate(&self, action: &PolicyAction<'_>) -> PolicyDecision {
        let questions = [
            (
                &self.models,
                [action.model, None],
                DecisionCode::ModelNotAllowed,
                DecisionCode::ModelUnknown,
            ),
            (
                &self.providers,
                [action.provider, None],
                DecisionCode::ProviderNotAllowed,
                DecisionCode::ProviderUnknown,
            ),
            (
                &self.gateways,
                // A gateway goes by its registered name and by its id.
                [action.gateway_name, action.gateway],
                DecisionCode::GatewayNotAllowed,
                DecisionCode::GatewayUnknown,
            ),
        ];
        let mut unknown = None;
        let mut allowed = None;
        for (list, names, not_allowed, not_known) in questions {
            let Some(list) = list else {
                continue;
            };
            let mut names = names.into_iter().flatten().peekable();
            if names.peek().is_none() {
                unknown = unknown.or_else(|| Some((not_known, list.pointer.clone())));
                continue;
            }
            match names.find_map(|name| list.find(name)) {
                Some(pointer) => allowed = allowed.or_else(|| Some(pointer.to_owned())),
                None => return PolicyDecision::deny(not_allowed, Some(list.pointer.clone())),
            }
        }
        match (unknown, allowed) {
            (Some((code, pointer)), _) => PolicyDecision::unknown(code, Some(pointer)),
            (None, Some(pointer)) => PolicyDecision::allow(Some(pointer)),
            (None, None) => PolicyDecision::new(Effect::NotGoverned, DecisionCode::NoModelRules, None),
        }
    }
}
