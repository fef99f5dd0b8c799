//! A publication in a file: the members of `/v1/policies`, and whether the policy is withdrawn.

use ledger_query::QueryEngine;
use ledger_query::policy::{PolicyRow, PolicySearchResult};
use serde::Serialize;
use verifier::index::{LeafIndex, TreeSize};

use crate::error::PageError;
use crate::export::ExportItem;
use crate::pages::policy::versions::withdrawal;

/// One publication of a policy.
#[derive(Serialize)]
pub(super) struct PolicyLine {
    #[serde(flatten)]
    row: PolicyRow,
    withdrawal: WithdrawalState,
    /// The entry that withdraws the policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawn_index: Option<LeafIndex>,
}

/// Whether a withdrawal is in force as of the size of the export.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum WithdrawalState {
    None,
    InForce,
    /// Too many entries cite the policy: there may be one.
    NotSearched,
}

impl PolicyLine {
    pub(super) fn of(engine: &QueryEngine, row: PolicyRow, as_of: TreeSize) -> Result<Self, PageError> {
        let (withdrawal, withdrawn_index) = match withdrawal(engine, row.policy_hash_b64u, as_of)? {
            PolicySearchResult::Found(index) => (WithdrawalState::InForce, Some(index)),
            PolicySearchResult::Nothing => (WithdrawalState::None, None),
            PolicySearchResult::Unsearched => (WithdrawalState::NotSearched, None),
        };
        Ok(Self {
            row,
            withdrawal,
            withdrawn_index,
        })
    }
}

impl ExportItem for PolicyLine {
    const COLUMNS: &'static [&'static str] = &[
        "policy_id",
        "policy_hash_b64u",
        "index",
        "logged_at",
        "signer",
        "withdrawal",
        "withdrawn_index",
    ];
    const TIMES: &'static [&'static str] = &["logged_at"];
}
