//! What became of a policy: its publications, withdrawals and freezes, and the versions of its id.

use ledger_query::QueryEngine;
use ledger_query::policy::PolicySearchResult;
use ledger_query::projection::JobFilter;
use verifier::digest::PolicyHash;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::payload::{Payload, PolicyFrozen};
use verifier::subject::Field;
use verifier::wpc::{Ban, FreezeEnd};

use crate::error::PageError;
use crate::model::KnownRecord;
use crate::model::signers::{EntrySigner, SignerTable};
use crate::pages::projected_jobs;
use crate::text::{GroupedNumber, Time, shortened};

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
    pub(super) index: GroupedNumber,
    pub(super) signer: EntrySigner,
    pub(super) time: Time,
    pub(super) reason: String,
    /// Of a withdrawal: the policy that replaces it.
    pub(super) replaced_by: Option<String>,
    /// Of a withdrawal: from when on it holds, where that is later than its entry.
    pub(super) from: Option<Time>,
    /// Of a freeze: what it is about, and until when it holds.
    pub(super) scope: String,
    pub(super) until: Option<String>,
    /// The policy that is frozen.
    pub(super) of: String,
    /// Of a freeze: whether it has ended.
    pub(super) over: bool,
    /// Of a withdrawal: whether it does not hold yet.
    pub(super) pending: bool,
}

/// One version of a policy id.
pub(super) struct Version {
    pub(super) hash: String,
    pub(super) index: GroupedNumber,
    pub(super) signer: EntrySigner,
    pub(super) time: Time,
    /// The entry that withdraws it.
    pub(super) withdrawn: PolicySearchResult<GroupedNumber>,
    pub(super) jobs: String,
    /// Whether it is the policy of the page.
    pub(super) here: bool,
}

/// Publications, withdrawals and freezes of the policy, in log order, and whether these are all.
pub(super) fn acts(
    engine: &QueryEngine,
    hash: PolicyHash,
    as_of: TreeSize,
) -> Result<(Vec<KnownRecord>, bool), PageError> {
    let value = hash.to_string();
    let mut indices = Vec::new();
    let mut all = true;
    for kind in [Kind::PolicyPublished, Kind::PolicyWithdrawn, Kind::PolicyFrozen] {
        let found = engine.subject_of_kind(Field::Policy, &value, kind, as_of, ACTS_SHOWN)?;
        indices.extend(found.indices);
        all &= found.complete;
    }
    indices.sort_unstable();
    Ok((KnownRecord::read_all(engine, &indices)?, all))
}

/// The freezes that keep a policy out, newest first: of older versions of its id, and not over at the tree's time.
pub(super) fn kept_out(
    engine: &QueryEngine,
    published: LeafIndex,
    as_of: TreeSize,
    signers: &SignerTable,
) -> Result<Vec<Banner>, PageError> {
    let (Some(policy), Some(tree)) = (engine.publication_at(published)?, engine.tree_of(as_of)?) else {
        return Ok(Vec::new());
    };
    let freezes = engine.policy_freezes(&policy, tree.time, as_of)?;
    let banner = |known: &KnownRecord| match known.payload() {
        Some(Payload::PolicyFrozen(said)) => Some(freeze(known, said, false, signers)),
        _ => None,
    };
    Ok(KnownRecord::read_all(engine, &freezes)?
        .iter()
        .rev()
        .filter_map(banner)
        .collect())
}

/// Whether a freeze had ended when the tree was signed.
fn is_over(engine: &QueryEngine, said: &PolicyFrozen, as_of: TreeSize) -> Result<bool, PageError> {
    let time = engine.tree_of(as_of)?.map(|tree| tree.time);
    Ok(time.is_some_and(|time| !FreezeEnd::of(said).lasts_at(time)))
}

/// The signer's statements do not count where the operator says that its key was not its own any more.
fn counts(engine: &QueryEngine, known: &KnownRecord, as_of: TreeSize) -> bool {
    let record = &known.record;
    !engine.is_distrusted(&record.entry.signer, record.index, as_of)
}

