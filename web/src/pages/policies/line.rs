//! A publication in a file: the members of `/v1/policies`, and whether the policy is withdrawn.

use ledger_query::QueryEngine;
use ledger_query::policy::Sought;
use serde::Serialize;
use verifier::digest::PolicyHash;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::payload::Payload;

use crate::error::PageError;
use crate::export::Item;
use crate::model::Known;
use crate::pages::policy::versions::withdrawal;
use crate::text::Time;

/// One publication of a policy.
#[derive(Serialize)]
pub(super) struct Line {
    policy_id: String,
    policy_hash_b64u: PolicyHash,
    index: LeafIndex,
    logged_at: TimestampMs,
    signer: String,
    withdrawal: Withdrawal,
    /// The entry that withdraws the policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawn_index: Option<LeafIndex>,
}

/// Whether a withdrawal is in force as of the size of the export.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Withdrawal {
    None,
    InForce,
    /// Too many entries cite the policy: there may be one.
    NotSearched,
}

impl Withdrawal {
    const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::InForce => "in_force",
            Self::NotSearched => "not_searched",
        }
    }
}

impl Line {
    /// `None` for what publishes no policy.
    pub(super) fn of(
        engine: &QueryEngine,
        known: &Known,
        as_of: TreeSize,
    ) -> Result<Option<Self>, PageError> {
        let payload = known.evidence.as_ref().map(verifier::evidence::Evidence::payload);
        let Some(Payload::PolicyPublished(published)) = payload else {
            return Ok(None);
        };
        let (withdrawal, withdrawn_index) = match withdrawal(engine, published.policy_hash, as_of)? {
            Sought::Found(index) => (Withdrawal::InForce, Some(index)),
            Sought::Nothing => (Withdrawal::None, None),
            Sought::Unsearched => (Withdrawal::NotSearched, None),
        };
        Ok(Some(Self {
            policy_id: published.policy_id.clone(),
            policy_hash_b64u: published.policy_hash,
            index: known.record.index,
            logged_at: known.record.entry.logged_at,
            signer: known.record.entry.signer.clone(),
            withdrawal,
            withdrawn_index,
        }))
    }
}

impl Item for Line {
    const COLUMNS: &'static [&'static str] = &[
        "policy_id",
        "policy_hash_b64u",
        "index",
        "logged_at",
        "signer",
        "withdrawal",
        "withdrawn_index",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.policy_id.clone(),
            self.policy_hash_b64u.to_string(),
            self.index.to_string(),
            Time::new(self.logged_at).iso,
            self.signer.clone(),
            self.withdrawal.as_str().to_owned(),
            self.withdrawn_index
                .map(|index| index.to_string())
                .unwrap_or_default(),
        ]
    }
}
