//! What became of a policy: its publications, withdrawals and freezes, and the versions of its id.

use std::collections::BTreeMap;

use ledger::projection::JobFilter;
use ledger::reader::Reader;
use verifier::digest::PolicyHash;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::payload::{Payload, PolicyFrozen};
use verifier::subject::Field;

use crate::error::PageError;
use crate::model::Known;
use crate::model::signers::{Signer, Signers};
use crate::pages::under;
use crate::text::{Time, grouped, shortened};

/// Withdrawals looked through, newest first: they are acts of people, and few.
const WITHDRAWALS_SEARCHED: usize = 500;
/// Publications, withdrawals and freezes of one policy, of each so many.
const ACTS_SHOWN: usize = 20;
/// Versions listed.
const VERSIONS_SHOWN: usize = 40;
/// Jobs counted under each version.
const JOBS_COUNTED: usize = 20;
/// Characters of a reason.
const REASON_CHARACTERS_MAX: usize = 300;

/// A withdrawal or a freeze.
pub(super) struct Banner {
    pub(super) index: u64,
    pub(super) number: String,
    pub(super) signer: Signer,
    pub(super) time: Time,
    pub(super) reason: String,
    /// Of a withdrawal: the policy that replaces it.
    pub(super) replaced_by: Option<String>,
    /// Of a freeze: what it is about, and until when it holds.
    pub(super) scope: String,
    pub(super) until: Option<String>,
    /// The policy that is frozen.
    pub(super) of: String,
    /// Whether it has ended.
    pub(super) over: bool,
}

/// One version of a policy id.
pub(super) struct Version {
    pub(super) hash: String,
    pub(super) index: u64,
    pub(super) number: String,
    pub(super) signer: Signer,
    pub(super) time: Time,
    /// The entry that withdraws it.
    pub(super) withdrawn: Option<(u64, String)>,
    pub(super) jobs: String,
    /// Whether it is the policy of the page.
    pub(super) here: bool,
}

/// Publications, withdrawals and freezes of the policy, in log order, and whether these are all.
pub(super) fn acts(
    reader: &Reader,
    hash: PolicyHash,
    as_of: TreeSize,
) -> Result<(Vec<Known>, bool), PageError> {
    let value = hash.to_string();
    let mut indices = Vec::new();
    let mut all = true;
    for kind in [Kind::PolicyPublished, Kind::PolicyWithdrawn, Kind::PolicyFrozen] {
        let found = reader.subject_of_kind(Field::Policy, &value, kind, as_of, ACTS_SHOWN)?;
        indices.extend(found.indices);
        all &= found.complete;
    }
    indices.sort_unstable();
    Ok((Known::read_all(reader, &indices)?, all))
}

/// The freezes that keep a policy out: of older versions of its id, and not over at the tree's time.
pub(super) fn kept_out(
    reader: &Reader,
    versions: &[Version],
    as_of: TreeSize,
    signers: &Signers,
) -> Result<Vec<Banner>, PageError> {
    let older: Vec<&str> = versions
        .iter()
        .skip_while(|version| !version.here)
        .filter(|version| !version.here)
        .map(|version| version.hash.as_str())
        .collect();
    let mut found = Vec::new();
    for hash in older {
        let freezes = reader.subject_of_kind(Field::Policy, hash, Kind::PolicyFrozen, as_of, ACTS_SHOWN)?;
        for known in Known::read_all(reader, &freezes.indices)? {
            if let Some(Payload::PolicyFrozen(said)) = payload(&known) {
                let over = is_over(reader, said, as_of)?;
                found.extend((!over).then(|| freeze(&known, said, over, signers)));
            }
        }
    }
    Ok(found)
}

fn payload(known: &Known) -> Option<&Payload> {
    known.evidence.as_ref().map(verifier::evidence::Evidence::payload)
}

