//! What reviewers signed about a run (`metadata.reviewer_signoff_receipts`, `schemas/clawsig.md` §5.5 step 18, §6.2).

use crate::schema::{self, MemberForm};
use crate::signed_envelope::check_signed_by;
use crate::{ClawsigFailure, Reason};
use evidence::envelope::UnverifiedEnvelope;
use evidence::json::{Object, Value};

use super::chain::EventChain;
use super::metadata::key;
use super::normal_form;
use super::signoff_forms::ENVELOPE;
use super::trust::{self, member, picked, text};

pub(super) const SIGNOFFS: &str = "reviewer_signoff_receipts";
const MAX: usize = 100;

/// Checks all of them in order: form, what they are about, hash, signature, revocation, log proof.
pub(super) fn check(
    metadata: &Object,
    bundle_id: &str,
    chain: Option<&EventChain<'_>>,
) -> Result<(), ClawsigFailure> {
    let Some(signoffs) = metadata.get(SIGNOFFS) else {
        return Ok(());
    };
    schema::check(&MemberForm::List(0, MAX, &MemberForm::AnyObject), signoffs)
        .map_err(|fault| schema::below(SIGNOFFS, fault))?;
    for signoff in metadata.items(SIGNOFFS) {
        schema::check(&ENVELOPE, signoff).map_err(|fault| schema::below(SIGNOFFS, fault))?;
        let Some(envelope) = signoff.as_object().map(UnverifiedEnvelope::new) else {
            continue;
        };
        if let Some(payload) = envelope.payload().as_object() {
            let signer = envelope.text("signer_did");
            check_one(signer, payload, bundle_id, chain)?;
            check_signature(envelope)?;
            let revoked = payload.get("revoked_reviewer_keys");
            trust::check_revocations(signer, revoked)?;
            trust::check_logged(payload, leaf)?;
        }
    }
    Ok(())
}

/// That the signer is the reviewer, and run, bundle and event are the bundle's.
fn check_one(
    signer: &str,
    payload: &Object,
    bundle_id: &str,
    chain: Option<&EventChain<'_>>,
) -> Result<(), ClawsigFailure> {
    let unbound = |message: &str| ClawsigFailure::fail(Reason::ReceiptBindingMismatch, message);
    if text(Some(payload), "reviewer_did") != signer {
        return Err(unbound("a sign-off is signed by another than its reviewer"));
    }
    let binding = member(Some(payload), "binding");
    if text(binding, "bundle_id") != bundle_id {
        return Err(unbound("a sign-off is of another bundle"));
    }
    let Some(chain) = chain else {
        return Err(unbound(
            "there is no event chain that a sign-off could be bound to",
        ));
    };
    if text(binding, "run_id") != chain.run_id {
        return Err(unbound("a sign-off is of another run"));
    }
    if !chain.known.contains(text(binding, "event_hash_b64u")) {
        return Err(mismatch(
            "a sign-off is of an event that is not in the bundle's chain",
        ));
    }
    let pack = binding.and_then(|binding| binding.get("export_pack_root_hash_b64u"));
    if (text(binding, "target_kind") == "export_pack") == pack.is_some() {
        return check_dispute(member(Some(payload), "dispute"));
    }
    let message = "a sign-off of an export names the root of the export, and no other does";
    Err(ClawsigFailure::fail(Reason::SchemaValidationFailed, message))
}

/// A dispute has notes, and where there is none there are none; evidence is somewhere or has a hash.
fn check_dispute(dispute: Option<&Object>) -> Result<(), ClawsigFailure> {
    let Some(dispute) = dispute else {
        return Ok(());
    };
    let notes = dispute.items("notes");
    let is_nowhere = |evidence: &Value| {
        evidence
            .as_object()
            .is_none_or(|evidence| evidence.get("uri").is_none() && evidence.get("sha256_b64u").is_none())
    };
    let mut evidence = notes
        .iter()
        .filter_map(Value::as_object)
        .flat_map(|note| note.items("evidence_refs"));
    let has_none = text(Some(dispute), "status") == "none";
    if has_none == notes.is_empty() && !evidence.any(is_nowhere) {
        return Ok(());
    }
    let message = "a dispute in a sign-off is without notes, or its evidence is nowhere";
    Err(ClawsigFailure::fail(Reason::SchemaValidationFailed, message))
}

fn check_signature(envelope: UnverifiedEnvelope<'_>) -> Result<(), ClawsigFailure> {
    if !envelope.has_payload_hash() {
        let message = "a sign-off has another hash than its envelope says";
        return Err(ClawsigFailure::fail(Reason::HashMismatch, message));
    }
    check_signed_by(envelope, &key(envelope.text("signer_did"))?)
}

/// What the log has of a sign-off: its members in a fixed order, without the proof.
fn leaf(payload: &Object) -> Result<Value, ClawsigFailure> {
    let version = Value::String("reviewer_signoff_receipt_v1".to_owned());
    let mut members = vec![("leaf_version", version)];
    members.extend(picked(
        Some(payload),
        &[
            "receipt_version",
            "receipt_id",
            "reviewer_did",
            "decision",
            "timestamp",
        ],
    ));
    let binding = picked(
        member(Some(payload), "binding"),
        &[
            "run_id",
            "bundle_id",
            "proof_bundle_hash_b64u",
            "event_hash_b64u",
            "target_kind",
            "export_pack_root_hash_b64u",
        ],
    );
    members.push(("binding", normal_form::object(binding)?));
    let dispute = member(Some(payload), "dispute").map(leaf_of_dispute);
    members.push(("dispute", dispute.transpose()?.unwrap_or(Value::Null)));
    normal_form::object(members)
}

fn leaf_of_dispute(dispute: &Object) -> Result<Value, ClawsigFailure> {
    let mut members = picked(Some(dispute), &["status"]);
    let notes = dispute.items("notes").iter().map(leaf_of_note);
    members.push(("notes", Value::Array(notes.collect::<Result<_, _>>()?)));
    normal_form::object(members)
}

fn leaf_of_note(note: &Value) -> Result<Value, ClawsigFailure> {
    let note = note.as_object();
    let mut members = picked(note, &["note_id", "note"]);
    let evidence = note.map_or(&[][..], |note| note.items("evidence_refs"));
    let evidence = evidence
        .iter()
        .map(|one| normal_form::object(picked(one.as_object(), &["ref_id", "uri", "sha256_b64u"])));
    members.push(("evidence_refs", Value::Array(evidence.collect::<Result<_, _>>()?)));
    normal_form::object(members)
}

fn mismatch(message: &str) -> ClawsigFailure {
    ClawsigFailure::fail(Reason::EvidenceMismatch, message)
}
