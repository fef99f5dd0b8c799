//! Signed statements in a bundle's metadata (`schemas/clawsig.md` §2.3, §5.5 step 18) that hold: with them a bundle is
//! incomplete at best.

use serde_json::{Value, json};
use verifier::base64::encode_url;
use verifier::check::Status;
use verifier::json::hash_js;

use crate::clawsig_bundle::{RUN, agent, attester, bundle, event, payload, set, verify};
use kit::key::{Key, TIME, parse};

/// `H_js` of a value whose members this test keeps in order: names of lower-case letters and underscores, which
/// serde orders as ICU does.
pub(crate) fn hash(value: &Value) -> String {
    encode_url(&hash_js(&parse(value)))
}

pub(crate) fn signed(by: &Key, envelope_type: &str, payload: &Value) -> Value {
    by.clawsig(envelope_type, payload)
}

fn bound() -> Value {
    json!({ "run_id": RUN, "event_hash_b64u": event("evt_0", None)["event_hash_b64u"] })
}

/// A policy in its normal form.
pub(crate) fn policy() -> Value {
    json!({ "statements": [
        { "sid": "a", "effect": "Allow", "actions": ["read"], "resources": ["b", "c"] },
        { "sid": "z", "effect": "Deny", "actions": ["write"], "resources": ["d"],
          "conditions": { "StringEquals": { "Tool:Name": ["x", "y"] } } },
    ] })
}

/// The same, written as nobody would: statements twice and out of order, blanks, other orders.
fn policy_as_written() -> Value {
    json!({ "statements": [
        { "sid": "z", "effect": "Allow", "actions": ["old"], "resources": ["d"] },
        { "sid": " z ", "effect": "Deny", "actions": [" write "], "resources": ["d", " ", 1],
          "conditions": { "StringEquals": { "Tool:Name": ["y", " x"] } } },
        { "sid": "a", "effect": "Allow", "actions": ["read"], "resources": ["c", "b"], "own": 1 },
    ] })
}

fn policy_bundle(metadata: Option<Value>) -> Value {
    let mut normal = json!({
        "policy_bundle_version": "1", "bundle_id": "pb", "issuer_did": attester().did(), "issued_at": TIME,
        "hash_algorithm": "SHA-256",
        "layers": [{
            "layer_id": "org", "scope": { "scope_type": "org", "org_id": "acme", "priority": 1 },
            "apply_mode": "merge", "policy": policy(), "policy_hash_b64u": hash(&policy()),
        }],
    });
    if let Some(metadata) = metadata {
        normal["metadata"] = metadata;
    }
    let mut envelope = signed(&attester(), "policy_bundle", &normal);
    // What is hashed is the normal form, not what stands there.
    envelope["payload"]["layers"][0]["policy"] = policy_as_written();
    envelope["payload"]["layers"][0]["scope"]["priority"] = json!(1.5);
    let layer = envelope["payload"]["layers"][0].as_object_mut().unwrap();
    layer.remove("apply_mode");
    envelope
}

pub(crate) fn snapshot() -> Value {
    json!({
        "snapshot_version": "1", "resolver_version": "org_project_task_exception.v1",
        "context": { "org_id": "acme" },
        "source_bundle": { "bundle_id": "pb", "issuer_did": attester().did(), "issued_at": TIME },
        "applied_layers": [{ "layer_id": "org", "policy_hash_b64u": hash(&policy()) }],
        "effective_policy": policy(),
    })
}

fn manifest(policy_hash: &str) -> Value {
    json!({
        "manifest_version": "1",
        "runtime": { "platform": "linux", "arch": "arm", "node_version": "v" },
        "proofed": {
            "proofed_mode": true, "clawproxy_url": "https://proxy.example/v1",
            "allowed_proxy_destinations": ["a.example", "b.example"], "allowed_child_destinations": [],
            "sentinels": {
                "shell_enabled": true, "interpose_enabled": false, "preload_enabled": false,
                "fs_enabled": true, "net_enabled": true,
            },
        },
        "policy": { "effective_policy_hash_b64u": policy_hash },
        "artifacts": artifacts(),
    })
}

fn artifacts() -> Value {
    json!({
        "preload_hash_b64u": null, "node_preload_sentinel_hash_b64u": null,
        "sentinel_shell_hash_b64u": "abcdefgh", "sentinel_shell_policy_hash_b64u": "abcdefgh",
        "interpose_library_hash_b64u": null,
    })
}

