//! Signatures and keys that are spoiled in form: the reference has different codes for them in different documents.

use serde_json::{Value, json};
use verifier::check::Status;
use verifier::clawsig::{ClawsigOptions, verify};
use verifier::rfc3339;

use crate::clawsig_bundle::{bundle, payload};
use crate::vectors::vectors;
use kit::key::Key;

/// `did:key` of 32 bytes 0x02, which are the coordinate of no point.
const NO_POINT: &str = "did:key:z6Mkeb6dsrBTX95vPgLiZAcgRr6XJthFm1czoqFEx34DQtRo";
/// `did:key` of the neutral element, under which everything is signed.
const WEAK: &str = "did:key:z6MkeXATEjyXENzBXBxgC5EHk2JE5aqd7qMGGtDpLUH1e2Sj";
/// `did:key` of 31 and of 33 bytes 0x09.
const SHORT: &str = "did:key:z2DQV7EkhYbLBUTApsmhEsxJn5eMPtEyJ6XyobsVB8LMJwz";
const LONG: &str = "did:key:zQebgzaXRuhgKj6xd4rFtcm1Y4NPmRjepBeBZ1ACSMBVMGzQx";

/// How a document verifies with the lists of a vector, or without any.
fn code(document: &impl ToString, allow: Option<&Value>) -> (Status, &'static str) {
    let dids = |list: &str| -> Vec<String> {
        let listed = allow.and_then(|allow| allow[list].as_array());
        let listed = listed.into_iter().flatten().filter_map(Value::as_str);
        listed.map(str::to_owned).collect()
    };
    let (gateways, attesters, witnesses) = (dids("gateways"), dids("attesters"), dids("witnesses"));
    let options = ClawsigOptions {
        at: rfc3339::parse(crate::clawsig_bundle::AT),
        gateways: &gateways,
        attesters: &attesters,
        witnesses: &witnesses,
        urm: None,
    };
    let report = verify(document.to_string().as_bytes(), &options).report;
    (report.status, report.reason_code)
}

/// The text of a sound document of `schemas/vectors/clawsig-own`, and the lists that it counts by.
fn sound(name: &str) -> (String, Value) {
    let vectors = vectors("clawsig-own/valid");
    let vector = vectors.iter().find(|vector| vector.name == name).unwrap();
    let document = String::from_utf8(vector.document()).unwrap();
    (document, vector.members["allow"].clone())
}

#[test]
fn a_signature_of_no_bytes_is_malformed_where_decoding_is_a_step_of_its_own() {
    for (name, expected) in [
        ("aggregate-bundle", "MALFORMED_ENVELOPE"),
        ("export-bundle", "MALFORMED_ENVELOPE"),
        ("web-receipt", "SIGNATURE_INVALID"),
        ("derivation_attestation", "SIGNATURE_INVALID"),
        ("execution_attestation", "SIGNATURE_INVALID"),
        ("tool-receipt-v2", "SIGNATURE_INVALID"),
        ("bundle-with-tool-receipt-v2", "SIGNATURE_INVALID"),
    ] {
        let (document, allow) = sound(name);
        let members: Value = serde_json::from_str(&document).unwrap();
        let signature = members["signature_b64u"].as_str().unwrap();
        // 85 characters are base64url of nothing, 84 are that of 63 bytes.
        let cut = |length| document.replace(signature, &signature[..length]);
        assert_eq!(code(&cut(85), Some(&allow)), (Status::Fail, expected), "{name}");
        let short = (Status::Fail, "SIGNATURE_INVALID");
        assert_eq!(code(&cut(84), Some(&allow)), short, "{name}");
    }
}

#[test]
fn another_text_of_a_commits_signature_does_not_pass() {
    let (sound, _) = sound("commit-signature");
    let sound: Value = serde_json::from_str(&sound).unwrap();
    let signature = sound["signature"].as_str().unwrap();
    let unpadded = signature.trim_end_matches('=');
    assert_eq!(code(&sound, None).0, Status::Pass);
    for other in [
        unpadded.to_owned(),
        format!(" {signature}"),
        format!("{}\n{}", &signature[..40], &signature[40..]),
        format!("{}{}==", &unpadded[..85], next_character(&unpadded[85..])),
    ] {
        let mut document = sound.clone();
        document["signature"] = json!(other);
        assert_eq!(
            code(&document, None),
            (Status::Fail, "MALFORMED_ENVELOPE"),
            "{other}"
        );
    }
}

