//! Asking the engine for a page: off the async threads, at the gates, and as long as somebody waits.

use std::sync::Arc;

use askama::Template;
use axum::response::Html;
use ledger_query::QueryEngine;
use ledger_query::share::WorkGate;

use crate::error::PageError;
use crate::state::Pages;
use crate::visitor::{Visitor, fault_of_link};

/// Asks the engine off the async threads, for it reads files, and fills the template.
pub(crate) async fn answer<T, F>(pages: Pages, question: F) -> Result<Html<String>, PageError>
where
    T: Template + Send + 'static,
    F: FnOnce(&QueryEngine) -> Result<T, PageError> + Send + 'static,
{
    asked(pages, move |engine| filled(&question(engine)?)).await
}

/// The same for what collects and judges a job's whole evidence, or reads as much, a few at a time.
pub(crate) async fn assessed<T, F>(pages: Pages, question: F) -> Result<Html<String>, PageError>
where
    T: Template + Send + 'static,
    F: FnOnce(&QueryEngine) -> Result<T, PageError> + Send + 'static,
{
    let gate = Arc::clone(&pages.pools.assessments);
    at_gate(&gate, &pages, move |engine| filled(&question(engine)?)).await
}

/// Asks at the gate of pages.
pub(crate) async fn asked<T, F>(pages: Pages, question: F) -> Result<T, PageError>
where
    T: Send + 'static,
    F: FnOnce(&QueryEngine) -> Result<T, PageError> + Send + 'static,
{
    let gate = Arc::clone(&pages.pools.pages);
    at_gate(&gate, &pages, question).await
}

/// Asks when it is the caller's turn, and no longer than somebody waits for the answer.
pub(crate) async fn at_gate<T, F>(gate: &Arc<WorkGate>, pages: &Pages, question: F) -> Result<T, PageError>
where
    T: Send + 'static,
    F: FnOnce(&QueryEngine) -> Result<T, PageError> + Send + 'static,
{
    let (engine, visitor) = (pages.engine.clone(), Visitor::current());
    gate.run(move |wanted| Visitor::while_working(visitor, || question(&engine.with_cancellation(wanted))))
        .await?
}

/// The text of a page.
pub(crate) fn filled(view: &impl Template) -> Result<Html<String>, PageError> {
    view.render().map(Html).map_err(|error| match fault_of_link() {
        Some(fault) => fault.into(),
        None => PageError::Internal(error.to_string()),
    })
}
