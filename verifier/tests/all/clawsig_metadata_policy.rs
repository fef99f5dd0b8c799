//! Policy bindings, and the measurement of a runner under one (`schemas/clawsig.md` §2.3, §5.5 step 18): each fault has
//! its code.

use serde_json::{Value, json};
use verifier::check::Status;

use crate::clawsig_bundle::{agent, attester, set};
use crate::clawsig_metadata::{assert_changed_fails, code_of, hash, metadata, policy, snapshot};

#[test]
fn each_fault_of_a_policy_binding_has_its_code() {
    let changes = r#"
        /policy_binding/binding_version "2" SCHEMA_VALIDATION_FAILED
        /policy_binding/effective_policy_hash_b64u "a=b" SCHEMA_VALIDATION_FAILED
        /policy_binding/effective_policy_hash_b64u "abcdefgh" HASH_MISMATCH
        /policy_binding/effective_policy_snapshot/resolver_version "x" SCHEMA_VALIDATION_FAILED
        /policy_binding/effective_policy_snapshot/context { "org_id": " " } SCHEMA_VALIDATION_FAILED
        /policy_binding/effective_policy_snapshot/applied_layers [] SCHEMA_VALIDATION_FAILED
        /policy_binding/effective_policy_snapshot/own 1 HASH_MISMATCH
        /policy_binding/effective_policy_snapshot/effective_policy/statements/2/effect "Deny" HASH_MISMATCH
        /policy_binding/effective_policy_snapshot/effective_policy/statements/2/effect "Maybe" SCHEMA_VALIDATION_FAILED
        /policy_binding/effective_policy_snapshot/effective_policy/statements/2/actions [" "] SCHEMA_VALIDATION_FAILED
        /policy_binding/effective_policy_snapshot/effective_policy/statements [] SCHEMA_VALIDATION_FAILED
        /policy_binding/signed_policy_bundle_envelope/envelope_type "x" SCHEMA_VALIDATION_FAILED
        /policy_binding/signed_policy_bundle_envelope/signer_did "did:web:x" SCHEMA_VALIDATION_FAILED
        /policy_binding/signed_policy_bundle_envelope/signer_did "AGENT" SIGNATURE_INVALID
        /policy_binding/signed_policy_bundle_envelope/payload/layers [] SCHEMA_VALIDATION_FAILED
        /policy_binding/signed_policy_bundle_envelope/payload/layers/0/policy_hash_b64u "abcdefgh" HASH_MISMATCH
        /policy_binding/signed_policy_bundle_envelope/payload/layers/0/scope/scope_type "x" SCHEMA_VALIDATION_FAILED
        /policy_binding/signed_policy_bundle_envelope/payload/layers/0/apply_mode "replace" HASH_MISMATCH
        /policy_binding/signed_policy_bundle_envelope/payload/layers/0/scope/task_id "t" HASH_MISMATCH
        /policy_binding/signed_policy_bundle_envelope/payload/bundle_id "other" HASH_MISMATCH
        /sentinels { "interpose_active": true } RECEIPT_BINDING_MISMATCH
        /sentinels/egress_policy_receipt/signature_b64u "abcdefgh" SIGNATURE_INVALID
        /sentinels/egress_policy_receipt/signer_did "AGENT" SIGNATURE_INVALID
        /sentinels/egress_policy_receipt/payload/own 1 HASH_MISMATCH
        "#;
    assert_changed_fails(changes, None);
    // An order that is a table of ICU's decides nothing here, and hides no fault that comes after it.
    let mut unordered = metadata();
    let sid = "/policy_binding/effective_policy_snapshot/effective_policy/statements/2/sid";
    set(&mut unordered, sid, json!("é"));
    assert_eq!(
        code_of(unordered.clone()),
        (Status::Incomplete, "COLLATION_UNSUPPORTED")
    );
    set(
        &mut unordered,
        "/sentinels/egress_policy_receipt/signature_b64u",
        json!("abcdefgh"),
    );
    assert_eq!(code_of(unordered), (Status::Fail, "SIGNATURE_INVALID"));
    // What the normal form leaves out changes nothing.
    let mut metadata = metadata();
    let layer = "/policy_binding/signed_policy_bundle_envelope/payload/layers/0";
    set(&mut metadata, &format!("{layer}/own"), json!(1));
    set(&mut metadata, &format!("{layer}/apply_mode"), json!("other"));
    assert_eq!(code_of(metadata).0, Status::Incomplete);
    assert_changed_fails(
        r#"
        /effective_policy_hash_b64u "abcdefgh" RECEIPT_BINDING_MISMATCH
        /effective_policy_hash_b64u 1 SCHEMA_VALIDATION_FAILED
        /binding {} RECEIPT_BINDING_MISMATCH
        /binding/run_id "other" RECEIPT_BINDING_MISMATCH
        /binding/event_hash_b64u "abcdefgh" RECEIPT_BINDING_MISMATCH
        "#,
        Some(("/sentinels/egress_policy_receipt", &attester())),
    );
}

