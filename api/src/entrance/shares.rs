//! `/shares`, where people make and revoke share links, and `/s/{token}`, which opens one.

use axum::Router;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Extension, Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use std::time::Duration;

use super::own_form::{OwnForm, SessionForm};
use super::pages::{MadeLinkView, PageRefusal, SharesPage};
use super::sign_in::{AccessControl, FORM_BYTES_MAX, answered, takes};
use crate::auth::{PeerAddress, RequestCaller};
use crate::error::ApiError;
use crate::guard::host_is_local;
use crate::guests::state_of;
use crate::links::{LinkId, LinkState, ShareLink};
use crate::proxies::VisitorTransport;
use crate::session::{SEC_FETCH_DEST, SessionCookie, SessionPerson, SignedIn};
use crate::sharing::{made, path, revoked, shared, sharer};
use crate::single_header::single_value;

/// Where links are made, listed and revoked.
pub const SHARES: &str = "/shares";
/// Links that one guest's session holds. A further one takes the place of the first.
const LINKS_OF_GUEST_MAX: usize = 8;
const DAY_S: u64 = 86_400;

/// The route that opens a link, for everybody.
pub(super) fn opening(entrance: AccessControl) -> Router {
    Router::new().route("/s/{token}", get(open)).with_state(entrance)
}

/// The page of those who may share.
pub(super) fn keeping(entrance: AccessControl) -> Router {
    Router::new()
        .route(
            SHARES,
            get(list)
                .post(make)
                .fallback(|| async { takes("GET, HEAD and POST") }),
        )
        .route(
            "/shares/revoke",
            post(revoke).fallback(|| async { takes("POST") }),
        )
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .with_state(entrance)
}

/// Handles `GET /s/{token}`: a session for the job that the link shows, and on to its page.
async fn open(
    State(entrance): State<AccessControl>,
    peer: Option<Extension<PeerAddress>>,
    signed_in: Option<Extension<SignedIn>>,
    method: Method,
    headers: HeaderMap,
    token: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    let state = &entrance.state;
    let peer = PeerAddress::or_unspecified(peer.as_deref());
    // Not counted as guesses: a link's token has 256 bits, and any page could name ten unknown links as its pictures and
    // so keep its visitors from signing in.
    let Some(link) = token.ok().and_then(|Path(token)| state.links().opened_by(&token)) else {
        tracing::warn!(%peer, "a share link was not known");
        return Ok(entrance.refused(StatusCode::NOT_FOUND, &PageRefusal::UnknownLink));
    };
    let link_state = state_of(state, &link, state.links().now());
    if link_state != LinkState::Open {
        tracing::info!(link = %link.id, %peer, "a share link was opened after its end");
        return Ok(entrance.refused(StatusCode::GONE, &ended(link_state, &link)));
    }
    let job = Redirect::to(&format!(
        "/jobs/{}",
        utf8_percent_encode(&link.job_id, NON_ALPHANUMERIC)
    ));
    let before = match signed_in.as_deref().map(SignedIn::person) {
        Some(SessionPerson::Reader(_)) => return Ok(answered(job)),
        Some(SessionPerson::Guest(links)) => links.as_slice(),
        None => &[],
    };
    // A HEAD, such as of a mail program that looks whether the link is there, opens nothing; nor does a picture or frame of
    // another site's page, with which no cookie comes, and which must put none in its place.
    if method != Method::GET || !is_for_a_window(&headers) {
        return Ok(answered(job));
    }
    tracing::info!(link = %link.id, job = ?link.job_id, %peer, "a share link was opened");
    let fresh = SessionCookie::fresh()?;
    if let Some(earlier) = SessionCookie::sent(&headers) {
        state.sessions().end(earlier.key());
    }
    state
        .sessions()
        .begin(fresh.key(), SessionPerson::Guest(with_link(before, link.id)));
    Ok(answered(([(header::SET_COOKIE, fresh.set()?)], job)))
}

/// Whether the answer is to be looked at by itself, as browsers say; others do not say.
fn is_for_a_window(headers: &HeaderMap) -> bool {
    matches!(
        single_value(headers, &SEC_FETCH_DEST),
        Ok(None | Some("document"))
    )
}

fn with_link(before: &[LinkId], newest: LinkId) -> Vec<LinkId> {
    let others = before.iter().filter(|id| **id != newest).cloned();
    let mut links: Vec<LinkId> = others.collect();
    links.push(newest);
    let surplus = links.len().saturating_sub(LINKS_OF_GUEST_MAX);
    links.drain(..surplus);
    links
}

