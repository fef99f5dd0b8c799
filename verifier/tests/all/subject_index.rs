//! The authenticated index over random logs: each answer is that of a plain scan, and what is left out or made up is noticed.

use proptest::prelude::*;
use proptest::sample::Index;
use verifier::digest::{EvidenceDigest, RawDigest};
use verifier::entry::Entry;
use verifier::hash::sha256;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::runs::{
    AskedRows, IndexRow, KindCode, MemoryRun, RunDescriptor, RunList, RunRange, prove_each,
};
use verifier::subject::{Field, IndexSalt, Subject, subject_hash};
use verifier::subject_index::{
    AskedField, IndexError, IndexProof, IndexQuestion, RecordsOfFile, code_of, is_listed, rows_of,
};

const ORIGIN: &str = "example.com/log";
const SALT: IndexSalt = IndexSalt::from_bytes([7; 32]);

/// A log, its rows and the runs over them.
#[derive(Debug)]
struct Log {
    entries: Vec<Entry>,
    rows: Vec<IndexRow>,
    ends: Vec<u64>,
}

fn entry(kind: Kind, digest: u64, evidence: &[(Field, u8)], context: Option<&[(Field, u8)]>) -> Entry {
    let subjects = |pairs: &[(Field, u8)]| {
        let mut subjects: Vec<Subject> = pairs
            .iter()
            .map(|(field, value)| Subject {
                field: *field,
                hash: subject_hash(&SALT, *field, &format!("v{value}")),
            })
            .collect();
        subjects.sort_unstable();
        subjects.dedup();
        subjects
    };
    let is_refused = kind == Kind::Refused;
    Entry {
        kind,
        evidence_digest: EvidenceDigest::from_bytes(if is_refused {
            [0; 32]
        } else {
            sha256(&digest.to_be_bytes())
        }),
        signer: "did:key:signer".to_owned(),
        logged_at: TimestampMs::new(0),
        subjects: if is_refused {
            Vec::new()
        } else {
            subjects(evidence)
        },
        submitter: None,
        stream: None,
        covered: None,
        raw_digest: Some(RawDigest::from_bytes([1; 32])),
        context_subjects: context.map(subjects),
        refused: is_refused.then(|| "SCHEMA_INVALID".to_owned()),
        index_runs: None,
    }
}

/// The entry that signs a list of runs.
fn index_root(list: &RunList) -> Entry {
    Entry {
        evidence_digest: EvidenceDigest::from_bytes(*list.digest().as_bytes()),
        signer: ORIGIN.to_owned(),
        covered: Some(list.covered()),
        raw_digest: None,
        index_runs: Some(list.encode()),
        ..entry(Kind::IndexRoot, 0, &[], None)
    }
}

fn rows_of_all(entries: &[Entry]) -> Vec<IndexRow> {
    let mut rows: Vec<IndexRow> = (0..)
        .map(LeafIndex::new)
        .zip(entries)
        .flat_map(|(index, entry)| rows_of(index, entry, &SALT).unwrap())
        .collect();
    rows.sort_unstable();
    rows
}

/// A file about a log: what its maker puts into it.
struct File {
    records: Vec<(LeafIndex, Entry)>,
    proof: Vec<u8>,
    size: TreeSize,
}

