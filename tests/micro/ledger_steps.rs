//! What the ledger does with a receipt that is verified, in memory.

use std::hint::black_box;

use divan::Bencher;
use divan::counter::ItemsCount;
use kit::test_ledger::{ORIGIN, SALT, TestLedger, submit};
use ledger::handle::{Ack, Ledger};
use ledger::integrate::RightEdge;
use ledger::rows::{RowSubject, rows_of};
use ledger::signer::MlDsaKey;
use serde_json::json;
use tokio::runtime::Runtime;
use verifier::base64::encode_standard;
use verifier::checkpoint::checkpoint_text;
use verifier::context::SubmitterName;
use verifier::document::Document;
use verifier::entry::{Entry, entry_leaf_hash};
use verifier::evidence::Evidence;
use verifier::hash::LeafHash;
use verifier::note::UnverifiedNote;
use verifier::subject::IndexSalt;

/// Receipts of a batch.
const BATCH: u64 = 256;

/// A log in memory with one batch of receipts.
struct Filled {
    runtime: Runtime,
    log: TestLedger,
    ledger: Ledger,
    acks: Vec<Ack>,
}

fn filled() -> Filled {
    let runtime = Runtime::new().unwrap();
    let (log, ledger, acks) = runtime.block_on(async {
        let (log, ledger) = TestLedger::registered().await;
        let bodies = (0..BATCH).map(|number| log.receipt(number)).collect();
        let acks = submit(&ledger, "clawproxy", bodies).await;
        (log, ledger, acks.into_iter().map(Result::unwrap).collect())
    });
    Filled {
        runtime,
        log,
        ledger,
        acks,
    }
}

/// Decide, derive rows, append to the tree, store in memory, sign, read back, prove: what `append` does with a batch that was verified
/// before.
#[divan::bench(sample_count = 50, sample_size = 1)]
fn h_append_a_batch_in_memory(bencher: Bencher<'_, '_>) {
    let filled = filled();
    let submitter = SubmitterName::parse("clawproxy").unwrap();
    let next = std::sync::atomic::AtomicU64::new(BATCH);
    bencher
        .counter(ItemsCount::new(BATCH))
        .with_inputs(|| {
            let first = next.fetch_add(BATCH, std::sync::atomic::Ordering::Relaxed);
            let receipts = (first..first + BATCH).map(|number| filled.log.receipt(number).into_bytes());
            filled.runtime.block_on(filled.ledger.prepare(receipts.collect()))
        })
        .bench_values(|prepared| {
            let answers = filled
                .runtime
                .block_on(filled.ledger.append(&submitter, prepared));
            assert!(answers.iter().all(Result::is_ok));
        });
}

/// The subjects of a receipt under the salt of the log.
#[divan::bench]
fn i_subjects(bencher: Bencher<'_, '_>) {
    let receipt = filled().log.receipt(1);
    let document = Document::parse(receipt.as_bytes()).unwrap();
    let evidence = Evidence::verify(&document, ORIGIN).unwrap();
    bencher.bench(|| {
        black_box(&evidence)
            .subject_list(&IndexSalt::from_bytes(SALT))
            .unwrap()
    });
}

/// The CBOR of an entry, and its leaf hash.
#[divan::bench]
fn j_encode_entry_and_hash_leaf(bencher: Bencher<'_, '_>) {
    let entry = first_entry(&filled());
    bencher.bench(|| entry_leaf_hash(&black_box(&entry).encode().unwrap()));
}

/// The leaf hash alone.
#[divan::bench]
fn k_hash_leaf(bencher: Bencher<'_, '_>) {
    let bytes = first_entry(&filled()).encode().unwrap();
    bencher.bench(|| entry_leaf_hash(black_box(&bytes)));
}

/// The rows of an entry.
#[divan::bench]
fn l_derive_rows(bencher: Bencher<'_, '_>) {
    let filled = filled();
    let ack = filled.acks.first().unwrap();
    let entry = first_entry(&filled);
    let document = Document::parse(filled.log.receipt(0).as_bytes()).unwrap();
    let evidence = Evidence::verify(&document, ORIGIN).unwrap();
    bencher.bench(|| {
        let subject = RowSubject::evidence(black_box(&evidence));
        rows_of(ack.index, &entry, &ack.leaf_hash, subject, None)
    });
}

/// The tree after a batch.
#[divan::bench]
fn m_append_leaves_of_a_batch(bencher: Bencher<'_, '_>) {
    let filled = filled();
    let leaves: Vec<LeafHash> = filled.acks.iter().map(|ack| ack.leaf_hash).collect();
    let (edge, _) = RightEdge::default().append(&leaves);
    bencher
        .counter(ItemsCount::new(BATCH))
        .bench(|| edge.append(black_box(&leaves)));
}

/// The proof of an entry under the newest checkpoint, as text.
#[divan::bench]
fn n_prove_an_entry(bencher: Bencher<'_, '_>) {
    let filled = filled();
    let index = filled.acks.first().unwrap().index;
    bencher.bench(|| filled.ledger.reader().tlog_proof(black_box(index), None).unwrap());
}

/// An answer of the same members and lengths as that of the API.
#[divan::bench]
fn o_write_an_answer(bencher: Bencher<'_, '_>) {
    let filled = filled();
    let ack = filled.acks.first().unwrap();
    bencher.bench(|| {
        let ack = black_box(ack);
        let answer = json!({
            "index": ack.index.value(), "kind": ack.kind.as_str(), "evidence_digest": ack.evidence_digest.to_string(),
            "logged_at": ack.logged_at.value(), "entry": encode_standard(&ack.entry),
            "leaf_hash": ack.leaf_hash.to_string(), "checkpoint": ack.checkpoint, "proof": ack.proof,
        });
        serde_json::to_vec(&answer).unwrap()
    });
}

/// The second line of a checkpoint.
#[divan::bench]
fn p_sign_a_second_line(bencher: Bencher<'_, '_>) {
    let key = MlDsaKey::from_seed(ORIGIN, [9; 32]).unwrap();
    let head = filled().ledger.reader().published().head;
    let text = checkpoint_text(ORIGIN, &head.tree);
    // Signing tries until a candidate is good: how often depends on what is signed.
    let time = std::sync::atomic::AtomicU64::new(1);
    bencher.bench(|| {
        let time_s = time.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        key.sign(black_box(&text), time_s).unwrap()
    });
}

/// What a verifier does with it.
#[divan::bench]
fn q_verify_a_second_line(bencher: Bencher<'_, '_>) {
    let key = MlDsaKey::from_seed(ORIGIN, [9; 32]).unwrap();
    let published = filled().ledger.reader().published();
    let text = checkpoint_text(ORIGIN, &published.head.tree);
    let note = format!("{}{}", published.checkpoint, key.sign(&text, 1).unwrap());
    let note = UnverifiedNote::parse(note.as_bytes()).unwrap();
    bencher.bench(|| key.cosigner_key().verify(black_box(&note)).unwrap());
}

fn first_entry(filled: &Filled) -> Entry {
    Entry::decode(&filled.acks.first().unwrap().entry).unwrap()
}
