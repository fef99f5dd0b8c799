//! What is wrong with the fields of a filter. The page stays, with the form as it was filled in and each wrong field
//! marked; there is no list, which would be of another question.

use axum::http::StatusCode;
use verifier::code::Code;

use crate::error::PageError;

/// A field that was filled in wrongly.
pub(crate) struct FormFault {
    pub(crate) field: &'static str,
    pub(crate) code: Code,
    /// What is wrong with it.
    pub(crate) sentence: String,
}

/// The fields of a form that were filled in wrongly.
#[derive(Default)]
pub(crate) struct FormFaults {
    pub(crate) all: Vec<FormFault>,
}

impl FormFaults {
    /// The value of a field; `None` where it is wrong, which is kept.
    ///
    /// # Errors
    /// What is no matter of the field.
    pub(crate) fn check<T>(
        &mut self,
        field: &'static str,
        read: Result<T, PageError>,
    ) -> Result<Option<T>, PageError> {
        let (code, what, expected) = match read {
            Ok(value) => return Ok(Some(value)),
            Err(PageError::Malformed { what, expected }) => {
                (Code::InvalidParameter, what, expected.to_owned())
            }
            Err(PageError::NoId {
                what,
                expected,
                found,
            }) => (Code::InvalidId, what, format!("{expected}; found {found}")),
            Err(other) => return Err(other),
        };
        self.all.push(FormFault {
            field,
            code,
            sentence: format!("The {what} is not valid. Expected {expected}."),
        });
        Ok(None)
    }

    /// Adds a field whose text must get into no address.
    pub(crate) fn withhold(&mut self, field: &'static str, sentence: String) {
        self.all.push(FormFault {
            field,
            code: Code::TokenLeaked,
            sentence,
        });
    }

    /// Whether a field is wrong.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.all.iter().any(|fault| fault.field == field)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// 200, or 422 where a field is wrong.
    pub(crate) const fn status(&self) -> StatusCode {
        if self.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }
}
