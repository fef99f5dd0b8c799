//! Receipts of data handling (`schemas/clawsig.md` §5.5 step 18): each fault has its code.

use serde_json::{Value, json};
use verifier::check::Status;

use crate::clawsig_bundle::agent;
use crate::clawsig_metadata::{assert_changed_fails, code_of, metadata, signed};

#[test]
fn each_fault_of_data_handling_has_its_code() {
    let receipt = "/data_handling/receipts/0";
    assert_changed_fails(
        r#"
        /data_handling [] MALFORMED_ENVELOPE
        /data_handling {} MALFORMED_ENVELOPE
        /data_handling/policy_version "x" MALFORMED_ENVELOPE
        /data_handling/effective_policy_hash_b64u "abcdefgh" EVIDENCE_MISMATCH
        /data_handling/receipts [] MISSING_REQUIRED_FIELD
        /data_handling/receipts/0 1 MALFORMED_ENVELOPE
        /data_handling/receipts/0/envelope_type "x" MALFORMED_ENVELOPE
        /data_handling/receipts/0/hash_algorithm "x" UNKNOWN_HASH_ALGORITHM
        /data_handling/receipts/0/algorithm "x" UNKNOWN_ALGORITHM
        /data_handling/receipts/0/signer_did "x" INVALID_DID_FORMAT
        /data_handling/receipts/0/signer_did "ATTESTER" EVIDENCE_MISMATCH
        /data_handling/receipts/0/payload/own 1 HASH_MISMATCH
        /data_handling/receipts/0/signature_b64u "abcdefgh" SIGNATURE_INVALID
        "#,
        None,
    );
    let mut metadata = metadata();
    metadata["policy_binding"]["effective_policy_hash_b64u"].take();
    let only = json!({ "data_handling": metadata["data_handling"] });
    assert_eq!(code_of(only), (Status::Fail, "EVIDENCE_MISMATCH"));
    assert_changed_fails(
        r#"
        /receipt_version "2" MALFORMED_ENVELOPE
        /effective_policy_hash_b64u "abcdefgh" EVIDENCE_MISMATCH
        /receipt_id " " MISSING_REQUIRED_FIELD
        /provider 1 MISSING_REQUIRED_FIELD
        /run_id "other" EVIDENCE_MISMATCH
        /action "x" MALFORMED_ENVELOPE
        /reason_code "PRV_DLP_ALLOW" MALFORMED_ENVELOPE
        /timestamp "x" MALFORMED_ENVELOPE
        /timestamp "2026-02-13T00:00:00Z" EVIDENCE_MISMATCH
        /timestamp "2026-02-11T00:00:00Z" EVIDENCE_MISMATCH
        /classes/0/match_count -1 MALFORMED_ENVELOPE
        /classes/3/action "require_approval" EVIDENCE_MISMATCH
        /approval/mechanism "word" MALFORMED_ENVELOPE
        /approval/scope_hash_b64u "abcdefgh" EVIDENCE_MISMATCH
        /approval/receipt_hash_b64u "abcdefgh" EVIDENCE_MISMATCH
        /approval/receipt_signer_did "AGENT" EVIDENCE_MISMATCH
        /approval/receipt_signer_did "x" INVALID_DID_FORMAT
        /approval/receipt_envelope null EVIDENCE_MISMATCH
        /approval/receipt_envelope/signature_b64u "abcdefgh" SIGNATURE_INVALID
        /approval/receipt_envelope/payload/own 1 HASH_MISMATCH
        /approval/receipt_envelope/payload/approval_type "explicit_deny" EVIDENCE_MISMATCH
        /approval/receipt_envelope/payload/binding/run_id "other" EVIDENCE_MISMATCH
        /approval/receipt_envelope/payload/minted_capability_ttl_seconds 0 MALFORMED_ENVELOPE
        /redaction/applied true EVIDENCE_MISMATCH
        /redaction/outbound_payload_hash_b64u "ijklmnop" EVIDENCE_MISMATCH
        /redaction/outbound_payload_hash_b64u null EVIDENCE_MISMATCH
        "#,
        Some((receipt, &agent())),
    );
}

#[test]
fn an_action_says_what_it_did_with_the_data() {
    let with = |action: &str, reason: &str, applied: bool, outbound: Value| {
        let mut metadata = metadata();
        let receipt = &mut metadata["data_handling"]["receipts"][0];
        let payload = &mut receipt["payload"];
        payload["action"] = json!(action);
        payload["reason_code"] = json!(reason);
        payload["classes"] = json!([]);
        payload["approval"] = json!({
            "required": false, "satisfied": false, "mechanism": "signed_receipt", "scope_hash_b64u": null,
            "receipt_hash_b64u": null, "receipt_signer_did": null, "receipt_envelope": null,
        });
        payload["redaction"]["applied"] = json!(applied);
        payload["redaction"]["outbound_payload_hash_b64u"] = outbound;
        *receipt = signed(&agent(), "data_handling_receipt", &payload.clone());
        code_of(metadata).1
    };
    let (same, other, none) = (json!("abcdefgh"), json!("ijklmnop"), json!(null));
    for (action, reason, applied, outbound) in [
        ("allow", "PRV_DLP_ALLOW", false, &same),
        ("redact", "PRV_DLP_REDACTED", true, &other),
        ("block", "PRV_DLP_BLOCKED", false, &none),
        ("require_approval", "PRV_DLP_CLASSIFIER_ERROR", false, &none),
    ] {
        assert_eq!(
            with(action, reason, applied, outbound.clone()),
            "EVIDENCE_NOT_VERIFIED",
            "{action}"
        );
        assert_eq!(
            with(action, reason, !applied, outbound.clone()),
            "EVIDENCE_MISMATCH",
            "{action}"
        );
        for wrong in [&same, &other, &none] {
            if wrong != outbound {
                assert_eq!(
                    with(action, reason, applied, wrong.clone()),
                    "EVIDENCE_MISMATCH",
                    "{action}"
                );
            }
        }
    }
}
