//! A record of the closure as a document: read, or read and verified.

use evidence::context::{Context, SubmitterName};
use evidence::digest::{EvidenceDigest, PayloadHash, StatementDigest};
use evidence::entry::{Entry, StreamPosition};
use evidence::envelope::EnvelopeRule;
use evidence::issuers::SignedEntry;
use evidence::json::{self, Value};
use evidence::kind::{Kind, Role};
use evidence::payload::{self, Payload};
use evidence::record::{Record, RecordContent, RecordError, StoredBytes, VerifiedDocument};
use evidence::subject::{Field, IndexSalt, SubjectHash};
use evidence::{Identity, SignerRule, identities_of_receipt};
use tlog::index::{LeafIndex, TimestampMs};

/// What a proof bundle is called in its envelope.
const PROOF_BUNDLE: &str = "proof_bundle";

/// What an entry says, with its document and context.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct EntryDocument {
    pub(crate) index: LeafIndex,
    pub(crate) kind: Kind,
    /// Signer of the document; of a submitter's context, that of its target.
    pub(crate) signer: String,
    pub(crate) logged_at: TimestampMs,
    /// Digest of the document; of a submitter's context, that of its target.
    pub(crate) digest: EvidenceDigest,
    /// Who sent it.
    pub(crate) submitter: Option<SubmitterName>,
    /// The submitter's context, in clear.
    pub(crate) context: Option<Context>,
    /// The place in a stream that the entry commits to.
    pub(crate) stream: Option<StreamPosition>,
    /// Of a context, the subject hash of its target's digest: what is left of that when it is erased.
    pub(crate) about: Option<SubjectHash>,
    /// What is left of the document: its statement, or why there is none.
    pub(crate) body: DocumentBody,
    /// How it would become a job's, where the log does not hold it.
    pub(crate) supposed: Option<SupposedLink>,
}

/// How a document that the log does not hold would become a job's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SupposedLink {
    /// By the log's links, as if it were logged.
    ByLinks,
    /// By being the only document of a job without a name.
    Alone,
}

/// What there is of the document itself.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum DocumentBody {
    /// A document.
    Said(Box<DocumentStatement>),
    /// A submitter's context, which is nobody's document.
    Word,
    /// A refused document, which says nothing that counts.
    Refused(LoggedRefusal),
    /// An `index.root`.
    Root,
    /// Erased.
    Erased,
    /// It does not hold.
    Broken(BrokenRecord),
}

/// What is told of a refused document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct LoggedRefusal {
    /// The reason code of the entry.
    pub(crate) code: String,
    /// Where in the document the fault is; `None` where it is in no one place, or nobody looked.
    pub(crate) pointer: Option<String>,
    /// Whether it calls itself a proof bundle; false where its bytes are not kept, or nobody looked.
    pub(crate) is_report: bool,
}

/// Why a record does not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct BrokenRecord {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// What a document says, and what it asks of its signer.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct DocumentStatement {
    pub(crate) payload: Payload,
    /// `None` where the signature was not looked at.
    pub(crate) statement: Option<StatementDigest>,
    /// What it may share with another document that does not say the same; where nobody looked at the signature, of
    /// gateway receipts only.
    pub(crate) identities: Vec<Identity>,
    /// SHA-256(JCS(payload)), the same for any signer and time; of kinds with identities, approvals and agents'
    /// receipts only.
    pub(crate) payload_digest: Option<PayloadHash>,
    /// What the signer has to be.
    pub(crate) rule: Option<SignerRule>,
    /// Whether a clawsig rule verified it.
    pub(crate) clawsig: bool,
    /// The whole document, of bundles only: what they embed is verified when the job is judged.
    pub(crate) value: Option<Value>,
}

