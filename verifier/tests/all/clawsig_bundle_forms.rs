//! The form of every part of a bundle (`schemas/clawsig.md` §5.1, §5.5 step 10): what the reference's schema refuses is
//! refused, what it lets pass is not.

use serde_json::{Map, Value, json};
use verifier::check::Status;

use crate::clawsig_bundle::{
    agent, assert_fails, bundle, gateway, payload, receipt, receipt_payload, set, tool_receipt, verify,
};
use kit::key::{Key, TIME};

fn with(name: &str, value: Value) -> Value {
    let mut payload = payload();
    payload[name] = value;
    bundle(&payload)
}

fn assert_passes(name: &str, document: &Value) {
    let (_, status, code) = verify(document);
    assert_eq!((status, code), (Status::Pass, "OK"), "{name}");
}

/// A list in which each member of its one entry is in turn taken away, and replaced by what nothing asks for.
fn assert_each_member_counts(list: &str, entry: &Value, required: &[&str]) {
    for name in required {
        let mut without = entry.clone();
        without.as_object_mut().unwrap().remove(*name).unwrap();
        assert_fails(
            &format!("{list} without {name}"),
            &with(list, json!([without])),
            "SCHEMA_VALIDATION_FAILED",
        );
        let mut other = entry.clone();
        other[*name] = json!([[]]);
        assert_fails(
            &format!("{list} with another {name}"),
            &with(list, json!([other])),
            "SCHEMA_VALIDATION_FAILED",
        );
    }
}

#[test]
fn a_bundle_has_to_have_evidence_of_some_kind() {
    let mut bare = json!({ "bundle_version": "1", "bundle_id": "b", "agent_did": agent().did() });
    assert_fails("nothing", &bundle(&bare), "SCHEMA_VALIDATION_FAILED");
    bare["rate_limit_claims"] = json!([]);
    bare["coverage_attestations"] = json!([]);
    assert_fails("no evidence", &bundle(&bare), "SCHEMA_VALIDATION_FAILED");
    for name in ["tool_receipts", "side_effect_receipts", "delegation_receipts"] {
        let mut payload = bare.clone();
        payload[name] = json!([]);
        // The schema is content, the next step is not.
        assert_fails(name, &bundle(&payload), "MALFORMED_ENVELOPE");
    }
}

#[test]
fn lists_are_as_long_as_their_schema_says() {
    for name in [
        "event_chain",
        "receipts",
        "attestations",
        "vir_receipts",
        "web_receipts",
    ] {
        assert_fails(name, &with(name, json!([])), "SCHEMA_VALIDATION_FAILED");
    }
    for name in [
        "tool_receipts",
        "side_effect_receipts",
        "rate_limit_claims",
        "coverage_attestations",
    ] {
        assert_passes(name, &with(name, json!([])));
    }
    let tools = json!(vec![tool_receipt(); 1001]);
    assert_fails("1,001", &with("tool_receipts", tools), "SCHEMA_VALIDATION_FAILED");
    let events = crate::clawsig_bundle::chain(1001);
    assert_fails(
        "events",
        &with("event_chain", json!(events)),
        "MALFORMED_ENVELOPE",
    );
    let attestation = json!({
        "attestation_id": "a", "attestation_type": "owner", "attester_did": agent().did(),
        "subject_did": agent().did(), "signature_b64u": "abcdefgh",
    });
    let many = |count: usize| with("attestations", json!(vec![attestation.clone(); count]));
    assert_passes("100 attestations", &many(100));
    assert_fails("101 attestations", &many(101), "MALFORMED_ENVELOPE");
}

#[test]
fn the_registry_of_an_agent_is_a_contract_on_an_ethereum_chain() {
    let address = format!("0x{}", "aB".repeat(20));
    assert_passes(
        "registry",
        &with("eip8004_registry", json!(format!("eip155:1:{address}"))),
    );
    assert_passes("agent", &with("eip8004_agent_id", json!("17")));
    for text in [
        format!("eip155::{address}"),
        format!("cosmos:1:{address}"),
        format!("eip155:1:{address}0"),
        "eip155:1:0xabcd".to_owned(),
    ] {
        assert_fails(
            &text,
            &with("eip8004_registry", json!(text)),
            "SCHEMA_VALIDATION_FAILED",
        );
    }
    assert_fails(
        "agent",
        &with("eip8004_agent_id", json!("0x1")),
        "SCHEMA_VALIDATION_FAILED",
    );
}