impl Log {
    /// The file with the records of all rows that are asked for and those of `also`, proved by runs over `rows`.
    fn file(&self, rows: &[IndexRow], questions: &[IndexQuestion], as_of: u64, also: &[u64]) -> File {
        let mut begin = 0;
        let mut runs: Vec<(RunDescriptor, MemoryRun)> = Vec::new();
        for &end in &self.ends {
            let range = RunRange::new(TreeSize::new(begin), TreeSize::new(end)).unwrap();
            let inside = rows.iter().copied().filter(|row| range.contains(row.index()));
            runs.push(MemoryRun::build(range, inside).unwrap());
            begin = end;
        }
        let (described, held): (Vec<_>, Vec<_>) = runs.into_iter().unzip();
        let list = RunList::new(described).unwrap();
        let lookups = questions.iter().map(|question| question.lookup(&SALT).unwrap());
        let asked = AskedRows::new(lookups.map(|one| (one.key(), one.codes())), TreeSize::new(as_of));
        let found = rows
            .iter()
            .filter(|row| asked.contains(row))
            .map(|row| row.index().value());
        let mut needed: Vec<u64> = found.chain(also.iter().copied()).collect();
        needed.sort_unstable();
        needed.dedup();
        let mut records: Vec<(LeafIndex, Entry)> = needed
            .into_iter()
            .map(|index| {
                (
                    LeafIndex::new(index),
                    self.entries[usize::try_from(index).unwrap()].clone(),
                )
            })
            .collect();
        let root = LeafIndex::new(u64::try_from(self.entries.len()).unwrap());
        records.push((root, index_root(&list)));
        let proofs = prove_each(&list, &held, &asked).unwrap();
        File {
            records,
            proof: IndexProof::new(root, &proofs).unwrap().encode().unwrap(),
            size: root.size_with().unwrap(),
        }
    }

    fn scan(&self, question: &IndexQuestion, as_of: u64) -> Vec<u64> {
        let lookup = question.lookup(&SALT).unwrap();
        let kinds: &[Kind] = match question {
            IndexQuestion::Subject { kinds, .. } | IndexQuestion::Hashed { kinds, .. } => kinds,
            _ => &[],
        };
        let fits = |entry: &Entry| {
            let of_kind = kinds.is_empty() || kinds.contains(&entry.kind);
            of_kind && lookup.fits(entry)
        };
        (0..as_of)
            .filter(|index| fits(&self.entries[usize::try_from(*index).unwrap()]))
            .collect()
    }
}

fn prove(file: &File, questions: &[IndexQuestion], as_of: u64) -> Result<Vec<Vec<u64>>, IndexError> {
    let proof = IndexProof::decode(&file.proof)?;
    let records = RecordsOfFile {
        origin: ORIGIN,
        salt: &SALT,
        size: file.size,
        as_of: TreeSize::new(as_of),
        records: &file.records,
    };
    let proved = records.prove(questions, &proof)?;
    let answers = (0..questions.len()).map(|question| proved.answer(question).unwrap());
    Ok(answers
        .map(|answer| answer.iter().map(|index| index.value()).collect())
        .collect())
}

fn fields() -> impl Strategy<Value = (Field, u8)> {
    (
        prop::sample::select(vec![Field::Job, Field::Run, Field::Token, Field::Nonce]),
        0..3_u8,
    )
}

fn kinds() -> impl Strategy<Value = Kind> {
    let all: Vec<Kind> = Kind::ALL
        .iter()
        .copied()
        .filter(|kind| code_of(*kind).is_some())
        .collect();
    prop_oneof![
        3 => prop::sample::select(vec![Kind::ReceiptGateway, Kind::ReceiptTool, Kind::TokenRevoked, Kind::Refused]),
        1 => prop::sample::select(all),
    ]
}

prop_compose! {
    fn entries()(
        kind in kinds(),
        digest in 0..30_u64,
        evidence in prop::collection::vec(fields(), 0..4),
        context in prop::option::of(prop::collection::vec(fields(), 0..3)),
    ) -> Entry {
        entry(kind, digest, &evidence, context.as_deref())
    }
}

prop_compose! {
    fn logs()(entries in prop::collection::vec(entries(), 1..40), ends in prop::collection::vec(any::<Index>(), 0..4)) -> Log {
        let size = entries.len();
        let mut ends: Vec<u64> = ends.into_iter().map(|end| u64::try_from(end.index(size) + 1).unwrap()).collect();
        ends.push(u64::try_from(size).unwrap());
        ends.sort_unstable();
        ends.dedup();
        Log { rows: rows_of_all(&entries), entries, ends }
    }
}

