//! `/api` and `/api/{operation}`: the API described for people, as plain pages made here. Nobody needs a token to read
//! them, as for `/openapi.json`, which has the same for programs.
//!
//! The viewers that there are for such documents fetch scripts from elsewhere, or bring a megabyte of them and inline
//! styles, which the policy for the content of pages forbids.

mod document;

use askama::Template;
use axum::response::Html;
use std::collections::BTreeMap;

use super::filled;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::request::{NoQuery, PageQuery, PathSegment};
use document::{Operation, Prose, Schema, document};

/// An operation with its place.
struct Listed {
    method: String,
    path: &'static str,
    operation: &'static Operation,
}

#[derive(Template)]
#[template(path = "api.html")]
struct ApiView {
    chrome: Chrome,
    description: &'static Prose,
    groups: BTreeMap<&'static str, Vec<Listed>>,
}

#[derive(Template)]
#[template(path = "api_operation.html")]
struct OperationView {
    chrome: Chrome,
    listed: Listed,
    schemas: Vec<Schema>,
}

fn all() -> impl Iterator<Item = Listed> {
    document().operations().map(|(path, method, operation)| Listed {
        method,
        path,
        operation,
    })
}

/// Handles `GET /api`.
pub(crate) async fn list(PageQuery(_): PageQuery<NoQuery>) -> Result<Html<String>, PageError> {
    let mut groups: BTreeMap<&str, Vec<Listed>> = BTreeMap::new();
    for listed in all() {
        let tag = listed.operation.tags.first().map_or("other", String::as_str);
        groups.entry(tag).or_default().push(listed);
    }
    filled(&ApiView {
        chrome: Chrome::bare(Section::None),
        description: &document().info.description,
        groups,
    })
}

/// Handles `GET /api/{operation}`.
pub(crate) async fn one(
    segment: PathSegment,
    PageQuery(_): PageQuery<NoQuery>,
) -> Result<Html<String>, PageError> {
    let listed = all()
        .find(|listed| listed.operation.id == segment.0)
        .ok_or(PageError::NotFound { what: "operation" })?;
    filled(&OperationView {
        chrome: Chrome::bare(Section::None),
        schemas: document().schemas_of(listed.operation),
        listed,
    })
}
