//! Cosignatures of published heads: kept in the store with their head, and shown under the published checkpoint.
//!
//! The published checkpoint is a note with the log's own line. While it is the newest, each cosignature that is kept of it is
//! a further line: what others signed is then in every answer that shows the checkpoint. Nobody waits for that.
//!
//! Lines are verified when they come, and again when they are counted. Those of a witness that the policy does not name any
//! more stay under their checkpoint, for readers whose policy does.

use std::sync::Arc;

use verifier::checkpoint::checkpoint_text;
use verifier::cosignature::Cosignature;
use verifier::index::TreeSize;
use verifier::note::{SignatureLine, UnverifiedNote};
use verifier::quorum::QuorumPolicy;

use super::Reader;
use crate::cosigning::{CosignedHead, Cosigning, KeepError, QuorumRule, held};
use crate::error::ReadError;
use crate::shared::PublishedHead;
use crate::store::StoredCosignatures;

/// Heads with cosignatures among which the newest quorum is looked for when a process begins.
const HEADS_LOOKED_AT: usize = 256;

impl Reader {
    /// Begins to keep cosignatures by the witnesses of a policy, and reads what is kept already. From then on the log takes evidence as
    /// the rule says. A second call changes nothing: the first policy and rule stay.
    pub fn begin_cosigning(&self, policy: QuorumPolicy, rule: QuorumRule) -> Arc<Cosigning> {
        let mut is_new = false;
        let begin = || {
            is_new = true;
            Arc::new(Cosigning::new(policy, rule))
        };
        let cosigning = Arc::clone(self.shared().cosigning.get_or_init(begin));
        if is_new && let Err(error) = self.read_kept(&cosigning) {
            // They are kept all the same, and those that come are put to them.
            tracing::error!(%error, "the cosignatures that are kept cannot be read");
        }
        cosigning
    }

    /// The witnesses of this log; `None` where it has none.
    pub fn cosigning(&self) -> Option<Arc<Cosigning>> {
        self.shared().cosigning.get().cloned()
    }

    /// The newest head that is for witnesses to sign, with the log's own lines alone. Of a log with an index that is the one
    /// under which the newest index.root is proved, so that a pack has one checkpoint (`schemas/index.md`, section 3, rule 2);
    /// of any other log the published head.
    ///
    /// # Errors
    /// As every question to a [`Reader`].
    pub fn head_for_witnesses(&self) -> Result<PublishedHead, ReadError> {
        let published = self.published();
        let size = self.newest_index_root()?.and_then(|root| root.index.size_with());
        let head = match size {
            None => published,
            Some(size) => self
                .bare_checkpoint_of_size(size)?
                .ok_or_else(|| ReadError::corrupt(format!("the head of size {size}"), "a head", "none"))?,
        };
        Ok(PublishedHead {
            checkpoint: self.own_note(&head.checkpoint)?,
            head: head.head,
        })
    }

    /// Keeps cosignatures of a head that was published, durably, each in place of an earlier one by the same key; shows them
    /// under the checkpoint if the head is the newest still.
    ///
    /// # Errors
    /// [`KeepError`]: nothing was kept, or it is not known where the store failed. The caller may call again.
    pub fn keep_cosignatures(&self, head: &PublishedHead, new: &[Cosignature]) -> Result<(), KeepError> {
        let cosigning = self.cosigning().ok_or(KeepError::NotCosigned)?;
        let size = head.head.tree.size;
        let text = checkpoint_text(self.origin(), &head.head.tree);
        let is_ours = |one: &Cosignature| {
            let mut witnesses = cosigning.policy().witnesses().iter();
            one.text() == text && witnesses.any(|witness| witness.key == *one.cosigner())
        };
        if let Some(foreign) = new.iter().find(|one| !is_ours(one)) {
            return Err(KeepError::Foreign {
                cosigner: foreign.cosigner().name().to_owned(),
                size,
            });
        }
        let _keeping = held(&cosigning.keeping);
        let lines = joined(self.kept_lines(size)?, new);
        let note = format!("{}{lines}", self.own_note(&head.checkpoint)?);
        let parsed = UnverifiedNote::parse(note.as_bytes())?;
        let store = &self.shared().store;
        store
            .put_cosignatures(&StoredCosignatures { size, lines })
            .map_err(ReadError::from)?;
        let cosignatures = by_policy(&cosigning, &parsed);
        let cosigned = CosignedHead {
            size,
            time: head.head.time,
            note: &note,
            cosignatures: &cosignatures,
        };
        let published = || self.published().head.tree.size;
        cosigning.take_new(&cosigned, new, self.now(), published);
        self.shared().show_cosigned(&head.head, note);
        Ok(())
    }

    /// A checkpoint with the log's own lines alone.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`] where it is no note: it was published by this process, so memory is damaged.
    pub fn own_note(&self, checkpoint: &str) -> Result<String, ReadError> {
        let (text, own) = self.own_lines(checkpoint)?;
        let own: String = own.iter().map(ToString::to_string).collect();
        Ok(format!("{text}\n{own}"))
    }

