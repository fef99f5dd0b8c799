//! An export of a time window (`schemas/export-manifest.md`): every line, in order, under the operator's
//! signature and the log's.
//!
//! The caller hands over the small files at once and then line by line, so that an export of any size is
//! checked in bounded memory but for 32 bytes a line.

use serde::Deserialize;

use super::{Details, Finding, Genesis, Report};
use crate::base64::{decode_standard, decode_standard_array};
use crate::checkpoint::{Checkpoint, TreeHead};
use crate::entry::{Entry, EntryError, entry_leaf_hash};
use crate::envelope;
use crate::hash::{LeafHash, NodeHash, sha256};
use crate::index::{LeafIndex, TimestampMs};
use crate::json::{self, Object, Value};
use crate::merkle::multi::{range_proof, roots};
use crate::note::VerifierKey;
use crate::pack::check_record_outside_pack;
use crate::proof::PATH_HASHES_MAX;
use crate::record::StoredBytes;
use crate::subject::IndexSalt;

/// The envelope type of a manifest.
pub const MANIFEST_TYPE: &str = "export_manifest";
/// Longest line: a document of 1 MiB, of which each byte may be a six-byte escape, and its entry.
pub const LINE_BYTES_MAX: usize = 8 << 20;
/// Most lines of one export.
pub const LINES_MAX: usize = 4 << 20;
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
    manifest: ExportManifest,
    head: TreeHead,
    salt: IndexSalt,
    hashes: Vec<[u8; 32]>,
    leaves: Vec<(LeafIndex, LeafHash)>,
    /// Lines that were read.
    read: usize,
    /// Whether the line that belongs after those of `leaves` does not stand there.
    gap: bool,
    last_time: TimestampMs,
    erased: u64,
    details: Details,
}

#[derive(Debug)]
struct ExportManifest {
    from: TimestampMs,
    to: TimestampMs,
    first: LeafIndex,
    last: LeafIndex,
    lines_sha256: String,
    checkpoint: String,
    first_path: Vec<NodeHash>,
    last_path: Vec<NodeHash>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportedEntry {
    index: u64,
    entry: String,
    evidence: Option<String>,
    context: Option<String>,
}

impl VerifiedExport {
    /// Checks everything but the lines.
    ///
    /// # Errors
    /// `GENESIS_INVALID`, `MANIFEST_INVALID` or `MANIFEST_SIGNATURE_INVALID` for the file that does not hold,
    /// `WRONG_LOG` where one is of another log, and the codes of a checkpoint that [`Checkpoint::open`]
    /// refuses.
    pub fn open(files: &ExportFiles<'_>, key: &VerifierKey) -> Result<Self, Finding> {
        let genesis = Genesis::open(files.genesis, key)
            .map_err(|error| Finding::fail("GENESIS_INVALID", error.to_string()))?;
        let manifest = ExportManifest::open(files.manifest, &genesis, key)?;
        let head = Checkpoint::open(manifest.checkpoint.as_bytes(), key)?
            .head()
            .clone();
        if manifest.first > manifest.last || !head.size.contains(manifest.last) {
            return Err(invalid("its entries are not below the checkpoint's size"));
        }
        let hashes = read_hashes(files.hashes, &manifest)?;
        let mut details = Details::default();
        details.set_log(key);
        details.set("first_index", manifest.first.value());
        details.set("last_index", manifest.last.value());
        details.set("tree_size", head.size.value());
        for what in ["genesis", "manifest", "checkpoint"] {
            details.checked(what);
        }
        Ok(Self {
            last_time: manifest.from,
            salt: genesis.payload().index_salt,
            leaves: Vec::new(),
            read: 0,
            gap: false,
            erased: 0,
            manifest,
            head,
            hashes,
            details,
        })
    }

    /// How many lines there must be.
    pub fn lines(&self) -> usize {
        self.hashes.len()
    }

