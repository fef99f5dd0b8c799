//! The entries of a window that have some subjects: those that the log's index has under all of them.

use super::manifest::ManifestSubjects;
use super::{ExportFiles, invalid};
use crate::check::subject::OpenedAnswer;
use crate::check::{Details, Finding};
use crate::hash::{LeafHash, sha256};
use crate::index::{LeafIndex, TimestampMs, TreeSize};
use crate::note::VerifierKey;
use crate::text::plain::counted;

/// What an export proves of its entries.
const NOT_PROVED: &str = "that the index is right, which only an audit that computes it again from all entries shows; anything about \
                          evidence that was never submitted, or about entries from the size of the answers on";

/// The entries that must have a line.
#[derive(Debug)]
pub(super) struct SubjectEntries {
    as_of: TreeSize,
    /// Whether every later entry is behind the window.
    is_closed: bool,
    /// Ascending by index.
    entries: Vec<(LeafIndex, LeafHash)>,
    /// How many of them had their line.
    listed: usize,
    /// The entry of the last line.
    last: Option<LeafIndex>,
    /// The first of these entries without a line, or the first line of another one.
    fault: Option<Finding>,
}

impl SubjectEntries {
    /// Opens the proof of each subject. All are as of one tree, and an entry is exported if all of them have it.
    pub(super) fn open(
        files: &ExportFiles<'_>,
        manifest: &ManifestSubjects,
        (from, to): (TimestampMs, TimestampMs),
        key: &VerifierKey,
        details: &mut Details,
    ) -> Result<Self, Finding> {
        if files.proofs.len() != manifest.subjects.len() {
            return Err(invalid("there is not one proof for each of its subjects"));
        }
        let as_of = manifest.as_of;
        let mut answers = Vec::new();
        for (subject, proof) in manifest.subjects.iter().zip(files.proofs) {
            if LeafHash::from_bytes(sha256(proof)) != subject.proof_sha256 {
                return Err(invalid("a proof of a subject is not the file that was signed"));
            }
            let answer = OpenedAnswer::open(proof, files.genesis, key, &mut Details::default())?;
            if answer.question != subject.question || answer.as_of != as_of || answer.range.is_some() {
                return Err(invalid("a proof answers another question than it names"));
            }
            answers.push(answer);
        }
        let root = answers.first().map(|answer| answer.as_of_root);
        if answers.iter().any(|answer| Some(answer.as_of_root) != root) {
            return Err(Finding::fail(
                "LOG_FORKED",
                format!("the log signed two trees that differ in their first {as_of} entries"),
            ));
        }
        let last = as_of
            .last_index()
            .and_then(|last| answers.first()?.record(last).map(|entry| entry.logged_at));
        let is_closed = last.is_some_and(|last| last >= to);
        details.set("as_of", as_of.value());
        details.set("window_closed", is_closed);
        let questions: Vec<_> = answers.iter().map(|answer| answer.question.to_json()).collect();
        details.set("subjects", questions);
        details.set("basis", "index");
        details.set("not_proved", NOT_PROVED);
        details.checked("index");
        let mut answers = answers.iter().map(|answer| {
            let in_window = answer
                .answered()
                .filter(|entry| (from..to).contains(&entry.logged_at));
            in_window
                .map(|entry| (entry.index, entry.leaf))
                .collect::<Vec<_>>()
        });
        let mut entries = answers.next().unwrap_or_default();
        for other in answers {
            entries.retain(|entry| other.binary_search(entry).is_ok());
        }
        Ok(Self {
            as_of,
            is_closed,
            entries,
            listed: 0,
            last: None,
            fault: None,
        })
    }

    /// The entry that a line is of, where the signed lines are as many as these entries.
    pub(super) fn index_at(&self, position: usize, lines: usize) -> Option<LeafIndex> {
        let is_told = self.fault.is_none() && lines == self.entries.len();
        let (index, _) = self.entries.get(position).filter(|_| is_told)?;
        Some(*index)
    }

    /// Holds the entry of the next line that the operator signed against the next one that has to have a line. Which of them is there
    /// too much or too little is kept until the end: a file that does not hold accuses nobody.
    pub(super) fn check(&mut self, index: LeafIndex, leaf: LeafHash) -> Result<(), Finding> {
        if let Some(last) = self.last.filter(|last| *last >= index) {
            return Err(invalid(&format!(
                "it was signed over lines that do not ascend: entry {index} stands behind entry {last}"
            )));
        }
        self.last = Some(index);
        if self.fault.is_some() {
            return Ok(());
        }
        match self.entries.get(self.listed) {
            Some(expected) if *expected == (index, leaf) => self.listed = self.listed.saturating_add(1),
            Some((expected, _)) if *expected < index => self.fault = Some(omits(*expected)),
            _ => self.fault = Some(adds(index)),
        }
        Ok(())
    }

    /// Whether every entry had its line, and no other one.
    pub(super) fn conclude(&self) -> Result<String, Finding> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        if let Some((index, _)) = self.entries.get(self.listed) {
            return Err(omits(*index));
        }
        let entries = counted(self.listed, "entry is", "entries are");
        let open = if self.is_closed {
            ""
        } else {
            "; the window was not over at that size, so that more can follow"
        };
        Ok(format!(
            "{entries} all that the log's index has of these subjects in the window, as of size {}: none is left out, as the log signed \
             it{open}",
            self.as_of
        ))
    }
}

fn omits(index: LeafIndex) -> Finding {
    Finding::fail(
        "EXPORT_OMITS",
        format!(
            "entry {index}, which the log's index has of these subjects in the window, has no line among those that the operator signed"
        ),
    )
}

fn adds(index: LeafIndex) -> Finding {
    Finding::fail(
        "EXPORT_ADDS",
        format!(
            "the operator signed a line of entry {index}, which is none of these subjects in the window, as the log's index says, or is \
             another entry there"
        ),
    )
}
