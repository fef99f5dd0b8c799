//! The one map from what went wrong to a code, an HTTP status and a problem body.
//!
//! What a caller sees differs from what the operator sees: faults of a document are told in full, faults of
//! the storage are logged here, once, and answered with a sentence that names no object of the store.

use crate::problem::Problem;
use axum::http::StatusCode;
use ledger::error::{ReadError, SubmitError};
use ledger::projection::ProjectionError;
use ledger::reader::CollectError;
use verifier::assess::ClosureError;
use verifier::code::Code;
use verifier::fault::Fault;
use verifier::index::LeafIndex;

/// Seconds after which a caller that was shed may try again.
const RETRY_AFTER_S: u64 = 1;
/// Seconds after which a server that stops should be back.
const RESTART_AFTER_S: u64 = 5;

/// Why a request has no answer of its own kind.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ApiError {
    /// The ledger did not take a submission.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The thing asked for is not in this log. The caller is at fault.
    #[error("this log holds no such {what}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// What was asked for was erased by an order in the log. Nobody is at fault.
    #[error("it was erased by the order in entry {order}")]
    Erased {
        /// The entry of the order.
        order: LeafIndex,
    },
    /// A path segment, query parameter or header has another form. The caller is at fault.
    #[error("{name}: expected {expected}")]
    Parameter {
        /// Its name.
        name: &'static str,
        /// What would have been accepted.
        expected: String,
    },
    /// The query string as a whole does not read.
    #[error("{detail}")]
    Query {
        /// Which parameter, and why.
        detail: String,
    },
    /// A body, or the number of its lines, exceeds a limit. Nothing of it was logged.
    #[error("at most {max} {unit}")]
    TooLarge {
        /// The limit.
        max: usize,
        /// Of what.
        unit: &'static str,
    },
    /// A job has more evidence than one assessment may hold. Nobody is at fault; nothing was judged.
    #[error("the job's evidence exceeds {max} {what}: it is not assessed here")]
    ClosureTooLarge {
        /// Of what.
        what: &'static str,
        /// The limit.
        max: usize,
    },
    /// The connection broke before the whole body was here.
    #[error("the body could not be read to its end")]
    BodyIncomplete,
    /// Another content type or a content encoding.
    #[error("expected {expected} without content encoding")]
    UnsupportedMediaType {
        /// The one that is read here.
        expected: &'static str,
    },
    /// A compact JWS in the path or the query.
    #[error("the {place} holds a compact JWS: tokens are bearer secrets, look them up by token_hash")]
    TokenLeaked {
        /// path or query.
        place: &'static str,
    },
    /// No token, an unknown one, or one of another role.
    #[error("{expected} is needed")]
    Unauthenticated {
        /// The role whose token is needed.
        expected: &'static str,
    },
    /// `wait=witnessed` without witnesses.
    #[error("no witness is configured; use wait=integrated")]
    WitnessNotConfigured,
    /// One submitter has too many requests under way.
    #[error("too many submissions of this submitter are under way")]
    TooManyRequests,
    /// The server sheds load. Nothing was logged.
    #[error("{reason}")]
    Overloaded {
        /// What is exhausted.
        reason: &'static str,
    },
    /// No answer within the limit. A submission may still be logged; repeating it is safe.
    #[error("no answer within the time limit; repeating the request is safe")]
    TimedOut,
    /// The path exists, the method does not.
    #[error("this resource does not have that method")]
    MethodNotAllowed,
    /// Our fault; the text is for the log only.
    #[error("{0}")]
    Internal(String),
}

impl ApiError {
    /// A parameter of another form than `expected`.
    pub(crate) fn parameter(name: &'static str, expected: impl Into<String>) -> Self {
        Self::Parameter {
            name,
            expected: expected.into(),
        }
    }

