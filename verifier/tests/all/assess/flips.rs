//! What a change to a job flips, and what it must not.

use verifier::assess::{CheckId, CheckStatus};

use serde_json::Value;

use super::scenario::{ScenarioJob, ScenarioLog, others, outcome, policy, same};

/// A job whose agent has not handed in its bundle yet: what is done next will stand in it. Its gateway stream is
/// closed.
pub(crate) fn working() -> ScenarioJob {
    working_under(&policy())
}

/// The same under another policy.
pub(crate) fn working_under(policy: &Value) -> ScenarioJob {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", policy);
    job.issue("token-1", same);
    job.model_call(same);
    job.tool_call("sentinel.api:incidents.list", same);
    let last = job.model_call(same);
    job.close_stream(last);
    job
}

/// The job with its bundle.
fn finished(job: &ScenarioJob) -> ScenarioJob {
    let mut job = job.clone();
    job.bundle(same);
    job
}

/// A working job, changed and finished; exactly this check ends otherwise than before.
pub(crate) fn flips(
    id: CheckId,
    to: (CheckStatus, &str),
    before: &ScenarioJob,
    change: impl FnOnce(&mut ScenarioJob),
) {
    let mut after = before.clone();
    change(&mut after);
    let (before, after) = (finished(before).assess(), finished(&after).assess());
    assert_eq!(outcome(&after, id), to, "{}", after.to_jcs());
    assert_eq!(others(&after, id), others(&before, id));
}

/// A working job, changed and finished; no check ends otherwise than before.
pub(crate) fn changes_nothing(before: &ScenarioJob, change: impl FnOnce(&mut ScenarioJob)) {
    let mut after = before.clone();
    change(&mut after);
    let (before, after) = (finished(before).assess(), finished(&after).assess());
    assert_eq!(after.verdict, before.verdict);
    let outcomes = |id| (others(&before, id), others(&after, id));
    let (expected, found) = outcomes(CheckId::Signatures);
    assert_eq!(found, expected);
    assert_eq!(
        outcome(&after, CheckId::Signatures),
        outcome(&before, CheckId::Signatures)
    );
}

/// What a stranger signs with a role that it does not have never enters an honest log; the check itself
/// stands it all the same.
pub(crate) fn moves_not(id: CheckId, before: &ScenarioJob, change: impl FnOnce(&mut ScenarioJob)) {
    let mut after = before.clone();
    change(&mut after);
    assert_eq!(outcome(&after.assess(), id), outcome(&before.assess(), id));
}
