//! One file or folder a page: its view model, made from the reader, and its handler.

pub(crate) mod agent;
pub(crate) mod alarms;
pub(crate) mod api;
pub(crate) mod artifact;
pub(crate) mod compare;
pub(crate) mod entries;
pub(crate) mod entry;
pub(crate) mod evidence;
pub(crate) mod gateway;
pub(crate) mod help;
pub(crate) mod home;
pub(crate) mod issuers;
pub(crate) mod job;
pub(crate) mod jobs;
pub(crate) mod log;
pub(crate) mod policies;
pub(crate) mod policy;
pub(crate) mod policy_diff;
pub(crate) mod problems;
mod projected;
pub(crate) mod run;
pub(crate) mod search;
pub(crate) mod token;
mod under;
pub(crate) mod verify;

use std::sync::Arc;

use askama::Template;
use axum::response::Html;
use ledger_query::QueryEngine;
use ledger_query::share::Gate;
use verifier::index::TreeSize;

use crate::error::PageError;
use crate::state::Pages;
use crate::visitor::{Visitor, fault_of_link};

/// Entries on one page of a list: with their details cut to a line, well below 500 KiB.
const ROWS_MAX: usize = 100;

/// Asks the reader off the async threads, for it reads files, and fills the template.
async fn answer<T, F>(pages: Pages, question: F) -> Result<Html<String>, PageError>
where
    T: Template + Send + 'static,
    F: FnOnce(&QueryEngine) -> Result<T, PageError> + Send + 'static,
{
    asked(pages, move |engine| filled(&question(engine)?)).await
}

/// The same for what collects and judges a job's whole evidence, or reads as much, a few at a time.
async fn assessed<T, F>(pages: Pages, question: F) -> Result<Html<String>, PageError>
where
    T: Template + Send + 'static,
    F: FnOnce(&QueryEngine) -> Result<T, PageError> + Send + 'static,
{
    let gate = Arc::clone(&pages.pools.assessments);
    at_gate(&gate, &pages, move |engine| filled(&question(engine)?)).await
}

pub(crate) async fn asked<T, F>(pages: Pages, question: F) -> Result<T, PageError>
where
    T: Send + 'static,
    F: FnOnce(&QueryEngine) -> Result<T, PageError> + Send + 'static,
{
    let gate = Arc::clone(&pages.pools.pages);
    at_gate(&gate, &pages, question).await
}

/// Asks when it is the caller's turn, and no longer than somebody waits for the answer.
async fn at_gate<T, F>(gate: &Arc<Gate>, pages: &Pages, question: F) -> Result<T, PageError>
where
    T: Send + 'static,
    F: FnOnce(&QueryEngine) -> Result<T, PageError> + Send + 'static,
{
    let (engine, visitor) = (pages.engine.clone(), Visitor::current());
    gate.run(move |wanted| Visitor::while_working(visitor, || question(&engine.while_wanted(wanted))))
        .await?
}

/// As of when a page speaks, in words.
fn as_of_words(engine: &QueryEngine, size: TreeSize) -> Result<String, PageError> {
    Ok(match engine.tree_of(size)? {
        Some(tree) => crate::text::as_of(tree.time, size.value()),
        None => "the empty log".to_owned(),
    })
}

fn filled(view: &impl Template) -> Result<Html<String>, PageError> {
    view.render().map(Html).map_err(|error| match fault_of_link() {
        Some(fault) => fault.into(),
        None => PageError::Internal(error.to_string()),
    })
}
