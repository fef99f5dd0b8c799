//! What the reference passes and we do not: one test for each row of `docs/clawsig-differences.md` that is
//! about bundles and gateway receipts.

use serde_json::{Value, json};
use verifier::check::Status;
use verifier::clawsig::{self, ClawsigOptions, Reason};
use verifier::json;

use crate::clawsig_bundle::{
    AT, agent, assert_fails, attester, bundle, gateway, payload, receipt, receipt_payload, set, verify,
    verify_with,
};
use kit::key::{TIME, parse};

/// The next text of the same bytes for a lenient reader: the last character carries unused bits.
fn other_spelling(text: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = text.split_at(text.len() - 1);
    let index = ALPHABET.find(last).unwrap();
    format!("{rest}{}", &ALPHABET[index + 1..index + 2])
}

fn incomplete(document: &Value, code: &str) {
    let (_, status, found) = verify(document);
    assert_eq!((status, found), (Status::Incomplete, code));
}

#[test]
fn a_payload_without_envelope_does_not_pass() {
    assert_fails("raw payload", &payload(), "ENVELOPE_REQUIRED");
    let mut beside = bundle(&payload());
    beside.as_object_mut().unwrap().remove("signature_b64u");
    for (name, value) in payload().as_object().unwrap() {
        beside[name] = value.clone();
    }
    assert_fails("raw payload in an envelope", &beside, "ENVELOPE_REQUIRED");
    // What is no payload either, the reference refuses.
    for name in ["envelope_version", "payload", "signature_b64u"] {
        let mut document = bundle(&payload());
        document.as_object_mut().unwrap().remove(name);
        assert_fails(name, &document, "SCHEMA_VALIDATION_FAILED");
    }
    assert_fails("no object", &json!([]), "SCHEMA_VALIDATION_FAILED");
}

#[test]
fn an_unsigned_expiry_can_only_make_a_bundle_fail() {
    let mut document = bundle(&payload());
    set(&mut document, "/expires_at", json!("2026-02-01T00:00:00Z"));
    assert_fails("expired", &document, "EXPIRED_TTL");
    set(&mut document, "/expires_at", json!("2999-01-01T00:00:00Z"));
    assert_eq!(verify(&document).1, Status::Pass);
    let (_, status, _) = verify_with(
        &document,
        &ClawsigOptions {
            gateways: &[gateway().did()],
            ..ClawsigOptions::default()
        },
    );
    assert_eq!(status, Status::Pass, "without a time nothing expires");
}

#[test]
fn times_ahead_of_the_verification_do_not_pass() {
    let mut document = bundle(&payload());
    set(&mut document, "/issued_at", json!("2026-02-18T00:05:01Z"));
    assert_fails("issued_at", &document, "FUTURE_TIMESTAMP_POISONING");
    set(&mut document, "/issued_at", json!("2026-02-18T00:05:00Z"));
    assert_eq!(verify(&document).1, Status::Pass, "within the skew");
    let mut payload = payload();
    let mut ahead = receipt_payload("rcpt_1");
    ahead["timestamp"] = json!("2026-03-01T00:00:00Z");
    payload["receipts"] = json!([receipt(&ahead)]);
    assert_fails("receipt", &bundle(&payload), "FUTURE_TIMESTAMP_POISONING");
}

#[test]
fn a_receipt_that_names_no_event_does_not_pass() {
    for member in ["/binding", "/binding/event_hash_b64u"] {
        let (mut payload, mut unbound) = (payload(), receipt_payload("rcpt_2"));
        let (parent, name) = member.rsplit_once('/').unwrap();
        let parent = unbound.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        parent.remove(name);
        payload["receipts"] = json!([receipt(&unbound)]);
        assert_fails(member, &bundle(&payload), "RECEIPT_UNBOUND");
        // Forged, next to a sound one.
        let mut forged = receipt(&unbound);
        forged["signer_did"] = json!(agent().did());
        payload["receipts"] = json!([receipt(&receipt_payload("rcpt_1")), forged]);
        assert_fails(member, &bundle(&payload), "RECEIPT_UNBOUND");
    }
}