fn freeze(known: &KnownRecord, said: &PolicyFrozen, over: bool, signers: &SignerTable) -> Banner {
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
    engine: &QueryEngine,
    acts: &[KnownRecord],
    hash: PolicyHash,
    as_of: TreeSize,
    signers: &SignerTable,
) -> Result<(Vec<Banner>, Vec<Banner>), PageError> {
    let (mut withdrawn, mut frozen) = (Vec::new(), Vec::new());
    let time = engine.tree_of(as_of)?.map(|tree| tree.time);
    for known in acts.iter().filter(|known| counts(engine, known, as_of)) {
        match known.payload() {
            Some(Payload::PolicyWithdrawn(said)) if said.policy_hash == hash => {
                let logged_at = known.record.entry.logged_at;
                let ban = Ban::of_withdrawal(known.record.index, logged_at, said);
                withdrawn.push(Banner {
                    replaced_by: said.replaced_by.map(|hash| hash.to_string()),
                    from: (ban.from > logged_at).then(|| Time::new(ban.from)),
                    pending: time.is_some_and(|time| ban.from > time),
                    ..banner(known, &said.reason, signers)
                });
            }
            Some(Payload::PolicyFrozen(said)) => {
                frozen.push(freeze(known, said, is_over(engine, said, as_of)?, signers));
            }
            _ => {}
        }
    }
    Ok((withdrawn, frozen))
}

fn banner(known: &KnownRecord, reason: &str, signers: &SignerTable) -> Banner {
    let record = &known.record;
    Banner {
        index: record.index.into(),
        signer: signers.of(&record.entry, record.index),
        time: Time::new(record.entry.logged_at),
        reason: shortened(reason, REASON_CHARACTERS_MAX),
        replaced_by: None,
        from: None,
        scope: String::new(),
        until: None,
        of: String::new(),
        over: false,
        pending: false,
    }
}

/// The versions that were published under an id, newest first, and whether there are more.
pub(super) fn versions(
    engine: &QueryEngine,
    policy_id: &str,
    here: PolicyHash,
    as_of: TreeSize,
    signers: &SignerTable,
) -> Result<(Vec<Version>, bool), PageError> {
    let page = engine.subject(Field::PolicyId, policy_id, None, as_of, true, VERSIONS_SHOWN)?;
    let mut versions = Vec::new();
    for index in page.items {
        let Some(publication) = engine.publication_at(index)? else {
            continue;
        };
        let Some(record) = engine.entry(index)? else {
            continue;
        };
        let hash = publication.said.policy_hash;
        let filter = JobFilter {
            policy: Some(hash.to_string()),
            ..JobFilter::default()
        };
        versions.push(Version {
            hash: hash.to_string(),
            index: index.into(),
            signer: signers.of(&record.entry, index),
            time: Time::new(publication.logged_at),
            withdrawn: withdrawal_row(engine, hash, as_of)?,
            jobs: projected_jobs::jobs(engine, &filter, as_of, JOBS_COUNTED).count(),
            here: hash == here,
        });
    }
    Ok((versions, page.next.is_some()))
}

/// The entry of the withdrawal of a policy that is in force at the tree's time.
pub(crate) fn withdrawal(
    engine: &QueryEngine,
    hash: PolicyHash,
    as_of: TreeSize,
) -> Result<PolicySearchResult<LeafIndex>, PageError> {
    let Some(tree) = engine.tree_of(as_of)? else {
        return Ok(PolicySearchResult::Nothing);
    };
    Ok(engine
        .policy_withdrawal(hash, tree.time, as_of)?
        .map(|ban| ban.index))
}

/// The same for a table: the entry's index and number.
pub(crate) fn withdrawal_row(
    engine: &QueryEngine,
    hash: PolicyHash,
    as_of: TreeSize,
) -> Result<PolicySearchResult<GroupedNumber>, PageError> {
    let found = withdrawal(engine, hash, as_of)?;
    Ok(found.map(GroupedNumber::from))
}
