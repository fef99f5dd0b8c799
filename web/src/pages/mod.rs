//! One file a page: its view model, made from the reader, and its handler.

pub(crate) mod entry;
pub(crate) mod home;
pub(crate) mod job;
pub(crate) mod jobs;
pub(crate) mod log;
pub(crate) mod policies;
pub(crate) mod policy;
pub(crate) mod token;

use askama::Template;
use axum::response::Html;
use ledger::reader::Reader;

use crate::error::PageError;

/// Entries on one page of a list: with their details cut to a line, well below 500 KiB.
const ROWS_MAX: usize = 100;

/// Asks the reader off the async threads, for it reads files, and fills the template.
async fn answer<T, F>(reader: Reader, question: F) -> Result<Html<String>, PageError>
where
    T: Template + Send + 'static,
    F: FnOnce(&Reader) -> Result<T, PageError> + Send + 'static,
{
    let page = tokio::task::spawn_blocking(move || {
        let view = question(&reader)?;
        view.render()
            .map(Html)
            .map_err(|error| PageError::Internal(error.to_string()))
    });
    page.await
        .map_err(|error| PageError::Internal(error.to_string()))?
}
