//! The pages of the way in. This crate makes no HTML: the server binary brings the pages.

use axum::http::StatusCode;
use axum::response::Response;
pub use ledger_query::entrance::{
    EntranceNotice, MadeLinkView, PageRefusal, SharedLink, SharesPage, SignInPage,
};
use std::fmt;

/// Makes the pages.
pub trait EntrancePages: fmt::Debug + Send + Sync + 'static {
    /// The sign-in page, as an answer of that status.
    fn sign_in(&self, status: StatusCode, page: &SignInPage) -> Response;

    /// The page of share links, as an answer of that status.
    fn shares(&self, status: StatusCode, page: &SharesPage) -> Response;

    /// The page of a refusal, as an answer of that status.
    fn refused(&self, status: StatusCode, refusal: &PageRefusal) -> Response;
}
