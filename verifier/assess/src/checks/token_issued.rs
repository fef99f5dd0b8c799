//! `token.issued`: each token is issued in the log before it is used, by the order of the log and by the time that the
//! use is signed for.

use super::super::facts::{Facts, Issuance, TokenOf, Use};
use super::super::token_table::{Moment, Seconds};
use super::super::verdict::{Check, CheckId};
use super::words::counted;

const ID: CheckId = CheckId::TokenIssued;

/// Judges it.
pub(super) fn check(facts: &Facts<'_>) -> Check {
    let (mut after, mut late, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    let mut ambiguous = facts.ambiguous.clone();
    for used in &facts.uses {
        match used.token {
            TokenOf::Ambiguous => ambiguous.push(used.index),
            TokenOf::Unknown(_) => unknown.push(used.index),
            TokenOf::Known(token) => match facts.issuance(token) {
                None => unknown.push(used.index),
                Some(issuance) => {
                    let list = match follows(facts, used, issuance) {
                        Follows::Not => continue,
                        Follows::Late => &mut late,
                        Follows::TooLate => &mut after,
                    };
                    list.extend([used.index, issuance.doc.index]);
                }
            },
        }
    }
    if !after.is_empty() {
        let message = "A token was used longer before its issuance was logged than the log allows.";
        return Check::fail(ID, "ISSUED_AFTER_USE", message, after);
    }
    if !unknown.is_empty() {
        let message = counted(
            unknown.len(),
            "use is of a token that no issuance in the log accounts for.",
            "uses are of tokens that no issuance in the log accounts for.",
        );
        return Check::incomplete(ID, "ISSUANCE_MISSING", message, unknown);
    }
    if !ambiguous.is_empty() {
        let message = format!(
            "Of {} the log does not say which token was used.",
            counted(ambiguous.len(), "document", "documents")
        );
        return Check::incomplete(ID, "ATTRIBUTION_AMBIGUOUS", message, ambiguous);
    }
    if !late.is_empty() {
        let message = "A token was used before its issuance was logged, within what the log allows.";
        return Check::incomplete(ID, "LOGGED_LATE", message, late);
    }
    if facts.issuances.is_empty() {
        let message = "The log holds no issuance of a token for the job.";
        return Check::incomplete(ID, "ISSUANCE_MISSING", message, Vec::new());
    }
    let entries = facts
        .issuances
        .iter()
        .map(|issuance| issuance.doc.index)
        .collect();
    Check::pass(
        ID,
        "Every token was issued in the log before it was used.",
        entries,
    )
}

/// Whether an issuance follows a use, and by more than the log allows.
enum Follows {
    Not,
    Late,
    TooLate,
}

/// By the order of the log, counted from the logging of the use; or by the time that the use is signed for, counted from
/// that.
fn follows(facts: &Facts<'_>, used: &Use<'_>, issuance: &Issuance<'_>) -> Follows {
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
        None => Follows::Not,
        Some(since) if issued <= since.after(late_limit) => Follows::Late,
        Some(_) => Follows::TooLate,
    }
}
