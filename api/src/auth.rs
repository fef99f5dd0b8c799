//! Who asks: named submitters and readers, known by the SHA-256 of their bearer tokens.
//!
//! With nobody configured the server listens on loopback only, and every client is the submitter `local`. Off
//! loopback, and wherever readers are configured, every read needs a token, except the checkpoint, hash tiles and
//! health: what reaches loopback may come from anywhere, through a proxy on the same host. A token that is presented
//! but unknown is always refused where anybody is configured: its holder believes it counts.

use crate::error::ApiError;
use crate::links::LinkId;
use crate::session::{SessionPerson, SignedIn};
use crate::single_header::{HeaderError, single_value};
use axum::http::{HeaderMap, header};
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
    /// The person or program that the token speaks for.
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
pub enum RequestCaller {
    /// A configured submitter.
    Submitter(SubmitterName),
    /// A configured reader.
    Reader(SubmitterName),
    /// Somebody who opened share links, and sees their jobs alone.
    Guest(Vec<LinkId>),
    /// No token was presented, or nobody is configured.
    Anonymous,
}

impl RequestCaller {
    /// Whom a session speaks for.
    pub(crate) fn of(person: &SessionPerson) -> Self {
        match person {
            SessionPerson::Reader(name) => Self::Reader(name.clone()),
            SessionPerson::Guest(links) => Self::Guest(links.clone()),
        }
    }
}

impl AuthConfig {
    /// Who presents these headers.
    ///
    /// # Errors
    /// [`ApiError::Unauthenticated`] for an Authorization header that names nobody.
    pub fn identify(&self, headers: &HeaderMap) -> Result<RequestCaller, ApiError> {
        if self.submitters.is_empty() && self.readers.is_empty() {
            return Ok(RequestCaller::Anonymous);
        }
        let unknown = ApiError::Unauthenticated {
            expected: "a known bearer token",
        };
        let value = match single_value(headers, &header::AUTHORIZATION) {
            Ok(None) => return Ok(RequestCaller::Anonymous),
            Ok(Some(value)) => value,
            Err(HeaderError) => return Err(unknown),
        };
        let Some((scheme, token)) = value.split_once(' ') else {
            return Err(unknown);
        };
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(unknown);
        }
        let hash = sha256(token.trim().as_bytes());
        let submitter = find(&self.submitters, &hash).map(RequestCaller::Submitter);
        let reader = find(&self.readers, &hash).map(RequestCaller::Reader);
        submitter.or(reader).ok_or(unknown)
    }

    /// Whose the token is. A session of a submitter reads as well, and does no more.
    pub(crate) fn holder(&self, token: &str) -> Option<SubmitterName> {
        let hash = sha256(token.as_bytes());
        find(&self.submitters, &hash).or(find(&self.readers, &hash))
    }

    /// Whether somebody of that name may read.
    pub(crate) fn is_known(&self, name: &str) -> bool {
        let mut all = self.submitters.iter().chain(&self.readers);
        all.any(|credential| credential.name.as_str() == name)
    }

    /// Who sent a request: the holder of the token that it presents, or of the session that it belongs to.
    ///
    /// # Errors
    /// As [`AuthConfig::identify`].
    pub(crate) fn caller(
        &self,
        headers: &HeaderMap,
        signed_in: Option<&SignedIn>,
    ) -> Result<RequestCaller, ApiError> {
        match signed_in {
            Some(signed_in) => Ok(RequestCaller::of(signed_in.person())),
            None => self.identify(headers),
        }
    }

    /// Whether the caller may read all that is not public.
    pub fn may_read(&self, caller: &RequestCaller) -> bool {
        match caller {
            RequestCaller::Submitter(_) | RequestCaller::Reader(_) => true,
            RequestCaller::Guest(_) | RequestCaller::Anonymous => !self.reads_are_guarded(),
        }
    }

    /// Whether reads need a token, so that shared caches must not keep the answers.
    pub fn reads_are_guarded(&self) -> bool {
        !self.open_loopback || !self.readers.is_empty()
    }

    /// Whether a submission needs no token, and is then `local`.
    pub fn submissions_are_open(&self) -> bool {
        self.open_loopback && self.submitters.is_empty()
    }

    /// Whether something here needs no token, so that only requests to a loopback name are answered.
    pub fn answers_loopback_names_only(&self) -> bool {
        self.submissions_are_open() || !self.reads_are_guarded()
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
            "public: /log/checkpoint, hash tiles under /log/tile/, /healthz, /readyz, and pages that show nothing of the log: \
             /help, /api, /problems, /checks and the files of pages"
                .to_owned(),
        ]
    }

    /// The name under which a caller submits.
    ///
    /// # Errors
    /// [`ApiError::Unauthenticated`] for a caller who may not submit.
    pub(crate) fn submitter(&self, caller: RequestCaller) -> Result<SubmitterName, ApiError> {
        match caller {
            RequestCaller::Submitter(name) => Ok(name),
            RequestCaller::Anonymous if self.submissions_are_open() => SubmitterName::parse(LOCAL)
                .ok_or_else(|| ApiError::Internal(format!("{LOCAL} is not a submitter name"))),
            RequestCaller::Anonymous | RequestCaller::Guest(_) | RequestCaller::Reader(_) => {
                Err(ApiError::Unauthenticated {
                    expected: "a submitter's bearer token",
                })
            }
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

/// The address at the other end of a connection. The server that accepts connections puts it into each request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PeerAddress(pub IpAddr);

impl PeerAddress {
    /// The peer's address, or the unspecified address where the request has none.
    pub(crate) fn or_unspecified(peer: Option<&Self>) -> IpAddr {
        peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0)
    }
}
