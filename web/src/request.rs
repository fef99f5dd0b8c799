//! Path segments and queries, refused with a page instead of a line of text.

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use verifier::index::{LeafIndex, TreeSize};

use crate::error::PageError;

/// The one percent-decoded segment of a path.
pub(crate) struct Segment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let segment: Result<Path<String>, PathRejection> = Path::from_request_parts(parts, state).await;
        segment
            .map(|Path(text)| Self(text))
            .map_err(|_| PageError::Malformed {
                what: "id",
                expected: "percent-encoded UTF-8",
            })
    }
}

impl Segment {
    /// The segment in its own form.
    pub(crate) fn parse<T>(
        &self,
        what: &'static str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, PageError> {
        parse(&self.0).ok_or(PageError::Malformed { what, expected })
    }
}

/// The query of an address.
pub(crate) struct Asked<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let query: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, state).await;
        query
            .map(|Query(value)| Self(value))
            .map_err(|_| PageError::Malformed {
                what: "query",
                expected: "one with whole numbers",
            })
    }
}

/// Which page of a list, pinned to a tree size.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(crate) struct ListQuery {
    /// Where the page begins.
    from: Option<u64>,
    /// The tree size that the list is as of.
    as_of: Option<u64>,
}

impl ListQuery {
    /// Where the page begins; `None` for the first one.
    pub(crate) fn from(self) -> Option<LeafIndex> {
        self.from.map(LeafIndex::new)
    }

    /// The size asked for, else the published one. A size in the future is refused by the reader.
    pub(crate) fn as_of(self, published: TreeSize) -> TreeSize {
        self.as_of.map_or(published, TreeSize::new)
    }
}

/// The address of the next page of a list.
pub(crate) fn next_href(path: &str, next: Option<LeafIndex>, as_of: TreeSize) -> Option<String> {
    next.map(|from| format!("{path}?from={from}&as_of={as_of}"))
}
