//! Packs under a checkpoint that ends in an index.root: what nobody can leave out any more, and whose fault it is.

use serde_cbor::Value;
use serde_json::json;
use verifier::check::{
    Authenticity, PACK_INDEX_NOT_PROVED, PACK_NOT_PROVED, PackCheck, ReportAnswers, Status,
};
use verifier::entry::Entry;
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::record::StoredBytes;
use verifier::runs::{IndexKey, IndexRow};
use verifier::subject::{Field, Subject, SubjectHash, subject_hash};
use verifier::subject_index::code_of;

use super::edit::{array, changed, code_of as refused, kinds, member, record_of, resealed};
use kit::log::{SALT, job_event};
use kit::pack::{ASK, JobLog, PackRequest, check};

/// Entries that the index covers: log.genesis, `job-1` opened, its receipt, another job, and two that belong to nobody.
const COVERED: u64 = 6;

/// A log whose last entry is an index.root over all others, with what `change` leaves of its rows.
fn indexed(change: impl FnOnce(&mut Vec<IndexRow>)) -> JobLog {
    let mut log = JobLog::new();
    log.fill(COVERED);
    log.index_of(COVERED, change);
    log
}

fn sound() -> JobLog {
    indexed(|_| {})
}

fn ask(as_of: u64) -> PackRequest<'static> {
    PackRequest {
        as_of,
        size: COVERED + 1,
        ..ASK
    }
}

fn index(index: u64) -> LeafIndex {
    LeafIndex::new(index)
}

fn row_of_job(at: u64, kind: Kind) -> IndexRow {
    let key = IndexKey::of_hash(subject_hash(&SALT, Field::Job, "job-1").as_bytes());
    IndexRow::new(key, code_of(kind).unwrap(), index(at)).unwrap()
}

fn detail(found: &PackCheck, name: &str) -> serde_json::Value {
    found.report.details.get(name).cloned().unwrap_or_default()
}

fn lists(found: &PackCheck, list: &str, what: &str) -> bool {
    detail(found, list).as_array().unwrap().contains(&json!(what))
}

/// Without its index-proof, and with answers that say so.
fn stripped(pack: &[u8]) -> Vec<u8> {
    let without = changed(pack, member::INDEX_PROOF, |proof| *proof = Value::Null);
    with_completeness(&without, "not_proved")
}

fn with_completeness(pack: &[u8], text: &str) -> Vec<u8> {
    changed(pack, member::ANSWERS, |answers| {
        for answer in array(answers) {
            array(answer)[2] = Value::Text(text.to_owned());
        }
    })
}

fn index_proof(pack: &[u8]) -> Value {
    let mut found = Value::Null;
    changed(pack, member::INDEX_PROOF, |proof| found = proof.clone());
    found
}

/// Changes a part of a pack.
type Change = fn(&mut Value);

#[test]
fn a_pack_as_of_every_covered_size_proves_that_nothing_was_left_out() {
    let log = sound();
    for as_of in 1..=COVERED {
        let found = check(&log.pack(ask(as_of)));
        assert!(found.assessment.is_some(), "as of {as_of}: {:?}", found.report);
        let expected = json!({ "proved": true, "as_of": as_of, "index_root": COVERED, "basis": "index" });
        assert_eq!(detail(&found, "completeness"), expected);
        assert!(lists(&found, "checked", "completeness"));
        assert!(lists(&found, "not_checked", "index_replay"));
        let proved = detail(&found, "proved");
        assert!(proved.as_str().unwrap().starts_with("that no entry was left out"));
        assert_eq!(detail(&found, "not_proved"), PACK_INDEX_NOT_PROVED);
    }
}

