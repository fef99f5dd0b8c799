//! A publication in a file: the members of `/v1/policies`, and whether the policy is withdrawn.

use ledger_query::QueryEngine;
use ledger_query::policy::{PolicyRow, PolicySearchResult};
use serde::Serialize;
use verifier::index::{LeafIndex, TreeSize};

use crate::error::PageError;
use crate::export::ExportItem;
use crate::pages::policy::versions::withdrawal;
use crate::text::Time;

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

impl WithdrawalState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::InForce => "in_force",
            Self::NotSearched => "not_searched",
        }
    }
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

    fn cells(&self) -> Vec<String> {
        vec![
            self.row.policy_id.clone(),
            self.row.policy_hash_b64u.to_string(),
            self.row.index.to_string(),
            Time::new(self.row.logged_at).iso,
            self.row.signer.clone(),
            self.withdrawal.as_str().to_owned(),
            self.withdrawn_index
                .map(|index| index.to_string())
                .unwrap_or_default(),
        ]
    }
}
