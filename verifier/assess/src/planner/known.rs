//! What the planner makes of the records that it holds: it grows with each round.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::facts::{ContextStatements, EntryDocument, Links, Trust, is_authority};
use crate::verified::VerifiedRecord;
use evidence::Identity;
use evidence::digest::EvidenceDigest;
use evidence::payload::Payload;
use evidence::subject::IndexSalt;
use tlog::index::LeafIndex;

/// The documents of a closure that is being collected, and what ties them to its job.
#[derive(Debug)]
pub(super) struct KnownDocuments<'a> {
    pub(super) job_id: String,
    origin: String,
    salt: IndexSalt,
    pub(super) docs: BTreeMap<LeafIndex, &'a EntryDocument>,
    pub(super) trust: Trust,
    words: ContextStatements<'a>,
    pub(super) links: Links<'a>,
    /// Those of the documents from which trust follows.
    authority: BTreeMap<LeafIndex, &'a EntryDocument>,
    by_signer: HashMap<&'a str, Vec<LeafIndex>>,
    by_digest: HashMap<EvidenceDigest, Vec<LeafIndex>>,
    /// What two gateway receipts may share, and which do.
    identities: HashMap<Identity, Vec<LeafIndex>>,
}

/// What a round changed.
#[derive(Debug, Default)]
pub(super) struct RoundChange<'a> {
    /// The documents that may give a reason for a lookup that no earlier round had, in log order.
    pub(super) docs: Vec<&'a EntryDocument>,
    /// Whether all documents were tied anew: then these are all.
    pub(super) anew: bool,
}

impl<'a> KnownDocuments<'a> {
    pub(super) fn new(job_id: &str, origin: &str, salt: IndexSalt) -> Self {
        Self {
            job_id: job_id.to_owned(),
            origin: origin.to_owned(),
            salt,
            docs: BTreeMap::new(),
            trust: Trust::planned([].into_iter(), origin),
            words: ContextStatements::default(),
            links: Links::default(),
            authority: BTreeMap::new(),
            by_signer: HashMap::new(),
            by_digest: HashMap::new(),
            identities: HashMap::new(),
        }
    }

    /// Adds the records that a round brought. The cost is that of these records and of what they change. All that is known
    /// is tied anew where the round brought an issuance, an approval, a run or token that is new to the job, or a
    /// distrusted signer, since these change what others are.
    pub(super) fn add(&mut self, records: &'a [Arc<VerifiedRecord>]) -> RoundChange<'a> {
        let mut fresh = BTreeMap::new();
        for doc in records.iter().map(|record| record.planned()) {
            self.note(doc);
            fresh.insert(doc.index, doc);
        }
        if self.grow(&mut fresh).is_some() {
            return RoundChange {
                docs: fresh.into_values().collect(),
                anew: false,
            };
        }
        let docs = self.docs.values().copied();
        self.words = ContextStatements::of(docs.clone(), &self.trust, &self.salt);
        self.links = Links::of(&self.job_id, docs, &self.words, &self.trust);
        RoundChange {
            docs: self.docs.values().copied().collect(),
            anew: true,
        }
    }

    /// The gateway receipts that share an identity with one of the job, where either of the two is among `docs`; in log
    /// order.
    pub(super) fn twins<'d>(&self, docs: impl Iterator<Item = &'d EntryDocument>) -> Vec<&'a EntryDocument> {
        let is_ours = |index: &LeafIndex| self.links.linked.contains_key(index);
        let mut asked: HashMap<Identity, Vec<LeafIndex>> = HashMap::new();
        for doc in docs {
            for identity in identities(doc) {
                asked.entry(*identity).or_default().push(doc.index);
            }
        }
        let mut twins = BTreeSet::new();
        for (identity, among) in asked {
            let sharing = self.identities.get(&identity).map_or(&[][..], Vec::as_slice);
            if among.iter().any(is_ours) {
                twins.extend(sharing.iter().copied());
            } else if sharing.iter().any(is_ours) {
                twins.extend(among);
            }
        }
        twins
            .iter()
            .filter_map(|index| self.docs.get(index).copied())
            .collect()
    }

    fn note(&mut self, doc: &'a EntryDocument) {
        self.docs.insert(doc.index, doc);
        self.by_signer.entry(&doc.signer).or_default().push(doc.index);
        self.by_digest.entry(doc.digest).or_default().push(doc.index);
        for identity in identities(doc) {
            self.identities.entry(*identity).or_default().push(doc.index);
        }
        if is_authority(doc) {
            self.authority.insert(doc.index, doc);
        }
    }

    /// Grows trust, words and links, and adds to `changed` what counts otherwise by now. `None` where all has to be tied
    /// anew.
    fn grow(&mut self, changed: &mut BTreeMap<LeafIndex, &'a EntryDocument>) -> Option<()> {
        if changed.values().any(|doc| is_authority(doc)) {
            let trust = Trust::planned(self.authority.values().copied(), &self.origin);
            let before = std::mem::replace(&mut self.trust, trust);
            for did in self.trust.changed_from(&before)? {
                let signed = self.by_signer.get(did).into_iter().flatten();
                changed.extend(signed.filter_map(|index| Some((*index, *self.docs.get(index)?))));
            }
        }
        let about = self.words.grow(changed.values().copied(), &self.trust)?;
        for digest in about {
            let carriers = self.by_digest.get(&digest).into_iter().flatten();
            changed.extend(carriers.filter_map(|index| Some((*index, *self.docs.get(index)?))));
        }
        let grown = self
            .links
            .grow(&self.job_id, changed.values().copied(), &self.words, &self.trust);
        grown.then_some(())
    }
}

/// What a gateway receipt may share with another.
fn identities(doc: &EntryDocument) -> &[Identity] {
    match doc.statement() {
        Some(said) if matches!(said.payload, Payload::GatewayReceipt(_)) => &said.identities,
        _ => &[],
    }
}
