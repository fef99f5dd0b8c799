//! An export of a time window (`schemas/export-manifest.md`): every line, in order, under the operator's
//! signature and the log's.
//!
//! Of all entries of a window, their neighbours in the tree show that none was left out. Of those with a subject, the log's index
//! shows it.
//!
//! The caller hands over the small files at once, then the proofs of subjects one by one, and then line by line, so that an export of any
//! size is checked in bounded memory but for 72 bytes a line and, of a subject, 40 bytes an entry in the window.

mod expect;
mod line;
mod manifest;
mod pieces;
mod subjects;
mod window;

pub use expect::ExportExpectation;
pub use line::ExportLine;
pub use pieces::proof_name;

use line::LineEntry;
use manifest::{ExportManifest, ManifestScope};
use pieces::AnswerPieces;
use subjects::SubjectEntries;
use window::WindowEntries;

use super::{Details, Finding, Genesis, Report};
use crate::entry::entry_leaf_hash;
use crate::hash::{LeafHash, sha256};
use crate::index::{LeafIndex, TimestampMs};
use crate::note::VerifierKey;
use crate::pack::check_record_outside_pack;
use crate::record::StoredBytes;
use crate::rfc3339;
use crate::subject::IndexSalt;

/// The envelope type of a manifest.
pub const MANIFEST_TYPE: &str = "export_manifest";
/// Longest line: a document of 1 MiB, of which each byte may be a six-byte escape, and its entry.
pub const LINE_BYTES_MAX: usize = 8 << 20;
/// Most lines of one export.
pub const LINES_MAX: usize = 4 << 20;
/// Most subjects that the entries of an export have to have.
pub const SUBJECTS_MAX: usize = 2;
/// Most proofs of one of them: the hashes of all are in the manifest, which is a document.
pub const PROOFS_MAX: usize = 4096;
/// Bytes of a line of `entries.sha256`.
const HASH_LINE_BYTES: usize = 65;

/// The small files of an export.
#[derive(Clone, Copy, Debug)]
pub struct ExportFiles<'a> {
    /// `manifest.json`.
    pub manifest: &'a [u8],
    /// `entries.sha256`.
    pub hashes: &'a [u8],
    /// `genesis.json`.
    pub genesis: &'a [u8],
}

/// An export whose manifest holds, and what its lines gave so far.
#[derive(Debug)]
pub struct VerifiedExport {
    from: TimestampMs,
    to: TimestampMs,
    entries: ExportedEntries,
    salt: IndexSalt,
    hashes: Vec<[u8; 32]>,
    leaves: Vec<(LeafIndex, LeafHash)>,
    /// Lines that were read.
    read: usize,
    /// Whether the line that belongs after those of `leaves` does not stand there.
    gap: bool,
    erased: u64,
    details: Details,
}

/// The entries that must have a line.
#[derive(Debug)]
enum ExportedEntries {
    /// All of a window.
    Window(WindowEntries),
    /// Those with some subjects.
    Subjects(Box<SubjectEntries>),
}

impl ExportedEntries {
    /// The entry that a line must be of, of `lines` that were signed.
    fn index_at(&self, position: usize, lines: usize) -> Option<LeafIndex> {
        match self {
            Self::Window(window) => Some(window.index_at(position)),
            Self::Subjects(listed) => listed.index_at(position, lines),
        }
    }
}

