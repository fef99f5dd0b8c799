//! The form of a token's uses.

use ledger_query::token::{JobOfToken, UnboundUse, UseByJob};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::assess::CheckStatus;
use verifier::assess::token_table::TableRow;
use verifier::code::Code;
use verifier::index::{LeafIndex, TimestampMs};
use verifier::kind::Kind;

/// A job that the token leads to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobOfToken)]
pub(crate) struct JobView {
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
    code: TableRow,
    /// The revocation that the row is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    revocation: Option<LeafIndex>,
}

/// An entry that names the token, and is no use of it by a job that it names.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Unbound)]
pub(crate) struct UnboundEntry {
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

impl From<JobOfToken> for JobView {
    fn from(job: JobOfToken) -> Self {
        Self {
            job_id: job.job_id,
            uses: job.uses,
            code: job.is_too_large.then_some(Code::ClosureTooLarge.as_str()),
        }
    }
}

impl TokenUse {
    pub(super) fn new(job_id: &str, used: UseByJob) -> Self {
        let UseByJob { kind, found, .. } = used;
        Self {
            job_id: job_id.to_owned(),
            index: found.at.index,
            kind,
            run_id: found.run_id,
            link: found.link,
            logged_at: found.at.logged_at,
            signed_at: found.at.signed_at,
            lateness_ms: found.at.lateness_ms(),
            status: found.row.status(),
            code: found.row,
            revocation: found.revocation,
        }
    }
}

impl UnboundEntry {
    /// `revoked` is where the token was revoked first.
    pub(super) fn new(used: UnboundUse, revoked: Option<LeafIndex>) -> Self {
        Self {
            lateness_ms: used.lateness_ms(),
            job_id: used.job_id,
            index: used.index,
            kind: used.kind,
            signer: used.signer,
            logged_at: used.logged_at,
            signed_at: used.signed_at,
            after_revocation: revoked.is_some_and(|revoked| revoked < used.index),
        }
    }
}