/// Whether a freeze had ended when the tree was signed.
fn is_over(reader: &Reader, said: &PolicyFrozen, as_of: TreeSize) -> Result<bool, PageError> {
    let time = reader.tree_of(as_of)?.map(|tree| tree.time);
    Ok(said
        .until
        .as_ref()
        .zip(time)
        .is_some_and(|(until, time)| until.at() < time))
}

fn freeze(known: &Known, said: &PolicyFrozen, over: bool, signers: &Signers) -> Banner {
    Banner {
        scope: shortened(&said.scope, REASON_CHARACTERS_MAX),
        until: said.until.as_ref().map(ToString::to_string),
        of: said.policy_hash.to_string(),
        over,
        ..banner(known, &said.reason, signers)
    }
}

/// Withdrawals of the policy, then freezes, of all that is done about it.
pub(super) fn banners(
    reader: &Reader,
    acts: &[Known],
    hash: PolicyHash,
    as_of: TreeSize,
    signers: &Signers,
) -> Result<(Vec<Banner>, Vec<Banner>), PageError> {
    let (mut withdrawn, mut frozen) = (Vec::new(), Vec::new());
    for known in acts {
        match payload(known) {
            Some(Payload::PolicyWithdrawn(said)) if said.policy_hash == hash => withdrawn.push(Banner {
                replaced_by: said.replaced_by.map(|hash| hash.to_string()),
                ..banner(known, &said.reason, signers)
            }),
            Some(Payload::PolicyFrozen(said)) => {
                frozen.push(freeze(known, said, is_over(reader, said, as_of)?, signers));
            }
            _ => {}
        }
    }
    Ok((withdrawn, frozen))
}

fn banner(known: &Known, reason: &str, signers: &Signers) -> Banner {
    let record = &known.record;
    Banner {
        index: record.index.value(),
        number: grouped(record.index.value()),
        signer: signers.of(&record.entry, record.index),
        time: Time::new(record.entry.logged_at),
        reason: shortened(reason, REASON_CHARACTERS_MAX),
        replaced_by: None,
        scope: String::new(),
        until: None,
        of: String::new(),
        over: false,
    }
}

/// The versions that were published under an id, newest first, and whether there are more.
pub(super) fn versions(
    reader: &Reader,
    policy_id: &str,
    here: PolicyHash,
    as_of: TreeSize,
    signers: &Signers,
) -> Result<(Vec<Version>, bool), PageError> {
    let page = reader.subject(Field::PolicyId, policy_id, None, as_of, true, VERSIONS_SHOWN)?;
    let withdrawn = withdrawals(reader, as_of)?;
    let mut versions = Vec::new();
    for index in page.items {
        let Some(publication) = reader.publication_at(index)? else {
            continue;
        };
        let Some(record) = reader.entry(index)? else {
            continue;
        };
        let hash = publication.said.policy_hash;
        let filter = JobFilter {
            policy: Some(hash.to_string()),
            ..JobFilter::default()
        };
        versions.push(Version {
            hash: hash.to_string(),
            index: index.value(),
            number: grouped(index.value()),
            signer: signers.of(&record.entry, index),
            time: Time::new(publication.logged_at),
            withdrawn: withdrawn
                .get(&hash.to_string())
                .map(|index| (index.value(), grouped(index.value()))),
            jobs: under::jobs(reader, &filter, as_of, JOBS_COUNTED).count(),
            here: hash == here,
        });
    }
    Ok((versions, page.next.is_some()))
}

/// The first withdrawal of each policy, by its hash, among the newest withdrawals.
pub(crate) fn withdrawals(
    reader: &Reader,
    as_of: TreeSize,
) -> Result<BTreeMap<String, LeafIndex>, PageError> {
    let page = reader.by_kind(Kind::PolicyWithdrawn, None, as_of, true, WITHDRAWALS_SEARCHED)?;
    let mut first = BTreeMap::new();
    for known in Known::read_all(reader, &page.items)? {
        if let Some(Payload::PolicyWithdrawn(said)) = payload(&known) {
            // Newest first: an earlier one replaces a later one.
            first.insert(said.policy_hash.to_string(), known.record.index);
        }
    }
    Ok(first)
}
