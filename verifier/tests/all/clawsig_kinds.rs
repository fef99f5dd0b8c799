//! Documents of every kind, sound and with one fault each, made by `schemas/vectors/generate/clawsig.mjs`
//! without any code of ours; and clawsig's own fixtures where they are there.

use serde_json::{Value, json};
use verifier::check::Status;
use verifier::clawsig::{ClawsigOptions, Verification, verify};
use verifier::rfc3339;

use crate::vectors::{Vector, clawsig_vector, vectors};
use kit::key::{Key, TIME};

fn dids(value: &Value) -> Vec<String> {
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    items.iter().map(|did| did.as_str().unwrap().to_owned()).collect()
}

fn verification(vector: &Vector) -> Verification {
    let allow = &vector.members["allow"];
    let (gateways, attesters, witnesses) = (
        dids(&allow["gateways"]),
        dids(&allow["attesters"]),
        dids(&allow["witnesses"]),
    );
    let options = ClawsigOptions {
        at: rfc3339::parse(vector.text("at")),
        gateways: &gateways,
        attesters: &attesters,
        witnesses: &witnesses,
        urm: None,
    };
    verify(&vector.document(), &options)
}

fn agree(folder: &str) {
    let mut differences = Vec::new();
    for vector in vectors(folder) {
        let Verification { kind, report } = verification(&vector);
        let found = [kind.as_str(), report.status.as_str(), report.reason_code];
        let expected = [
            vector.text("kind"),
            vector.text("status"),
            vector.text("reason_code"),
        ];
        if found != expected {
            differences.push(format!(
                "{}: {found:?}, not {expected:?}: {}",
                vector.name, report.message
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn a_sound_document_of_each_kind_passes() {
    agree("clawsig-own/valid");
}

#[test]
fn the_first_fault_of_a_document_gives_its_code() {
    agree("clawsig-own/invalid");
}

#[test]
fn what_nobody_signed_is_named_and_what_was_not_looked_at_too() {
    for vector in vectors("clawsig-own/valid") {
        let Verification { kind, report } = verification(&vector);
        let checked = report.details.get("checked").and_then(Value::as_array);
        assert!(
            checked.is_some_and(|checked| !checked.is_empty()),
            "{}",
            vector.name
        );
        let signs_its_header = ["export_bundle", "commit_sig", "artifact_sig", "job_event"];
        let unauthenticated = report.details.get("unauthenticated").is_some();
        assert_eq!(
            unauthenticated,
            !signs_its_header.contains(&kind.as_str()),
            "{}",
            vector.name
        );
    }
}

#[test]
fn an_observer_may_leave_out_hashes_and_the_agent_may_not() {
    let (agent, host) = (Key::new(1), Key::new(2));
    let common = json!({
        "receipt_version": "1", "receipt_id": "r-1", "hash_algorithm": "SHA-256", "agent_did": agent.did(),
        "timestamp": TIME, "latency_ms": 1,
    });
    for (envelope_type, name, value) in [
        ("tool_receipt", "tool_name", "exec"),
        ("side_effect_receipt", "effect_class", "network_egress"),
    ] {
        let mut payload = common.clone();
        payload[name] = json!(value);
        let judged = |key: &Key| {
            let document = key.clawsig(envelope_type, &payload).to_string();
            verify(document.as_bytes(), &ClawsigOptions::default())
                .report
                .status
        };
        assert_eq!(judged(&host), Status::Pass, "{envelope_type}");
        assert_eq!(judged(&agent), Status::Fail, "{envelope_type}");
    }
}

#[test]
fn without_a_list_of_signers_nobody_counts() {
    let needs = [
        "web_receipt",
        "execution_attestation",
        "derivation_attestation",
        "audit_result_attestation",
    ];
    let mut seen = 0;
    for vector in vectors("clawsig-own/valid") {
        if needs.contains(&vector.text("kind")) {
            let report = verify(&vector.document(), &ClawsigOptions::default()).report;
            assert_eq!(
                (report.status, report.reason_code),
                (Status::Fail, "DEPENDENCY_NOT_CONFIGURED"),
                "{}",
                vector.name
            );
            seen += 1;
        }
    }
    assert!(seen >= needs.len());
}

#[test]
fn without_a_time_nothing_expires_and_the_report_says_so() {
    for vector in vectors("clawsig-own/invalid") {
        if vector.name == "aggregate-bundle-expired" {
            let report = verify(&vector.document(), &ClawsigOptions::default()).report;
            assert_eq!(report.status, Status::Pass, "{}", report.message);
            let not_checked = report.details.get("not_checked").unwrap().to_string();
            assert!(not_checked.contains("expiry"), "{not_checked}");
            return;
        }
    }
    panic!("no such vector");
}

/// Every bit of a signed document that is turned makes it fail; none makes another document pass.
#[test]
fn no_flipped_bit_of_a_signed_payload_passes() {
    for vector in vectors("clawsig-own/valid") {
        if !["export-bundle", "commit-signature", "web_receipt"].contains(&vector.name.as_str()) {
            continue;
        }
        let document = vector.document();
        for position in (0..document.len()).step_by(7) {
            let mut flipped = vector.members.clone();
            let mut bytes = document.clone();
            bytes[position] ^= 1;
            let Ok(text) = String::from_utf8(bytes) else {
                continue;
            };
            flipped["document"] = Value::String(text);
            let flipped = Vector {
                name: vector.name.clone(),
                members: flipped,
            };
            let report = verification(&flipped).report;
            assert_ne!(report.status, Status::Pass, "{} at {position}", vector.name);
        }
    }
}

fn fixture(file: &str, attester: &str, witness: &str) -> Option<Verification> {
    let bytes = clawsig_vector(file)?;
    let (attesters, witnesses) = ([attester.to_owned()], [witness.to_owned()]);
    let options = ClawsigOptions {
        at: rfc3339::parse("2026-02-18T00:00:00Z"),
        attesters: &attesters,
        witnesses: &witnesses,
        ..ClawsigOptions::default()
    };
    Some(verify(&bytes, &options))
}

const WITNESS: &str = "did:key:z6Mkjxmoj3xapmSnsMM9SuAbnT8dxqRurBubCm89RPaWSzFW";
const LOG: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";

#[test]
fn the_reference_fixtures_of_a_web_receipt_and_a_log_proof_pass_by_their_own_signers_alone() {
    let files = [
        ("web_receipt_golden.v1.json", LOG, WITNESS, "OK"),
        ("web_receipt_golden.v1.json", WITNESS, LOG, "CLAIM_NOT_FOUND"),
        ("log_inclusion_proof_golden.v1.json", LOG, WITNESS, "OK"),
        (
            "log_inclusion_proof_golden.v1.json",
            WITNESS,
            LOG,
            "LOG_KEY_NOT_TRUSTED",
        ),
    ];
    for (file, attester, witness, code) in files {
        if let Some(verification) = fixture(file, attester, witness) {
            assert_eq!(verification.report.reason_code, code, "{file}");
        }
    }
}

#[test]
fn the_reference_fixture_of_protocol_m_verifies_once_its_signature_is_in_its_place() {
    let Some(bytes) = clawsig_vector("protocol-m-golden-vector.v1.json") else {
        return;
    };
    let golden: Value = serde_json::from_slice(&bytes).unwrap();
    let mut envelope = golden["signature_envelope"].clone();
    envelope["signature"] = golden["signature_base64"].clone();
    let verification = verify(envelope.to_string().as_bytes(), &ClawsigOptions::default());
    assert_eq!(verification.kind, "artifact_sig");
    assert_eq!(
        verification.report.status,
        Status::Pass,
        "{}",
        verification.report.message
    );
}

/// The members of every envelope.
const ENVELOPE: [&str; 9] = [
    "envelope_version",
    "envelope_type",
    "payload",
    "payload_hash_b64u",
    "hash_algorithm",
    "signature_b64u",
    "algorithm",
    "signer_did",
    "issued_at",
];

/// Members without which the reference takes a bundle for a bare payload.
const BUNDLE_DETECTED_BY: [&str; 3] = ["envelope_version", "payload", "signature_b64u"];

#[test]
fn a_document_keeps_its_kind_whatever_its_header_says_or_leaves_out() {
    let mut seen = 0;
    for mut vector in vectors("clawsig-own/valid") {
        let kind = vector.text("kind").to_owned();
        let whole: Value = serde_json::from_slice(&vector.document()).unwrap();
        if kind == "job_event" || whole.get("envelope_type").is_none() {
            continue;
        }
        seen += 1;
        let mut changed = |change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
            let mut document = whole.clone();
            change(document.as_object_mut().unwrap());
            vector.members["document"] = Value::String(document.to_string());
            let Verification { kind, report } = verification(&vector);
            (kind, report.reason_code)
        };
        let schema_first = kind == "aggregate_bundle";
        for other in ["proof_bundle", "gateway_receipt", "event_chain", "job_event", ""] {
            if other == kind {
                continue;
            }
            let code = if schema_first {
                "SCHEMA_VALIDATION_FAILED"
            } else {
                "UNKNOWN_ENVELOPE_TYPE"
            };
            let found = changed(&|members| drop(members.insert("envelope_type".to_owned(), other.into())));
            assert_eq!(found, (kind.clone(), code), "{other:?}");
        }
        for name in ENVELOPE {
            let looks_bare = kind == "proof_bundle" && BUNDLE_DETECTED_BY.contains(&name);
            let code = if schema_first || looks_bare {
                "SCHEMA_VALIDATION_FAILED"
            } else {
                "MALFORMED_ENVELOPE"
            };
            let found = changed(&|members| drop(members.remove(name)));
            assert_eq!(found, (kind.clone(), code), "without {name}");
        }
    }
    assert!(seen > 12, "{seen}");
}

#[test]
fn an_export_and_a_log_proof_are_known_by_more_than_one_member() {
    for (name, members, code) in [
        (
            "export-bundle",
            ["export_version", "bundle_hash_b64u"],
            "SCHEMA_VALIDATION_FAILED",
        ),
        (
            "log-proof-of-an-expected-leaf",
            ["proof_version", "audit_path"],
            "SCHEMA_VALIDATION_FAILED",
        ),
    ] {
        for member in members {
            let mut vector = vectors("clawsig-own/valid")
                .into_iter()
                .find(|vector| vector.name == name)
                .unwrap();
            let text = vector
                .text("document")
                .replace(&format!("\"{member}\":"), "\"other\":");
            vector.members["document"] = Value::String(text);
            let found = verification(&vector);
            assert_eq!(found.report.reason_code, code, "{name} without {member}");
            assert_eq!(found.kind, vector.text("kind"), "{name} without {member}");
        }
    }
}
