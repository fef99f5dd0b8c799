//! Lists: pages that are pinned to a tree size, so that walking one never skips or repeats an item while
//! the log grows.
//!
//! Callers take a cursor as opaque.

use crate::error::ApiError;
use crate::limits::{PAGE_EVIDENCE_BYTES_MAX, PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX};
use crate::proved::ListProof;
use crate::view::EntryView;
use ledger::error::ReadError;
use ledger::reader::{EntryRecord, LookupPage};
use ledger_query::QueryEngine;
use ledger_query::parameter::{ListCursor, ListPlace};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use verifier::index::{LeafIndex, TreeSize};
use verifier::runs::RunRange;

/// Where in which list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ListWindow {
    /// The size that the list is pinned to.
    pub(crate) as_of: TreeSize,
    /// The entry to go on with; the list's beginning if absent.
    pub(crate) from: Option<LeafIndex>,
    /// Items wanted, 1 to the maximum.
    pub(crate) limit: usize,
}

impl ListWindow {
    /// Reads the parameters that every list has.
    pub(crate) fn new(
        published: TreeSize,
        cursor: Option<&str>,
        limit: Option<usize>,
        as_of: Option<u64>,
    ) -> Result<Self, ApiError> {
        let limit = limit.unwrap_or(PAGE_ITEMS_DEFAULT);
        if limit == 0 || limit > PAGE_ITEMS_MAX {
            return Err(ApiError::parameter("limit", format!("1 to {PAGE_ITEMS_MAX}")));
        }
        let cursor = cursor.map(parse_cursor::<LeafIndex>).transpose()?;
        let asked = as_of.map(TreeSize::new);
        let pinned = match (cursor, asked) {
            (Some(cursor), Some(asked)) if cursor.as_of != asked => {
                return Err(ApiError::parameter(
                    "as_of",
                    "the size that the cursor is pinned to",
                ));
            }
            (Some(cursor), _) => Some(cursor.as_of),
            (None, asked) => asked,
        };
        let as_of = pinned.unwrap_or(published);
        if as_of > published {
            let name = if cursor.is_some() { "cursor" } else { "as_of" };
            return Err(ApiError::position_ahead(name, as_of.value(), published));
        }
        Ok(Self {
            as_of,
            from: cursor.map(|cursor| cursor.place),
            limit,
        })
    }

    /// The entries that a page is about, which ends where the next one begins; `None` for all below the size.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`] where the next page does not begin after this one: a proof of all entries is none of such a page.
    pub(crate) fn range(&self, next: Option<LeafIndex>) -> Result<Option<RunRange>, ReadError> {
        let begin = self
            .from
            .map_or(TreeSize::new(0), |from| TreeSize::new(from.value()));
        let end = next.map_or(self.as_of, |next| TreeSize::new(next.value()));
        if begin == TreeSize::new(0) && end == self.as_of {
            return Ok(None);
        }
        let range = RunRange::new(begin, end);
        let backward = || ReadError::corrupt("the rows of a list", format!("one after {begin}"), end);
        range.map(Some).ok_or_else(backward)
    }

    /// Whether this is the first page of a list in log order.
    pub(crate) fn is_first(&self) -> bool {
        self.from.is_none_or(|from| from == LeafIndex::ZERO)
    }
}

/// Reads the parameter `cursor`.
pub(crate) fn parse_cursor<P: ListPlace>(text: &str) -> Result<ListCursor<P>, ApiError> {
    ListCursor::parse(text)
        .ok_or_else(|| ApiError::parameter("cursor", "a next_cursor that this server gave"))
}

/// The cursor of what follows, if anything does.
pub(crate) fn next_cursor<P: ListPlace>(as_of: TreeSize, next: Option<P>) -> Option<String> {
    next.map(|place| ListCursor { as_of, place }.to_string())
}

/// The parameters of a list of entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EntryListQuery {
    /// `next_cursor` of the page before.
    pub(crate) cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 if absent.
    pub(crate) limit: Option<usize>,
    /// Pins the list to an earlier tree size.
    pub(crate) as_of: Option<u64>,
    /// `evidence`: carry the documents, too. The page may then end early.
    #[param(inline)]
    pub(crate) include: Option<Include>,
}

