//! What can be said about evidence, a proof or a pack that somebody brings: the thing itself, through `verifier`,
//! and what this log knows of it. Nothing is logged.

mod binding;
mod document;
mod file;
mod item;
mod job_candidates;
mod jobs;
mod pulse;
mod runs;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use verifier::check::{FilePurpose, begins_as_pack, begins_as_proof, something_else};
use verifier::clawsig::FILE_BYTES_MAX;
use verifier::code::Code;
use verifier::compact_jws::contains_compact_jws;
use verifier::encoding::encoding_fault;
use verifier::fault::Fault;
use verifier::index::TimestampMs;

use crate::QueryEngine;
use document::RequestBudget;
use ledger::error::ReadError;

pub use binding::{BundleBinding, DocumentBinding, NoBundle, ReceiptBinding, ReceiptPosition};
pub use item::{ItemSigner, LogHolding, VerifiedItem};
pub use jobs::{EntryFault, EntryJob, EntryJobs, JobLookups};
pub use pulse::{PulseResult, proof_bundles, pulse};

/// Largest thing that is looked at, in bytes.
pub const VERIFY_BYTES_MAX: usize = 16 << 20;
/// Most documents of one text, one a line.
pub const VERIFY_LINES_MAX: usize = 1_000;

/// What some bytes are taken for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SentForm {
    /// A document, a wrapper, or an object with `proof` and perhaps `evidence`.
    Json,
    /// A document a line.
    Lines,
    /// A tlog-proof.
    Proof,
    /// A pack.
    Pack,
}

impl SentForm {
    /// What bytes that come without a media type look like.
    pub fn of(bytes: &[u8]) -> Self {
        if begins_as_proof(bytes) {
            return Self::Proof;
        }
        if encoding_fault(bytes).is_some() {
            return Self::Json;
        }
        let start = bytes.trim_ascii_start();
        match start.first() {
            // A pack is a CBOR array of two, and its first byte is no text.
            Some(0x82) => Self::Pack,
            // Several lines that are each a whole object are no JSON text together.
            Some(b'{')
                if !is_json(start) && start.split(|byte| *byte == b'\n').next().is_some_and(is_json) =>
            {
                Self::Lines
            }
            _ => Self::Json,
        }
    }
}

impl SentForm {
    /// What bytes plainly are, whatever their sender calls them: a pack, a proof or an object that comes under another
    /// name is looked at as what it is.
    fn evident(self, bytes: &[u8]) -> Self {
        match self {
            Self::Lines => self,
            _ if begins_as_pack(bytes) => Self::Pack,
            _ if begins_as_proof(bytes) => Self::Proof,
            Self::Pack if is_object(bytes) => Self::Json,
            _ => self,
        }
    }
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// Why nothing is said about a thing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// It holds a token, which nobody should have sent.
    #[error("a bearer token: {0}")]
    TokenLeaked(Box<Fault>),
    /// It is no JSON.
    #[error("no JSON: {0}")]
    Malformed(Box<Fault>),
    /// Larger than any document, or more documents than are looked at in one go.
    #[error("more than {max} {unit}")]
    TooLarge {
        /// How much there may be.
        max: usize,
        /// What is counted, such as bytes or documents.
        unit: &'static str,
    },
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Whether bytes of this form hold a token in clear. Asked before anything else is done with them.
pub fn holds_token(form: SentForm, bytes: &[u8]) -> bool {
    (form != SentForm::Pack || form.evident(bytes) != SentForm::Pack)
        && contains_compact_jws(&String::from_utf8_lossy(bytes))
}

/// The time as of which things are looked at: an idle log's head may be older than what is brought, which is then
/// not ahead of its time.
fn moment(reader: &QueryEngine) -> TimestampMs {
    reader.now()
}

/// Verifies some bytes: one item for each document, proof or pack, in their order.
///
/// # Errors
/// A token in them, no JSON where it should be, too much of them, a failed read. What does not hold is an item, not
/// an error.
pub fn items(reader: &QueryEngine, form: SentForm, bytes: &[u8]) -> Result<Vec<VerifiedItem>, VerifyError> {
    let mut desk = RequestBudget::new(reader, moment(reader));
    // Of an empty text that should be JSON the fault of the JSON says it.
    if form != SentForm::Json
        && let Some(report) =
            something_else(FilePurpose::Proof, bytes).filter(|_| bytes.trim_ascii().is_empty())
    {
        return Ok(vec![VerifiedItem::new("unknown", report, LogHolding::default())]);
    }
    match form.evident(bytes) {
        SentForm::Lines => lines(&mut desk, bytes),
        SentForm::Proof if is_proof(bytes) => Ok(vec![file::proof(&mut desk, bytes, None)?]),
        SentForm::Json | SentForm::Proof | SentForm::Pack => {
            let form = form.evident(bytes);
            let item = match file::other(&mut desk, bytes)? {
                Some(item) => item,
                None if form == SentForm::Pack => file::pack(reader, bytes)?,
                None if form == SentForm::Json || is_object(bytes) => json(&mut desk, bytes)?,
                None => file::proof(&mut desk, bytes, None)?,
            };
            Ok(vec![item])
        }
    }
}

/// Whether a text says that it is a tlog-proof, in whatever encoding.
fn is_proof(bytes: &[u8]) -> bool {
    encoding_fault(bytes).is_some() || begins_as_proof(bytes)
}

fn is_object(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"{")
}

