//! Heads of the past, findable by size and by time. Each is compared with the root that the verified
//! tiles give for its size, and its signature is verified, before it is shown again, with the cosignatures that are kept of it.
//!
//! One signature of each head is stored. A head that is asked for alone also has the lines of the other keys that sign heads of its
//! size, as far as these keys are still here; in a list it has not, since a second line takes longer to make than all the rest.

use verifier::checkpoint::{Checkpoint, checkpoint_text, signed_checkpoint};
use verifier::index::{TimestampMs, TreeSize};
use verifier::key_history::LogVerifierKey;
use verifier::note::{SignatureLine, UnverifiedNote, VerifierKey};
use verifier::pack::CoSigner;

use super::tiles::ReaderTree;
use super::{PAGE_HEADS_MAX, Reader};
use crate::error::ReadError;
use crate::shared::PublishedHead;
use crate::store::{HeadQuery, StoredHead, read};

/// The checkpoint of a head with the lines of which this server knows the keys: one by the log, then the others.
#[derive(Clone, Debug)]
pub struct KnownLines {
    /// The newest of the log's Ed25519 keys that signed it; its line is the first one.
    pub key: VerifierKey,
    /// The note.
    pub note: String,
    /// Whose lines follow, ascending by their vkeys: the log's other keys, and witnesses of its policy.
    pub cosigners: Vec<CoSigner>,
}

#[expect(clippy::missing_errors_doc, reason = "`Reader` says them")]
impl Reader {
    /// The checkpoint of a head for a file that names the key of every line. Each line is verified.
    pub fn known_lines(&self, head: &PublishedHead) -> Result<KnownLines, ReadError> {
        let what = || format!("the checkpoint of size {}", head.head.tree.size);
        let note = UnverifiedNote::parse(head.checkpoint.as_bytes())
            .map_err(|error| ReadError::corrupt(what(), "a note", error))?;
        let key = self.key_of(head.checkpoint.as_bytes());
        let (admission, cosigning) = (self.shared().admission(), self.cosigning());
        let of_log = admission.keys.in_force(head.head.tree.size);
        let of_log = of_log.filter(|other| other.as_ed25519() != Some(&key));
        let of_log = of_log.map(|key| match key {
            LogVerifierKey::Ed25519(key) => CoSigner::Log(key.clone()),
            LogVerifierKey::MlDsa44(key) => CoSigner::Cosigner(key.clone()),
        });
        let witnesses = cosigning
            .iter()
            .flat_map(|cosigning| cosigning.policy().witnesses());
        let witnesses = witnesses.map(|witness| CoSigner::Cosigner(witness.key.clone()));
        let mut lines: Vec<(String, CoSigner, SignatureLine)> = of_log
            .chain(witnesses)
            .filter_map(|signer| Some((signer.to_string(), line_of(&note, &signer)?, signer)))
            .map(|(vkey, line, signer)| (vkey, signer, line))
            .collect();
        lines.sort_by(|one, other| one.0.cmp(&other.0));
        lines.dedup_by(|one, other| one.0 == other.0);
        let first = line_of(&note, &CoSigner::Log(key.clone()))
            .ok_or_else(|| ReadError::corrupt(what(), "the log's signature", "none that verifies"))?;
        let others: String = lines.iter().map(|(_, _, line)| line.to_string()).collect();
        Ok(KnownLines {
            key,
            note: format!("{}\n{first}{others}", note.danger_text()),
            cosigners: lines.into_iter().map(|(_, signer, _)| signer).collect(),
        })
    }

    /// The head of exactly this size, signed; `None` if there was none, or not yet.
    pub fn checkpoint_of_size(&self, size: TreeSize) -> Result<Option<PublishedHead>, ReadError> {
        let head = self.bare_checkpoint_of_size(size)?;
        head.map(|head| self.with_kept_one(head)).transpose()
    }

