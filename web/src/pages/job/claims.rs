//! What the page proves, what it takes from the server, and what nobody proves: in words that follow from the
//! assessment and are never stronger than it.

use verifier::assess::CheckStatus;

use super::judged::Judged;
use crate::model::checks::title;
use crate::model::detail;
use crate::text::{counted, grouped};

/// Sentences about one check are cut nowhere else; so many of them stand here.
const AGAINST_SHOWN: usize = 8;

/// Three lists of sentences.
pub(super) struct Claims {
    pub(super) proved: Vec<String>,
    pub(super) taken: Vec<String>,
    pub(super) unproved: Vec<String>,
}

pub(super) fn of(judged: &Judged) -> Claims {
    Claims {
        proved: proved(judged),
        taken: taken(judged),
        unproved: unproved(judged),
    }
}

/// What is said where a check holds.
const HOLDING: &[(&str, &str)] = &[
    (
        "policy.published",
        "Every policy that the job cites stood in the log before its first use listed here.",
    ),
    (
        "token.issued",
        "Every token used here was issued in the log before its use.",
    ),
    (
        "token.valid",
        "No use listed here was made after its token had expired or after a revocation listed here, within the tolerance between clocks.",
    ),
    (
        "token.job_bound",
        "No other job among the entries read used this job's tokens.",
    ),
    (
        "receipts.bound",
        "Each receipt names an event of its run's chain in the agent's bundle.",
    ),
    (
        "receipts.complete",
        "The agent's bundle and the log hold the same gateway receipts, in streams without a gap up to their close.",
    ),
    (
        "policy.tools",
        "The policy allows the tool calls that the agent reported.",
    ),
    (
        "policy.approvals",
        "What needed a person's approval has one, or nothing listed here needed one.",
    ),
    (
        "decisions",
        "No call listed here was made after a denial of it listed here.",
    ),
    (
        "halt",
        "No use listed here was made after a halt of the job listed here.",
    ),
];

fn proved(judged: &Judged) -> Vec<String> {
    let summary = &judged.stated.summary;
    let mut list = Vec::new();
    let signed = judged.status("signatures") == CheckStatus::Pass;
    // What is not logged is told apart.
    let supposed = judged.supposed.is_some();
    if signed && supposed {
        list.push("This bundle is what its agent signed, and nobody changed it since.".to_owned());
    }
    let logged = summary.entries.saturating_sub(u64::from(supposed));
    if signed && logged > 0 {
        list.push(format!(
            "{}, by signers who had their roles when the log took what they signed.",
            counted(
                logged,
                "document of this job carries a signature that holds",
                "documents of this job carry signatures that hold"
            )
        ));
    }
    if signed && summary.gateway_receipts > 0 {
        list.push(format!(
            "Which model was called, when, under which token and policy, as the gateway signed it: {}.",
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

fn taken(judged: &Judged) -> Vec<String> {
    let attested = judged
        .examined()
        .linked
        .values()
        .filter(|link| **link == "operator_attested")
        .count();
    let mut list = vec![
        format!(
            "That the server left nothing out: known to this server as of size {}; completeness not proved.",
            grouped(judged.closure().as_of.size.value())
        ),
        "The times at which entries were logged: the operator's clock.".to_owned(),
        format!(
            "The log's settings that the checks go by: {}.",
            detail::settings(&verifier::payload::Settings {
                accept_unregistered_agents: judged.stated.parameters.accept_unregistered_agents,
                clock_skew_s: judged.stated.parameters.clock_skew_s,
                late_limit_s: judged.stated.parameters.late_limit_s,
                approval_lifetime_s: judged.stated.parameters.approval_lifetime_s,
            })
        ),
    ];
    if attested > 0 {
        list.push(format!(
            "To which job and token {} belong: the word of submitters whom the operator bound to the signers.",
            counted(
                u64::try_from(attested).unwrap_or(u64::MAX),
                "document",
                "documents"
            )
        ));
    }
    list
}

fn unproved(judged: &Judged) -> Vec<String> {
    let mut list = vec![
        "That the server left nothing out.".to_owned(),
        "That everybody is shown the same log: no witness configured.".to_owned(),
        "What happened inside the systems that the tools touched: that is in their own audit logs."
            .to_owned(),
        "Model traffic that went round the gateway.".to_owned(),
        "Anything with a dotted or dashed edge: the agent's own word, or what nothing ties to the job."
            .to_owned(),
    ];
    if judged.supposed.is_some() {
        list.splice(0..0, [
            "When this bundle was made, and that its agent gave nobody another account: it is not logged.".to_owned(),
            "Anything that only this bundle tells: receipts that it carries and that this log does not hold count for \
             nothing above, but as missing."
                .to_owned(),
        ]);
    }
    let open: Vec<&str> = judged
        .checks()
        .iter()
        .filter(|check| matches!(check.status, CheckStatus::Incomplete | CheckStatus::NotEvaluated))
        .map(|check| title(check.id))
        .collect();
    if !open.is_empty() {
        list.push(format!("What is open above: {}.", open.join("; ")));
    }
    let unjudged = u64::try_from(judged.stated.not_evaluated.len()).unwrap_or(u64::MAX);
    if unjudged > 0 {
        list.push(format!(
            "{} that nothing here judges, listed below.",
            counted(unjudged, "member of its policies", "members of its policies")
        ));
    }
    list
}
