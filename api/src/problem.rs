//! The one map from what went wrong to a code, an HTTP status and a body: RFC 9457, `application/problem+json`.
//!
//! What a caller sees differs from what the operator sees: faults of a document are told in full, faults of
//! the storage are logged here, once, and answered with a sentence that names no object of the store.

use crate::error::ApiError;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ledger::error::{ReadError, SubmitError};
use ledger_query::share::PoolFull;
use serde::Serialize;
use std::borrow::Cow;
use verifier::code::Code;
use verifier::fault::Fault;
use verifier::index::{LeafIndex, TreeSize};

/// When to send a document again that witnesses have not signed in time, in seconds: they are asked once a second.
const RETRY_WITNESSED_S: u64 = 5;
/// The same of a log that is closed because its witnesses are behind: after failures they are asked again after up to a minute.
const RETRY_QUORUM_S: u64 = 30;
/// Seconds after which a caller that was shed may try again.
const RETRY_AFTER_S: u64 = 1;
/// Seconds after which a server that stops should be back.
const RESTART_AFTER_S: u64 = 5;

/// Value of `WWW-Authenticate` in a 401 answer.
pub(crate) const CHALLENGE: &str = "Bearer realm=\"evidence-ledger\"";

/// An RFC 9457 problem.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// `/problems/<code>`, the address of a page about the code.
    pub r#type: String,
    /// The code in words.
    pub title: &'static str,
    /// HTTP status; in a batch, that of the line.
    pub status: u16,
    /// Stable reason code.
    #[schema(value_type = String, example = "SCHEMA_INVALID")]
    pub code: Code,
    /// What was expected and what was found.
    pub detail: String,
    /// RFC 6901 pointer to the member of the document at fault; empty: the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub pointer: Option<String>,
    /// The path segment, query parameter or header at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub parameter: Option<Cow<'static, str>>,
    /// The entry of which the document is a damaged copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    pub known_index: Option<LeafIndex>,
    /// The `refused` entry that was logged for the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    pub refused_index: Option<LeafIndex>,
    /// The part of an answer that is to be asked for first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_range: Option<NextRange>,
    /// Seconds after which to try again; also the Retry-After header.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub retry_after_s: Option<u64>,
}

/// A range of an answer that one file can prove: the parameters of the next question.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
pub struct NextRange {
    /// Where it begins.
    #[schema(value_type = u64)]
    pub since: TreeSize,
    /// Where it ends; what follows begins here.
    #[schema(value_type = u64)]
    pub to: TreeSize,
    /// The size as of which the whole answer is asked.
    #[schema(value_type = u64)]
    pub as_of: TreeSize,
    /// Path and query of the next question. A list that carries a proof takes no range itself.
    pub address: String,
}

impl ApiError {
    /// The body that the caller sees. Logs what he does not see.
    pub(crate) fn into_problem(self) -> Problem {
        let told = self.with_position_ahead();
        let code = told.code();
        let status = status(code);
        let mut problem = Problem {
            r#type: format!("/problems/{code}"),
            title: code.guide().map_or(code.as_str(), |guide| guide.title),
            status: status.as_u16(),
            code,
            detail: String::new(),
            pointer: None,
            parameter: None,
            known_index: None,
            refused_index: None,
            next_range: None,
            retry_after_s: told.retry_after_s(),
        };
        match told {
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
            Self::Parameter { name, .. } | Self::Id { name, .. } | Self::PositionAhead { name, .. } => {
                problem.detail = told.to_string();
                problem.parameter = Some(name.into());
            }
            Self::AnswerTooLong { ref next, .. } => {
                problem.next_range = Some(next.clone());
                problem.detail = told.to_string();
            }
            Self::Query(fault) => {
                problem.detail = fault.to_string();
                problem.parameter = fault.parameter().map(|name| name.to_owned().into());
            }
            other if code == Code::Internal => {
                tracing::error!(error = %other, "a request failed by our own fault");
                "the server could not answer; the operator's log says why".clone_into(&mut problem.detail);
            }
            other => problem.detail = other.to_string(),
        }
        problem
    }

    /// What the reader finds beyond the log's end is told as everything else that is.
    fn with_position_ahead(self) -> Self {
        match self {
            Self::Read(ReadError::Beyond { what, asked, size }) => Self::PositionAhead {
                // The one size that callers name without its being checked before.
                name: if what == "tree size" { "as_of" } else { what },
                asked,
                size,
            },
            other => other,
        }
    }

