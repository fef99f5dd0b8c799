//! Checks and what follows from them.

use crate::check::Status;
use crate::index::LeafIndex;
use crate::kind::{Kind, texts};

use super::checks::words::counted;
use super::facts::Facts;
use super::report;

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

/// One check.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// Which.
    pub id: CheckId,
    /// How it ended.
    pub status: CheckStatus,
    /// Stable; `OK` for pass.
    pub code: &'static str,
    /// One plain sentence.
    pub message: String,
    /// The entries that decide it, ascending.
    pub entries: Vec<LeafIndex>,
    /// What the sentence of the verdict says of it, too: a pass that shows less than it may seem to.
    pub note: Option<String>,
}

/// The verdict on a job as of a tree.
#[derive(Clone, PartialEq, Debug)]
pub struct Assessment {
    /// PASS, FAIL or INCOMPLETE.
    pub verdict: Status,
    /// The check that decides, where one does.
    pub check: Option<CheckId>,
    /// Its code, or `NO_VERIFIED_EVIDENCE`; `OK` for PASS.
    pub code: &'static str,
    /// The verdict in one sentence.
    pub message: String,
    /// Every check, in table order.
    pub checks: Vec<Check>,
    json: String,
}

impl Assessment {
    /// The whole assessment as JCS (RFC 8785): the bytes that server, file and browser agree on.
    pub fn to_jcs(&self) -> &str {
        &self.json
    }
}

/// The checks that PASS needs: each of them has to pass itself, since without it nothing was shown.
const NEEDED: &[CheckId] = &[
    CheckId::Signatures,
    CheckId::PolicyPublished,
    CheckId::TokenIssued,
    CheckId::TokenValid,
    CheckId::ReceiptsBound,
    CheckId::ReceiptsComplete,
    CheckId::BundleValid,
];

/// The verdict before it is written out.
pub(super) struct Outcome {
    pub(super) verdict: Status,
    pub(super) check: Option<CheckId>,
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// What follows from the checks: FAIL over INCOMPLETE over PASS, told by the check that comes first.
///
/// `verified`: whether the job has a gateway receipt that counts. `unjudged`: how many members of its policies
/// nothing judges.
pub(super) fn outcome(checks: &[Check], verified: bool, unjudged: usize) -> Outcome {
    let first = |status| checks.iter().find(|check| check.status == status);
    let open = checks
        .iter()
        .filter(|check| check.status == CheckStatus::NotEvaluated)
        .count();
    let mut rest = String::new();
    for note in checks.iter().filter_map(|check| check.note.as_deref()) {
        rest.push(' ');
        rest.push_str(note);
    }
    rest.push_str(&left_open(open, unjudged));
    if let Some(failed) = first(CheckStatus::Fail) {
        return Outcome {
            verdict: Status::Fail,
            check: Some(failed.id),
            code: failed.code,
            message: format!("{}{rest}", failed.message),
        };
    }
    if !verified {
        return Outcome {
            verdict: Status::Incomplete,
            check: None,
            code: "NO_VERIFIED_EVIDENCE",
            message: format!(
                "No gateway receipt of this job is verified; the only account of what the agent did is its own.{rest}"
            ),
        };
    }
    // A check that PASS needs and that found nothing to judge is as open as one that says so.
    let needed = |check: &&Check| NEEDED.contains(&check.id) && check.status != CheckStatus::Pass;
    let unmet = checks
        .iter()
        .find(|check| check.status == CheckStatus::Incomplete || needed(check));
    if let Some(unmet) = unmet {
        return Outcome {
            verdict: Status::Incomplete,
            check: Some(unmet.id),
            code: unmet.code,
            message: format!("{}{rest}", unmet.message),
        };
    }
    let passed = checks
        .iter()
        .filter(|check| check.status == CheckStatus::Pass)
        .count();
    Outcome {
        verdict: Status::Pass,
        check: None,
        code: "OK",
        message: format!("All {passed} checks that apply to the job hold.{rest}"),
    }
}

/// What no check judges, which lowers no verdict and must not go unsaid.
fn left_open(checks: usize, members: usize) -> String {
    let checks = (checks > 0).then(|| counted(checks, "check", "checks"));
    let members = (members > 0).then(|| {
        counted(
            members,
            "member of the job's policies",
            "members of the job's policies",
        )
    });
    match (checks, members) {
        (None, None) => String::new(),
        (Some(one), None) | (None, Some(one)) => format!(" Not evaluated: {one}."),
        (Some(checks), Some(members)) => format!(" Not evaluated: {checks} and {members}."),
    }
}

/// The assessment of some facts.
pub(super) fn of(facts: &Facts<'_>, checks: Vec<Check>) -> Assessment {
    let unjudged = report::unjudged(facts);
    let erased = facts.erased.iter().any(|index| {
        let position = facts.docs.binary_search_by_key(index, |doc| doc.index);
        let doc = position.ok().and_then(|position| facts.docs.get(position));
        doc.is_some_and(|doc| doc.kind == Kind::ReceiptGateway)
    });
    let mut receipts = facts.receipts();
    let verified = receipts.any(|(used, _)| !facts.early.contains(&used.index)) || erased;
    let outcome = outcome(&checks, verified, unjudged.len());
    let json = report::jcs(facts, &outcome, &checks, unjudged);
    Assessment {
        verdict: outcome.verdict,
        check: outcome.check,
        code: outcome.code,
        message: outcome.message,
        checks,
        json,
    }
}
