//! `/v1/events`: the log as a feed, in index order and without gaps.
//!
//! A reader that keeps the last index it has handled, and asks for what comes after it, sees every entry
//! exactly once whatever breaks in between: entries get consecutive indices, and only entries under a signed
//! checkpoint are told. The three forms (JSON poll, NDJSON poll, event stream) share one scan.

mod proofs;
mod scan;
mod stream;

use crate::error::ApiError;
use crate::extract::Params;
use crate::limits::{PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX, WAIT_S_MAX};
use crate::negotiate::{EVENT_STREAM, JSON, NDJSON, NDJSON_PLAIN, preferred};
use crate::page::Include;
use crate::problem::Problem;
use crate::proved::ListProof;
use crate::session::SignedIn;
use crate::single_header::{HeaderError, single_value};
use crate::state::ApiState;
use crate::view::EntryView;
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use ledger_query::parameter::whole_number;
use scan::{EventScan, EventsFilter};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;

/// Carries `next_token` where the answer is NDJSON.
const NEXT_TOKEN: HeaderName = HeaderName::from_static("evidence-ledger-next-token");
/// How an event stream says where it broke (WHATWG HTML, server-sent events).
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// What to follow, and from where.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// Only entries after this index; from the beginning if absent. `Last-Event-ID` takes precedence.
    after_index: Option<u64>,
    /// Events wanted, 1 to 200; 50 if absent. An event stream has no end.
    limit: Option<usize>,
    /// Only these kinds, comma-separated.
    kinds: Option<String>,
    /// `native`, which is the only one yet.
    format: Option<String>,
    /// Waits up to this many seconds, at most 30, for a first event.
    wait_s: Option<u64>,
    /// `evidence`: carry the documents, too.
    #[param(inline)]
    include: Option<Include>,
    /// `true`: carry the proof that no entry of `kinds` is left out, which are then kinds that the index lists. Only entries that the
    /// index covers are told, and only as JSON.
    #[serde(default)]
    #[param(required = false)]
    proof: bool,
}

/// A piece of the feed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventPage {
    /// Entries, in index order.
    events: Vec<EntryView>,
    /// The `after_index` to go on with; absent while there was nothing to look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    next_token: Option<LeafIndex>,
    /// The published tree size.
    #[schema(value_type = u64)]
    tree_size: TreeSize,
    /// That the events leave out no entry of the kinds between `after_index` and `next_token`, one proof for each kind; with
    /// `proof=true`. Empty while there was nothing to look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    proofs: Option<Vec<ListProof>>,
}