#[test]
fn one_receipt_shown_twice_does_not_pass_and_counts_once() {
    let mut payload = payload();
    let once = receipt(&receipt_payload("rcpt_1"));
    let mut again = once.clone();
    again["issued_at"] = json!("2026-02-13T00:00:00Z");
    payload["receipts"] = json!([once, again]);
    let (facts, status, code) = verify(&bundle(&payload));
    assert_eq!((status, code), (Status::Fail, "RECEIPT_REPEATED"));
    assert_eq!(facts.unwrap().receipts.len(), 1);
}

#[test]
fn a_hash_that_is_only_compared_may_have_any_text() {
    // 29 characters are no bytes at all, 26 leave bits over.
    for text in ["requestHASHb64u_fixture_12345", "requestHASHb64u_fixture_12"] {
        let mut said = receipt_payload("rcpt_1");
        said["request_hash_b64u"] = json!(text);
        let mut payload = payload();
        payload["receipts"] = json!([receipt(&said)]);
        assert_eq!(verify(&bundle(&payload)).2, "OK", "{text}");
        said["request_hash_b64u"] = json!(text.repeat(5));
        payload["receipts"] = json!([receipt(&said)]);
        let (_, status, code) = verify(&bundle(&payload));
        assert_eq!((status, code), (Status::Fail, "RECEIPT_VERIFICATION_FAILED"));
    }
}

#[test]
fn a_signature_in_another_spelling_does_not_pass() {
    let mut document = bundle(&payload());
    let signature = document["signature_b64u"].as_str().unwrap().to_owned();
    set(
        &mut document,
        "/signature_b64u",
        json!(other_spelling(&signature)),
    );
    assert_fails("bundle", &document, "INVALID_BASE64URL");
    // A wrong signature stays a wrong signature, whatever its spelling.
    let mut wrong = bundle(&payload());
    let other = bundle(&json!({ "other": 1 }))["signature_b64u"]
        .as_str()
        .unwrap()
        .to_owned();
    set(&mut wrong, "/signature_b64u", json!(other_spelling(&other)));
    assert_fails("wrong", &wrong, "SIGNATURE_INVALID");

    let mut payload = payload();
    let mut respelled = receipt(&receipt_payload("rcpt_1"));
    let signature = respelled["signature_b64u"].as_str().unwrap().to_owned();
    set(
        &mut respelled,
        "/signature_b64u",
        json!(other_spelling(&signature)),
    );
    payload["receipts"] = json!([respelled]);
    assert_fails("receipt", &bundle(&payload), "RECEIPT_VERIFICATION_FAILED");
}

#[test]
fn texts_that_two_readers_read_differently_do_not_parse() {
    let text = bundle(&payload()).to_string();
    let cases = [
        (
            text.replacen('{', "{\"issued_at\":\"2026-01-01T00:00:00Z\",", 1),
            "DUPLICATE_KEY",
        ),
        (text.replace("\"bundle_1\"", "\"\\ud800\""), "LONE_SURROGATE"),
        (
            text.replace("\"latency_ms\":3", "\"latency_ms\":9007199254740993"),
            "NUMBER_OUT_OF_RANGE",
        ),
    ];
    for (text, code) in cases {
        let fault = json::parse(text.as_bytes()).unwrap_err();
        assert_eq!(Reason::from(fault.code).as_str(), code);
    }
}

#[test]
fn ids_with_invisible_characters_do_not_pass() {
    let mut payload = payload();
    payload["bundle_id"] = json!("bundle_1\u{202e}");
    assert_fails("bidi", &bundle(&payload), "INVALID_ID");
    payload["bundle_id"] = json!("b".repeat(257));
    assert_fails("long", &bundle(&payload), "INVALID_ID");
}

#[test]
fn evidence_that_nothing_verifies_leaves_a_bundle_incomplete() {
    let mut payload = payload();
    payload["metadata"] = json!({ "data_handling_receipts": [] });
    incomplete(&bundle(&payload), "EVIDENCE_NOT_VERIFIED");
    payload["receipts"][0]["payload"]["model"] = json!("x");
    assert_fails(
        "what is wrong ranks first",
        &bundle(&payload),
        "RECEIPT_VERIFICATION_FAILED",
    );
}