impl VerifiedExport {
    /// Checks everything but the proofs of subjects and the lines.
    ///
    /// # Errors
    /// `GENESIS_INVALID`, `MANIFEST_INVALID` or `MANIFEST_SIGNATURE_INVALID` for the file that does not hold,
    /// `WRONG_LOG` where one is of another log, and the codes of a checkpoint that is refused.
    pub fn open(files: &ExportFiles<'_>, key: &VerifierKey) -> Result<Self, Finding> {
        let genesis = Genesis::open(files.genesis, key)
            .map_err(|error| Finding::fail("GENESIS_INVALID", error.to_string()))?;
        let manifest = ExportManifest::open(files.manifest, &genesis, key)?;
        let hashes = read_hashes(files.hashes, &manifest.lines_sha256)?;
        let mut details = Details::default();
        details.set_log(key);
        let entries = match manifest.scope {
            ManifestScope::Window(window) => {
                let times = (manifest.from, manifest.to);
                let window = WindowEntries::open((window, times), hashes.len(), key, &mut details)?;
                ExportedEntries::Window(window)
            }
            ManifestScope::Subjects(subjects) => {
                let window = (manifest.from, manifest.to);
                let pieces = AnswerPieces::new(subjects, window, files.genesis, key);
                ExportedEntries::Subjects(Box::new(SubjectEntries::new(pieces, &mut details)))
            }
        };
        for what in ["genesis", "manifest"] {
            details.checked(what);
        }
        Ok(Self {
            salt: genesis.payload().index_salt,
            leaves: Vec::new(),
            read: 0,
            gap: false,
            erased: 0,
            from: manifest.from,
            to: manifest.to,
            entries,
            hashes,
            details,
        })
    }

    /// How many lines there must be.
    pub fn lines(&self) -> usize {
        self.hashes.len()
    }

    /// The file that is to be handed over next, in front of the lines; `None` once all were.
    pub fn next_proof(&self) -> Option<String> {
        match &self.entries {
            ExportedEntries::Window(_) => None,
            ExportedEntries::Subjects(listed) => listed.next_proof(),
        }
    }

    /// Takes that file.
    ///
    /// # Errors
    /// `MANIFEST_INVALID` where it is another one than was signed, or does not follow the one in front of it, and the codes of a
    /// subject-proof that is refused.
    pub fn proof(&mut self, file: &[u8]) -> Result<(), Finding> {
        match &mut self.entries {
            ExportedEntries::Window(_) => Err(invalid("it names no proof")),
            ExportedEntries::Subjects(listed) => listed.take_proof(file, &mut self.details),
        }
    }

