//! The audit of a whole log in memory, whose index is computed again.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::report;
use harness::HarnessError;
use kit::log::{SALT, TestLog, log_key};
use verifier::check::audit::Auditor;
use verifier::check::{Finding, Status};
use verifier::digest::EvidenceDigest;
use verifier::entry::Entry;
use verifier::hash::sha256;
use verifier::kind::Kind;
use verifier::subject::{Field, Subject, subject_hash};

const RECEIPTS: u32 = 100_000;
/// Entries of the newest run of an index.root.
const EVERY: u64 = 25_000;
/// Subjects of a receipt, in their order, and how many receipts in a row have the same; its digest is an eighth row.
const SUBJECTS: [(Field, u64); 7] = [
    (Field::Job, 40),
    (Field::Jti, 1_000),
    (Field::Run, 10),
    (Field::Agent, 2_000),
    (Field::Token, 1_000),
    (Field::Policy, 10_000),
    (Field::Gateway, 50_000),
];

/// Each row is in two runs: that of its index.root, and that of the last one, which joins all.
pub(crate) fn run() -> Result<(), HarnessError> {
    let log = log_of_receipts();
    let resources: BTreeMap<String, Vec<u8>> = log
        .resources()
        .into_iter()
        .map(|(path, bytes)| (path.to_string(), bytes))
        .collect();
    let genesis = log.genesis_file();
    let checkpoint = log.checkpoint(log.size());
    let refused = |finding: Finding| HarnessError::unexpected("a sound log", finding.message);

    let start = Instant::now();
    let mut auditor = Auditor::new(checkpoint.as_bytes(), &log_key()).map_err(refused)?;
    let mut genesis = Some(genesis);
    while let Some(path) = auditor.wanted() {
        let bytes = resources.get(&path.to_string()).map(Vec::as_slice);
        auditor.feed(bytes.unwrap_or_default()).map_err(refused)?;
        if let Some(genesis) = genesis.take() {
            auditor.take_genesis(&genesis).map_err(refused)?;
        }
    }
    let report = auditor.finish();
    if report.status != Status::Pass || !report.details.has_checked("index_replay") {
        return Err(HarnessError::unexpected("a right index", report.message));
    }
    report::rate(
        "audit_with_index_one_thread",
        RECEIPTS.into(),
        start.elapsed(),
        "entries/s",
    );
    Ok(())
}

fn log_of_receipts() -> TestLog {
    let mut log = TestLog::new();
    let mut ends = Vec::new();
    for number in 0..u64::from(RECEIPTS) {
        let receipt = receipt(&log, number);
        log.push(&receipt);
        if number % EVERY == EVERY - 1 {
            ends.push(log.size());
            log.push_index_root(&ends);
        }
    }
    let size = log.size();
    log.push_index_root(&[size]);
    log
}

fn receipt(log: &TestLog, number: u64) -> Entry {
    let subject = |(field, in_a_row): (Field, u64)| Subject {
        field,
        hash: subject_hash(&SALT, field, &(number / in_a_row).to_string()),
    };
    Entry {
        kind: Kind::ReceiptGateway,
        evidence_digest: EvidenceDigest::from_bytes(sha256(&number.to_be_bytes())),
        subjects: SUBJECTS.map(subject).to_vec(),
        refused: None,
        ..log.filler()
    }
}