/// Every question about what the log may have, with each set of kinds that tests use.
fn every_question() -> Vec<IndexQuestion> {
    let listed = Kind::ALL
        .iter()
        .copied()
        .filter(|kind| is_listed(*kind))
        .map(IndexQuestion::Kind);
    let digests = (0..3_u64)
        .map(|digest| IndexQuestion::Evidence(EvidenceDigest::from_bytes(sha256(&digest.to_be_bytes()))));
    let mut questions: Vec<IndexQuestion> = listed.chain(digests).collect();
    for field in [Field::Job, Field::Run, Field::Token, Field::Halt] {
        for value in ["v0", "v1", "v2", "absent"] {
            for kinds in [
                &[][..],
                &[Kind::ReceiptGateway],
                &[Kind::ReceiptGateway, Kind::TokenRevoked, Kind::Refused],
            ] {
                questions.push(IndexQuestion::Subject {
                    field: field.into(),
                    value: value.to_owned(),
                    kinds: kinds.to_vec(),
                });
            }
        }
    }
    questions
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_question_has_the_answer_of_a_plain_scan(log in logs(), as_of in any::<Index>()) {
        let as_of = u64::try_from(as_of.index(log.entries.len()) + 1).unwrap();
        let questions = every_question();
        for question in &questions {
            let one = std::slice::from_ref(question);
            let file = log.file(&log.rows, one, as_of, &[]);
            prop_assert_eq!(prove(&file, one, as_of), Ok(vec![log.scan(question, as_of)]), "{:?}", question);
        }
        let expected = questions.iter().map(|question| log.scan(question, as_of)).collect();
        prop_assert_eq!(prove(&log.file(&log.rows, &questions, as_of, &[]), &questions, as_of), Ok(expected));
    }

    #[test]
    fn a_record_that_is_left_out_of_the_file_is_noticed(log in logs(), at in any::<Index>()) {
        let size = u64::try_from(log.entries.len()).unwrap();
        let questions = every_question();
        let mut file = log.file(&log.rows, &questions, size, &[]);
        let at = at.index(file.records.len());
        let (index, _) = file.records.remove(at);
        let error = prove(&file, &questions, size).unwrap_err();
        let expected = if index.value() == size {
            matches!(error, IndexError::IndexRootMissing { .. })
        } else {
            matches!(error, IndexError::RecordMissing { .. })
        };
        prop_assert!(expected, "{}", error);
        prop_assert_eq!(error.code(), "INDEX_PROOF_INVALID");
    }

    #[test]
    fn a_row_that_the_index_leaves_out_is_the_operators_fault(log in logs(), at in any::<Index>()) {
        let size = u64::try_from(log.entries.len()).unwrap();
        let questions = every_question();
        let lookups = questions.iter().map(|question| question.lookup(&SALT).unwrap());
        let asked = AskedRows::new(lookups.map(|one| (one.key(), one.codes())), TreeSize::new(size));
        let places: Vec<usize> = (0..log.rows.len()).filter(|place| asked.contains(&log.rows[*place])).collect();
        prop_assume!(!places.is_empty());
        let mut rows = log.rows.clone();
        let gone = rows.remove(places[at.index(places.len())]);
        let file = log.file(&rows, &questions, size, &[gone.index().value()]);
        let error = prove(&file, &questions, size).unwrap_err();
        prop_assert_eq!(&error, &IndexError::Omits { row: gone });
        prop_assert_eq!(error.code(), "INDEX_OMITS");
    }

    #[test]
    fn a_row_that_the_index_makes_up_is_the_operators_fault(log in logs(), at in any::<Index>(), code in 1..=255_u8, question in any::<Index>()) {
        let size = u64::try_from(log.entries.len()).unwrap();
        let questions = every_question();
        let lookup = questions[question.index(questions.len())].lookup(&SALT).unwrap();
        let code = KindCode::new(code).filter(|code| lookup.codes().contains(*code));
        prop_assume!(code.is_some());
        let index = LeafIndex::new(u64::try_from(at.index(log.entries.len())).unwrap());
        let made_up = IndexRow::new(lookup.key(), code.unwrap(), index).unwrap();
        let mut rows = log.rows.clone();
        rows.push(made_up);
        rows.sort_unstable();
        rows.dedup();
        prop_assume!(rows.len() > log.rows.len());
        let error = prove(&log.file(&rows, &questions, size, &[]), &questions, size).unwrap_err();
        prop_assert_eq!(&error, &IndexError::False { row: made_up });
        prop_assert_eq!(error.code(), "INDEX_FALSE");
    }

    #[test]
    fn a_changed_proof_or_list_is_refused(log in logs(), at in any::<Index>(), bit in 0..8_u8, of_list in any::<bool>()) {
        let size = u64::try_from(log.entries.len()).unwrap();
        let questions = every_question();
        let mut file = log.file(&log.rows, &questions, size, &[]);
        let root = file.records.len() - 1;
        let bytes = if of_list {
            file.records[root].1.index_runs.as_mut().unwrap()
        } else {
            &mut file.proof
        };
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let error = prove(&file, &questions, size).unwrap_err();
        prop_assert!(["INDEX_PROOF_INVALID", "UNKNOWN_FORMAT"].contains(&error.code()), "{}", error);
    }

    #[test]
    fn no_bytes_make_the_readers_of_proofs_and_questions_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(proof) = IndexProof::decode(&bytes) {
            prop_assert_eq!(proof.encode().unwrap(), bytes.clone());
        }
        if let Ok(question) = IndexQuestion::decode(&bytes) {
            prop_assert_eq!(question.encode().unwrap(), bytes);
        }
    }
}