#[test]
fn the_assessment_is_the_same_with_and_without_an_index() {
    let log = sound();
    let without = PackRequest {
        size: COVERED,
        ..ask(5)
    };
    let (proved, open) = (check(&log.pack(ask(5))), check(&log.pack(without)));
    assert_eq!(proved.assessment, open.assessment);
    assert!(proved.assessment.is_some());
    let completeness = json!({ "proved": false, "why": "no_index_root" });
    assert_eq!(detail(&open, "completeness"), completeness);
    assert!(lists(&open, "not_checked", "completeness"));
    assert_eq!(detail(&open, "not_proved"), PACK_NOT_PROVED);
    assert_eq!(detail(&open, "proved"), json!(null));
}

#[test]
fn an_index_that_covers_less_than_the_assessed_tree_proves_nothing_of_it() {
    let mut log = JobLog::new();
    log.fill(COVERED);
    log.index_of(COVERED - 1, |_| {});
    let pack = log.pack(ask(COVERED));
    let found = check(&pack);
    assert!(found.assessment.is_some(), "{:?}", found.report);
    let completeness = json!({ "proved": false, "why": "not_covered" });
    assert_eq!(detail(&found, "completeness"), completeness);
    let of_less = index_proof(&log.pack(ask(COVERED - 1)));
    let brought = changed(&pack, member::INDEX_PROOF, |proof| *proof = of_less);
    assert_eq!(
        refused(&with_completeness(&brought, "index")),
        "INDEX_PROOF_INVALID"
    );
}

#[test]
fn an_entry_that_the_maker_of_a_pack_keeps_back_is_missed() {
    let log = sound();
    for kept_back in [&[1][..], &[2], &[1, 2]] {
        let ask = PackRequest { kept_back, ..ask(5) };
        assert_eq!(refused(&log.pack(ask)), "INDEX_PROOF_INVALID", "{kept_back:?}");
        // Under a checkpoint without an index nobody can tell.
        let open = PackRequest { size: COVERED, ..ask };
        assert!(check(&log.pack(open)).assessment.is_some(), "{kept_back:?}");
    }
}

#[test]
fn an_answer_that_is_shorter_or_longer_than_the_indexs_is_noticed_first() {
    let pack = sound().pack(ask(5));
    let lookups = {
        let mut count = 0;
        changed(&pack, member::ANSWERS, |answers| count = array(answers).len());
        count
    };
    for position in 0..lookups {
        let edited = |change: fn(&mut Vec<Value>) -> bool| {
            let mut is_other = false;
            let pack = changed(&pack, member::ANSWERS, |answers| {
                is_other = change(array(&mut array(&mut array(answers)[position])[1]));
            });
            is_other.then(|| refused(&pack))
        };
        let shorter = edited(|indices| indices.pop().is_some());
        assert!(
            matches!(shorter, None | Some("INDEX_PROOF_INVALID")),
            "{position}"
        );
        let longer = edited(|indices| {
            indices.push(Value::Integer(4));
            true
        });
        assert_eq!(longer, Some("INDEX_PROOF_INVALID"), "{position}");
    }
}

#[test]
fn an_index_that_hides_or_makes_up_what_the_pack_shows_is_the_operators_fault() {
    let hidden = row_of_job(1, Kind::JobEvent);
    let log = indexed(|rows| rows.retain(|row| *row != hidden));
    let omits = log.pack(ask(5));
    let made_up = row_of_job(3, Kind::JobEvent);
    let log = indexed(|rows| {
        rows.push(made_up);
        rows.sort_unstable();
    });
    for (pack, code) in [(omits, "INDEX_OMITS"), (log.pack(ask(5)), "INDEX_FALSE")] {
        assert_eq!(refused(&pack), code);
        let report = check(&pack).report;
        assert_eq!(report.answers, ReportAnswers::genuine(Status::Fail));
        let told = report.text_of_kind("pack");
        assert!(
            told.first_line().starts_with("Pack: genuine, under key "),
            "{}",
            told.first_line()
        );
        let none = "Verdict on the job: none, because what the log's operator signed contradicts itself (";
        assert!(told.verdict_line().starts_with(none), "{}", told.verdict_line());

        // What somebody else changed in it accuses nobody.
        let changes: [(usize, Change, &str); 2] = [
            (
                member::ASSESSMENT,
                |assessment| *assessment = Value::Text("{}".to_owned()),
                "ASSESSMENT_MISMATCH",
            ),
            (
                member::RECORDS,
                |records| record_of(records, 1)[2] = Value::Bytes(b"{}".to_vec()),
                "RAW_DIGEST_MISMATCH",
            ),
        ];
        for (place, change, code) in changes {
            let altered = check(&changed(&pack, place, change)).report;
            assert_eq!(
                (altered.reason_code, altered.answers),
                (code, ReportAnswers::NOT_GENUINE)
            );
        }
    }
}