fn runner_attestation(manifest: &Value, policy_hash: &str) -> Value {
    let mut receipt = json!({
        "receipt_version": "1", "receipt_id": "ra", "hash_algorithm": "SHA-256", "agent_did": agent().did(),
        "timestamp": TIME, "binding": bound(), "policy": { "effective_policy_hash_b64u": policy_hash },
        "runner_measurement": {
            "manifest_hash_b64u": hash(manifest), "runtime_hash_b64u": hash(&manifest["runtime"]),
            "artifacts": artifacts(),
        },
    });
    receipt["transparency"] = logged(&format!(
        r#"{{"leaf_version":"runner_attestation_receipt_v1","receipt_version":"1","receipt_id":"ra",
        "hash_algorithm":"SHA-256","agent_did":"{}","timestamp":"{TIME}","binding":{{"run_id":"{RUN}",
        "event_hash_b64u":{}}},"runner_measurement":{},"policy":{}}}"#,
        agent().did(),
        bound()["event_hash_b64u"],
        receipt["runner_measurement"],
        receipt["policy"],
    ));
    signed(&agent(), "runner_attestation_receipt", &receipt)
}

fn egress(policy_hash: &str) -> Value {
    let mut receipt = json!({
        "receipt_id": "ep", "effective_policy_hash_b64u": policy_hash, "proofed_mode": true, "binding": bound(),
    });
    receipt["transparency"] = logged(&format!(
        r#"{{"leaf_version":"egress_policy_receipt_v1","receipt_id":"ep","effective_policy_hash_b64u":"{policy_hash}",
        "proofed_mode":true,"binding":{{"run_id":"{RUN}","event_hash_b64u":{}}}}}"#,
        bound()["event_hash_b64u"],
    ));
    signed(&attester(), "egress_policy_receipt", &receipt)
}

/// The receipt of something that was let out because a person approved it.
fn data_receipt(policy_hash: &str) -> Value {
    let scope = hash(&json!({
        "scope_version": "prv.dlp.approval_scope.v1", "provider": "anthropic", "policy_version": "prv.dlp.v1",
        "effective_policy_hash_b64u": policy_hash, "class_ids": ["mail", "name"],
    }));
    let approval = signed(
        &attester(),
        "human_approval_receipt",
        &json!({
            "receipt_version": "1", "approver_subject": "somebody", "approval_type": "explicit_approve",
            "agent_did": agent().did(), "policy_hash_b64u": policy_hash, "scope_hash_b64u": scope, "timestamp": TIME,
            "hash_algorithm": "SHA-256", "minted_capability_ttl_seconds": 60, "binding": bound(),
        }),
    );
    let class = |id: &str, action: &str| json!({ "class_id": id, "rule_id": "r", "action": action, "match_count": 1 });
    let receipt = json!({
        "receipt_version": "1", "receipt_id": "dh", "policy_version": "prv.dlp.v1",
        "effective_policy_hash_b64u": policy_hash, "run_id": RUN, "provider": " Anthropic ", "action": "allow",
        "reason_code": "PRV_DLP_APPROVAL_GRANTED", "timestamp": TIME,
        "classes": [
            class("name", "require_approval"), class("mail", "require_approval"), class("name", "require_approval"),
            class("iban", "redact"),
        ],
        "approval": {
            "required": true, "satisfied": true, "mechanism": "signed_receipt", "scope_hash_b64u": scope,
            "receipt_hash_b64u": approval["payload_hash_b64u"], "receipt_signer_did": attester().did(),
            "receipt_envelope": approval,
        },
        "redaction": {
            "applied": false, "original_payload_hash_b64u": "abcdefgh", "outbound_payload_hash_b64u": "abcdefgh",
        },
    });
    signed(&agent(), "data_handling_receipt", &receipt)
}

/// A proof that a log of two entries has this one.
fn logged(leaf: &str) -> Value {
    let leaf = hash_js(&verifier::json::parse(leaf.as_bytes()).unwrap());
    let other = verifier::hash::sha256(b"another entry");
    let root = encode_url(&verifier::hash::sha256(
        &[leaf.as_slice(), other.as_slice()].concat(),
    ));
    json!({
        "inclusion_proof": {
            "proof_version": "1", "log_id": "log", "tree_size": 2, "leaf_hash_b64u": encode_url(&leaf),
            "root_hash_b64u": root, "audit_path": [encode_url(&other)], "root_published_at": TIME,
            "root_signature": { "signer_did": attester().did(), "sig_b64u": attester().sign(root.as_bytes()) },
            "metadata": { "leaf_index": 0 },
        },
        "consistency_proof": {
            "proof_version": "1", "log_id": "log", "from_tree_size": 2, "to_tree_size": 2,
            "from_root_hash_b64u": root, "to_root_hash_b64u": root, "consistency_path": [],
        },
        "anchor_uri": "https://log.example",
    })
}

