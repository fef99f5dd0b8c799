//! Reviewers' sign-offs in a bundle's metadata (`schemas/clawsig.md` §5.5 step 18, §6.2): each fault has its code.

use serde_json::json;
use verifier::check::Status;

use crate::clawsig_bundle::{agent, attester};
use crate::clawsig_metadata::{assert_changed_fails, code_of, metadata, metadata_under, signed};

const SIGNOFF: &str = "/reviewer_signoff_receipts/0";

#[test]
fn each_fault_of_a_sign_off_has_its_code() {
    assert_changed_fails(
        r#"
        /reviewer_signoff_receipts {} SCHEMA_VALIDATION_FAILED
        /reviewer_signoff_receipts [1] SCHEMA_VALIDATION_FAILED
        /reviewer_signoff_receipts/0/envelope_type "x" SCHEMA_VALIDATION_FAILED
        /reviewer_signoff_receipts/0/own 1 SCHEMA_VALIDATION_FAILED
        /reviewer_signoff_receipts/0/signer_did "AGENT" RECEIPT_BINDING_MISMATCH
        /reviewer_signoff_receipts/0/payload/decision "reject" HASH_MISMATCH
        /reviewer_signoff_receipts/0/signature_b64u "abcdefgh" SIGNATURE_INVALID
        "#,
        None,
    );
    assert_changed_fails(
        r#"
        /own 1 SCHEMA_VALIDATION_FAILED
        /decision "maybe" SCHEMA_VALIDATION_FAILED
        /reviewer_did "AGENT" RECEIPT_BINDING_MISMATCH
        /binding {} SCHEMA_VALIDATION_FAILED
        /binding/run_id "other" RECEIPT_BINDING_MISMATCH
        /binding/bundle_id "other" RECEIPT_BINDING_MISMATCH
        /binding/event_hash_b64u "abcdefgh" EVIDENCE_MISMATCH
        /binding/target_kind "export_pack" SCHEMA_VALIDATION_FAILED
        /binding/export_pack_root_hash_b64u "abcdefgh" SCHEMA_VALIDATION_FAILED
        /dispute/status "none" SCHEMA_VALIDATION_FAILED
        /dispute/notes [] SCHEMA_VALIDATION_FAILED
        /dispute/notes/0/evidence_refs/0 {} SCHEMA_VALIDATION_FAILED
        /revoked_reviewer_keys [{}] SCHEMA_VALIDATION_FAILED
        "#,
        Some((SIGNOFF, &attester())),
    );
}

#[test]
fn each_fault_of_a_sign_offs_log_proof_has_its_code() {
    assert_changed_fails(
        r#"
        /transparency {} MALFORMED_ENVELOPE
        /transparency/anchor_uri "not-a-uri" MALFORMED_ENVELOPE
        /transparency/inclusion_proof/leaf_hash_b64u "abcdefgh" EVIDENCE_MISMATCH
        /transparency/inclusion_proof/audit_path [] INCLUSION_PROOF_INVALID
        /transparency/inclusion_proof/root_signature/sig_b64u "abcdefgh" SIGNATURE_INVALID
        /transparency/consistency_proof/log_id "other" EVIDENCE_MISMATCH
        /transparency/consistency_proof/to_tree_size 3 EVIDENCE_MISMATCH
        /transparency/consistency_proof/from_tree_size 3 EVIDENCE_MISMATCH
        /transparency/consistency_proof/to_root_hash_b64u "abcdefgh" EVIDENCE_MISMATCH
        /transparency/consistency_proof/from_root_hash_b64u "abcdefgh" EVIDENCE_MISMATCH
        /receipt_id "other" EVIDENCE_MISMATCH
        "#,
        Some((SIGNOFF, &attester())),
    );
}

#[test]
fn runners_and_egress_receipts_are_logged_as_sign_offs_are() {
    for (receipt, signer) in [
        ("/runner_attestation_receipt", agent()),
        ("/sentinels/egress_policy_receipt", attester()),
    ] {
        assert_changed_fails(
            r#"
            /receipt_id "other" EVIDENCE_MISMATCH
            /transparency/inclusion_proof/audit_path [] INCLUSION_PROOF_INVALID
            /transparency/consistency_proof/from_root_hash_b64u "abcdefgh" EVIDENCE_MISMATCH
            /transparency/anchor_uri "not-a-uri" MALFORMED_ENVELOPE
            "#,
            Some((receipt, &signer)),
        );
    }
}

#[test]
fn a_key_that_its_own_statement_revokes_is_looked_for_after_the_signature() {
    for (envelope, name, signer) in [
        (
            "/reviewer_signoff_receipts/0",
            "revoked_reviewer_keys",
            attester(),
        ),
        ("/runner_attestation_receipt", "revoked_runner_keys", agent()),
    ] {
        let revoking = |did: String| {
            let mut metadata = metadata();
            let place = metadata.pointer_mut(envelope).unwrap();
            let mut payload = place["payload"].clone();
            payload[name] = json!([{
                "revocation_version": "1", "revoked_signer_did": did, "effective_at": "2026-02-01T00:00:00Z",
            }]);
            let envelope_type = place["envelope_type"].as_str().unwrap().to_owned();
            *place = signed(&signer, &envelope_type, &payload);
            metadata
        };
        let mut revoked = revoking(signer.did());
        assert_eq!(code_of(revoked.clone()), (Status::Fail, "REVOKED"), "{name}");
        revoked.pointer_mut(envelope).unwrap()["signature_b64u"] = json!("a".repeat(86));
        assert_eq!(code_of(revoked), (Status::Fail, "SIGNATURE_INVALID"), "{name}");
        let another = revoking("did:key:zAnother".to_owned());
        assert_eq!(code_of(another).0, Status::Incomplete, "{name}");
    }
}

#[test]
fn a_policy_bundle_that_revokes_its_issuer_is_refused() {
    let revocation = |did: String| {
        json!([{
            "revocation_version": "1", "revoked_signer_did": did, "effective_at": "2026-02-01T00:00:00Z",
        }])
    };
    let code = |revoked| {
        code_of(metadata_under(Some(
            json!({ "revoked_policy_issuer_keys": revoked }),
        )))
    };
    assert_eq!(code(revocation(attester().did())), (Status::Fail, "REVOKED"));
    assert_eq!(code(revocation(agent().did())).0, Status::Incomplete);
    assert_eq!(code(json!([1])), (Status::Fail, "SCHEMA_VALIDATION_FAILED"));
}