    fn code(&self) -> Code {
        match self {
            Self::Submit(SubmitError::Refused { fault, .. }) => fault.code,
            Self::Submit(SubmitError::Unavailable { .. } | SubmitError::Unknown)
            | Self::Overloaded { .. }
            | Self::TimedOut => Code::Unavailable,
            Self::Read(ReadError::Beyond { .. })
            | Self::Parameter { .. }
            | Self::Query { .. }
            | Self::MethodNotAllowed => Code::InvalidParameter,
            Self::NotFound { .. } => Code::NotFound,
            Self::Erased { .. } => Code::EvidenceErased,
            Self::TooLarge { .. } => Code::BodyTooLarge,
            Self::ClosureTooLarge { .. } => Code::ClosureTooLarge,
            Self::BodyIncomplete => Code::MalformedJson,
            Self::UnsupportedMediaType { .. } => Code::UnsupportedMediaType,
            Self::TokenLeaked { .. } => Code::TokenLeaked,
            Self::Unauthenticated { .. } => Code::Unauthenticated,
            Self::WitnessNotConfigured => Code::WitnessNotConfigured,
            Self::TooManyRequests => Code::TooManyRequests,
            // Both enums may grow; what this version does not know of is nobody's fault but ours.
            Self::Submit(_) | Self::Read(_) | Self::Internal(_) => Code::Internal,
        }
    }

    fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::Submit(SubmitError::Unavailable { retry_after_s, .. }) => Some(*retry_after_s),
            Self::Submit(SubmitError::Unknown) => Some(RESTART_AFTER_S),
            Self::TooManyRequests | Self::Overloaded { .. } | Self::TimedOut => Some(RETRY_AFTER_S),
            _ => None,
        }
    }

    /// The body that the caller sees. Logs what he does not see.
    pub(crate) fn into_problem(self) -> Problem {
        let code = self.code();
        let (status, title) = describe(code);
        let mut problem = Problem {
            r#type: format!("urn:problem-type:evidence-ledger:{code}"),
            title,
            status: status.as_u16(),
            code,
            detail: String::new(),
            pointer: None,
            parameter: None,
            known_index: None,
            refused_index: None,
            retry_after_s: self.retry_after_s(),
        };
        match self {
            Self::Submit(SubmitError::Refused {
                fault,
                refused_entry,
                known_index,
            }) => {
                let Fault {
                    pointer,
                    expected,
                    found,
                    ..
                } = fault;
                problem.detail = format!("expected {expected}, found {found}");
                problem.pointer = Some(pointer);
                problem.refused_index = refused_entry;
                problem.known_index = known_index;
            }
            Self::MethodNotAllowed => {
                problem.status = StatusCode::METHOD_NOT_ALLOWED.as_u16();
                problem.detail = self.to_string();
            }
            Self::Parameter { name, .. } => {
                problem.detail = self.to_string();
                problem.parameter = Some(name);
            }
            other if code == Code::Internal => {
                tracing::error!(error = %other, "a request failed by our own fault");
                "the server could not answer; the operator's log says why".clone_into(&mut problem.detail);
            }
            other => problem.detail = other.to_string(),
        }
        problem
    }
}

