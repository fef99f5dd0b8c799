//! Reading requests: parameters, bounded bodies. Every rejection is a problem.

use crate::error::ApiError;
use crate::limits::BodyPace;
use crate::pace::is_too_slow;
use crate::session::SignedIn;
use crate::state::ApiState;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use futures_util::StreamExt;
use ledger_query::share::PoolShare;
use serde::de::DeserializeOwned;
use verifier::context::SubmitterName;
use verifier::id::check_id;
use verifier::index::LeafIndex;
use verifier::text::hash::{HashForm, SpelledHash};

/// The query string as `T`; unknown and repeated parameters are refused, so that a misspelt filter never
/// widens an answer.
#[derive(Debug)]
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(value)| Self(value))
            .map_err(|rejection| {
                let cause = std::error::Error::source(&rejection).map(ToString::to_string);
                let (parameter, detail) = query_fault(&cause.unwrap_or_default());
                ApiError::Query { parameter, detail }
            })
    }
}

/// Which parameter of a query string is at fault, and what is wrong, in our words. `cause` is the decoder's.
fn query_fault(cause: &str) -> (Option<String>, String) {
    let after = |words: &str| cause.split_once(words).map(|(_, name)| name);
    let of_field = |name: &str| name.split('`').nth(1).map(str::to_owned);
    if let Some(name) = after("unknown field ") {
        return (of_field(name), format!("no such parameter: {name}"));
    }
    if let Some(name) = after("missing field ") {
        return (of_field(name), format!("the parameter {name} is missing"));
    }
    if let Some(name) = after("duplicate field ") {
        return (
            of_field(name),
            format!("the parameter {name} is given more than once"),
        );
    }
    let Some((name, why)) = cause.split_once(": ") else {
        return (None, "the query string could not be read".to_owned());
    };
    let expected = if why.contains("unknown variant") {
        let expected = why.split_once("expected ");
        format!(
            "expected {}",
            expected.map_or("another value", |(_, expected)| expected)
        )
    } else if ["digit", "integer", "number"]
        .iter()
        .any(|word| why.contains(word))
    {
        "expected a whole number".to_owned()
    } else {
        "not of the form that this parameter has".to_owned()
    };
    (Some(name.to_owned()), format!("{name}: {expected}"))
}

/// The one variable segment of a path, percent-decoded.
#[derive(Debug)]
pub(crate) struct Segment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(text)) => Ok(Self(text)),
            Err(_) => Err(ApiError::parameter("path", "percent-encoded UTF-8")),
        }
    }
}

impl Segment {
    /// The entry index that the segment is.
    pub(crate) fn index(&self) -> Result<LeafIndex, ApiError> {
        // One resource has one name: no sign, no leading zeros.
        let value = self
            .0
            .parse::<u64>()
            .ok()
            .filter(|value| value.to_string() == self.0);
        value
            .map(LeafIndex::new)
            .ok_or_else(|| ApiError::parameter("index", "a decimal number without leading zeros"))
    }

    /// The hash that the segment is.
    pub(crate) fn hash<T>(
        &self,
        name: &'static str,
        form: HashForm,
        parse: fn(&str) -> Option<T>,
    ) -> Result<T, ApiError> {
        hash(name, &self.0, form, parse)
    }

    /// The segment as an id that a signer or submitter chose.
    pub(crate) fn id(self, name: &'static str) -> Result<String, ApiError> {
        id(name, &self.0)?;
        Ok(self.0)
    }
}

/// A hash in its form; of another spelling the answer says which one it is.
pub(crate) fn hash<T>(
    name: &'static str,
    text: &str,
    form: HashForm,
    parse: fn(&str) -> Option<T>,
) -> Result<T, ApiError> {
    parse(text).ok_or_else(|| ApiError::parameter(name, SpelledHash::wanted(form, text)))
}

/// Refuses what cannot be an id: nothing in the log has it, and it may look like one that something has.
pub(crate) fn id(name: &'static str, text: &str) -> Result<(), ApiError> {
    check_id(text, "").map_err(|fault| ApiError::Id {
        name,
        expected: fault.expected,
        found: fault.found,
    })
}

/// Refuses what cannot be a DID.
pub(crate) fn did(name: &'static str, text: &str) -> Result<(), ApiError> {
    id(name, text)?;
    if text.strip_prefix("did:").is_none_or(str::is_empty) {
        return Err(ApiError::parameter(name, "a DID: did:method:…"));
    }
    Ok(())
}

/// Refuses a body that says itself that it is too large, before anything of it is read.
pub(crate) fn require_size(headers: &HeaderMap, max: usize) -> Result<(), ApiError> {
    let stated = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    match stated.and_then(|text| text.parse::<usize>().ok()) {
        Some(stated) if stated > max => Err(ApiError::TooLarge { max, unit: "bytes" }),
        _ => Ok(()),
    }
}

/// Reads a body of at most `max` bytes. It takes room for what has come, not for what was announced.
pub(crate) async fn read_body(
    state: &ApiState,
    body: Body,
    max: usize,
    room: &mut PoolShare,
) -> Result<Vec<u8>, ApiError> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| unread(state.limits().body_pace, &error))?;
        if chunk.len() > max.saturating_sub(bytes.len()) {
            return Err(ApiError::TooLarge { max, unit: "bytes" });
        }
        room.grow(chunk.len())?;
        bytes.extend_from_slice(&chunk);
        // A body that unpacks to much more than it was is always ready: without a pause it would hold its thread.
        tokio::task::consume_budget().await;
    }
    Ok(bytes)
}

fn unread(pace: BodyPace, error: &axum::Error) -> ApiError {
    if is_too_slow(error) {
        ApiError::BodyTooSlow {
            bytes: pace.bytes,
            seconds: pace.window.as_secs_f64(),
        }
    } else {
        ApiError::BodyIncomplete
    }
}

/// Extractor: the name under which a submission is logged. Runs before the body is read.
#[derive(Clone, Debug)]
pub(crate) struct Submitter(pub(crate) SubmitterName);

impl FromRequestParts<ApiState> for Submitter {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        if parts.extensions.get::<SignedIn>().is_some() {
            return Err(ApiError::Forbidden {
                reason: "a session only reads: submit with a submitter's bearer token",
            });
        }
        let caller = state.auth().identify(&parts.headers)?;
        state.auth().submitter(caller).map(Self)
    }
}