#[test]
fn what_a_harness_and_its_sentinels_say_has_a_form() {
    let metadata = |value: Value| with("metadata", value);
    assert_passes(
        "harness",
        &metadata(json!({ "harness": { "id": "h", "version": "1", "own": 1 } })),
    );
    assert_passes(
        "sentinels",
        &metadata(json!({ "sentinels": { "interpose_active": true, "fs_events": 2.5 }, "own": [] })),
    );
    for (name, value) in [
        ("harness", json!({ "id": "h" })),
        (
            "harness",
            json!({ "id": "h", "version": "1", "config_hash_b64u": "a=b" }),
        ),
        ("sentinels", json!({})),
        ("sentinels", json!({ "interpose_active": "yes" })),
        ("sentinels", json!({ "interpose_active": true, "fs_events": -1 })),
        ("sentinels", json!({ "interpose_active": true, "own": 1 })),
    ] {
        let mut members = Map::new();
        members.insert(name.to_owned(), value.clone());
        assert_fails(
            &value.to_string(),
            &metadata(Value::Object(members)),
            "SCHEMA_VALIDATION_FAILED",
        );
    }
}

#[test]
fn side_effects_approvals_and_delegations_have_their_members() {
    let side_effect = json!({
        "receipt_version": "1", "receipt_id": "se_1", "effect_class": "network_egress",
        "hash_algorithm": "SHA-256", "agent_did": agent().did(), "timestamp": TIME,
    });
    let approval = json!({
        "receipt_version": "1", "receipt_id": "ha_1", "approval_type": "explicit_approve",
        "agent_did": agent().did(), "timestamp": TIME,
    });
    let delegation = json!({
        "receipt_version": "1", "receipt_id": "de_1", "delegator_did": agent().did(),
        "delegate_did": gateway().did(), "task_description_hash_b64u": "abcdefgh",
        "delegate_bundle_hash_b64u": "abcdefgh", "hash_algorithm": "SHA-256", "delegated_at": TIME,
    });
    for (list, entry) in [
        ("side_effect_receipts", &side_effect),
        ("human_approval_receipts", &approval),
        ("delegation_receipts", &delegation),
    ] {
        let required: Vec<&str> = entry.as_object().unwrap().keys().map(String::as_str).collect();
        assert_each_member_counts(list, entry, &required);
    }
    assert_passes("delegation", &with("delegation_receipts", json!([delegation])));
    // Sound as they are, they hang on no span; that is a later step.
    for (list, entry, code) in [
        (
            "side_effect_receipts",
            &side_effect,
            "CAUSAL_SIDE_EFFECT_ORPHANED",
        ),
        (
            "human_approval_receipts",
            &approval,
            "CAUSAL_HUMAN_APPROVAL_ORPHANED",
        ),
    ] {
        assert_fails(list, &with(list, json!([entry])), code);
    }
    for (algorithm, code) in [
        ("MD5", "SCHEMA_VALIDATION_FAILED"),
        ("BLAKE3", "UNKNOWN_HASH_ALGORITHM"),
    ] {
        let mut entry = side_effect.clone();
        entry["hash_algorithm"] = json!(algorithm);
        assert_fails(algorithm, &with("side_effect_receipts", json!([entry])), code);
    }
    let mut entry = approval.clone();
    entry["agent_did"] = json!(gateway().did());
    assert_fails(
        "agent",
        &with("human_approval_receipts", json!([entry])),
        "PROOF_BUNDLE_AGENT_MISMATCH",
    );
    entry = approval;
    entry["hash_algorithm"] = json!("MD5");
    assert_fails(
        "the form of an approval is open, its algorithm is not",
        &with("human_approval_receipts", json!([entry])),
        "UNKNOWN_HASH_ALGORITHM",
    );
}