    /// Checks the next line, without its newline.
    ///
    /// # Errors
    /// `EXPORT_LINE_ALTERED`, `EXPORT_LINE_ADDED` or `EXPORT_LINE_MOVED` where the line is not the one that
    /// was signed: somebody changed the file. `MANIFEST_INVALID`, `ENTRY_MALFORMED`, `EXPORT_WINDOW_MISMATCH`
    /// and the codes of [`check_record_outside_pack`] where a line that was signed does not hold: the operator is at
    /// fault. INCOMPLETE with `UNKNOWN_FORMAT` for an entry of a later format.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Finding> {
        let position = self.leaves.len();
        let index = self.index_of(position);
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
        let Ok(ExportedEntry {
            index: stated,
            entry,
            evidence,
            context,
        }) = serde_json::from_slice(line)
        else {
            return Err(invalid("it was signed over a line in another format"));
        };
        let bytes = decode_standard(&entry)
            .ok_or_else(|| invalid("it was signed over an entry that is not base64"))?;
        if stated != index.value() {
            return Err(invalid("it was signed over lines of other entries"));
        }
        let entry = Entry::decode(&bytes).map_err(|error| match error {
            EntryError::UnknownFormat(_) => {
                Finding::incomplete("UNKNOWN_FORMAT", format!("entry {index}: {error}"))
            }
            _ => Finding::fail("ENTRY_MALFORMED", format!("entry {index}: {error}")),
        })?;
        let time = entry.logged_at;
        if time < self.last_time || time >= self.manifest.to {
            return Err(Finding::fail(
                "EXPORT_WINDOW_MISMATCH",
                format!("entry {index} was not logged in the window, or before an earlier one"),
            ));
        }
        self.last_time = time;
        let document = evidence.as_deref().map(str::as_bytes);
        let record =
            check_record_outside_pack(index, (entry, &bytes), document, context.as_deref(), &self.salt)?;
        if record.evidence == StoredBytes::Erased {
            self.erased = self.erased.saturating_add(1);
        }
        self.leaves.push((index, entry_leaf_hash(&bytes)));
        Ok(())
    }

