//! The feed as server-sent events, resumable by `Last-Event-ID`.
//!
//! A stream that fails just ends: the client connects again and names the last event that it saw.

use super::scan::{EventsFilter, scan};
use crate::error::ApiError;
use crate::limits::PAGE_ITEMS_DEFAULT;
use crate::session::SessionKey;
use crate::state::ApiState;
use crate::view::EntryView;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt};
use ledger::shared::PublishedHead;
use ledger_query::share::{Caller, PoolShare};
use std::convert::Infallible;
use tokio::sync::watch;
use verifier::index::LeafIndex;

/// Where a stream stands.
struct EventPosition {
    state: ApiState,
    head: watch::Receiver<PublishedHead>,
    from: LeafIndex,
    filter: EventsFilter,
    caller: Caller,
    /// The session by which the stream is read, if it is by one. The stream ends with it.
    session: Option<SessionKey>,
    _place: PoolShare,
}

/// Opens a stream of the entries from `from` on.
pub(super) fn open(
    state: ApiState,
    from: LeafIndex,
    filter: EventsFilter,
    session: Option<SessionKey>,
) -> Result<Response, ApiError> {
    let place = state.open_stream()?;
    let keep_alive = KeepAlive::new().interval(state.limits().keep_alive);
    let head = state.engine().watch();
    let draining = state.clone();
    let position = EventPosition {
        state,
        head,
        from,
        filter,
        caller: Caller::current(),
        session,
        _place: place,
    };
    let events = events(position).take_until(async move { draining.drained().await });
    Ok(Sse::new(events).keep_alive(keep_alive).into_response())
}

fn events(position: EventPosition) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(position, |mut position| async move {
        let events = position.advance().await?;
        Some((stream::iter(events.into_iter().map(Ok)), position))
    })
    .flatten()
}

impl EventPosition {
    /// The next events, as soon as there are any; `None` ends the stream.
    async fn advance(&mut self) -> Option<Vec<Event>> {
        loop {
            // Seen before the scan, so that a head published during it is not slept through.
            self.head.mark_unchanged();
            let (from, filter) = (self.from, self.filter.clone());
            let look =
                move |engine: &ledger_query::QueryEngine| scan(engine, from, PAGE_ITEMS_DEFAULT, &filter);
            // Told to the operator as any other failed read; the client comes back by itself.
            let scanned = self.caller.clone().while_answering(self.state.read(look));
            let scanned = scanned.await.map_err(ApiError::into_problem).ok()?;
            if !self.may_go_on() {
                return None;
            }
            self.from = scanned.next;
            if !scanned.events.is_empty() {
                return scanned.events.iter().map(event).collect();
            }
            if !scanned.tree_size.contains(self.from) {
                self.head_changed().await?;
            }
        }
    }

    /// Waits for another head; `None` where there will be none, or the session ends meanwhile.
    async fn head_changed(&mut self) -> Option<()> {
        loop {
            let pause = tokio::time::sleep(self.state.limits().keep_alive);
            tokio::select! {
                changed = self.head.changed() => return changed.ok(),
                () = pause => if !self.may_go_on() { return None },
            }
        }
    }

    fn may_go_on(&self) -> bool {
        self.session
            .is_none_or(|key| self.state.sessions().look(key).is_some())
    }
}

fn event(entry: &EntryView) -> Option<Event> {
    let event = Event::default()
        .id(entry.index.to_string())
        .event(entry.kind.as_str());
    event
        .json_data(entry)
        .map_err(|error| ApiError::Internal(error.to_string()).into_problem())
        .ok()
}