    fn code(&self) -> Code {
        match self {
            Self::Submit(SubmitError::Refused { fault, .. }) => fault.code,
            Self::Id { .. } => Code::InvalidId,
            Self::Submit(SubmitError::Unavailable { .. } | SubmitError::Unknown)
            | Self::Full(PoolFull::Pool(_))
            | Self::Overloaded { .. }
            | Self::TimedOut => Code::Unavailable,
            Self::Parameter { .. } | Self::Query(_) => Code::InvalidParameter,
            Self::PositionAhead { .. } => Code::PositionAhead,
            Self::IndexBehind(_) => Code::IndexBehind,
            Self::AnswerTooLong { .. } => Code::AnswerTooLong,
            Self::MethodNotAllowed { .. } => Code::MethodNotAllowed,
            Self::NotAcceptable { .. } => Code::NotAcceptable,
            Self::NotFound { .. } | Self::NoAddress => Code::NotFound,
            Self::Erased { .. } => Code::EvidenceErased,
            Self::TooLarge { .. } => Code::BodyTooLarge,
            Self::ClosureTooLarge { .. } => Code::ClosureTooLarge,
            Self::BodyIncomplete => Code::MalformedJson,
            Self::UnsupportedMediaType { .. } | Self::UnsupportedEncoding => Code::UnsupportedMediaType,
            Self::TokenLeaked { .. } => Code::TokenLeaked,
            Self::Unauthenticated { .. } => Code::Unauthenticated,
            Self::Forbidden { .. } => Code::Forbidden,
            Self::WitnessNotConfigured => Code::WitnessNotConfigured,
            Self::NotWitnessed { .. } => Code::NotWitnessed,
            Self::Submit(SubmitError::QuorumTooOld(_)) => Code::QuorumTooOld,
            Self::Submit(SubmitError::Frozen(_)) => Code::LogFrozen,
            Self::TooManyRequests | Self::LinksFull { .. } | Self::Full(PoolFull::Share(_)) => {
                Code::TooManyRequests
            }
            Self::UnknownTokens { .. } => Code::UnknownTokens,
            Self::BodyTooSlow { .. } => Code::BodyTooSlow,
            Self::HostInvalid { .. } => Code::HostInvalid,
            // Both enums may grow; what this version does not know of is nobody's fault but ours.
            Self::Submit(_) | Self::Read(_) | Self::Internal(_) => Code::Internal,
        }
    }

    fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::Submit(SubmitError::Unavailable { retry_after_s, .. }) => Some(*retry_after_s),
            Self::Submit(SubmitError::Unknown) => Some(RESTART_AFTER_S),
            Self::UnknownTokens { wait_s } => Some(*wait_s),
            Self::NotWitnessed { .. } => Some(RETRY_WITNESSED_S),
            Self::Submit(SubmitError::QuorumTooOld(_)) => Some(RETRY_QUORUM_S),
            Self::TooManyRequests
            | Self::Full(_)
            | Self::Overloaded { .. }
            | Self::TimedOut
            | Self::IndexBehind(_) => Some(RETRY_AFTER_S),
            _ => None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let refuses_encoding = matches!(self, Self::UnsupportedEncoding);
        let problem = self.into_problem();
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = problem.retry_after_s;
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if refuses_encoding {
            headers.insert(
                header::ACCEPT_ENCODING,
                HeaderValue::from_static("gzip, identity"),
            );
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
        }
        response
    }
}

/// Status of a code.
fn status(code: Code) -> StatusCode {
    use StatusCode as S;
    match code {
        Code::MalformedJson
        | Code::DuplicateKey
        | Code::LoneSurrogate
        | Code::NumberOutOfRange
        | Code::NestingTooDeep
        | Code::HostInvalid => S::BAD_REQUEST,
        Code::BodyTooSlow => S::REQUEST_TIMEOUT,
        Code::BodyTooLarge | Code::AnswerTooLong => S::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMediaType => S::UNSUPPORTED_MEDIA_TYPE,
        Code::UnknownEnvelopeType
        | Code::SchemaInvalid
        | Code::InvalidBase64url
        | Code::HashMismatch
        | Code::SignatureInvalid
        | Code::WrongLog
        | Code::TokenLeaked
        | Code::InvalidId
        | Code::SubjectsTooMany
        | Code::EntryTooLarge
        | Code::TokenScopeHashMismatch
        | Code::ExpNotAfterIat
        | Code::IssuedAtAhead
        | Code::SecondsExpected
        | Code::RevokedAtAhead
        | Code::AtSizeAhead
        | Code::ArtifactHashMismatch
        | Code::ErasureNotAllowed
        | Code::InvalidParameter
        | Code::ClosureTooLarge => S::UNPROCESSABLE_ENTITY,
        Code::EvidenceHeld
        | Code::PositionAhead
        | Code::IndexBehind
        | Code::ClockNotInDoubt
        | Code::ClockDiffers
        | Code::ConfirmationStale
        | Code::KeyChangeRefused
        | Code::KeyNotHeld => S::CONFLICT,
        Code::EvidenceErased | Code::LogFrozen => S::GONE,
        Code::NotFound => S::NOT_FOUND,
        Code::WitnessNotConfigured => S::NOT_IMPLEMENTED,
        Code::NotWitnessed => S::GATEWAY_TIMEOUT,
        Code::SignerNotTrusted | Code::SignerRetired | Code::RoleMismatch | Code::Forbidden => S::FORBIDDEN,
        Code::Unauthenticated => S::UNAUTHORIZED,
        Code::TooManyRequests | Code::UnknownTokens => S::TOO_MANY_REQUESTS,
        Code::Unavailable | Code::QuorumTooOld => S::SERVICE_UNAVAILABLE,
        Code::MethodNotAllowed => S::METHOD_NOT_ALLOWED,
        Code::NotAcceptable => S::NOT_ACCEPTABLE,
        // `Code` may grow; a code without a line here is our omission.
        _ => S::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::status;
    use axum::http::StatusCode;
    use verifier::code::Code;

    #[test]
    fn every_code_but_internal_has_a_status_of_its_own() {
        for code in Code::ALL {
            let internal = status(*code) == StatusCode::INTERNAL_SERVER_ERROR;
            assert_eq!(internal, *code == Code::Internal, "{code}");
        }
    }

    #[test]
    fn every_code_has_a_page_that_says_what_to_do() {
        for code in Code::ALL {
            assert!(code.guide().is_some(), "{code}");
        }
    }
}