/// A reviewer's sign-off of the run, disputed, with a proof that a log of two entries has it.
fn signoff() -> Value {
    let mut receipt = json!({
        "receipt_version": "1", "receipt_id": "rs", "reviewer_did": attester().did(), "decision": "approve",
        "timestamp": TIME,
        "binding": {
            "run_id": RUN, "bundle_id": payload()["bundle_id"], "target_kind": "run",
            "event_hash_b64u": bound()["event_hash_b64u"],
        },
        "dispute": { "status": "raised", "notes": [
            { "note_id": "n", "note": "why", "evidence_refs": [{ "uri": "https://x.example/1" }] },
        ] },
    });
    // Written out, for the members of a leaf have an order of their own.
    let leaf = format!(
        r#"{{"leaf_version":"reviewer_signoff_receipt_v1","receipt_version":"1","receipt_id":"rs",
        "reviewer_did":"{}","decision":"approve","timestamp":"{TIME}","binding":{{"run_id":"{RUN}",
        "bundle_id":{},"proof_bundle_hash_b64u":null,"event_hash_b64u":{},"target_kind":"run",
        "export_pack_root_hash_b64u":null}},"dispute":{{"status":"raised","notes":[{{"note_id":"n","note":"why",
        "evidence_refs":[{{"ref_id":null,"uri":"https://x.example/1","sha256_b64u":null}}]}}]}}}}"#,
        attester().did(),
        payload()["bundle_id"],
        bound()["event_hash_b64u"],
    );
    receipt["transparency"] = logged(&leaf);
    signed(&attester(), "reviewer_signoff_receipt", &receipt)
}

/// Metadata with one of each that holds.
pub(crate) fn metadata() -> Value {
    metadata_under(None)
}

/// The same, with this metadata in the policy bundle.
pub(crate) fn metadata_under(own: Option<Value>) -> Value {
    let policy_hash = hash(&snapshot());
    let manifest = manifest(&policy_hash);
    let mut written = snapshot();
    written["effective_policy"] = policy_as_written();
    json!({
        "policy_binding": {
            "binding_version": "1", "effective_policy_hash_b64u": policy_hash,
            "effective_policy_snapshot": written, "signed_policy_bundle_envelope": policy_bundle(own),
        },
        "sentinels": {
            "interpose_active": true,
            "egress_policy_receipt": egress(&policy_hash),
        },
        "data_handling": { "policy_version": "prv.dlp.v1", "receipts": [data_receipt(&policy_hash)] },
        "runner_measurement": {
            "binding_version": "1", "hash_algorithm": "SHA-256", "manifest_hash_b64u": hash(&manifest),
            "manifest": manifest,
        },
        "runner_attestation_receipt": runner_attestation(&manifest, &policy_hash),
        "reviewer_signoff_receipts": [signoff()],
    })
}

pub(crate) fn code_of(metadata: Value) -> (Status, &'static str) {
    let mut payload = payload();
    payload["metadata"] = metadata;
    let (_, status, code) = verify(&bundle(&payload));
    (status, code)
}

/// Changes a member of the metadata, and signs again what it stands in: an envelope, by its signer. A line of changes
/// is a pointer, the JSON that is put there and the code that follows.
pub(crate) fn assert_changed_fails(changes: &str, resigned: Option<(&str, &Key)>) {
    for change in changes.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (pointer, change) = change.split_once(' ').unwrap();
        let (value, code) = change.rsplit_once(' ').unwrap();
        let value = match value {
            r#""AGENT""# => json!(agent().did()),
            r#""ATTESTER""# => json!(attester().did()),
            json => serde_json::from_str(json).unwrap(),
        };
        let mut metadata = metadata();
        let place = resigned.map_or(String::new(), |(envelope, _)| format!("{envelope}/payload"));
        set(&mut metadata, &format!("{place}{pointer}"), value);
        if let Some((envelope, signer)) = resigned {
            let place = metadata.pointer_mut(envelope).unwrap();
            let envelope_type = place["envelope_type"].as_str().unwrap().to_owned();
            *place = signed(signer, &envelope_type, &place["payload"].clone());
        }
        assert_eq!(code_of(metadata), (Status::Fail, code), "{pointer} {change}");
    }
}

#[test]
fn metadata_that_holds_leaves_a_bundle_incomplete() {
    assert_eq!(code_of(metadata()), (Status::Incomplete, "EVIDENCE_NOT_VERIFIED"));
}