    /// The same, for a file whose lines have one order: ascending by key id.
    ///
    /// # Errors
    /// As [`own_note`](Self::own_note).
    pub fn own_lines_by_id(&self, checkpoint: &str) -> Result<String, ReadError> {
        let (text, mut own) = self.own_lines(checkpoint)?;
        own.sort_by_key(|line| line.id);
        let own: String = own.iter().map(ToString::to_string).collect();
        Ok(format!("{text}\n{own}"))
    }

    fn own_lines(&self, checkpoint: &str) -> Result<(String, Vec<SignatureLine>), ReadError> {
        let note = UnverifiedNote::parse(checkpoint.as_bytes())
            .map_err(|error| ReadError::corrupt("the published checkpoint", "a note", error))?;
        let own = note.lines().iter().filter(|line| line.name == self.origin());
        Ok((note.danger_text().to_owned(), own.cloned().collect()))
    }

    /// A head with the cosignatures that are kept of it.
    pub(super) fn with_kept_one(&self, head: PublishedHead) -> Result<PublishedHead, ReadError> {
        let Some(kept) = self.shared().store.cosignatures_of(head.head.tree.size)? else {
            return Ok(head);
        };
        let checkpoint = format!("{}{}", self.own_note(&head.checkpoint)?, kept.lines);
        Ok(PublishedHead { checkpoint, ..head })
    }

    /// Consecutive heads, newest first, each with the cosignatures that are kept of it.
    pub(super) fn with_kept(&self, mut heads: Vec<PublishedHead>) -> Result<Vec<PublishedHead>, ReadError> {
        let Some(newest) = heads.first().map(|head| head.head.tree.size) else {
            return Ok(heads);
        };
        // They are kept of published heads alone: no more of them lie in between.
        for kept in self.shared().store.cosignatures(newest, heads.len())? {
            if let Some(head) = heads.iter_mut().find(|head| head.head.tree.size == kept.size) {
                head.checkpoint = format!("{}{}", self.own_note(&head.checkpoint)?, kept.lines);
            }
        }
        Ok(heads)
    }

    /// The lines that are kept of the head of a size.
    fn kept_lines(&self, size: TreeSize) -> Result<Vec<SignatureLine>, ReadError> {
        let Some(kept) = self.shared().store.cosignatures_of(size)? else {
            return Ok(Vec::new());
        };
        // Lines are parsed as those of a note, whose text does not matter here.
        let note = UnverifiedNote::parse(format!("kept\n\n{}", kept.lines).as_bytes());
        let note = note.map_err(|error| {
            let what = format!("the cosignatures of the head of size {size}");
            ReadError::corrupt(what, "signature lines", error)
        })?;
        Ok(note.lines().to_vec())
    }

    /// Finds the newest head that has a quorum already, and how far the time of each key is.
    fn read_kept(&self, cosigning: &Cosigning) -> Result<(), ReadError> {
        let published = self.published();
        let published_size = published.head.tree.size;
        let stored = self
            .shared()
            .store
            .cosignatures(published_size, HEADS_LOOKED_AT)?;
        for kept in stored {
            let Some(head) = self.checkpoint_of_size(kept.size)? else {
                continue;
            };
            let own = self.own_note(&head.checkpoint)?;
            let note = format!("{own}{}", kept.lines);
            let parsed = UnverifiedNote::parse(note.as_bytes()).map_err(|error| {
                let what = format!("the cosignatures of the head of size {}", kept.size);
                ReadError::corrupt(what, "signature lines", error)
            })?;
            let cosignatures = by_policy(cosigning, &parsed);
            let cosigned = CosignedHead {
                size: kept.size,
                time: head.head.time,
                note: &note,
                cosignatures: &cosignatures,
            };
            cosigning.take_kept(&cosigned, self.now());
            if kept.size == published_size {
                self.shared().show_cosigned(&head.head, note);
            }
            if cosigning.quorum().is_some() && cosigning.has_met_all() {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The cosignatures of a note that hold, by the witnesses of the policy.
fn by_policy(cosigning: &Cosigning, note: &UnverifiedNote) -> Vec<Cosignature> {
    let witnesses = cosigning.policy().witnesses().iter();
    witnesses
        .filter_map(|witness| witness.key.open(note).ok())
        .collect()
}

/// The lines of a head, in which new ones take the place of those by the same keys.
fn joined(kept: Vec<SignatureLine>, new: &[Cosignature]) -> String {
    let is_replaced = |line: &SignatureLine| {
        let mut new = new.iter().map(Cosignature::line);
        new.any(|one| one.id == line.id && one.name == line.name)
    };
    let kept = kept.into_iter().filter(|line| !is_replaced(line));
    let lines = kept.chain(new.iter().map(|one| one.line().clone()));
    lines.map(|line| line.to_string()).collect()
}