/// Why a link shows nothing.
pub(super) fn ended(state: LinkState, link: &ShareLink) -> PageRefusal {
    match state {
        LinkState::Expired => PageRefusal::ExpiredLink { at: link.until },
        LinkState::MakerRemoved => PageRefusal::MakerRemoved,
        LinkState::Revoked | LinkState::Open => PageRefusal::RevokedLink,
    }
}

#[derive(Debug, Default, Deserialize)]
struct SharesQuery {
    #[serde(default)]
    job: String,
}

#[derive(Deserialize)]
struct NewLinkForm {
    csrf: String,
    job: String,
    days: u64,
}

#[derive(Deserialize)]
struct RevokeForm {
    csrf: String,
    id: String,
}

impl SessionForm for NewLinkForm {
    fn csrf(&self) -> &str {
        &self.csrf
    }

    fn unreadable(entrance: &AccessControl) -> Response {
        let problem = "Say which job the link is to show, and for how many days.".to_owned();
        entrance.shares(
            StatusCode::UNPROCESSABLE_ENTITY,
            String::new(),
            None,
            Some(problem),
        )
    }
}

impl SessionForm for RevokeForm {
    fn csrf(&self) -> &str {
        &self.csrf
    }
}

/// Handles `GET /shares`; with `job` the form is filled in.
async fn list(
    State(entrance): State<AccessControl>,
    query: Result<Query<SharesQuery>, QueryRejection>,
) -> Response {
    let asked = query.map(|Query(asked)| asked).unwrap_or_default();
    entrance.shares(StatusCode::OK, asked.job, None, None)
}

/// Handles `POST /shares`. The link is shown in the answer, which is the only time.
async fn make(
    State(entrance): State<AccessControl>,
    transport: Option<Extension<VisitorTransport>>,
    headers: HeaderMap,
    OwnForm { signed_in, form }: OwnForm<NewLinkForm>,
) -> Result<Response, ApiError> {
    let sharer = sharer(&entrance.state, RequestCaller::of(signed_in.person()))?;
    let lifetime = Duration::from_secs(form.days.saturating_mul(DAY_S));
    match made(&entrance.state, &sharer, form.job.clone(), lifetime).await {
        Ok((link, token)) => {
            let path = path(&token);
            let made = MadeLinkView {
                job_id: link.job_id,
                address: format!("{}{path}", site(transport.as_deref().copied(), &headers)),
                path,
                until: link.until,
            };
            Ok(entrance.shares(StatusCode::OK, String::new(), Some(made), None))
        }
        Err(error) => {
            let problem = error.into_problem();
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            Ok(entrance.shares(status, form.job, None, Some(problem.detail)))
        }
    }
}

/// By which address the site is reached: over TLS, save on a loopback name. A browser that is signed in elsewhere is there over
/// TLS, whatever a proxy says of its own connection: it keeps no session otherwise.
fn site(transport: Option<VisitorTransport>, headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let is_local = transport != Some(VisitorTransport::Tls) && host_is_local(headers, &Uri::default());
    let scheme = if is_local { "http" } else { "https" };
    format!("{scheme}://{host}")
}

/// Handles `POST /shares/revoke`.
async fn revoke(
    State(entrance): State<AccessControl>,
    OwnForm { signed_in, form }: OwnForm<RevokeForm>,
) -> Result<Response, ApiError> {
    let sharer = sharer(&entrance.state, RequestCaller::of(signed_in.person()))?;
    let id = LinkId::parse(&form.id).ok_or(ApiError::NotFound { what: "share link" })?;
    revoked(&entrance.state, &sharer, id).await?;
    Ok(answered(Redirect::to(SHARES)))
}

impl AccessControl {
    fn shares(
        &self,
        status: StatusCode,
        job: String,
        made: Option<MadeLinkView>,
        problem: Option<String>,
    ) -> Response {
        let state = &self.state;
        let now = state.links().now();
        let links = state.links().list().into_iter();
        let links = links.map(|link| shared(state, link, now));
        let page = SharesPage {
            job,
            made,
            problem,
            links: links.collect(),
            days_max: state.links().lifetime_max().as_secs() / DAY_S,
            is_needed: state.auth().reads_are_guarded(),
        };
        answered(self.pages.shares(status, &page))
    }

    pub(super) fn refused(&self, status: StatusCode, refusal: &PageRefusal) -> Response {
        answered(self.pages.refused(status, refusal))
    }
}
