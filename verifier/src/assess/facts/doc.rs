//! A record of the closure as a document: read, or read and verified again.

use super::super::closure::{Closure, Kept, Record};
use crate::context::{Context, SubmitterName, stream_hash};
use crate::digest::{EvidenceDigest, PayloadHash, StatementDigest};
use crate::document::Document;
use crate::entry::{Entry, StreamPosition};
use crate::envelope::Rule;
use crate::evidence::{Evidence, Identity, SignerRule};
use crate::index::{LeafIndex, TimestampMs};
use crate::json::{self, Value};
use crate::kind::{Kind, Role};
use crate::payload::{self, Payload};
use crate::refused::{RefusedDocument, RefusedError};
use crate::subject::{Field, SubjectHash, context_subject_list, target_subject_list};

/// What an entry and what is kept beside it say.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::assess) struct Doc {
    /// Position in the log.
    pub(in crate::assess) index: LeafIndex,
    /// Kind of the entry.
    pub(in crate::assess) kind: Kind,
    /// Signer of the document; of a submitter's context, that of its target.
    pub(in crate::assess) signer: String,
    /// When it was logged.
    pub(in crate::assess) logged_at: TimestampMs,
    /// Digest of the document; of a submitter's context, that of its target.
    pub(in crate::assess) digest: EvidenceDigest,
    /// Who sent it.
    pub(in crate::assess) submitter: Option<SubmitterName>,
    /// The submitter's context, in clear.
    pub(in crate::assess) context: Option<Context>,
    /// The place in a stream that the entry commits to.
    pub(in crate::assess) stream: Option<StreamPosition>,
    /// Of a context, the subject hash of its target's digest: what is left of that when it is erased.
    pub(in crate::assess) about: Option<SubjectHash>,
    /// The document.
    pub(in crate::assess) body: Body,
    /// How it would become a job's, where the log does not hold it.
    pub(in crate::assess) supposed: Option<Tie>,
}

/// How a document that the log does not hold would become a job's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::assess) enum Tie {
    /// By the log's links, as if it were logged.
    ByLinks,
    /// By being the only document of a job without a name.
    Alone,
}

/// What there is of the document itself.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::assess) enum Body {
    /// A document.
    Said(Box<Said>),
    /// A submitter's context, which is nobody's document.
    Word,
    /// A refused document, which says nothing that counts.
    Refused(Refusal),
    /// An `index.root`.
    Root,
    /// Erased.
    Erased,
    /// It does not hold.
    Broken(Broken),
}

/// What is told of a refused document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::assess) struct Refusal {
    /// The reason code of the entry.
    pub(in crate::assess) code: String,
    /// Where in the document the fault is; `None` where it is in no one place, or nobody looked.
    pub(in crate::assess) pointer: Option<String>,
}

/// Why a record does not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::assess) struct Broken {
    pub(in crate::assess) code: &'static str,
    pub(in crate::assess) message: String,
}

/// What a document says, and what it asks of its signer.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::assess) struct Said {
    pub(in crate::assess) payload: Payload,
    /// `None` where the signature was not looked at.
    pub(in crate::assess) statement: Option<StatementDigest>,
    pub(in crate::assess) identities: Vec<Identity>,
    /// What it says, whoever signed it and when; of kinds with identities, approvals and agents' receipts only.
    pub(in crate::assess) payload_digest: Option<PayloadHash>,
    /// What the signer has to be.
    pub(in crate::assess) rule: Option<SignerRule>,
    /// Whether a clawsig rule verified it.
    pub(in crate::assess) clawsig: bool,
    /// The whole document, of bundles only: what they embed is verified when the job is judged.
    pub(in crate::assess) value: Option<Value>,
}

impl Doc {
    /// What it says, where it says anything.
    pub(in crate::assess) fn said(&self) -> Option<&Said> {
        match &self.body {
            Body::Said(said) => Some(said),
            _ => None,
        }
    }

    /// The typed payload, where there is one.
    pub(in crate::assess) fn payload(&self) -> Option<&Payload> {
        self.said().map(|said| &said.payload)
    }

    /// Reads a record without looking at hashes and signatures: enough to know what to ask next.
    pub(in crate::assess) fn read(record: &Record) -> Self {
        let body = match &record.evidence {
            Kept::Erased => Body::Erased,
            Kept::Nothing => without_document(&record.entry),
            Kept::Bytes(_) if record.entry.kind == Kind::Refused => refusal(&record.entry, None),
            Kept::Bytes(bytes) => said_without_proof(bytes, record.entry.kind)
                .map_or_else(|| broken("MALFORMED", "no document of its kind"), Body::Said),
        };
        Self::new(record, body)
    }