/// Sound entries of the lists whose evidence nothing here verifies.
fn unverified() -> Vec<(&'static str, Value)> {
    let signer = Key::new(7);
    let vir = json!({
        "receipt_version": "1", "receipt_id": "v", "source": "sni", "provider": "p", "model": "m",
        "request_hash_b64u": "", "response_hash_b64u": "", "tokens_input": 0, "tokens_output": 0,
        "latency_ms": 0, "agent_did": agent().did(), "timestamp": TIME,
    });
    let vir_2 = json!({
        "receipt_version": "2", "receipt_id": "v", "source": "sni", "provider": "p", "model_claimed": "m",
        "model_observed": "m", "agent_did": agent().did(), "timestamp": TIME,
        "legal_binding": { "nonce": "abcdefgh", "subject_did": "did:x", "scope_hash_b64u": "abcdefgh" },
        "selective_disclosure": {
            "disclosure_algorithm": "vir_v2_typed_lexicographical", "merkle_root_b64u": "abcdefgh",
            "redacted_leaf_hashes_b64u": [], "disclosed_leaves": {},
        },
    });
    let web = json!({
        "receipt_version": "1", "receipt_id": "w", "witness_id": "w", "source": "other",
        "request_hash_b64u": "abcdefgh", "response_hash_b64u": "abcdefgh", "timestamp": TIME,
        "binding": { "run_id": "run_1" },
    });
    let coverage = json!({
        "attestation_version": "1", "attestation_id": "c", "run_id": "run_1", "agent_did": agent().did(),
        "sentinel_did": "did:x", "issued_at": TIME, "binding": { "event_chain_root_hash_b64u": "abcdefgh" },
        "metrics": {
            "lineage": {
                "root_pid": 1, "processes_tracked": 0, "unmonitored_spawns": 0, "escapes_suspected": false,
            },
            "egress": { "connections_total": 0, "unmediated_connections": 0 },
            "liveness": {
                "status": "continuous", "uptime_ms": 0, "heartbeat_interval_ms": 1, "max_gap_ms": 0,
            },
        },
    });
    let binary = json!({
        "evidence_version": "1", "binary_hash_b64u": "abcdefgh",
        "binary_profile": {
            "target_architecture": "arm64", "linkage": "STATIC", "symbols": "INTACT", "is_sip_protected": true,
        },
        "extracted_claims": { "network_egress": "ABSENT", "dynamic_code_generation": "UNKNOWN" },
        "causality_metrics": { "merkle_chain_intact": true, "unattested_children_spawned": false },
        "forensic_metrics": {
            "static_analysis_budget_exhausted": false, "parser_timeout": false, "normalized_regions_scanned": 0,
        },
    });
    vec![
        ("vir_receipts", signer.clawsig("vir_receipt", &vir)),
        ("vir_receipts", signer.clawsig("vir_receipt", &vir_2)),
        ("vir_receipts", vir),
        ("vir_receipts", vir_2),
        ("web_receipts", signer.clawsig("web_receipt", &web)),
        (
            "coverage_attestations",
            signer.clawsig("coverage_attestation", &coverage),
        ),
        (
            "binary_semantic_evidence_attestations",
            signer.clawsig("binary_semantic_evidence", &binary),
        ),
    ]
}

#[test]
fn evidence_that_nothing_verifies_still_has_to_be_of_its_form() {
    for (list, entry) in unverified() {
        let (_, status, code) = verify(&with(list, json!([entry])));
        assert_eq!(
            (status, code),
            (Status::Incomplete, "EVIDENCE_NOT_VERIFIED"),
            "{list}"
        );
        let required: Vec<&str> = entry.as_object().unwrap().keys().map(String::as_str).collect();
        assert_each_member_counts(list, &entry, &required);
        assert_fails(list, &with(list, json!([{}])), "SCHEMA_VALIDATION_FAILED");
        if let Some(payload) = entry["payload"].as_object() {
            for name in payload.keys() {
                let mut other = entry.clone();
                other["payload"][name] = json!([[]]);
                assert_fails(
                    &format!("{list}: {name}"),
                    &with(list, json!([other])),
                    "SCHEMA_VALIDATION_FAILED",
                );
            }
        }
    }
}

/// Only where an entry has one schema can the reference say what in its binding is wrong.
#[test]
fn the_codes_of_the_causal_graph_are_those_of_receipts_by_gateways_and_witnesses() {
    for (name, value, code) in [
        ("phase", json!("dreaming"), "CAUSAL_PHASE_INVALID"),
        (
            "attributionConfidence",
            json!(-0.1),
            "CAUSAL_CONFIDENCE_OUT_OF_RANGE",
        ),
        (
            "attribution_confidence",
            json!("1"),
            "CAUSAL_CONFIDENCE_OUT_OF_RANGE",
        ),
        ("tool_span_id", json!(1), "CAUSAL_BINDING_NORMALIZATION_FAILED"),
        ("parentSpanId", json!(""), "CAUSAL_BINDING_NORMALIZATION_FAILED"),
    ] {
        let mut of_gateway = receipt_payload("rcpt_1");
        of_gateway["binding"][name] = value.clone();
        assert_fails(name, &with("receipts", json!([receipt(&of_gateway)])), code);
        let (_, mut of_witness) = unverified().swap_remove(4);
        of_witness["payload"]["binding"][name] = value.clone();
        assert_fails(name, &with("web_receipts", json!([of_witness])), code);
        let mut of_tool = tool_receipt();
        of_tool["receipt_version"] = json!("2");
        for salt in ["args_salt_b64u", "result_salt_b64u"] {
            of_tool[salt] = json!("abcdefgh");
        }
        assert_passes("tool receipt", &with("tool_receipts", json!([of_tool])));
        of_tool["binding"][name] = value;
        assert_fails(
            name,
            &with("tool_receipts", json!([of_tool])),
            "SCHEMA_VALIDATION_FAILED",
        );
    }
}