#[test]
fn every_question_is_written_and_read_again() {
    let hashed = IndexQuestion::Hashed {
        field: Field::Job.into(),
        hash: subject_hash(&SALT, Field::Job, "v0"),
        kinds: vec![Kind::HoldPlaced],
    };
    for question in every_question().into_iter().chain([hashed]) {
        assert_eq!(IndexQuestion::decode(&question.encode().unwrap()), Ok(question));
    }
}

#[test]
fn every_kind_but_index_root_has_a_code_of_its_own() {
    let mut codes: Vec<u8> = Kind::ALL
        .iter()
        .filter_map(|kind| Some(code_of(*kind)?.value()))
        .collect();
    codes.sort_unstable();
    assert_eq!(codes, (1..=26).collect::<Vec<u8>>());
    assert_eq!(code_of(Kind::IndexRoot), None);
}

#[test]
fn nothing_is_proved_of_what_has_no_rows() {
    for question in [
        IndexQuestion::Kind(Kind::ReceiptGateway),
        IndexQuestion::Kind(Kind::IndexRoot),
        IndexQuestion::Subject {
            field: AskedField::Kind,
            value: "token.revoked".to_owned(),
            kinds: vec![],
        },
        IndexQuestion::Hashed {
            field: Field::Job.into(),
            hash: subject_hash(&SALT, Field::Job, "j"),
            kinds: vec![],
        },
        IndexQuestion::Subject {
            field: Field::Nonce.into(),
            value: "n".to_owned(),
            kinds: vec![],
        },
        IndexQuestion::Subject {
            field: Field::Job.into(),
            value: "j".to_owned(),
            kinds: vec![Kind::IndexRoot],
        },
        IndexQuestion::Subject {
            field: Field::Job.into(),
            value: "j".to_owned(),
            kinds: vec![Kind::ReceiptTool, Kind::ReceiptGateway],
        },
    ] {
        let error = question.lookup(&SALT).unwrap_err();
        assert_eq!(error.code(), "INDEX_PROOF_INVALID", "{error}");
    }
}
