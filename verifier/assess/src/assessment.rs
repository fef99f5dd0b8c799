//! The assessment of a job: one value with one canonical JSON (normative: `schemas/assessment.md`, "JSON").
//!
//! Members are declared in the order of their names, which makes what `serde_json` writes of them the canonical form
//! (RFC 8785) itself: all are texts, lists, truth values, and integers below 2^53. The tests of every scenario hold the
//! two against each other.

use std::collections::BTreeMap;

use evidence::digest::{EvidenceDigest, TokenHash};
use evidence::json::{Value, to_jcs};
use evidence::payload::Settings;
use evidence::report::Status;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use tlog::hash::RootHash;
use tlog::index::{LeafIndex, TimestampMs, TreeSize};

use crate::check::{Check, CheckId, LIST_MAX};
use crate::closure::AsOf;
use crate::facts::Link;

/// Largest integer that every reader of JSON reads alike: 2^53 − 1. Sums stop there.
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// The verdict on a job as of a tree, with what it rests on.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Assessment {
    /// What somebody should look at, whatever the verdict.
    pub alarms: Vec<AssessedAlarm>,
    /// Version of the checks, their codes and this form.
    pub assessment_version: &'static str,
    /// The check that decides, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<CheckId>,
    /// Every check, in table order.
    pub checks: Vec<Check>,
    /// Code of the deciding check, or `NO_VERIFIED_EVIDENCE`; `OK` for PASS.
    pub code: &'static str,
    /// The job.
    pub job_id: String,
    /// The job's entries, by the link that made them the job's.
    pub links: BTreeMap<&'static str, EntryList>,
    /// The log.
    pub log_origin: String,
    /// The verdict in one sentence.
    pub message: String,
    /// Members of the job's policies that nothing judges.
    pub not_evaluated: Vec<UnjudgedMember>,
    /// The log's settings by which it was judged (`schemas/assessment.md`, "Parameters").
    pub parameters: Settings,
    /// Root of the tree as of which it was judged.
    pub root_hash: RootHash,
    /// What the job is, in names and numbers.
    pub summary: AssessmentSummary,
    /// The evidence digest of a bundle that the log does not hold and that was judged with the rest: such an
    /// assessment must not be taken for one of the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supposed: Option<EvidenceDigest>,
    /// Size of that tree.
    pub tree_size: TreeSize,
    /// `logged_at` of its last entry.
    pub tree_time: TimestampMs,
    /// What names the job or its runs and is not the job's.
    pub unbound: EntryList,
    /// The first 1000 uses, in log order.
    pub uses: Vec<StatedUse>,
    /// PASS, FAIL or INCOMPLETE.
    pub verdict: Status,
    /// The canonical JSON of all the others.
    #[serde(skip)]
    pub(crate) json: String,
}

/// The names and numbers of a job. Each list has at most 1000 items.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AssessmentSummary {
    /// DIDs of its agents.
    pub agents: Vec<String>,
    /// How many proof bundles it has.
    pub bundles: u64,
    /// How many entries are the job's.
    pub entries: u64,
    /// `logged_at` of the first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_time: Option<TimestampMs>,
    /// How many gateway receipts count for it.
    pub gateway_receipts: u64,
    /// `logged_at` of the last of its entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_time: Option<TimestampMs>,
    /// `provider/model` of every model that was called.
    pub models: Vec<String>,
    /// Hashes of the policies that it cites.
    pub policies: Vec<String>,
    /// Its runs.
    pub runs: Vec<String>,
    /// Hashes of its tokens.
    pub token_hashes: Vec<String>,
    /// Input tokens of all model calls, at most 2^53 − 1.
    pub tokens_input: u64,
    /// Output tokens of all model calls, at most 2^53 − 1.
    pub tokens_output: u64,
    /// `tool` or `tool:operation` of every tool call.
    pub tools: Vec<String>,
    /// How many uses it has.
    pub uses: u64,
}

/// A member of a policy that nothing judges.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct UnjudgedMember {
    /// Stable code of the reason.
    pub code: &'static str,
    /// The artifact's entry, where an enforcement point states the member as the policy wants it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<LeafIndex>,
    /// JSON pointer into the policy, cut at 1024 characters.
    pub pointer: String,
    /// The policy.
    pub policy_hash_b64u: String,
    /// Who signed the artifact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated_by: Option<String>,
    /// The value that the artifact states.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_jcs")]
    pub value: Option<Value>,
}

/// An act under a token.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct StatedUse {
    /// Its entry.
    pub entry: LeafIndex,
    /// `logged_at` less the signed time, in milliseconds; negative where the signer's clock is ahead.
    pub lateness_ms: i64,
    /// What made it the job's.
    pub link: Link,
    /// `logged_at` of its entry.
    pub logged_at: TimestampMs,
    /// When it happened, by its signer's word.
    pub signed_at: TimestampMs,
    /// Its token, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_hash: Option<TokenHash>,
}

/// What somebody should look at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AssessedAlarm {
    /// The check that raises it, whose sentence tells about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<CheckId>,
    /// Stable.
    pub code: &'static str,
    /// The first 1000 entries that it is about.
    pub entries: Vec<LeafIndex>,
    /// The sentence of an alarm that no check raises, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Entries: how many, and the first 1000.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct EntryList {
    /// All of them.
    pub count: u64,
    /// The first.
    pub entries: Vec<LeafIndex>,
}

impl Assessment {
    /// The check that decides, where one does.
    pub fn decisive(&self) -> Option<&Check> {
        self.checks.iter().find(|check| Some(check.id) == self.check)
    }

    /// The whole assessment as JCS (RFC 8785): the bytes that server, file and browser agree on.
    pub fn to_jcs(&self) -> &str {
        &self.json
    }

    /// The same of a later tree that is no different to the job.
    pub(crate) fn as_of(&self, as_of: AsOf) -> Self {
        Self {
            root_hash: as_of.root,
            tree_size: as_of.size,
            tree_time: as_of.time,
            ..self.clone()
        }
        .sealed()
    }

    /// Writes the canonical JSON once all members are there.
    pub(crate) fn sealed(mut self) -> Self {
        // Texts, integers and maps with text keys: there is nothing in it that could not be written.
        self.json = serde_json::to_string(&self).unwrap_or_default();
        self
    }
}

impl EntryList {
    pub(crate) fn of(entries: impl ExactSizeIterator<Item = LeafIndex>) -> Self {
        Self {
            count: count(entries.len()),
            entries: first(entries),
        }
    }
}

/// The first 1000 items.
pub(crate) fn first<T>(items: impl Iterator<Item = T>) -> Vec<T> {
    items.take(LIST_MAX).collect()
}

pub(crate) fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

/// A sum, as far as JSON can tell it.
pub(crate) fn add(sum: u64, more: u64) -> u64 {
    sum.saturating_add(more).min(INTEGER_MAX)
}

#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
fn as_jcs<S: Serializer>(value: &Option<Value>, serializer: S) -> Result<S::Ok, S::Error> {
    let jcs = value.as_ref().map_or_else(|| "null".to_owned(), to_jcs);
    RawValue::from_string(jcs)
        .map_err(serde::ser::Error::custom)?
        .serialize(serializer)
}
