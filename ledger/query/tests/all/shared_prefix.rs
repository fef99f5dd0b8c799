//! Entries that share 16 bytes of a hash with what is asked for, and no more: runs lead to them, and no answer has them.

use std::collections::BTreeSet;
use std::time::Duration;

use kit::test_ledger::{ORIGIN, TestLedger};
use ledger::config::Limits;
use ledger::reader::Reader;
use ledger_query::QueryEngine;
use verifier::digest::{EvidenceDigest, RawDigest, TokenHash};
use verifier::entry::Entry;
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::subject::{Field, IndexSalt, Subject, SubjectHash, subject_hash};

use crate::projection_documents::token;

fn subject(field: Field, value: &str) -> Subject {
    let salt = IndexSalt::from_bytes(kit::test_ledger::SALT);
    Subject {
        field,
        hash: subject_hash(&salt, field, value),
    }
}

fn sharing(subject: Subject) -> Subject {
    let mut hash = *subject.hash.as_bytes();
    hash[16..].fill(0xaa);
    Subject {
        hash: SubjectHash::from_bytes(hash),
        ..subject
    }
}

fn of(number: u8, mut subjects: Vec<Subject>, log: &TestLedger) -> Entry {
    subjects.sort_unstable();
    Entry {
        kind: Kind::ReceiptTool,
        evidence_digest: EvidenceDigest::from_bytes([number; 32]),
        signer: ORIGIN.to_owned(),
        logged_at: log.store.head().unwrap().unwrap().newest.head.time,
        subjects,
        submitter: None,
        stream: None,
        covered: None,
        raw_digest: Some(RawDigest::from_bytes([number; 32])),
        context_subjects: None,
        refused: None,
        index_runs: None,
    }
}

#[tokio::test]
async fn an_entry_that_only_shares_the_beginning_of_a_hash_is_passed_over() {
    let log = TestLedger::new();
    let named = token(1);
    let (token, run) = (subject(Field::Token, &named), subject(Field::Run, "run"));
    let first = log.log_entries(&[
        of(1, vec![sharing(run), sharing(token)], &log),
        of(2, vec![run, token], &log),
        of(3, vec![sharing(run), token], &log),
    ]);
    let ledger = log.open_with(Limits {
        index_after: Some(Duration::ZERO),
        ..Limits::default()
    });
    let engine = QueryEngine::new(Reader::clone(ledger.reader()));
    while engine.index_covered().next_index() <= first.next().unwrap().next().unwrap() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let size = engine.published().head.tree.size;
    let found = engine
        .subject_of_kind(Field::Run, "run", Kind::ReceiptTool, size, 1)
        .unwrap();
    assert_eq!(
        (found.indices, found.complete),
        (vec![first.next().unwrap()], true)
    );
    let hash = TokenHash::parse_hex(&named).unwrap();
    let jobs = engine.token_jobs(hash, &BTreeSet::new(), None, size, 10).unwrap();
    let of_token: Vec<LeafIndex> = [1, 2].map(|place| LeafIndex::new(first.value() + place)).into();
    assert_eq!(jobs.jobless, of_token);
    let life = engine.token_life(hash, size).unwrap().unwrap();
    assert!(life.complete && life.issuances.is_empty());
    ledger.shutdown().await;
}