    /// Whether all lines were there, and are the log's.
    pub fn finish(mut self) -> Report {
        match self.conclude() {
            Ok(()) => {
                let message = format!(
                    "{} entries are those of the log, none left out",
                    self.leaves.len()
                );
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

    fn conclude(&self) -> Result<(), Finding> {
        let position = self.leaves.len();
        if position < self.hashes.len() {
            return Err(missing(position, self.index_of(position)));
        }
        let ExportManifest { first, last, .. } = self.manifest;
        let proof = range_proof(
            (first, &self.manifest.first_path),
            (last, &self.manifest.last_path),
            self.head.size,
        );
        let prefix = last.size_with().unwrap_or(self.head.size);
        let failed = |what: String| {
            Finding::fail(
                "INCLUSION_FAILED",
                format!("the entries are not in the tree: {what}"),
            )
        };
        let found =
            roots(&self.leaves, prefix, self.head.size, &proof).map_err(|error| failed(error.to_string()))?;
        if found.whole == self.head.root {
            Ok(())
        } else {
            Err(failed("they lead to another root".to_owned()))
        }
    }

    fn index_of(&self, position: usize) -> LeafIndex {
        let offset = u64::try_from(position).unwrap_or(u64::MAX);
        LeafIndex::new(self.manifest.first.value().saturating_add(offset))
    }

    /// Why a line does not stand where it stands. If it is a later one, what was before it is gone or comes
    /// later itself; if it says that it is of the entry that belongs here, it was altered; otherwise somebody
    /// added it.
    fn misplaced(&mut self, position: usize, line: &[u8], found: &[u8; 32]) -> Result<(), Finding> {
        let index = self.index_of(position);
        if self.hashes.iter().skip(position).any(|hash| hash == found) {
            self.gap = true;
            return Ok(());
        }
        let stated = serde_json::from_slice::<ExportedEntry>(line)
            .ok()
            .map(|line| line.index);
        let number = position.saturating_add(1);
        if position < self.hashes.len() && stated.is_none_or(|stated| stated == index.value()) {
            return Err(Finding::fail(
                "EXPORT_LINE_ALTERED",
                format!("line {number}, of entry {index}, was altered"),
            ));
        }
        Err(Finding::fail(
            "EXPORT_LINE_ADDED",
            format!("line {number} was added: entry {index} belongs there, if any"),
        ))
    }

    fn moved(&self, position: usize) -> Finding {
        let (number, index) = (position.saturating_add(1), self.index_of(position));
        Finding::fail(
            "EXPORT_LINE_MOVED",
            format!(
                "line {number}, of entry {index}, is line {} in the file",
                self.read
            ),
        )
    }
}

fn missing(position: usize, index: LeafIndex) -> Finding {
    let number = position.saturating_add(1);
    Finding::fail(
        "EXPORT_LINE_MISSING",
        format!("line {number}, of entry {index}, is missing"),
    )
}

fn invalid(what: &str) -> Finding {
    Finding::fail("MANIFEST_INVALID", format!("the manifest does not hold: {what}"))
}

fn read_hashes(bytes: &[u8], manifest: &ExportManifest) -> Result<Vec<[u8; 32]>, Finding> {
    let digest = LeafHash::from_bytes(sha256(bytes)).to_string();
    if digest != manifest.lines_sha256 {
        return Err(invalid("entries.sha256 is not the file that was signed"));
    }
    let expected = manifest
        .last
        .value()
        .saturating_sub(manifest.first.value())
        .saturating_add(1);
    let lines = bytes.len() / HASH_LINE_BYTES;
    if u64::try_from(lines).ok() != Some(expected) || lines > LINES_MAX {
        return Err(invalid("entries.sha256 has another number of lines"));
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

impl ExportManifest {
    fn open(bytes: &[u8], genesis: &Genesis, key: &VerifierKey) -> Result<Self, Finding> {
        let value = json::parse(bytes).map_err(|fault| invalid(&fault.to_string()))?;
        let envelope = envelope::verify_own(&value, MANIFEST_TYPE).map_err(|fault| match fault.code {
            crate::code::Code::SignatureInvalid => Finding::fail(
                "MANIFEST_SIGNATURE_INVALID",
                "the signature of the manifest does not verify",
            ),
            _ => invalid(&fault.to_string()),
        })?;
        if *envelope.signer() != genesis.payload().operator {
            return Err(Finding::fail(
                "MANIFEST_SIGNATURE_INVALID",
                format!(
                    "the manifest is signed by {}, not by the log's operator",
                    envelope.signer()
                ),
            ));
        }
        let payload = envelope.payload();
        if payload.text("log_origin") != Some(key.name()) {
            return Err(Finding::fail("WRONG_LOG", "the manifest is of another log"));
        }
        Self::read(payload).ok_or_else(|| invalid("its payload is not valid"))
    }

    fn read(payload: &Object) -> Option<Self> {
        let number = |name: &str| payload.get(name)?.as_u64();
        // Ten members, of which each is read here or was before.
        let is_version_1 = payload.text("event_version") == Some("1") && payload.members().len() == 10;
        Some(Self {
            from: TimestampMs::new(number("from_ms").filter(|_| is_version_1)?),
            to: TimestampMs::new(number("to_ms")?),
            first: LeafIndex::new(number("first_index")?),
            last: LeafIndex::new(number("last_index")?),
            lines_sha256: payload.text("lines_sha256")?.to_owned(),
            checkpoint: payload.text("checkpoint")?.to_owned(),
            first_path: path(payload.get("first_path")?)?,
            last_path: path(payload.get("last_path")?)?,
        })
    }
}

fn path(value: &Value) -> Option<Vec<NodeHash>> {
    let hashes = value.as_array()?;
    if hashes.len() > PATH_HASHES_MAX {
        return None;
    }
    hashes
        .iter()
        .map(|hash| decode_standard_array(hash.as_str()?).map(NodeHash::from_bytes))
        .collect()
}
