//! Whose word a row is: what tells verified from self-reported facts, in every list and picture.

use verifier::kind::{Kind, Role};

/// Whose word something is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum EvidenceStanding {
    /// Signed by somebody whom the log registers for a role other than the agent's, or written by the log.
    Attested,
    /// What an agent did, by the word of the host on which it ran: an enforcement point's receipt.
    Observed,
    /// An unsigned word of a submitter whom the operator bound to the signer that it speaks of.
    Submitted,
    /// The agent's own word, or that of a signer whom the log does not know.
    SelfReported,
    /// It decides nothing.
    Loose,
}

impl EvidenceStanding {
    /// Of what a registered signer signed.
    pub(crate) fn of_roles(kind: Kind, roles: &[Role]) -> Self {
        let tells_of_an_agent = matches!(kind, Kind::ReceiptTool | Kind::ReceiptSideEffect);
        let is_host = roles.contains(&Role::EnforcementPoint) && !roles.contains(&Role::Gateway);
        if kind == Kind::Pulse {
            // Whatever its signer: it tells what an agent says about itself.
            Self::SelfReported
        } else if tells_of_an_agent && is_host {
            Self::Observed
        } else if roles.iter().any(|role| *role != Role::Agent) {
            Self::Attested
        } else {
            Self::SelfReported
        }
    }

    /// The class of rows, tags and marks.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Attested => "attested",
            Self::Observed => "observed",
            Self::Submitted => "submitted",
            Self::SelfReported => "self",
            Self::Loose => "loose",
        }
    }

    /// In words, with a glyph.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Attested => "● attested",
            Self::Observed => "◉ observed by the host",
            Self::Submitted => "◐ submitter's statement",
            Self::SelfReported => "◌ self-reported",
            Self::Loose => "○ does not count",
        }
    }

    /// The same words without the glyph, for the middle of a text.
    pub(crate) fn label_without_glyph(self) -> &'static str {
        self.words().split_once(' ').map_or("", |(_, said)| said)
    }
}
