//! `token.issued`: each token is issued in the log before it is used.

use super::super::facts::{Facts, TokenOf};
use super::super::verdict::{Check, CheckId};
use super::words::counted;

const ID: CheckId = CheckId::TokenIssued;

/// Judges it.
pub(super) fn check(facts: &Facts<'_>) -> Check {
    let late_ms = facts.settings.late_limit_s.saturating_mul(1000);
    let (mut after, mut late, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    let mut ambiguous = facts.ambiguous.clone();
    for used in &facts.uses {
        match used.token {
            TokenOf::Ambiguous => ambiguous.push(used.index),
            TokenOf::Unknown(_) => unknown.push(used.index),
            TokenOf::Known(token) => match facts.issuance(token) {
                None => unknown.push(used.index),
                Some(issuance) if issuance.doc.index < used.index => {}
                Some(issuance) => {
                    let limit = used.logged_at.value().saturating_add(late_ms);
                    let list = if issuance.doc.logged_at.value() <= limit {
                        &mut late
                    } else {
                        &mut after
                    };
                    list.extend([used.index, issuance.doc.index]);
                }
            },
        }
    }
    if !after.is_empty() {
        let message = "A token was used before its issuance was logged, longer than the log allows.";
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
        let message = "A token's issuance was logged after its first use, within what the log allows.";
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