    /// Checks the next line, without its newline.
    ///
    /// # Errors
    /// `EXPORT_LINE_ALTERED`, `EXPORT_LINE_ADDED` or `EXPORT_LINE_MOVED` where the line is not the one that
    /// was signed: somebody changed the file. `MANIFEST_INVALID`, `ENTRY_MALFORMED`, `EXPORT_WINDOW_MISMATCH`
    /// and the codes of [`check_record_outside_pack`] where a line that was signed is none. That signed lines are not those of the
    /// subjects is said at the end, by [`finish`](Self::finish). INCOMPLETE with `UNKNOWN_FORMAT` for an entry of a later format.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Finding> {
        let position = self.leaves.len();
        let found = sha256(line);
        self.read = self.read.saturating_add(1);
        let is_expected = self.hashes.get(position) == Some(&found);
        if self.gap {
            // Only whether the line that is missed comes later is still to be told.
            return if is_expected {
                Err(self.moved(position))
            } else {
                Ok(())
            };
        }
        if !is_expected {
            return self.misplaced(position, line, &found);
        }
        let line = ExportLine::read(line)?;
        let LineEntry { index, entry, bytes } = line.entry()?;
        let leaf = entry_leaf_hash(&bytes);
        match &mut self.entries {
            ExportedEntries::Window(window) => window.check(position, index, entry.logged_at)?,
            ExportedEntries::Subjects(listed) => listed.check(index, leaf)?,
        }
        let document = line.evidence.as_deref().map(str::as_bytes);
        let context = line.context.as_deref();
        let record = check_record_outside_pack(index, (entry, &bytes), document, context, &self.salt)?;
        if record.evidence == StoredBytes::Erased {
            self.erased = self.erased.saturating_add(1);
        }
        self.leaves.push((index, leaf));
        Ok(())
    }

    /// Whether all lines were there, and are the log's.
    pub fn finish(mut self) -> Report {
        self.details.set("from_ms", self.from.value());
        self.details.set("to_ms", self.to.value());
        match self.conclude() {
            Ok(message) => {
                let message = format!("{}: {message}", self.period());
                self.details.set("entries", self.leaves.len());
                self.details.set("erased", self.erased);
                self.details.checked("lines");
                self.details.checked("inclusion");
                Report::pass(message, self.details)
            }
            Err(finding) => finding.into_report(self.details),
        }
    }

    /// The report of an export that ended with a finding.
    pub fn refuse(self, finding: Finding) -> Report {
        finding.into_report(self.details)
    }

    fn conclude(&self) -> Result<String, Finding> {
        let position = self.leaves.len();
        if position < self.hashes.len() {
            return Err(Finding::fail(
                "EXPORT_LINE_MISSING",
                format!("{} is missing", self.line_at(position)),
            ));
        }
        match &self.entries {
            ExportedEntries::Window(window) => window.conclude(&self.leaves),
            ExportedEntries::Subjects(listed) => listed.conclude(),
        }
    }

    /// `the period from 2026-02-01T00:00:00Z to 2026-03-01T00:00:00Z`.
    fn period(&self) -> String {
        let time = |at| rfc3339::format(at).unwrap_or_else(|| format!("{} ms since 1970", at.value()));
        format!("the period from {} to {}", time(self.from), time(self.to))
    }

    fn index_at(&self, position: usize) -> Option<LeafIndex> {
        self.entries.index_at(position, self.hashes.len())
    }

    /// A line by its number, from 1, with its entry.
    fn line_at(&self, position: usize) -> String {
        let number = position.saturating_add(1);
        match self.index_at(position) {
            Some(index) => format!("line {number}, of entry {index},"),
            None => format!("line {number}"),
        }
    }

    /// Why a line does not stand where it stands. If it is a later one, what was before it is gone or comes
    /// later itself; if it says that it is of the entry that belongs here, or nobody knows which one does, it was altered;
    /// otherwise somebody added it.
    fn misplaced(&mut self, position: usize, line: &[u8], found: &[u8; 32]) -> Result<(), Finding> {
        if self.hashes.iter().skip(position).any(|hash| hash == found) {
            self.gap = true;
            return Ok(());
        }
        let stated = ExportLine::stated_index(line);
        let index = self.index_at(position);
        let is_of_it = |stated: u64| index.is_none_or(|index| index.value() == stated);
        if position < self.hashes.len() && stated.is_none_or(is_of_it) {
            return Err(Finding::fail(
                "EXPORT_LINE_ALTERED",
                format!("{} was altered", self.line_at(position)),
            ));
        }
        let number = position.saturating_add(1);
        let belongs = match index {
            Some(index) => format!("entry {index} belongs there"),
            None => "it is none of those that were signed".to_owned(),
        };
        Err(Finding::fail(
            "EXPORT_LINE_ADDED",
            format!("line {number} was added: {belongs}"),
        ))
    }

    fn moved(&self, position: usize) -> Finding {
        Finding::fail(
            "EXPORT_LINE_MOVED",
            format!("{} is line {} in the file", self.line_at(position), self.read),
        )
    }
}

fn invalid(what: &str) -> Finding {
    Finding::fail("MANIFEST_INVALID", format!("the manifest does not hold: {what}"))
}

fn read_hashes(bytes: &[u8], expected: &str) -> Result<Vec<[u8; 32]>, Finding> {
    let digest = LeafHash::from_bytes(sha256(bytes)).to_string();
    if digest != expected {
        return Err(invalid("entries.sha256 is not the file that was signed"));
    }
    if bytes.len() / HASH_LINE_BYTES > LINES_MAX {
        return Err(invalid("entries.sha256 has too many lines"));
    }
    bytes
        .chunks(HASH_LINE_BYTES)
        .map(|line| {
            let text = line
                .strip_suffix(b"\n")
                .and_then(|line| std::str::from_utf8(line).ok());
            text.and_then(LeafHash::parse_hex).map(|hash| *hash.as_bytes())
        })
        .collect::<Option<_>>()
        .ok_or_else(|| invalid("entries.sha256 has a line that is no hash"))
}
