//! Strangers: a signer with any key, and any submitter's name but the right one, changes no check of a job.

use proptest::prelude::*;
use serde_json::{Value, json};
use verifier::assess::{Assessment, CheckId};

use super::scenario::{ScenarioActor, ScenarioJob, ScenarioLog, passing_job, policy, rfc3339, same};

fn judged(assessment: &Assessment) -> Vec<(CheckId, String, String)> {
    assessment
        .checks
        .iter()
        .map(|check| (check.id, check.status.to_string(), check.code.to_owned()))
        .collect()
}

/// Nothing is judged differently after what a stranger did.
fn unmoved(attack: impl FnOnce(&mut ScenarioJob)) {
    let mut job = passing_job();
    let before = job.assess();
    attack(&mut job);
    let after = job.assess();
    assert_eq!(judged(&after), judged(&before), "{}", after.to_jcs());
    assert_eq!((after.verdict, after.code), (before.verdict, before.code));
}

/// The documents of a passing job that a stranger has copies of.
fn documents(job: &ScenarioJob, kind: verifier::kind::Kind) -> Vec<u64> {
    let of_kind = |index: &u64| job.log.record(*index).entry.kind == kind;
    (0..job.log.size()).filter(of_kind).collect()
}

#[test]
fn wrong_words_about_every_document_change_nothing() {
    unmoved(|job| {
        for index in 1..job.log.size() {
            if job.log.record(index).entry.kind == verifier::kind::Kind::Context {
                continue;
            }
            for context in [
                json!({ "job_id": "job-2" }),
                json!({ "job_id": "job-1", "token_hash": "ab".repeat(32) }),
                json!({ "stream": "calls-job-1", "number": 7, "last": true }),
            ] {
                job.log.context(index, "stranger", &context);
            }
        }
    });
}

#[test]
fn a_strangers_signed_word_about_a_receipt_changes_nothing() {
    unmoved(|job| {
        for index in documents(job, verifier::kind::Kind::ReceiptGateway) {
            let members = json!({
                "evidence_digest": job.log.digest(index), "job_id": "job-2", "stream": "s", "number": 9,
            });
            job.log
                .own(ScenarioActor::Stranger, "submission_context", members, None);
        }
    });
}

#[test]
fn a_receipt_that_a_stranger_sends_first_with_wrong_words_still_counts_once_its_gateway_speaks() {
    let before = passing_job().assess();
    let wrong = json!({ "job_id": "job-7", "token_hash": "cd".repeat(32), "stream": "x", "number": 3 });
    let mut early = ScenarioJob::open(ScenarioLog::new(), "job-1");
    early.publish("test-policy", &policy());
    early.issue("token-1", same);
    for last in [false, true] {
        let index = early.model_call_with("stranger", Some(&wrong));
        let context = early.counted(last);
        early.log.context(index, "gateway", &context);
        if !last {
            early.tool_call("sentinel.api:incidents.list", same);
        }
    }
    early.bundle(same);
    assert_eq!(judged(&early.assess()), judged(&before));
}

#[test]
fn a_strangers_bundle_and_receipts_of_the_run_change_nothing() {
    unmoved(|job| {
        let did = ScenarioActor::Stranger.did();
        let run = job.run.clone();
        let context = json!({ "job_id": job.id });
        let bundle = job.bundle_document(|payload| {
            payload["agent_did"] = json!(did);
            payload["receipts"] = json!([]);
        });
        let document = ScenarioActor::Stranger
            .key()
            .clawsig("proof_bundle", &bundle["payload"]);
        job.log.submit(&document, Some("stranger"), Some(&context));
        for tool in ["sentinel.api:incidents.update", "exec:host"] {
            let binding = json!({ "run_id": run, "token_scope_hash_b64u": job.token().scope });
            let payload = json!({
                "receipt_version": "1", "receipt_id": "tool-x", "tool_name": tool,
                "args_hash_b64u": "AAAAAAAAAAAAAAAA", "result_hash_b64u": "AAAAAAAAAAAAAAAA",
                "result_status": "success", "hash_algorithm": "SHA-256", "agent_did": did,
                "timestamp": rfc3339(job.log.now), "latency_ms": 1, "binding": binding,
            });
            let document = ScenarioActor::Stranger.key().clawsig("tool_receipt", &payload);
            job.log.submit(&document, Some("stranger"), Some(&context));
        }
    });
}

#[test]
fn a_pulse_about_the_run_changes_nothing() {
    unmoved(|job| {
        let pulse = json!({
            "trust_pulse_version": "1", "trust_pulse_id": "pulse-1", "run_id": job.run,
            "agent_did": ScenarioActor::Stranger.did(), "issued_at": rfc3339(job.log.now),
            "evidence_class": "self_reported", "tier_uplift": false, "tools": [], "files": [],
        });
        let members = json!({ "job_id": job.id, "pulse": pulse });
        job.log.own(ScenarioActor::Stranger, "trust_pulse", members, None);
    });
}

