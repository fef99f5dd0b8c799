//! The uses of a token, job by job, as the assessment of each job judges them.

use super::life::Life;
use crate::error::ApiError;
use crate::page::existing;
use ledger::reader::{CollectError, Reader};
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;
use verifier::assess::token_table::{Row, Use};
use verifier::assess::{CheckStatus, Closure, ClosureError, Kept, token_uses};
use verifier::digest::TokenHash;
use verifier::document::Document;
use verifier::entry::Entry;
use verifier::evidence::Evidence;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::payload::Payload;
use verifier::subject::{Field, SubjectHash, subject_hash};

/// A job that the token leads to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobOfToken {
    /// Its id.
    job_id: String,
    /// How often it used the token.
    uses: usize,
    /// `CLOSURE_TOO_LARGE`: it has more evidence than is judged here, and its uses are not listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    code: Option<&'static str>,
}

/// One use of the token by one job.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenUse {
    /// The job.
    job_id: String,
    /// The use's own first entry.
    #[schema(value_type = u64)]
    index: LeafIndex,
    /// What it is.
    #[schema(value_type = String, example = "receipt.gateway")]
    kind: Kind,
    /// The run that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    run_id: Option<String>,
    /// What ties it to the job, as in the assessment's `links`.
    link: &'static str,
    /// When it was logged, in milliseconds since the Unix epoch.
    #[schema(value_type = u64)]
    logged_at: TimestampMs,
    /// When it was made, by its signer's word, in milliseconds since the Unix epoch.
    #[schema(value_type = u64)]
    signed_at: TimestampMs,
    /// `logged_at` − `signed_at`; negative where it is signed for a time after it was logged.
    lateness_ms: i64,
    /// What `token.valid` makes of it.
    #[schema(value_type = String, example = "pass")]
    status: CheckStatus,
    /// The row of the table of `token.valid`.
    #[schema(value_type = String, example = "VALID")]
    code: Row,
    /// The revocation that the row is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    revocation: Option<LeafIndex>,
}

/// An entry that names the token, and is no use of it by a job that it names.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Unbound {
    /// The job that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    job_id: Option<String>,
    /// Its entry.
    #[schema(value_type = u64)]
    index: LeafIndex,
    /// What it is.
    #[schema(value_type = String, example = "receipt.gateway")]
    kind: Kind,
    /// The DID of its signer.
    signer: String,
    /// When it was logged, in milliseconds since the Unix epoch.
    #[schema(value_type = u64)]
    logged_at: TimestampMs,
    /// When it was made, by its signer's word; absent where the document was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    signed_at: Option<TimestampMs>,
    /// `logged_at` − `signed_at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    lateness_ms: Option<i64>,
    /// Whether it was logged after a revocation of the token.
    after_revocation: bool,
}

