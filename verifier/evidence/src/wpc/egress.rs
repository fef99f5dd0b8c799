//! Where side effects may go (clawsig version 1, `egress_allowlist`).

use super::decision::{DecisionCode, Effect, PolicyDecision};
use super::models::AllowList;
use crate::text::invisible;

/// Class of the side effects that leave the machine.
pub(super) const NETWORK_EGRESS: &str = "network_egress";

/// What a policy says about side effects.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct EgressRules {
    pub(super) targets: Option<AllowList>,
}

impl EgressRules {
    /// An empty list allows no egress at all; with any other, the target has to be known.
    pub(super) fn evaluate(&self, class: &str, target: Option<&str>) -> PolicyDecision {
        // A class that only looks like one of the network is judged as one of the network.
        let leaves = invisible::without(class) == NETWORK_EGRESS;
        let Some(list) = self.targets.as_ref().filter(|_| leaves) else {
            return PolicyDecision::new(Effect::NotGoverned, DecisionCode::NoSideEffectRules, None);
        };
        let denied = || PolicyDecision::deny(DecisionCode::SideEffectNotAllowed, Some(list.pointer.clone()));
        match target {
            _ if list.items.is_empty() || class != NETWORK_EGRESS => denied(),
            None => PolicyDecision::unknown(DecisionCode::EgressTargetUnknown, Some(list.pointer.clone())),
            Some(target) => match list.find(target) {
                Some(pointer) => PolicyDecision::allow(Some(pointer.to_owned())),
                None => denied(),
            },
        }
    }
}
