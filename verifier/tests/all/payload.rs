//! Payload vectors, and what only code can make: sizes at their limits, clawsig's own vectors.

use serde_json::{Value, json};
use verifier::base64::encode_standard;
use verifier::code::Code;
use verifier::digest::ArtifactHash;
use verifier::document::Document;
use verifier::evidence::{Evidence, RejectedDocument, SignerRule};
use verifier::hash::sha256;
use verifier::kind::{Kind, Role};
use verifier::payload::{BundleForm, CONTENT_BYTES_MAX, Payload, Settings, SettingsChange};

use crate::vectors::{Vector, clawsig_vector, vectors};
use kit::key::{Key, TIME, document};

const ORIGIN: &str = "example.com/log";

pub(crate) fn verify(vector: &Vector) -> Result<Evidence, Box<RejectedDocument>> {
    Evidence::verify(
        &Document::parse(&vector.document()).unwrap(),
        vector.text("origin"),
    )
}

fn hex(bytes: [u8; 32]) -> String {
    ArtifactHash::from_bytes(bytes).to_string()
}

#[test]
fn accepts_the_valid_vectors_as_their_kind_with_their_hashes() {
    for vector in &vectors("payload/valid") {
        let name = &vector.name;
        let evidence = verify(vector).unwrap_or_else(|rejected| panic!("{name}: {rejected}"));
        assert_eq!(evidence.kind().as_str(), vector.text("kind"), "{name}");
        let identities: Vec<Value> = evidence.identities().iter().map(|id| json!(hex(id.0))).collect();
        assert_eq!(json!(identities), vector.members["identities"], "{name}");
        match evidence.payload() {
            Payload::PolicyPublished(policy) => {
                assert_eq!(
                    policy.policy_hash.to_string(),
                    vector.text("policy_hash_b64u"),
                    "{name}"
                );
            }
            Payload::TokenIssued(token) => {
                assert_eq!(
                    token.scope_hash.to_string(),
                    vector.text("scope_hash_b64u"),
                    "{name}"
                );
            }
            _ => {}
        }
    }
}

#[test]
fn refuses_the_invalid_vectors_with_their_code_and_pointer() {
    for vector in &vectors("payload/invalid") {
        let name = &vector.name;
        let rejected = verify(vector).expect_err(name);
        assert_eq!(
            rejected.fault.code.as_str(),
            vector.text("code"),
            "{name}: {rejected}"
        );
        assert_eq!(
            rejected.fault.pointer,
            vector.text("pointer"),
            "{name}: {rejected}"
        );
        assert_eq!(
            json!(rejected.signed_by.is_some()),
            vector.members["signed"],
            "{name}"
        );
    }
}

#[test]
fn a_vector_stands_for_every_kind_that_can_be_submitted() {
    let vectors = vectors("payload/valid");
    let not_submitted = [Kind::Refused, Kind::IndexRoot];
    for kind in Kind::ALL {
        let found = vectors.iter().any(|vector| vector.text("kind") == kind.as_str());
        assert_eq!(found, !not_submitted.contains(kind), "{kind}");
    }
}

#[test]
fn names_the_job_of_a_signed_document_that_is_refused() {
    let payload = json!({
        "event_version": "1", "log_origin": "example.com/other", "job_id": "job-9", "action": "opened", "at": TIME,
    });
    let key = Key::new(1);
    let rejected = Evidence::verify(&document(&key.own("job_event", &payload)), ORIGIN).unwrap_err();
    assert_eq!(rejected.fault.code, Code::WrongLog);
    assert_eq!(rejected.signed_by.unwrap().as_str(), key.did());
    assert_eq!(rejected.job_ids, ["job-9"]);
}

#[test]
fn says_nothing_about_the_signer_of_a_forged_document() {
    let payload = json!({ "event_version": "1", "log_origin": ORIGIN, "job_id": "job-9", "action": "opened", "at": TIME });
    let mut forged = Key::new(1).own("job_event", &payload);
    forged["signer_did"] = json!(Key::new(2).did());
    let rejected = Evidence::verify(&document(&forged), ORIGIN).unwrap_err();
    assert_eq!(rejected.fault.code, Code::SignatureInvalid);
    assert_eq!((rejected.signed_by, rejected.job_ids), (None, Vec::new()));
}

fn artifact(content: &[u8]) -> Value {
    json!({
        "event_version": "1", "log_origin": ORIGIN, "label": "other", "sha256": hex(sha256(content)),
        "size": content.len(), "media_type": "application/octet-stream", "name": "a",
        "content_b64": encode_standard(content),
    })
}

