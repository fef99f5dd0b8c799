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
use ledger_query::parameter::{QueryFault, WHOLE_NUMBER, read_query, whole_number};
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
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let pairs = pairs.map_err(|_| QueryFault::Unreadable);
        Ok(Self(pairs.and_then(|Query(pairs)| read_query(pairs))?))
    }
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
        let index = whole_number(&self.0).map(LeafIndex::new);
        index.ok_or_else(|| ApiError::parameter("index", WHOLE_NUMBER))
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
