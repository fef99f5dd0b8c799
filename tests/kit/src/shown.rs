//! What a server shows of a log, by address: its files, its entries with their proofs, and the answers of its index.

use std::collections::BTreeMap;

use verifier::check::sample::{SampleAudit, SampleQuestion};
use verifier::index::LeafIndex;

use crate::index::AnswerParts;
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
    let index = log.signed_index(root);
    let file = |parts: &AnswerParts| log.log.answer_file(parts);
    for SampleQuestion { question, range } in questions(log, covered, size) {
        if let Some(address) = question.address() {
            let piece = index.answer_in(&log.log, range, &question, covered);
            let (since, to) = (range.begin(), range.end());
            shown.insert(
                format!("{address}as_of={covered}&since={since}&to={to}"),
                file(&piece),
            );
            shown.insert(address, file(&index.answer(&log.log, &question, covered)));
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
fn questions(log: &JobLog, covered: u64, size: u64) -> Vec<SampleQuestion> {
    let mut audit = SampleAudit::new(log.log.checkpoint(size).as_bytes(), &log.log.identity.key).unwrap();
    let inclusion = |index| log.log.inclusion_answer(index, size);
    audit
        .take_genesis(&log.entry_answer(0), &inclusion(0), None)
        .unwrap();
    let drawn = (0..covered).flat_map(|index| {
        let entry = log.entry_answer(index);
        let drawn = audit.take_entry(LeafIndex::new(index), &entry, &inclusion(index));
        drawn.unwrap().questions().to_vec()
    });
    drawn.collect()
}
