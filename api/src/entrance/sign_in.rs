//! `/sign-in` and `/sign-out`: a person is recognised by a token of the configuration, sent in the body of a form and
//! never in an address.

use axum::Router;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Extension, Form, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use ledger_query::share::Caller;
use serde::Deserialize;
use std::sync::Arc;

use super::own_form::{OwnForm, SessionForm};
use super::pages::{EntranceNotice, EntrancePages, PageRefusal, SignInPage};
use crate::auth::PeerAddress;
use crate::error::ApiError;
use crate::guard::host_is_local;
use crate::proxies::VisitorTransport;
use crate::session::{
    SEC_FETCH_SITE, SIGN_IN, SIGN_OUT, SessionCookie, SessionPerson, SignedIn, UNKEPT, whole_seconds,
};
use crate::state::ApiState;

/// Longest form: a token, and the address to go on to, percent-encoded.
pub(super) const FORM_BYTES_MAX: usize = 16 << 10;

/// The way in: sessions, and the pages that are shown there.
#[derive(Clone, Debug)]
pub struct AccessControl {
    pub(super) state: ApiState,
    pub(super) pages: Arc<dyn EntrancePages>,
}

/// The routes of signing in and out.
pub(super) fn routes(entrance: AccessControl) -> Router {
    Router::new()
        .route(
            SIGN_IN,
            get(ask)
                .post(sign_in)
                .fallback(|| async { takes("GET, HEAD and POST") }),
        )
        .route(SIGN_OUT, post(sign_out).fallback(|| async { takes("POST") }))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .with_state(entrance)
}

pub(super) const fn takes(allowed: &'static str) -> ApiError {
    ApiError::MethodNotAllowed { allowed }
}

#[derive(Debug, Default, Deserialize)]
struct SignInQuery {
    #[serde(default)]
    next: String,
}

impl SignInQuery {
    fn next(&self) -> String {
        crate::session::path(&self.next).unwrap_or("/").to_owned()
    }
}