/// What no file can show: the index and the pack agree on it.
#[test]
fn an_entry_that_is_neither_in_the_index_nor_in_the_pack_is_not_missed() {
    let log = indexed(|rows| rows.retain(|row| row.index() != index(1)));
    let pack = log.pack(PackRequest {
        kept_back: &[1],
        ..ask(5)
    });
    let found = check(&pack);
    assert!(found.assessment.is_some(), "{:?}", found.report);
    assert!(lists(&found, "not_checked", "index_replay"));
}

#[test]
fn a_proof_is_of_one_tree_one_closure_and_one_index() {
    let mut log = JobLog::new();
    for other in 0..64 {
        log.document(&job_event(4, &format!("other-{other}")), None);
    }
    let first = log.index();
    let second = log.index();
    let of = |job, as_of, index_root| {
        log.pack(PackRequest {
            job,
            as_of,
            size: index_root + 1,
            ..ASK
        })
    };
    let pack = of("job-1", 60, second);
    assert!(check(&pack).assessment.is_some());
    for other in [
        of("job-1", 4, second),
        of("other-7", 60, second),
        of("job-1", 60, first),
    ] {
        assert!(check(&other).assessment.is_some());
        let proof = index_proof(&other);
        let brought = changed(&pack, member::INDEX_PROOF, |own| *own = proof);
        assert_eq!(refused(&brought), "INDEX_PROOF_INVALID");
    }
}

#[test]
fn the_proof_is_there_exactly_where_the_checkpoint_ends_in_an_index_that_covers_the_tree() {
    let log = sound();
    let pack = log.pack(ask(5));
    assert_eq!(refused(&stripped(&pack)), "INDEX_PROOF_INVALID");
    let open = log.pack(PackRequest {
        size: COVERED,
        ..ask(5)
    });
    let brought = changed(&open, member::INDEX_PROOF, |own| *own = index_proof(&pack));
    assert_eq!(
        refused(&with_completeness(&brought, "index")),
        "INDEX_PROOF_INVALID"
    );
    // What answers say of themselves goes with it.
    let without = changed(&pack, member::INDEX_PROOF, |own| *own = Value::Null);
    for mixed in [&brought, &without, &with_completeness(&open, "index")] {
        assert_eq!(refused(mixed), "PACK_DAMAGED");
    }
    let one_less = changed(&pack, member::ANSWERS, |answers| {
        array(&mut array(answers)[1])[2] = Value::Text("not_proved".to_owned());
    });
    assert_eq!(refused(&one_less), "PACK_DAMAGED");
}

#[test]
fn the_last_entry_of_the_checkpoints_tree_is_in_every_pack() {
    let mut log = sound();
    for size in [COVERED, COVERED + 1] {
        let without = log.pack_of(PackRequest { size, ..ask(5) }, |parts| {
            parts.alone.remove(&index(size - 1));
        });
        assert_eq!(refused(&without), "INCLUSION_FAILED", "size {size}");
    }
    // An index.root that covers nothing of what is asked is an entry like any other.
    log.fill(COVERED + 2);
    let size = COVERED + 2;
    let as_of_index_root = PackRequest {
        as_of: COVERED + 1,
        size,
        ..ASK
    };
    assert!(check(&log.pack(as_of_index_root)).assessment.is_some());
}

