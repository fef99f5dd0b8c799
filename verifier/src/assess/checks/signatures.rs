//! `signatures`: every hash and signature holds, and each signer had its role where it signed.

use super::super::facts::Facts;
use super::super::verdict::{Check, CheckId};
use super::words::counted;
use crate::fault::shorten;

const ID: CheckId = CheckId::Signatures;

/// Judges it.
pub(super) fn check(facts: &Facts<'_>) -> Check {
    if !facts.trust.genesis {
        let message = "The log's first entry, which names its operator, is not there or is another log's.";
        return Check::fail(ID, "GENESIS_MISSING", message, Vec::new());
    }
    if let Some(first) = facts.unsound.first() {
        let entries = facts.unsound.iter().map(|unsound| unsound.index).collect();
        let message = format!(
            "{}; the first is the one {}: {}.",
            counted(
                facts.unsound.len(),
                "of the job's entries does not hold",
                "of the job's entries do not hold"
            ),
            facts.place_of(first.index),
            first.message
        );
        return Check::fail(ID, first.code, message, entries);
    }
    if let Some(first) = facts.early.first() {
        let message = format!(
            "{} signed for a time at which its signer was not yet registered; the first is the one {}.",
            counted(
                facts.early.len(),
                "of the job's documents is",
                "of the job's documents are"
            ),
            facts.place_of(*first)
        );
        let entries = facts.early.iter().copied().collect();
        return Check::incomplete(ID, "SIGNER_NOT_YET_TRUSTED", message, entries);
    }
    if !facts.erased.is_empty() {
        let message = counted(
            facts.erased.len(),
            "of the job's documents was erased.",
            "of the job's documents were erased.",
        );
        return Check::incomplete(ID, "EVIDENCE_ERASED", message, facts.erased.clone());
    }
    if let Some((doc, refusal)) = facts.refused.first() {
        let entries = facts.refused.iter().map(|(doc, _)| doc.index).collect();
        let code = &refusal.code;
        let place = refusal.pointer.as_deref();
        let place = place.map(|pointer| format!(" at {}", shorten(pointer)));
        let message = format!(
            "{} refused, the first as {code}{}, signed by {}.",
            counted(
                facts.refused.len(),
                "document for the job was",
                "documents for the job were"
            ),
            place.unwrap_or_default(),
            shorten(&doc.signer)
        );
        return Check::incomplete(ID, "EVIDENCE_REFUSED", message, entries);
    }
    if facts.links.linked.is_empty() {
        let message = "No signed document is the job's.";
        return Check::incomplete(ID, "EVIDENCE_MISSING", message, Vec::new());
    }
    let message = format!(
        "Every hash and signature holds, and every signer had its role, in {} of the job.",
        counted(facts.links.linked.len(), "document", "documents")
    );
    Check::pass(ID, message, Vec::new())
}
