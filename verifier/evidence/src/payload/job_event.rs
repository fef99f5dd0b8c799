//! `job_event`: what happens to a job as a whole.

use crate::digest::{EvidenceDigest, PolicyHash};
use crate::fault::Fault;
use crate::json::Object;
use tlog::index::TreeSize;

use super::fields::PayloadFields;
use super::forms;
use super::time::Timestamp;
use crate::json::pointer::Pointer;

crate::texts!(/// What happened to a job.
JobAction {
    /// It was asked for.
    Opened => "opened",
    /// It was stopped: nothing of it may follow.
    Halted => "halted",
    /// It is done.
    Closed => "closed",
    /// Somebody contests it.
    Disputed => "disputed",
    /// A dispute or halt is over.
    Released => "released",
    /// Somebody looked at its assessment.
    Reviewed => "reviewed",
    /// It undoes the related job.
    RollbackOf => "rollback_of",
    /// It takes the related job's place.
    Supersedes => "supersedes",
});

crate::texts!(/// The verdict that a reviewer saw.
ReviewedVerdict {
    /// All checks hold.
    Pass => "PASS",
    /// A check fails.
    Fail => "FAIL",
    /// Something is missing.
    Incomplete => "INCOMPLETE",
});

/// An event of a job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobEvent {
    /// Id of the job.
    pub job_id: String,
    /// What happened to the job, such as `opened` or `halted`.
    pub action: JobAction,
    /// Time of the event, by the signer's word.
    pub at: Timestamp,
    /// The job in words.
    pub title: Option<String>,
    /// Who asked for it; may not approve its actions.
    pub requested_by: Option<String>,
    /// What it is for.
    pub purpose: Option<String>,
    /// The ticket that it belongs to.
    pub ticket: Option<String>,
    /// The policy that it runs under.
    pub policy_hash: Option<PolicyHash>,
    /// The job that is undone or replaced; always there for these two actions.
    pub related_job_id: Option<String>,
    /// The evidence that the event is about.
    pub evidence_digest: Option<EvidenceDigest>,
    /// The verdict that was reviewed.
    pub verdict: Option<ReviewedVerdict>,
    /// The tree size at which it was reviewed.
    pub tree_size: Option<TreeSize>,
    /// The signer's reason for the event.
    pub reason: Option<String>,
}

impl JobEvent {
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<(Self, String), Fault> {
        let mut fields = PayloadFields::new(object, at);
        let log_origin = fields.header()?;
        let event = Self {
            job_id: fields.required("job_id", forms::id)?,
            action: fields.required("action", forms::parsed("a job action", JobAction::parse))?,
            at: fields.required("at", forms::timestamp)?,
            title: fields.optional("title", forms::short_text)?,
            requested_by: fields.optional("requested_by", forms::id)?,
            purpose: fields.optional("purpose", forms::short_text)?,
            ticket: fields.optional("ticket", forms::id)?,
            policy_hash: fields.optional("policy_hash_b64u", forms::policy_hash)?,
            related_job_id: fields.optional("related_job_id", forms::id)?,
            evidence_digest: fields.optional("evidence_digest", forms::evidence_digest)?,
            verdict: fields.optional("verdict", forms::parsed("a verdict", ReviewedVerdict::parse))?,
            tree_size: fields.optional("tree_size", forms::count)?.map(TreeSize::new),
            reason: fields.optional("reason", forms::short_text)?,
        };
        fields.finish()?;
        let relates = matches!(event.action, JobAction::RollbackOf | JobAction::Supersedes);
        if relates && event.related_job_id.is_none() {
            return Err(at.member("related_job_id").invalid("the related job", "nothing"));
        }
        Ok((event, log_origin))
    }
}
