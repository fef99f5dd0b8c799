//! The sorted runs of the authenticated index as a store keeps them, and the lookups that they answer (`schemas/index.md`).
//!
//! A run is cut into parts ([`part`]). They hold the rows of most subjects, so that a store need not keep those a second time: which
//! lookup goes where is one rule, [`RowLookup`]'s. A row that is found in a run is a hint, as every row is; what a run proves is
//! another matter, and made from the hashes in it (`index`).

use verifier::runs::RunRange;

mod filter;
mod kept;
mod lookup;
pub(crate) mod part;
mod parts;
mod search;

pub(crate) use filter::KeyFilter;
pub(crate) use lookup::RowLookup;
pub(crate) use parts::RunParts;

/// What somebody can do about a stored run that is missing or damaged.
pub(crate) const REPAIR: &str = "`ledgerd reindex` builds it again from entries";

/// A stored run in the error that it is damaged.
pub(crate) fn stored_run(range: RunRange) -> String {
    format!("the run {range} ({REPAIR})")
}
