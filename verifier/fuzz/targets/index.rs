//! Proofs from the index: what is read is written as the same bytes, and a walk over a tree of any size ends with its bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use verifier::check::{SubjectExpectation, check_subject};
use verifier::index::TreeSize;
use verifier::runs::{
    AskedRows, CodeSet, IndexKey, RunDescriptor, RunHash, RunList, RunRange, rows_of_page, verify_runs,
};
use verifier::subject_index::{IndexProof, IndexQuestion, SubjectProof};
use verifier_fuzz::log_key;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(proof) = IndexProof::decode(bytes) {
        assert_eq!(proof.encode().expect("a proof that was read"), bytes);
    }
    if let Ok(question) = IndexQuestion::decode(bytes) {
        assert_eq!(question.encode().expect("a question that was read"), bytes);
    }
    if let Ok(file) = SubjectProof::decode(bytes) {
        assert_eq!(file.encode().expect("a file that was read"), bytes);
    }
    let _ = check_subject(bytes, b"", &log_key(), &SubjectExpectation::default());
    let _ = rows_of_page(bytes);
    walk(bytes);
});

/// The first bytes are the number of pages, as-of and the asked key.
fn walk(bytes: &[u8]) {
    let Some((numbers, rest)) = bytes.split_first_chunk::<9>() else {
        return;
    };
    let Some((key, proof)) = rest.split_first_chunk::<16>() else {
        return;
    };
    let [as_of, pages @ ..] = *numbers;
    let end = TreeSize::new((1 << 56) - 1);
    let range = RunRange::new(TreeSize::new(0), end).expect("a range");
    let run = RunDescriptor {
        range,
        pages: u64::from_be_bytes(pages),
        root: RunHash::of_nothing(),
    };
    let list = RunList::new(vec![run]).expect("a list of one run");
    let keys = [(IndexKey::from_bytes(*key), CodeSet::ALL)];
    let as_of = u64::from(as_of).max(1);
    let whole = AskedRows::new(keys, TreeSize::new(as_of));
    let second_half = RunRange::new(TreeSize::new(as_of / 2), TreeSize::new(as_of)).expect("a range");
    for asked in [whole, AskedRows::in_range(keys, second_half)] {
        walk_asked(&list, asked, proof);
    }
}

fn walk_asked(list: &RunList, asked: AskedRows, proof: &[u8]) {
    if let Ok(proved) = verify_runs(list, asked, &[proof], usize::MAX) {
        assert!(proved.rows().is_empty(), "a preimage of a hash of nothing");
    }
}
