//! Why evidence does not count, and how to mend it.

use serde_json::{Value, json};
use verifier::assess::{CheckId, CheckStatus, NotCounted, examine};

use super::scenario::{
    ORIGIN, START_MS, ScenarioActor, ScenarioJob, ScenarioLog, outcome, passing_job, policy, rfc3339, same,
};

pub(super) fn started() -> ScenarioJob {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy());
    job.issue("token-1", same);
    job
}

pub(super) fn told(job: &ScenarioJob) -> Vec<NotCounted> {
    NotCounted::all(&examine(&job.log.closure(&job.id)).uncounted)
}

/// Code and entries of every reason.
fn codes(job: &ScenarioJob) -> Vec<(String, Vec<u64>)> {
    let told = told(job).into_iter();
    told.map(|one| {
        let entries = one.entries.iter().map(|index| index.value()).collect();
        (one.code, entries)
    })
    .collect()
}

fn code(code: &str, entries: &[u64]) -> (String, Vec<u64>) {
    (code.to_owned(), entries.to_vec())
}

fn without(name: &str) -> impl FnOnce(&mut Value) {
    move |payload| {
        payload["binding"].as_object_mut().unwrap().remove(name);
    }
}

#[test]
fn everything_counts_in_a_job_that_passes() {
    assert_eq!(told(&passing_job()), []);
}

#[test]
fn a_receipt_without_scope_hash_from_a_submitter_that_nobody_linked_has_both_reasons_and_the_command() {
    let mut job = started();
    let document = job.receipt(without("token_scope_hash_b64u"));
    let context = json!({ "job_id": "job-1" });
    let index = job.log.submit(&document, Some("local"), Some(&context));
    let told = told(&job);
    let found: Vec<(&str, &str)> = told.iter().map(|one| (&*one.code, &*one.message)).collect();
    let signer = format!("“gateway” ({})", ScenarioActor::Gateway.did());
    assert_eq!(
        found,
        [
            (
                "SCOPE_HASH_MISSING",
                "The receipt has no token scope hash (token_scope_hash_b64u), so nothing shows under which token the call was made."
            ),
            (
                "SUBMITTER_NOT_LINKED",
                &*format!(
                    "The statement by submitter “local” that the document belongs to the job does not count: it is not linked \
                     to this signer. Signer: {signer}."
                )
            ),
        ]
    );
    assert!(
        told.iter()
            .all(|one| one.entries[0].value() == index && one.count == 1)
    );
    let did = ScenarioActor::Gateway.did();
    let lines: Vec<&str> = told[1].command.as_deref().unwrap().split(" \\\n    ").collect();
    assert_eq!(
        lines,
        [
            "ledgerd issuer register --url \"$URL\" --operator-key \"$OPERATOR_KEY\"",
            &format!("--did {did}"),
            "--role gateway",
            "--name gateway",
            "--submitter local",
        ]
    );
    assert_eq!(told[0].command, None);
    assert!(told[0].mend.contains("binding of its receipts"));
}

#[test]
fn the_reason_goes_once_the_submitter_is_linked_and_says_it_again() {
    let mut job = started();
    let document = job.receipt(without("token_scope_hash_b64u"));
    let context = json!({ "job_id": "job-1" });
    let index = job.log.submit(&document, Some("local"), Some(&context));
    let members = json!({
        "did": ScenarioActor::Gateway.did(), "name": "gateway", "roles": ["gateway"],
        "not_before": rfc3339(START_MS), "submitters": ["local"],
    });
    job.log
        .own(ScenarioActor::Operator, "issuer_registration", members, None);
    let codes_of = |job: &ScenarioJob| codes(job).into_iter().map(|(code, _)| code).collect::<Vec<_>>();
    // A registration reaches nothing that was said before it.
    assert_eq!(codes_of(&job), ["SCOPE_HASH_MISSING", "SUBMITTER_NOT_LINKED"]);
    job.log.context(index, "local", &context);
    assert_eq!(codes_of(&job), ["SCOPE_HASH_MISSING"]);
}

#[test]
fn a_number_from_a_submitter_that_nobody_linked_is_told_beside_a_receipt_that_counts() {
    let mut job = started();
    let context = job.counted(true);
    let index = job.model_call_with("local", Some(&context));
    assert_eq!(codes(&job), [code("SUBMITTER_NOT_LINKED", &[index])]);
    let message = &told(&job)[0].message;
    assert!(
        message.contains("which number the receipt has in the gateway's count"),
        "{message}"
    );
}

