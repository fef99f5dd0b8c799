//! `token.issued`: each token is issued in the log before it is used, by the order of the log and by the time that the
//! use is signed for.

use super::super::check::{Check, CheckId};
use super::super::facts::{Facts, Issuance, TokenOf, Use};
use super::super::token_table::{Moment, Seconds};
use super::acts::Acts;
use super::findings::Said;
use evidence::text::plain::{counted, entries};

const ID: CheckId = CheckId::TokenIssued;

/// Evaluates the check `token.issued`.
pub(super) fn check(facts: &Facts<'_>) -> Check {
    let (mut after, mut late, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    let (mut used_after, mut used_late, mut used_unknown) =
        (Acts::default(), Acts::default(), Acts::default());
    let mut ambiguous = facts.ambiguous.clone();
    for used in &facts.uses {
        match used.token {
            TokenOf::Ambiguous => ambiguous.push(used.index),
            TokenOf::Unknown(_) => {
                unknown.push(used.index);
                used_unknown.add(used);
            }
            TokenOf::Known(token) => match facts.issuance(token) {
                None => {
                    unknown.push(used.index);
                    used_unknown.add(used);
                }
                Some(issuance) => {
                    let (list, acts) = match follows(facts, used, issuance) {
                        Follows::Not => continue,
                        Follows::Late => (&mut late, &mut used_late),
                        Follows::TooLate => (&mut after, &mut used_after),
                    };
                    acts.add(used);
                    list.extend([used.index, issuance.doc.index]);
                }
            },
        }
    }
    if !after.is_empty() {
        let said = Said {
            then: format!(
                "Its issue was logged more than {} s later.",
                facts.settings.late_limit_s
            ),
            ..Said::new("A token was used before it was issued", "")
        };
        let message = said.of(&used_after);
        return Check::fail(ID, "ISSUED_AFTER_USE", message, after);
    }
    if !unknown.is_empty() {
        let message =
            Said::new("A token was used, but the log does not show who issued it", "").of(&used_unknown);
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
        let said = Said::new(
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