    /// Reads a record and verifies it again, from the entry's bytes to the signature.
    pub(in crate::assess) fn verify(record: &Record, closure: &Closure) -> Self {
        let body = verified_body(record, closure).unwrap_or_else(Body::Broken);
        Self::new(record, body)
    }

    fn new(record: &Record, body: Body) -> Self {
        let entry = &record.entry;
        let about = entry
            .subjects
            .iter()
            .find(|subject| entry.kind == Kind::Context && subject.field == Field::Evidence);
        Self {
            index: record.index,
            kind: entry.kind,
            signer: entry.signer.clone(),
            logged_at: entry.logged_at,
            digest: entry.evidence_digest,
            submitter: entry.submitter.clone(),
            context: record.context.clone(),
            stream: entry.stream,
            about: about.map(|subject| subject.hash),
            body,
            supposed: None,
        }
    }
}

fn refusal(entry: &Entry, pointer: Option<String>) -> Body {
    Body::Refused(Refusal {
        code: entry.refused.clone().unwrap_or_default(),
        pointer,
    })
}

/// The refused document is the one that the entry commits to, and its signer's.
fn refused_body(entry: &Entry, bytes: &[u8], origin: &str) -> Result<Body, Broken> {
    let code = |error: &RefusedError| match error {
        RefusedError::RawDigest => "EVIDENCE_DIGEST_MISMATCH",
        RefusedError::Unsigned => "SIGNATURE_INVALID",
        RefusedError::Signer(_) => "ENTRY_MISMATCH",
    };
    let document = RefusedDocument::read(entry, bytes, origin).map_err(|error| Broken {
        code: code(&error),
        message: error.to_string(),
    })?;
    let pointer = document.fault.map(|fault| fault.pointer);
    Ok(refusal(entry, pointer.filter(|pointer| !pointer.is_empty())))
}

fn without_document(entry: &Entry) -> Body {
    match entry.kind {
        Kind::Context => Body::Word,
        Kind::IndexRoot => Body::Root,
        // Whether its bytes are there decides nothing: they are nobody's evidence.
        Kind::Refused => refusal(entry, None),
        _ => broken("EVIDENCE_MISSING", "the document is not there"),
    }
}

fn broken(code: &'static str, message: &str) -> Body {
    Body::Broken(Broken {
        code,
        message: message.to_owned(),
    })
}

/// The payload of a document whose hashes and signature nobody looked at.
fn said_without_proof(bytes: &[u8], kind: Kind) -> Option<Box<Said>> {
    let value = json::parse(bytes).ok()?;
    let object = value.as_object()?;
    let payload = match object.get("envelope_type") {
        None => payload::decode("export_bundle", object, "").ok()?.payload,
        Some(envelope_type) => {
            let inner = object.get("payload")?.as_object()?;
            payload::decode(envelope_type.as_str()?, inner, "/payload")
                .ok()?
                .payload
        }
    };
    (payload.kind() == kind).then(|| {
        let value = matches!(payload, Payload::Bundle(_)).then(|| value.clone());
        Box::new(Said {
            payload,
            statement: None,
            identities: Vec::new(),
            payload_digest: None,
            rule: None,
            clawsig: false,
            value,
        })
    })
}

