//! Which session a request belongs to, and whether it was made by this site.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;
use crate::session::{SEC_FETCH_DEST, SessionCookie, SignedIn, is_from_here};
use crate::single_header::single_value;
use crate::state::ApiState;

/// The header by which scripts repeat a session's form token; forms have a field for it.
const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");
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
    if !request.method().is_safe() && !is_from_here(request.headers()) {
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
    single_value(headers, &SEC_FETCH_DEST) == Ok(Some("empty"))
}

/// Middleware of the API: a request with a session that is more than a question repeats the session's token in a header.
/// Forms, which cannot send one, have a field that their handlers look at.
pub(crate) async fn require_csrf_header(request: Request, next: Next) -> Response {
    if let Some(signed_in) = request.extensions().get::<SignedIn>() {
        let repeated = single_value(request.headers(), &CSRF_HEADER);
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