/// Verifies a file as the pack that its sender calls it.
///
/// # Errors
/// A failed read.
pub fn pack(reader: &QueryEngine, bytes: &[u8]) -> Result<VerifiedItem, ReadError> {
    match something_else(FilePurpose::Pack, bytes) {
        Some(report) => Ok(VerifiedItem::new("pack", report, LogHolding::default())),
        None => file::pack(reader, bytes),
    }
}

/// The result for bytes that should be JSON and are not. They could not be read, so nothing was looked up.
pub fn unreadable(fault: &Fault) -> VerifiedItem {
    let message = format!("it is neither JSON, nor a tlog-proof, nor a pack: {fault}");
    VerifiedItem::refused(fault.code.as_str(), &message)
}

/// Verifies a tlog-proof together with the document that it is for.
///
/// # Errors
/// As [`items`].
pub fn with_evidence(
    reader: &QueryEngine,
    proof: &[u8],
    evidence: &[u8],
) -> Result<VerifiedItem, VerifyError> {
    let mut desk = RequestBudget::new(reader, moment(reader));
    file::proof(&mut desk, proof, Some(evidence))
}

/// A tlog-proof as JSON, such as the answer to a submission is.
#[derive(Deserialize)]
struct ProofObject {
    proof: String,
    evidence: Option<Box<RawValue>>,
}

fn json(desk: &mut RequestBudget<'_>, bytes: &[u8]) -> Result<VerifiedItem, VerifyError> {
    let Ok(ProofObject {
        proof: text,
        evidence,
    }) = serde_json::from_slice(bytes)
    else {
        return match document::read(bytes) {
            Ok(read) => Ok(document::verify(desk, &read)?),
            Err(fault) if fault.code == Code::MalformedJson => Err(VerifyError::Malformed(Box::new(fault))),
            Err(fault) if fault.code == Code::BodyTooLarge => Err(VerifyError::TooLarge {
                max: FILE_BYTES_MAX,
                unit: "bytes",
            }),
            Err(fault) => document::unread(fault),
        };
    };
    // The server itself hands out evidence as a string of its text.
    let evidence = evidence
        .map(|raw| serde_json::from_str::<String>(raw.get()).unwrap_or_else(|_| raw.get().to_owned()));
    if evidence.as_deref().is_some_and(contains_compact_jws) {
        let fault = Fault::new(Code::TokenLeaked, "/evidence", "no bearer token", "a compact JWS");
        return Err(document::leaked(fault));
    }
    file::proof(desk, text.as_bytes(), evidence.as_deref().map(str::as_bytes))
}

/// A bad line never spoils the others, unless it holds a token.
fn lines(desk: &mut RequestBudget<'_>, bytes: &[u8]) -> Result<Vec<VerifiedItem>, VerifyError> {
    let lines: Vec<&[u8]> = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.iter().all(u8::is_ascii_whitespace))
        .take(VERIFY_LINES_MAX + 1)
        .collect();
    if lines.len() > VERIFY_LINES_MAX {
        return Err(VerifyError::TooLarge {
            max: VERIFY_LINES_MAX,
            unit: "lines",
        });
    }
    let mut items = Vec::with_capacity(lines.len());
    for line in lines {
        items.push(match document::read(line) {
            Ok(read) => document::verify(desk, &read)?,
            Err(fault) => document::unread(fault)?,
        });
    }
    Ok(items)
}
