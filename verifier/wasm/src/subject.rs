//! An answer of the log's index: all entries that have something, held against what the page shows of them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use verifier::check::{
    Details, FilePurpose, ReportAnswers, Status, SubjectAnswer, SubjectCheck, SubjectExpectation,
    check_subject, something_else,
};
use verifier::index::{LeafIndex, TreeSize};
use verifier::text::plain::grouped;

use crate::{Difference, PageCheck, key};

/// Differences of one list that are told.
const DIFFERENCES_MAX: usize = 8;

/// What a page shows of the entries that a question asks for.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownAnswer {
    /// The question, as [`IndexQuestion::to_json`](verifier::subject_index::IndexQuestion::to_json) writes it.
    pub question: Value,
    /// The size that the page speaks of.
    pub as_of: u64,
    /// The page speaks of the entries after this one, where there is one.
    pub after: Option<u64>,
    /// How many entries there are by the page's word; absent where it does not say.
    pub count: Option<u64>,
    /// Which of them it lists; absent where it lists none.
    pub list: Option<ShownList>,
}

/// The entries that a page lists: a part of them where there is another page.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownList {
    /// The list has all of them from this index on.
    pub first: u64,
    /// It has none from this index on.
    pub end: u64,
    /// The entries that are listed.
    pub entries: Vec<u64>,
    /// Whether entries are listed that the question does not ask for.
    #[serde(default)]
    pub others: bool,
}

/// What a page is told about an answer.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct AnswerCheck {
    /// As of every page.
    #[serde(flatten)]
    pub page: PageCheck,
    /// What the page may say now; absent unless the proof holds and the page shows the same.
    pub proved: Option<ProvedClaim>,
}

/// What was proved, in the words of a page about the thing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ProvedClaim {
    /// `All 14 entries that name this job as of size 1,203`.
    pub answer: String,
    /// `proved by index.root 1,205, checked in this browser`.
    pub basis: String,
}

/// Checks a subject-proof under the kept key and compares its answer with the page. `genesis` is the answer for entry 0, which names
/// the salt of the subjects.
pub fn check_answer(file: &[u8], genesis: &[u8], vkey: &str, shown: &ShownAnswer) -> AnswerCheck {
    let key = match key(vkey) {
        Ok(key) => key,
        Err(finding) => {
            // Nothing is wrong with the proof: there is no key to hold it against.
            let report = finding.into_report_with(ReportAnswers::UNKNOWN, Details::default());
            return AnswerCheck {
                page: PageCheck::new("subject_proof", report, false, Vec::new()),
                proved: None,
            };
        }
    };
    let expected = SubjectExpectation {
        question: Some(&shown.question),
        as_of_min: Some(TreeSize::new(shown.as_of)),
        after: shown.after.map(LeafIndex::new),
        ..SubjectExpectation::default()
    };
    let SubjectCheck { report, answer } = match something_else(FilePurpose::SubjectProof, file) {
        Some(report) => SubjectCheck { report, answer: None },
        None => check_subject(file, genesis, &key, &expected),
    };
    let answer = answer.filter(|_| report.status == Status::Pass);
    let differences = answer
        .as_ref()
        .map_or_else(Vec::new, |answer| shown.differences(answer));
    let proved = answer.as_ref().filter(|_| differences.is_empty());
    AnswerCheck {
        proved: proved.map(|answer| shown.proved(answer)),
        page: PageCheck::new("subject_proof", report, answer.is_some(), differences),
    }
}

impl ShownAnswer {
    fn proved(&self, answer: &SubjectAnswer) -> ProvedClaim {
        let found = answer.found();
        let text = answer.text(&found);
        let root = grouped(answer.index_root.value());
        ProvedClaim {
            answer: match self.after {
                Some(after) => text.on_its_page_after(LeafIndex::new(after)),
                None => text.on_its_page(),
            },
            basis: format!("proved by index.root {root}, checked in this browser"),
        }
    }

    fn differences(&self, answer: &SubjectAnswer) -> Vec<Difference> {
        let found: BTreeSet<u64> = answer.found().iter().map(|index| index.value()).collect();
        let mut differences = Vec::new();
        let mut compare = |what: &str, shown: u64, derived: u64| {
            if shown != derived {
                differences.push(difference(what, grouped(shown), grouped(derived)));
            }
        };
        compare("as_of", self.as_of, answer.as_of.value());
        if let Some(count) = self.count {
            let all = u64::try_from(found.len()).unwrap_or(u64::MAX);
            compare("number of entries", count, all);
        }
        if let Some(list) = &self.list {
            differences.extend(list.differences(&found));
        }
        differences
    }
}

impl ShownList {
    /// A list that is shorter than the answer leaves something out; one that is longer lists what nothing proves.
    fn differences(&self, found: &BTreeSet<u64>) -> Vec<Difference> {
        let listed: BTreeSet<u64> = self.entries.iter().copied().collect();
        let expected = found
            .iter()
            .filter(|index| (self.first..self.end).contains(index));
        let left_out = expected.filter(|index| !listed.contains(index));
        let added = listed.difference(found).filter(|_| !self.others);
        let of = |index: &u64, shown: &str, derived: &str| {
            let what = format!("entry {}", grouped(*index));
            difference(&what, shown.to_owned(), derived.to_owned())
        };
        let left_out = left_out.map(|index| of(index, "left out", "one of them"));
        let added = added.map(|index| of(index, "one of them", "none of them"));
        left_out.chain(added).take(DIFFERENCES_MAX).collect()
    }
}

fn difference(what: &str, shown: String, derived: String) -> Difference {
    Difference {
        what: what.to_owned(),
        shown,
        derived,
    }
}
