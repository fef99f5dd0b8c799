//! Parameters that stand in addresses of the API and of pages, and mean the same in both.

use std::fmt;

use percent_encoding::percent_decode_str;
use verifier::compact_jws::contains_compact_jws;
use verifier::digest::RawDigest;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::rfc3339;

use crate::projection::AlarmCursor;

mod query;

pub use query::{QueryFault, WHOLE_NUMBER, read_query, whole_number};

/// Where a list goes on, and the size that it is pinned to: walking it never skips or repeats an item while the log
/// grows. Its text is the two with a dot between them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ListCursor<P> {
    /// The size that the list is pinned to.
    pub as_of: TreeSize,
    /// The item to go on with, whose entry is below the size.
    pub place: P,
}

/// A place in a list.
pub trait ListPlace: fmt::Display + Sized {
    /// Reads what `Display` writes.
    fn parse(text: &str) -> Option<Self>;

    /// The entry by which the item has this place.
    fn entry(&self) -> LeafIndex;
}

impl<P: ListPlace> ListCursor<P> {
    /// Reads the text of a cursor; `None` for any other text. A list has no item at its size or beyond, so that no server gave a
    /// cursor of such a place.
    pub fn parse(text: &str) -> Option<Self> {
        let (size, place) = text.split_once('.')?;
        let as_of = TreeSize::new(whole_number(size)?);
        let place = P::parse(place)?;
        as_of.contains(place.entry()).then_some(Self { as_of, place })
    }
}

impl<P: fmt::Display> fmt::Display for ListCursor<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.as_of, self.place)
    }
}

impl ListPlace for LeafIndex {
    fn parse(text: &str) -> Option<Self> {
        whole_number(text).map(Self::new)
    }

    fn entry(&self) -> LeafIndex {
        *self
    }
}

impl ListPlace for AlarmCursor {
    fn parse(text: &str) -> Option<Self> {
        let (place, id) = text.split_once('.')?;
        Some(Self {
            place: LeafIndex::parse(place)?,
            id: *RawDigest::parse_hex(id)?.as_bytes(),
        })
    }

    fn entry(&self) -> LeafIndex {
        self.place
    }
}

impl fmt::Display for AlarmCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.place, RawDigest::from_bytes(self.id))
    }
}

/// A time by RFC 3339, whose plus sign may have become a space in a query.
pub fn parse_time(text: &str) -> Option<TimestampMs> {
    rfc3339::parse(&text.replace(' ', "+"))
}

/// Whether a part of an address holds a compact JWS, as it stands there or percent-decoded. Tokens are bearer secrets,
/// and addresses end up in histories and logs.
pub fn holds_token(part: &str) -> bool {
    contains_compact_jws(part) || contains_compact_jws(&percent_decode_str(part).decode_utf8_lossy())
}
