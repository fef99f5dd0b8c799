//! What stands before reads: the reader's token or session, and whose share of the pools a request takes.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use ledger_query::share;

use super::AccessControl;
use crate::auth::{PeerAddress, RequestCaller};
use crate::error::ApiError;
use crate::guests;
use crate::session::{SignedIn, UNKEPT, whole_seconds};
use crate::state::ApiState;

/// Puts the reader's token or session before the routes of `router`; nothing, where reads are open.
pub fn protect_reads(router: Router, state: &ApiState) -> Router {
    router.route_layer(from_fn_with_state(state.clone(), require_reader))
}

/// The same before pages: who may not see them is led to the sign-in page.
pub fn protect_pages(router: Router, entrance: &AccessControl) -> Router {
    router.route_layer(from_fn_with_state(entrance.clone(), require_reader_of_page))
}

/// Middleware: lets a request of the API through if its caller may read.
async fn require_reader(State(state): State<ApiState>, mut request: Request, next: Next) -> Response {
    match admit(&state, &mut request).await {
        Ok(()) => answered(request, next).await,
        Err(error) => error.into_response(),
    }
}

/// Middleware: the same for a page, before which people may sign in.
async fn require_reader_of_page(
    State(entrance): State<AccessControl>,
    mut request: Request,
    next: Next,
) -> Response {
    match admit(entrance.state(), &mut request).await {
        Ok(()) => answered(request, next).await,
        Err(error) => entrance.refusal_of_page(&request, error),
    }
}

async fn admit(state: &ApiState, request: &mut Request) -> Result<(), ApiError> {
    match state
        .auth()
        .caller(request.headers(), request.extensions().get())?
    {
        caller if state.auth().may_read(&caller) => Ok(()),
        RequestCaller::Guest(links) => guests::admit(state, &links, request).await,
        _ => Err(ApiError::Unauthenticated {
            expected: "a reader's or submitter's bearer token",
        }),
    }
}

/// The answer; nobody keeps it, if a session was needed to see it.
async fn answered(request: Request, next: Next) -> Response {
    let has_session = request.extensions().get::<SignedIn>().is_some();
    let mut answer = next.run(request).await;
    if has_session {
        answer.headers_mut().insert(header::CACHE_CONTROL, UNKEPT);
    }
    answer
}

/// Middleware: what the request takes from a pool counts as its caller's: of the holder of a known token, or else of
/// the peer. A token that is nobody's, and was needed, counts against its peer.
pub(crate) async fn count_as_caller(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    let known_peer = request.extensions().get::<PeerAddress>().copied();
    let peer = PeerAddress::or_unspecified(known_peer.as_ref());
    let caller = state.auth().caller(request.headers(), request.extensions().get());
    let has_unknown_token = caller.is_err();
    let counted = match caller {
        Ok(RequestCaller::Submitter(name) | RequestCaller::Reader(name)) => share::Caller::Named(name),
        Ok(RequestCaller::Guest(_) | RequestCaller::Anonymous) | Err(_) => share::Caller::peer(peer),
    };
    let answer = counted.clone().while_answering(next.run(request)).await;
    // Where nobody says who is at the other end, as without a socket, all would wait for the one that sends wrong ones.
    if known_peer.is_none() || !has_unknown_token || answer.status() != StatusCode::UNAUTHORIZED {
        return answer;
    }
    if let Some(wait) = state.sessions().attempts.failed(&counted) {
        let wait_s = whole_seconds(wait);
        return ApiError::UnknownTokens { wait_s }.into_response();
    }
    tracing::warn!(%peer, "refused a request whose token is nobody's");
    answer
}
