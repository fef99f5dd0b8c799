//! Policies as the log has them: by hash, by id, and whether they were withdrawn.

use crate::error::ApiError;
use ledger_query::QueryEngine;
use ledger_query::policy::{PolicyBan, PolicySearchResult, Publication};
use verifier::digest::PolicyHash;
use verifier::index::{TimestampMs, TreeSize};
use verifier::wpc::{Parents, Policy};

/// The first publication of a policy below `as_of`.
pub(super) fn publication(
    engine: &QueryEngine,
    hash: PolicyHash,
    as_of: TreeSize,
) -> Result<Publication, ApiError> {
    settled(engine.policy_publication(hash, as_of)?)?.ok_or(ApiError::NotFound { what: "policy" })
}

fn settled<T>(sought: PolicySearchResult<T>) -> Result<Option<T>, ApiError> {
    match sought {
        PolicySearchResult::Found(found) => Ok(Some(found)),
        PolicySearchResult::Nothing => Ok(None),
        PolicySearchResult::Unsearched => Err(ApiError::Overloaded {
            reason: "the policy is cited too often for this to be looked up",
        }),
    }
}

/// What keeps a policy from being used at a time, as of a size.
pub(super) fn ban(
    engine: &QueryEngine,
    policy: &Publication,
    at: TimestampMs,
    as_of: TreeSize,
) -> Result<Option<PolicyBan>, ApiError> {
    settled(engine.policy_ban(policy, at, as_of)?)
}

/// The parent of a policy, looked up before the policy is asked, so that a failed read is no answer.
pub(super) struct ParentPolicy(Option<Policy>);

impl Parents for ParentPolicy {
    fn parent(&self, _policy_id: &str) -> Option<Policy> {
        self.0.clone()
    }
}

impl ParentPolicy {
    /// The policy from which this one inherits, as of a size: see [`QueryEngine::policy_parent`].
    pub(super) fn of(
        policy: &Policy,
        engine: &QueryEngine,
        at: TimestampMs,
        as_of: TreeSize,
    ) -> Result<Self, ApiError> {
        let Some(policy_id) = policy.inherits() else {
            return Ok(Self(None));
        };
        let parent = settled(engine.policy_parent(policy_id, at, as_of)?)?;
        Ok(Self(parent.map(|parent| Policy::normalize(&parent.said.policy))))
    }
}