impl EntryDocument {
    /// Its signer, and where that is asked.
    pub(crate) fn signed(&self) -> SignedEntry<'_> {
        SignedEntry {
            signer: &self.signer,
            index: self.index,
            logged_at: self.logged_at,
        }
    }

    /// What it says, where it says anything.
    pub(crate) fn statement(&self) -> Option<&DocumentStatement> {
        match &self.body {
            DocumentBody::Said(said) => Some(said),
            _ => None,
        }
    }

    /// Whether it is a submitter's context of its own, which is nobody's document.
    pub(crate) fn is_word(&self) -> bool {
        self.kind == Kind::Context && self.body == DocumentBody::Word
    }

    /// The typed payload, where there is one.
    pub(crate) fn payload(&self) -> Option<&Payload> {
        self.statement().map(|said| &said.payload)
    }

    /// Reads a record without looking at hashes and signatures: enough to know what to ask next.
    pub(crate) fn read(record: &Record) -> Self {
        let body = match &record.evidence {
            StoredBytes::Erased => DocumentBody::Erased,
            StoredBytes::Nothing => without_document(&record.entry),
            StoredBytes::Bytes(_) if record.entry.kind == Kind::Refused => refusal(&record.entry),
            StoredBytes::Bytes(bytes) => unverified_statement(bytes, record.entry.kind).map_or_else(
                || broken("MALFORMED", "no document of its kind"),
                DocumentBody::Said,
            ),
        };
        Self::new(record, body)
    }

    /// Reads a record of the log `origin` and verifies it, from the entry's bytes to the signature.
    pub(crate) fn verify(record: &Record, origin: &str, salt: &IndexSalt) -> Self {
        let body = verified_body(record, origin, salt)
            .unwrap_or_else(|error| broken(error.code(), &error.to_string()));
        Self::new(record, body)
    }

    fn new(record: &Record, body: DocumentBody) -> Self {
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

fn refusal_code(entry: &Entry) -> String {
    entry.refused.clone().unwrap_or_default()
}

/// A refused document that nobody looked into.
fn refusal(entry: &Entry) -> DocumentBody {
    DocumentBody::Refused(LoggedRefusal {
        code: refusal_code(entry),
        pointer: None,
        is_report: false,
    })
}

fn without_document(entry: &Entry) -> DocumentBody {
    match entry.kind {
        Kind::Context => DocumentBody::Word,
        Kind::IndexRoot => DocumentBody::Root,
        // Whether its bytes are there decides nothing: they are nobody's evidence.
        Kind::Refused => refusal(entry),
        _ => broken("EVIDENCE_MISSING", "the document is not there"),
    }
}

fn broken(code: &'static str, message: &str) -> DocumentBody {
    DocumentBody::Broken(BrokenRecord {
        code,
        message: message.to_owned(),
    })
}

/// The payload of a document whose hashes and signature nobody looked at.
fn unverified_statement(bytes: &[u8], kind: Kind) -> Option<Box<DocumentStatement>> {
    let value = json::parse(bytes).ok()?;
    let object = value.as_object()?;
    let payload = match object.get("envelope_type") {
        None => payload::decode("export_bundle", object, "").ok()?.payload,
        Some(envelope_type) => {
            let inner = object.object("payload")?;
            payload::decode(envelope_type.as_str()?, inner, "/payload")
                .ok()?
                .payload
        }
    };
    (payload.kind() == kind).then(|| {
        let value = matches!(payload, Payload::Bundle(_)).then(|| value.clone());
        let identities = match &payload {
            Payload::GatewayReceipt(receipt) => identities_of_receipt(receipt),
            _ => Vec::new(),
        };
        Box::new(DocumentStatement {
            payload,
            statement: None,
            identities,
            payload_digest: None,
            rule: None,
            clawsig: false,
            value,
        })
    })
}

fn verified_body(record: &Record, origin: &str, salt: &IndexSalt) -> Result<DocumentBody, RecordError> {
    let body = match record.verify(origin, salt)? {
        RecordContent::Evidence(verified) => DocumentBody::Said(Box::new(verified_statement(&verified))),
        RecordContent::Refused(document) => {
            let is_report = document
                .as_ref()
                .is_some_and(|document| document.envelope_type == PROOF_BUNDLE);
            let pointer = document
                .and_then(|document| document.fault)
                .map(|fault| fault.pointer);
            DocumentBody::Refused(LoggedRefusal {
                code: refusal_code(&record.entry),
                pointer: pointer.filter(|pointer| !pointer.is_empty()),
                is_report,
            })
        }
        RecordContent::Context => DocumentBody::Word,
        RecordContent::IndexRoot => DocumentBody::Root,
        RecordContent::Erased => DocumentBody::Erased,
    };
    Ok(body)
}

fn verified_statement(VerifiedDocument { document, evidence }: &VerifiedDocument) -> DocumentStatement {
    let bundle = matches!(evidence.payload(), Payload::Bundle(_));
    let compared = matches!(
        evidence.payload(),
        Payload::Approval(_) | Payload::ToolReceipt(_) | Payload::SideEffectReceipt(_)
    );
    let payload_digest = compared.then(|| evidence.envelope().payload_digest());
    DocumentStatement {
        payload: evidence.payload().clone(),
        statement: Some(evidence.envelope().statement()),
        identities: evidence.identities().to_vec(),
        payload_digest: evidence.payload_digest().or(payload_digest),
        rule: Some(evidence.signer_rule()),
        clawsig: evidence.envelope().rule() != EnvelopeRule::Own,
        value: bundle.then(|| document.value().clone()),
    }
}

/// The roles that a rule asks for; empty where any registered signer will do.
pub(crate) const fn roles(rule: SignerRule) -> &'static [Role] {
    match rule {
        SignerRule::AnyOf(roles) => roles,
        SignerRule::AnyRegistered | SignerRule::SignerOf(_) => &[],
    }
}