fn verified_body(record: &Record, closure: &Closure) -> Result<Body, Broken> {
    let entry = &record.entry;
    let fits = Entry::decode(&record.bytes).is_ok_and(|decoded| decoded == *entry);
    holds(fits, "ENTRY_MISMATCH", "the entry is not what its bytes say")?;
    // What says who may do what is never erased: a copy without it had something taken out.
    if record.evidence == Kept::Erased {
        return holds(
            entry.kind.is_erasable(),
            "EVIDENCE_MISSING",
            "a document of this kind is never erased",
        )
        .map(|()| Body::Erased);
    }
    check_context(record, closure)?;
    let Kept::Bytes(bytes) = &record.evidence else {
        if entry.kind == Kind::Context {
            let list = target_subject_list(&closure.salt, entry.evidence_digest);
            holds(
                list == entry.subjects,
                "SUBJECTS_MISMATCH",
                "a context names another target",
            )?;
        }
        return match without_document(entry) {
            Body::Broken(broken) => Err(broken),
            body => Ok(body),
        };
    };
    if entry.kind == Kind::Refused {
        return refused_body(entry, bytes, &closure.origin);
    }
    let document = Document::parse(bytes).map_err(|fault| Broken {
        code: "MALFORMED",
        message: fault.to_string(),
    })?;
    let digests = document.raw() == bytes.as_slice()
        && entry.raw_digest == Some(document.raw_digest())
        && entry.evidence_digest == document.evidence_digest();
    holds(
        digests,
        "EVIDENCE_DIGEST_MISMATCH",
        "the document is not the one that was logged",
    )?;
    let evidence = Evidence::verify(&document, &closure.origin).map_err(|rejected| Broken {
        code: rejected.fault.code.as_str(),
        message: rejected.fault.to_string(),
    })?;
    check_evidence(&evidence, entry, closure)?;
    Ok(Body::Said(Box::new(said(&evidence, &document))))
}

fn said(evidence: &Evidence, document: &Document) -> Said {
    let bundle = matches!(evidence.payload(), Payload::Bundle(_));
    let compared = matches!(
        evidence.payload(),
        Payload::Approval(_) | Payload::ToolReceipt(_) | Payload::SideEffectReceipt(_)
    );
    let payload_digest = compared.then(|| evidence.envelope().payload_digest());
    Said {
        payload: evidence.payload().clone(),
        statement: Some(evidence.envelope().statement()),
        identities: evidence.identities().to_vec(),
        payload_digest: evidence.payload_digest().or(payload_digest),
        rule: Some(evidence.signer_rule()),
        clawsig: evidence.envelope().rule() != Rule::Own,
        value: bundle.then(|| document.value().clone()),
    }
}

/// The entry says of the document what the document is.
fn check_evidence(evidence: &Evidence, entry: &Entry, closure: &Closure) -> Result<(), Broken> {
    holds(
        evidence.kind() == entry.kind && evidence.envelope().signer().as_str() == entry.signer,
        "ENTRY_MISMATCH",
        "kind or signer of the document are not those of the entry",
    )?;
    let subjects = evidence.subject_list(&closure.salt).ok();
    holds(
        subjects.as_ref() == Some(&entry.subjects),
        "SUBJECTS_MISMATCH",
        "the entry has other subjects than its document",
    )?;
    let Payload::SubmissionContext(signed) = evidence.payload() else {
        return Ok(());
    };
    let stated = signed.context.stream.as_ref().map(|claim| StreamPosition {
        stream: stream_hash(&entry.signer, &claim.stream),
        number: claim.number,
        last: claim.last,
    });
    holds(
        stated == entry.stream && entry.context_subjects.is_none(),
        "STREAM_MISMATCH",
        "the entry has another place in a stream than its document",
    )
}

/// The clear context is the one that the entry commits to.
fn check_context(record: &Record, closure: &Closure) -> Result<(), Broken> {
    let entry = &record.entry;
    let Some(context) = &record.context else {
        let signed = entry.kind == Kind::Context && record.evidence != Kept::Nothing;
        let none = entry.context_subjects.is_none() && (signed || entry.stream.is_none());
        return holds(none, "CONTEXT_MISSING", "the submitter's context is not there");
    };
    let subjects = context_subject_list(&closure.salt, context).ok();
    let owner = entry.submitter.as_ref().map(SubmitterName::as_str);
    let stated = context
        .stream
        .as_ref()
        .zip(owner)
        .map(|(claim, owner)| StreamPosition {
            stream: stream_hash(owner, &claim.stream),
            number: claim.number,
            last: claim.last,
        });
    holds(
        subjects == entry.context_subjects && subjects.is_some() && stated == entry.stream,
        "CONTEXT_MISMATCH",
        "the context is not the one that the entry commits to",
    )
}

fn holds(holds: bool, code: &'static str, message: &str) -> Result<(), Broken> {
    if holds {
        Ok(())
    } else {
        Err(Broken {
            code,
            message: message.to_owned(),
        })
    }
}

/// The roles that a rule asks for; empty where any registered signer will do.
pub(in crate::assess) const fn roles(rule: SignerRule) -> &'static [Role] {
    match rule {
        SignerRule::AnyOf(roles) => roles,
        SignerRule::AnyRegistered | SignerRule::SignerOf(_) => &[],
    }
}
