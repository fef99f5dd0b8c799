//! Uses within a sentence: how many, of what, at which entries.

use core::fmt;

use super::super::facts::{AgentAct, JobFacts, TokenUseFact};
use super::super::token_table::Moment;
use evidence::text::plain::{counted, entries, span};
use evidence::text::shown::brief;
use tlog::index::LeafIndex;

/// Characters of a policy's hash within a sentence.
const HASH_CHARS: usize = 8;

/// Some uses, in the order in which they were found: `2 calls (entries 56, 57)`.
#[derive(Debug, Default)]
pub(super) struct UseList {
    indices: Vec<LeafIndex>,
    /// Whether one of them is no call: a side effect, or a decision to allow a call.
    others: bool,
}

impl UseList {
    /// A use that is found again, at another gate or for another reason, is one.
    pub(super) fn add(&mut self, used: &TokenUseFact<'_>) {
        if self.indices.last() != Some(&used.index) {
            self.indices.push(used.index);
        }
        self.others |= !matches!(used.act, AgentAct::Model(_) | AgentAct::Tool(_));
    }

    pub(super) const fn is_one(&self) -> bool {
        self.indices.len() == 1
    }
}

impl fmt::Display for UseList {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (one, many) = if self.others {
            ("action", "actions")
        } else {
            ("call", "calls")
        };
        let count = counted(self.indices.len(), one, many);
        write!(formatter, "{count} ({})", entries(&self.indices))
    }
}

/// How long one moment lies after another; nothing where it does not.
pub(super) fn between(from: impl Into<Moment>, to: impl Into<Moment>) -> String {
    span(to.into().since(from.into()))
}

/// Who signed something, by the name that the log has for the signer.
pub(super) fn name_of(facts: &JobFacts<'_>, signer: &str) -> String {
    let issuer = facts.trust.issuers.find(signer);
    let last = issuer.and_then(|issuer| issuer.registrations.last());
    brief(last.map_or(signer, |registration| registration.name.as_str()))
}

/// A policy by the id under which it was published, if it was, and the beginning of its hash.
pub(super) fn policy_of_hash(facts: &JobFacts<'_>, hash: &str) -> String {
    let start = brief(&hash.chars().take(HASH_CHARS).collect::<String>());
    let published = facts
        .all_policies
        .get(hash)
        .and_then(|policy| policy.published.first());
    match published {
        Some(published) => format!("{} ({start}…)", brief(&published.said.policy_id)),
        None => format!("{start}… (not in this log)"),
    }
}
