//! `/help`: how to read a verdict, and the words that the pages use. Nothing of the log is in it.

use askama::Template;
use axum::response::Html;

use super::filled;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::request::{NoQuery, PageQuery};

#[derive(Template)]
#[template(path = "help.html")]
struct HelpView {
    chrome: Chrome,
}

/// Handles `GET /help`.
pub(crate) async fn show(PageQuery(_): PageQuery<NoQuery>) -> Result<Html<String>, PageError> {
    filled(&HelpView {
        chrome: Chrome::bare(Section::None),
    })
}
