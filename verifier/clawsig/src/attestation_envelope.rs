//! Attestations about a run or a model: of execution, derivation, audit results (`schemas/clawsig.md` §7.2). They
//! count by the allowlist of attesters alone.

use evidence::fault::shorten;
use evidence::json::Value;
use evidence::report::Details;

use super::envelope_forms::{AUDIT_RESULT_ENVELOPE, DERIVATION_ENVELOPE, EXECUTION_ENVELOPE};
use super::log_proof;
use super::signed_envelope::{
    self, EnvelopeForm, SKEW_MS, WellFormedEnvelope, check_did_syntax, is_past, time,
};
use super::{ClawsigFailure, ClawsigOptions, Reason};

/// Which attestation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Attestation {
    /// That a run happened in a sandbox.
    Execution,
    /// That a model was made from another.
    Derivation,
    /// That a model was audited.
    AuditResult,
}

const EXECUTION: EnvelopeForm = EnvelopeForm {
    envelope_type: "execution_attestation",
    versions: &[("1", &EXECUTION_ENVELOPE)],
};
const DERIVATION: EnvelopeForm = EnvelopeForm {
    envelope_type: "derivation_attestation",
    versions: &[("1", &DERIVATION_ENVELOPE)],
};
const AUDIT_RESULT: EnvelopeForm = EnvelopeForm {
    envelope_type: "audit_result_attestation",
    versions: &[("1", &AUDIT_RESULT_ENVELOPE)],
};

/// What an attestation says about a bundle; members that it leaves out are `None`.
#[derive(Debug)]
pub(super) struct AttestationSubject<'a> {
    pub(super) proof_bundle_hash: Option<&'a str>,
    pub(super) run_id: Option<&'a str>,
    pub(super) agent_did: Option<&'a str>,
}

/// Verifies an attestation in its envelope.
pub(super) fn verify<'a>(
    document: &'a Value,
    attestation: Attestation,
    options: &ClawsigOptions<'_>,
) -> Result<AttestationSubject<'a>, ClawsigFailure> {
    let expected = match attestation {
        Attestation::Execution => &EXECUTION,
        Attestation::Derivation => &DERIVATION,
        Attestation::AuditResult => &AUDIT_RESULT,
    };
    let envelope = signed_envelope::read(document, expected)?;
    envelope.check_signer()?;
    envelope.check_allowed(options.attesters, "attester")?;
    envelope.check_issued_at()?;
    if attestation == Attestation::Execution {
        check_execution(&envelope)?;
    }
    envelope.check_hash(Reason::HashMismatch)?;
    envelope.check_signature()?;
    check_expiry(&envelope, options)?;
    if attestation == Attestation::Execution {
        check_environment(&envelope)?;
        return Ok(AttestationSubject {
            proof_bundle_hash: Some(envelope.payload_text("proof_bundle_hash_b64u")),
            run_id: Some(envelope.payload_text("run_id")),
            agent_did: Some(envelope.payload_text("agent_did")),
        });
    }
    check_log_proof(&envelope, options)?;
    let execution = envelope.payload_member("execution").and_then(Value::as_object);
    Ok(AttestationSubject {
        proof_bundle_hash: execution.and_then(|execution| execution.text("proof_bundle_hash_b64u")),
        run_id: None,
        agent_did: None,
    })
}

/// What an attestation of execution has to name beyond its schema, and that it is its own attester's.
fn check_execution(envelope: &WellFormedEnvelope<'_>) -> Result<(), ClawsigFailure> {
    let named = ["run_id", "proof_bundle_hash_b64u", "attestation_id"];
    let unnamed = named
        .iter()
        .find(|name| envelope.payload_text(name).trim().is_empty());
    if let Some(name) = unnamed {
        return Err(ClawsigFailure::fail(
            Reason::SchemaValidationFailed,
            format!("the attestation names no {name}"),
        ));
    }
    for name in ["agent_did", "attester_did"] {
        check_did_syntax(envelope.payload_text(name)).map_err(schema_failure)?;
    }
    time(envelope.payload_text("issued_at"), "issued_at").map_err(schema_failure)?;
    if envelope.payload_text("attester_did") == envelope.text("signer_did") {
        return Ok(());
    }
    Err(ClawsigFailure::fail(
        Reason::SignatureInvalid,
        "the attestation is signed by another than its attester_did",
    ))
}

