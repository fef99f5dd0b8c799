//! Sessions: how people get into the pages. A reader's or submitter's token, sent once by a form, becomes a cookie that
//! speaks for its holder in one browser, until it ends.
//!
//! What a session gives is reading and nothing else, whatever its token gives: a browser is where a stranger's page may
//! try to act for its reader. So submissions never look at cookies; and a request with a cookie that is more than a
//! question has to come from this site, and to repeat a token that only this site's pages hold.
//!
//! A session begins with a [`Person`] whom somebody has recognised; here, [`sign_in`] by their token. Single sign-on
//! (OIDC) is another way to recognise a person: its callback ends in [`Sessions::begin`] as well, and nothing behind that
//! call knows how a person was recognised.

mod attempts;
mod cookie;
mod own_form;
pub mod pages;
mod same_site;
mod shares;
mod sign_in;
mod store;

pub use shares::SHARES;
pub use sign_in::Entrance;
pub use store::{Person, SessionLimits, Sessions};

pub(crate) use attempts::whole_seconds;
pub(crate) use store::SessionKey;

use cookie::{FormToken, SessionCookie};

use crate::error::ApiError;
use crate::guard::leaked_in;
use crate::links::{self, Sight, state_of};
use crate::negotiate::{HTML, JSON, preferred};
use crate::one_header::one;
use crate::protect_pages;
use crate::state::ApiState;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use ledger_query::verdict::CollectError;
use pages::Refusal;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;
use verifier::assess::ClosureError;
use verifier::index::{LeafIndex, TimestampMs};

/// Where people sign in.
pub const SIGN_IN: &str = "/sign-in";
/// Where they sign out.
pub const SIGN_OUT: &str = "/sign-out";
/// The header by which scripts repeat a session's form token; forms have a field for it.
const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");
/// What is answered about a session may be kept by nobody: after sign-out it is not to be seen again.
pub(crate) const UNKEPT: HeaderValue = HeaderValue::from_static("private, no-store");

/// The session that a request belongs to. Put into each request that has one, and presents no token of its own.
#[derive(Clone, Debug)]
pub struct SignedIn {
    person: Person,
    key: SessionKey,
    form_token: FormToken,
}

