//! Sorted runs against the vectors: what is built, what is proved, and by which rule a proof is refused.

use verifier::base64::decode_url_array;
use verifier::entry::{Entry, EntryError};
use verifier::index::{LeafIndex, TreeSize};
use verifier::runs::{
    AskedRows, CodeSet, IndexKey, IndexRow, KindCode, MemoryRun, PageFault, RunDescriptor, RunHash, RunList,
    RunListDigest, RunListError, RunProofError, RunRange, prove_each, rows_of_page, verify_runs,
};
use verifier::subject::IndexSalt;
use verifier::subject_index::{IndexError, IndexProof, IndexQuestion, RecordsOfFile, rows_of};

use serde_json::Value;

use crate::vectors::{Vector, hex, unhex, vectors};

/// A number, or a text of one that is too large for JavaScript.
pub(crate) fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .or_else(|| value.as_str()?.parse().ok())
        .unwrap_or_else(|| panic!("no number: {value}"))
}

pub(crate) fn size(value: &Value) -> TreeSize {
    TreeSize::new(number(value))
}

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member]
        .as_array()
        .unwrap_or_else(|| panic!("no list {member}"))
}

fn bytes(value: &Value) -> Vec<u8> {
    unhex(value.as_str().unwrap())
}

/// The row of 24 bytes.
pub(crate) fn row(bytes: &[u8]) -> IndexRow {
    let index = bytes[17..]
        .iter()
        .fold(0, |index, byte| index << 8 | u64::from(*byte));
    let key = IndexKey::from_bytes(bytes[..16].try_into().unwrap());
    IndexRow::new(key, KindCode::new(bytes[16]).unwrap(), LeafIndex::new(index)).unwrap()
}

fn asked(value: &Value) -> AskedRows {
    let keys = list(value, "asked").iter().map(|asked| {
        let key = IndexKey::from_bytes(bytes(&asked["key"]).try_into().unwrap());
        let codes: CodeSet = list(asked, "codes")
            .iter()
            .map(|code| KindCode::new(u8::try_from(number(code)).unwrap()).unwrap())
            .collect();
        (key, if codes.is_empty() { CodeSet::ALL } else { codes })
    });
    AskedRows::new(keys, size(&value["as_of"]))
}

fn decode_list(vector: &Vector) -> Result<RunList, RunListError> {
    let digest = RunListDigest::parse_hex(vector.text("list_digest")).unwrap();
    RunList::decode(
        &unhex(vector.text("list_hex")),
        size(&vector.members["covered"]),
        digest,
    )
}

fn verify(list: &RunList, given: &Value) -> Result<Vec<String>, RunProofError> {
    let proofs: Vec<Vec<u8>> = self::list(given, "run_proofs").iter().map(bytes).collect();
    let proofs: Vec<&[u8]> = proofs.iter().map(Vec::as_slice).collect();
    let proved = verify_runs(list, asked(given), &proofs, usize::MAX)?;
    Ok(proved.rows().iter().map(|row| hex(&row.to_bytes())).collect())
}

