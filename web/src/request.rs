//! Path segments and queries, refused with a page instead of a line of text.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::Uri;
use axum::http::request::Parts;
use ledger_query::parameter::{ListCursor, ListPlace, QueryFault, parse_time, read_query};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use verifier::id::check_id;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::text::hash::{HashForm, SpelledHash};

use crate::error::PageError;

/// The one percent-decoded segment of a path.
pub(crate) struct PathSegment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for PathSegment {
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

impl PathSegment {
    /// The hash that the segment is. In another spelling it has the same page, at the address `section` and the hash
    /// in ours.
    pub(crate) fn hash<T>(
        &self,
        (section, what): (&str, &'static str),
        form: HashForm,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, PageError> {
        parse(&self.0).ok_or_else(|| match SpelledHash::read(&self.0) {
            Some(spelled) => PageError::OtherSpelling {
                href: format!("/{section}/{}", spelled.to(form)),
            },
            None => PageError::Malformed {
                what,
                expected: form_name(form),
            },
        })
    }

    /// The segment as an id that a signer or submitter chose.
    pub(crate) fn id(self, what: &'static str) -> Result<String, PageError> {
        id(what, &self.0)?;
        Ok(self.0)
    }
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

const fn form_name(form: HashForm) -> &'static str {
    match form {
        HashForm::Hex => "64 hex digits",
        HashForm::Base64url => "43 characters of base64url",
    }
}

/// Refuses what cannot be an id: a list of nothing would read as an answer.
pub(crate) fn id(what: &'static str, text: &str) -> Result<(), PageError> {
    check_id(text, "").map_err(|fault| PageError::NoId {
        what,
        expected: fault.expected,
        found: fault.found,
    })
}

/// Refuses what cannot be a DID.
pub(crate) fn did(what: &'static str, text: &str) -> Result<(), PageError> {
    id(what, text)?;
    if text.strip_prefix("did:").is_none_or(str::is_empty) {
        return Err(PageError::Malformed {
            what,
            expected: "a DID, as did:key:z6Mk…",
        });
    }
    Ok(())
}

/// The hash that a field holds, in our spelling.
pub(crate) fn hash(what: &'static str, text: &str, form: HashForm) -> Result<String, PageError> {
    let spelled = SpelledHash::read(text).ok_or(PageError::Malformed {
        what,
        expected: form_name(form),
    })?;
    Ok(spelled.to(form))
}

/// The query of an address.
pub(crate) struct PageQuery<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for PageQuery<T> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        read(&parts.uri).map(Self)
    }
}

/// The query of an address of ours.
pub(crate) fn query_of<T: DeserializeOwned>(address: &str) -> Result<T, PageError> {
    let address: Uri = address.parse().map_err(|_| unread(&QueryFault::Unreadable))?;
    read(&address)
}

fn read<T: DeserializeOwned>(address: &Uri) -> Result<T, PageError> {
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(address);
    let pairs = pairs.map_err(|_| QueryFault::Unreadable);
    let query = pairs.and_then(|Query(pairs)| read_query(pairs));
    query.map_err(|fault| unread(&fault))
}

/// What is wrong with a query, in a sentence.
fn unread(fault: &QueryFault) -> PageError {
    let detail = match fault {
        QueryFault::Unknown { name, .. } => format!("This page has no parameter {name:?}."),
        QueryFault::Repeated { name } => format!("The parameter {name:?} is given more than once."),
        QueryFault::Value { name, expected } => {
            format!("The parameter {name:?} is not valid: expected {expected}.")
        }
        _ => "The query of this address could not be read.".to_owned(),
    };
    PageError::Query { detail }
}

/// The query of a page that takes none.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoQuery {}

/// Which page of a list, pinned to a tree size.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
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

    /// The size asked for. One in the future is refused by the reader.
    pub(crate) fn as_of(self) -> Option<u64> {
        self.as_of
    }
}

/// The size that a list is pinned to, if any, and where the page begins.
pub(crate) fn place<P: ListPlace>(
    cursor: &str,
    as_of: Option<u64>,
) -> Result<(Option<TreeSize>, Option<P>), PageError> {
    let cursor = cursor.trim();
    if cursor.is_empty() {
        return Ok((as_of.map(TreeSize::new), None));
    }
    let cursor = ListCursor::parse(cursor).ok_or(PageError::Malformed {
        what: "cursor",
        expected: "one that this server gave",
    })?;
    Ok((Some(cursor.as_of), Some(cursor.place)))
}

/// The address of the next page of a list.
pub(crate) fn next_href(path: &str, next: Option<LeafIndex>, as_of: TreeSize) -> Option<String> {
    next.map(|from| format!("{path}?from={from}&as_of={as_of}"))
}

/// RFC 3339, or a day in UTC, of which `rest` says the moment.
pub(crate) fn moment(text: &str, rest: &str) -> Result<Option<TimestampMs>, PageError> {
    if text.is_empty() {
        return Ok(None);
    }
    let time = parse_time(text).or_else(|| parse_time(&format!("{text}{rest}")));
    time.map(Some).ok_or(PageError::Malformed {
        what: "time",
        expected: "a day such as 2026-02-11, or RFC 3339",
    })
}