fn next_character(text: &str) -> String {
    text.bytes().map(|byte| char::from(byte + 1)).collect()
}

#[test]
fn bytes_that_are_no_sound_key_verify_no_signature() {
    for did in [NO_POINT, WEAK, SHORT, LONG] {
        let mut of_nobody = payload();
        of_nobody["agent_did"] = json!(did);
        let mut document = bundle(&of_nobody);
        document["signer_did"] = json!(did);
        assert_eq!(
            code(&document, None),
            (Status::Fail, "SIGNATURE_INVALID"),
            "{did}"
        );
        let (commit, _) = sound("commit-signature");
        let mut commit: Value = serde_json::from_str(&commit).unwrap();
        commit["did"] = json!(did);
        assert_eq!(code(&commit, None), (Status::Fail, "SIGNATURE_INVALID"), "{did}");
    }
    // Another codec, and what is no base58: these are no keys at all.
    for did in [
        "did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc",
        "did:key:z0",
        "did:web:example.com",
    ] {
        let mut of_nobody = payload();
        of_nobody["agent_did"] = json!(did);
        let mut document = bundle(&of_nobody);
        document["signer_did"] = json!(did);
        assert_eq!(
            code(&document, None),
            (Status::Fail, "INVALID_DID_FORMAT"),
            "{did}"
        );
    }
    let endless = format!("did:key:z{}", "6Mk".repeat(100_000));
    let mut of_nobody = payload();
    of_nobody["agent_did"] = json!(endless);
    let mut document = bundle(&of_nobody);
    document["signer_did"] = json!(endless);
    assert_eq!(code(&document, None), (Status::Fail, "INVALID_DID_FORMAT"));
}

/// The neutral element signs everything with a signature of nothing but itself; the reference takes that.
#[test]
fn a_signature_that_a_weak_key_makes_for_every_message_does_not_pass() {
    let mut of_nobody = payload();
    of_nobody["agent_did"] = json!(WEAK);
    let mut document = bundle(&of_nobody);
    document["signer_did"] = json!(WEAK);
    let mut everything = [0; 64];
    everything[0] = 1;
    document["signature_b64u"] = json!(verifier::base64::encode_url(&everything));
    assert_eq!(code(&document, None), (Status::Fail, "SIGNATURE_INVALID"));
}

/// A proof in which the last node of an odd level has a sibling that is not itself leads to a root all the same.
#[test]
fn the_last_node_of_an_odd_level_has_no_other_sibling() {
    use verifier::base64::encode_url;
    use verifier::hash::sha256;
    let log = Key::new(9);
    let (leaf, other) = ([1; 32], [2; 32]);
    let proof = |sibling: [u8; 32], index: u64, size: u64| {
        let (left, right) = if index.is_multiple_of(2) {
            (leaf, sibling)
        } else {
            (sibling, leaf)
        };
        let mut node = sha256(&[left, right].concat());
        let mut path = vec![encode_url(&sibling)];
        if size > 2 {
            path.push(encode_url(&other));
            node = sha256(&[other, node].concat());
        }
        let root = encode_url(&node);
        json!({
            "inclusion_proof_v1": {
                "proof_version": "1", "log_id": "l", "tree_size": size, "leaf_hash_b64u": encode_url(&leaf),
                "root_hash_b64u": root, "audit_path": path, "root_published_at": kit::key::TIME,
                "root_signature": { "signer_did": log.did(), "sig_b64u": log.sign(root.as_bytes()) },
                "metadata": { "leaf_index": index },
            },
            "target_leaf_hash_b64u": encode_url(&leaf),
        })
    };
    let allow = json!({ "attesters": [log.did()] });
    assert_eq!(code(&proof(other, 2, 4), Some(&allow)), (Status::Pass, "OK"));
    assert_eq!(
        code(&proof(other, 2, 3), Some(&allow)),
        (Status::Fail, "INCLUSION_PROOF_INVALID")
    );
    assert_eq!(
        code(&proof(leaf, 2, 3), Some(&allow)),
        (Status::Incomplete, "LOG_PROOF_AMBIGUOUS")
    );
}
