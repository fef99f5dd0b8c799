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
mod scripts;
mod state;
mod text;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use axum::routing::get;
use ledger::reader::Reader;
use ledger::share::Pools;
use std::sync::Arc;

/// All pages, which draw on `pools`, ready to be merged with other routers: the fallback stays theirs, save for addresses of one
/// segment, which people type.
pub fn router(reader: Reader, pools: Arc<Pools>) -> Router {
    pages(reader, pools).merge(public())
}

/// What nobody needs a token for: what the codes of refusals mean, and the files that pages load. Nothing of the log is
/// in them.
pub fn public() -> Router {
    guarded(
        Router::new()
            .route("/problems", get(pages::problems::all))
            .route("/problems/{code}", get(pages::problems::one))
            .route(assets::ASSET_PATH, get(assets::serve))
            .route(scripts::PATH, get(scripts::serve)),
    )
}

/// The pages that show the log.
pub fn pages(reader: Reader, pools: Arc<Pools>) -> Router {
    let pages = Router::new()
        .route("/", get(pages::home::show))
        .route("/jobs", get(pages::jobs::show))
        .route("/jobs/{job_id}", get(pages::job::show))
        .route("/entries/{index}", get(pages::entry::show))
        .route("/policies", get(pages::policies::show))
        .route("/policies/diff", get(pages::policy_diff::show))
        .route("/policies/{hash}", get(pages::policy::show))
        .route("/tokens/{hash}", get(pages::token::show))
        .route("/alarms", get(pages::alarms::show))
        .route("/agents/{did}", get(pages::agent::show))
        .route("/gateways/{did}", get(pages::gateway::show))
        .route("/issuers", get(pages::issuers::show))
        .route("/log", get(pages::log::show))
        .route("/e/{evidence_digest}", get(pages::evidence::show))
        .route("/artifacts/{sha256}", get(pages::artifact::show))
        .route("/runs/{id}", get(pages::run::show))
        .route("/compare", get(pages::compare::show))
        .route(
            "/verify",
            get(pages::verify::show)
                .post(pages::verify::check)
                .fallback(no_such_method_of_form)
                .layer(DefaultBodyLimit::max(pages::verify::FORM_BYTES_MAX)),
        )
        .route("/search", get(pages::search::show))
        .route("/{page}", get(no_such_page))
        .with_state(state::Pages { reader, pools });
    guarded(pages)
}

/// What stands around every page.
fn guarded(pages: Router) -> Router {
    pages
        .method_not_allowed_fallback(no_such_method)
        .layer(from_fn(guard::refuse_leaked_tokens))
        .layer(from_fn(guard::set_headers))
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