/// What a page found so far.
pub(super) struct Findings<'a> {
    reader: &'a Reader,
    token: TokenHash,
    named: SubjectHash,
    as_of: TreeSize,
    /// The jobs that issuances name: those of an entry that names none itself.
    issued_for: BTreeSet<SubjectHash>,
    revoked_from: Option<LeafIndex>,
    jobs: Vec<JobOfToken>,
    uses: Vec<TokenUse>,
    unbound: Vec<Unbound>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(reader: &'a Reader, token: TokenHash, life: &Life, as_of: TreeSize) -> Self {
        let salt = reader.index_salt();
        let issued_for = life.issued.iter().filter_map(|issued| issued.job_id.as_deref());
        Self {
            reader,
            token,
            named: subject_hash(&salt, Field::Token, &token.to_string()),
            as_of,
            issued_for: issued_for
                .map(|job| subject_hash(&salt, Field::Job, job))
                .collect(),
            revoked_from: life.revoked.first().map(|revoked| revoked.index),
            jobs: Vec::new(),
            uses: Vec::new(),
            unbound: Vec::new(),
        }
    }

    /// Uses, and what is none.
    pub(super) fn len(&self) -> usize {
        self.uses.len().saturating_add(self.unbound.len())
    }

    pub(super) fn finish(self) -> (Vec<JobOfToken>, Vec<TokenUse>, Vec<Unbound>) {
        (self.jobs, self.uses, self.unbound)
    }

    /// Adds what a job did with the token.
    pub(super) fn judge(&mut self, job_id: String) -> Result<(), ApiError> {
        let closure = match self.reader.closure(&job_id, self.as_of) {
            Ok(closure) => closure,
            Err(CollectError::Closure(ClosureError::TooLarge { .. })) => {
                self.jobs.push(JobOfToken {
                    job_id,
                    uses: 0,
                    code: Some("CLOSURE_TOO_LARGE"),
                });
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let Some(closure) = closure else {
            return Ok(());
        };
        let before = self.uses.len();
        let mut known = BTreeSet::new();
        for used in token_uses(&closure, self.token) {
            let Some(record) = closure.records.get(&used.at.index) else {
                continue;
            };
            known.insert(used.at.index);
            self.uses.push(TokenUse {
                job_id: job_id.clone(),
                index: used.at.index,
                kind: record.entry.kind,
                run_id: used.run_id,
                link: used.link,
                logged_at: used.at.logged_at,
                signed_at: used.at.signed_at,
                lateness_ms: used.at.lateness_ms(),
                status: used.row.status(),
                code: used.row,
                revocation: used.revocation,
            });
        }
        let uses = self.uses.len().saturating_sub(before);
        let others = self.others(&closure, &known);
        // A job of the same scope may have nothing to do with this token.
        if uses > 0 || others > 0 || self.names_both(&closure) {
            self.jobs.push(JobOfToken {
                job_id,
                uses,
                code: None,
            });
        }
        Ok(())
    }

    /// Adds what names the token and, in its own words or the issuance's, the job, and is not known.
    fn others(&mut self, closure: &Closure, known: &BTreeSet<LeafIndex>) -> usize {
        let job = subject_hash(&closure.salt, Field::Job, &closure.job_id);
        let before = self.unbound.len();
        for record in closure
            .records
            .values()
            .filter(|record| !known.contains(&record.index))
        {
            let entry = &record.entry;
            let mut named = hashes(entry, Field::Job).peekable();
            let is_the_jobs = match named.peek() {
                Some(_) => named.any(|named| named == job),
                None => self.issued_for.contains(&job),
            };
            if is_the_jobs && self.is_named(entry) {
                let bytes = match &record.evidence {
                    Kept::Bytes(bytes) => Some(bytes.as_slice()),
                    Kept::Nothing | Kept::Erased => None,
                };
                self.unbound(Some(&closure.job_id), record.index, entry, bytes);
            }
        }
        self.unbound.len().saturating_sub(before)
    }

    /// Adds entries that name the token and no job, unless an issuance names one: then they are looked at
    /// together with that job.
    pub(super) fn jobless(&mut self, indices: &[LeafIndex]) -> Result<(), ApiError> {
        if !self.issued_for.is_empty() {
            return Ok(());
        }
        for &index in indices {
            let record = existing(self.reader, index)?;
            self.unbound(None, index, &record.entry, record.evidence.as_deref());
        }
        Ok(())
    }

    fn unbound(&mut self, job_id: Option<&str>, index: LeafIndex, entry: &Entry, evidence: Option<&[u8]>) {
        if !is_use(entry.kind) {
            return;
        }
        let said = evidence.and_then(|bytes| stated(bytes, self.reader.origin()));
        if said == Some(Stated::Denied) {
            return;
        }
        let signed_at = match said {
            Some(Stated::Done(at)) => Some(at),
            _ => None,
        };
        let logged_at = entry.logged_at;
        self.unbound.push(Unbound {
            job_id: job_id.map(str::to_owned),
            index,
            kind: entry.kind,
            signer: entry.signer.clone(),
            logged_at,
            signed_at,
            lateness_ms: signed_at.map(|signed_at| {
                let used = Use {
                    index,
                    logged_at,
                    signed_at,
                };
                used.lateness_ms()
            }),
            after_revocation: self.revoked_from.is_some_and(|revoked| revoked < index),
        });
    }

    fn is_named(&self, entry: &Entry) -> bool {
        hashes(entry, Field::Token).any(|hash| hash == self.named)
    }

    fn names_both(&self, closure: &Closure) -> bool {
        let job = subject_hash(&closure.salt, Field::Job, &closure.job_id);
        let mut entries = closure.records.values().map(|record| &record.entry);
        entries.any(|entry| self.is_named(entry) && hashes(entry, Field::Job).any(|hash| hash == job))
    }
}

fn hashes(entry: &Entry, field: Field) -> impl Iterator<Item = SubjectHash> {
    let subjects = entry
        .subjects
        .iter()
        .chain(entry.context_subjects.iter().flatten());
    subjects
        .filter(move |subject| subject.field == field)
        .map(|subject| subject.hash)
}

/// What is a use of a token, of the documents that name one.
const fn is_use(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::ReceiptGateway | Kind::ReceiptTool | Kind::ReceiptSideEffect | Kind::Decision
    )
}

/// What a document says that was done with the token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stated {
    Done(TimestampMs),
    /// A decision against it.
    Denied,
}

fn stated(bytes: &[u8], origin: &str) -> Option<Stated> {
    let document = Document::parse(bytes).ok()?;
    match Evidence::verify(&document, origin).ok()?.payload() {
        Payload::GatewayReceipt(receipt) => Some(Stated::Done(receipt.timestamp.at())),
        Payload::ToolReceipt(receipt) | Payload::SideEffectReceipt(receipt) => {
            Some(Stated::Done(receipt.timestamp.at()))
        }
        Payload::Decision(decision) if !decision.allow => Some(Stated::Denied),
        Payload::Decision(decision) => Some(Stated::Done(decision.decided_at.at())),
        _ => None,
    }
}