#[test]
fn takes_an_artifact_of_exactly_the_largest_content() {
    let key = Key::new(1);
    let largest = document(&key.own("evidence_artifact", &artifact(&vec![7; CONTENT_BYTES_MAX])));
    let evidence = Evidence::verify(&largest, ORIGIN).unwrap();
    let Payload::Artifact(read) = evidence.payload() else {
        panic!("an artifact")
    };
    assert_eq!(read.content.as_ref().unwrap().len(), CONTENT_BYTES_MAX);
    for surplus in 1..=3 {
        let larger = document(&key.own(
            "evidence_artifact",
            &artifact(&vec![7; CONTENT_BYTES_MAX + surplus]),
        ));
        let rejected = Evidence::verify(&larger, ORIGIN).unwrap_err();
        assert_eq!(rejected.fault.code, Code::SchemaInvalid);
        assert_eq!(rejected.fault.pointer, "/payload/content_b64");
    }
}

#[test]
fn a_tool_receipt_about_another_agent_needs_a_gateway_or_an_enforcement_point() {
    let agent = Key::new(1);
    let receipt = json!({
        "receipt_version": "1", "receipt_id": "t", "tool_name": "read", "args_hash_b64u": "AAAAAAAA",
        "result_hash_b64u": "AAAAAAAA", "hash_algorithm": "SHA-256", "agent_did": agent.did(),
        "timestamp": TIME, "latency_ms": 0,
    });
    let rule = |key: &Key| {
        Evidence::verify(&document(&key.clawsig("tool_receipt", &receipt)), ORIGIN)
            .unwrap()
            .signer_rule()
    };
    assert_eq!(rule(&agent), SignerRule::AnyOf(&[Role::Agent, Role::Gateway]));
    let observers = SignerRule::AnyOf(&[Role::Gateway, Role::EnforcementPoint]);
    assert_eq!(rule(&Key::new(2)), observers);
}

#[test]
fn genesis_reads_back_from_its_own_payload() {
    let vectors = vectors("payload/valid");
    let vector = vectors
        .iter()
        .find(|vector| vector.name == "log_genesis_approval_lifetime")
        .unwrap();
    let evidence = verify(vector).unwrap();
    let Payload::LogGenesis(genesis) = evidence.payload() else {
        panic!("a genesis")
    };
    let written: Value = serde_json::from_str(vector.text("document")).unwrap();
    assert_eq!(genesis.to_payload(), written["payload"]);
}

#[test]
fn a_genesis_that_does_not_state_how_long_approvals_hold_means_one_day() {
    let vectors = vectors("payload/valid");
    let vector = vectors
        .iter()
        .find(|vector| vector.name == "log_genesis")
        .unwrap();
    let evidence = verify(vector).unwrap();
    let Payload::LogGenesis(genesis) = evidence.payload() else {
        panic!("a genesis")
    };
    assert_eq!(genesis.settings.approval_lifetime_s, 86_400);
}

#[test]
fn a_settings_change_leaves_the_other_settings() {
    let change = SettingsChange {
        clock_skew_s: Some(1),
        ..SettingsChange::default()
    };
    let changed = change.apply(Settings::default());
    assert_eq!(
        changed,
        Settings {
            clock_skew_s: 1,
            ..Settings::default()
        }
    );
}

#[test]
fn takes_the_clawsig_bundles_whose_own_signature_holds() {
    // What they embed is not verified at intake: a bundle with a bad receipt is evidence too.
    for (file, form, runs) in [
        ("proof_bundle_pass.json", BundleForm::Proof, 1),
        (
            "proof_bundle_cpl_v2_rate_limit_fail_exceeded.json",
            BundleForm::Proof,
            1,
        ),
        (
            "proof_bundle_r48_tool_receipt_v2_cosig_valid.json",
            BundleForm::Proof,
            1,
        ),
        (
            "proof_bundle_r48_tool_receipt_v2_sd_merkle_mismatch.json",
            BundleForm::Proof,
            1,
        ),
        ("aggregate_bundle_pass_golden.json", BundleForm::Aggregate, 0),
        (
            "aggregate_bundle_fail_unsorted_array.json",
            BundleForm::Aggregate,
            0,
        ),
    ] {
        let Some(bytes) = clawsig_vector(file) else { return };
        let evidence = Evidence::verify(&Document::parse(&bytes).unwrap(), ORIGIN)
            .unwrap_or_else(|rejected| panic!("{file}: {rejected}"));
        let Payload::Bundle(bundle) = evidence.payload() else {
            panic!("{file}: a bundle")
        };
        assert_eq!((bundle.form, bundle.run_ids.len()), (form, runs), "{file}");
    }
}

#[test]
fn takes_the_golden_export_bundle_with_the_run_that_it_embeds() {
    let Some(bytes) = clawsig_vector("export_bundle_golden.json") else {
        return;
    };
    // The bundle stands inside a description; its own rule does not depend on member order.
    let wrapper: Value = serde_json::from_slice(&bytes).unwrap();
    let evidence = Evidence::verify(&document(&wrapper["bundle"]), ORIGIN).unwrap();
    let Payload::Bundle(bundle) = evidence.payload() else {
        panic!("a bundle")
    };
    assert_eq!(bundle.form, BundleForm::Export);
    assert_eq!(bundle.run_ids, ["run_export_fixture_001"]);
}
