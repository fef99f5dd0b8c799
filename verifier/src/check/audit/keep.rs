//! An audit that goes on as the log grows: what one round keeps for the next.
//!
//! A round starts from what the last one verified: one unfinished tile a level, and the index as far as it was computed. It reads only
//! what came since, and its root is that of the whole log, so that a signed head to which it leads continues the head before.

use serde::{Deserialize, Serialize};

use super::super::index_replay::{IndexReplay, KeepFault, KeptReplay, ReplayEnd, RowSpace};
use super::tiles::TileLevels;
use super::{Auditor, Unknown};
use crate::base64::{decode_standard, encode_standard};
use crate::check::{EntryAfterFreeze, Finding, LogEnd};
use crate::checkpoint::{Checkpoint, TreeHead};
use crate::hash::NodeHash;
use crate::index::{LeafIndex, TimestampMs, TreeSize};
use crate::note::VerifierKey;

/// An audit between two rounds, as it is written into a file. It is the caller's own memory, under no signature.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptAudit {
    /// Entries that were read and led to a signed root.
    size: TreeSize,
    /// The hashes of the unfinished tile of each level, in base64.
    levels: Vec<String>,
    last_logged_at: TimestampMs,
    last_covered: Option<TreeSize>,
    /// Whether, and where, the log was closed.
    end: LogEnd,
    /// `None` where the index is not followed any more.
    index: Option<KeptReplay>,
}

impl KeptAudit {
    /// Entries that were read.
    pub fn size(&self) -> TreeSize {
        self.size
    }

    /// Whether the log was closed: nothing follows then.
    pub fn is_closed(&self) -> bool {
        self.end.frozen().is_some()
    }

    /// When the newest of them was logged.
    pub fn last_logged_at(&self) -> TimestampMs {
        self.last_logged_at
    }

    /// The numbers of the files that the replay of the index needs.
    pub fn files(&self) -> impl Iterator<Item = u64> {
        self.index.iter().flat_map(KeptReplay::files)
    }
}

/// What a round found in the entries that it read. None of it makes them other entries than those that the log signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditRound {
    /// Where the replay of the index ended in this round, if it did.
    pub index_end: Option<ReplayEnd>,
    /// Why the index cannot be carried on, where it did not end.
    pub index_fault: Option<String>,
    /// Whether the index was followed up to the end of this round.
    pub index_followed: bool,
    /// Entries that the newest index.root covers; 0 where the index is not followed.
    pub covered: TreeSize,
    /// Entries that came too late: how many, the first one, and the longest time in milliseconds.
    pub late: Option<(u64, LeafIndex, u64)>,
    /// The oldest entry that no index.root covers, and its time in milliseconds since 1970.
    pub uncovered: Option<(LeafIndex, u64)>,
    /// Entries of a later format: how many, and the first one.
    pub unknown: Option<(u64, LeafIndex)>,
    /// The first entry that came behind the end of the log.
    pub after_end: Option<EntryAfterFreeze>,
    /// Whether the log was closed.
    pub is_closed: bool,
    /// When the newest entry was logged.
    pub last_logged_at: TimestampMs,
}

/// A signed head on the way to the audited one.
#[derive(Debug)]
pub(super) struct Waypoint {
    pub(super) head: TreeHead,
    pub(super) differs: bool,
}

fn damaged(what: &str) -> Finding {
    Finding::incomplete(
        "AUDIT_STATE_DAMAGED",
        format!("the kept audit is damaged: {what}"),
    )
}

