//! What contexts say about documents, and which of it counts.

use std::collections::{HashMap, HashSet};

use super::entry_document::{DocumentBody, EntryDocument};
use super::trust::Trust;
use evidence::digest::{EvidenceDigest, TokenHash};
use evidence::entry::StreamPosition;
use evidence::kind::Kind;
use evidence::payload::Payload;
use evidence::subject::{Field, IndexSalt, SubjectHash, subject_hash};
use tlog::index::LeafIndex;

/// Whose word ties a document to a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Attested {
    /// The signer of the document signed the context.
    Signed,
    /// A submitter that is registered for the signer said so.
    Operator,
}

/// A context on a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ContextStatement<'a> {
    /// The entry that says it.
    pub(crate) index: LeafIndex,
    pub(crate) job_id: Option<&'a str>,
    pub(crate) token: Option<TokenHash>,
    pub(crate) stream: Option<StreamPosition>,
    /// By whom, where it counts.
    pub(crate) counted: Option<Attested>,
    /// By whom, if the document is that of `signer`.
    by: Option<Attested>,
    /// Who signed the document, by the word of the entry.
    signer: &'a str,
}

/// Every context of the closure, by the document that it is about.
#[derive(Debug, Default)]
pub(crate) struct ContextStatements<'a> {
    /// In log order.
    on: HashMap<EvidenceDigest, Vec<ContextStatement<'a>>>,
    /// The first entry that carries each document, and its signer.
    signers: HashMap<EvidenceDigest, (LeafIndex, &'a str)>,
}

impl<'a> ContextStatements<'a> {
    /// Collects them. A context on a document that is not there, or of another signer than it says, counts
    /// for nothing.
    pub(crate) fn of(
        docs: impl Iterator<Item = &'a EntryDocument> + Clone,
        trust: &Trust,
        salt: &IndexSalt,
    ) -> Self {
        let mut words = Self::default();
        for doc in docs.clone() {
            words.add_target(doc);
        }
        let targets = if docs.clone().any(is_erased_context) {
            words.targets(salt)
        } else {
            HashMap::new()
        };
        for doc in docs {
            if let Some((target, word)) = context_statement(doc, trust, &targets) {
                words.on.entry(target).or_default().push(word);
            }
        }
        let Self { on, signers } = &mut words;
        for (target, said) in on {
            settle(said, signers.get(target));
        }
        words
    }

    /// Adds documents, and reads again what is known and may count otherwise by now. Which documents it is about; `None`
    /// where all has to be collected anew, since what an erased context is about is found among all documents.
    pub(crate) fn grow(
        &mut self,
        docs: impl Iterator<Item = &'a EntryDocument> + Clone,
        trust: &Trust,
    ) -> Option<HashSet<EvidenceDigest>> {
        let mut about = HashSet::new();
        for doc in docs.clone() {
            if is_erased_context(doc) {
                return None;
            }
            if self.add_target(doc) && self.on.contains_key(&doc.digest) {
                about.insert(doc.digest);
            }
        }
        for doc in docs {
            let Some((target, word)) = context_statement(doc, trust, &HashMap::new()) else {
                continue;
            };
            let words = self.on.entry(target).or_default();
            match words.binary_search_by_key(&word.index, |known| known.index) {
                Ok(at) => words.splice(at..=at, [word]).for_each(drop),
                Err(at) => words.insert(at, word),
            }
            about.insert(target);
        }
        for target in &about {
            if let Some(words) = self.on.get_mut(target) {
                settle(words, self.signers.get(target));
            }
        }
        Some(about)
    }

    /// The contexts on a document, in log order.
    pub(crate) fn on(&self, digest: EvidenceDigest) -> &[ContextStatement<'a>] {
        self.on.get(&digest).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those that count.
    pub(crate) fn counted(&self, digest: EvidenceDigest) -> impl Iterator<Item = &ContextStatement<'a>> {
        self.on(digest).iter().filter(|word| word.counted.is_some())
    }

