//! `token.issued`: each token is issued in the log before it is used, by the order of the log and by the time that the
//! use is signed for.

use super::super::check::{Check, CheckId};
use super::super::facts::{JobFacts, LoggedIssuance, TokenUseFact, UseToken};
use super::super::token_table::{Moment, Seconds};
use super::findings::{FindingCollector, UseSentence};
use evidence::text::plain::{counted, entries};

const ID: CheckId = CheckId::TokenIssued;

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
    let mut findings = FindingCollector::default();
    let mut ambiguous = facts.ambiguous.clone();
    for used in &facts.uses {
        let issuance = match used.token {
            UseToken::Ambiguous => {
                ambiguous.push(used.index);
                continue;
            }
            UseToken::Unknown(_) => None,
            UseToken::Known(token) => facts.issuance(token),
        };
        let Some(issuance) = issuance else {
            findings.incomplete_use((1, "ISSUANCE_MISSING"), used, [], || {
                UseSentence::new("A token was used, but the log does not show who issued it", "")
            });
            continue;
        };
        let issued = [issuance.doc.index];
        match follows(facts, used, issuance) {
            IssuanceDelay::Not => {}
            IssuanceDelay::Late => findings.incomplete_use((3, "LOGGED_LATE"), used, issued, || {
                UseSentence::new(
                    "A token was used before its issue was logged, within the delay that the log allows",
                    "",
                )
            }),
            IssuanceDelay::TooLate => findings.fail_use((0, "ISSUED_AFTER_USE"), used, issued, || {
                let limit = facts.settings.late_limit_s;
                UseSentence {
                    then: format!("Its issue was logged more than {limit} s later."),
                    ..UseSentence::new("A token was used before it was issued", "")
                }
            }),
        }
    }
    if !ambiguous.is_empty() {
        let message = format!(
            "The log does not show which token was used in {} ({}).",
            counted(ambiguous.len(), "document", "documents"),
            entries(&ambiguous)
        );
        findings.incomplete((2, "ATTRIBUTION_AMBIGUOUS"), ambiguous, || message);
    }
    findings.end(ID, || {
        if facts.issuances.is_empty() {
            let message = "No token was issued for this job.";
            return Check::incomplete(ID, "ISSUANCE_MISSING", message, []);
        }
        let issued = facts.issuances.iter().map(|issuance| issuance.doc.index);
        Check::pass(ID, "Every token was issued before it was used.", issued)
    })
}

/// Whether an issuance follows a use, and by more than the log allows.
enum IssuanceDelay {
    Not,
    Late,
    TooLate,
}

/// By the order of the log, counted from the logging of the use; or by the time that the use is signed for, counted from
/// that.
fn follows(facts: &JobFacts<'_>, used: &TokenUseFact<'_>, issuance: &LoggedIssuance<'_>) -> IssuanceDelay {
    let (skew, late_limit) = (
        Seconds(facts.settings.clock_skew_s),
        Seconds(facts.settings.late_limit_s),
    );
    let clocks = &facts.trust.clocks;
    let issued = Moment::from(clocks.logged_from(issuance.doc.index, issuance.doc.logged_at));
    let logged = Moment::from(clocks.logged_from(used.index, used.logged_at));
    let signed = Moment::from(used.signed_at);
    let by_order = (issuance.doc.index > used.index).then_some(logged);
    let by_time = (signed.after(skew) < issued).then_some(signed);
    match by_order.into_iter().chain(by_time).min() {
        None => IssuanceDelay::Not,
        Some(since) if issued <= since.after(late_limit) => IssuanceDelay::Late,
        Some(_) => IssuanceDelay::TooLate,
    }
}
