//! `token.valid`, `token.ttl`, `token.job_bound` and `token.fresh`: what flips each of them, and who cannot.

use serde_json::{Value, json};
use verifier::assess::{CheckId, CheckStatus};

use super::flips::{changes_nothing, flips, moves_not, working};
use super::scenario::{
    ScenarioActor, ScenarioJob, ScenarioLog, others, outcome, passing_job, passing_under, policy, rfc3339,
    same,
};

const LIST: &str = "sentinel.api:incidents.list";
const PASS: (CheckStatus, &str) = (CheckStatus::Pass, "OK");

#[test]
fn uses_of_a_token_that_nobody_revoked_are_valid() {
    assert_eq!(outcome(&passing_job().assess(), CheckId::TokenValid), PASS);
}

#[test]
fn a_use_after_the_tokens_end_flips_token_valid_alone() {
    let to = (CheckStatus::Fail, "EXPIRED");
    flips(CheckId::TokenValid, to, &working(), |job| {
        job.log.now += 700_000;
        job.tool_call(LIST, same);
    });
}

#[test]
fn a_use_near_the_tokens_end_is_left_open() {
    let to = (CheckStatus::Incomplete, "EXPIRY_WITHIN_SKEW");
    flips(CheckId::TokenValid, to, &working(), |job| {
        job.log.now += 590_000;
        job.tool_call(LIST, same);
    });
}

#[test]
fn a_use_signed_for_the_future_flips_token_valid_alone() {
    let to = (CheckStatus::Fail, "TIMESTAMP_AHEAD");
    flips(CheckId::TokenValid, to, &working(), |job| {
        let ahead = rfc3339(job.log.now + 31_000);
        job.tool_call(LIST, |receipt| receipt["timestamp"] = json!(ahead));
    });
}

#[test]
fn a_use_after_revocation_fails_and_the_sentence_says_how_many_how_late_and_who_revoked() {
    let mut job = passing_job();
    let revocation = job.revoke(same);
    job.log.now += 60_000;
    let used = job.tool_call(LIST, same);
    let found = job.assess();
    assert_eq!(
        (found.check, found.code),
        (Some(CheckId::TokenValid), "REVOKED_BEFORE_USE")
    );
    let first = format!("1 min 1 s after issuer revoked the token (entry {revocation}).");
    assert_eq!(
        found.message,
        format!("The agent kept working after its access was revoked: 1 call (entry {used}), {first}")
    );
    let next = job.tool_call(LIST, same);
    assert_eq!(
        job.assess().message,
        format!(
            "The agent kept working after its access was revoked: 2 calls (entries {used}, {next}), the first {first}"
        ),
        "who reads the sentence alone learns of both"
    );
}

#[test]
fn a_use_that_only_claims_to_be_older_than_the_revocation_is_left_open() {
    let mut job = passing_job();
    let before = rfc3339(job.log.now);
    job.revoke(same);
    job.log.now += 60_000;
    job.tool_call(LIST, |receipt| receipt["timestamp"] = json!(before));
    let late = (CheckStatus::Incomplete, "LATE_SUBMISSION");
    assert_eq!(outcome(&job.assess(), CheckId::TokenValid), late);
}

#[test]
fn a_revocation_after_the_last_use_changes_nothing_about_the_token() {
    let mut job = passing_job();
    job.log.now += 60_000;
    job.revoke(same);
    assert_eq!(outcome(&job.assess(), CheckId::TokenValid), PASS);
}

#[test]
fn a_revocation_logged_after_uses_that_it_precedes_leaves_them_open() {
    let mut job = passing_job();
    let opened = job.log.record(job.token().index).entry.logged_at.value() / 1000;
    job.log.now += 60_000;
    job.tool_call(LIST, same);
    job.revoke(|revocation| revocation["revoked_at"] = json!(opened));
    let late = (CheckStatus::Incomplete, "REVOCATION_LOGGED_LATE");
    assert_eq!(outcome(&job.assess(), CheckId::TokenValid), late);
}

#[test]
fn a_stranger_revokes_nothing() {
    let mut job = passing_job();
    let revocation = json!({ "token_hash": job.token().hash, "revoked_at": job.log.now / 1000 });
    job.log.now += 60_000;
    for id in [CheckId::TokenValid, CheckId::Halt] {
        moves_not(id, &job, |job| {
            job.log.own(
                ScenarioActor::Stranger,
                "cst_revocation",
                revocation.clone(),
                None,
            );
            job.log.now += 60_000;
            job.tool_call(LIST, same);
        });
    }
}

#[test]
fn a_stranger_uses_no_token_of_the_job() {
    changes_nothing(&working(), |job| {
        job.log.now += 700_000;
        let payload = json!({
            "receipt_version": "1", "receipt_id": "tool-of-stranger", "tool_name": LIST,
            "args_hash_b64u": super::scenario::args_hash(LIST), "result_hash_b64u": super::scenario::args_hash("result"),
            "result_status": "success", "hash_algorithm": "SHA-256", "agent_did": ScenarioActor::Stranger.did(),
            "timestamp": rfc3339(job.log.now), "latency_ms": 10,
            "binding": { "run_id": job.run, "token_scope_hash_b64u": job.token().scope },
        });
        let receipt = ScenarioActor::Stranger.key().clawsig("tool_receipt", &payload);
        let context = json!({ "job_id": job.id, "token_hash": job.token().hash });
        job.log.submit(&receipt, Some("stranger"), Some(&context));
    });
}

