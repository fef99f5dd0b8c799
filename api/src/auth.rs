//! Who asks: named submitters and readers, known by the SHA-256 of their bearer tokens.
//!
//! With nobody configured the server listens on loopback only, and whoever reaches it is the submitter
//! `local`. Off loopback, and wherever readers are configured, every read needs a token, except the checkpoint, hash
//! tiles and health: what reaches loopback may come from anywhere, through a proxy on the same host. A token that
//! is presented but unknown is always refused where anybody is configured: its holder believes it counts.

use crate::error::ApiError;
use crate::state::ApiState;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ledger::share;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use subtle::ConstantTimeEq;
use verifier::context::SubmitterName;
use verifier::hash::sha256;

/// The submitter's name where nobody is configured.
const LOCAL: &str = "local";

/// A name and the hash of a token that speaks for it. One name may have several tokens, so that they rotate.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Whose.
    pub name: SubmitterName,
    /// SHA-256 of the token's ASCII characters.
    pub token_sha256: [u8; 32],
}

/// Who may do what.
#[derive(Clone, Debug, Default)]
pub struct AuthConfig {
    /// Those who may submit, and read.
    pub submitters: Vec<Credential>,
    /// Those who may read.
    pub readers: Vec<Credential>,
    /// Whether the listener is bound to loopback. MUST be false for any other address: without readers reads are then
    /// open, and without configured submitters submissions are `local`.
    pub open_loopback: bool,
}

/// Who sent a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Caller {
    /// A configured submitter.
    Submitter(SubmitterName),
    /// A configured reader.
    Reader(SubmitterName),
    /// No token was presented, or nobody is configured.
    Anonymous,
}

impl AuthConfig {
    /// Who presents these headers.
    ///
    /// # Errors
    /// [`ApiError::Unauthenticated`] for an Authorization header that names nobody.
    pub fn identify(&self, headers: &HeaderMap) -> Result<Caller, ApiError> {
        if self.submitters.is_empty() && self.readers.is_empty() {
            return Ok(Caller::Anonymous);
        }
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return Ok(Caller::Anonymous);
        };
        let unknown = ApiError::Unauthenticated {
            expected: "a known bearer token",
        };
        let Some((scheme, token)) = value.to_str().ok().and_then(|text| text.split_once(' ')) else {
            return Err(unknown);
        };
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(unknown);
        }
        let hash = sha256(token.trim().as_bytes());
        let submitter = find(&self.submitters, &hash).map(Caller::Submitter);
        let reader = find(&self.readers, &hash).map(Caller::Reader);
        submitter.or(reader).ok_or(unknown)
    }

    /// Whether the caller may read what is not public.
    pub fn may_read(&self, caller: &Caller) -> bool {
        !self.reads_are_guarded() || *caller != Caller::Anonymous
    }

    /// Whether reads need a token, so that shared caches must not keep the answers.
    pub fn reads_are_guarded(&self) -> bool {
        !self.open_loopback || !self.readers.is_empty()
    }

    /// Whether a submission needs no token, and is then `local`.
    pub fn submissions_are_open(&self) -> bool {
        self.open_loopback && self.submitters.is_empty()
    }

    /// Who may do what on this listener, a line each: what an operator should see at start.
    pub fn described(&self) -> [String; 3] {
        let holders = |list: &[Credential]| {
            let names: BTreeSet<&SubmitterName> = list.iter().map(|credential| &credential.name).collect();
            names
                .into_iter()
                .map(SubmitterName::as_str)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let (submitters, readers) = (holders(&self.submitters), holders(&self.readers));
        let submit = match (self.submissions_are_open(), submitters.as_str()) {
            (true, _) => format!("open: anybody who reaches this address, as the submitter {LOCAL}"),
            (false, "") => "closed: no submitter is configured".to_owned(),
            (false, names) => format!("by token: {names}"),
        };
        let read = if self.reads_are_guarded() {
            let names = [submitters, readers].join(", ");
            format!("by token: {}", names.trim_matches([',', ' ']))
        } else {
            "open: anybody who reaches this address, through a proxy on this host, too".to_owned()
        };
        [
            format!("submit: {submit}"),
            format!("read: {read}"),
            "public: /log/checkpoint, hash tiles under /log/tile/, /healthz, /readyz, what codes mean (/problems), and the \
             files of pages"
                .to_owned(),
        ]
    }

    fn submitter(&self, caller: Caller) -> Result<SubmitterName, ApiError> {
        match caller {
            Caller::Submitter(name) => Ok(name),
            Caller::Anonymous if self.submissions_are_open() => SubmitterName::parse(LOCAL)
                .ok_or_else(|| ApiError::Internal(format!("{LOCAL} is not a submitter name"))),
            Caller::Anonymous | Caller::Reader(_) => Err(ApiError::Unauthenticated {
                expected: "a submitter's bearer token",
            }),
        }
    }
}

/// Compares with every credential, each in constant time, so that time tells nothing about which one was near.
fn find(credentials: &[Credential], hash: &[u8; 32]) -> Option<SubmitterName> {
    credentials.iter().fold(None, |found, credential| {
        if bool::from(credential.token_sha256.ct_eq(hash)) {
            Some(credential.name.clone())
        } else {
            found
        }
    })
}

/// Middleware: lets a request through if its caller may read. `ledgerd` puts it before the pages, too.
pub async fn require_reader(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    match state.auth().identify(request.headers()) {
        Ok(caller) if state.auth().may_read(&caller) => next.run(request).await,
        Ok(_) => ApiError::Unauthenticated {
            expected: "a reader's or submitter's bearer token",
        }
        .into_response(),
        Err(error) => error.into_response(),
    }
}

/// The address at the other end of a connection. Whoever accepts connections puts it into each request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer(pub IpAddr);

/// Middleware: what the request takes from a pool counts as its caller's: of the holder of a known token, or else of
/// the peer.
pub(crate) async fn count_as_caller(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    let caller = match state.auth().identify(request.headers()) {
        Ok(Caller::Submitter(name) | Caller::Reader(name)) => share::Caller::Named(name),
        Ok(Caller::Anonymous) | Err(_) => {
            let peer = request.extensions().get::<Peer>();
            share::Caller::peer(peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0))
        }
    };
    caller.while_answering(next.run(request)).await
}

/// Extractor: the name under which a submission is logged. Runs before the body is read.
#[derive(Clone, Debug)]
pub(crate) struct Submitter(pub(crate) SubmitterName);

impl FromRequestParts<ApiState> for Submitter {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        let caller = state.auth().identify(&parts.headers)?;
        state.auth().submitter(caller).map(Self)
    }
}
