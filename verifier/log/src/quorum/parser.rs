//! Reads a policy, line by line, and refuses what could count somebody twice or cannot be met.

use std::collections::{BTreeMap, BTreeSet};

use super::count::CHOICES_MAX;
use super::{POLICY_BYTES_MAX, PolicyError, PolicyWitness, QuorumParty, QuorumPolicy};
use crate::cosignature::{CosignatureForm, CosignerKey};
use crate::index::parse_decimal;
use crate::note::VerifierKey;

/// The quorum that needs nobody.
const NONE: &[u8] = b"none";
/// The comment that is a label.
const ORGANIZATION: &[u8] = b"#organization";
/// What no other comment begins with, in any case: a label that is misspelt would let an organization count twice.
const LIKE_A_LABEL: &[u8] = b"#organi";
/// The comment that demands lines of the log.
const LOG_LINES: &[u8] = b"#log-lines";
/// What no other comment begins with, in any case: a demand that is misspelt would not be one.
const LIKE_A_DEMAND: &[u8] = b"#log-line";
/// Longest name of an organization, in bytes.
const ORGANIZATION_BYTES_MAX: usize = 255;

pub(super) fn parse(bytes: &[u8]) -> Result<QuorumPolicy, PolicyError> {
    let whole = |reason| PolicyError { line: 0, reason };
    if bytes.len() > POLICY_BYTES_MAX {
        return Err(whole("longer than 1 MiB"));
    }
    let mut reader = QuorumParser::default();
    for (position, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        reader.number = position.saturating_add(1);
        reader.line(line).map_err(|reason| PolicyError {
            line: reader.number,
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

/// What was read so far.
#[derive(Default)]
struct QuorumParser<'a> {
    policy: QuorumPolicy,
    /// Of the line that is read, 1-based.
    number: usize,
    names: BTreeMap<&'a [u8], usize>,
    /// Public keys of logs and witnesses, without their names.
    keys: BTreeSet<Vec<u8>>,
    /// Parties that are in a group.
    members: BTreeSet<usize>,
    organizations: BTreeSet<&'a [u8]>,
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
            [ORGANIZATION, name, witnesses @ ..] => self.organization(name, witnesses),
            [LOG_LINES, b"both"] => self.demand_both_lines(),
            [first, ..] if begins_like(first, LIKE_A_DEMAND) => Err(
                "a comment that begins like a demand for both lines of the log, which is #log-lines both, once",
            ),
            [first, ..] if begins_like(first, LIKE_A_LABEL) => Err(
                "a comment that begins like a label of an organization, which is #organization, a name and its witnesses",
            ),
            [first, ..] if first.starts_with(b"#") => Ok(()),
            [b"log", vkey] | [b"log", vkey, _] => self.log(vkey),
            [b"witness", name, vkey] => self.witness(name, vkey, None),
            [b"witness", name, vkey, url] => self.witness(name, vkey, Some(url)),
            [b"group", name, threshold, members @ ..] => self.group(name, threshold, members),
            [b"quorum", name] => self.quorum(name),
            _ => Err("not a log, witness, group or quorum with its words"),
        }
    }

    fn log(&mut self, vkey: &[u8]) -> Result<(), &'static str> {
        let text = std::str::from_utf8(vkey).unwrap_or_default();
        if let Ok(key) = VerifierKey::parse(text) {
            self.new_key(key.public_key())?;
            self.policy.logs.push(key);
            return Ok(());
        }
        let second = CosignerKey::parse(text)
            .ok()
            .filter(|key| key.form() == CosignatureForm::MlDsa44)
            .ok_or("not a verifier key of a log (type 0x01, or 0x06 for its second line)")?;
        self.new_key(second.public_key())?;
        self.policy.second_keys.push(second);
        Ok(())
    }

    fn demand_both_lines(&mut self) -> Result<(), &'static str> {
        if self.policy.second_keys.is_empty() {
            return Err(
                "a demand for both lines of the log, below no log line with an ML-DSA-44 key (type 0x06)",
            );
        }
        if std::mem::replace(&mut self.policy.demands_both_lines, true) {
            return Err("a second demand for both lines of the log");
        }
        Ok(())
    }

    fn witness(&mut self, name: &'a [u8], vkey: &[u8], url: Option<&[u8]>) -> Result<(), &'static str> {
        let url = url
            .map(|url| std::str::from_utf8(url).map(str::to_owned))
            .transpose()
            .map_err(|_| "a URL that is not UTF-8")?;
        let key = std::str::from_utf8(vkey)
            .ok()
            .and_then(|text| CosignerKey::parse(text).ok())
            .ok_or("not a verifier key of a witness (type 0x04 or 0x06)")?;
        self.new_key(key.public_key())?;
        if self.organizations.contains(name) {
            return Err("a witness with the name of an organization");
        }
        self.define(name, QuorumParty::Witness(self.policy.witnesses.len()))?;
        self.policy.witnesses.push(PolicyWitness {
            name: String::from_utf8_lossy(name).into_owned(),
            key,
            url,
            line: self.number,
            organization: None,
        });
        Ok(())
    }

    /// A log that is its own witness, and a witness under two names, would count twice.
    fn new_key(&mut self, key: &[u8]) -> Result<(), &'static str> {
        if self.keys.insert(key.to_vec()) {
            Ok(())
        } else {
            Err("a key of a log or witness twice")
        }
    }

    fn organization(&mut self, name: &'a [u8], words: &[&[u8]]) -> Result<(), &'static str> {
        let label = std::str::from_utf8(name)
            .ok()
            .filter(|label| label.len() <= ORGANIZATION_BYTES_MAX)
            .ok_or("a name of an organization that is not UTF-8 of at most 255 bytes")?;
        let named = self.names.get(name);
        if named.is_some_and(|party| self.policy.witness(*party).is_some()) {
            return Err("an organization with the name of a witness");
        }
        if !self.organizations.insert(name) {
            return Err("an organization that has its witnesses already");
        }
        if words.is_empty() {
            return Err("an organization without witnesses");
        }
        for word in words {
            let position = *self
                .names
                .get(word)
                .ok_or("an organization with a witness that was not defined before")?;
            if self.members.contains(&position) {
                return Err("an organization below a group of its witness, expected above it");
            }
            let witness = match self.policy.parties.get(position) {
                Some(QuorumParty::Witness(witness)) => self.policy.witnesses.get_mut(*witness),
                Some(QuorumParty::Group { .. }) | None => None,
            };
            let witness = witness.ok_or("an organization with a group, expected witnesses")?;
            if witness.organization.replace(label.to_owned()).is_some() {
                return Err("a witness that has an organization already");
            }
        }
        Ok(())
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
        if threshold > self.policy.countable(&members) {
            return Err("a threshold that cannot be reached: the witnesses of one organization count once");
        }
        self.define(name, QuorumParty::Group { threshold, members })
    }

    fn quorum(&mut self, name: &[u8]) -> Result<(), &'static str> {
        if std::mem::replace(&mut self.has_quorum, true) {
            return Err("a second quorum");
        }
        if name == NONE {
            return Ok(());
        }
        let party = self
            .names
            .get(name)
            .ok_or("a quorum that was not defined before")?;
        self.policy.quorum = Some(*party);
        if self.policy.choices() > CHOICES_MAX {
            return Err("organizations with witnesses in too many groups to be counted");
        }
        if !self.policy.is_satisfied(|_| true) {
            return Err(
                "a quorum that cannot be met: the witnesses of one organization count once, in one group",
            );
        }
        Ok(())
    }

    fn define(&mut self, name: &'a [u8], party: QuorumParty) -> Result<(), &'static str> {
        if name == NONE || self.names.insert(name, self.policy.parties.len()).is_some() {
            return Err("a name that is taken");
        }
        self.policy.parties.push(party);
        Ok(())
    }
}

fn begins_like(word: &[u8], comment: &[u8]) -> bool {
    word.get(..comment.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(comment))
}