impl Auditor {
    /// Goes on with an audit, up to a newer checkpoint. `rows` rows of the index are in memory, and the others in `space`.
    ///
    /// # Errors
    /// As [`new`](Self::new); `CHECKPOINT_OLDER` where the checkpoint has fewer entries than were read; `AUDIT_STATE_DAMAGED` where
    /// what was kept does not fit together.
    pub fn resume(
        checkpoint: &[u8],
        key: &VerifierKey,
        kept: &KeptAudit,
        (space, rows): (Box<dyn RowSpace>, usize),
    ) -> Result<Self, Finding> {
        let head = Checkpoint::open(checkpoint, key)?.head().clone();
        if head.size < kept.size {
            let message = format!(
                "the checkpoint has {} entries, and {} were read before",
                head.size, kept.size
            );
            return Err(Finding::incomplete("CHECKPOINT_OLDER", message));
        }
        let levels = kept.levels.iter().map(|level| hashes(level));
        let levels: Option<Vec<Vec<NodeHash>>> = levels.collect();
        let tiles = levels
            .and_then(|levels| TileLevels::resume(head.size, kept.size.value(), levels))
            .ok_or_else(|| damaged("its tiles are not those of its size"))?;
        let index = match &kept.index {
            Some(index) => {
                IndexReplay::resume(index, space, rows).map_err(|fault| damaged(&fault.to_string()))?
            }
            None => IndexReplay::not_followed(kept.size.next_index()),
        };
        let mut auditor = Self {
            key: key.clone(),
            head,
            wanted: None,
            tiles,
            last_logged_at: kept.last_logged_at,
            last_covered: kept.last_covered,
            genesis_entry: None,
            genesis: None,
            unknown: Unknown::default(),
            end: kept.end,
            after_end: None,
            through: None,
            index,
        };
        auditor.wanted = auditor.next_bundle();
        Ok(auditor)
    }

    /// Has the entries lead to another signed head on their way, of no fewer entries than were read and no more than are to be.
    #[must_use]
    pub fn through(self, head: TreeHead) -> Self {
        Self {
            through: Some(Waypoint { head, differs: false }),
            ..self
        }
    }

    /// Whether the entries that were read lead to another root than that of [`through`](Self::through). If they lead to the root of
    /// the audited head, the log has signed two histories.
    pub fn contradicts_waypoint(&self) -> bool {
        self.through.as_ref().is_some_and(|waypoint| waypoint.differs)
    }

    /// Compares the root, once nothing more is wanted, and keeps the audit for the next round.
    ///
    /// # Errors
    /// `ROOT_MISMATCH` where the entries do not lead to the signed root; `AUDIT_UNFINISHED`, `NO_ENTRIES`.
    pub fn keep(self) -> Result<(AuditRound, KeptAudit), Finding> {
        self.check_root()?;
        let index_end = self.index.end();
        let mut round = AuditRound {
            index_followed: index_end.is_none(),
            index_end: index_end.filter(|_| !self.index.was_not_followed()),
            index_fault: None,
            covered: self.index.extent().0,
            late: self.index.late(),
            uncovered: self.index.uncovered_since_ms(),
            unknown: self.unknown.first.map(|first| (self.unknown.count, first)),
            after_end: self.after_end.clone(),
            is_closed: self.end.frozen().is_some(),
            last_logged_at: self.last_logged_at,
        };
        let index = if round.index_followed {
            match self.index.keep() {
                Ok(kept) => Some(kept),
                Err(KeepFault(why)) => {
                    round.index_followed = false;
                    round.index_fault = Some(why);
                    None
                }
            }
        } else {
            None
        };
        let kept = KeptAudit {
            size: TreeSize::new(self.tiles.leaves()),
            levels: self.tiles.kept().map(text).collect(),
            last_logged_at: self.last_logged_at,
            last_covered: self.last_covered,
            end: self.end,
            index,
        };
        Ok((round, kept))
    }
}

fn text(level: &[NodeHash]) -> String {
    let bytes: Vec<u8> = level.iter().flat_map(|hash| *hash.as_bytes()).collect();
    encode_standard(&bytes)
}

fn hashes(text: &str) -> Option<Vec<NodeHash>> {
    let bytes = decode_standard(text)?;
    let (hashes, rest) = bytes.as_chunks::<32>();
    rest.is_empty()
        .then(|| hashes.iter().copied().map(NodeHash::from_bytes).collect())
}