#[test]
fn a_missing_run_manifest_is_incomplete_and_a_wrong_one_fails() {
    let urm = json!({
        "urm_version": "1", "urm_id": "urm_1", "run_id": "run_1", "agent_did": agent().did(), "issued_at": TIME,
        "harness": { "id": "h", "version": "1" }, "inputs": [], "outputs": [],
    });
    let refer = |urm: &Value| {
        let mut payload = payload();
        payload["urm"] = json!({
            "urm_version": "1", "urm_id": "urm_1", "resource_type": "universal_run_manifest",
            "resource_hash_b64u": verifier::base64::encode_url(&json::hash_js(&parse(urm))),
        });
        bundle(&payload)
    };
    incomplete(&refer(&urm), "URM_MISSING");
    let gateways = [gateway().did()];
    let check = |document: &Value, urm: &Value| {
        let urm = parse(urm);
        let options = ClawsigOptions {
            gateways: &gateways,
            urm: Some(&urm),
            ..ClawsigOptions::default()
        };
        verify_with(document, &options).2
    };
    assert_eq!(check(&refer(&urm), &urm), "OK");
    let change = |name: &str, value: Value| {
        let mut changed = urm.clone();
        changed[name] = value;
        changed
    };
    assert_eq!(
        check(&refer(&urm), &change("urm_id", json!("urm_2"))),
        "URM_MISMATCH"
    );
    assert_eq!(
        check(&refer(&urm), &change("run_id", json!("run_2"))),
        "URM_MISMATCH"
    );
    assert_eq!(
        check(&refer(&urm), &change("agent_did", json!(gateway().did()))),
        "URM_MISMATCH"
    );
    let root = change("event_chain_root_hash_b64u", json!("abcdefgh"));
    assert_eq!(check(&refer(&root), &root), "URM_MISMATCH");
    assert_eq!(
        check(&refer(&urm), &change("metadata", json!({}))),
        "HASH_MISMATCH"
    );
    assert_eq!(
        check(&refer(&urm), &change("extra", json!(1))),
        "SCHEMA_VALIDATION_FAILED"
    );
}

#[test]
fn an_attestation_counts_only_if_signed_named_about_the_agent_and_not_expired() {
    let attestation = |subject: &str, expires_at: &str| {
        let mut item = json!({
            "attestation_id": "att_1", "attestation_type": "owner", "attester_did": attester().did(),
            "subject_did": subject, "expires_at": expires_at, "signature_b64u": "",
        });
        let message = json::to_jcs(&parse(&item));
        item["signature_b64u"] = json!(attester().sign(message.as_bytes()));
        item
    };
    let tier = |item: Value, options: &ClawsigOptions<'_>| {
        let mut payload = payload();
        payload["attestations"] = json!([item]);
        let (facts, status, _) = verify_with(&bundle(&payload), options);
        assert_eq!(status, Status::Pass, "an attestation fails no bundle");
        facts.unwrap().tiers.unwrap().proof.as_str()
    };
    let (gateways, attesters, later) = ([gateway().did()], [attester().did()], "2026-02-18T00:00:01Z");
    let options = ClawsigOptions {
        at: verifier::rfc3339::parse(AT),
        gateways: &gateways,
        attesters: &attesters,
        ..ClawsigOptions::default()
    };
    assert_eq!(tier(attestation(&agent().did(), later), &options), "sandbox");
    assert_eq!(
        tier(attestation(&agent().did(), "2026-02-17T00:00:00Z"), &options),
        "gateway"
    );
    assert_eq!(tier(attestation(&gateway().did(), later), &options), "gateway");
    let unnamed = ClawsigOptions {
        attesters: &[],
        ..options
    };
    assert_eq!(tier(attestation(&agent().did(), later), &unnamed), "gateway");
    let mut respelled = attestation(&agent().did(), later);
    let signature = other_spelling(respelled["signature_b64u"].as_str().unwrap());
    respelled["signature_b64u"] = json!(signature);
    assert_eq!(tier(respelled, &options), "gateway");
    let mut forged = attestation(&agent().did(), later);
    forged["attestation_id"] = json!("att_2");
    assert_eq!(tier(forged, &options), "gateway");
}