#[derive(Deserialize)]
struct SignInForm {
    token: String,
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
struct SignOutForm {
    csrf: String,
}

impl SessionForm for SignOutForm {
    fn csrf(&self) -> &str {
        &self.csrf
    }
}

/// Whether the browser would not keep a session: what it asks came in the clear, and not to a loopback name. Browsers say
/// where a request comes from only to addresses that they trust to be who they are, so that a word about it proves TLS,
/// through a proxy that nobody named as well.
fn keeps_no_session(transport: Option<VisitorTransport>, headers: &HeaderMap) -> bool {
    transport == Some(VisitorTransport::Plain)
        && !host_is_local(headers, &Uri::default())
        && !headers.contains_key(SEC_FETCH_SITE)
}

/// Handles `GET /sign-in`.
async fn ask(
    State(entrance): State<AccessControl>,
    signed_in: Option<Extension<SignedIn>>,
    transport: Option<Extension<VisitorTransport>>,
    query: Result<Query<SignInQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let asked = query.map(|Query(asked)| asked).unwrap_or_default();
    if matches!(
        signed_in.as_deref().map(SignedIn::person),
        Some(SessionPerson::Reader(_))
    ) {
        return answered(Redirect::to(&asked.next()));
    }
    if keeps_no_session(transport.as_deref().copied(), &headers) {
        return entrance.page(StatusCode::OK, asked.next(), Some(EntranceNotice::Plain));
    }
    let has_ended = signed_in.is_none() && SessionCookie::is_sent(&headers);
    let notice = has_ended.then_some(EntranceNotice::Ended);
    entrance.page(StatusCode::OK, asked.next(), notice)
}

/// Handles `POST /sign-in`.
async fn sign_in(
    State(entrance): State<AccessControl>,
    peer: Option<Extension<PeerAddress>>,
    transport: Option<Extension<VisitorTransport>>,
    headers: HeaderMap,
    form: Result<Form<SignInForm>, FormRejection>,
) -> Result<Response, ApiError> {
    let state = &entrance.state;
    let Ok(Form(form)) = form else {
        return Ok(entrance.page(
            StatusCode::UNPROCESSABLE_ENTITY,
            "/".to_owned(),
            Some(EntranceNotice::Unknown),
        ));
    };
    let next = SignInQuery { next: form.next }.next();
    if keeps_no_session(transport.as_deref().copied(), &headers) {
        return Ok(entrance.page(StatusCode::FORBIDDEN, next, Some(EntranceNotice::Plain)));
    }
    if !crate::session::is_from_here(&headers) {
        return Ok(entrance.page(StatusCode::FORBIDDEN, next, Some(EntranceNotice::NotFromHere)));
    }
    let peer = PeerAddress::or_unspecified(peer.as_deref());
    let counted = Caller::peer(peer);
    let Some(name) = state.auth().holder(form.token.trim()) else {
        if let Some(wait) = state.sessions().attempts.failed(&counted) {
            return Ok(entrance.page(
                StatusCode::TOO_MANY_REQUESTS,
                next,
                Some(EntranceNotice::Wait(wait)),
            ));
        }
        tracing::warn!(%peer, "a sign-in failed: the token is nobody's");
        return Ok(entrance.page(StatusCode::UNAUTHORIZED, next, Some(EntranceNotice::Unknown)));
    };
    // Always a new id: one that was there before may be somebody else's.
    let fresh = SessionCookie::fresh()?;
    if let Some(before) = SessionCookie::sent(&headers) {
        state.sessions().end(before.key());
    }
    let person = SessionPerson::Reader(name);
    tracing::info!(%person, %peer, "signed in");
    state.sessions().begin(fresh.key(), person);
    Ok(answered((
        [(header::SET_COOKIE, fresh.set()?)],
        Redirect::to(&next),
    )))
}

/// Handles `POST /sign-out`. A visitor who is not signed in any more gets the same answer.
async fn sign_out(
    State(entrance): State<AccessControl>,
    signed_in: Option<Extension<SignedIn>>,
    headers: HeaderMap,
    form: Result<OwnForm<SignOutForm>, Response>,
) -> Result<Response, ApiError> {
    match form {
        Ok(OwnForm { signed_in, .. }) => {
            entrance.state.sessions().end(signed_in.key());
            tracing::info!(person = %signed_in.person(), "signed out");
        }
        Err(refused) if signed_in.is_some() => return Ok(refused),
        // With a form of another site no cookie comes, and the browser would drop the one that it has.
        Err(_) if !crate::session::is_from_here(&headers) => {
            return Ok(entrance.refused(StatusCode::FORBIDDEN, &PageRefusal::NotTheForm));
        }
        Err(_) => {}
    }
    Ok(answered((
        [(header::SET_COOKIE, SessionCookie::cleared()?)],
        Redirect::to(SIGN_IN),
    )))
}

impl AccessControl {
    /// The way in to a server, with the pages that somebody makes.
    pub fn new(state: ApiState, pages: Arc<dyn EntrancePages>) -> Self {
        Self { state, pages }
    }

    pub(crate) const fn state(&self) -> &ApiState {
        &self.state
    }

    fn page(&self, status: StatusCode, next: String, notice: Option<EntranceNotice>) -> Response {
        let page = SignInPage {
            next,
            notice,
            is_needed: self.state.auth().reads_are_guarded(),
        };
        let mut answer = answered(self.pages.sign_in(status, &page));
        if let Some(EntranceNotice::Wait(wait)) = notice {
            let seconds = HeaderValue::from(whole_seconds(wait));
            answer.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static(crate::problem::CHALLENGE);
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        answer
    }
}

pub(super) fn answered(answer: impl IntoResponse) -> Response {
    let mut answer = answer.into_response();
    answer.headers_mut().insert(header::CACHE_CONTROL, UNKEPT);
    answer
}
