//! `job_event`: what happens to a job as a whole.

use crate::digest::{EvidenceDigest, PolicyHash};
use crate::fault::Fault;
use crate::json::Object;
use tlog::index::TreeSize;

use super::fields::{PayloadFields, members};
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

members!(/// An event of a job.
#[derive(Clone, PartialEq, Eq, Debug)]
JobEvent of fields {
    /// Id of the job.
    job_id: String = fields.required("job_id", forms::id)?,
    /// What happened to the job, such as `opened` or `halted`.
    action: JobAction = fields.required("action", forms::parsed("a job action", JobAction::parse))?,
    /// Time of the event, by the signer's word.
    at: Timestamp = fields.required("at", forms::timestamp)?,
    /// The job in words.
    title: Option<String> = fields.optional("title", forms::short_text)?,
    /// Who asked for it; may not approve its actions.
    requested_by: Option<String> = fields.optional("requested_by", forms::id)?,
    /// What it is for.
    purpose: Option<String> = fields.optional("purpose", forms::short_text)?,
    /// The ticket that it belongs to.
    ticket: Option<String> = fields.optional("ticket", forms::id)?,
    /// The policy that it runs under.
    policy_hash: Option<PolicyHash> = fields.optional("policy_hash_b64u", forms::policy_hash)?,
    /// The job that is undone or replaced; always there for these two actions.
    related_job_id: Option<String> = fields.optional("related_job_id", forms::id)?,
    /// The evidence that the event is about.
    evidence_digest: Option<EvidenceDigest> = fields.optional("evidence_digest", forms::evidence_digest)?,
    /// The verdict that was reviewed.
    verdict: Option<ReviewedVerdict> =
        fields.optional("verdict", forms::parsed("a verdict", ReviewedVerdict::parse))?,
    /// The tree size at which it was reviewed.
    tree_size: Option<TreeSize> = fields.optional("tree_size", forms::count)?.map(TreeSize::new),
    /// The signer's reason for the event.
    reason: Option<String> = fields.optional("reason", forms::short_text)?,
});

impl JobEvent {
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<(Self, String), Fault> {
        let (event, log_origin) = PayloadFields::own(object, at, Self::read)?;
        let relates = matches!(event.action, JobAction::RollbackOf | JobAction::Supersedes);
        if relates && event.related_job_id.is_none() {
            return Err(at.member("related_job_id").invalid("the related job", "nothing"));
        }
        Ok((event, log_origin))
    }
}
