//! Which texts can be the value of a subject (`schemas/subjects.md`, "Forms of values"). A question about another text has a true
//! answer that misleads: no entry has it, and the same hash in the spelling of the log may have many.

use std::fmt;

use super::{AskedField, IndexQuestion};
use crate::did::DidKey;
use crate::kind::Kind;
use crate::subject::Field;
use crate::text::hash::{HashForm, SpelledHash};
use crate::text::shown::brief;

/// The form that every value of a field has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum ValueForm {
    /// A SHA-256 in one spelling.
    Hash(HashForm),
    /// The did:key of an Ed25519 key.
    DidKey,
}

/// A value that no entry can have.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a value of the field {field} is {expected}: found {found}")]
pub struct ValueFault {
    /// The field.
    pub field: &'static str,
    /// The form in words, with what to write instead of a hash in another spelling.
    pub expected: String,
    /// The value, shortened.
    pub found: String,
}

impl fmt::Display for ValueForm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hash(form) => form.fmt(formatter),
            Self::DidKey => formatter.write_str("the did:key of an Ed25519 key"),
        }
    }
}

impl ValueForm {
    /// The form of a field's values on entries of these kinds, or of any if there are none; `None` where a value can be any text.
    fn of(field: Field, kinds: &[Kind]) -> Option<Self> {
        match field {
            Field::Token | Field::Revocation | Field::Evidence | Field::Artifact => {
                Some(Self::Hash(HashForm::Hex))
            }
            Field::Gateway | Field::Issuer => Some(Self::DidKey),
            // A receipt or approval names policy and scope as the caller did, whatever that is.
            Field::Policy | Field::Scope => {
                let is_hash = !kinds.is_empty() && !kinds.iter().any(|kind| has_words_of_callers(*kind));
                is_hash.then_some(Self::Hash(HashForm::Base64url))
            }
            // A halt is of a job, whose id can be any text, or of a token.
            Field::Halt => (kinds == [Kind::TokenRevoked]).then_some(Self::Hash(HashForm::Hex)),
            Field::Job
            | Field::Run
            | Field::Agent
            | Field::Jti
            | Field::PolicyId
            | Field::Receipt
            | Field::Nonce
            | Field::Bundle
            | Field::Approval => None,
        }
    }

    fn admits(self, value: &str) -> bool {
        match self {
            Self::Hash(form) => is_hash_in(form, value),
            Self::DidKey => DidKey::parse(value).is_some(),
        }
    }

    fn wanted(self, value: &str) -> String {
        match self {
            Self::Hash(form) => SpelledHash::wanted(form, value),
            Self::DidKey => self.to_string(),
        }
    }
}

const fn has_words_of_callers(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::ReceiptGateway | Kind::ReceiptTool | Kind::ReceiptSideEffect | Kind::ReceiptApproval
    )
}

/// Whether a text is a hash in this very spelling.
pub(super) fn is_hash_in(form: HashForm, text: &str) -> bool {
    SpelledHash::read(text).is_some_and(|hash| hash.to(form) == text)
}

impl IndexQuestion {
    /// Whether an entry can have the value that is asked for. If none can, that there are no entries of it says nothing of what was
    /// meant.
    ///
    /// # Errors
    /// [`ValueFault`] names the form that values of the field have. The one who asks is at fault.
    pub fn check_value(&self) -> Result<(), ValueFault> {
        let Self::Subject {
            field: AskedField::OfEntry(field),
            value,
            kinds,
        } = self
        else {
            return Ok(());
        };
        match ValueForm::of(*field, kinds) {
            Some(form) if !form.admits(value) => Err(ValueFault {
                field: field.as_str(),
                expected: form.wanted(value),
                found: format!("{:?}", brief(value)),
            }),
            _ => Ok(()),
        }
    }
}
