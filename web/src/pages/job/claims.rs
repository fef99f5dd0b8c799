//! What the page proves, what it takes from the server, and what nobody proves: in words that follow from the
//! assessment and are never stronger than it.

use verifier::assess::{Check, CheckStatus, Closure, Link, Query};
use verifier::kind::Kind;
use verifier::subject::Field;

use super::page_verdict::PageVerdict;
use super::story::StoryView;
use crate::model::claims::{PageClaims, ProvableClaim};
use crate::model::detail;
use crate::model::witnessing::Witnessing;
use crate::text::{as_of, counted};

/// Sentences about one check are cut nowhere else; so many of them stand here.
const AGAINST_SHOWN: usize = 8;

/// Three lists of sentences, and the one that a proof moves.
pub(super) struct ClaimLists {
    pub(super) proved: Vec<String>,
    /// That nothing was left out, which is taken from the server unless a browser checks the proof.
    pub(super) whole: String,
    pub(super) taken: Vec<String>,
    pub(super) unproved: Vec<String>,
}

pub(super) fn of(judged: &PageVerdict, witnessing: &Witnessing) -> ClaimLists {
    ClaimLists {
        proved: proved(judged),
        whole: format!(
            "That the server left nothing out: known to this server as of {}; completeness not proved.",
            as_of(judged.closure().as_of.time, judged.closure().as_of.size.value())
        ),
        taken: taken(judged),
        unproved: unproved(judged, witnessing),
    }
}

/// All entries that name the job, and what came after a halt.
pub(super) fn provable(claims: PageClaims, judged: &PageVerdict, story: &StoryView) -> PageClaims {
    let job = &judged.closure().job_id;
    let claims = claims.with(ProvableClaim::of(Field::Job, job, &[]));
    let claims = match named_by(judged.closure()) {
        Some(count) => claims.counting(count),
        None => claims,
    };
    match &story.halt {
        Some(halt) => claims.with(ProvableClaim::of(Field::Job, job, &Kind::USES).after(halt.at)),
        None => claims,
    }
}

/// How many entries name the job, as its closure was told.
fn named_by(closure: &Closure) -> Option<usize> {
    let named = Query::Subject {
        field: Field::Job,
        value: closure.job_id.clone(),
        kinds: Vec::new(),
    };
    let answer = closure.answers.iter().find(|answer| answer.query == named)?;
    Some(answer.indices.len())
}

/// Sentences for checks that hold.
const HOLDING: &[(&str, &str)] = &[
    (
        "policy.published",
        "Every policy of this job was in the log before it was used.",
    ),
    (
        "token.issued",
        "Every token was issued in the log before it was used.",
    ),
    (
        "token.valid",
        "No token was used after it had expired or after a revocation listed here, within the tolerance between clocks.",
    ),
    (
        "token.job_bound",
        "Among the entries that were read, no other job used this job's tokens.",
    ),
    (
        "receipts.bound",
        "Each receipt matches an event in the agent's bundle.",
    ),
    (
        "receipts.complete",
        "The agent's bundle and the log hold the same gateway receipts, numbered without a gap up to the last.",
    ),
    (
        "policy.tools",
        "The policy allows the tool calls that the agent reported.",
    ),
    (
        "policy.approvals",
        "Nothing listed here was done without an approval that the policy requires.",
    ),
    (
        "decisions",
        "No call listed here was made after it had been denied.",
    ),
    (
        "halt",
        "No action listed here was carried out after the job was stopped.",
    ),
];

fn proved(judged: &PageVerdict) -> Vec<String> {
    let summary = &judged.assessment().summary;
    let mut list = Vec::new();
    let signed = judged.status("signatures") == CheckStatus::Pass;
    // What is not logged is told apart.
    let supposed = judged.supposed.is_some();
    if signed && supposed {
        list.push("This bundle is what its agent signed, and nobody has changed it since.".to_owned());
    }
    let logged = summary.entries.saturating_sub(u64::from(supposed));
    if signed && logged > 0 {
        list.push(format!(
            "{}, and each signer was allowed to sign it when it was logged.",
            counted(
                logged,
                "document of this job has a valid signature",
                "documents of this job have valid signatures"
            )
        ));
    }
    if signed && summary.gateway_receipts > 0 {
        list.push(format!(
            "Which model was called, when, and under which token and policy, as the gateway signed it: {}.",
            counted(summary.gateway_receipts, "call", "calls")
        ));
    }
    let holding = HOLDING
        .iter()
        .filter(|(id, _)| judged.status(id) == CheckStatus::Pass)
        .map(|(_, sentence)| (*sentence).to_owned());
    list.extend(holding);
    list.extend(judged.checks().iter().filter_map(|check| check.note.clone()));
    let against = judged
        .checks()
        .iter()
        .filter(|check| check.status == CheckStatus::Fail)
        .take(AGAINST_SHOWN)
        .map(|check| format!("Against the job: {}", check.message));
    list.extend(against);
    list
}

fn taken(judged: &PageVerdict) -> Vec<String> {
    let attested = judged
        .examined()
        .linked
        .values()
        .filter(|link| **link == Link::Operator)
        .count();
    let mut list = vec![
        "The times at which entries were logged, which come from the operator's clock.".to_owned(),
        format!(
            "The settings of the log that the checks use: {}.",
            detail::settings(&judged.assessment().parameters)
        ),
    ];
    if attested > 0 {
        list.push(format!(
            "To which job and token {} belong, as stated by submitters whom the operator has linked to the signers.",
            counted(
                attested,
                "document",
                "documents"
            )
        ));
    }
    list
}

fn unproved(judged: &PageVerdict, witnessing: &Witnessing) -> Vec<String> {
    let same_log = match witnessing.known() {
        None => "That everybody is shown the same log: no witness configured.",
        Some(_) => {
            "That everybody is shown the same log: witnesses sign it, and their signatures are checked once you pin a policy of them in the browser's check, or with ledger-verify pack --policy."
        }
    };
    let mut list = vec![
        same_log.to_owned(),
        "What happened inside the systems that the tools used. Their own audit logs show that."
            .to_owned(),
        "That no model was called without the gateway.".to_owned(),
        "Anything with a dotted or dashed edge: the agent's own word, or entries that do not belong to the job."
            .to_owned(),
    ];
    if judged.supposed.is_some() {
        list.splice(0..0, [
            "When this bundle was made, and that its agent gave nobody a different account, because it is not logged.".to_owned(),
            "Anything that only this bundle says: a receipt that it holds and this log does not counts for \
             nothing above, but as missing."
                .to_owned(),
        ]);
    }
    let open: Vec<&str> = judged
        .checks()
        .iter()
        .filter(|check| matches!(check.status, CheckStatus::Incomplete | CheckStatus::NotEvaluated))
        .map(Check::title)
        .collect();
    if !open.is_empty() {
        list.push(format!("Incomplete or not evaluated: {}.", open.join("; ")));
    }
    let unjudged = u64::try_from(judged.assessment().not_evaluated.len()).unwrap_or(u64::MAX);
    if unjudged > 0 {
        list.push(format!(
            "{} not checked, listed below.",
            counted(unjudged, "policy rule that is", "policy rules that are")
        ));
    }
    list
}
