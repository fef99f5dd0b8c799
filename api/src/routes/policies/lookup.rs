//! Policies as the log has them: by hash, by id, and whether they were withdrawn.

use crate::error::ApiError;
use crate::limits::PAGE_ITEMS_MAX;
use crate::page::existing;
use crate::view::verified;
use ledger::error::ReadError;
use ledger::reader::{EntryRecord, Page, Publication, Reader, Sought};
use verifier::digest::PolicyHash;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::payload::Payload;
use verifier::subject::Field;
use verifier::wpc::{Parents, Policy};

/// The first publication of a policy below `as_of`.
pub(super) fn publication(
    reader: &Reader,
    hash: PolicyHash,
    as_of: TreeSize,
) -> Result<Publication, ApiError> {
    settled(reader.policy_publication(hash, as_of)?)?.ok_or(ApiError::NotFound { what: "policy" })
}

/// The first withdrawal of a policy below `as_of`.
pub(super) fn withdrawal(
    reader: &Reader,
    hash: PolicyHash,
    as_of: TreeSize,
) -> Result<Option<LeafIndex>, ApiError> {
    settled(reader.policy_withdrawal(hash, as_of)?)
}

fn settled<T>(sought: Sought<T>) -> Result<Option<T>, ApiError> {
    match sought {
        Sought::Found(found) => Ok(Some(found)),
        Sought::Nothing => Ok(None),
        Sought::Unsearched => Err(ApiError::Overloaded {
            reason: "the policy is cited too often for this to be looked up",
        }),
    }
}

/// The first freeze below `as_of` that keeps a policy out at a time: of an older version under its id, and not
/// over yet.
pub(super) fn freeze(
    reader: &Reader,
    policy: &Publication,
    at: TimestampMs,
    as_of: TreeSize,
) -> Result<Option<LeafIndex>, ApiError> {
    first(
        reader,
        |from| reader.by_kind(Kind::PolicyFrozen, from, as_of, false, PAGE_ITEMS_MAX),
        |record| {
            let evidence = verified(&record, reader.origin())?;
            let Some(Payload::PolicyFrozen(frozen)) =
                evidence.as_ref().map(verifier::evidence::Evidence::payload)
            else {
                return Ok(None);
            };
            let over = frozen.until.as_ref().is_some_and(|until| until.at() < at);
            if over || frozen.policy_hash == policy.said.policy_hash {
                return Ok(None);
            }
            let older = match publication(reader, frozen.policy_hash, as_of) {
                Ok(version) => {
                    version.said.policy_id == policy.said.policy_id && version.index < policy.index
                }
                Err(ApiError::NotFound { .. }) => false,
                Err(error) => return Err(error),
            };
            Ok(older.then_some(record.index))
        },
    )
}

/// The parent of a policy, looked up before the policy is asked, so that a failed read is no answer.
pub(super) struct Parent(Option<Policy>);

impl Parents for Parent {
    fn parent(&self, _policy_id: &str) -> Option<Policy> {
        self.0.clone()
    }
}

impl Parent {
    /// The newest publication below `as_of` under the id that the policy inherits from. None if it was withdrawn,
    /// or if different publishers use the id: which of them is meant is then anybody's guess.
    pub(super) fn of(policy: &Policy, reader: &Reader, as_of: TreeSize) -> Result<Self, ApiError> {
        let Some(policy_id) = policy.inherits() else {
            return Ok(Self(None));
        };
        let mut newest: Option<Publication> = None;
        let stranger = first(
            reader,
            |from| reader.subject(Field::PolicyId, policy_id, from, as_of, true, PAGE_ITEMS_MAX),
            |record| {
                let Some(publication) = reader.publication_at(record.index)? else {
                    return Ok(None);
                };
                let signer = newest.as_ref().map(|newest| &newest.signer);
                let another = signer.is_some_and(|signer| *signer != publication.signer);
                newest.get_or_insert(publication);
                Ok(another.then_some(()))
            },
        )?;
        let Some(newest) = newest.filter(|_| stranger.is_none()) else {
            return Ok(Self(None));
        };
        let withdrawn = withdrawal(reader, newest.said.policy_hash, as_of)?;
        Ok(Self(match withdrawn {
            Some(_) => None,
            None => Some(Policy::normalize(&newest.said.policy)),
        }))
    }
}

/// Walks a list page by page until `pick` answers.
fn first<T>(
    reader: &Reader,
    list: impl Fn(Option<LeafIndex>) -> Result<Page<LeafIndex>, ReadError>,
    mut pick: impl FnMut(EntryRecord) -> Result<Option<T>, ApiError>,
) -> Result<Option<T>, ApiError> {
    let mut from = None;
    loop {
        let page = list(from)?;
        for index in &page.items {
            if let Some(found) = pick(existing(reader, *index)?)? {
                return Ok(Some(found));
            }
        }
        match page.next {
            Some(next) => from = Some(next),
            None => return Ok(None),
        }
    }
}
