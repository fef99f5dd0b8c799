//! Answers from the index in words: one wording for the command line, pages and the API.
//!
//! Each sentence says how many entries there are and as of which size, since an answer is about nothing from there on. An answer that is
//! restricted to a range names the range, and claims nothing outside of it.

use tlog::index::{LeafIndex, TreeSize};
use tlog::runs::RunRange;

use super::IndexQuestion;
use super::question_text::QuestionText;
use crate::text::plain::{all_of, entries, grouped, sentence};

/// An answer that was proved, to be put into words.
#[derive(Clone, Copy, Debug)]
pub struct AnswerText<'a> {
    /// What was asked.
    pub question: &'a IndexQuestion,
    /// The size as of which it was asked.
    pub as_of: TreeSize,
    /// The entries below as-of to which the answer is restricted, if it is.
    pub range: Option<RunRange>,
    /// The index.root that answers.
    pub index_root: LeafIndex,
    /// All entries below as-of, or of the range, that the question asks for, ascending.
    pub found: &'a [LeafIndex],
}

/// Entries that the answer on a page names one by one; the page lists them all.
const NAMED_ON_PAGE: usize = 3;

impl AnswerText<'_> {
    /// The answer: `The token "t1" was never revoked, as of size 100.`
    pub fn sentence(&self) -> String {
        let text = QuestionText::of(self.question);
        let outside = self.range.map(|_| "outside that range".to_owned());
        self.finished(&self.clause(&text), outside, &text)
    }

    /// The answer about entries after one: `No entry of the token "t1" is after entry 41: the last is entry 37, as of size 100.` It
    /// says nothing unless the answer [reaches beyond](Self::reaches_beyond) this entry.
    pub fn sentence_after(&self, after: LeafIndex) -> String {
        let text = QuestionText::of(self.question);
        let begin = self.begin();
        let outside = (begin.value() > 0).then(|| format!("before entry {begin}"));
        self.finished(&self.clause_after(after, &text), outside, &text)
    }

    /// The answer on the page about what was asked for, without a full stop: `This token was never revoked as of size 100`,
    /// `All 14 entries that name this job as of size 100`. Only who has checked the proof may say it.
    pub fn on_its_page(&self) -> String {
        let text = QuestionText::here(self.question);
        let is_some_of_all = self.range.is_none() && !self.found.is_empty() && text.once.is_none();
        if !is_some_of_all {
            return self.sized(&self.clause(&text));
        }
        let all = all_of(self.found.len(), &text.one, &text.many);
        if self.found.len() > NAMED_ON_PAGE {
            self.sized(&all)
        } else {
            self.sized(&format!("{all}, {},", entries(self.found)))
        }
    }

    /// The same of [`sentence_after`](Self::sentence_after).
    pub fn on_its_page_after(&self, after: LeafIndex) -> String {
        let text = QuestionText::here(self.question);
        self.sized(&self.clause_after(after, &text))
    }

    fn clause(&self, text: &QuestionText) -> String {
        match (self.range, self.found, &text.once) {
            (Some(range), [], _) => format!("no {} is {}", text.one, place(range)),
            (Some(range), found, _) => text.some(found, &place(range)),
            (None, [], _) => text.none.clone(),
            (None, [index], Some(once)) => format!("{once} entry {index}"),
            (None, found, _) => text.some(found, "in the log"),
        }
    }

    fn clause_after(&self, after: LeafIndex, text: &QuestionText) -> String {
        match self.split(after) {
            ([], []) if self.begin().value() == 0 => {
                format!("{}, neither up to entry {after} nor after it", text.none)
            }
            ([], []) => self.none_up_to(after, format!("no {} is after entry {after}", text.one)),
            ([.., last], []) => {
                format!("no {} is after entry {after}: the last is entry {last}", text.one)
            }
            (before, found) => {
                let some = text.some(found, &format!("after entry {after}"));
                match before.last() {
                    Some(last) => format!("{some}, and the last one up to there is entry {last}"),
                    None => self.none_up_to(after, some),
                }
            }
        }
    }

    /// Those of the entries that are after one.
    pub fn after(&self, after: LeafIndex) -> &[LeafIndex] {
        self.split(after).1
    }

    /// Whether the answer says which entries there are after this one, up to as-of.
    pub fn reaches_beyond(&self, after: LeafIndex) -> bool {
        let is_to_end = self.range.is_none_or(|range| range.end() == self.as_of);
        let behind = after.size_with();
        is_to_end && behind.is_some_and(|size| self.begin() <= size && size < self.as_of)
    }

    /// The same about a part of its entries alone. Nothing is said of a part that is not one of them.
    #[must_use]
    pub fn within(self, part: RunRange) -> Self {
        let below = |size: TreeSize| self.found.partition_point(|index| index.value() < size.value());
        let found = self.found.get(below(part.begin())..below(part.end()));
        Self {
            range: Some(part),
            found: found.unwrap_or_default(),
            ..self
        }
    }

    /// What vouches for the answer.
    pub fn basis(&self) -> String {
        format!(
            "Basis: the index that the log signed in entry {}.",
            self.index_root
        )
    }

    /// What the answer does not prove, as a list in a sentence.
    pub fn not_proved(&self) -> String {
        let outside = match self.range {
            Some(range) => format!("before {} or from {} on", range.begin(), range.end()),
            None => format!("from {} on", self.as_of),
        };
        format!(
            "that the index is right, which only an audit that computes it again from all entries shows; anything about evidence that \
             was never submitted, or about entries {outside}; that those who signed or submitted these entries had the right to"
        )
    }

    /// What was asked for, in the plural.
    pub fn asked(&self) -> String {
        QuestionText::of(self.question).many
    }

    /// The size of the log in front of the first entry that the answer is about.
    fn begin(&self) -> TreeSize {
        self.range.map_or(TreeSize::new(0), |range| range.begin())
    }

    /// Adds that none is up to an entry, as far as the answer says that.
    fn none_up_to(&self, after: LeafIndex, clause: String) -> String {
        let begin = self.begin();
        if begin.value() == 0 {
            format!("{clause}, and none is up to there")
        } else if begin.contains(after) {
            clause
        } else {
            format!("{clause}, and none is from entry {begin} up to there")
        }
    }

    fn split(&self, after: LeafIndex) -> (&[LeafIndex], &[LeafIndex]) {
        self.found
            .split_at(self.found.partition_point(|index| *index <= after))
    }

    fn sized(&self, clause: &str) -> String {
        sentence(&format!("{clause} as of size {}", grouped(self.as_of.value())))
    }

    /// `outside` are the entries that the answer is not about, where it is restricted.
    fn finished(&self, clause: &str, outside: Option<String>, text: &QuestionText) -> String {
        let size = grouped(self.as_of.value());
        let mut said = sentence(&format!("{clause}, as of size {size}."));
        if let Some(outside) = outside {
            said = format!("{said} This says nothing of entries {outside}.");
        }
        let remark = text.remark.filter(|_| !self.found.is_empty());
        for further in remark.into_iter().chain(text.caveat.as_deref()) {
            said.push(' ');
            said.push_str(further);
        }
        said
    }
}

/// The entries that a restricted answer is about: `the range from entry 1000 to entry 4999`, `the range of entry 55 alone`.
pub fn range_in_words(range: RunRange) -> String {
    let (first, last) = (range.begin(), range.end().last_index().unwrap_or_default());
    if first.value() == last.value() {
        format!("the range of entry {last} alone")
    } else {
        format!("the range from entry {first} to entry {last}")
    }
}

fn place(range: RunRange) -> String {
    format!("in {}", range_in_words(range))
}
