//! The sorted runs of the authenticated index as a store keeps them (`schemas/index.md`).

use verifier::runs::RunRange;

mod filter;
pub(crate) mod part;
mod parts;

pub(crate) use filter::KeyFilter;
pub(crate) use parts::RunParts;

/// What somebody can do about a stored run that is missing or damaged.
pub(crate) const REPAIR: &str = "`ledgerd reindex` builds it again from entries";

/// A stored run in the error that it is damaged.
pub(crate) fn stored_run(range: RunRange) -> String {
    format!("the run {range} ({REPAIR})")
}