#[test]
fn each_receipt_is_told_with_what_its_own_document_lacks() {
    let job = started();
    let sent = |change: &dyn Fn(&mut Value), submitter: &str, context: Option<Value>| {
        let mut job = job.clone();
        let document = job.receipt(change);
        let index = job.log.submit(&document, Some(submitter), context.as_ref());
        (codes(&job), index)
    };
    let word = || Some(json!({ "job_id": "job-1" }));
    let (found, index) = sent(
        &|payload| without("token_scope_hash_b64u")(payload),
        "gateway",
        word(),
    );
    assert_eq!(found, [code("SCOPE_HASH_MISSING", &[index])]);
    let other = |payload: &mut Value| payload["binding"]["token_scope_hash_b64u"] = json!("A".repeat(43));
    let (found, index) = sent(&other, "gateway", word());
    assert_eq!(found, [code("TOKEN_NOT_ISSUED", &[index])]);
    let named = Some(json!({ "job_id": "job-1", "token_hash": job.token().hash }));
    let (found, index) = sent(&other, "gateway", named);
    assert_eq!(found, [code("SCOPE_HASH_OF_ANOTHER_TOKEN", &[index])]);
    // Found by its run alone.
    let (found, index) = sent(&other, "gateway", None);
    assert_eq!(found, [code("TOKEN_NOT_ISSUED", &[index])]);
    let (found, index) = sent(&|payload| without("run_id")(payload), "local", word());
    assert_eq!(
        found,
        [
            code("RUN_MISSING", &[index]),
            code("SUBMITTER_NOT_LINKED", &[index])
        ]
    );
}

#[test]
fn an_agents_document_is_told_with_its_agent_or_its_run() {
    let mut job = started();
    job.model_call(same);
    let by_other = |payload: &mut Value| payload["agent_did"] = json!(ScenarioActor::OtherAgent.did());
    let mut stranger = job.clone();
    let index = {
        let mut payload = Value::Null;
        stranger.tool_call("sentinel.api:incidents.list", |sent| {
            by_other(sent);
            payload = sent.clone();
        });
        stranger = job.clone();
        let document = ScenarioActor::OtherAgent.key().clawsig("tool_receipt", &payload);
        stranger.log.submit(&document, Some("agents"), None)
    };
    assert_eq!(codes(&stranger), [code("AGENT_OF_NO_TOKEN", &[index])]);
    let mut payload = Value::Null;
    let mut strayed = job.clone();
    strayed.tool_call("sentinel.api:incidents.list", |sent| {
        sent["binding"]["run_id"] = json!("another-run");
        payload = sent.clone();
    });
    let mut strayed = job.clone();
    let document = job.token().agent.key().clawsig("tool_receipt", &payload);
    let word = json!({ "job_id": "job-1" });
    let index = strayed.log.submit(&document, Some("agents"), Some(&word));
    let found = codes(&strayed);
    assert_eq!(
        found,
        [
            code("SIGNER_NOT_REGISTERED", &[index]),
            code("RUN_OF_NO_TOKEN", &[index])
        ]
    );
}

#[test]
fn a_receipt_that_does_not_count_is_not_called_the_agents_own_account() {
    let mut job = started();
    let document = job.receipt(without("token_scope_hash_b64u"));
    let context = json!({ "job_id": "job-1" });
    let index = job.log.submit(&document, Some("local"), Some(&context));
    let assessment = job.assess();
    assert_eq!(assessment.code, "NO_VERIFIED_EVIDENCE");
    let told = format!(
        "1 gateway receipt that may belong to this job is logged (entry {index}), but it does not count for the job, so no \
         model call is confirmed."
    );
    assert!(assessment.message.starts_with(&told), "{}", assessment.message);
    let nothing = started().assess().message;
    assert!(
        nothing.starts_with("No gateway receipt is logged for this job, so no model call is confirmed."),
        "{nothing}"
    );
}

#[test]
fn a_job_without_any_token_is_not_told_of_several() {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    let document = job.receipt(without("token_scope_hash_b64u"));
    let context = json!({ "job_id": "job-1" });
    job.log.submit(&document, Some("gateway"), Some(&context));
    let assessment = job.assess();
    assert_eq!(
        outcome(&assessment, CheckId::TokenValid),
        (CheckStatus::Incomplete, "ATTRIBUTION_AMBIGUOUS")
    );
    let check = |id| assessment.checks.iter().find(|check| check.id == id).unwrap();
    let message = &check(CheckId::TokenValid).message;
    assert!(
        message.starts_with("Nothing in the log shows which token was used: 1 call "),
        "{message}"
    );
    // No entry is blamed for a check that does not fail.
    let examined = examine(&job.log.closure("job-1"));
    assert!(examined.blames().is_empty(), "{:?}", examined.blames());
    assert_eq!(examined.uses[0].code(), "ATTRIBUTION_AMBIGUOUS");
}

#[test]
fn nothing_is_left_out_of_a_report_that_the_agent_has_not_handed_in() {
    let mut job = started();
    let last = job.model_call(same);
    job.close_stream(last);
    let assessment = job.assess();
    assert_eq!(
        outcome(&assessment, CheckId::ReceiptsComplete),
        (CheckStatus::Incomplete, "BUNDLE_MISSING")
    );
    assert!(!assessment.to_jcs().contains("RECEIPT_NOT_IN_BUNDLE"));
    job.bundle(|payload| {
        payload["receipts"] = json!([]);
    });
    assert_eq!(
        outcome(&job.assess(), CheckId::ReceiptsComplete),
        (CheckStatus::Incomplete, "RECEIPT_NOT_IN_BUNDLE")
    );
}

