//! The jobs of the demo, one story a function. What each is written to show stands in [`STORIES`].

mod actions;
mod allowed;
mod records;
mod tokens;

use super::DemoError;
use super::stage::Stage;

/// A job and the verdict that its evidence was written for, as [`super::verdict::PrintedVerdict`] prints it.
pub(super) struct JobStory {
    pub(super) job_id: &'static str,
    pub(super) summary: &'static str,
    pub(super) verdict: &'static str,
}

const fn story(job_id: &'static str, summary: &'static str, verdict: &'static str) -> JobStory {
    JobStory {
        job_id,
        summary,
        verdict,
    }
}

/// Every job of the demo, in the order in which it is played.
pub(super) const STORIES: [JobStory; 14] = [
    story(
        "job-2026-02-11-001",
        "every call inside the secure-execution policy",
        "PASS",
    ),
    story(
        "demo-defender-triage",
        "reads incidents, hunts, changes nothing",
        "PASS",
    ),
    story(
        "demo-sentinel-triage",
        "reads incidents and queries alerts",
        "PASS",
    ),
    story(
        "demo-sentinel-write-approved",
        "updates an incident after a person approved it",
        "PASS",
    ),
    story(
        "demo-sentinel-write-unapproved",
        "the same update, and nobody was asked",
        "FAIL policy.approvals APPROVAL_MISSING",
    ),
    story(
        "demo-revoked-midway",
        "the agent goes on after its token was revoked",
        "FAIL token.valid REVOKED_BEFORE_USE",
    ),
    story(
        "demo-shared-token-a",
        "its token is used by another job",
        "FAIL token.job_bound TOKEN_USED_BY_OTHER_JOB",
    ),
    story(
        "demo-shared-token-b",
        "uses the token of another job",
        "FAIL token.job_bound TOKEN_USED_BY_OTHER_JOB",
    ),
    story(
        "demo-omitted-receipt",
        "the agent's bundle leaves out one model call",
        "INCOMPLETE receipts.complete RECEIPT_NOT_IN_BUNDLE",
    ),
    story(
        "demo-policy-swap",
        "the token pins one policy, the calls cite a laxer one",
        "FAIL policy.pinned POLICY_PIN_MISMATCH",
    ),
    story(
        "demo-denied-executed",
        "a query denied for its size is run all the same",
        "FAIL decisions DENIED_ACTION_EXECUTED",
    ),
    story(
        "demo-pulse-only",
        "nothing but the agent's own word",
        "INCOMPLETE NO_VERIFIED_EVIDENCE",
    ),
    story(
        "demo-halted-clean",
        "halted, and nothing was done after it",
        "PASS",
    ),
    story(
        "demo-rollback-of-halted",
        "takes back what the halted job left",
        "PASS",
    ),
];

/// Plays every story.
pub(super) fn play(stage: &Stage) -> Result<(), DemoError> {
    allowed::secure_execution(stage)?;
    allowed::defender_triage(stage)?;
    allowed::sentinel_triage(stage)?;
    actions::write_approved(stage)?;
    actions::write_unapproved(stage)?;
    tokens::revoked_midway(stage)?;
    tokens::shared_token(stage)?;
    records::omitted_receipt(stage)?;
    records::policy_swap(stage)?;
    actions::denied_executed(stage)?;
    records::pulse_only(stage)?;
    actions::halted_clean(stage)?;
    actions::rollback_of_halted(stage)
}