impl From<CollectError> for ApiError {
    fn from(error: CollectError) -> Self {
        match error {
            CollectError::Read(error) => error.into(),
            CollectError::Closure(ClosureError::TooLarge { what, max }) => {
                Self::ClosureTooLarge { what, max }
            }
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<ProjectionError> for ApiError {
    fn from(error: ProjectionError) -> Self {
        match error {
            ProjectionError::Read(error) => error.into(),
            ProjectionError::Behind { .. } => Self::Overloaded {
                reason: "verdicts are not known up to that size yet",
            },
            ProjectionError::Outdated => Self::parameter("cursor", "a newer list: begin it again"),
            other => {
                tracing::warn!(error = %other, "the projection gave no answer");
                Self::Overloaded {
                    reason: "the list of verdicts is being made again",
                }
            }
        }
    }
}

/// Status and title of a code.
fn describe(code: Code) -> (StatusCode, &'static str) {
    use StatusCode as S;
    match code {
        Code::MalformedJson => (S::BAD_REQUEST, "not a JSON document"),
        Code::DuplicateKey => (S::BAD_REQUEST, "a member name occurs twice"),
        Code::LoneSurrogate => (S::BAD_REQUEST, "half a surrogate pair"),
        Code::NumberOutOfRange => (S::BAD_REQUEST, "a number that a double does not hold exactly"),
        Code::NestingTooDeep => (S::BAD_REQUEST, "nested too deep"),
        Code::BodyTooLarge => (S::PAYLOAD_TOO_LARGE, "too large"),
        Code::UnsupportedMediaType => (S::UNSUPPORTED_MEDIA_TYPE, "another content type"),
        Code::UnknownEnvelopeType => (S::UNPROCESSABLE_ENTITY, "no such envelope type"),
        Code::SchemaInvalid => (S::UNPROCESSABLE_ENTITY, "the document is not of its schema"),
        Code::InvalidBase64url => (S::UNPROCESSABLE_ENTITY, "not canonical base64url"),
        Code::HashMismatch => (S::UNPROCESSABLE_ENTITY, "a stated hash is another"),
        Code::SignatureInvalid => (S::UNPROCESSABLE_ENTITY, "the signature does not verify"),
        Code::WrongLog => (S::UNPROCESSABLE_ENTITY, "signed for another log"),
        Code::TokenLeaked => (S::UNPROCESSABLE_ENTITY, "a bearer token in the clear"),
        Code::InvalidId => (S::UNPROCESSABLE_ENTITY, "not an identifier"),
        Code::SubjectsTooMany => (S::UNPROCESSABLE_ENTITY, "too many subjects"),
        Code::EntryTooLarge => (S::UNPROCESSABLE_ENTITY, "the entry would be too large"),
        Code::TokenScopeHashMismatch => (S::UNPROCESSABLE_ENTITY, "the scope hash is another"),
        Code::RevokedAtAhead => (S::UNPROCESSABLE_ENTITY, "revoked in the future"),
        Code::ClockNotInDoubt => (S::CONFLICT, "the clock is not in doubt"),
        Code::ClockDiffers => (S::CONFLICT, "the server's clock shows another time"),
        Code::ConfirmationStale => (S::CONFLICT, "the confirmation is for another size of the log"),
        Code::ArtifactHashMismatch => (S::UNPROCESSABLE_ENTITY, "the artifact's hash or size is another"),
        Code::KindNotEnabled => (S::UNPROCESSABLE_ENTITY, "this version does not take this kind"),
        Code::ErasureNotAllowed => (S::UNPROCESSABLE_ENTITY, "evidence of this kind is not erased"),
        Code::EvidenceHeld => (S::CONFLICT, "under a legal hold"),
        Code::EvidenceErased => (S::GONE, "erased by an order in the log"),
        Code::InvalidParameter => (S::UNPROCESSABLE_ENTITY, "a parameter of another form"),
        Code::ClosureTooLarge => (S::UNPROCESSABLE_ENTITY, "more evidence than is assessed here"),
        Code::NotFound => (S::NOT_FOUND, "not in this log"),
        Code::WitnessNotConfigured => (S::NOT_IMPLEMENTED, "no witness is configured"),
        Code::SignerNotTrusted => (S::FORBIDDEN, "the signer is not registered here"),
        Code::SignerRetired => (S::FORBIDDEN, "the signer was retired"),
        Code::RoleMismatch => (S::FORBIDDEN, "the signer has another role"),
        Code::Unauthenticated => (S::UNAUTHORIZED, "no valid token"),
        Code::TooManyRequests => (S::TOO_MANY_REQUESTS, "too many requests"),
        Code::Unavailable => (S::SERVICE_UNAVAILABLE, "try again later"),
        // `Code` may grow; a code without a line here is our omission.
        _ => (S::INTERNAL_SERVER_ERROR, "our fault"),
    }
}

#[cfg(test)]
mod tests {
    use super::describe;
    use axum::http::StatusCode;
    use verifier::code::Code;

    #[test]
    fn every_code_but_internal_has_a_status_of_its_own() {
        for code in Code::ALL {
            let internal = describe(*code).0 == StatusCode::INTERNAL_SERVER_ERROR;
            assert_eq!(internal, *code == Code::Internal, "{code}");
        }
    }
}
