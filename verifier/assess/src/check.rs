//! One check of an assessment: which it is, how it ended, and the entries that decide it.

use evidence::texts;
use serde::{Serialize, Serializer};
use tlog::index::LeafIndex;

/// Longest list of an assessment; next to each of those that may be longer is its whole length.
pub(crate) const LIST_MAX: usize = 1000;

texts!(
/// The checks, in the order of the table of `schemas/assessment.md`.
CheckId {
    /// Hashes, signatures and roles.
    Signatures => "signatures",
    /// Each cited policy is logged before its first use.
    PolicyPublished => "policy.published",
    /// One policy a run.
    PolicySingle => "policy.single",
    /// No withdrawn policy, none newer than a freeze.
    PolicyFrozen => "policy.frozen",
    /// Token, receipts and bundle cite the same policy.
    PolicyPinned => "policy.pinned",
    /// Each token is issued in the log before its use.
    TokenIssued => "token.issued",
    /// No use after revocation or expiry.
    TokenValid => "token.valid",
    /// Lifetime within the policy's maximum.
    TokenTtl => "token.ttl",
    /// Used by no other job.
    TokenJobBound => "token.job_bound",
    /// Shared by no two runs that perform gated operations.
    TokenFresh => "token.fresh",
    /// No two contradicting statements.
    ReceiptsUnique => "receipts.unique",
    /// Receipts stand in the bundle's event chain.
    ReceiptsBound => "receipts.bound",
    /// Bundle, ledger and streams hold the same receipts.
    ReceiptsComplete => "receipts.complete",
    /// clawsig's own verification.
    BundleValid => "bundle.valid",
    /// Models against the policy.
    PolicyModels => "policy.models",
    /// Tools against the policy.
    PolicyTools => "policy.tools",
    /// Approvals against the policy.
    PolicyApprovals => "policy.approvals",
    /// Everything else that the policy asks for.
    PolicyRequirements => "policy.requirements",
    /// No approval is used twice.
    ApprovalsUnique => "approvals.unique",
    /// Nothing denied was done.
    Decisions => "decisions",
    /// Nothing was done after a halt.
    Halt => "halt",
});

texts!(
/// How one check ended.
CheckStatus {
    /// It holds.
    Pass => "pass",
    /// It does not hold.
    Fail => "fail",
    /// Something needed is missing.
    Incomplete => "incomplete",
    /// The job has nothing that it is about.
    NotApplicable => "not_applicable",
    /// This version does not judge it.
    NotEvaluated => "not_evaluated",
});

/// One check. Members are declared in the order of their names, as in [`Assessment`](crate::Assessment).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Check {
    /// Stable; `OK` for pass.
    pub code: &'static str,
    /// The entries that decide it, ascending. The JSON stops after 1000.
    #[serde(serialize_with = "first_entries")]
    pub entries: Vec<LeafIndex>,
    /// Name of the check, such as `token.valid`.
    pub id: CheckId,
    /// One plain sentence.
    pub message: String,
    /// What the verdict's sentence says as well: a pass that shows less than it may seem to.
    #[serde(skip)]
    pub note: Option<String>,
    /// How it ended.
    pub status: CheckStatus,
}

/// Serializes the entries of a check: the first 1000.
fn first_entries<S: Serializer>(entries: &[LeafIndex], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(entries.iter().take(LIST_MAX))
}
