//! Sessions: how people get into the pages. A reader's or submitter's token, sent once by a form, becomes a cookie that
//! speaks for its holder in one browser, until it ends.
//!
//! What a session gives is reading and nothing else, whatever its token gives: a browser is where a stranger's page may
//! try to act for its reader. So submissions never look at cookies; and a request with a cookie that is more than a
//! question has to come from this site, and to repeat a token that only this site's pages hold.
//!
//! A session begins with a [`SessionPerson`] whom somebody has recognised; on the sign-in page (module `entrance`) by their token. Single sign-on
//! (OIDC) is another way to recognise a person: its callback ends in [`Sessions::begin`] as well, and nothing behind that
//! call knows how a person was recognised.

mod attempts;
mod cookie;
mod same_site;
mod store;

pub(crate) use attempts::whole_seconds;
pub(crate) use cookie::SessionCookie;
pub(crate) use same_site::{SEC_FETCH_DEST, SEC_FETCH_SITE, is_from_here, path};
pub use same_site::{SIGN_IN, SIGN_OUT};
pub(crate) use store::SessionKey;
pub use store::{SessionLimits, SessionPerson, Sessions};

use axum::http::HeaderValue;
use cookie::FormToken;

/// What is answered about a session may be kept by nobody: after sign-out it is not to be seen again.
pub(crate) const UNKEPT: HeaderValue = HeaderValue::from_static("private, no-store");

/// The session that a request belongs to. Put into each request that has one, and presents no token of its own.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub(crate) person: SessionPerson,
    pub(crate) key: SessionKey,
    pub(crate) form_token: FormToken,
}

impl SignedIn {
    /// Who it is.
    pub const fn person(&self) -> &SessionPerson {
        &self.person
    }

    /// What forms of this session have to repeat.
    pub fn csrf(&self) -> &str {
        self.form_token.masked()
    }

    pub(crate) const fn key(&self) -> SessionKey {
        self.key
    }

    /// Whether a form or script repeats the token of this session.
    pub fn is_repeated(&self, csrf: &str) -> bool {
        self.form_token.is_repeated(csrf)
    }
}