impl EntryListQuery {
    pub(crate) fn window(&self, published: TreeSize) -> Result<ListWindow, ApiError> {
        ListWindow::new(published, self.cursor.as_deref(), self.limit, self.as_of)
    }

    pub(crate) fn with_evidence(&self) -> bool {
        self.include.is_some()
    }
}

/// What a list carries on request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Include {
    /// The documents of the entries.
    Evidence,
}

/// A page of entries.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryPage {
    /// The entries of this page.
    pub(crate) entries: Vec<EntryView>,
    /// For the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) next_cursor: Option<String>,
    /// The tree size that the list is pinned to.
    #[schema(value_type = u64)]
    pub(crate) as_of_tree_size: TreeSize,
    /// That the page leaves out no entry of the list between the first one and where the next page begins; with `proof=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) proof: Option<ListProof>,
}

/// Loads the entries of a page of indices.
pub(crate) fn load(
    engine: &QueryEngine,
    page: &LookupPage<LeafIndex>,
    with_evidence: bool,
) -> Result<EntryPage, ApiError> {
    let (entries, next) = views(engine, page, with_evidence)?;
    Ok(EntryPage {
        entries,
        next_cursor: next_cursor(page.as_of, next),
        as_of_tree_size: page.as_of,
        proof: None,
    })
}

/// The entries of a page, and where to go on.
pub(crate) fn views(
    engine: &QueryEngine,
    page: &LookupPage<LeafIndex>,
    with_evidence: bool,
) -> Result<(Vec<EntryView>, Option<LeafIndex>), ApiError> {
    let mut entries = Vec::with_capacity(page.items.len());
    let next = visit(engine, page, with_evidence, |record| {
        entries.push(EntryView::new(record, with_evidence)?);
        Ok(())
    })?;
    Ok((entries, next))
}

/// Hands each entry of a page to `each`, one record in memory at a time, and answers where to go on. With
/// `bounded`, the evidence handed out is limited, and the page may end early.
pub(crate) fn visit(
    engine: &QueryEngine,
    page: &LookupPage<LeafIndex>,
    bounded: bool,
    mut each: impl FnMut(EntryRecord) -> Result<(), ApiError>,
) -> Result<Option<LeafIndex>, ApiError> {
    let mut bytes = 0;
    for index in &page.items {
        if bounded && bytes > PAGE_EVIDENCE_BYTES_MAX {
            return Ok(Some(*index));
        }
        let record = engine.listed_entry(*index)?;
        bytes += record.evidence.as_ref().map_or(0, Vec::len);
        each(record)?;
    }
    Ok(page.next)
}

#[cfg(test)]
mod tests {
    use super::{ListWindow, next_cursor, parse_cursor};
    use ledger_query::projection::AlarmCursor;
    use verifier::index::{LeafIndex, TreeSize};

    #[test]
    fn a_cursor_leads_back_to_its_place() {
        let cursor = next_cursor(TreeSize::new(7), Some(LeafIndex::new(3)));
        let window = ListWindow::new(TreeSize::new(9), cursor.as_deref(), Some(2), None).ok();
        let expected = ListWindow {
            as_of: TreeSize::new(7),
            from: Some(LeafIndex::new(3)),
            limit: 2,
        };
        assert_eq!(window, Some(expected));
    }

    #[test]
    fn refuses_cursors_and_limits_of_another_form() {
        let size = TreeSize::new(9);
        for cursor in ["", "7", "7.", ".7", "a.b", "7.3.1", "10.3", "7.7", "7.8", "0.0"] {
            assert!(
                ListWindow::new(size, Some(cursor), None, None).is_err(),
                "{cursor}"
            );
        }
        let id = "ab".repeat(32);
        assert!(parse_cursor::<AlarmCursor>(&format!("7.6.{id}")).is_ok());
        assert!(parse_cursor::<AlarmCursor>(&format!("7.7.{id}")).is_err());
        for limit in [0, 201] {
            assert!(ListWindow::new(size, None, Some(limit), None).is_err(), "{limit}");
        }
        assert!(ListWindow::new(size, None, None, Some(10)).is_err());
        assert!(ListWindow::new(size, Some("7.3"), None, Some(8)).is_err());
    }
}
