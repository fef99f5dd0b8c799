//! The audit of a whole log, resource by resource, in memory that does not grow with the log.
//!
//! An [`Auditor`] says which bundle or tile it wants next and is fed its bytes. Leaf hashes are
//! recomputed from entries, every other hash from those below it; each fetched tile is compared
//! with what was recomputed, and in the end the root with the signed checkpoint. What is held is
//! one unfinished tile a level. The first thing that is wrong ends the audit and is named.
//!
//! The log's index is computed again on the way ([`super::index_replay`]). What is wrong there, and what the log has behind its end
//! ([`LogEnd`]), is named when it is known that the log has signed it.

mod keep;
mod tiles;

pub use keep::{AuditRound, KeptAudit};
use tiles::TileLevels;

use super::index_replay::{IndexReplay, RowSpace, may_cover};
use super::{Details, EntryAfterFreeze, Finding, Genesis, LogEnd, Report, Status};
use crate::checkpoint::{Checkpoint, TreeHead};
use crate::entry::{Entry, EntryError, entry_leaf_hash};
use crate::hash::NodeHash;
use crate::index::{LeafIndex, TimestampMs, TreeSize};
use crate::kind::Kind;
use crate::note::VerifierKey;
use crate::tile::{TILE_WIDTH, TilePath, bundle_width, decode_bundle};

/// Checks a log under one checkpoint.
#[derive(Debug)]
pub struct Auditor {
    key: VerifierKey,
    head: TreeHead,
    /// What is fed next; `None` once all was fed.
    wanted: Option<TilePath>,
    tiles: TileLevels,
    last_logged_at: TimestampMs,
    last_covered: Option<TreeSize>,
    genesis_entry: Option<Entry>,
    genesis: Option<Genesis>,
    unknown: Unknown,
    through: Option<keep::Waypoint>,
    index: IndexReplay,
    end: LogEnd,
    /// The first entry that is behind the end of the log.
    after_end: Option<EntryAfterFreeze>,
}

/// Entries of later formats: hashed like all others, but not understood.
#[derive(Debug, Default)]
struct Unknown {
    count: u64,
    first: Option<LeafIndex>,
}

impl Auditor {
    /// Starts from a checkpoint note.
    ///
    /// # Errors
    /// Where [`Checkpoint::open`] refuses the note: `CHECKPOINT_MALFORMED`, `CHECKPOINT_SIGNATURE_INVALID`,
    /// `CHECKPOINT_NOT_SIGNED_BY_KEY` or `WRONG_LOG`.
    pub fn new(checkpoint: &[u8], key: &VerifierKey) -> Result<Self, Finding> {
        let checkpoint = Checkpoint::open(checkpoint, key)?;
        let mut auditor = Self {
            key: key.clone(),
            head: checkpoint.head().clone(),
            wanted: None,
            tiles: TileLevels::new(checkpoint.head().size),
            last_logged_at: TimestampMs::default(),
            last_covered: None,
            genesis_entry: None,
            genesis: None,
            unknown: Unknown::default(),
            through: None,
            index: IndexReplay::default(),
            end: LogEnd::default(),
            after_end: None,
        };
        auditor.wanted = auditor.next_bundle();
        Ok(auditor)
    }

    /// The audit with about `rows` rows of the index in memory, of 24 bytes each, and the others in `space`. Without it, all are in
    /// memory. It is called before anything is fed.
    #[must_use]
    pub fn with_row_space(self, space: Box<dyn RowSpace>, rows: usize) -> Self {
        Self {
            index: IndexReplay::with_space(space, rows),
            ..self
        }
    }

    /// The head that is audited.
    pub fn head(&self) -> &TreeHead {
        &self.head
    }

    /// Entries seen so far.
    pub fn entries(&self) -> u64 {
        self.tiles.leaves()
    }

    /// What to feed next; `None` once the log was read. Where a partial tile or bundle is wanted
    /// and gone, the full one does.
    pub fn wanted(&self) -> Option<TilePath> {
        self.wanted
    }

