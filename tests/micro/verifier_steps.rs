//! What request workers do with a receipt before it is queued.

use std::hint::black_box;

use divan::Bencher;
use harness::load::gateways::Gateways;
use harness::load::receipts::Receipt;
use verifier::base64::{decode_url_array, encode_url};
use verifier::digest::EvidenceDigest;
use verifier::document::Document;
use verifier::evidence::Evidence;
use verifier::hash::sha256;
use verifier::json;
use verifier::signature::PublicKey;

const ORIGIN: &str = "ledger.test/bench";

/// A receipt as a gateway sends it.
pub(crate) fn receipt() -> String {
    let gateways = Gateways::new().unwrap();
    let receipt = Receipt {
        id: "rcpt_bench_1",
        run: "run_bench",
        scope_hash: None,
        at: "2026-02-12T00:00:00.000Z",
    };
    receipt.sign(gateways.of(1).unwrap())
}

/// Its text as strict JSON.
#[divan::bench]
fn a_parse_json(bencher: Bencher<'_, '_>) {
    let text = receipt();
    bencher.bench(|| json::parse(black_box(text.as_bytes())).unwrap());
}

/// The same with the digests of the document.
#[divan::bench]
fn b_parse_document(bencher: Bencher<'_, '_>) {
    let text = receipt();
    bencher.bench(|| Document::parse(black_box(text.as_bytes())).unwrap());
}

/// `H_js`, by which gateways sign.
#[divan::bench]
fn c_hash_js(bencher: Bencher<'_, '_>) {
    let value = json::parse(receipt().as_bytes()).unwrap();
    bencher.bench(|| json::hash_js(black_box(&value)));
}

/// The hash of the canonical form, by which documents are told apart.
#[divan::bench]
fn d_hash_jcs(bencher: Bencher<'_, '_>) {
    let value = json::parse(receipt().as_bytes()).unwrap();
    bencher.bench(|| json::hash_jcs(black_box(&value)));
}

/// SHA-256 over the bytes of a receipt.
#[divan::bench]
fn e_hash_bytes(bencher: Bencher<'_, '_>) {
    let text = receipt();
    bencher.bench(|| EvidenceDigest::from_bytes(sha256(black_box(text.as_bytes()))));
}

/// The signature alone, with a key that is known.
#[divan::bench]
fn f_verify_signature(bencher: Bencher<'_, '_>) {
    let gateways = Gateways::new().unwrap();
    let gateway = gateways.of(1).unwrap();
    let message = encode_url(&sha256(b"payload"));
    let signature = encode_url(&gateway.key.sign(message.as_bytes()));
    let signature: [u8; 64] = decode_url_array(&signature).unwrap();
    let key = PublicKey::from_bytes(gateway.key.did().public_key()).unwrap();
    bencher.bench(|| assert!(key.verify(black_box(message.as_bytes()), &signature)));
}

/// Envelope, hash, signature and content of a document that is parsed.
#[divan::bench]
fn g_verify_evidence(bencher: Bencher<'_, '_>) {
    let document = Document::parse(receipt().as_bytes()).unwrap();
    bencher.bench(|| Evidence::verify(black_box(&document), ORIGIN).unwrap());
}
