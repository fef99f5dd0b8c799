//! What an approval approves: `scope_hash_b64u` in our form, `H_jcs` of
//! `{gate, job_id, operations (sorted), policy_hash_b64u}` and, where the approval is for one call only,
//! `args_hash_b64u`.
//!
//! A hash cannot be read, only compared with those of what might have been approved. Which sets of operations
//! are tried is fixed here, so that everybody recognizes the same approvals: every set of the operations that
//! the gate lists or the job used, where these are at most [`SUBSETS_OF_MAX`]; else every set of those used,
//! within the same limit; else each of those used alone, and all of them; and always the gate's whole list. With the
//! arguments of a call, the operation of that call alone and the gate's whole list are tried.
//!
//! A scope that stands in the log in clear ([`ScopeObject`]) needs no trying, and may have limits in addition.

mod object;

use std::collections::{BTreeMap, BTreeSet};

use evidence::json::{self, Value};
use evidence::wpc::Limit;
use tlog::hash::sha256;

pub use object::{ScopeObject, ScopeObjects, says_another_scope};

/// Most operations of which every set is tried: 2^8 − 1 hashes.
pub const SUBSETS_OF_MAX: usize = 8;
/// Most hashes that are computed for one job under one policy without arguments, and as many with them: some
/// milliseconds' worth. Approvals of what lies beyond stay unrecognized, which never passes.
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
    /// Operation and hash of the arguments of each call of the job that needs it, made or decided on.
    pub calls: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Gate<'a> {
    /// A gate that was not asked about anything yet.
    pub const fn new(name: &'a str) -> Self {
        Self {
            name,
            listed: BTreeSet::new(),
            used: BTreeSet::new(),
            calls: BTreeSet::new(),
        }
    }
}

/// What an approval's scope hash stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApprovedScope<'a> {
    /// Name of the gate in the policy.
    pub gate: &'a str,
    /// The approved operations, as the policy's list spells them, without the tool.
    pub operations: BTreeSet<&'a str>,
    /// Hash of the arguments of the one call that is approved; `None`: any arguments.
    pub args_hash: Option<&'a str>,
}

/// Gate, operations, hash of the arguments, limits.
type Parts<'a> = (&'a str, Vec<&'a str>, Option<&'a str>, &'a [Limit]);

impl<'a> ApprovedScope<'a> {
    pub(super) fn parts(&self) -> Parts<'a> {
        let operations = self.operations.iter().copied().collect();
        (self.gate, operations, self.args_hash, &[])
    }
}

impl ScopeObject {
    pub(super) fn parts(&self) -> Parts<'_> {
        let operations = self.operations.iter().map(String::as_str).collect();
        (&self.gate, operations, self.args_hash.as_deref(), &self.limits)
    }
}

/// The scope hash of an approval in our form, for any arguments.
pub fn scope_hash<'a>(
    gate: &str,
    job_id: &str,
    operations: impl IntoIterator<Item = &'a str>,
    policy_hash: &str,
) -> [u8; 32] {
    hash_of(gate, job_id, operations, policy_hash, None)
}

/// The scope hash of an approval of one call, known by the hash of its arguments.
pub fn scope_hash_of_call<'a>(
    gate: &str,
    job_id: &str,
    operations: impl IntoIterator<Item = &'a str>,
    policy_hash: &str,
    args_hash: &str,
) -> [u8; 32] {
    hash_of(gate, job_id, operations, policy_hash, Some(args_hash))
}

fn hash_of<'a>(
    gate: &str,
    job_id: &str,
    operations: impl IntoIterator<Item = &'a str>,
    policy_hash: &str,
    args_hash: Option<&str>,
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
    let args_hash = args_hash.map(|hash| ("args_hash_b64u".to_owned(), text(hash)));
    let members: Vec<(String, Value)> = args_hash.into_iter().chain(members).collect();
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
        let gates: Vec<Gate<'a>> = gates.into_iter().collect();
        let any = gates.iter().flat_map(|gate| {
            recognized(gate).map(|operations| ApprovedScope {
                gate: gate.name,
                operations,
                args_hash: None,
            })
        });
        let calls = gates.iter().flat_map(calls);
        let scopes = any.take(HASHES_MAX).chain(calls.take(HASHES_MAX)).map(|scope| {
            let operations = scope.operations.iter().copied();
            let hash = hash_of(scope.gate, job_id, operations, policy_hash, scope.args_hash);
            (hash, scope)
        });
        Self(scopes.collect())
    }

    /// What a scope hash stands for, from its text as received; `None` for another form.
    pub fn find(&self, scope_hash: &str) -> Option<&ApprovedScope<'a>> {
        self.0.get(&tlog::base64::decode_url_array(scope_hash)?)
    }
}

/// The scopes that are tried for the calls at a gate.
fn calls<'a, 'g>(gate: &'g Gate<'a>) -> impl Iterator<Item = ApprovedScope<'a>> + use<'a, 'g> {
    gate.calls.iter().flat_map(move |(operation, args_hash)| {
        let whole = gate.listed.len() > 1 && gate.listed.contains(operation);
        let alone = BTreeSet::from([*operation]);
        std::iter::once(alone)
            .chain(whole.then(|| gate.listed.clone()))
            .map(move |operations| ApprovedScope {
                gate: gate.name,
                operations,
                args_hash: Some(*args_hash),
            })
    })
}

/// The sets of operations that are tried for a gate, whatever the arguments.
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
