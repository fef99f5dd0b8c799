//! What a server shows of a log, by address: its files, its entries with their proofs, and the answers of its index.

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use verifier::check::sample::SampleAudit;
use verifier::index::LeafIndex;
use verifier::subject_index::IndexQuestion;

use crate::pack::JobLog;

/// Bodies by path and query.
pub type ShownAnswers = BTreeMap<String, Vec<u8>>;

/// What a server shows of a log that ends with the index.root at `root`: everything that audits ask for.
pub fn shown(log: &JobLog, root: u64) -> ShownAnswers {
    let size = root + 1;
    let mut shown = files(log, size);
    for index in 0..size {
        shown.insert(format!("/v1/entries/{index}"), log.entry_answer(index));
        shown.insert(
            format!("/v1/proofs/inclusion?index={index}&size={size}"),
            log.log.inclusion_answer(index, size),
        );
        shown.insert(
            format!("/v1/proofs/consistency?first={index}&second={size}"),
            log.log.consistency_answer(index, size),
        );
    }
    let covered = log.signed_index(root).list.covered().value();
    for question in questions(log, covered, size) {
        let answer = log.signed_index(root).answer(&log.log, &question, covered);
        let file = log.log.answer_file(&answer);
        if let Some(address) = address(&question) {
            shown.insert(format!("{address}as_of={covered}"), file.clone());
            shown.insert(address, file);
        }
    }
    shown
}

/// Checkpoint, tiles and bundles of the first entries, and log.genesis: what an audit reads.
pub fn files(log: &JobLog, size: u64) -> ShownAnswers {
    let files = log.log.resources().into_iter();
    let mut shown: ShownAnswers = files
        .map(|(path, bytes)| (format!("/log/{path}"), bytes))
        .collect();
    shown.insert(
        "/log/checkpoint".to_owned(),
        log.log.checkpoint(size).into_bytes(),
    );
    shown.insert("/v1/entries/0".to_owned(), log.entry_answer(0));
    shown
}

/// Every question that a monitor asks about an entry that is covered.
fn questions(log: &JobLog, covered: u64, size: u64) -> Vec<IndexQuestion> {
    let mut audit = SampleAudit::new(log.log.checkpoint(size).as_bytes(), &log.log.identity.key).unwrap();
    let inclusion = |index| log.log.inclusion_answer(index, size);
    audit
        .take_genesis(&log.entry_answer(0), &inclusion(0), None)
        .unwrap();
    for index in 0..covered {
        let entry = log.entry_answer(index);
        audit
            .take_entry(LeafIndex::new(index), &entry, &inclusion(index))
            .unwrap();
    }
    let asked = audit.questions().into_iter();
    asked.map(|asked| asked.question).collect()
}

/// Where a server answers a question, as of all that it covers.
fn address(question: &IndexQuestion) -> Option<String> {
    match question {
        IndexQuestion::Kind(kind) => Some(format!("/v1/kinds/{}/proof?", kind.as_str())),
        IndexQuestion::Subject { field, value, kinds } => {
            let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
            let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
            let kinds = kinds.join(",");
            Some(format!(
                "/v1/subjects/{}/{value}/proof?kinds={kinds}&",
                field.as_str()
            ))
        }
        IndexQuestion::Evidence(_) | IndexQuestion::Hashed { .. } => None,
    }
}
