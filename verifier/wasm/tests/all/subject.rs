//! What a page shows of an answer of the index, against the answer.

use serde_json::{Value, json};
use std::path::Path;
use verifier::check::Status;
use verifier_wasm::{AnswerCheck, ShownAnswer, ShownList, check_answer};

/// Makes a page say something else.
type PageChange = fn(&mut ShownAnswer);

/// A subject-proof of the vectors.
struct Vector {
    name: String,
    members: Value,
}

impl Vector {
    fn all(folder: &str) -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/vectors/subject-proof");
        let files = std::fs::read_dir(root.join(folder)).unwrap();
        let read = |path: &Path| Self {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            members: serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap(),
        };
        files.map(|file| read(&file.unwrap().path())).collect()
    }

    fn named(folder: &str, name: &str) -> Self {
        let all = Self::all(folder).into_iter();
        all.into_iter().find(|vector| vector.name == name).unwrap()
    }

    fn text(&self, member: &str) -> &str {
        self.members[member].as_str().unwrap()
    }

    /// The page that an honest server makes.
    fn page(&self) -> ShownAnswer {
        let answer: Vec<u64> = serde_json::from_value(self.members["answer"].clone()).unwrap();
        let as_of = self.members["as_of"].as_u64().unwrap();
        ShownAnswer {
            question: self.members["question"].clone(),
            as_of,
            after: None,
            count: Some(u64::try_from(answer.len()).unwrap()),
            list: Some(ShownList {
                first: 0,
                end: as_of,
                entries: answer,
                others: false,
            }),
        }
    }

    fn check(&self, shown: &ShownAnswer) -> AnswerCheck {
        let text = self.text("file_hex");
        let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        let file: Vec<u8> = (0..text.len()).step_by(2).map(byte).collect();
        check_answer(&file, self.text("genesis").as_bytes(), self.text("vkey"), shown)
    }
}

fn said(check: &AnswerCheck) -> &str {
    &check.proved.as_ref().unwrap().answer
}

#[test]
fn a_page_that_shows_what_the_answer_says_may_call_it_proved() {
    let whole = Vector::all("valid").into_iter();
    for vector in whole.filter(|vector| !vector.name.starts_with("range")) {
        let check = vector.check(&vector.page());
        assert!(check.page.agrees(), "{}: {check:?}", vector.name);
        let proved = check.proved.unwrap();
        assert_eq!(proved.basis, "proved by index.root 11, checked in this browser");
    }
    let job = Vector::named("valid", "job");
    assert_eq!(
        said(&job.check(&job.page())),
        "All 4 entries that name this job as of size 11"
    );
    let token = Vector::named("valid", "never_revoked");
    assert_eq!(
        said(&token.check(&token.page())),
        "This token was never revoked as of size 11"
    );
}

#[test]
fn an_answer_of_a_range_never_stands_for_the_whole() {
    let ranged = Vector::all("valid").into_iter();
    for vector in ranged.filter(|vector| vector.name.starts_with("range")) {
        let check = vector.check(&vector.page());
        match check.proved {
            Some(proved) => {
                assert_eq!(vector.name, "range_of_all");
                assert!(proved.answer.contains("in the range from entry 0 to entry 10"));
            }
            None => assert_eq!(
                check.page.report.reason_code, "RANGE_TOO_SHORT",
                "{}",
                vector.name
            ),
        }
    }
}

#[test]
fn a_page_that_hides_an_entry_or_adds_one_is_told_which_and_proves_nothing() {
    let job = Vector::named("valid", "job");
    let changes: [(&str, PageChange); 5] = [
        ("entry 5", |page| {
            page.list.as_mut().unwrap().entries.retain(|index| *index != 5);
        }),
        ("entry 4", |page| page.list.as_mut().unwrap().entries.push(4)),
        ("number of entries", |page| page.count = Some(3)),
        ("number of entries", |page| page.count = Some(5)),
        ("as_of", |page| page.as_of = 10),
    ];
    for (what, change) in changes {
        let mut page = job.page();
        change(&mut page);
        let check = job.check(&page);
        assert!(check.page.holds && !check.page.agrees(), "{what}");
        assert_eq!(check.page.differences[0].what, what);
        assert_eq!(check.proved, None, "{what}");
    }
}

#[test]
fn a_page_with_a_part_of_the_list_is_compared_in_that_part() {
    let job = Vector::named("valid", "job");
    let part = |first, end, entries: &[u64], others| {
        let mut page = job.page();
        page.list = Some(ShownList {
            first,
            end,
            entries: entries.to_vec(),
            others,
        });
        job.check(&page)
    };
    assert!(part(2, 9, &[2, 5], false).page.agrees());
    assert!(!part(2, 9, &[2], false).page.agrees());
    assert!(!part(2, 9, &[2, 5, 7], false).page.agrees());
    assert!(
        part(2, 9, &[2, 5, 7], true).page.agrees(),
        "of other subjects, too"
    );
    assert_eq!(
        said(&part(2, 9, &[2, 5], false)),
        "All 4 entries that name this job as of size 11"
    );
}

#[test]
fn what_is_after_an_entry_is_said_only_where_the_answer_reaches_beyond_it() {
    let job = Vector::named("valid", "job");
    let after = |after| {
        let mut page = job.page();
        page.after = Some(after);
        job.check(&page)
    };
    assert_eq!(
        said(&after(9)),
        "No entry that names this job is after entry 9: the last is entry 9 as of size 11"
    );
    let beyond = after(10);
    assert_eq!(beyond.page.report.reason_code, "AFTER_NOT_COVERED");
    assert_eq!(beyond.page.report.status, Status::Incomplete);
    assert_eq!(beyond.proved, None);
}

#[test]
fn an_answer_to_another_question_or_as_of_fewer_entries_proves_nothing() {
    let job = Vector::named("valid", "job");
    let mut page = job.page();
    page.question = json!(["subject", "job", "j2", []]);
    let check = job.check(&page);
    assert_eq!(check.page.report.reason_code, "UNEXPECTED_QUESTION");
    assert_eq!(check.page.report.status, Status::Fail);
    assert!(!check.page.holds && check.proved.is_none());
    let older = Vector::named("valid", "job_as_of_5");
    let check = older.check(&job.page());
    assert_eq!(check.page.report.reason_code, "ANSWER_TOO_OLD");
    assert_eq!(check.page.report.status, Status::Incomplete);
    assert_eq!(check.proved, None);
}

#[test]
fn no_invalid_proof_proves_anything_and_each_is_told_by_its_code() {
    for vector in Vector::all("invalid") {
        let page = ShownAnswer {
            question: json!(["subject", "job", "j1", []]),
            as_of: 1,
            after: None,
            count: None,
            list: None,
        };
        let check = vector.check(&page);
        assert_eq!(
            check.page.report.reason_code,
            vector.text("code"),
            "{}",
            vector.name
        );
        assert!(!check.page.holds && check.proved.is_none(), "{}", vector.name);
    }
}

#[test]
fn without_a_key_nothing_is_proved_and_nothing_is_found_wrong() {
    let job = Vector::named("valid", "job");
    let check = check_answer(b"", b"", "no key", &job.page());
    assert_eq!(check.page.report.reason_code, "KEY_MALFORMED");
    assert!(!check.page.holds && check.proved.is_none());
}
