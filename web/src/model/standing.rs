//! Whose word a row is: what tells verified from self-reported facts, in every list and picture.

use verifier::kind::Role;

/// Whose word something is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// Signed by somebody whom the log registers for a role other than the agent's, or written by the log.
    Attested,
    /// An unsigned word of a submitter whom the operator bound to the signer that it speaks of.
    Submitted,
    /// The agent's own word, or that of a signer whom the log does not know.
    SelfReported,
    /// It decides nothing.
    Loose,
}

impl Standing {
    /// Of a registered signer.
    pub(crate) fn of_roles(roles: &[Role]) -> Self {
        if roles.iter().any(|role| *role != Role::Agent) {
            Self::Attested
        } else {
            Self::SelfReported
        }
    }

    /// The class of rows, tags and marks.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Attested => "attested",
            Self::Submitted => "submitted",
            Self::SelfReported => "self",
            Self::Loose => "loose",
        }
    }

    /// In words, with a glyph.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Attested => "● attested",
            Self::Submitted => "◐ submitter's word",
            Self::SelfReported => "◌ self-reported",
            Self::Loose => "○ decides nothing",
        }
    }
}