/// An entry whose context has a subject that shares 16 bytes of its hash with `job-1`.
fn colliding(log: &JobLog) -> Entry {
    let mut hash = *subject_hash(&SALT, Field::Job, "job-1").as_bytes();
    hash[31] ^= 1;
    let subject = Subject {
        field: Field::Job,
        hash: SubjectHash::from_bytes(hash),
    };
    let tied = log.record(index(2)).entry;
    Entry {
        submitter: tied.submitter,
        context_subjects: Some(vec![subject]),
        ..log.log.filler()
    }
}

#[test]
fn an_entry_that_shares_16_bytes_of_a_hash_is_there_alone_and_in_no_answer() {
    let mut log = JobLog::new();
    let colliding = log.entry(&colliding(&log), StoredBytes::Bytes(b"whatever".to_vec()));
    log.fill(COVERED);
    log.index();
    let pack = log.pack(ask(COVERED));
    let found = check(&pack);
    assert!(found.assessment.is_some(), "{:?}", found.report);
    assert!(kinds(&pack).contains(&(colliding, Kind::Refused)));
    let left_out = log.pack_of(ask(COVERED), |parts| {
        parts.alone.remove(&index(colliding));
    });
    assert_eq!(refused(&left_out), "INDEX_PROOF_INVALID");
    let with_document = changed(&pack, member::RECORDS, |records| {
        record_of(records, colliding)[2] = Value::Bytes(b"whatever".to_vec());
    });
    assert_eq!(refused(&with_document), "RAW_DIGEST_MISMATCH");
}

#[test]
fn nothing_stands_alone_that_neither_the_tree_nor_the_index_needs() {
    let mut log = sound();
    let size = log.index() + 1;
    let with = |further: u64| {
        log.pack_of(PackRequest { size, ..ask(3) }, |parts| {
            parts
                .alone
                .insert(index(further), log.record(index(further)).bytes);
        })
    };
    assert_eq!(refused(&with(COVERED)), "RECORD_SUPERFLUOUS");
    // What has a document and is without it is looked at as erased.
    assert_eq!(refused(&with(3)), "ERASURE_NOT_ORDERED");
}

#[test]
fn what_is_of_a_later_format_leaves_everything_open() {
    let pack = sound().pack(ask(5));
    let later_proof = changed(&pack, member::INDEX_PROOF, |proof| {
        *proof = Value::Array(vec![Value::Integer(2), Value::Text("new".to_owned())]);
    });
    let later_kind = changed(&pack, member::ANSWERS, |answers| {
        array(&mut array(&mut array(answers)[0])[0])[1] = Value::Text("log.moved".to_owned());
    });
    for later in [&later_proof, &later_kind] {
        let report = check(later).report;
        assert_eq!(
            (report.status, report.reason_code),
            (Status::Incomplete, "UNKNOWN_FORMAT")
        );
        assert_eq!(report.answers.authenticity, Authenticity::Unknown);
    }
    // `kind` will never be a field, and no closure asks about nonces.
    for field in ["kind", "nonce"] {
        let unprovable = changed(&pack, member::ANSWERS, |answers| {
            array(&mut array(&mut array(answers)[3])[0])[1] = Value::Text(field.to_owned());
        });
        assert_eq!(refused(&unprovable), "INDEX_PROOF_INVALID", "{field}");
    }
}

#[test]
fn every_byte_of_a_pack_with_an_index_proof_that_is_changed_is_noticed() {
    let pack = sound().pack(ask(5));
    for position in 0..pack.len() - 32 {
        let mut changed = pack.clone();
        changed[position] ^= 1 << (position % 8);
        let found = check(&resealed(changed));
        assert_eq!(found.assessment, None, "byte {position}: {:?}", found.report);
        assert_ne!(found.report.status, Status::Pass, "byte {position}");
    }
}
