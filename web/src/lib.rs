//! The Trust Pulse pages: what the log holds, for people, as plain HTML that needs no script.
//!
//! This crate asks [`ledger_query::QueryEngine`] and nothing else: no storage, no signing, no submitting.
//! Everything that comes out of evidence is hostile text. It is escaped by the templates and never
//! becomes a link; links lead to our own pages only, with percent-encoded ids.
//!
//! The paths stand in tickets for years: they never change.

mod ask;
mod assets;
mod chrome;
mod error;
mod export;
mod faults;
mod guard;
mod model;
mod pages;
pub mod refused;
mod request;
pub mod shares;
pub mod sign_in;
mod state;
mod text;
mod visitor;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use axum::routing::{MethodRouter, get};
use ledger_query::QueryEngine;
use ledger_query::share::Pools;
use std::sync::Arc;
use tokio::sync::watch;
pub use visitor::{EntryVisibility, Visitor};

/// All pages, which draw on `pools`, ready to be merged with other routers: the fallback stays theirs, save for addresses of one
/// segment, which people type.
pub fn router(engine: QueryEngine, pools: Arc<Pools>, stopping: watch::Receiver<bool>) -> Router {
    pages(engine, pools, stopping).merge(public())
}

/// What nobody needs a token for: what codes and checks mean, and the files that pages load. Nothing of the log is
/// in them.
pub fn public() -> Router {
    guarded(
        Router::new()
            .route("/help", get(pages::help::show))
            .route("/api", get(pages::api::list))
            .route("/api/{operation}", get(pages::api::one))
            .route("/problems", get(pages::problems::all))
            .route("/problems/{code}", get(pages::problems::one))
            .route("/checks", get(pages::problems::checks))
            .route("/checks/{id}", get(pages::problems::check))
            .route(assets::PATH, get(pages::assets::serve)),
    )
}

/// The pages that show the log. `stopping` turns true when the server stops: exports then break off, so that a graceful
/// shutdown does not wait for them.
pub fn pages(engine: QueryEngine, pools: Arc<Pools>, stopping: watch::Receiver<bool>) -> Router {
    let pages = Router::new()
        .route("/", get(pages::home::show))
        .route("/jobs", form(get(pages::jobs::show).post(pages::jobs::show)))
        .route("/jobs/{job_id}", get(pages::job::show))
        .route("/entries/{index}", get(pages::entry::show))
        .route("/export/entries", get(pages::entries::export))
        .route(
            "/policies",
            form(get(pages::policies::show).post(pages::policies::show)),
        )
        .route(
            "/policies/diff",
            form(get(pages::policy_diff::show).post(pages::policy_diff::show)),
        )
        .route("/policies/{hash}", get(pages::policy::show))
        .route("/tokens/{hash}", get(pages::token::show))
        .route(
            "/alarms",
            form(get(pages::alarms::show).post(pages::alarms::show)),
        )
        .route("/agents/{did}", get(pages::agent::show))
        .route("/gateways/{did}", get(pages::gateway::show))
        .route(
            "/issuers",
            form(get(pages::issuers::show).post(pages::issuers::show)),
        )
        .route("/log", form(get(pages::log::show).post(pages::log::show)))
        .route("/e/{evidence_digest}", get(pages::evidence::show))
        .route(
            "/artifacts/{sha256}",
            form(get(pages::artifact::show).post(pages::artifact::compare_copy)),
        )
        .route("/runs/{id}", get(pages::run::show))
        .route(
            "/compare",
            form(get(pages::compare::show).post(pages::compare::show)),
        )
        .route(
            "/verify",
            get(pages::verify::show)
                .post(pages::verify::check)
                .fallback(no_such_method_of_form)
                .layer(DefaultBodyLimit::max(pages::verify::FORM_BYTES_MAX)),
        )
        .route(
            "/search",
            form(get(pages::search::show).post(pages::search::send)),
        )
        .route("/{page}", get(no_such_page))
        .with_state(state::Pages {
            engine,
            pools,
            stopping,
        });
    guarded(pages)
}

/// Puts around pages what stands around every page: headers, the refusal of tokens in addresses, and who looks.
pub fn guarded(pages: Router) -> Router {
    pages
        .method_not_allowed_fallback(no_such_method)
        .layer(from_fn(guard::refuse_leaked_tokens))
        .layer(from_fn(guard::set_headers))
        .layer(from_fn(visitor::remember))
}

/// A page with a form that sends a few lines.
fn form(page: MethodRouter<state::Pages>) -> MethodRouter<state::Pages> {
    page.fallback(no_such_method_of_form)
        .layer(DefaultBodyLimit::max(pages::search::FORM_BYTES_MAX))
}

async fn no_such_method() -> error::PageError {
    error::PageError::MethodNotAllowed {
        allowed: "GET and HEAD",
    }
}

async fn no_such_method_of_form() -> error::PageError {
    error::PageError::MethodNotAllowed {
        allowed: "GET, HEAD and POST",
    }
}

async fn no_such_page() -> error::PageError {
    error::PageError::NotFound { what: "page" }
}
