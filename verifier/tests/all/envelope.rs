//! Envelopes: the four rules, and every way in which one does not hold.

use proptest::prelude::*;
use verifier::document::Document;
use verifier::envelope::{self, EnvelopeRule, VerifiedEnvelope, own_signing_message};
use verifier::fault::Fault;
use verifier::json;

use crate::vectors::{clawsig_vector, hex, root, vectors};

fn verify(bytes: &[u8]) -> Result<VerifiedEnvelope, Fault> {
    envelope::verify(Document::parse(bytes)?.value())
}

fn rule_name(rule: EnvelopeRule) -> &'static str {
    match rule {
        EnvelopeRule::ClawsigJs => "clawsig_js",
        EnvelopeRule::ClawsigJcs => "clawsig_jcs",
        EnvelopeRule::ExportBundle => "export_bundle",
        EnvelopeRule::Own => "own",
    }
}

#[test]
fn valid_vectors_verify_with_their_digests() {
    for vector in vectors("envelope/valid") {
        let name = &vector.name;
        let document = Document::parse(&vector.document()).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        let envelope = envelope::verify(document.value()).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert_eq!(envelope.envelope_type(), vector.text("envelope_type"), "{name}");
        assert_eq!(rule_name(envelope.rule()), vector.text("rule"), "{name}");
        assert_eq!(envelope.signer().as_str(), vector.text("signer_did"), "{name}");
        assert_eq!(
            envelope.payload_hash().to_string(),
            vector.text("payload_hash_b64u"),
            "{name}"
        );
        assert_eq!(
            envelope.statement().to_string(),
            vector.text("statement_digest"),
            "{name}"
        );
        assert_eq!(
            document.evidence_digest().to_string(),
            vector.text("evidence_digest"),
            "{name}"
        );
        assert_eq!(
            document.raw_digest().to_string(),
            vector.text("raw_digest"),
            "{name}"
        );
        if envelope.rule() == EnvelopeRule::Own {
            let message = own_signing_message(envelope.envelope_type(), document.value());
            assert_eq!(hex(&message), vector.text("signed_message_hex"), "{name}");
        }
    }
}

#[test]
fn invalid_vectors_have_their_code_and_pointer() {
    for vector in vectors("envelope/invalid") {
        let fault = verify(&vector.document()).expect_err(&vector.name);
        let found = (fault.code.as_str(), fault.pointer.as_str());
        assert_eq!(
            found,
            (vector.text("code"), vector.text("pointer")),
            "{}: {fault}",
            vector.name
        );
    }
}

fn vector_document(name: &str) -> Vec<u8> {
    vectors("envelope/valid")
        .into_iter()
        .find(|vector| vector.name == name)
        .unwrap()
        .document()
}

#[test]
fn a_log_proof_attached_after_signing_is_no_part_of_what_was_signed() {
    for name in [
        "gateway_receipt_log_proof",
        "gateway_receipt_log_proof_in_new_metadata",
    ] {
        let envelope = verify(&vector_document(name)).unwrap();
        let metadata = envelope
            .payload()
            .get("metadata")
            .and_then(json::Value::as_object);
        assert!(
            metadata.is_none_or(|metadata| metadata.get("log_inclusion_proof").is_none()),
            "{name}"
        );
        assert_eq!(
            envelope.statement(),
            verify(&vector_document(name)).unwrap().statement()
        );
    }
}

#[test]
fn unsigned_header_members_leave_the_statement_as_it_is() {
    let one = verify(&vector_document("gateway_receipt")).unwrap();
    let other = verify(&vector_document("gateway_receipt_header_changed")).unwrap();
    assert_eq!(one.statement(), other.statement());
    assert_ne!(one.issued_at(), other.issued_at());
}

const CLAWSIG_TYPES: [&str; 7] = [
    "gateway_receipt",
    "tool_receipt",
    "side_effect_receipt",
    "human_approval_receipt",
    "proof_bundle",
    "aggregate_bundle",
    "work_policy_contract",
];

/// The published schema of a document, by the rule that its type has.
fn schema_of(document: &serde_json::Value) -> jsonschema::Validator {
    let file = match document["envelope_type"].as_str() {
        None if document.get("export_version").is_some() => "envelope-export-bundle-v1",
        Some("tool_receipt") if document["envelope_version"] == "2" => "envelope-tool-receipt-v2",
        Some(text) if CLAWSIG_TYPES.contains(&text) => "envelope-clawsig-v1",
        _ => "envelope-own-v1",
    };
    let text = std::fs::read(root().join(format!("schemas/{file}.schema.json"))).unwrap();
    let schema: serde_json::Value = serde_json::from_slice(&text).unwrap();
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
}