/// Entries as they are logged.
///
/// JSON by default; `Accept: application/x-ndjson` (or `application/ndjson`) gives one event a line, and the next
/// token in the header `evidence-ledger-next-token`; `Accept: text/event-stream` keeps sending, with the index as
/// event id. With `proof=true` and `kinds` the page carries a subject-proof of the question `["kind", k]` for each kind. A feed of all kinds needs
/// none: its indices have no gap. A position beyond the log's end is 409 `POSITION_AHEAD`: a client that got it from this log may hold the
/// proof of a rollback.
#[utoipa::path(get, path = "/v1/events", operation_id = "events", tag = "events", params(EventsQuery),
    responses(
        (status = 200, description = "Index-ordered and gap-free", content((EventPage = "application/json"), (EntryView = "application/x-ndjson"), (String = "text/event-stream"))),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn follow(
    State(state): State<ApiState>,
    Params(query): Params<EventsQuery>,
    session: Option<Extension<SignedIn>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let filter = query.filter()?;
    let form = preferred(&headers, &[JSON, NDJSON, NDJSON_PLAIN, EVENT_STREAM])?;
    if query.proof && form != JSON {
        return Err(ApiError::parameter("proof", "true for application/json alone"));
    }
    let published = state.engine().published().head.tree.size;
    if form == EVENT_STREAM {
        let from = match last_event_id(&headers)? {
            Some(last) => first_after("Last-Event-ID", Some(last), published)?,
            None => first_after("after_index", query.after_index, published)?,
        };
        return stream::open(state, from, filter, session.as_deref().map(SignedIn::key));
    }
    let limit = query.limit.unwrap_or(PAGE_ITEMS_DEFAULT);
    if limit == 0 || limit > PAGE_ITEMS_MAX {
        return Err(ApiError::parameter("limit", format!("1 to {PAGE_ITEMS_MAX}")));
    }
    let wait_s = query.wait_s.unwrap_or(0);
    if wait_s > WAIT_S_MAX {
        return Err(ApiError::parameter("wait_s", format!("at most {WAIT_S_MAX}")));
    }
    let from = first_after("after_index", query.after_index, published)?;
    let asked = filter.proved.clone();
    let scanned = poll(&state, from, limit, filter, Duration::from_secs(wait_s)).await?;
    let proofs = match asked {
        Some(asked) => Some(proofs::prove(&state, asked, from, &scanned).await?),
        None => None,
    };
    // Where nothing was looked at, the caller's own place stays.
    let next_token = scanned.next.value().checked_sub(1).map(LeafIndex::new);
    if form != JSON {
        return ndjson(form, &scanned.events, next_token);
    }
    let page = EventPage {
        events: scanned.events,
        next_token,
        tree_size: scanned.tree_size,
        proofs,
    };
    Ok(([(header::VARY, "accept")], Json(page)).into_response())
}

impl EventsQuery {
    fn filter(&self) -> Result<EventsFilter, ApiError> {
        if self.format.as_deref().is_some_and(|format| format != "native") {
            return Err(ApiError::parameter(
                "format",
                "native; no other format is available",
            ));
        }
        let kinds = self.kinds.as_deref().map(parse_kinds).transpose()?;
        let proved = self.proof.then(|| proofs::questions(kinds.as_deref()));
        Ok(EventsFilter {
            kinds,
            with_evidence: self.include.is_some(),
            proved: proved.transpose()?,
        })
    }
}

fn parse_kinds(text: &str) -> Result<Vec<Kind>, ApiError> {
    let kinds = text.split(',').map(Kind::parse).collect::<Option<Vec<Kind>>>();
    kinds.ok_or_else(|| ApiError::parameter("kinds", "kinds of entries, comma-separated"))
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, ApiError> {
    let other = || ApiError::parameter("Last-Event-ID", "the id of an event");
    let Some(text) = single_value(headers, &LAST_EVENT_ID).map_err(|HeaderError| other())? else {
        return Ok(None);
    };
    whole_number(text).map(Some).ok_or_else(other)
}

/// The first entry of interest. The newest entry is the last one that there can be something after.
fn first_after(name: &'static str, after: Option<u64>, published: TreeSize) -> Result<LeafIndex, ApiError> {
    let Some(after) = after else {
        return Ok(LeafIndex::new(0));
    };
    let next = LeafIndex::new(after).next();
    next.filter(|_| published.contains(LeafIndex::new(after)))
        .ok_or_else(|| ApiError::position_ahead(name, after, published))
}

/// Scans until there is an event, the time is over, or the server stops.
async fn poll(
    state: &ApiState,
    from: LeafIndex,
    limit: usize,
    filter: EventsFilter,
    wait: Duration,
) -> Result<EventScan, ApiError> {
    let _place = if wait.is_zero() {
        None
    } else {
        Some(state.open_stream()?)
    };
    let deadline = Instant::now() + wait;
    let mut head = state.engine().watch();
    let mut from = from;
    loop {
        // Seen before the scan, so that a head published during it is not slept through.
        head.mark_unchanged();
        let filter = filter.clone();
        let scanned = state
            .read(move |engine| scan::scan(engine, from, limit, &filter))
            .await?;
        from = scanned.next;
        if !scanned.events.is_empty() || Instant::now() >= deadline {
            return Ok(scanned);
        }
        if scanned.upto.contains(from) {
            continue;
        }
        tokio::select! {
            changed = head.changed() => if changed.is_err() { return Ok(scanned) },
            () = tokio::time::sleep_until(deadline) => return Ok(scanned),
            () = state.drained() => return Ok(scanned),
        }
    }
}

fn ndjson(
    media_type: &'static str,
    events: &[EntryView],
    next_token: Option<LeafIndex>,
) -> Result<Response, ApiError> {
    let mut text = Vec::new();
    for event in events {
        serde_json::to_writer(&mut text, event).map_err(|error| ApiError::Internal(error.to_string()))?;
        text.push(b'\n');
    }
    let headers = [(header::CONTENT_TYPE, media_type), (header::VARY, "accept")];
    let mut response = (headers, text).into_response();
    if let Some(token) = next_token {
        response
            .headers_mut()
            .insert(NEXT_TOKEN, HeaderValue::from(token.value()));
    }
    Ok(response)
}
