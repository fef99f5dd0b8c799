//! `token.issued`: each token is issued in the log before it is used, by the order of the log and by the time that the
//! use is signed for.

use super::super::check::{Check, CheckId};
use super::super::facts::{JobFacts, LoggedIssuance, TokenUseFact, UseToken};
use super::super::token_table::{Moment, Seconds};
use super::findings::UseSentence;
use super::use_list::UseList;
use evidence::text::plain::{counted, entries};

const ID: CheckId = CheckId::TokenIssued;

/// Evaluates the check `token.issued`.
pub(super) fn check(facts: &JobFacts<'_>) -> Check {
    let (mut after, mut late, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    let (mut used_after, mut used_late, mut used_unknown) =
        (UseList::default(), UseList::default(), UseList::default());
    let mut ambiguous = facts.ambiguous.clone();
    for used in &facts.uses {
        match used.token {
            UseToken::Ambiguous => ambiguous.push(used.index),
            UseToken::Unknown(_) => {
                unknown.push(used.index);
                used_unknown.add(used);
            }
            UseToken::Known(token) => match facts.issuance(token) {
                None => {
                    unknown.push(used.index);
                    used_unknown.add(used);
                }
                Some(issuance) => {
                    let (list, acts) = match follows(facts, used, issuance) {
                        IssuanceDelay::Not => continue,
                        IssuanceDelay::Late => (&mut late, &mut used_late),
                        IssuanceDelay::TooLate => (&mut after, &mut used_after),
                    };
                    acts.add(used);
                    list.extend([used.index, issuance.doc.index]);
                }
            },
        }
    }
    if !after.is_empty() {
        let said = UseSentence {
            then: format!(
                "Its issue was logged more than {} s later.",
                facts.settings.late_limit_s
            ),
            ..UseSentence::new("A token was used before it was issued", "")
        };
        let message = said.of(&used_after);
        return Check::fail(ID, "ISSUED_AFTER_USE", message, after);
    }
    if !unknown.is_empty() {
        let message = UseSentence::new("A token was used, but the log does not show who issued it", "")
            .of(&used_unknown);
        return Check::incomplete(ID, "ISSUANCE_MISSING", message, unknown);
    }
    if !ambiguous.is_empty() {
        let message = format!(
            "The log does not show which token was used in {} ({}).",
            counted(ambiguous.len(), "document", "documents"),
            entries(&ambiguous)
        );
        return Check::incomplete(ID, "ATTRIBUTION_AMBIGUOUS", message, ambiguous);
    }
    if !late.is_empty() {
        let said = UseSentence::new(
            "A token was used before its issue was logged, within the delay that the log allows",
            "",
        );
        let message = said.of(&used_late);
        return Check::incomplete(ID, "LOGGED_LATE", message, late);
    }
    if facts.issuances.is_empty() {
        let message = "No token was issued for this job.";
        return Check::incomplete(ID, "ISSUANCE_MISSING", message, Vec::new());
    }
    let issued = facts.issuances.iter().map(|issuance| issuance.doc.index);
    Check::pass(ID, "Every token was issued before it was used.", issued.collect())
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