/// The usual policy with a longest life of tokens.
fn limited(seconds: u64) -> Value {
    let mut policy = policy();
    policy["token_requirements"] = json!({ "cst_ttl_seconds_max": seconds });
    policy
}

#[test]
fn a_token_that_lives_as_long_as_allowed_passes_and_a_second_longer_flips_token_ttl_alone() {
    let (long, short) = (passing_under(&limited(600)), passing_under(&limited(599)));
    assert_eq!(outcome(&long.assess(), CheckId::TokenTtl), PASS);
    let to = (CheckStatus::Fail, "TOKEN_TTL_EXCEEDED");
    assert_eq!(outcome(&short.assess(), CheckId::TokenTtl), to);
    assert_eq!(
        others(&short.assess(), CheckId::TokenTtl),
        others(&long.assess(), CheckId::TokenTtl)
    );
}

#[test]
fn without_a_limit_there_is_nothing_to_judge_about_a_tokens_life() {
    let found = outcome(&passing_job().assess(), CheckId::TokenTtl);
    assert_eq!(found.0, CheckStatus::NotApplicable);
}

#[test]
fn an_issuance_of_a_stranger_makes_no_token_too_long() {
    let job = passing_under(&limited(600));
    moves_not(CheckId::TokenTtl, &job, |job| {
        let token = job.token();
        let claims = json!({
            "token_version": "1", "sub": token.agent.did(), "aud": "gateway", "scope": ["gateway:call"],
            "iat": job.log.now / 1000, "exp": job.log.now / 1000 + 6000, "policy_hash_b64u": token.pin,
        });
        let issuance = json!({ "token_hash": token.hash, "claims": claims, "kid": "k", "job_id": job.id, "run_id": job.run });
        job.log
            .own(ScenarioActor::Stranger, "cst_issuance", issuance, None);
    });
}

/// What happens in another run; the job's own bundle knows nothing of it.
fn in_run(job: &mut ScenarioJob, run: &str, play: impl FnOnce(&mut ScenarioJob)) {
    let mut other = job.clone();
    run.clone_into(&mut other.run);
    play(&mut other);
    job.log = other.log;
}

/// A receipt of the job's gateway and token that the gateway sends for a job.
fn receipt_for(job: &mut ScenarioJob, job_id: &str) {
    let receipt = job.receipt(same);
    let context = json!({ "job_id": job_id, "token_hash": job.token().hash });
    job.log
        .submit(&receipt, Some(ScenarioActor::Gateway.submitter()), Some(&context));
}

#[test]
fn a_use_by_another_job_flips_token_job_bound_in_both() {
    let to = (CheckStatus::Fail, "TOKEN_USED_BY_OTHER_JOB");
    let share = |job: &mut ScenarioJob| in_run(job, "run-2", |other| receipt_for(other, "job-2"));
    flips(CheckId::TokenJobBound, to, &working(), share);
    let mut job = working();
    share(&mut job);
    assert_eq!(outcome(&job.log.assess("job-2"), CheckId::TokenJobBound), to);
}

#[test]
fn an_early_copy_with_the_name_of_another_job_binds_no_token_to_it() {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy());
    job.issue("token-1", same);
    job.model_call(same);
    let early = json!({ "job_id": "job-2", "token_hash": job.token().hash });
    let copy = job.model_call_with("stranger", Some(&early));
    let counted = job.counted(true);
    job.log
        .context(copy, ScenarioActor::Gateway.submitter(), &counted);
    job.bundle(same);
    let found = job.assess();
    assert_eq!(outcome(&found, CheckId::TokenJobBound), PASS);
    assert_eq!(found.code, "OK", "{}", found.to_jcs());
}

/// A job whose token two runs use for an update that needs an approval.
fn approved_update(job: &mut ScenarioJob) {
    job.approve("write", &["incidents.update"], same);
    job.tool_call("sentinel.api:incidents.update", same);
}

#[test]
fn two_runs_that_share_a_token_for_gated_actions_flip_token_fresh_alone() {
    let mut one = working();
    approved_update(&mut one);
    assert_eq!(outcome(&one.assess(), CheckId::TokenFresh), PASS);
    // The gateway ties a second run to the job by its word.
    let mut before = one;
    in_run(&mut before, "run-2", |run| receipt_for(run, "job-1"));
    assert_eq!(outcome(&before.assess(), CheckId::TokenFresh), PASS);
    let to = (CheckStatus::Fail, "TOKEN_NOT_FRESH");
    flips(CheckId::TokenFresh, to, &before, |job| {
        in_run(job, "run-2", |run| {
            run.tool_call("sentinel.api:incidents.update", same);
        });
    });
}

#[test]
fn an_agent_without_the_token_shares_it_with_nobody() {
    let mut job = working();
    approved_update(&mut job);
    changes_nothing(&job, |job| {
        let mut other = job.clone();
        other.run = "run-of-stranger".to_owned();
        let mut token = other.token();
        token.agent = ScenarioActor::Stranger;
        other.token = Some(token);
        other.tool_call("sentinel.api:incidents.update", same);
        job.log = other.log;
    });
}

#[test]
fn a_job_without_any_use_has_no_valid_token_to_show() {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy());
    job.issue("token-1", same);
    let found = outcome(&job.assess(), CheckId::TokenValid);
    assert_eq!(found, (CheckStatus::Incomplete, "USE_MISSING"));
}