#[test]
fn published_schemas_and_the_typed_reader_agree() {
    for vector in vectors("envelope/valid") {
        let document = serde_json::from_slice(&vector.document()).unwrap();
        let errors: Vec<String> = schema_of(&document)
            .iter_errors(&document)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{}: {errors:?}", vector.name);
    }
    for vector in vectors("envelope/invalid") {
        let document = serde_json::from_slice(&vector.document()).unwrap();
        let about_shape = matches!(
            vector.text("code"),
            "SCHEMA_INVALID" | "INVALID_BASE64URL" | "INVALID_ID" | "UNKNOWN_ENVELOPE_TYPE"
        );
        // That a key is of small order is beyond a pattern.
        let beyond = vector.name == "signer_small_order";
        assert_eq!(
            schema_of(&document).is_valid(&document),
            !about_shape || beyond,
            "{}",
            vector.name
        );
    }
}

#[test]
fn conformance_bundle_and_the_receipt_in_it_verify() {
    let Some(bytes) = clawsig_vector("proof_bundle_pass.json") else {
        return;
    };
    let bundle = verify(&bytes).unwrap();
    assert_eq!(
        (bundle.envelope_type(), bundle.rule()),
        ("proof_bundle", EnvelopeRule::ClawsigJs)
    );
    let receipts = bundle.payload().get("receipts").unwrap().as_array().unwrap();
    assert!(!receipts.is_empty());
    for receipt in receipts {
        assert_eq!(
            envelope::verify(receipt).unwrap().envelope_type(),
            "gateway_receipt"
        );
    }
}

#[test]
fn conformance_tool_receipt_with_co_signature_verifies() {
    let Some(bytes) = clawsig_vector("proof_bundle_r48_tool_receipt_v2_cosig_valid.json") else {
        return;
    };
    let bundle = verify(&bytes).unwrap();
    let receipts = bundle.payload().get("tool_receipts").unwrap().as_array().unwrap();
    let envelopes: Vec<_> = receipts
        .iter()
        .filter(|receipt| receipt.as_object().unwrap().get("envelope_type").is_some())
        .collect();
    assert!(!envelopes.is_empty());
    for receipt in envelopes {
        assert_eq!(envelope::verify(receipt).unwrap().envelope_type(), "tool_receipt");
    }
}

#[test]
fn conformance_aggregate_and_export_bundles_verify() {
    if let Some(bytes) = clawsig_vector("aggregate_bundle_pass_golden.json") {
        assert_eq!(verify(&bytes).unwrap().envelope_type(), "aggregate_bundle");
    }
    if let Some(bytes) = clawsig_vector("export_bundle_golden.json") {
        let vector = json::parse(&bytes).unwrap();
        let bundle = vector.as_object().unwrap().get("bundle").unwrap();
        assert_eq!(
            envelope::verify(bundle).unwrap().rule(),
            EnvelopeRule::ExportBundle
        );
    }
}

#[test]
fn conformance_failures_of_the_envelope_fail_with_their_code() {
    for (file, code) in [
        ("proof_bundle_fail_invalid_signature.json", "SIGNATURE_INVALID"),
        // Its hashes are placeholders, no base64url of 32 bytes; clawsig reads on and says HASH_MISMATCH.
        ("proof_bundle_pass_mixed_receipts.json", "INVALID_BASE64URL"),
        (
            "proof_bundle_fail_unknown_envelope_version.json",
            "SCHEMA_INVALID",
        ),
        ("proof_bundle_fail_missing_envelope_field.json", "SCHEMA_INVALID"),
    ] {
        if let Some(bytes) = clawsig_vector(file) {
            assert_eq!(verify(&bytes).unwrap_err().code.as_str(), code, "{file}");
        }
    }
}

proptest! {
    #[test]
    fn a_changed_character_never_panics_nor_makes_another_statement_hold(
        at in any::<prop::sample::Index>(),
        byte in 0x20_u8..0x7F,
    ) {
        let good = vector_document("job_event");
        let mut bytes = good.clone();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        // Everything of ours is signed, so a change that verifies is a change of spelling only.
        if let Ok(envelope) = verify(&bytes) {
            prop_assert_eq!(envelope.statement(), verify(&good).unwrap().statement());
        }
    }
}