impl SignedIn {
    /// Who it is.
    pub const fn person(&self) -> &Person {
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

/// Middleware: finds the session of a request. A token in `Authorization` is what its sender means to be known by; the
/// cookie, which browsers add by themselves, counts only without one.
pub(crate) async fn recognise(State(state): State<ApiState>, mut request: Request, next: Next) -> Response {
    if request.headers().contains_key(header::AUTHORIZATION) {
        return next.run(request).await;
    }
    let signed_in = match signed_in(&state, request.headers()) {
        Ok(Some(signed_in)) => signed_in,
        Ok(None) => return next.run(request).await,
        Err(error) => return error.into_response(),
    };
    if !request.method().is_safe() && !same_site::is_from_here(request.headers()) {
        tracing::warn!(person = %signed_in.person, "refused a request that another site made with a session");
        return ApiError::Forbidden {
            reason: "this request comes from another site",
        }
        .into_response();
    }
    request.extensions_mut().insert(signed_in);
    next.run(request).await
}

fn signed_in(state: &ApiState, headers: &HeaderMap) -> Result<Option<SignedIn>, ApiError> {
    let Some(cookie) = SessionCookie::sent(headers) else {
        return Ok(None);
    };
    let sessions = state.sessions();
    let found = if is_made_by_script(headers) {
        sessions.look(cookie.key())
    } else {
        sessions.find(cookie.key())
    };
    let Some(person) = found else {
        return Ok(None);
    };
    Ok(Some(SignedIn {
        person,
        key: cookie.key(),
        form_token: cookie.form_token()?,
    }))
}

/// Whether a script of a page asks, as browsers say: a page that somebody left open asks for news by itself, which is no
/// use of the session by anybody.
fn is_made_by_script(headers: &HeaderMap) -> bool {
    one(headers, &same_site::SEC_FETCH_DEST) == Ok(Some("empty"))
}

/// Middleware of the API: a request with a session that is more than a question repeats the session's token in a header.
/// Forms, which cannot send one, have a field that their handlers look at.
pub(crate) async fn require_csrf_header(request: Request, next: Next) -> Response {
    if let Some(signed_in) = request.extensions().get::<SignedIn>() {
        let repeated = one(request.headers(), &CSRF_HEADER);
        let is_repeated = matches!(repeated, Ok(Some(csrf)) if signed_in.is_repeated(csrf));
        if !request.method().is_safe() && !is_repeated {
            return ApiError::Forbidden {
                reason: "a session sends its X-CSRF-Token with whatever is more than a question",
            }
            .into_response();
        }
    }
    next.run(request).await
}

impl Entrance {
    /// All routes of the way in.
    pub fn router(&self) -> Router {
        let keeping = protect_pages(shares::keeping(self.clone()), self);
        sign_in::routes(self.clone())
            .merge(shares::opening(self.clone()))
            .merge(keeping)
    }

    /// What a page is answered with where its reader may not see it: browsers are led to the sign-in page, and guests told
    /// what their link shows.
    pub(crate) fn refusal_of_page(&self, request: &Request, refused: ApiError) -> Response {
        let (headers, uri) = (request.headers(), request.uri());
        if let Some(place) = leaked_in(uri) {
            // Or the token would be repeated in another address.
            return ApiError::TokenLeaked { place }.into_response();
        }
        let wants_page = preferred(headers, &[JSON, HTML]).is_ok_and(|form| form == HTML);
        if !wants_page || headers.contains_key(header::AUTHORIZATION) {
            return refused.into_response();
        }
        let mut answer = match refused {
            ApiError::Unauthenticated { .. } => {
                Redirect::to(&sign_in_before(request.method(), uri)).into_response()
            }
            ApiError::Forbidden { .. } => self.refusal_of_guest(request.extensions()),
            other => return other.into_response(),
        };
        let headers = answer.headers_mut();
        headers.insert(header::CACHE_CONTROL, UNKEPT);
        headers.insert(header::VARY, HeaderValue::from_static("accept, cookie"));
        answer
    }

    /// What a request of a guest may see; `None` for everybody else.
    pub fn sight_of_guest(&self, request: &mut Request) -> Option<Arc<Sight>> {
        let Person::Guest(links) = request.extensions().get::<SignedIn>()?.person().clone() else {
            return None;
        };
        Some(Sight::of(&self.state, &links, request.extensions_mut()))
    }

    /// Whether a guest may open an entry, or its page. Of a job that is too large to be judged, only what names it. Blocks.
    ///
    /// # Errors
    /// Where the log cannot be read.
    pub fn shows(&self, sight: &Sight, index: LeafIndex, is_page: bool) -> Result<bool, CollectError> {
        match sight.shows(self.state.engine(), index, is_page) {
            Err(CollectError::Closure(ClosureError::TooLarge { .. })) => Ok(false),
            other => other,
        }
    }

    /// Whether the session has not ended since.
    pub fn is_open(&self, signed_in: &SignedIn) -> bool {
        self.state.sessions().look(signed_in.key()).is_some()
    }

    /// What a guest is told who may not see what they ask for: which jobs they see, or why their link shows nothing.
    fn refusal_of_guest(&self, extensions: &Extensions) -> Response {
        let refusal = match extensions.get::<Arc<Sight>>() {
            Some(sight) if !sight.jobs().is_empty() => Refusal::OtherJob {
                jobs: sight.jobs().to_vec(),
            },
            Some(sight) => self.refusal_of_ended(extensions.get(), sight.now()),
            None => Refusal::UnknownLink,
        };
        self.pages.refused(StatusCode::FORBIDDEN, &refusal)
    }

    /// Why the link that a guest opened last shows nothing.
    fn refusal_of_ended(&self, signed_in: Option<&SignedIn>, now: TimestampMs) -> Refusal {
        let link = match signed_in.map(SignedIn::person) {
            Some(Person::Guest(links)) => links::newest(&self.state, links),
            _ => None,
        };
        link.map_or(Refusal::UnknownLink, |link| {
            shares::ended(state_of(&self.state, &link, now), &link)
        })
    }
}

/// The address of the sign-in page that leads back.
fn sign_in_before(method: &Method, uri: &Uri) -> String {
    let back = match uri.path_and_query() {
        Some(whole) if method.is_safe() => whole.as_str(),
        _ => uri.path(),
    };
    match same_site::path(back) {
        Some(path) if path != "/" => {
            format!("{SIGN_IN}?next={}", utf8_percent_encode(path, NON_ALPHANUMERIC))
        }
        _ => SIGN_IN.to_owned(),
    }
}
