//! The entries of a window that have some subjects: those that the log's index has under all of them.

use super::invalid;
use super::pieces::AnswerPieces;
use crate::check::{Details, Finding};
use crate::hash::LeafHash;
use crate::index::LeafIndex;
use crate::text::plain::counted;

/// What an export proves of its entries.
const NOT_PROVED: &str = "that the index is right, which only an audit that computes it again from all entries shows; anything about \
                          evidence that was never submitted, or about entries from the size of the answers on";

/// The entries that must have a line.
#[derive(Debug)]
pub(super) struct SubjectEntries {
    pieces: AnswerPieces,
    /// How many of the entries had their line.
    listed: usize,
    /// The entry of the last line.
    last: Option<LeafIndex>,
    /// The first of the entries without a line, or the first line of another one.
    fault: Option<Finding>,
}

impl SubjectEntries {
    /// Before the proofs are taken.
    pub(super) fn new(pieces: AnswerPieces, details: &mut Details) -> Self {
        details.set("as_of", pieces.as_of().value());
        let subjects = pieces.subjects().iter();
        let questions: Vec<_> = subjects.map(|subject| subject.question.to_json()).collect();
        details.set("subjects", questions);
        details.set("basis", "index");
        details.set("not_proved", NOT_PROVED);
        Self {
            pieces,
            listed: 0,
            last: None,
            fault: None,
        }
    }

    pub(super) fn next_proof(&self) -> Option<String> {
        self.pieces.next_name()
    }

    pub(super) fn take_proof(&mut self, file: &[u8], details: &mut Details) -> Result<(), Finding> {
        self.pieces.take(file)?;
        if self.pieces.next_name().is_none() && self.pieces.fault().is_none() {
            details.set("window_closed", self.pieces.is_closed());
            details.checked("checkpoint");
            details.checked("index");
        }
        Ok(())
    }

    /// The entry that a line is of, where the signed lines are as many as these entries.
    pub(super) fn index_at(&self, position: usize, lines: usize) -> Option<LeafIndex> {
        let entries = self.pieces.entries();
        let is_told = self.fault.is_none() && lines == entries.len();
        let (index, _) = entries.get(position).filter(|_| is_told)?;
        Some(*index)
    }

    /// Holds the entry of the next line that the operator signed against the next one that has to have a line. Which of them is there
    /// too much or too little is kept until the end: a file that does not hold accuses nobody.
    pub(super) fn check(&mut self, index: LeafIndex, leaf: LeafHash) -> Result<(), Finding> {
        self.all_taken()?;
        if let Some(last) = self.last.filter(|last| *last >= index) {
            return Err(invalid(&format!(
                "it was signed over lines that do not ascend: entry {index} is behind entry {last}"
            )));
        }
        self.last = Some(index);
        if self.fault.is_some() || self.pieces.fault().is_some() {
            return Ok(());
        }
        match self.pieces.entries().get(self.listed) {
            Some(expected) if *expected == (index, leaf) => self.listed = self.listed.saturating_add(1),
            Some((expected, _)) if *expected < index => self.fault = Some(omits(*expected)),
            _ => self.fault = Some(adds(index)),
        }
        Ok(())
    }

    /// Whether every entry had its line, and no other one.
    pub(super) fn conclude(&self) -> Result<String, Finding> {
        self.all_taken()?;
        if let Some(fault) = self.pieces.fault().or(self.fault.as_ref()) {
            return Err(fault.clone());
        }
        if let Some((index, _)) = self.pieces.entries().get(self.listed) {
            return Err(omits(*index));
        }
        let entries = counted(self.listed, "entry is", "entries are");
        let open = if self.pieces.is_closed() {
            ""
        } else {
            "; the window was not over at that size, so that more can follow"
        };
        Ok(format!(
            "{entries} all that the log's index has of these subjects in the window, as of size {}: none is left out, as the log signed \
             it{open}",
            self.pieces.as_of()
        ))
    }

    fn all_taken(&self) -> Result<(), Finding> {
        match self.pieces.next_name() {
            Some(name) => Err(invalid(&format!("{name}, which it names, is missing"))),
            None => Ok(()),
        }
    }
}

fn omits(index: LeafIndex) -> Finding {
    Finding::fail(
        "EXPORT_OMITS",
        format!(
            "the operator signed no line of entry {index}, which the log's index has of these subjects in this period"
        ),
    )
}

fn adds(index: LeafIndex) -> Finding {
    Finding::fail(
        "EXPORT_ADDS",
        format!(
            "the operator signed a line of entry {index}: the log's index does not have this entry of these subjects in this period, or has \
             another one at its place"
        ),
    )
}
