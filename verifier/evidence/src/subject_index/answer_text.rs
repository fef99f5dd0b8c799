//! Answers from the index in words: one wording for the command line, pages and the API.
//!
//! Each sentence says how many entries there are and as of which size, since an answer is about nothing from there on.

use tlog::index::{LeafIndex, TreeSize};

use super::IndexQuestion;
use super::question_text::QuestionText;
use crate::text::plain::{grouped, sentence};

/// An answer that was proved, to be put into words.
#[derive(Clone, Copy, Debug)]
pub struct AnswerText<'a> {
    /// What was asked.
    pub question: &'a IndexQuestion,
    /// The size as of which it was asked.
    pub as_of: TreeSize,
    /// The index.root that answers.
    pub index_root: LeafIndex,
    /// All entries below as-of that the question asks for, ascending.
    pub found: &'a [LeafIndex],
}

impl AnswerText<'_> {
    /// The answer: `The token "t1" was never revoked, as of size 100.`
    pub fn sentence(&self) -> String {
        let text = QuestionText::of(self.question);
        let clause = match (self.found, &text.once) {
            ([], _) => text.none.clone(),
            ([index], Some(once)) => format!("{once} entry {index}"),
            _ => text.some(self.found, "in the log"),
        };
        self.finished(&clause, &text)
    }

    /// The answer about entries after one: `No entry of the token "t1" is after entry 41: the last is entry 37, as of size 100.` It
    /// says nothing unless the answer [reaches beyond](Self::reaches_beyond) this entry.
    pub fn sentence_after(&self, after: LeafIndex) -> String {
        let text = QuestionText::of(self.question);
        let clause = match self.split(after) {
            ([], []) => format!("{}, neither up to entry {after} nor after it", text.none),
            ([.., last], []) => {
                format!("no {} is after entry {after}: the last is entry {last}", text.one)
            }
            (before, found) => {
                let some = text.some(found, &format!("after entry {after}"));
                match before.last() {
                    Some(last) => format!("{some}, and the last one up to there is entry {last}"),
                    None => format!("{some}, and none is up to there"),
                }
            }
        };
        self.finished(&clause, &text)
    }

    /// Those of the entries that are after one.
    pub fn after(&self, after: LeafIndex) -> &[LeafIndex] {
        self.split(after).1
    }

    /// Whether the answer says anything of entries after this one.
    pub fn reaches_beyond(&self, after: LeafIndex) -> bool {
        after.size_with().is_some_and(|size| size < self.as_of)
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
        format!(
            "that the index is right, which only an audit that computes it again from all entries shows; anything about evidence that \
             was never submitted, or about entries from {} on; that those who signed or submitted these entries had the right to",
            self.as_of
        )
    }

    /// What was asked for, in the plural.
    pub fn asked(&self) -> String {
        QuestionText::of(self.question).many
    }

    fn split(&self, after: LeafIndex) -> (&[LeafIndex], &[LeafIndex]) {
        self.found
            .split_at(self.found.partition_point(|index| *index <= after))
    }

    fn finished(&self, clause: &str, text: &QuestionText) -> String {
        let size = grouped(self.as_of.value());
        let said = sentence(&format!("{clause}, as of size {size}."));
        match text.remark.filter(|_| !self.found.is_empty()) {
            Some(remark) => format!("{said} {remark}"),
            None => said,
        }
    }
}
