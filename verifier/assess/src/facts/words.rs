//! What contexts say about documents, and which of it counts.

use std::collections::HashMap;

use super::doc::{Body, Doc};
use super::trust::{Standing, Trust};
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
pub(crate) struct Word<'a> {
    /// The entry that says it.
    pub(crate) index: LeafIndex,
    pub(crate) job_id: Option<&'a str>,
    pub(crate) token: Option<TokenHash>,
    pub(crate) stream: Option<StreamPosition>,
    /// By whom, where it counts.
    pub(crate) counted: Option<Attested>,
}

/// Every context of the closure, by the document that it is about.
#[derive(Debug, Default)]
pub(crate) struct Words<'a>(HashMap<EvidenceDigest, Vec<Word<'a>>>);

impl<'a> Words<'a> {
    /// Collects them. A context on a document that is not there, or of another signer than it says, counts
    /// for nothing.
    pub(crate) fn of(docs: impl Iterator<Item = &'a Doc> + Clone, trust: &Trust, salt: &IndexSalt) -> Self {
        let mut signers: HashMap<EvidenceDigest, &str> = HashMap::new();
        for doc in docs.clone().filter(|doc| is_target(doc)) {
            signers.entry(doc.digest).or_insert(&doc.signer);
        }
        let mut targets = HashMap::new();
        if docs.clone().any(is_erased_context) {
            let digests = signers.keys();
            targets.extend(
                digests.map(|target| (subject_hash(salt, Field::Evidence, &target.to_string()), *target)),
            );
        }
        let mut words = Self::default();
        for doc in docs {
            let said = if doc.body == Body::Erased {
                erased(doc, trust, &signers, &targets)
            } else {
                word(doc, trust, &signers)
            };
            if let Some((target, word)) = said {
                words.0.entry(target).or_default().push(word);
            }
        }
        words
    }

    /// The contexts on a document, in log order.
    pub(crate) fn on(&self, digest: EvidenceDigest) -> &[Word<'a>] {
        self.0.get(&digest).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those that count.
    pub(crate) fn counted(&self, digest: EvidenceDigest) -> impl Iterator<Item = &Word<'a>> {
        self.on(digest).iter().filter(|word| word.counted.is_some())
    }
}

/// Whether the entry commits to a document of its own that a context can be about.
fn is_target(doc: &Doc) -> bool {
    match doc.body {
        Body::Erased => !matches!(doc.kind, Kind::Refused | Kind::Context),
        Body::Said(_) | Body::Broken(_) => doc.kind != Kind::Refused,
        Body::Word | Body::Refused(_) | Body::Root => false,
    }
}

fn is_erased_context(doc: &Doc) -> bool {
    doc.kind == Kind::Context && doc.body == Body::Erased
}

/// What is left of a context when it is erased: the place in a stream. A signed context held when it was logged;
/// its signature can no longer be looked at, the signer of the entry can.
fn erased<'a>(
    doc: &'a Doc,
    trust: &Trust,
    signers: &HashMap<EvidenceDigest, &str>,
    targets: &HashMap<SubjectHash, EvidenceDigest>,
) -> Option<(EvidenceDigest, Word<'a>)> {
    doc.stream?;
    let target = match doc.about {
        Some(about) => *targets.get(&about)?,
        None => doc.digest,
    };
    let same = signers.get(&target) == Some(&doc.signer.as_str());
    let bound = trust.at(doc.index).is_some_and(Standing::is_bound);
    let signed = doc.kind == Kind::Context && doc.digest != target;
    let by = if signed {
        Some(Attested::Signed)
    } else {
        bound.then_some(Attested::Operator)
    };
    let word = Word {
        index: doc.index,
        job_id: None,
        token: None,
        stream: doc.stream,
        counted: by.filter(|_| same),
    };
    Some((target, word))
}

fn word<'a>(
    doc: &'a Doc,
    trust: &Trust,
    signers: &HashMap<EvidenceDigest, &str>,
) -> Option<(EvidenceDigest, Word<'a>)> {
    if let Some(Payload::SubmissionContext(signed)) = doc.payload() {
        let same = signers.get(&signed.evidence_digest) == Some(&doc.signer.as_str());
        let word = Word {
            index: doc.index,
            job_id: signed.context.job_id.as_deref(),
            token: signed.context.token_hash,
            stream: doc.stream,
            counted: (same && trust.counts(doc)).then_some(Attested::Signed),
        };
        return Some((signed.evidence_digest, word));
    }
    let context = doc.context.as_ref()?;
    if matches!(doc.body, Body::Refused(_) | Body::Broken(_)) {
        return None;
    }
    let same = signers.get(&doc.digest) == Some(&doc.signer.as_str());
    let bound = trust.at(doc.index).is_some_and(Standing::is_bound);
    let word = Word {
        index: doc.index,
        job_id: context.job_id.as_deref(),
        token: context.token_hash,
        stream: doc.stream,
        counted: (same && bound).then_some(Attested::Operator),
    };
    Some((doc.digest, word))
}
