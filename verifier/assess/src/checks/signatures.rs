//! `signatures`: every hash and signature holds, and each signer had its role where it signed.

use super::super::check::{Check, CheckId};
use super::super::facts::JobFacts;
use super::use_list::name_of;
use evidence::fault::shorten;
use evidence::text::plain::{counted, entries};

const ID: CheckId = CheckId::Signatures;

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
    if !facts.trust.genesis {
        let message =
            "The log's first entry, which names its operator, is missing or belongs to another log.";
        return Check::fail(ID, "GENESIS_MISSING", message, []);
    }
    if let Some(first) = facts.unsound.first() {
        let entries = facts.unsound.iter().map(|unsound| unsound.index);
        let message = format!(
            "{}; {}, {}: {}.",
            counted(
                facts.unsound.len(),
                "document of this job does not verify",
                "documents of this job do not verify"
            ),
            if facts.unsound.len() == 1 {
                "it is"
            } else {
                "the first is"
            },
            facts.place_of(first.index),
            first.message
        );
        return Check::fail(ID, first.code, message, entries);
    }
    if !facts.early.is_empty() {
        let early: Vec<_> = facts.early.iter().copied().collect();
        let message = format!(
            "{} dated before the signer was registered ({}).",
            counted(
                early.len(),
                "document of this job is",
                "documents of this job are"
            ),
            entries(&early)
        );
        return Check::incomplete(ID, "SIGNER_NOT_YET_TRUSTED", message, early);
    }
    if !facts.erased.is_empty() {
        let message = format!(
            "{} erased ({}).",
            counted(
                facts.erased.len(),
                "document of this job was",
                "documents of this job were"
            ),
            entries(&facts.erased)
        );
        return Check::incomplete(ID, "EVIDENCE_ERASED", message, facts.erased.clone());
    }
    if let Some((doc, refusal)) = facts.refused.first() {
        let refused: Vec<_> = facts.refused.iter().map(|(doc, _)| doc.index).collect();
        let code = &refusal.code;
        let place = refusal.pointer.as_deref();
        let place = place.map(|pointer| format!(" at {}", shorten(pointer)));
        let message = format!(
            "The log refused {} ({}); the reason{} was {code}{}, the signer {}.",
            counted(
                refused.len(),
                "document that was sent for this job",
                "documents that were sent for this job"
            ),
            entries(&refused),
            if refused.len() == 1 { "" } else { " for the first" },
            place.unwrap_or_default(),
            name_of(facts, &doc.signer)
        );
        return Check::incomplete(ID, "EVIDENCE_REFUSED", message, refused);
    }
    if facts.links.linked.is_empty() {
        let message = "No signed document belongs to this job.";
        return Check::incomplete(ID, "EVIDENCE_MISSING", message, []);
    }
    let message = format!(
        "All hashes and signatures of {} are valid, and each signer was allowed to sign.",
        counted(facts.links.linked.len(), "document", "documents")
    );
    Check::pass(ID, message, [])
}
