//! What is not ours is named and never judged; what is ours in another encoding is told so.

use serde_json::{Value, json};
use verifier::check::Status;
use verifier::clawsig::{ClawsigOptions, Verification, verify};
use verifier::document::Document;
use verifier::encoding::encoding_fault;
use verifier::envelope;
use verifier::foreign::{documents_inside, of_bytes};
use verifier::json::parse;
use verifier::note::UnverifiedNote;
use verifier::proof::TlogProof;

use crate::clawsig_bundle::{
    agent, bundle, chain, payload, receipt, receipt_payload, tool_receipt, verify as verify_bundle,
};

fn told(bytes: &[u8]) -> (Status, &'static str, String) {
    let Verification { kind, report } = verify(bytes, &ClawsigOptions::default());
    assert!(
        kind == "unknown" || report.status != Status::Unknown,
        "{kind}: {report:?}"
    );
    (report.status, report.reason_code, report.message)
}

#[test]
fn files_and_documents_of_other_formats_are_unknown_and_named() {
    let note = "example.com/log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n— example.com/log +vl8/RmdczvwlL7wH7C642tl2hebWt9MW/efi1Gy9mmwBAyXNqTDtY5E/O+89YAswtfXuSJkU3P5AUC95fQMn5YLDA8=\n";
    for (bytes, name) in [
        (&b"\xd2\x84\x43\xa1\x01\x27\xa0\x40\x40"[..], "COSE_Sign1"),
        (b"\x84\x43\xa1\x01\x27\xa0\x43abc\x40", "COSE_Sign1"),
        (b"\xd8\x62\x84\x40\xa0\x40\x80", "COSE_Sign message"),
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04\x14\0\0\0", "ZIP"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"-----BEGIN PGP SIGNATURE-----\n\nabc\n", "OpenPGP"),
        (b"-----BEGIN CERTIFICATE-----\nMIIB\n", "X.509"),
        (b"\x30\x82\x01\x0a\x02", "X.509"),
        (b"-----BEGIN SSH SIGNATURE-----\n", "SSH"),
        (note.as_bytes(), "signed note"),
        (b"c2sp.org/tlog-proof@v1\nindex 3\n", "tlog-proof"),
        (
            br#"{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[]}"#,
            "in-toto",
        ),
        (br#"{"payload":"e30","protected":"e30","signature":"AA"}"#, "JWS"),
        (
            br#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{}}"#,
            "Sigstore",
        ),
        (br#"{"hello":"world"}"#, "not known here"),
        (
            b"data: {}\n\n:clawproxy_receipt_envelope_b64u=e30\n\n",
            "clawproxy_receipt_envelope_b64u",
        ),
        (
            br#"{"version":"1.0","provider":"openai","requestHash":"ab","responseHash":"cd"}"#,
            "legacy receipt",
        ),
    ] {
        let (status, code, message) = told(bytes);
        assert_eq!(
            (status, code),
            (Status::Unknown, "UNKNOWN_KIND"),
            "{name}: {message}"
        );
        assert!(message.contains(name), "{name}: {message}");
        assert!(message.contains("can be logged as an artifact"), "{message}");
    }
}

#[test]
fn a_text_that_begins_as_json_and_a_pack_are_never_taken_for_something_else() {
    for bytes in [
        &b"{"[..],
        b"[1,",
        b"{\"a\":\xff}",
        b"\x82\x8a\x01",
        b"hello",
        b"",
        b"\xef\xbb\xbf{}",
    ] {
        assert_eq!(of_bytes(bytes), None, "{bytes:?}");
        assert_eq!(told(bytes).0, Status::Fail, "{bytes:?}");
    }
}

#[test]
fn documents_inside_an_answer_are_named_by_their_pointers() {
    let envelope = receipt(&receipt_payload("rcpt_1"));
    let within = |value: Value| documents_inside(&parse(value.to_string().as_bytes()).unwrap());
    for name in ["envelope", "_receipt_envelope", "receipt_envelope"] {
        assert_eq!(
            within(json!({ "ok": true, name: envelope })),
            [format!("/{name}")]
        );
        assert_eq!(
            within(json!({ name: [envelope, envelope] })),
            [format!("/{name}/0"), format!("/{name}/1")]
        );
    }
    assert_eq!(within(json!({"a/b": {"~": [1, envelope]}})), ["/a~1b/~0/1"]);
    assert!(
        within(envelope.clone()).is_empty(),
        "a document is not inside itself"
    );
    assert_eq!(within(json!(vec![envelope.clone(); 20])).len(), 8);

    let answer = json!({"choices": [], "_receipt_envelope": envelope}).to_string();
    let (status, _, message) = told(answer.as_bytes());
    assert_eq!(status, Status::Unknown);
    assert_eq!(message, "the document is at /_receipt_envelope: send that");
}

#[test]
fn intake_names_the_document_inside_and_the_types_that_it_takes() {
    let fault = |value: Value| {
        let document = Document::parse(value.to_string().as_bytes()).unwrap();
        envelope::verify(document.value()).unwrap_err()
    };
    let envelope = receipt(&receipt_payload("rcpt_1"));
    let inside = fault(json!({"choices": [], "_receipt_envelope": envelope}));
    assert_eq!(inside.code.as_str(), "UNKNOWN_ENVELOPE_TYPE");
    assert_eq!(inside.pointer, "/_receipt_envelope");
    assert!(
        inside
            .expected
            .contains("the document is at /_receipt_envelope: send that"),
        "{inside}"
    );
    for taken in ["gateway_receipt", "proof_bundle", "cst_issuance", "export bundle"] {
        assert!(inside.expected.contains(taken), "{inside}");
    }
    let bare = fault(envelope["payload"].clone());
    assert!(
        bare.found
            .contains("payload of a gateway_receipt without its envelope"),
        "{bare}"
    );
    let foreign = fault(json!({"payloadType": "x", "payload": "", "signatures": []}));
    assert!(
        foreign.found.contains("DSSE") && foreign.found.contains("artifact"),
        "{foreign}"
    );
    let verified = fault(json!({"envelope_type": "web_receipt"}));
    assert!(verified.found.contains("verified but not logged"), "{verified}");
    let list = Document::parse(json!([envelope]).to_string().as_bytes()).unwrap_err();
    assert!(list.found.contains("/0"), "{list}");
}

#[test]
fn a_byte_order_mark_utf_16_and_line_ends_of_windows_are_named() {
    let utf16 = |little: bool| -> Vec<u8> {
        let units = "{\"a\":1}".encode_utf16();
        units
            .flat_map(|unit| {
                if little {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                }
            })
            .collect()
    };
    for (bytes, name) in [
        (b"\xef\xbb\xbf{}".to_vec(), "byte order mark"),
        (
            [b"\xff\xfe".to_vec(), utf16(true)].concat(),
            "UTF-16, little endian",
        ),
        (
            [b"\xfe\xff".to_vec(), utf16(false)].concat(),
            "UTF-16, big endian",
        ),
        (utf16(true), "UTF-16, little endian"),
        (utf16(false), "UTF-16, big endian"),
        (b"\xff\xfe\0\0{\0\0\0".to_vec(), "UTF-32"),
    ] {
        assert!(
            encoding_fault(&bytes).is_some_and(|found| found.contains(name)),
            "{name}"
        );
        let (status, code, message) = told(&bytes);
        assert_eq!((status, code), (Status::Fail, "MALFORMED_JSON"));
        assert!(message.contains(name), "{message}");
        let fault = Document::parse(&bytes).unwrap_err();
        assert!(fault.found.contains(name), "{fault}");
        let refused = UnverifiedNote::parse(&bytes).unwrap_err().to_string();
        assert!(refused.contains(name), "{refused}");
    }
    assert_eq!(encoding_fault(b"{}"), None);
    assert!(
        Document::parse(b"{\r\n\"a\": 1\r\n}\r\n").is_ok(),
        "JSON has any line ends"
    );
    let note = UnverifiedNote::parse(b"log\r\n1\r\n\r\n")
        .unwrap_err()
        .to_string();
    let proof = TlogProof::parse(b"c2sp.org/tlog-proof@v1\r\nindex 0\r\n").unwrap_err();
    for refused in [note, proof.to_string()] {
        assert!(refused.contains("CR LF"), "{refused}");
    }
}

#[test]
fn a_hash_that_does_not_hold_comes_with_the_text_that_was_hashed_and_the_rule() {
    let shown = |document: &Value| {
        let report = verify(document.to_string().as_bytes(), &ClawsigOptions::default()).report;
        assert_eq!(report.reason_code, "HASH_MISMATCH", "{}", report.message);
        report.details.get("hash_mismatch").cloned().unwrap()
    };
    let mut changed = bundle(&payload());
    changed["payload"]["bundle_id"] = json!("another");
    let found = shown(&changed);
    assert_eq!(found["text"], changed["payload"].to_string());
    assert!(found["rule"].as_str().unwrap().starts_with("js_order"), "{found}");
    assert_eq!(found["stated"], changed["payload_hash_b64u"]);
    assert_eq!(found["cut"], false);

    let mut long = payload();
    long["event_chain"] = json!(chain(80));
    let mut long = bundle(&long);
    long["payload"]["bundle_id"] = json!("another");
    let found = shown(&long);
    assert_eq!(found["text"].as_str().unwrap().len(), 16 * 1024);
    assert_eq!(found["cut"], true);

    let mut events = payload();
    events["event_chain"][0]["event_type"] = json!("another_type");
    let found = shown(&bundle(&events));
    assert_eq!(found["pointer"], "/payload/event_chain/0/event_hash_b64u");
    assert!(
        found["text"].as_str().unwrap().contains("another_type"),
        "{found}"
    );
}

#[test]
fn raw_tool_receipts_are_listed_as_not_checked_and_signed_ones_are_not() {
    let not_checked = |tool: Value| {
        let mut payload = payload();
        payload["tool_receipts"] = json!([tool]);
        verify_bundle(&bundle(&payload)).0.unwrap().not_checked
    };
    let raw = tool_receipt();
    assert!(not_checked(raw.clone()).contains(&"tool_receipts"));
    let signed = agent().clawsig("tool_receipt", &raw);
    assert!(!not_checked(signed).contains(&"tool_receipts"));
}