    /// Takes the bytes of the wanted resource.
    ///
    /// # Errors
    /// The first thing that is wrong, with tile and entry. The audit ends there: feeding more
    /// proves nothing.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), Finding> {
        self.feed_to(bytes, &mut |_, _| {})
    }

    /// The same, and hands each entry that was not read in an earlier round to `seen`. Whether the log has signed them, only the end of
    /// the audit shows.
    ///
    /// # Errors
    /// As [`feed`](Self::feed).
    pub fn feed_to(&mut self, bytes: &[u8], seen: &mut dyn FnMut(LeafIndex, &Entry)) -> Result<(), Finding> {
        match self.wanted {
            Some(path @ TilePath::Entries { width, .. }) => {
                self.take_bundle(path, width, bytes, seen)?;
                self.wanted = self.tiles.tile_at(0);
            }
            Some(path @ TilePath::Hashes { coord, width }) => {
                self.tiles.compare(path, coord, width, bytes)?;
                let level = usize::from(coord.level);
                // A full tile above comes first, and what is unfinished above once there are no more entries.
                self.wanted = self
                    .tiles
                    .complete(level)
                    .or_else(|| self.next_bundle())
                    .or_else(|| self.tiles.unfinished_above(level));
            }
            None => {}
        }
        Ok(())
    }

    /// Checks log.genesis against entry 0, once the first bundle was fed. If it comes after the second, the index is not replayed.
    ///
    /// # Errors
    /// `GENESIS_INVALID` where entry 0 is no log.genesis or was not fed yet, and where
    /// [`Genesis::open_under_entry`] refuses the file.
    pub fn take_genesis(&mut self, file: &[u8]) -> Result<(), Finding> {
        let invalid = |message: String| Finding::fail("GENESIS_INVALID", message);
        let Some(entry) = &self.genesis_entry else {
            return Err(invalid("entry 0 is not log.genesis".to_owned()));
        };
        let genesis =
            Genesis::open_under_entry(file, entry, &self.key).map_err(|error| invalid(error.to_string()))?;
        self.index.take_salt(genesis.payload().index_salt);
        self.genesis = Some(genesis);
        Ok(())
    }

    /// The log.genesis that was taken.
    pub fn genesis(&self) -> Option<&Genesis> {
        self.genesis.as_ref()
    }

    /// Compares the root, once nothing more is wanted, and reports.
    pub fn finish(self) -> Report {
        let mut details = self.details();
        if let Err(finding) = self.conclude_hashes(&mut details) {
            self.index.describe_unfinished(&mut details);
            return finding.into_report(details);
        }
        let index = self.index.conclude(&mut details);
        if let Some(found) = self.after_end {
            // The log has signed it.
            return Finding::fail("ENTRY_AFTER_FREEZE", found.to_string()).into_report_of_genuine(details);
        }
        let index = match index {
            Ok(sentence) => sentence.map_or_else(String::new, |sentence| format!("; {sentence}")),
            // The log has signed what is wrong.
            Err(finding) if finding.status == Status::Fail => {
                return finding.into_report_of_genuine(details);
            }
            Err(finding) => return finding.into_report(details),
        };
        if let Some(first) = self.unknown.first {
            details.set("unknown_entries", self.unknown.count);
            let message = format!(
                "every hash is right, but {} entries are of a format that this version does not know, the first is {first}{index}",
                self.unknown.count
            );
            return Finding::incomplete("UNKNOWN_FORMAT", message).into_report(details);
        }
        let message = format!(
            "all {} entries and every hash above them are those of the checkpoint{}{index}",
            self.entries(),
            self.end_in_words()
        );
        Report::pass(message, details)
    }

    fn end_in_words(&self) -> String {
        self.end.frozen().map_or_else(String::new, |(index, size)| {
            format!("; the log was closed with entry {index}, at size {size}")
        })
    }

    /// Reports on an audit that ends with a finding before all was fed.
    pub fn break_off(self, finding: Finding) -> Report {
        let mut details = self.details();
        self.index.describe_unfinished(&mut details);
        finding.into_report(details)
    }

    fn details(&self) -> Details {
        let mut details = Details::default();
        details.set_log(&self.key);
        details.set("tree_size", self.head.size.value());
        details.set("root_hash", self.head.root.to_string());
        details.set("entries", self.entries());
        if let Some((index, size)) = self.end.frozen() {
            details.set("frozen_index", index.value());
            details.set("frozen_size", size.value());
        }
        details
    }

    fn conclude_hashes(&self, details: &mut Details) -> Result<(), Finding> {
        self.check_root()?;
        for what in ["entries", "tiles", "root"] {
            details.checked(what);
        }
        if self.genesis.is_some() {
            details.checked("genesis");
        } else {
            details.not_checked("genesis");
        }
        details.not_checked("evidence");
        Ok(())
    }

    /// Whether all was read, and leads to the signed root.
    fn check_root(&self) -> Result<(), Finding> {
        if self.head.size.value() == 0 {
            return Err(Finding::incomplete("NO_ENTRIES", "the log is empty"));
        }
        if self.wanted.is_some() {
            return Err(Finding::incomplete(
                "AUDIT_UNFINISHED",
                format!("{} of {} entries were read", self.entries(), self.head.size),
            ));
        }
        let root = self.tiles.root();
        if root != self.head.root {
            return Err(Finding::fail(
                "ROOT_MISMATCH",
                format!(
                    "all tiles agree with the entries, but their root is {root}, not that of the checkpoint"
                ),
            ));
        }
        Ok(())
    }

    fn next_bundle(&self) -> Option<TilePath> {
        let index = self.entries() / u64::from(TILE_WIDTH);
        let width = bundle_width(index, self.head.size);
        (self.entries() < self.head.size.value()).then_some(TilePath::Entries { index, width })
    }

    fn take_bundle(
        &mut self,
        path: TilePath,
        width: u16,
        bytes: &[u8],
        seen: &mut dyn FnMut(LeafIndex, &Entry),
    ) -> Result<(), Finding> {
        let malformed = |what: &str| Finding::fail("BUNDLE_MALFORMED", format!("{path} {what}"));
        let entries =
            decode_bundle(bytes).ok_or_else(|| malformed("is cut short, or holds more than 256 entries"))?;
        let entries = entries
            .get(..usize::from(width))
            .ok_or_else(|| malformed(&format!("holds {} entries, expected {width}", entries.len())))?;
        if self.entries() > 0 {
            // log.genesis is checked behind the first bundle, or not in time for the replay.
            self.index.without_salt();
        }
        let (known, new) = entries
            .split_at_checked(self.tiles.unfinished_leaves().len())
            .unwrap_or_default();
        let differs = known
            .iter()
            .zip(self.tiles.unfinished_leaves())
            .position(|(entry, leaf)| NodeHash::from(entry_leaf_hash(entry)) != *leaf);
        if let Some(place) = differs {
            let message =
                format!("{path} has another entry at place {place} than the one that was read there before");
            return Err(Finding::fail("ENTRY_CHANGED", message));
        }
        for entry in new {
            self.take_entry(path, entry, seen)?;
        }
        Ok(())
    }

    fn take_entry(
        &mut self,
        path: TilePath,
        bytes: &[u8],
        seen: &mut dyn FnMut(LeafIndex, &Entry),
    ) -> Result<(), Finding> {
        let index = LeafIndex::new(self.entries());
        let at = |reason_code, what: String| {
            Finding::fail(reason_code, format!("entry {index} in {path}: {what}"))
        };
        match Entry::decode(bytes) {
            Ok(entry) => self
                .check_entry(index, entry, seen)
                .map_err(|(reason_code, what)| at(reason_code, what))?,
            Err(EntryError::UnknownFormat(_)) if index != LeafIndex::new(0) => {
                self.unknown.count += 1;
                self.unknown.first = self.unknown.first.or(Some(index));
                self.follow_end(index, None);
                self.index.take_unknown(index);
            }
            Err(error) => return Err(at("ENTRY_MALFORMED", error.to_string())),
        }
        self.tiles.push_leaf(NodeHash::from(entry_leaf_hash(bytes)));
        if let Some(waypoint) = &mut self.through
            && waypoint.head.size.value() == self.tiles.leaves()
        {
            waypoint.differs = self.tiles.root() != waypoint.head.root;
        }
        Ok(())
    }

    /// The rules between entries: genesis first and only there, time never back, coverage forward.
    fn check_entry(
        &mut self,
        index: LeafIndex,
        entry: Entry,
        seen: &mut dyn FnMut(LeafIndex, &Entry),
    ) -> Result<(), (&'static str, String)> {
        if (index == LeafIndex::new(0)) != (entry.kind == Kind::LogGenesis) {
            return Err((
                "GENESIS_MISPLACED",
                format!("it is of kind {}; entry 0 alone is log.genesis", entry.kind),
            ));
        }
        if entry.logged_at < self.last_logged_at {
            let what = format!(
                "logged at {} ms, after an entry of {} ms",
                entry.logged_at, self.last_logged_at
            );
            return Err(("LOGGED_AT_DECREASED", what));
        }
        self.last_logged_at = entry.logged_at;
        if let Some(covered) = entry.covered {
            if entry.signer != self.key.name() {
                return Err(("WRONG_LOG", format!("an index.root of {}", entry.signer)));
            }
            if !may_cover(index, covered, self.last_covered) {
                return Err((
                    "INDEX_ROOT_COVERAGE",
                    format!("an index.root that covers {covered} entries"),
                ));
            }
            self.last_covered = Some(covered);
        }
        self.follow_end(index, Some(&entry));
        self.index.take_entry(index, &entry);
        seen(index, &entry);
        if index == LeafIndex::new(0) {
            self.genesis_entry = Some(entry);
        }
        Ok(())
    }

    fn follow_end(&mut self, index: LeafIndex, entry: Option<&Entry>) {
        if let Err(found) = self.end.take(index, entry) {
            self.after_end.get_or_insert(found);
        }
    }
}