    /// Whether the entry is now the first that carries its document.
    fn add_target(&mut self, doc: &'a EntryDocument) -> bool {
        if !is_target(doc) {
            return false;
        }
        let found = (doc.index, doc.signer.as_str());
        let first = self.signers.entry(doc.digest).or_insert(found);
        *first = found.min(*first);
        *first == found
    }

    /// Every document by the hash that contexts on it carry.
    fn targets(&self, salt: &IndexSalt) -> HashMap<SubjectHash, EvidenceDigest> {
        let hash = |target: &EvidenceDigest| subject_hash(salt, Field::Evidence, &target.to_string());
        let digests = self.signers.keys();
        digests.map(|target| (hash(target), *target)).collect()
    }
}

/// Decides which words on a document count, once its signer is known.
fn settle(words: &mut [ContextStatement<'_>], first: Option<&(LeafIndex, &str)>) {
    for word in words {
        let is_same = first.is_some_and(|(_, signer)| *signer == word.signer);
        word.counted = word.by.filter(|_| is_same);
    }
}

/// Whether the entry commits to a document of its own that a context can be about.
fn is_target(doc: &EntryDocument) -> bool {
    match doc.body {
        DocumentBody::Erased => !matches!(doc.kind, Kind::Refused | Kind::Context),
        DocumentBody::Said(_) | DocumentBody::Broken(_) => doc.kind != Kind::Refused,
        DocumentBody::Word | DocumentBody::Refused(_) | DocumentBody::Root => false,
    }
}

fn is_erased_context(doc: &EntryDocument) -> bool {
    doc.kind == Kind::Context && doc.body == DocumentBody::Erased
}

/// The context of an entry, and the document that it is about. Whether that has the signer that it says is settled
/// later.
fn context_statement<'a>(
    doc: &'a EntryDocument,
    trust: &Trust,
    targets: &HashMap<SubjectHash, EvidenceDigest>,
) -> Option<(EvidenceDigest, ContextStatement<'a>)> {
    if doc.body == DocumentBody::Erased {
        erased(doc, trust, targets)
    } else {
        stated_context(doc, trust)
    }
}

/// What is left of a context when it is erased: the place in a stream. A signed context held when it was logged;
/// its signature can no longer be looked at, the signer of the entry can.
fn erased<'a>(
    doc: &'a EntryDocument,
    trust: &Trust,
    targets: &HashMap<SubjectHash, EvidenceDigest>,
) -> Option<(EvidenceDigest, ContextStatement<'a>)> {
    doc.stream?;
    let target = match doc.about {
        Some(about) => *targets.get(&about)?,
        None => doc.digest,
    };
    let signed = doc.kind == Kind::Context && doc.digest != target;
    let by = if signed {
        Some(Attested::Signed)
    } else {
        trust.is_bound(doc).then_some(Attested::Operator)
    };
    let word = ContextStatement {
        index: doc.index,
        job_id: None,
        token: None,
        stream: doc.stream,
        counted: None,
        by,
        signer: &doc.signer,
    };
    Some((target, word))
}

fn stated_context<'a>(
    doc: &'a EntryDocument,
    trust: &Trust,
) -> Option<(EvidenceDigest, ContextStatement<'a>)> {
    if let Some(Payload::SubmissionContext(signed)) = doc.payload() {
        let word = ContextStatement {
            index: doc.index,
            job_id: signed.context.job_id.as_deref(),
            token: signed.context.token_hash,
            stream: doc.stream,
            counted: None,
            by: trust.counts(doc).then_some(Attested::Signed),
            signer: &doc.signer,
        };
        return Some((signed.evidence_digest, word));
    }
    let context = doc.context.as_ref()?;
    if matches!(doc.body, DocumentBody::Refused(_) | DocumentBody::Broken(_)) {
        return None;
    }
    let word = ContextStatement {
        index: doc.index,
        job_id: context.job_id.as_deref(),
        token: context.token_hash,
        stream: doc.stream,
        counted: None,
        by: trust.is_bound(doc).then_some(Attested::Operator),
        signer: &doc.signer,
    };
    Some((doc.digest, word))
}