fn texts(value: &Value, member: &str) -> Vec<String> {
    list(value, member)
        .iter()
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

/// The runs of a vector, built from its rows.
fn built(vector: &Vector) -> Vec<(RunDescriptor, MemoryRun)> {
    let mut begin = TreeSize::new(0);
    let runs = list(&vector.members, "runs").iter();
    runs.map(|run| {
        let end = size(&run["end"]);
        let range = RunRange::new(begin, end).unwrap();
        begin = end;
        MemoryRun::build(range, list(run, "rows").iter().map(|text| row(&bytes(text)))).unwrap()
    })
    .collect()
}

#[test]
fn builds_the_pages_separators_and_roots_of_the_vectors() {
    for vector in &vectors("index-runs/valid") {
        let name = &vector.name;
        if vector.members["layout"] == "other" {
            continue;
        }
        let runs = built(vector);
        for ((descriptor, held), expected) in runs.iter().zip(list(&vector.members, "runs")) {
            let pages: Vec<String> = held.pages().iter().map(|page| hex(page)).collect();
            assert_eq!(pages, texts(expected, "pages"), "{name}");
            let separators = held.separators().iter().skip(1);
            let separators: Vec<String> = separators.map(|one| hex(one.as_bytes())).collect();
            assert_eq!(separators, texts(expected, "separators"), "{name}");
            assert_eq!(
                descriptor.root,
                RunHash::parse_hex(expected["root"].as_str().unwrap()).unwrap(),
                "{name}"
            );
            let rows: Vec<String> = held
                .pages()
                .iter()
                .flat_map(|page| rows_of_page(page).unwrap())
                .map(|row| hex(&row.to_bytes()))
                .collect();
            assert_eq!(rows, texts(expected, "rows"), "{name}");
        }
        let list = RunList::new(runs.iter().map(|(descriptor, _)| *descriptor).collect()).unwrap();
        assert_eq!(hex(&list.encode()), vector.text("list_hex"), "{name}");
        assert_eq!(list.digest().to_string(), vector.text("list_digest"), "{name}");
        assert_eq!(list, decode_list(vector).unwrap(), "{name}");
    }
}

#[test]
fn makes_the_proofs_of_the_vectors_and_finds_their_rows() {
    for vector in &vectors("index-runs/valid") {
        let name = &vector.name;
        let list = decode_list(vector).unwrap();
        let held: Vec<MemoryRun> = built(vector).into_iter().map(|(_, held)| held).collect();
        for proof in self::list(&vector.members, "proofs") {
            let mut expected = texts(proof, "found");
            expected.sort();
            assert_eq!(verify(&list, proof).unwrap(), expected, "{name}");
            if vector.members["layout"] == "other" {
                continue;
            }
            let made = prove_each(&list, &held, &asked(proof)).unwrap();
            let made: Vec<String> = made.iter().map(|proof| hex(proof)).collect();
            assert_eq!(made, texts(proof, "run_proofs"), "{name}");
        }
    }
}

fn rule_of_list(error: &RunListError) -> &'static str {
    match error {
        RunListError::Length { .. } => "2.1",
        RunListError::Count { .. } => "2.2",
        RunListError::Order { .. } => "2.3",
        RunListError::Covered { .. } => "2.4",
        RunListError::End { .. } => "2.5",
        RunListError::Digest { .. } => "2.6",
        _ => "?",
    }
}

/// The rules that an error stands for.
fn rules_of_proof(error: &RunProofError) -> &'static [&'static str] {
    match error {
        RunProofError::Count { .. } => &["3.1"],
        RunProofError::Pages { .. } => &["4.1"],
        RunProofError::CutShort { .. } => &["4.4"],
        RunProofError::Surplus { .. } => &["4.3", "4.5"],
        RunProofError::Root { .. } => &["4.2", "4.6"],
        RunProofError::SeparatorLength { .. } => &["6.1"],
        RunProofError::SeparatorZero { .. } => &["6.2"],
        RunProofError::SeparatorOutside { .. } => &["6.3", "6.4"],
        RunProofError::Page { fault, .. } => match fault {
            PageFault::NoGroups => &["7.1"],
            PageFault::KeysDescend { .. } => &["7.2"],
            PageFault::NoRows { .. } => &["7.3"],
            PageFault::RowsDescend { .. } => &["7.4"],
            PageFault::CodeZero { .. } => &["7.7"],
            _ => &[],
        },
        RunProofError::RowOutside { .. } => &["7.5", "7.6"],
        RunProofError::RowOutOfRange { .. } => &["7.8", "7.9"],
        _ => &[],
    }
}

#[test]
fn refuses_the_invalid_runs_by_their_rule() {
    for vector in &vectors("index-runs/invalid") {
        let (name, rule) = (&vector.name, vector.text("rule"));
        let error = match decode_list(vector) {
            Err(error) => {
                assert_eq!(rule_of_list(&error), rule, "{name}: {error}");
                IndexError::from(error)
            }
            Ok(list) => {
                let error = verify(&list, &vector.members).expect_err(name);
                let is_rule = rules_of_proof(&error).contains(&rule);
                assert!(
                    is_rule || vector.members["alone"] == false,
                    "{name}: {rule}: {error:?}"
                );
                IndexError::from(error)
            }
        };
        assert_eq!(error.code(), vector.text("code"), "{name}");
    }
}

fn salt(vector: &Vector) -> IndexSalt {
    IndexSalt::from_bytes(decode_url_array(vector.text("index_salt")).unwrap())
}

#[test]
fn derives_the_rows_of_the_vectors_from_their_entries() {
    for vector in &vectors("index-rows/valid") {
        let entry = Entry::decode(&unhex(vector.text("cbor_hex"))).unwrap();
        let index = LeafIndex::new(number(&vector.members["index"]));
        let rows = rows_of(index, &entry, &salt(vector)).unwrap();
        let rows: Vec<String> = rows.iter().map(|row| hex(&row.to_bytes())).collect();
        assert_eq!(rows, texts(&vector.members, "rows"), "{}", vector.name);
    }
}