    /// The same without what others signed of it.
    pub(super) fn bare_checkpoint_of_size(&self, size: TreeSize) -> Result<Option<PublishedHead>, ReadError> {
        let tree = self.tree()?;
        if size > tree.size() {
            return Ok(None);
        }
        let stored = read::newest(&*self.shared().store, HeadQuery::OfSize(size))?;
        stored
            .map(|stored| self.reopen_with_all_lines(&tree, stored))
            .transpose()
    }

    /// The newest published head whose time is not after `at`, signed.
    pub fn checkpoint_at(&self, at: TimestampMs) -> Result<Option<PublishedHead>, ReadError> {
        let tree = self.tree()?;
        if tree.published.head.time <= at {
            return Ok(Some(tree.published));
        }
        let stored = read::newest(&*self.shared().store, HeadQuery::UpToTime(at))?;
        let head = stored
            .map(|stored| self.reopen_with_all_lines(&tree, stored))
            .transpose()?;
        head.map(|head| self.with_kept_one(head)).transpose()
    }

    /// Heads newest first, from size `upto` down; at most 1,000.
    ///
    /// # Errors
    /// As every question to a [`Reader`]; one head that does not hold fails the list.
    pub fn checkpoints(&self, upto: TreeSize, limit: usize) -> Result<Vec<PublishedHead>, ReadError> {
        let tree = self.tree()?;
        let upto = upto.min(tree.size());
        let limit = limit.clamp(1, PAGE_HEADS_MAX);
        let stored = self.shared().store.heads(HeadQuery::UpToSize(upto), limit)?;
        let heads: Result<Vec<_>, _> = stored
            .into_iter()
            .map(|stored| self.reopen(&tree, stored))
            .collect();
        self.with_kept(heads?)
    }

    /// A stored head with the lines of all keys that sign heads of its size and are here.
    fn reopen_with_all_lines(
        &self,
        tree: &ReaderTree<'_>,
        stored: StoredHead,
    ) -> Result<PublishedHead, ReadError> {
        let mut head = self.reopen(tree, stored)?;
        if let Some(signer) = self
            .shared()
            .signer
            .as_ref()
            .filter(|_| head.head != tree.published.head)
        {
            let keys = &self.shared().admission().keys;
            for line in signer.lines_but_oldest(keys, &head.head) {
                head.checkpoint.push_str(&line.to_string());
            }
        }
        Ok(head)
    }

    /// A stored head as it was published. The signature of the newest head is stored with the batch
    /// after it, so that head alone comes from memory.
    fn reopen(&self, tree: &ReaderTree<'_>, stored: StoredHead) -> Result<PublishedHead, ReadError> {
        let StoredHead { head, signature } = stored;
        let what = || format!("the head of size {}", head.tree.size);
        if head == tree.published.head {
            return Ok(tree.published.clone());
        }
        if head.tree.size >= tree.size() {
            return Err(ReadError::corrupt(
                what(),
                "a head before the published one",
                head.tree.root,
            ));
        }
        let found = tree.root_of(head.tree.size)?;
        if found != head.tree.root {
            return Err(ReadError::corrupt(what(), found, head.tree.root));
        }
        let signature = signature.ok_or_else(|| ReadError::corrupt(what(), "a stored signature", "none"))?;
        let admission = self.shared().admission();
        let key = admission.keys.oldest(head.tree.size);
        let checkpoint = signed_checkpoint(&checkpoint_text(self.origin(), &head.tree), key, &signature);
        Checkpoint::open(checkpoint.as_bytes(), key)
            .map_err(|error| ReadError::corrupt(what(), "the log's signature", error))?;
        Ok(PublishedHead { head, checkpoint })
    }
}

/// The line of a key under a note, if there is one that verifies.
fn line_of(note: &UnverifiedNote, signer: &CoSigner) -> Option<SignatureLine> {
    match signer {
        CoSigner::Log(key) => {
            note.verify(key).ok()?;
            let mut lines = note.lines().iter();
            lines.find(|line| line.label() == key.label()).cloned()
        }
        CoSigner::Cosigner(key) => Some(key.open(note).ok()?.line().clone()),
    }
}
