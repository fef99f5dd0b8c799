//! Documents of known signers that the log refused: by signer and code. Of unknown signers nothing is logged.

use std::collections::BTreeMap;

use ledger_query::QueryEngine;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;

use crate::error::PageError;
use crate::text::{GroupedNumber, grouped};

/// Refusals that are looked at, newest first.
const REFUSALS_READ: usize = 500;
/// Codes named of one signer.
const CODES_SHOWN: usize = 6;

/// Refusals of one code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct RefusalRow {
    pub(crate) code: String,
    pub(crate) times: String,
    /// The newest of them.
    pub(crate) entry: GroupedNumber,
}

/// How many documents of each known signer were refused, by code.
pub(crate) struct Refusals {
    by_signer: BTreeMap<String, BTreeMap<String, (u64, LeafIndex)>>,
    /// Whether there are older ones that were not looked at.
    pub(crate) cut: bool,
    /// How many were looked at.
    pub(crate) read: String,
}

impl Refusals {
    pub(crate) fn of(engine: &QueryEngine, as_of: TreeSize) -> Result<Self, PageError> {
        let found = engine.by_kind(Kind::Refused, None, as_of, true, REFUSALS_READ)?;
        let mut by_signer: BTreeMap<String, BTreeMap<String, (u64, LeafIndex)>> = BTreeMap::new();
        for index in &found.items {
            let Some(record) = engine.entry(*index)? else {
                continue;
            };
            let code = record.entry.refused.unwrap_or_default();
            let codes = by_signer.entry(record.entry.signer).or_default();
            // Newest first: the first one met is the newest.
            codes.entry(code).or_insert((0, *index)).0 += 1;
        }
        Ok(Self {
            by_signer,
            cut: found.next.is_some(),
            read: grouped(found.items.len()),
        })
    }

    /// Those of one signer, the most frequent first.
    pub(crate) fn by(&self, did: &str) -> Vec<RefusalRow> {
        let codes = self.by_signer.get(did).into_iter().flatten();
        let mut rows: Vec<(&String, &(u64, LeafIndex))> = codes.collect();
        rows.sort_by_key(|(code, (times, _))| (std::cmp::Reverse(*times), *code));
        let row = |(code, (times, newest)): (&String, &(u64, LeafIndex))| RefusalRow {
            code: code.clone(),
            times: grouped(*times),
            entry: (*newest).into(),
        };
        rows.into_iter().take(CODES_SHOWN).map(row).collect()
    }
}
