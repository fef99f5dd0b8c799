//! Checks and what follows from them.

use evidence::kind::Kind;
use evidence::report::Status;

use super::assessment::Assessment;
use super::check::{Check, CheckId, CheckStatus};
use super::facts::JobFacts;
use super::{loose, report};
use evidence::text::plain::counted;

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
pub(super) struct VerdictDraft {
    pub(super) verdict: Status,
    pub(super) check: Option<CheckId>,
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// What follows from the checks: FAIL over INCOMPLETE over PASS, told by the check that comes first.
///
/// `unverified`: what there is instead, where no gateway receipt counts for the job. `unjudged`: how many members of its
/// policies nothing judges.
pub(super) fn outcome(checks: &[Check], unverified: Option<String>, unjudged: usize) -> VerdictDraft {
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
        return VerdictDraft {
            verdict: Status::Fail,
            check: Some(failed.id),
            code: failed.code,
            message: format!("{}{rest}", failed.message),
        };
    }
    if let Some(instead) = unverified {
        return VerdictDraft {
            verdict: Status::Incomplete,
            check: None,
            code: "NO_VERIFIED_EVIDENCE",
            message: format!("{instead}{rest}"),
        };
    }
    // A check that PASS needs and that found nothing to judge is as open as one that says so.
    let needed = |check: &&Check| NEEDED.contains(&check.id) && check.status != CheckStatus::Pass;
    let unmet = checks
        .iter()
        .find(|check| check.status == CheckStatus::Incomplete || needed(check));
    if let Some(unmet) = unmet {
        return VerdictDraft {
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
    VerdictDraft {
        verdict: Status::Pass,
        check: None,
        code: "OK",
        message: format!("All {passed} checks that apply to this job passed.{rest}"),
    }
}

/// What no check judges, which lowers no verdict and must not go unsaid.
fn left_open(checks: usize, members: usize) -> String {
    let checks = (checks > 0).then(|| counted(checks, "check", "checks"));
    let members = (members > 0).then(|| counted(members, "policy rule", "policy rules"));
    match (checks, members) {
        (None, None) => String::new(),
        (Some(one), None) | (None, Some(one)) => format!(" {one} could not be evaluated."),
        (Some(checks), Some(members)) => format!(" {checks} and {members} could not be evaluated."),
    }
}

/// What there is of a job for which no gateway receipt counts, in a sentence.
fn instead(facts: &JobFacts<'_>) -> String {
    if let Some(receipts) = loose::receipts(facts) {
        return format!("{receipts}, so no model call is confirmed.");
    }
    let is_agents = |index| {
        let by_agents = [
            Kind::ReceiptTool,
            Kind::ReceiptSideEffect,
            Kind::Bundle,
            Kind::Pulse,
        ];
        facts.doc(index).is_some_and(|doc| by_agents.contains(&doc.kind))
    };
    if facts.links.linked.keys().any(|index| is_agents(*index)) {
        "There is only the agent's own account; no gateway confirmed any model call.".to_owned()
    } else {
        "No gateway receipt is logged for this job, so no model call is confirmed.".to_owned()
    }
}

/// The assessment of some facts.
pub(super) fn of(facts: &JobFacts<'_>, checks: Vec<Check>) -> Assessment {
    let unjudged = report::unjudged(facts);
    let erased = facts.erased.iter().any(|index| {
        let position = facts.docs.binary_search_by_key(index, |doc| doc.index);
        let doc = position.ok().and_then(|position| facts.docs.get(position));
        doc.is_some_and(|doc| doc.kind == Kind::ReceiptGateway)
    });
    let mut receipts = facts.receipts();
    let verified = receipts.any(|(used, _)| !facts.early.contains(&used.index)) || erased;
    let unverified = (!verified).then(|| instead(facts));
    let outcome = outcome(&checks, unverified, unjudged.len());
    report::assessment(facts, outcome, checks, unjudged)
}
