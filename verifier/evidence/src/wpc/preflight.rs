//! One question with everything in it: may this be done under this policy?

use super::action::{ActionKind, PolicyAction};
use super::decision::{Effect, PolicyDecision};
use super::egress::NETWORK_EGRESS;
use super::limits::KnownArguments;
use super::policy::{Parents, Policy, Rules};

impl Policy {
    /// What the policy says to an action that somebody means to do. Where a policy of lists is asked about a
    /// tool, whatever else is said about the action is held against its other lists, too: a denied model or
    /// target denies the whole, and one that the policy cannot judge leaves the whole open. (The statements of clawsig version 2 see all of it anyway.)
    pub fn preflight(&self, action: &PolicyAction<'_>, parents: &dyn Parents) -> PolicyDecision {
        let arguments = KnownArguments {
            in_clear: action.arguments,
            stated: &[],
        };
        let mut decision = self.evaluate(action, parents).about(&arguments);
        if !matches!(self.rules, Rules::Lists(_)) || !matches!(action.kind, ActionKind::Tool { .. }) {
            return decision;
        }
        let names_model = action.model.is_some() || action.provider.is_some() || action.gateway.is_some();
        let also = [
            names_model.then_some(ActionKind::Model),
            action.target_domain.map(|_| ActionKind::SideEffect {
                class: NETWORK_EGRESS,
            }),
        ];
        for kind in also.into_iter().flatten() {
            let other = self.evaluate(&PolicyAction { kind, ..*action }, parents);
            let denies = other.effect == Effect::Deny && decision.effect != Effect::Deny;
            let leaves_open =
                other.effect == Effect::Unknown && !matches!(decision.effect, Effect::Deny | Effect::Unknown);
            let speaks = other.effect == Effect::Allow && decision.effect == Effect::NotGoverned;
            if denies || leaves_open || speaks {
                decision = other;
            }
        }
        decision
    }
}
