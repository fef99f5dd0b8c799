//! The command that links a submitter: what it repeats, and whom it is never printed for.

use serde_json::{Value, json};
use verifier::assess::NotCounted;

use super::scenario::{START_MS, ScenarioActor, ScenarioJob, ScenarioLog, policy, rfc3339, same};
use super::uncounted::{started, told};

/// The one command that is told, in one line.
fn command(job: &ScenarioJob) -> Option<String> {
    let told = told(job);
    let mut commands = told.iter().filter_map(|one| one.command.as_deref());
    let command = commands.next().map(|command| command.replace(" \\\n   ", ""));
    assert_eq!(commands.next(), None);
    command
}

/// One more registration of the gateway, with `change` to what it says.
fn register(log: &mut ScenarioLog, change: impl FnOnce(&mut Value)) {
    let mut members = json!({
        "did": ScenarioActor::Gateway.did(), "name": "gateway", "roles": ["gateway"],
        "not_before": rfc3339(START_MS), "submitters": ["gateway"],
    });
    change(&mut members);
    log.own(ScenarioActor::Operator, "issuer_registration", members, None);
}

/// A receipt of the gateway, sent by a submitter that nobody linked.
fn sent_by_nobody(job: &mut ScenarioJob) {
    let document = job.receipt(same);
    let context = json!({ "job_id": "job-1", "stream": "calls", "number": 0 });
    job.log.submit(&document, Some("local"), Some(&context));
}

fn told_of(job: &ScenarioJob, code: &str) -> NotCounted {
    told(job).into_iter().find(|one| one.code == code).unwrap()
}

#[test]
fn a_command_ends_the_new_registration_when_the_old_one_ends() {
    let mut job = started();
    let end = START_MS + 86_400_000;
    register(&mut job.log, |members| {
        members["gateway_id"] = json!("gw");
        members["not_after"] = json!(rfc3339(end));
    });
    sent_by_nobody(&mut job);
    let command = command(&job).unwrap();
    let said = format!(
        " --role gateway --name gateway --gateway-id gw --not-after {} --submitter local",
        rfc3339(end)
    );
    assert!(command.ends_with(&said), "{command}");
}

#[test]
fn a_command_repeats_nothing_of_a_registration_that_was_over_or_came_later() {
    let mut job = started();
    let over = rfc3339(job.log.now);
    register(&mut job.log, |members| {
        members["gateway_id"] = json!("gw-before");
        members["not_after"] = json!(over);
    });
    job.log.now += 1000;
    sent_by_nobody(&mut job);
    register(&mut job.log, |members| members["gateway_id"] = json!("gw-later"));
    let command = command(&job).unwrap();
    assert!(
        command.ends_with(" --role gateway --name gateway --submitter local"),
        "{command}"
    );
}

#[test]
fn no_command_is_told_once_the_registration_has_ended() {
    let mut log = ScenarioLog::new();
    let stranger = ScenarioActor::Stranger;
    let end = log.now + 60_000;
    let members = json!({
        "did": stranger.did(), "name": "gateway-2", "roles": ["gateway"],
        "not_before": rfc3339(START_MS), "not_after": rfc3339(end),
    });
    log.own(ScenarioActor::Operator, "issuer_registration", members, None);
    let mut job = ScenarioJob::open(log, "job-1");
    let mut payload = Value::Null;
    job.receipt(|sent| payload = sent.clone());
    let document = stranger.key().clawsig("gateway_receipt", &payload);
    let context = json!({ "job_id": "job-1" });
    job.log.submit(&document, Some("local"), Some(&context));
    assert!(told_of(&job, "SUBMITTER_NOT_LINKED").command.is_some());
    job.log.now = end + 1;
    job.event("closed", same);
    let told = told_of(&job, "SUBMITTER_NOT_LINKED");
    assert_eq!(told.command, None);
    assert!(told.mend.contains("has ended since"), "{}", told.mend);
}

#[test]
fn no_command_is_told_for_a_signer_that_was_retired_since() {
    let mut job = started();
    sent_by_nobody(&mut job);
    assert!(command(&job).is_some());
    let members = json!({ "did": ScenarioActor::Gateway.did(), "reason": "the key was lost" });
    job.log
        .own(ScenarioActor::Operator, "issuer_retirement", members, None);
    assert_eq!(command(&job), None);
    let mend = told_of(&job, "SUBMITTER_NOT_LINKED").mend;
    assert!(
        mend.starts_with("A retired signer is never trusted again."),
        "{mend}"
    );
}

#[test]
fn evidence_of_a_key_that_nobody_registered_brings_no_command_that_would_register_it() {
    let mut job = started();
    let mut payload = Value::Null;
    job.receipt(|sent| payload = sent.clone());
    let document = ScenarioActor::Stranger.key().clawsig("gateway_receipt", &payload);
    let context = json!({ "job_id": "job-1" });
    job.log.submit(&document, Some("stranger"), Some(&context));
    let mut agents = job.clone();
    agents.tool_call("sentinel.api:incidents.list", |sent| {
        sent["binding"]["run_id"] = json!("another-run");
    });
    for (job, code) in [(&job, "SIGNER_NOT_TRUSTED"), (&agents, "SIGNER_NOT_REGISTERED")] {
        let told = told_of(job, code);
        assert_eq!(told.command, None);
        assert!(
            told.mend
                .contains("would have to learn from its owner, and not from this document"),
            "{}",
            told.mend
        );
    }
}

#[test]
fn no_text_of_a_document_or_a_registration_writes_a_part_of_a_command() {
    for name in [
        "x; rm -rf /",
        "$(id)",
        "`id`",
        "a'b",
        "a\"b",
        "a\\b",
        "--role operator",
        "-x",
        "a\u{e9}",
        "a|b",
        "a&b",
        "a>b",
        "*",
    ] {
        let mut log = ScenarioLog::new();
        let members = json!({
            "did": ScenarioActor::Gateway.did(), "name": name, "roles": ["gateway"], "gateway_id": name,
            "not_before": rfc3339(START_MS), "submitters": ["gateway"],
        });
        log.own(ScenarioActor::Operator, "issuer_registration", members, None);
        let mut job = ScenarioJob::open(log, "job-1");
        job.publish("test-policy", &policy());
        let document = job.receipt(same);
        let context = json!({ "job_id": "job-1" });
        job.log.submit(&document, Some("local"), Some(&context));
        let told = told(&job);
        let command = told.iter().find_map(|one| one.command.as_deref()).unwrap();
        let command = command.replace(" \\\n   ", "");
        assert!(
            command
                .ends_with(" --role gateway --name \"$NAME\" --gateway-id \"$GATEWAY_ID\" --submitter local"),
            "{command}"
        );
    }
}
