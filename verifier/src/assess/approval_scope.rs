//! What an approval approves: `scope_hash_b64u` in our form,
//! `H_jcs({gate, job_id, operations (sorted), policy_hash_b64u})`.
//!
//! A hash cannot be read, only compared with those of what might have been approved. Which sets of operations
//! are tried is fixed here, so that everybody recognizes the same approvals: every set of the operations that
//! the gate lists or the job used, where these are at most [`SUBSETS_OF_MAX`]; else every set of those used,
//! within the same limit; else each of those used alone, and all of them; and always the gate's whole list.

use std::collections::{BTreeMap, BTreeSet};

use crate::hash::sha256;
use crate::json::{self, Value};

/// Most operations of which every set is tried: 2^8 − 1 hashes.
pub const SUBSETS_OF_MAX: usize = 8;
/// Most hashes that are computed for one job under one policy, some milliseconds' worth. Approvals of what lies
/// beyond stay unrecognized, which never passes.
const HASHES_MAX: usize = 8192;

/// A gate and what it may have been asked about; operations without their tool, as the policy spells them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gate<'a> {
    /// `name` of the policy's approval, or `write_actions`.
    pub name: &'a str,
    /// The operations that the policy lists for it; none where it does not list them.
    pub listed: BTreeSet<&'a str>,
    /// The operations of the job that need it.
    pub used: BTreeSet<&'a str>,
}

/// What an approval's scope hash stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApprovedScope<'a> {
    /// The gate.
    pub gate: &'a str,
    /// The operations.
    pub operations: BTreeSet<&'a str>,
}

/// The scope hash of an approval in our form.
pub fn scope_hash<'a>(
    gate: &str,
    job_id: &str,
    operations: impl IntoIterator<Item = &'a str>,
    policy_hash: &str,
) -> [u8; 32] {
    let mut operations: Vec<&str> = operations.into_iter().collect();
    operations.sort_unstable_by(|one, other| json::utf16_order(one, other));
    operations.dedup();
    let operations = operations.into_iter().map(text).collect();
    let members = [
        ("gate".to_owned(), text(gate)),
        ("job_id".to_owned(), text(job_id)),
        ("operations".to_owned(), Value::Array(operations)),
        ("policy_hash_b64u".to_owned(), text(policy_hash)),
    ];
    sha256(json::jcs_of_members(&members).as_bytes())
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// Every scope that is recognized for one job under one policy, by hash.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scopes<'a>(BTreeMap<[u8; 32], ApprovedScope<'a>>);

impl<'a> Scopes<'a> {
    /// Of the gates that the job's operations need.
    pub fn new(job_id: &str, policy_hash: &str, gates: impl IntoIterator<Item = Gate<'a>>) -> Self {
        let recognized = gates
            .into_iter()
            .flat_map(|gate| recognized(&gate).map(move |operations| (gate.name, operations)))
            .take(HASHES_MAX)
            .map(|(gate, operations)| {
                let hash = scope_hash(gate, job_id, operations.iter().copied(), policy_hash);
                (hash, ApprovedScope { gate, operations })
            });
        Self(recognized.collect())
    }

    /// What a scope hash stands for, from its text as received; `None` for another form.
    pub fn find(&self, scope_hash: &str) -> Option<&ApprovedScope<'a>> {
        self.0.get(&crate::base64::decode_url_array(scope_hash)?)
    }
}

/// The sets of operations that are tried for a gate.
fn recognized<'a>(gate: &Gate<'a>) -> impl Iterator<Item = BTreeSet<&'a str>> + use<'a> {
    let either: BTreeSet<&str> = gate.listed.union(&gate.used).copied().collect();
    let few = [&either, &gate.used]
        .into_iter()
        .find(|operations| operations.len() <= SUBSETS_OF_MAX);
    let subsets = few.into_iter().flat_map(subsets).collect::<Vec<_>>();
    let alone = gate.used.iter().map(|operation| BTreeSet::from([*operation]));
    let alone: Vec<_> = alone.filter(|_| few.is_none()).collect();
    let whole = [gate.listed.clone(), gate.used.clone()];
    subsets
        .into_iter()
        .chain(alone)
        .chain(whole)
        .filter(|operations| !operations.is_empty())
}

/// Every subset of a set of at most [`SUBSETS_OF_MAX`].
fn subsets<'a>(operations: &BTreeSet<&'a str>) -> Vec<BTreeSet<&'a str>> {
    operations.iter().fold(vec![BTreeSet::new()], |sets, operation| {
        let with = sets.iter().map(|set| {
            let mut set = set.clone();
            set.insert(*operation);
            set
        });
        sets.iter().cloned().chain(with).collect()
    })
}
