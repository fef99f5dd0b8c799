//! Pages: a few keys with their rows.

use super::row::{IndexKey, IndexRow, KEY_BYTES};

/// Why bytes are no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PageFault {
    /// The bytes end within the page.
    #[error("the page needs {expected} more bytes, and {found} are left")]
    CutShort {
        /// Bytes of the next part.
        expected: usize,
        /// Bytes that are left.
        found: usize,
    },
    /// A page has at least one group.
    #[error("the page has 0 groups, expected at least 1")]
    NoGroups,
    /// The keys of groups ascend strictly.
    #[error("the key {found:?} is behind the key {before:?} in its page")]
    KeysDescend {
        /// Key of the group in front.
        before: IndexKey,
        /// Key of the group.
        found: IndexKey,
    },
    /// A group has at least one row.
    #[error("the group of {key:?} has 0 rows, expected at least 1")]
    NoRows {
        /// Key of the group.
        key: IndexKey,
    },
    /// Rows ascend strictly.
    #[error("the row {found:?} is behind the row {before:?} in its page")]
    RowsDescend {
        /// The row in front.
        before: IndexRow,
        /// The row.
        found: IndexRow,
    },
    /// 0 is the code of no kind.
    #[error("a row of {key:?} has the code 0")]
    CodeZero {
        /// Key of the row.
        key: IndexKey,
    },
    /// Bytes behind a page that stands alone.
    #[error("{found} bytes are behind the page")]
    Surplus {
        /// How many.
        found: usize,
    },
}

/// The rows of a page that stands alone, as a store keeps it.
///
/// # Errors
/// [`PageFault`] where the bytes are no page: the one who stored them is at fault.
pub fn rows_of_page(page: &[u8]) -> Result<Vec<IndexRow>, PageFault> {
    let mut rows = Vec::new();
    append_rows(page, &mut rows)?;
    Ok(rows)
}

/// The same behind other rows. After an error some of the page's rows may be there.
pub(super) fn append_rows(page: &[u8], rows: &mut Vec<IndexRow>) -> Result<(), PageFault> {
    match read_page(page, rows)? {
        (_, []) => Ok(()),
        (_, rest) => Err(PageFault::Surplus { found: rest.len() }),
    }
}

/// Reads the page at the beginning of `bytes` and appends its rows. Gives the page and what is behind it.
pub(super) fn read_page<'a>(
    bytes: &'a [u8],
    rows: &mut Vec<IndexRow>,
) -> Result<(&'a [u8], &'a [u8]), PageFault> {
    let ([groups], mut rest) = take::<1>(bytes)?;
    if groups == 0 {
        return Err(PageFault::NoGroups);
    }
    let mut before: Option<IndexKey> = None;
    for _ in 0..groups {
        let (key, tail) = take::<KEY_BYTES>(rest)?;
        let key = IndexKey::from_bytes(key);
        if let Some(before) = before.filter(|before| *before >= key) {
            return Err(PageFault::KeysDescend { before, found: key });
        }
        before = Some(key);
        rest = read_group(key, tail, rows)?;
    }
    let (page, rest) = bytes.split_at(bytes.len().saturating_sub(rest.len()));
    Ok((page, rest))
}

fn read_group<'a>(key: IndexKey, bytes: &'a [u8], rows: &mut Vec<IndexRow>) -> Result<&'a [u8], PageFault> {
    let ([count], mut rest) = take::<1>(bytes)?;
    if count == 0 {
        return Err(PageFault::NoRows { key });
    }
    let mut before: Option<IndexRow> = None;
    for _ in 0..count {
        let (tail, behind) = take::<8>(rest)?;
        let row = IndexRow::of_tail(key, tail).ok_or(PageFault::CodeZero { key })?;
        if let Some(before) = before.filter(|before| *before >= row) {
            return Err(PageFault::RowsDescend { before, found: row });
        }
        before = Some(row);
        rows.push(row);
        rest = behind;
    }
    Ok(rest)
}

fn take<const N: usize>(bytes: &[u8]) -> Result<([u8; N], &[u8]), PageFault> {
    let (part, rest) = bytes.split_first_chunk::<N>().ok_or(PageFault::CutShort {
        expected: N,
        found: bytes.len(),
    })?;
    Ok((*part, rest))
}

/// Writes rows, which ascend and of which neither keys nor rows of one key are more than 255, as a page.
pub(super) fn write_page(rows: &[IndexRow], page: &mut Vec<u8>) {
    let groups = || rows.chunk_by(|one, next| one.key() == next.key());
    let count = |number: usize| u8::try_from(number).unwrap_or(u8::MAX);
    page.push(count(groups().count()));
    for group in groups() {
        if let Some(first) = group.first() {
            page.extend_from_slice(first.key().as_bytes());
        }
        page.push(count(group.len()));
        for row in group {
            page.extend_from_slice(&row.tail());
        }
    }
}
