//! The way in for people: the API's sessions and share links behind the pages' forms.

use api::entrance::AccessControl;
use api::entrance::pages::{EntrancePages, PageRefusal, SharesPage, SignInPage};
use api::session::SignedIn;
use api::{ApiState, protect_pages};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use std::sync::Arc;
use web::Visitor;

/// The pages as people get to them: what shows the log only to those who may read it, and where they sign in.
pub(crate) fn pages(state: &ApiState) -> Router {
    let entrance = AccessControl::new(state.clone(), Arc::new(TemplatePages));
    let pages = web::pages(
        state.engine().clone(),
        Arc::clone(state.pools()),
        state.draining(),
    );
    protect_pages(pages, &entrance)
        .merge(web::guarded(entrance.router()))
        .merge(web::public())
        .layer(from_fn_with_state(entrance, introduce))
}

/// Middleware: tells the pages who looks at them.
async fn introduce(State(entrance): State<AccessControl>, mut request: Request, next: Next) -> Response {
    if let Some(signed_in) = request.extensions().get::<SignedIn>().cloned() {
        let sight = entrance.guest_view(&mut request);
        let jobs = sight.as_ref().map(|sight| sight.jobs().to_vec());
        let visitor = Visitor {
            name: jobs
                .as_ref()
                .map_or_else(|| signed_in.person().to_string(), |jobs| jobs.join(", ")),
            is_guest: jobs.is_some(),
            jobs: jobs.unwrap_or_default(),
            is_shown: {
                let entrance = entrance.clone();
                Arc::new(move |index, is_page| match &sight {
                    Some(sight) => entrance.shows(sight, index, is_page),
                    None => Ok(true),
                })
            },
            csrf: signed_in.csrf().to_owned(),
            is_repeated: {
                let signed_in = signed_in.clone();
                Arc::new(move |csrf| signed_in.is_repeated(csrf))
            },
            is_signed_in: Arc::new(move || entrance.is_open(&signed_in)),
        };
        request.extensions_mut().insert(visitor);
    }
    next.run(request).await
}

/// The pages by the templates.
#[derive(Debug)]
struct TemplatePages;

impl EntrancePages for TemplatePages {
    fn sign_in(&self, status: StatusCode, page: &SignInPage) -> Response {
        web::sign_in::page(status, page)
    }

    fn shares(&self, status: StatusCode, page: &SharesPage) -> Response {
        web::shares::page(status, page)
    }

    fn refused(&self, status: StatusCode, refusal: &PageRefusal) -> Response {
        web::refused::page(status, refusal)
    }
}