#[test]
fn another_jobs_honest_evidence_changes_nothing() {
    unmoved(|job| {
        let mut other = ScenarioJob::open(job.log.clone(), "job-2");
        other.publish("test-policy", &policy());
        other.issue("token-2", same);
        let last = other.model_call(same);
        other.close_stream(last);
        other.bundle(same);
        job.log = other.log;
    });
}

#[test]
fn what_a_stranger_says_is_listed_and_rings_an_alarm() {
    let mut job = passing_job();
    let members = json!({
        "receipt_version": "1", "receipt_id": "tool-x", "tool_name": "exec:host",
        "args_hash_b64u": "AAAAAAAAAAAAAAAA", "result_hash_b64u": "AAAAAAAAAAAAAAAA",
        "result_status": "success", "hash_algorithm": "SHA-256", "agent_did": ScenarioActor::Stranger.did(),
        "timestamp": rfc3339(job.log.now), "latency_ms": 1, "binding": { "run_id": job.run },
    });
    let document = ScenarioActor::Stranger.key().clawsig("tool_receipt", &members);
    let index = job.log.submit(&document, Some("stranger"), None);
    let assessment: Value = serde_json::from_str(job.assess().to_jcs()).unwrap();
    assert_eq!(assessment["unbound"], json!({ "count": 1, "entries": [index] }));
    assert_eq!(
        assessment["alarms"],
        json!([{ "code": "UNKNOWN_SIGNER", "entries": [index] }])
    );
}

/// Something that a stranger may do at any time; `seed` chooses what.
fn attack(job: &mut ScenarioJob, seed: u64) {
    let context =
        json!({ "job_id": job.id, "stream": job.stream, "number": seed % 5, "last": seed.is_multiple_of(2) });
    let target = seed / 7 % job.log.size();
    match seed % 4 {
        0 if has_document(job, target) => {
            job.log.context(target, "stranger", &context);
        }
        1 => {
            let members = json!({ "evidence_digest": job.log.digest(target), "job_id": job.id });
            job.log
                .own(ScenarioActor::Stranger, "submission_context", members, None);
        }
        2 => {
            job.log
                .refused(&ScenarioActor::Gateway.did(), "stranger", &context);
        }
        _ => {
            let binding = json!({ "run_id": job.run });
            let payload = json!({
                "receipt_version": "1", "receipt_id": format!("tool-{seed}"), "tool_name": "exec:host",
                "args_hash_b64u": "AAAAAAAAAAAAAAAA", "result_hash_b64u": "AAAAAAAAAAAAAAAA",
                "result_status": "success", "hash_algorithm": "SHA-256", "agent_did": ScenarioActor::Stranger.did(),
                "timestamp": rfc3339(job.log.now), "latency_ms": 1, "binding": binding,
            });
            let document = ScenarioActor::Stranger.key().clawsig("tool_receipt", &payload);
            job.log.submit(&document, Some("stranger"), Some(&context));
        }
    }
}

/// Whether an entry commits to a document that a context can be about.
fn has_document(job: &ScenarioJob, index: u64) -> bool {
    use verifier::kind::Kind::{Context, Refused};
    index > 0 && !matches!(job.log.record(index).entry.kind, Context | Refused)
}

/// A passing job with strangers between its steps.
fn beset(seeds: &[u64]) -> ScenarioJob {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    let steps: [fn(&mut ScenarioJob); 7] = [
        |job| drop(job.publish("test-policy", &policy())),
        |job| drop(job.issue("token-1", same)),
        |job| {
            job.model_call(same);
        },
        |job| {
            job.tool_call("sentinel.api:incidents.list", same);
        },
        |job| {
            let last = job.model_call(same);
            job.close_stream(last);
        },
        |job| {
            job.bundle(same);
        },
        |_| {},
    ];
    for (at, step) in steps.iter().enumerate() {
        step(&mut job);
        for seed in seeds.iter().filter(|seed| usize::try_from(**seed % 7) == Ok(at)) {
            attack(&mut job, *seed);
        }
    }
    job
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn strangers_between_the_steps_of_a_job_change_nothing(seeds in prop::collection::vec(any::<u64>(), 0..24)) {
        let quiet = beset(&[]).assess();
        let beset = beset(&seeds).assess();
        prop_assert_eq!(judged(&beset), judged(&quiet));
        prop_assert_eq!((beset.verdict, beset.code), (quiet.verdict, quiet.code));
    }
}
