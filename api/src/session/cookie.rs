//! The cookie that carries a session's id: 256 random bits, which no script sees, which only this host gets back, and
//! only over TLS (or on a loopback name, where the browser takes that for as good).

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite};
use subtle::ConstantTimeEq;
use verifier::base64::{decode_url_array, encode_url};
use verifier::hash::sha256;

use super::store::SessionKey;
use crate::error::ApiError;

/// `__Host-`: browsers take it only with Secure, for the whole host, and never from a neighbour's host.
const NAME: &str = "__Host-session";
/// Set before the id, so that the token of forms tells nothing of the id's other hash.
const CSRF_CONTEXT: &[u8] = b"evidence-ledger form token\n";

/// A session's id.
pub(crate) struct SessionCookie([u8; 32]);

impl SessionCookie {
    /// A new one.
    pub(crate) fn fresh() -> Result<Self, ApiError> {
        random().map(Self)
    }

    /// What a request carries. `None` for none and for anything that this server never gave; where there are two, the
    /// first counts, which is the one that `__Host-` protects.
    pub(crate) fn sent(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(header::COOKIE).iter();
        let mut all = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|text| Cookie::split_parse(text).filter_map(Result::ok));
        let cookie = all.find(|cookie| cookie.name() == NAME)?;
        decode_url_array(cookie.value()).map(Self)
    }

    /// Whether a request carries any value for it.
    pub(crate) fn is_sent(headers: &HeaderMap) -> bool {
        Self::sent(headers).is_some()
    }

    pub(crate) fn key(&self) -> SessionKey {
        sha256(&self.0)
    }

    /// What forms repeat: made from the id by a hash, so that it needs no room, and tells nothing of the id.
    pub(crate) fn form_token(&self) -> Result<FormToken, ApiError> {
        FormToken::new(sha256(&[CSRF_CONTEXT, &self.0].concat()))
    }

    /// The header that gives it to the browser, until the browser is closed: how long it counts is the server's matter.
    pub(crate) fn set(&self) -> Result<HeaderValue, ApiError> {
        header_of(&attributes(encode_url(&self.0)))
    }

    /// The header that takes it away.
    pub(crate) fn cleared() -> Result<HeaderValue, ApiError> {
        let mut cookie = attributes(String::new());
        cookie.make_removal();
        header_of(&cookie)
    }
}

/// What the forms of a session repeat, so that no other site can send them. Each page gets it under a mask of its own:
/// pages are compressed, and what is the same on each of them could be guessed byte by byte from their lengths.
#[derive(Clone, Debug)]
pub(crate) struct FormToken {
    secret: [u8; 32],
    masked: String,
}

impl FormToken {
    fn new(secret: [u8; 32]) -> Result<Self, ApiError> {
        let mask = random()?;
        let masked = encode_url(&[mask, xor(mask, secret)].concat());
        Ok(Self { secret, masked })
    }

    /// For the next page.
    pub(crate) fn masked(&self) -> &str {
        &self.masked
    }

    /// Whether a form repeats it, under whichever mask.
    pub(crate) fn is_repeated(&self, by: &str) -> bool {
        let Some([mask, masked]) = decode_url_array::<64>(by).and_then(halves) else {
            return false;
        };
        xor(mask, masked).ct_eq(&self.secret).into()
    }
}

fn halves(bytes: [u8; 64]) -> Option<[[u8; 32]; 2]> {
    let (first, second) = bytes.split_at(32);
    Some([first.try_into().ok()?, second.try_into().ok()?])
}

fn xor(mut left: [u8; 32], right: [u8; 32]) -> [u8; 32] {
    for (byte, other) in left.iter_mut().zip(right) {
        *byte ^= other;
    }
    left
}

fn random() -> Result<[u8; 32], ApiError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| ApiError::Internal(error.to_string()))?;
    Ok(bytes)
}

fn attributes(value: String) -> Cookie<'static> {
    // Lax: a link in a mail or a ticket opens the page that it names; nothing else from elsewhere carries the cookie.
    Cookie::build((NAME, value))
        .http_only(true)
        .secure(true)
        .same_site(SameSite::Lax)
        .path("/")
        .build()
}

fn header_of(cookie: &Cookie<'static>) -> Result<HeaderValue, ApiError> {
    HeaderValue::from_str(&cookie.to_string()).map_err(|error| ApiError::Internal(error.to_string()))
}
