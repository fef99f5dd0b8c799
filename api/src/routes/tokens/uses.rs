//! The uses of a token, job by job, as the assessment of each job judges them.

use super::life::Life;
use ledger::error::ReadError;
use ledger_query::QueryEngine;
use ledger_query::token::{JobUses, Met};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::assess::CheckStatus;
use verifier::assess::token_table::{Row, Use};
use verifier::entry::Entry;
use verifier::evidence::Evidence;
use verifier::index::{LeafIndex, TimestampMs};
use verifier::kind::Kind;
use verifier::payload::Payload;
use verifier::record::Content;

/// A job that the token leads to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobOfToken {
    /// Id of the job.
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
    /// Id of the job that used the token.
    job_id: String,
    /// The use's own first entry.
    #[schema(value_type = u64)]
    index: LeafIndex,
    /// Kind of the entry.
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
    /// Position of the entry in the log.
    #[schema(value_type = u64)]
    index: LeafIndex,
    /// Kind of the entry.
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
    engine: &'a QueryEngine,
    revoked_from: Option<LeafIndex>,
    jobs: Vec<JobOfToken>,
    uses: Vec<TokenUse>,
    unbound: Vec<Unbound>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(engine: &'a QueryEngine, life: &Life) -> Self {
        Self {
            engine,
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

    /// Adds what a step of the walk met.
    pub(super) fn add(&mut self, met: Met) -> Result<(), ReadError> {
        for record in met.jobless {
            let verified = self.engine.evidence(&record)?;
            let said = verified.and_then(|verified| stated(&verified.evidence));
            self.add_unbound(None, record.index, &record.entry, said);
        }
        met.jobs.into_iter().try_for_each(|job| self.add_job(job))
    }

    fn add_job(&mut self, found: JobUses) -> Result<(), ReadError> {
        let job_id = found.job_id;
        let Some(closure) = found.closure else {
            self.jobs.push(JobOfToken {
                job_id,
                uses: 0,
                code: Some("CLOSURE_TOO_LARGE"),
            });
            return Ok(());
        };
        let (uses, before) = (found.uses.len(), self.unbound.len());
        for used in found.uses {
            let Some(record) = closure.records.get(&used.at.index) else {
                continue;
            };
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
        for record in found
            .unbound
            .iter()
            .filter_map(|index| closure.records.get(index))
        {
            let said = match self.engine.content(record)? {
                Content::Evidence(verified) => stated(&verified.evidence),
                Content::Refused(_) | Content::Context | Content::IndexRoot | Content::Erased => None,
            };
            self.add_unbound(Some(&job_id), record.index, &record.entry, said);
        }
        if uses > 0 || self.unbound.len() > before || found.names_both {
            self.jobs.push(JobOfToken {
                job_id,
                uses,
                code: None,
            });
        }
        Ok(())
    }

    fn add_unbound(&mut self, job_id: Option<&str>, index: LeafIndex, entry: &Entry, said: Option<Stated>) {
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
}

/// What a document says that was done with the token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stated {
    Done(TimestampMs),
    /// A decision against it.
    Denied,
}

fn stated(evidence: &Evidence) -> Option<Stated> {
    match evidence.payload() {
        Payload::GatewayReceipt(receipt) => Some(Stated::Done(receipt.timestamp.at())),
        Payload::ToolReceipt(receipt) | Payload::SideEffectReceipt(receipt) => {
            Some(Stated::Done(receipt.timestamp.at()))
        }
        Payload::Decision(decision) if !decision.allow => Some(Stated::Denied),
        Payload::Decision(decision) => Some(Stated::Done(decision.decided_at.at())),
        _ => None,
    }
}