/// The answers to the questions of a vector, read and checked as a file is.
fn answers(vector: &Vector) -> Result<Vec<Vec<u64>>, IndexError> {
    let proof = unhex(vector.text("proof_hex"));
    let proof = IndexProof::decode(&proof)?;
    let mut records = Vec::new();
    for record in list(&vector.members, "records") {
        let entry = Entry::decode(&bytes(&record["cbor_hex"])).map_err(|error| match error {
            EntryError::UnknownFormat(what) => IndexError::UnknownFormat(what),
            other => panic!("{}: {other}", vector.name),
        })?;
        records.push((LeafIndex::new(number(&record["index"])), entry));
    }
    let questions = list(&vector.members, "questions_cbor_hex")
        .iter()
        .map(|question| IndexQuestion::decode(&bytes(question)))
        .collect::<Result<Vec<_>, _>>()?;
    let salt = salt(vector);
    let file = RecordsOfFile {
        origin: vector.text("origin"),
        salt: &salt,
        size: size(&vector.members["tree_size"]),
        as_of: size(&vector.members["as_of"]),
        records: &records,
    };
    let proved = file.prove(&questions, &proof)?;
    let answers = (0..questions.len()).map(|question| proved.answer(question).unwrap());
    Ok(answers
        .map(|answer| answer.iter().map(|index| index.value()).collect())
        .collect())
}

#[test]
fn answers_the_questions_of_the_vectors() {
    for vector in &vectors("index-proof/valid") {
        let expected: Vec<Vec<u64>> = serde_json::from_value(vector.members["answers"].clone()).unwrap();
        let found = answers(vector).unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        assert_eq!(found, expected, "{}", vector.name);
    }
}

fn rule_of_file(error: &IndexError) -> &'static [&'static str] {
    match error {
        IndexError::UnknownFormat(_) => &["0.1", "0.2", "0.3"],
        IndexError::Form(_) => &["0.4"],
        IndexError::QuestionTwice => &["0.8"],
        IndexError::Runs(RunProofError::Rows { .. }) => &["5.2"],
        IndexError::KindNotListed { .. } => &["0.5"],
        IndexError::FieldWithoutRows { .. } => &["0.6"],
        IndexError::Kinds { .. } => &["0.7"],
        IndexError::IndexRootMissing { .. } => &["1.1"],
        IndexError::NoIndexRoot { .. } => &["1.2", "1.3"],
        IndexError::Origin { .. } => &["1.4"],
        IndexError::NotLast { .. } => &["1.5"],
        IndexError::AsOf { .. } => &["1.6", "1.7"],
        IndexError::Covered { .. } => &["1.8"],
        IndexError::RecordMissing { .. } => &["8.1"],
        IndexError::False { .. } => &["8.2"],
        IndexError::Omits { .. } => &["9.1"],
        _ => &[],
    }
}

#[test]
fn refuses_the_invalid_answers_by_their_rule() {
    for vector in &vectors("index-proof/invalid") {
        let error = answers(vector).expect_err(&vector.name);
        let rule = vector.text("rule");
        assert!(
            rule_of_file(&error).contains(&rule),
            "{}: {rule}: {error:?}",
            vector.name
        );
        assert_eq!(error.code(), vector.text("code"), "{}", vector.name);
    }
}

#[test]
fn the_vectors_are_what_their_generator_writes() {
    let target = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("index-vectors");
    let generator = crate::vectors::root().join("schemas/vectors/generate/index.mjs");
    let run = std::process::Command::new("node")
        .arg(generator)
        .env("VECTORS", &target)
        .status();
    let Ok(status) = run else {
        eprintln!("LEFT OUT: there is no Node to write the vectors again");
        return;
    };
    assert!(status.success());
    for format in [
        "index-rows/valid",
        "index-runs/valid",
        "index-runs/invalid",
        "index-proof/valid",
        "index-proof/invalid",
        "subject-proof/valid",
        "subject-proof/invalid",
        "omission/valid",
        "omission/invalid",
    ] {
        let files = |root: &std::path::Path| {
            let mut files: Vec<(std::ffi::OsString, Vec<u8>)> = std::fs::read_dir(root.join(format))
                .unwrap()
                .map(|file| file.unwrap())
                .map(|file| (file.file_name(), std::fs::read(file.path()).unwrap()))
                .collect();
            files.sort();
            files
        };
        let kept = files(&crate::vectors::root().join("schemas/vectors"));
        assert!(
            kept == files(&target),
            "{format} differs: node schemas/vectors/generate/index.mjs"
        );
    }
}
