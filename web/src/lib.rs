//! The Trust Pulse pages: what the log holds, for people, as plain HTML that needs no script.
//!
//! This crate asks [`ledger::reader::Reader`] and nothing else: no storage, no signing, no submitting.
//! Everything that comes out of evidence is hostile text. It is escaped by the templates and never
//! becomes a link; links lead to our own pages only, with percent-encoded ids.
//!
//! The paths stand in tickets for years: they never change.

mod assets;
mod chrome;
mod error;
mod guard;
mod model;
mod pages;
mod request;
mod text;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::get;
use ledger::reader::Reader;

/// The pages, ready to be merged with other routers: the fallback stays theirs, save for addresses of one
/// segment, which people type.
pub fn router(reader: Reader) -> Router {
    Router::new()
        .route("/", get(pages::home::show))
        .route("/jobs", get(pages::jobs::show))
        .route("/jobs/{job_id}", get(pages::job::show))
        .route("/entries/{index}", get(pages::entry::show))
        .route("/policies", get(pages::policies::show))
        .route("/policies/{hash}", get(pages::policy::show))
        .route("/tokens/{hash}", get(pages::token::show))
        .route("/log", get(pages::log::show))
        .route("/{page}", get(no_such_page))
        .with_state(reader)
        .route(assets::STYLE_PATH, get(assets::style))
        .layer(from_fn(guard::refuse_leaked_tokens))
        .layer(from_fn(guard::set_headers))
}

async fn no_such_page() -> error::PageError {
    error::PageError::NotFound { what: "page" }
}
