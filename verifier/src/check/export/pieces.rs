//! What the log's index has under the subjects of an export. The answer about a subject comes in pieces, each a subject-proof about a range
//! of entries, so that no list is too long to be proved: of each piece only leaves are kept.

use super::manifest::{ManifestSubject, ManifestSubjects};
use super::{LINES_MAX, invalid};
use crate::check::subject::{AnsweredEntry, OpenedAnswer, VALUE_NOT_OF_FIELD};
use crate::check::{Details, Finding, convicts_operator};
use crate::hash::{LeafHash, RootHash, sha256};
use crate::index::{LeafIndex, TimestampMs, TreeSize};
use crate::note::VerifierKey;
use crate::runs::RunRange;

/// An entry, and that it is this one.
pub(super) type Leaf = (LeafIndex, LeafHash);

/// The pieces that were taken so far.
#[derive(Debug)]
pub(super) struct AnswerPieces {
    manifest: ManifestSubjects,
    window: (TimestampMs, TimestampMs),
    genesis: Vec<u8>,
    key: VerifierKey,
    /// The subject whose pieces are taken, from 0.
    subject: usize,
    /// How many of its pieces were taken.
    taken: usize,
    /// Where the last of them ended.
    end: TreeSize,
    /// Its entries in the window that have all subjects in front of it, too; ascending.
    found: Vec<Leaf>,
    /// The entries in the window that have all subjects in front of it.
    common: Option<Vec<Leaf>>,
    /// The tree as of which all pieces are, and whether its last entry is behind the window.
    tree: Option<(RootHash, bool)>,
    fault: Option<Finding>,
}

impl AnswerPieces {
    pub(super) fn new(
        manifest: ManifestSubjects,
        window: (TimestampMs, TimestampMs),
        genesis: &[u8],
        key: &VerifierKey,
    ) -> Self {
        Self {
            manifest,
            window,
            genesis: genesis.to_vec(),
            key: key.clone(),
            subject: 0,
            taken: 0,
            end: TreeSize::new(0),
            found: Vec::new(),
            common: None,
            tree: None,
            fault: None,
        }
    }

    pub(super) fn as_of(&self) -> TreeSize {
        self.manifest.as_of
    }

    /// What the entries have to have.
    pub(super) fn subjects(&self) -> &[ManifestSubject] {
        &self.manifest.subjects
    }

    /// Whether the window was over as of that size.
    pub(super) fn is_closed(&self) -> bool {
        self.tree.is_some_and(|(_, is_closed)| is_closed)
    }

    /// What convicts the operator. What the pieces say otherwise is then not known.
    pub(super) fn fault(&self) -> Option<&Finding> {
        self.fault.as_ref()
    }

    /// The file of the next piece; `None` once all were taken.
    pub(super) fn next_name(&self) -> Option<String> {
        self.expected()?;
        Some(self.name())
    }

    /// The entries in the window that have all subjects, ascending by index; none before all pieces were taken.
    pub(super) fn entries(&self) -> &[Leaf] {
        match &self.common {
            Some(common) if self.expected().is_none() => common,
            _ => &[],
        }
    }

    /// Takes the next piece. The files behind one that convicts the operator only have to be those that were signed.
    pub(super) fn take(&mut self, file: &[u8]) -> Result<(), Finding> {
        let expected = self
            .expected()
            .ok_or_else(|| invalid("it names no further proof"))?;
        if LeafHash::from_bytes(sha256(file)) != expected {
            return Err(invalid(&format!(
                "{} is not the file that was signed",
                self.name()
            )));
        }
        if self.fault.is_none() {
            match OpenedAnswer::open(file, &self.genesis, &self.key, &mut Details::default()) {
                Ok(answer) => self.add(&answer)?,
                Err(finding) if convicts_operator(finding.reason_code) => self.fault = Some(finding),
                Err(finding) => {
                    let message = format!("{}: {}", self.name(), finding.message);
                    return Err(Finding { message, ..finding });
                }
            }
        }
        self.taken = self.taken.saturating_add(1);
        let pieces = self.manifest.subjects.get(self.subject);
        if pieces.is_none_or(|subject| subject.pieces.len() <= self.taken) {
            self.end_subject()?;
        }
        Ok(())
    }

