//! Collects the findings of one check, and reports the most severe one.

use std::collections::BTreeMap;

use super::super::check::{Check, CheckId, CheckStatus};
use super::super::facts::TokenUseFact;
use super::use_list::UseList;
use tlog::index::LeafIndex;

/// Findings by how much they weigh: what fails before what is incomplete, then the order in which the check
/// lists its codes.
#[derive(Debug, Default)]
pub(super) struct FindingCollector(BTreeMap<(bool, u8, &'static str), FindingDraft>);

/// The sentence about uses that one code is about: `{what}: 2 calls (entries 56, 57), the first {first}. {then}`
#[derive(Debug, Default)]
pub(super) struct UseSentence {
    /// What was done, without number and full stop.
    pub(super) what: String,
    /// What the sentence says about the first use; may be empty.
    pub(super) first: String,
    /// Whole sentences after that; may be empty.
    pub(super) then: String,
}

impl UseSentence {
    /// `what` was done; `first` describes the first use.
    pub(super) fn new(what: impl Into<String>, first: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            first: first.into(),
            then: String::new(),
        }
    }

    /// The whole sentence.
    pub(super) fn of(&self, acts: &UseList) -> String {
        let Self { what, first, then } = self;
        let mut sentence = format!("{what}: {acts}");
        if !first.is_empty() {
            sentence.push_str(if acts.is_one() { ", " } else { ", the first " });
            sentence.push_str(first);
        }
        sentence.push('.');
        if !then.is_empty() {
            sentence.push(' ');
            sentence.push_str(then);
        }
        sentence
    }
}

/// The first sentence of a code, the uses that it is about, and every entry that decides it.
#[derive(Debug)]
struct FindingDraft {
    sentence: Sentence,
    acts: UseList,
    entries: Vec<LeafIndex>,
}

#[derive(Debug)]
enum Sentence {
    Whole(String),
    OfUses(UseSentence),
}

impl FindingCollector {
    /// Something does not hold. Of the same code the first sentence stays, and the entries add up.
    pub(super) fn fail(
        &mut self,
        (order, code): (u8, &'static str),
        entries: impl IntoIterator<Item = LeafIndex>,
        message: impl FnOnce() -> String,
    ) {
        let told = self.draft((false, order, code), || Sentence::Whole(message()));
        told.entries.extend(entries);
    }

    /// The same where something is missing that would decide.
    pub(super) fn incomplete(
        &mut self,
        (order, code): (u8, &'static str),
        entries: impl IntoIterator<Item = LeafIndex>,
        message: impl FnOnce() -> String,
    ) {
        let told = self.draft((true, order, code), || Sentence::Whole(message()));
        told.entries.extend(entries);
    }

    /// A use does not hold. Of the same code the first use is told, and the others are counted.
    pub(super) fn fail_use(
        &mut self,
        (order, code): (u8, &'static str),
        used: &TokenUseFact<'_>,
        others: impl IntoIterator<Item = LeafIndex>,
        said: impl FnOnce() -> UseSentence,
    ) {
        self.add_use((false, order, code), used, others, said);
    }

    /// The same where something is missing that would decide.
    pub(super) fn incomplete_use(
        &mut self,
        (order, code): (u8, &'static str),
        used: &TokenUseFact<'_>,
        others: impl IntoIterator<Item = LeafIndex>,
        said: impl FnOnce() -> UseSentence,
    ) {
        self.add_use((true, order, code), used, others, said);
    }

    fn add_use(
        &mut self,
        key: (bool, u8, &'static str),
        used: &TokenUseFact<'_>,
        others: impl IntoIterator<Item = LeafIndex>,
        said: impl FnOnce() -> UseSentence,
    ) {
        let told = self.draft(key, || Sentence::OfUses(said()));
        told.acts.add(used);
        told.entries.push(used.index);
        told.entries.extend(others);
    }

    fn draft(
        &mut self,
        key: (bool, u8, &'static str),
        sentence: impl FnOnce() -> Sentence,
    ) -> &mut FindingDraft {
        self.0.entry(key).or_insert_with(|| FindingDraft {
            sentence: sentence(),
            acts: UseList::default(),
            entries: Vec::new(),
        })
    }

    /// The check that ends with the worst finding, or as `otherwise` says if there is none.
    pub(super) fn end(self, id: CheckId, otherwise: impl FnOnce() -> Check) -> Check {
        let Some(((incomplete, _, code), told)) = self.0.into_iter().next() else {
            return otherwise();
        };
        let status = if incomplete {
            CheckStatus::Incomplete
        } else {
            CheckStatus::Fail
        };
        let message = match told.sentence {
            Sentence::Whole(message) => message,
            Sentence::OfUses(said) => said.of(&told.acts),
        };
        Check::new(id, status, code, message, told.entries)
    }
}
