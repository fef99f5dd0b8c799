//! C2SP tlog-policy: which logs are known, and whose cosignatures are enough.
//!
//! ```text
//! log       example.com/log42+faf97cfd+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c
//! witness   w1 witness.example/w1+df1c0a35+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU
//! witness   w2 …
//! group     both all w1 w2
//! quorum    both
//! ```
//!
//! Lines of words; a line that begins with `#` is a comment. A name is defined once and before its use, and
//! is a member at most once in the whole file. No two witnesses share a key. So nobody counts twice.

use std::collections::{BTreeMap, BTreeSet};

use crate::cosignature::CosignerKey;
use crate::index::parse_decimal;
use crate::note::VerifierKey;

/// Largest policy, in bytes.
pub const POLICY_BYTES_MAX: usize = 1 << 20;
/// The quorum that needs nobody.
const NONE: &str = "none";

/// Why a policy was refused: its author is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the policy: {reason}")]
pub struct PolicyError {
    /// 1-based; 0 where the file as a whole is meant.
    pub line: usize,
    /// What is wrong.
    pub reason: &'static str,
}

/// A policy that was read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct QuorumPolicy {
    logs: Vec<VerifierKey>,
    /// In the order of definition, so that members come before their group.
    parties: Vec<QuorumMember>,
    /// Position of the party that must be satisfied; `None` for `none`.
    quorum: Option<usize>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum QuorumMember {
    Witness(CosignerKey),
    Group { threshold: usize, members: Vec<usize> },
}

impl QuorumPolicy {
    /// Reads a policy.
    ///
    /// # Errors
    /// [`PolicyError`] with the first line that breaks a rule, or with line 0 where the file is too long,
    /// ends without a newline or has no quorum.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        let whole = |reason| PolicyError { line: 0, reason };
        if bytes.len() > POLICY_BYTES_MAX {
            return Err(whole("longer than 1 MiB"));
        }
        let mut reader = QuorumParser::default();
        for (position, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            reader.line(line).map_err(|reason| PolicyError {
                line: position.saturating_add(1),
                reason,
            })?;
        }
        if !bytes.ends_with(b"\n") {
            return Err(whole("no newline at the end"));
        }
        if !reader.has_quorum {
            return Err(whole("no quorum"));
        }
        Ok(reader.policy)
    }

    /// Whether the log is one of the policy's. A policy without logs leaves it to its user.
    pub fn allows_log(&self, key: &VerifierKey) -> bool {
        self.logs.is_empty() || self.logs.contains(key)
    }

    /// Whether those of its witnesses that `has_signed` are enough.
    pub fn is_satisfied(&self, has_signed: impl Fn(&CosignerKey) -> bool) -> bool {
        let mut satisfied: Vec<bool> = Vec::with_capacity(self.parties.len());
        for party in &self.parties {
            let holds = match party {
                QuorumMember::Witness(key) => has_signed(key),
                QuorumMember::Group { threshold, members } => {
                    let count = members
                        .iter()
                        .filter(|member| satisfied.get(**member) == Some(&true))
                        .count();
                    count >= *threshold
                }
            };
            satisfied.push(holds);
        }
        self.quorum
            .is_none_or(|party| satisfied.get(party) == Some(&true))
    }
}

/// What was read so far.
#[derive(Default)]
struct QuorumParser<'a> {
    policy: QuorumPolicy,
    names: BTreeMap<&'a [u8], usize>,
    /// Public keys of witnesses, without their names.
    keys: BTreeSet<Vec<u8>>,
    /// Parties that are in a group.
    members: BTreeSet<usize>,
    has_quorum: bool,
}

impl<'a> QuorumParser<'a> {
    fn line(&mut self, line: &'a [u8]) -> Result<(), &'static str> {
        let allowed = |byte: &u8| *byte == b'\t' || *byte >= 0x20 && *byte != 0x7f;
        if !line.iter().all(allowed) {
            return Err("a control character");
        }
        let words: Vec<&[u8]> = line
            .split(|byte| matches!(byte, b' ' | b'\t'))
            .filter(|word| !word.is_empty())
            .collect();
        match words.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with(b"#") => Ok(()),
            [b"log", vkey] | [b"log", vkey, _] => self.log(vkey),
            [b"witness", name, vkey] | [b"witness", name, vkey, _] => self.witness(name, vkey),
            [b"group", name, threshold, members @ ..] => self.group(name, threshold, members),
            [b"quorum", name] => self.quorum(name),
            _ => Err("not a log, witness, group or quorum with its words"),
        }
    }

    fn log(&mut self, vkey: &[u8]) -> Result<(), &'static str> {
        let key = std::str::from_utf8(vkey)
            .ok()
            .and_then(|text| VerifierKey::parse(text).ok())
            .ok_or("not a verifier key of a log")?;
        if self
            .policy
            .logs
            .iter()
            .any(|log| log.public_key() == key.public_key())
        {
            return Err("a log's key twice");
        }
        self.policy.logs.push(key);
        Ok(())
    }

    fn witness(&mut self, name: &'a [u8], vkey: &[u8]) -> Result<(), &'static str> {
        let key = std::str::from_utf8(vkey)
            .ok()
            .and_then(|text| CosignerKey::parse(text).ok())
            .ok_or("not a verifier key of a witness (type 0x04 or 0x06)")?;
        if !self.keys.insert(key.public_key().to_vec()) {
            return Err("a witness's key twice");
        }
        self.define(name, QuorumMember::Witness(key))
    }

    fn group(&mut self, name: &'a [u8], threshold: &[u8], words: &[&[u8]]) -> Result<(), &'static str> {
        let mut members = Vec::with_capacity(words.len());
        for word in words {
            let member = *self
                .names
                .get(word)
                .ok_or("a member that was not defined before")?;
            if !self.members.insert(member) {
                return Err("a name that is a member already");
            }
            members.push(member);
        }
        let threshold = match threshold {
            b"any" => 1,
            b"all" => members.len(),
            number => std::str::from_utf8(number)
                .ok()
                .and_then(parse_decimal)
                .and_then(|number| usize::try_from(number).ok())
                .ok_or("not any, all or a number")?,
        };
        if !(1..=members.len()).contains(&threshold) {
            return Err("a threshold that is not between 1 and the number of members");
        }
        self.define(name, QuorumMember::Group { threshold, members })
    }

    fn quorum(&mut self, name: &[u8]) -> Result<(), &'static str> {
        if std::mem::replace(&mut self.has_quorum, true) {
            return Err("a second quorum");
        }
        if name != NONE.as_bytes() {
            self.policy.quorum = Some(
                *self
                    .names
                    .get(name)
                    .ok_or("a quorum that was not defined before")?,
            );
        }
        Ok(())
    }

    fn define(&mut self, name: &'a [u8], party: QuorumMember) -> Result<(), &'static str> {
        if name == NONE.as_bytes() || self.names.insert(name, self.policy.parties.len()).is_some() {
            return Err("a name that is taken");
        }
        self.policy.parties.push(party);
        Ok(())
    }
}