#[test]
fn counts_of_rates_need_not_be_whole() {
    let mut claim = json!({
        "claim_version": "1", "scope": "model", "scope_key": "m", "window_start": TIME, "window_end": TIME,
        "max_requests": 2.5, "observed_requests": 2.5, "max_tokens_input": 0.5, "observed_tokens_input": 0.25,
    });
    let with_claim = |claim: &Value| with("rate_limit_claims", json!([claim]));
    assert_passes("fractions", &with_claim(&claim));
    claim["observed_tokens_input"] = json!(0.75);
    assert_fails("fractions", &with_claim(&claim), "RATE_LIMIT_EXCEEDED");
    let many = json!(vec![claim; 257]);
    assert_fails(
        "257",
        &with("rate_limit_claims", many),
        "SCHEMA_VALIDATION_FAILED",
    );
}

/// What a model is said to be has a schema in a bundle; what else a gateway says, only in the receipt itself.
#[test]
fn a_receipts_metadata_is_held_against_both_schemas() {
    let identity = json!({
        "model_identity_version": "1", "tier": "closed_opaque",
        "model": { "provider": "anthropic", "name": "claude-test" },
    });
    let with_metadata = |metadata: Value| {
        let mut payload = receipt_payload("rcpt_1");
        payload["metadata"] = metadata;
        with("receipts", json!([receipt(&payload)]))
    };
    assert_passes(
        "identity",
        &with_metadata(json!({ "model_identity": identity, "own": {} })),
    );
    for (pointer, value) in [
        ("/tier", json!("open")),
        ("/own", json!(1)),
        ("/model/name", json!("")),
        ("/artifacts", json!({ "openweights": { "weights": [{}] } })),
        ("/gateway_observed", json!({ "gateway_id": "did:x" })),
    ] {
        let mut identity = identity.clone();
        set(&mut identity, pointer, value);
        assert_fails(
            pointer,
            &with_metadata(json!({ "model_identity": identity })),
            "SCHEMA_VALIDATION_FAILED",
        );
    }
    for (name, value) in [
        ("x402_amount_minor", json!(0.5)),
        ("kinematic_fingerprint", json!({})),
        (
            "sentinel_anomaly_report",
            json!({ "threat_score": 101, "anomaly_type": "benign" }),
        ),
    ] {
        let mut metadata = Map::new();
        metadata.insert(name.to_owned(), value);
        assert_fails(
            name,
            &with_metadata(Value::Object(metadata)),
            "RECEIPT_VERIFICATION_FAILED",
        );
    }
}

#[test]
fn a_hash_of_no_claim_of_a_model_is_a_claim_that_does_not_hold() {
    let tier = |metadata: Value| {
        let mut payload = receipt_payload("rcpt_1");
        payload["metadata"] = metadata;
        let (facts, ..) = verify(&with("receipts", json!([receipt(&payload)])));
        facts.unwrap().tiers.unwrap().model_identity.as_str()
    };
    assert_eq!(tier(json!({})), "closed_opaque");
    assert_eq!(tier(json!({ "model_identity_hash_b64u": "abcdefgh" })), "unknown");
    let opaque = json!({
        "model_identity_version": "1", "tier": "closed_opaque",
        "model": { "provider": "anthropic", "name": "claude-test" },
    });
    let hash = verifier::base64::encode_url(&verifier::json::hash_jcs(&kit::key::parse(&opaque)));
    assert_eq!(tier(json!({ "model_identity_hash_b64u": hash })), "closed_opaque");
}

#[test]
fn a_leap_second_is_one_only_at_the_end_of_a_day() {
    for (time, code) in [
        ("2026-02-12T23:59:60Z", "MALFORMED_ENVELOPE"),
        ("2026-02-13T01:59:60+02:00", "MALFORMED_ENVELOPE"),
        ("2026-02-12T12:00:60Z", "SCHEMA_VALIDATION_FAILED"),
        ("2026-02-12T23:59:60+02:00", "SCHEMA_VALIDATION_FAILED"),
    ] {
        let mut events = crate::clawsig_bundle::chain(1);
        events[0]["timestamp"] = json!(time);
        assert_fails(time, &with("event_chain", json!(events)), code);
    }
    let mut lower = receipt_payload("rcpt_1");
    lower["timestamp"] = json!("2026-02-12t00:00:00.5z");
    let receipts = json!([receipt(&lower)]);
    assert_passes("lower case", &with("receipts", receipts));
}
