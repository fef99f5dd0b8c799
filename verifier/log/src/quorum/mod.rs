//! C2SP tlog-policy: which logs are known, and whose cosignatures are enough.
//!
//! ```text
//! log       example.com/log42+faf97cfd+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c
//! witness   w1 witness.example/w1+df1c0a35+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU
//! witness   w2 …
//! witness   w3 …
//! #organization alpha w1 w2
//! group     two 2 w1 w2 w3
//! quorum    two
//! ```
//!
//! Lines of words; a line that begins with `#` is a comment. A name is defined once and before its use, and
//! is a member at most once in the whole file. No two witnesses share a key. So nobody counts twice.
//!
//! `#organization` is ours, and a comment to others: of the witnesses of one organization one is counted, whichever
//! serves the quorum best (`schemas/witness-policy.md`). What meets a policy with labels meets it without. `#log-lines both` is
//! ours, too: without the second line of its log no checkpoint is taken.

mod count;
mod parser;

pub use count::{QuorumCount, QuorumUnit};

use crate::cosignature::CosignerKey;
use crate::log_keys::RequiredLines;
use crate::note::VerifierKey;

/// Largest policy, in bytes.
pub const POLICY_BYTES_MAX: usize = 1 << 20;

/// Why a policy was refused: its author is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} of the policy: {reason}", place(*line))]
pub struct PolicyError {
    /// 1-based; 0 where the file as a whole is meant.
    pub line: usize,
    /// What is wrong.
    pub reason: &'static str,
}

fn place(line: usize) -> String {
    match line {
        0 => "the whole".to_owned(),
        line => format!("line {line}"),
    }
}

/// A witness of a policy, as its line names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyWitness {
    /// What the policy calls it. Octets that are no UTF-8 are replaced.
    pub name: String,
    /// The key that its cosignatures verify under.
    pub key: CosignerKey,
    /// Where a log sends its checkpoints (C2SP tlog-witness), if the line says it. Nothing was checked of it but that it is
    /// UTF-8 without spaces.
    pub url: Option<String>,
    /// 1-based line of the policy.
    pub line: usize,
    /// The organization of its label; `None` for a witness without one, which is an organization by itself.
    pub organization: Option<String>,
}

/// A policy that was read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct QuorumPolicy {
    logs: Vec<VerifierKey>,
    /// Second keys of logs, of ML-DSA-44.
    second_keys: Vec<CosignerKey>,
    /// Whether a checkpoint needs the second line of its log, too.
    demands_both_lines: bool,
    witnesses: Vec<PolicyWitness>,
    /// In the order of definition, so that members come before their group.
    parties: Vec<QuorumParty>,
    /// Position of the party that must be satisfied; `None` for `none`.
    quorum: Option<usize>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum QuorumParty {
    /// Position among the witnesses.
    Witness(usize),
    /// Positions among the parties.
    Group { threshold: usize, members: Vec<usize> },
}

impl QuorumPolicy {
    /// Reads a policy.
    ///
    /// # Errors
    /// [`PolicyError`] with the first line that breaks a rule, or with line 0 where the file is too long,
    /// ends without a newline or has no quorum.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        parser::parse(bytes)
    }

    /// Whether the key of a log's first line is one of the policy's. A policy without logs leaves it to its user.
    pub fn allows_log(&self, key: &VerifierKey) -> bool {
        self.logs.contains(key) || self.logs.is_empty() && self.second_keys.is_empty()
    }

    /// The keys of the second line that the policy names for this log.
    pub fn second_keys<'a>(&'a self, log: &'a VerifierKey) -> impl Iterator<Item = &'a CosignerKey> {
        self.second_keys.iter().filter(|key| key.name() == log.name())
    }

    /// Which lines of the log a checkpoint must have.
    pub fn required_lines(&self) -> RequiredLines {
        if self.demands_both_lines {
            RequiredLines::Both
        } else {
            RequiredLines::Either
        }
    }

    /// Its witnesses, in the order of their lines, in the quorum or not.
    pub fn witnesses(&self) -> &[PolicyWitness] {
        &self.witnesses
    }

    /// The witnesses that count: those below the quorum, and all of them where the quorum is `none`.
    pub fn counted_witnesses(&self) -> impl Iterator<Item = &PolicyWitness> {
        let counts = self.below_quorum();
        (0..self.parties.len())
            .filter(move |party| counts.get(*party) == Some(&true))
            .filter_map(move |party| self.witness(party))
    }

    /// Whether those of its witnesses that `has_signed` are enough.
    pub fn is_satisfied(&self, has_signed: impl Fn(&CosignerKey) -> bool) -> bool {
        self.count(has_signed).is_met()
    }

    /// The witness that a party is; `None` for a group.
    fn witness(&self, party: usize) -> Option<&PolicyWitness> {
        match self.parties.get(party)? {
            QuorumParty::Witness(position) => self.witnesses.get(*position),
            QuorumParty::Group { .. } => None,
        }
    }

    /// For each party, whether the quorum rests on it.
    fn below_quorum(&self) -> Vec<bool> {
        let Some(quorum) = self.quorum else {
            return vec![true; self.parties.len()];
        };
        let mut below = vec![false; self.parties.len()];
        // Members come before their group.
        for (position, party) in self.parties.iter().enumerate().rev() {
            let is_below = position == quorum || below.get(position) == Some(&true);
            let members = match party {
                QuorumParty::Group { members, .. } if is_below => members.as_slice(),
                QuorumParty::Group { .. } | QuorumParty::Witness(_) => &[],
            };
            for place in members.iter().copied().chain(is_below.then_some(position)) {
                if let Some(below) = below.get_mut(place) {
                    *below = true;
                }
            }
        }
        below
    }
}