    fn expected(&self) -> Option<LeafHash> {
        let subject = self.manifest.subjects.get(self.subject)?;
        subject.pieces.get(self.taken).copied()
    }

    /// The file of the next piece.
    fn name(&self) -> String {
        proof_name(self.subject.saturating_add(1), self.taken.saturating_add(1))
    }

    fn add(&mut self, answer: &OpenedAnswer) -> Result<(), Finding> {
        let name = self.name();
        let subject = self.manifest.subjects.get(self.subject);
        let is_asked = subject.is_some_and(|subject| subject.question == answer.question);
        let range = answer
            .range
            .filter(|_| is_asked && answer.as_of == self.manifest.as_of)
            .ok_or_else(|| invalid(&format!("{name} answers another question than it names")))?;
        if let Err(fault) = answer.question.check_value() {
            return Err(Finding::incomplete(
                VALUE_NOT_OF_FIELD,
                format!("{name}: {fault}"),
            ));
        }
        self.follows(answer, range, &name)?;
        let last = answer.as_of.last_index().and_then(|last| answer.record(last));
        let is_closed = last.is_some_and(|last| last.logged_at >= self.window.1);
        let (root, _) = *self.tree.get_or_insert((answer.as_of_root, is_closed));
        if root != answer.as_of_root {
            let message = format!(
                "the log signed two trees that differ in their first {} entries",
                answer.as_of
            );
            self.fault = Some(Finding::fail("LOG_FORKED", message));
            return Ok(());
        }
        self.end = range.end();
        let (from, to) = self.window;
        for AnsweredEntry {
            index,
            leaf,
            logged_at,
        } in answer.answered()
        {
            let is_in_window = (from..to).contains(&logged_at);
            let others = self.common.as_ref();
            if is_in_window && others.is_none_or(|common| common.binary_search(&(index, leaf)).is_ok()) {
                self.found.push((index, leaf));
            }
        }
        if self.found.len() > LINES_MAX {
            return Err(invalid(&format!(
                "its proofs have more than {LINES_MAX} entries in the window"
            )));
        }
        Ok(())
    }

    /// Whether a piece begins where the one in front of it ends. The first one may leave out what was logged before the window: its
    /// first entry from its beginning on shows that.
    fn follows(&self, answer: &OpenedAnswer, range: RunRange, name: &str) -> Result<(), Finding> {
        let begin = range.begin();
        if self.taken > 0 {
            return if begin == self.end {
                Ok(())
            } else {
                Err(invalid(&format!(
                    "{name} begins at entry {begin}, and the proof in front of it ends in front of entry {}",
                    self.end
                )))
            };
        }
        let mut behind = answer.records.iter().filter(|(index, _)| !begin.contains(*index));
        let is_before = behind
            .next()
            .is_some_and(|(_, entry)| entry.logged_at < self.window.0);
        if begin.value() == 0 || is_before {
            Ok(())
        } else {
            Err(invalid(&format!(
                "{name} begins at entry {begin}, and nothing shows that what is in front of it was logged before the window"
            )))
        }
    }

    /// Ends with a subject, all of whose pieces were taken.
    fn end_subject(&mut self) -> Result<(), Finding> {
        let number = self.subject.saturating_add(1);
        if self.fault.is_none() && self.end != self.manifest.as_of {
            return Err(invalid(&format!(
                "the proofs of subject {number} end in front of entry {}, and not at size {}",
                self.end, self.manifest.as_of
            )));
        }
        self.common = Some(std::mem::take(&mut self.found));
        self.subject = number;
        self.taken = 0;
        self.end = TreeSize::new(0);
        Ok(())
    }
}

/// The file of a piece, by the numbers of its subject and of itself, from 1.
pub fn proof_name(subject: usize, piece: usize) -> String {
    format!("subject-{subject}-{piece}.proof")
}