#[test]
fn prompts_hash_in_the_order_of_the_root_collation() {
    let commit = |ids: &[&str], hashed: &str| {
        let entries: Vec<Value> = ids
            .iter()
            .map(|id| json!({ "entry_id": id, "content_hash_b64u": "abcdefgh" }))
            .collect();
        let root = verifier::base64::encode_url(&json::hash_js(&json::parse(hashed.as_bytes()).unwrap()));
        let mut payload = payload();
        payload["metadata"] = json!({ "prompt_pack": {
            "prompt_pack_version": "1", "hash_algorithm": "SHA-256", "prompt_root_hash_b64u": root,
            "entries": entries,
        }});
        verify(&bundle(&payload)).2
    };
    // `schemas/clawsig.md` §1.4: `_ - 1 10 2 a A b B z Z`.
    let sorted = ["_", "-", "1", "10", "2", "a", "A", "b", "B", "z", "Z"];
    let entries: Vec<String> = sorted
        .iter()
        .map(|id| format!("{{\"entry_id\":{id:?},\"content_hash_b64u\":\"abcdefgh\"}}"))
        .collect();
    let hashed = format!(
        "{{\"prompt_pack_version\":\"1\",\"entries\":[{}]}}",
        entries.join(",")
    );
    let mut shuffled = sorted;
    shuffled.reverse();
    assert_eq!(commit(&shuffled, &hashed), "OK");
    assert_eq!(commit(&sorted[1..], &hashed), "HASH_MISMATCH");
    assert_eq!(commit(&["é"], &hashed), "COLLATION_UNSUPPORTED");
}

#[test]
fn a_receipt_with_a_log_proof_put_in_after_signing_verifies_alone_and_not_in_a_bundle() {
    let mut attached = receipt(&receipt_payload("rcpt_1"));
    let leaf = attached["payload_hash_b64u"].clone();
    attached["payload"]["metadata"] = json!({ "log_inclusion_proof": {
        "proof_version": "1", "log_id": "l", "tree_size": 1, "leaf_hash_b64u": leaf, "root_hash_b64u": leaf,
        "audit_path": [], "root_published_at": TIME,
        "root_signature": { "signer_did": agent().did(), "sig_b64u": "abcdefgh" },
    } });
    let gateways = [gateway().did()];
    let options = ClawsigOptions {
        gateways: &gateways,
        ..ClawsigOptions::default()
    };
    let verified = clawsig::verify_gateway_receipt(&parse(&attached), &options).unwrap();
    assert!(verified.log_proof_detached);
    let mut payload = payload();
    payload["receipts"] = json!([attached.clone()]);
    assert_fails("in a bundle", &bundle(&payload), "RECEIPT_VERIFICATION_FAILED");
    attached["payload"]["metadata"]["log_inclusion_proof"]["leaf_hash_b64u"] = json!("abcdefgh");
    let failure = clawsig::verify_gateway_receipt(&parse(&attached), &options).unwrap_err();
    assert_eq!(failure.reason, Reason::HashMismatch);
}

#[test]
fn a_gateway_receipt_counts_only_under_a_named_gateway() {
    let sound = receipt(&receipt_payload("rcpt_1"));
    let (named, other) = ([gateway().did()], [attester().did()]);
    let reason = |document: &Value, gateways: &[String]| {
        let options = ClawsigOptions {
            gateways,
            ..ClawsigOptions::default()
        };
        clawsig::verify_gateway_receipt(&parse(document), &options).map_err(|failure| failure.reason.as_str())
    };
    assert!(reason(&sound, &named).is_ok());
    assert_eq!(reason(&sound, &[]).unwrap_err(), "DEPENDENCY_NOT_CONFIGURED");
    assert_eq!(reason(&sound, &other).unwrap_err(), "CLAIM_NOT_FOUND");
    for (pointer, value, code) in [
        ("/envelope_type", json!("web_receipt"), "UNKNOWN_ENVELOPE_TYPE"),
        ("/hash_algorithm", json!("BLAKE3"), "HASH_MISMATCH"),
        ("/payload/model", json!("x"), "HASH_MISMATCH"),
        ("/payload/tokens_input", json!(10_000_001), "MALFORMED_ENVELOPE"),
        ("/payload/binding/phase", json!("x"), "SCHEMA_VALIDATION_FAILED"),
        ("/signer_did", json!("did:example:1"), "INVALID_DID_FORMAT"),
        ("/signature_b64u", json!("abcdefgh"), "SIGNATURE_INVALID"),
    ] {
        let mut document = sound.clone();
        set(&mut document, pointer, value);
        assert_eq!(reason(&document, &named).unwrap_err(), code, "{pointer}");
    }
}