#[test]
fn a_report_that_is_there_and_does_not_count_is_not_called_missing() {
    let word = json!({ "job_id": "job-1" });
    let mut job = started();
    job.log.register(ScenarioActor::Agent, "agent");
    job.model_call(same);
    let messages = |job: &ScenarioJob| {
        let checks = job.assess().checks;
        [CheckId::ReceiptsComplete, CheckId::BundleValid].map(|id| {
            let check = checks.iter().find(|check| check.id == id).unwrap();
            assert_eq!(check.code, "BUNDLE_MISSING");
            check.message.clone()
        })
    };
    let [complete, valid] = messages(&job);
    assert!(
        complete.starts_with("The agent has not handed in its report (the proof bundle), so "),
        "{complete}"
    );
    assert_eq!(valid, "The agent has sent no proof bundle.");
    let bundle = job.bundle_document(same)["payload"].clone();
    let sent = |log: &mut ScenarioLog| {
        let mut bundle = bundle.clone();
        bundle["agent_did"] = json!(ScenarioActor::OtherAgent.did());
        let document = ScenarioActor::OtherAgent.key().clawsig("proof_bundle", &bundle);
        log.submit(&document, Some("agents"), Some(&word))
    };
    let refused =
        |log: &mut ScenarioLog| log.refused_as("proof_bundle", &ScenarioActor::Agent.did(), "agents", &word);
    for hand_in in [&sent as &dyn Fn(&mut ScenarioLog) -> u64, &refused] {
        let mut job = job.clone();
        let index = hand_in(&mut job.log);
        let there = format!(
            "1 report (proof bundle) that may belong to this job is logged (entry {index}), but it does not count for the job"
        );
        let [complete, valid] = messages(&job);
        assert!(
            complete.starts_with(&format!("{there}, so nothing can be compared with 1 model call ")),
            "{complete}"
        );
        assert_eq!(valid, format!("{there}."));
    }
}

#[test]
fn what_only_its_own_signer_can_tie_is_told_so_whatever_others_say_of_it() {
    let mut job = started();
    let word = json!({ "job_id": "job-1" });
    let hash = "A".repeat(43);
    let decision = json!({
        "decision_id": "dec-1", "run_id": "run-of-nobody", "policy_hash_b64u": job.cited, "tool": "sentinel.api",
        "operation": "incidents.list", "args_hash_b64u": hash, "effect": "allow", "reason_code": "TEST",
        "decided_at": rfc3339(job.log.now),
    });
    let content = verifier::hash::sha256(b"content");
    let artifact = json!({
        "label": "other", "sha256": verifier::digest::ArtifactHash::from_bytes(content).to_string(), "size": 7,
        "media_type": "text/plain", "name": "shown.txt",
    });
    let sent = [
        (ScenarioActor::Enforcement, "authorization_decision", decision),
        (ScenarioActor::Orchestrator, "evidence_artifact", artifact),
    ];
    let entries = sent.map(|(by, kind, mut members)| {
        members["event_version"] = json!("1");
        members["log_origin"] = json!(ORIGIN);
        job.log
            .submit(&by.key().own(kind, &members), Some("local"), Some(&word))
    });
    assert_eq!(codes(&job), [code("NOT_TIED_TO_JOB", &entries)]);
    let mend = told(&job).remove(0).mend;
    assert_eq!(mend, "Its signer must name the job (job_id) in the document.");
}

#[test]
fn an_issuance_or_approval_is_told_by_the_word_on_it_or_else_by_what_it_lacks() {
    let mut job = started();
    let mut issued = job.clone();
    let index = issued
        .issue("token-2", |members| {
            members.as_object_mut().unwrap().remove("job_id");
        })
        .index;
    assert_eq!(codes(&issued), [code("ISSUED_FOR_NO_JOB", &[index])]);
    let mut payload = Value::Null;
    job.clone().approve("write", &["incidents.update"], |sent| {
        sent["scope_hash_b64u"] = json!("A".repeat(43));
        payload = sent.clone();
    });
    let document = ScenarioActor::Approver
        .key()
        .clawsig("human_approval_receipt", &payload);
    let word = json!({ "job_id": "job-1" });
    let index = job.log.submit(&document, Some("local"), Some(&word));
    assert_eq!(codes(&job), [code("SUBMITTER_NOT_LINKED", &[index])]);
}

#[test]
fn each_reason_has_a_page_of_its_own() {
    for code in [
        "SUBMITTER_NOT_LINKED",
        "SIGNER_NOT_REGISTERED",
        "SCOPE_HASH_MISSING",
        "SCOPE_HASH_OF_ANOTHER_TOKEN",
        "TOKEN_NOT_ISSUED",
        "RUN_MISSING",
        "AGENT_OF_NO_TOKEN",
        "RUN_OF_NO_TOKEN",
        "ISSUED_FOR_NO_JOB",
        "NOT_TIED_TO_JOB",
        "ATTRIBUTION_AMBIGUOUS",
        "SIGNER_NOT_YET_TRUSTED",
        "EVIDENCE_REFUSED",
        "SIGNER_RETIRED",
        "SIGNER_DISTRUSTED",
    ] {
        assert!(verifier::code::guide_to(code).is_some(), "{code}");
    }
}
