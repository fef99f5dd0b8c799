//! Lists that are exported whole, as of a tree size: one line an item, as CSV for spreadsheets or NDJSON for programs.
//!
//! The server follows the list's cursor itself, one page at a time and each at the gate of the pages: an export of any
//! length holds one page in memory, and waits its turn behind other readers. A whole export has its items and nothing
//! else. One that ends early says so, and why, in its last line: [`ExportEnding`]. Where that is not because the list is longer
//! than an export may be, the body breaks off after that line, so that no program takes the file for a whole one.

mod list;

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use ledger_query::QueryEngine;
use ledger_query::share::Caller;
use serde::Serialize;
use verifier::index::TreeSize;

use crate::ask::asked;
use crate::error::PageError;
use crate::state::Pages;
use crate::text::counted;
use crate::visitor::Visitor;
pub(crate) use list::{ExportItem, ExportLinks, Format, ListPage};
use list::{json_line, line, record};

/// Items of one export; what is longer is asked for in parts, by its filters.
const ITEMS_MAX: u64 = 1_000_000;
/// How often an export asks again where the server has no room for its next page, and how long it waits before.
const TRIES_MAX: u32 = 20;
const PAUSE: Duration = Duration::from_secs(1);

/// The last line of an export that ended before its list did.
#[derive(Serialize)]
struct ExportEnding {
    /// Always `true`: no item has this member.
    ends_early: bool,
    items: u64,
    why: String,
}

/// The body of an export breaks off: the list was not read to its end.
#[derive(Debug, thiserror::Error)]
#[error("the export ended before the list did")]
struct ExportCutShort;

/// Answers with the whole list. `ask` reads the page at a cursor, the first one without.
///
/// # Errors
/// Where the first page cannot be read; from then on the answer has begun.
pub(crate) async fn whole<I, C, F>(
    pages: Pages,
    (format, name, as_of): (Format, &str, TreeSize),
    ask: F,
) -> Result<Response, PageError>
where
    I: ExportItem,
    C: Clone + Send + Sync + 'static,
    F: Fn(&QueryEngine, Option<C>) -> Result<ListPage<I, C>, PageError> + Clone + Send + Sync + 'static,
{
    let mut export = ExportState {
        pages,
        caller: Caller::current(),
        visitor: Visitor::current(),
        format,
        ask,
        next: None,
        items: 0,
        items_max: ITEMS_MAX,
        pause: PAUSE,
        breaks_off: false,
    };
    let begin = export.begin().await?;
    let first = stream::iter([Ok(begin)]);
    let rest = stream::unfold(export, |mut export| async move {
        let part = export.go_on().await?;
        Some((part, export))
    });
    let headers = [
        (CONTENT_TYPE, format.media_type().to_owned()),
        (
            CONTENT_DISPOSITION,
            format!(
                "attachment; filename=\"{name}-as-of-{as_of}.{}\"",
                format.extension()
            ),
        ),
    ];
    let body = Body::from_stream(stream::StreamExt::chain(first, rest));
    Ok((headers, body).into_response())
}

/// Where an export stands.
struct ExportState<C, F> {
    pages: Pages,
    caller: Caller,
    visitor: Option<Visitor>,
    format: Format,
    ask: F,
    /// The cursor of the next page; `None` at the end.
    next: Option<C>,
    /// Written so far.
    items: u64,
    items_max: u64,
    /// Before it asks again where there was no room.
    pause: Duration,
    /// Whether the last line is written, and the body breaks off after it.
    breaks_off: bool,
}

impl<I, C, F> ExportState<C, F>
where
    I: ExportItem,
    C: Clone + Send + Sync + 'static,
    F: Fn(&QueryEngine, Option<C>) -> Result<ListPage<I, C>, PageError> + Clone + Send + Sync + 'static,
{
    /// The head and the first page.
    async fn begin(&mut self) -> Result<Vec<u8>, PageError> {
        let part = self.ask(None).await?;
        let mut text = match self.format {
            Format::NdJson => Vec::new(),
            Format::Csv => record(I::COLUMNS.iter().copied())?,
        };
        text.extend(self.written(part)?);
        Ok(text)
    }

    /// The next pages until one has items, or the last line; `None` at the end.
    async fn go_on(&mut self) -> Option<Result<Vec<u8>, ExportCutShort>> {
        if std::mem::take(&mut self.breaks_off) {
            // What was written before is sent first.
            tokio::task::yield_now().await;
            return Some(Err(ExportCutShort));
        }
        loop {
            let from = self.next.take()?;
            let part = match self.ask_in_turn(&from).await {
                Ok(part) => self.written(part),
                Err(error) => Err(error),
            };
            match part {
                Ok(text) if text.is_empty() => {}
                Ok(text) => return Some(Ok(text)),
                Err(error) => {
                    tracing::warn!(%error, items = self.items, "an export ended early");
                    self.breaks_off = true;
                    return Some(Ok(self.ending(error.message())));
                }
            }
        }
    }

    /// A further page, as soon as there is room for it, and as long as who asked may read and the server does not stop.
    async fn ask_in_turn(&self, from: &C) -> Result<ListPage<I, C>, PageError> {
        let asked = async {
            let mut tries = 0;
            loop {
                if !self.visitor.as_ref().is_none_or(Visitor::is_here) {
                    return Err(PageError::SignedOut);
                }
                match self.ask(Some(from.clone())).await {
                    Err(PageError::Busy(_)) if tries < TRIES_MAX => tries += 1,
                    other => return other,
                }
                tokio::time::sleep(self.pause).await;
            }
        };
        tokio::select! {
            biased;
            () = self.pages.stopped() => Err(PageError::Stopping),
            part = asked => part,
        }
    }

    async fn ask(&self, from: Option<C>) -> Result<ListPage<I, C>, PageError> {
        let ask = self.ask.clone();
        let question = move |engine: &QueryEngine| ask(engine, from);
        self.caller
            .clone()
            .while_answering(asked(self.pages.clone(), question))
            .await
    }

    /// The lines of a page, and the last line where the export may not go on.
    fn written(&mut self, part: ListPage<I, C>) -> Result<Vec<u8>, PageError> {
        let mut text = Vec::new();
        let left = usize::try_from(self.items_max.saturating_sub(self.items)).unwrap_or(usize::MAX);
        let more = part.items.len() > left || (part.items.len() == left && part.next.is_some());
        for item in part.items.iter().take(left) {
            text.extend(line(item, self.format)?);
            self.items = self.items.saturating_add(1);
        }
        if more {
            let most = counted(self.items_max, "item", "items");
            text.extend(self.ending(format!(
                "an export has at most {most}; ask for the rest with a narrower filter"
            )));
        } else {
            self.next = part.next;
        }
        Ok(text)
    }

    fn ending(&self, why: String) -> Vec<u8> {
        let ending = ExportEnding {
            ends_early: true,
            items: self.items,
            why,
        };
        let last = match self.format {
            Format::NdJson => json_line(&ending),
            Format::Csv => record([format!(
                "ENDS EARLY after {}: {}",
                counted(ending.items, "item", "items"),
                ending.why
            )
            .as_str()]),
        };
        last.unwrap_or_default()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;