#[test]
fn layers_that_nobody_signed_are_not_applied() {
    let with_layers = |layers: Value| {
        let mut metadata = metadata();
        let mut snapshot = snapshot();
        snapshot["applied_layers"] = layers;
        let binding = &mut metadata["policy_binding"];
        binding["effective_policy_hash_b64u"] = json!(hash(&snapshot));
        binding["effective_policy_snapshot"] = snapshot;
        code_of(metadata).1
    };
    let stranger = json!([{ "layer_id": "other", "policy_hash_b64u": hash(&policy()) }]);
    assert_eq!(with_layers(stranger), "SCHEMA_VALIDATION_FAILED");
    let changed = json!([{ "layer_id": "org", "policy_hash_b64u": "abcdefgh" }]);
    assert_eq!(with_layers(changed), "HASH_MISMATCH");
}

#[test]
fn each_fault_of_a_runners_measurement_has_its_code() {
    let changes = r#"
        /runner_measurement/hash_algorithm "MD5" SCHEMA_VALIDATION_FAILED
        /runner_measurement/manifest [] SCHEMA_VALIDATION_FAILED
        /runner_measurement/manifest_hash_b64u "abcdefgh" HASH_MISMATCH
        /runner_measurement/manifest/manifest_version "2" SCHEMA_VALIDATION_FAILED
        /runner_measurement/manifest/runtime/arch " " SCHEMA_VALIDATION_FAILED
        /runner_measurement/manifest/proofed/proofed_mode false RECEIPT_BINDING_MISMATCH
        /runner_measurement/manifest/proofed/clawproxy_url "ftp://x" SCHEMA_VALIDATION_FAILED
        /runner_measurement/manifest/proofed/clawproxy_url "x" SCHEMA_VALIDATION_FAILED
        /runner_measurement/manifest/proofed/allowed_proxy_destinations ["b", "a"] SCHEMA_VALIDATION_FAILED
        /runner_measurement/manifest/proofed/allowed_proxy_destinations ["a", "a"] SCHEMA_VALIDATION_FAILED
        /runner_measurement/manifest/proofed/allowed_child_destinations ["A"] SCHEMA_VALIDATION_FAILED
        /runner_measurement/manifest/proofed/sentinels/fs_enabled 1 SCHEMA_VALIDATION_FAILED
        /runner_measurement/manifest/proofed/sentinels/preload_enabled true RECEIPT_BINDING_MISMATCH
        /runner_measurement/manifest/proofed/sentinels/interpose_enabled true RECEIPT_BINDING_MISMATCH
        /runner_measurement/manifest/artifacts/sentinel_shell_hash_b64u null RECEIPT_BINDING_MISMATCH
        /runner_measurement/manifest/artifacts/preload_hash_b64u "a=b" SCHEMA_VALIDATION_FAILED
        /runner_measurement/manifest/policy/effective_policy_hash_b64u "abcdefgh" RECEIPT_BINDING_MISMATCH
        /runner_measurement/manifest/own 1 HASH_MISMATCH
        "#;
    assert_changed_fails(changes, None);
    for name in ["runner_measurement", "runner_attestation_receipt"] {
        let mut metadata = metadata();
        metadata.as_object_mut().unwrap().remove(name);
        assert_eq!(
            code_of(metadata),
            (Status::Fail, "MISSING_REQUIRED_FIELD"),
            "{name}"
        );
    }
}

#[test]
fn each_fault_of_a_runners_attestation_has_its_code() {
    let envelope = "/runner_attestation_receipt";
    assert_changed_fails(
        r#"
        /runner_attestation_receipt/own 1 SCHEMA_VALIDATION_FAILED
        /runner_attestation_receipt/issued_at "x" SCHEMA_VALIDATION_FAILED
        /runner_attestation_receipt/signer_did "ATTESTER" RECEIPT_BINDING_MISMATCH
        /runner_attestation_receipt/payload/receipt_id "other" HASH_MISMATCH
        /runner_attestation_receipt/signature_b64u "abcdefgh" SIGNATURE_INVALID
        "#,
        None,
    );
    assert_changed_fails(
        r#"
        /own 1 SCHEMA_VALIDATION_FAILED
        /receipt_version "2" SCHEMA_VALIDATION_FAILED
        /agent_did "ATTESTER" RECEIPT_BINDING_MISMATCH
        /binding/own 1 SCHEMA_VALIDATION_FAILED
        /binding/run_id "other" RECEIPT_BINDING_MISMATCH
        /binding/event_hash_b64u "abcdefgh" RECEIPT_BINDING_MISMATCH
        /policy/effective_policy_hash_b64u "abcdefgh" RECEIPT_BINDING_MISMATCH
        /runner_measurement/manifest_hash_b64u "abcdefgh" RECEIPT_BINDING_MISMATCH
        /runner_measurement/runtime_hash_b64u "abcdefgh" HASH_MISMATCH
        /runner_measurement/artifacts/preload_hash_b64u "abcdefgh" RECEIPT_BINDING_MISMATCH
        /runner_measurement/artifacts/own null SCHEMA_VALIDATION_FAILED
        "#,
        Some((envelope, &agent())),
    );
}
