//! What used a token, a few jobs at a time, as the assessment of each job judges it.

use ledger::error::ReadError;
use verifier::assess::token_table::UseTimes;
use verifier::assess::{Closure, TokenUse};
use verifier::digest::TokenHash;
use verifier::entry::Entry;
use verifier::evidence::Evidence;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::payload::Payload;
use verifier::record::RecordContent;

use super::life::TokenLife;
use super::walk::{JobUses, TokenWalk, WalkStep};
use crate::QueryEngine;
use crate::verdict::CollectError;

/// Jobs that are judged for one page of a token's uses.
pub const TOKEN_JOBS_MAX: usize = 8;

/// A job that a token leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobOfToken {
    /// Id of the job.
    pub job_id: String,
    /// How often it used the token.
    pub uses: usize,
    /// It has more evidence than is judged here, and its uses are not listed.
    pub is_too_large: bool,
}

/// One use of a token by one job.
#[derive(Clone, PartialEq, Debug)]
pub struct UseByJob {
    /// The position of the job in [`TokenUsage::jobs`].
    pub job: usize,
    /// Kind of the entry.
    pub kind: Kind,
    /// The use, as the job's assessment judges it.
    pub found: TokenUse,
}

/// An entry that names a token, and is no use of it by a job that it names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnboundUse {
    /// The job that it names.
    pub job_id: Option<String>,
    /// Position of the entry in the log.
    pub index: LeafIndex,
    /// Kind of the entry.
    pub kind: Kind,
    /// The DID of its signer.
    pub signer: String,
    /// When it was logged.
    pub logged_at: TimestampMs,
    /// When it was made, by its signer's word; `None` where the document was erased, and of a decision against it.
    pub signed_at: Option<TimestampMs>,
    /// It is a decision against the use.
    pub is_denial: bool,
}

/// A page of what used a token.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TokenUsage {
    /// The jobs that this page judged and that have to do with the token.
    pub jobs: Vec<JobOfToken>,
    /// Their uses, by job and in log order.
    pub uses: Vec<UseByJob>,
    /// What names the token and is none of those, as the walk met it. It decides nothing.
    pub unbound: Vec<UnboundUse>,
    /// Where to go on; `None` at the end.
    pub next: Option<LeafIndex>,
}

impl QueryEngine {
    /// Judges the jobs that a token leads to, from `from` on (itself included), until the page `is_full` or has
    /// [`TOKEN_JOBS_MAX`] jobs. A job that a context without a token names may stand on two pages.
    ///
    /// # Errors
    /// As [`closure`](Self::closure), except that a job with too much evidence is listed as such.
    pub fn token_usage(
        &self,
        token: TokenHash,
        life: &TokenLife,
        (from, as_of): (Option<LeafIndex>, TreeSize),
        is_full: impl Fn(&TokenUsage) -> bool,
    ) -> Result<TokenUsage, CollectError> {
        let mut walk = TokenWalk::new(self, token, &life.scopes, life.issued_for(), from, as_of);
        let mut page = TokenUsage::default();
        loop {
            let met = walk.step()?;
            let goes_on = met.goes_on;
            page.add(self, met)?;
            if !goes_on || walk.judged() >= TOKEN_JOBS_MAX || is_full(&page) {
                page.next = walk.next();
                return Ok(page);
            }
        }
    }
}

impl TokenUsage {
    fn add(&mut self, engine: &QueryEngine, met: WalkStep) -> Result<(), ReadError> {
        for record in met.jobless {
            let verified = engine.evidence(&record)?;
            let act = verified.and_then(|verified| UseStatement::stated(&verified.evidence));
            self.unbound
                .push(unbound(None, (record.index, &record.entry), act));
        }
        met.jobs.into_iter().try_for_each(|job| self.add_job(engine, job))
    }

    fn add_job(&mut self, engine: &QueryEngine, found: JobUses) -> Result<(), ReadError> {
        let (job, job_id) = (self.jobs.len(), found.job_id);
        let Some(closure) = found.closure else {
            self.jobs.push(JobOfToken {
                job_id,
                uses: 0,
                is_too_large: true,
            });
            return Ok(());
        };
        let uses = found.uses.len();
        self.uses.extend(
            found
                .uses
                .into_iter()
                .filter_map(|found| use_of(&closure, job, found)),
        );
        let before = self.unbound.len();
        for record in found
            .unbound
            .iter()
            .filter_map(|index| closure.records.get(index))
        {
            let act = match engine.content(record)? {
                RecordContent::Evidence(verified) => UseStatement::stated(&verified.evidence),
                RecordContent::Refused(_)
                | RecordContent::Context
                | RecordContent::IndexRoot
                | RecordContent::Erased => None,
            };
            self.unbound
                .push(unbound(Some(job_id.clone()), (record.index, &record.entry), act));
        }
        if uses > 0 || self.unbound.len() > before || found.names_both {
            self.jobs.push(JobOfToken {
                job_id,
                uses,
                is_too_large: false,
            });
        }
        Ok(())
    }
}

impl UnboundUse {
    /// How long after its stated time it was logged, in milliseconds; negative if before, `None` where it states none.
    pub fn lateness_ms(&self) -> Option<i64> {
        let used = UseTimes {
            index: self.index,
            logged_at: self.logged_at,
            signed_at: self.signed_at?,
        };
        Some(used.lateness_ms())
    }
}

fn use_of(closure: &Closure, job: usize, found: TokenUse) -> Option<UseByJob> {
    let record = closure.records.get(&found.at.index)?;
    Some(UseByJob {
        job,
        kind: record.entry.kind,
        found,
    })
}

fn unbound(
    job_id: Option<String>,
    (index, entry): (LeafIndex, &Entry),
    act: Option<UseStatement>,
) -> UnboundUse {
    UnboundUse {
        job_id,
        index,
        kind: entry.kind,
        signer: entry.signer.clone(),
        logged_at: entry.logged_at,
        signed_at: match act {
            Some(UseStatement::Use(at)) => Some(at),
            Some(UseStatement::Denial) | None => None,
        },
        is_denial: act == Some(UseStatement::Denial),
    }
}

/// What a document says that was done with the token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum UseStatement {
    /// It was used, at this time by the signer's word.
    Use(TimestampMs),
    /// A decision against it.
    Denial,
}

impl UseStatement {
    fn stated(evidence: &Evidence) -> Option<Self> {
        match evidence.payload() {
            Payload::GatewayReceipt(receipt) => Some(Self::Use(receipt.timestamp.at())),
            Payload::ToolReceipt(receipt) | Payload::SideEffectReceipt(receipt) => {
                Some(Self::Use(receipt.timestamp.at()))
            }
            Payload::Decision(decision) if !decision.allow => Some(Self::Denial),
            Payload::Decision(decision) => Some(Self::Use(decision.decided_at.at())),
            _ => None,
        }
    }
}