fn schema_failure(failure: ClawsigFailure) -> ClawsigFailure {
    failure.under(Reason::SchemaValidationFailed)
}

/// `expires_at` of the payload, which is signed. The reference reads it of no envelope.
fn check_expiry(
    envelope: &WellFormedEnvelope<'_>,
    options: &ClawsigOptions<'_>,
) -> Result<(), ClawsigFailure> {
    let Some(expires_at) = envelope.payload_member("expires_at").and_then(Value::as_str) else {
        return Ok(());
    };
    if is_past(time(expires_at, "expires_at")?, options.at, SKEW_MS) {
        return Err(ClawsigFailure::fail(
            Reason::ExpiredTtl,
            "an attestation has expired",
        ));
    }
    Ok(())
}

/// A trusted environment is one whose root and version are on a list, and there is no such list here.
fn check_environment(envelope: &WellFormedEnvelope<'_>) -> Result<(), ClawsigFailure> {
    if envelope.payload_text("execution_type") != "tee_execution" {
        return Ok(());
    }
    let metadata = envelope
        .payload_member("runtime_metadata")
        .and_then(Value::as_object);
    let tee = metadata.and_then(|metadata| metadata.object("tee"));
    let claims = ["root_id", "tcb_version"];
    let stated = tee.is_some_and(|tee| {
        claims
            .iter()
            .all(|name| tee.text(name).is_some_and(|text| !text.trim().is_empty()))
    });
    if !stated {
        return Err(ClawsigFailure::fail(
            Reason::SchemaValidationFailed,
            "an attestation of a trusted environment states no root or version",
        ));
    }
    Err(ClawsigFailure::fail(
        Reason::DependencyNotConfigured,
        "no root of a trusted environment was named that counts",
    ))
}

/// A proof that the attestation carries has to hold; what its leaf is, is the log's business.
fn check_log_proof(
    envelope: &WellFormedEnvelope<'_>,
    options: &ClawsigOptions<'_>,
) -> Result<(), ClawsigFailure> {
    let Some(clawlogs) = envelope.payload_member("clawlogs").and_then(Value::as_object) else {
        return Ok(());
    };
    let Some(proof) = clawlogs.get("inclusion_proof") else {
        return Ok(());
    };
    let proof = log_proof::verify_path(proof, options.attesters)?;
    match clawlogs.text("log_entry_hash_b64u") {
        Some(entry) if entry != proof.leaf => Err(ClawsigFailure::fail(
            Reason::LogLeafMismatch,
            "the log proof of an attestation is of another entry than the one that it names",
        )),
        _ => proof.check_unambiguous(),
    }
}

/// Verifies an attestation on its own.
pub(super) fn verify_alone(
    document: &Value,
    attestation: Attestation,
    options: &ClawsigOptions<'_>,
    details: &mut Details,
) -> Result<(), ClawsigFailure> {
    if let Some(object) = document.as_object() {
        signed_envelope::note_header(object, details);
    }
    let about = verify(document, attestation, options)?;
    for checked in ["schema", "signer", "payload_hash", "signature"] {
        details.checked(checked);
    }
    let named = [
        ("proof_bundle_hash_b64u", about.proof_bundle_hash),
        ("run_id", about.run_id),
        ("agent_did", about.agent_did),
    ];
    for (name, value) in named {
        if let Some(value) = value {
            details.set(name, shorten(value));
        }
    }
    details.not_checked("proof bundle");
    Ok(())
}
