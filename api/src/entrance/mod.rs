//! The way in: who a request comes from, what people may see, and the pages on which they sign in and share.

mod own_form;
pub mod pages;
mod readers;
mod recognise;
mod shares;
mod sign_in;

pub use readers::{protect_pages, protect_reads};
pub use shares::SHARES;
pub use sign_in::AccessControl;

pub(crate) use readers::count_as_caller;
pub(crate) use recognise::{recognise, require_csrf_header};

use crate::error::ApiError;
use crate::guard::leaked_in;
use crate::guests::{self, GuestView, state_of};
use crate::negotiate::{HTML, JSON, preferred};
use crate::session::{self, SIGN_IN, SessionPerson, SignedIn, UNKEPT};
use axum::Router;
use axum::extract::Request;
use axum::http::{Extensions, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use ledger_query::verdict::CollectError;
use pages::PageRefusal;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;
use verifier::assess::ClosureError;
use verifier::index::{LeafIndex, TimestampMs};

impl AccessControl {
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
    pub fn guest_view(&self, request: &mut Request) -> Option<Arc<GuestView>> {
        let SessionPerson::Guest(links) = request.extensions().get::<SignedIn>()?.person().clone() else {
            return None;
        };
        Some(GuestView::of(&self.state, &links, request.extensions_mut()))
    }

    /// Whether a guest may open an entry, or its page. Of a job that is too large to be judged, only what names it. Blocks.
    ///
    /// # Errors
    /// Where the log cannot be read.
    pub fn shows(&self, sight: &GuestView, index: LeafIndex, is_page: bool) -> Result<bool, CollectError> {
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
        let refusal = match extensions.get::<Arc<GuestView>>() {
            Some(sight) if !sight.jobs().is_empty() => PageRefusal::OtherJob {
                jobs: sight.jobs().to_vec(),
            },
            Some(sight) => self.refusal_of_ended(extensions.get(), sight.now()),
            None => PageRefusal::UnknownLink,
        };
        self.pages.refused(StatusCode::FORBIDDEN, &refusal)
    }

    /// Why the link that a guest opened last shows nothing.
    fn refusal_of_ended(&self, signed_in: Option<&SignedIn>, now: TimestampMs) -> PageRefusal {
        let link = match signed_in.map(SignedIn::person) {
            Some(SessionPerson::Guest(links)) => guests::newest(&self.state, links),
            _ => None,
        };
        link.map_or(PageRefusal::UnknownLink, |link| {
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
    match session::path(back) {
        Some(path) if path != "/" => {
            format!("{SIGN_IN}?next={}", utf8_percent_encode(path, NON_ALPHANUMERIC))
        }
        _ => SIGN_IN.to_owned(),
    }
}
