//! What enforcement points state about their hosts is read, and held against the policy.

use serde_json::{Value, json};
use verifier::assess::{Assessment, CheckId, CheckStatus};
use verifier::base64::encode_standard;
use verifier::check::Status;
use verifier::digest::ArtifactHash;
use verifier::hash::sha256;

use super::scenario::{ScenarioActor, ScenarioJob, others, outcome, passing_under, policy};

const ID: CheckId = CheckId::PolicyRequirements;
const ALL: &str = include_str!("../../../../schemas/vectors/openclaw/sandbox-explain-all.json");
const OFF: &str = include_str!("../../../../schemas/vectors/openclaw/sandbox-explain-off.json");
const EXEC: &str = include_str!("../../../../schemas/vectors/openclaw/exec-policy-show.json");
const TOOLS: &str = include_str!("../../../../schemas/vectors/openclaw/config-get-tools.json");
const AGENTS: &str = include_str!("../../../../schemas/vectors/openclaw/config-get-agents.json");

/// Makes an artifact's members those of a file that stands in the document.
pub(super) fn hold(members: &mut Value, content: &str) {
    members["sha256"] = json!(ArtifactHash::from_bytes(sha256(content.as_bytes())).to_string());
    members["size"] = json!(content.len());
    members["content_b64"] = json!(encode_standard(content.as_bytes()));
}

/// The output that a vector holds.
pub(super) fn output(vector: &str) -> String {
    let vector: Value = serde_json::from_str(vector).unwrap();
    vector["output"].as_str().unwrap().to_owned()
}

/// Attaches a file to the job; without content, by its hash alone.
pub(super) fn attach(job: &mut ScenarioJob, by: ScenarioActor, label: &str, content: Option<&str>) -> u64 {
    let mut members = json!({
        "label": label, "sha256": "ab".repeat(32), "size": 1, "media_type": "application/json",
        "name": label, "job_id": job.id, "run_id": job.run,
    });
    if let Some(content) = content {
        hold(&mut members, content);
    }
    job.log.own(by, "evidence_artifact", members, None)
}

fn wanting(openclaw: Value) -> ScenarioJob {
    let mut rules = policy();
    rules["openclaw"] = openclaw;
    passing_under(&rules)
}

fn sandboxed() -> ScenarioJob {
    wanting(json!({ "sandbox": { "mode": "all" } }))
}

fn message(assessment: &Assessment) -> &str {
    let check = assessment.checks.iter().find(|check| check.id == ID).unwrap();
    &check.message
}

/// What the assessment lists as not evaluated.
fn listed(assessment: &Assessment) -> Vec<Value> {
    let json: Value = serde_json::from_str(assessment.to_jcs()).unwrap();
    let members = json["not_evaluated"].as_array().unwrap().iter();
    members
        .map(|one| {
            let mut one = one.clone();
            one.as_object_mut().unwrap().remove("policy_hash_b64u");
            one
        })
        .collect()
}

const NOT_OBSERVED: (CheckStatus, &str) = (CheckStatus::NotEvaluated, "SANDBOX_NOT_OBSERVED");
const CONTRADICTED: (CheckStatus, &str) = (CheckStatus::Fail, "SANDBOX_CONTRADICTED");

#[test]
fn a_host_that_says_what_the_policy_wants_is_told_with_value_and_signer_and_is_no_pass() {
    let mut job = wanting(json!({ "sandbox": { "mode": "all", "workspaceAccess": "ro" } }));
    let entry = attach(
        &mut job,
        ScenarioActor::Enforcement,
        "sandbox_config",
        Some(&output(ALL)),
    );
    let assessment = job.assess();
    assert_eq!(
        outcome(&assessment, ID),
        (CheckStatus::NotEvaluated, "SANDBOX_STATED")
    );
    assert_eq!(assessment.verdict, Status::Pass);
    let by = ScenarioActor::Enforcement.did();
    let stated = |pointer: &str, value: &str| json!({ "pointer": pointer, "code": "SANDBOX_STATED", "stated_by": by, "entry": entry, "value": value });
    assert_eq!(
        listed(&assessment),
        [
            stated("/openclaw/sandbox/mode", "all"),
            stated("/openclaw/sandbox/workspaceAccess", "ro")
        ]
    );
    let said = format!("/openclaw/sandbox/mode (\"all\" stated by {by})");
    assert!(message(&assessment).contains(&said), "{}", message(&assessment));
}

#[test]
fn a_host_that_says_another_thing_than_the_policy_wants_fails_with_both_values() {
    let before = sandboxed().assess();
    let mut job = sandboxed();
    let entry = attach(
        &mut job,
        ScenarioActor::Enforcement,
        "sandbox_config",
        Some(&output(OFF)),
    );
    let assessment = job.assess();
    assert_eq!(outcome(&assessment, ID), CONTRADICTED);
    assert_eq!(
        (assessment.verdict, assessment.code),
        (Status::Fail, "SANDBOX_CONTRADICTED")
    );
    assert_eq!(others(&assessment, ID), others(&before, ID));
    let said = format!("the policy wants \"all\", but /sandbox/mode at entry {entry} says \"off\"");
    assert!(message(&assessment).contains(&said), "{}", message(&assessment));
    // What is judged is not listed as not evaluated.
    assert_eq!(listed(&assessment), [] as [Value; 0]);
}

#[test]
fn what_cannot_be_read_states_nothing() {
    let exec = output(EXEC);
    for content in [
        None,
        Some("hello"),
        Some("\"all\""),
        Some("{}"),
        Some(r#"{"sandbox":"all"}"#),
        Some(r#"{"mode":"all"}"#),
        Some(r#"{"sandbox":{"mode":"off"},"sandbox":{"mode":"all"}}"#),
        Some("\u{feff}{\"sandbox\":{\"mode\":\"all\"}}"),
        Some(exec.as_str()),
    ] {
        for label in ["sandbox_config", "tool_policy"] {
            let mut job = sandboxed();
            attach(&mut job, ScenarioActor::Enforcement, label, content);
            let assessment = job.assess();
            assert_eq!(outcome(&assessment, ID), NOT_OBSERVED, "{content:?}");
            assert_eq!(
                listed(&assessment),
                [json!({ "pointer": "/openclaw/sandbox/mode", "code": "SANDBOX_NOT_OBSERVED" })],
                "{content:?}"
            );
        }
    }
}

#[test]
fn values_are_compared_as_they_stand() {
    for value in [
        json!("ALL"),
        json!(" all"),
        json!("all\u{200b}"),
        json!("аll"),
        json!(true),
        json!(null),
        json!(["all"]),
    ] {
        let mut job = sandboxed();
        let content = json!({ "sandbox": { "mode": value } }).to_string();
        attach(
            &mut job,
            ScenarioActor::Enforcement,
            "sandbox_config",
            Some(&content),
        );
        assert_eq!(outcome(&job.assess(), ID), CONTRADICTED, "{content}");
    }
}

#[test]
fn the_order_of_members_is_no_other_value() {
    let mut job =
        wanting(json!({ "sandbox": { "mode": "all", "docker": { "image": "a", "network": "none" } } }));
    let content = r#"{"sandbox":{"docker":{"network":"none","image":"a"},"mode":"all"}}"#;
    attach(
        &mut job,
        ScenarioActor::Enforcement,
        "sandbox_config",
        Some(content),
    );
    let (status, code) = outcome(&job.assess(), ID);
    assert_ne!(status, CheckStatus::Fail, "{code}");
}

#[test]
fn of_several_artifacts_one_contradiction_is_enough_whatever_their_order_and_label() {
    let (all, off, agents) = (output(ALL), output(OFF), output(AGENTS));
    for artifacts in [
        [("sandbox_config", &all), ("sandbox_config", &off)],
        [("sandbox_config", &off), ("sandbox_config", &all)],
        [("sandbox_config", &all), ("tool_policy", &off)],
        // One agent of the host has a sandbox of its own.
        [("sandbox_config", &all), ("sandbox_config", &agents)],
    ] {
        let mut job = sandboxed();
        for (label, content) in artifacts {
            attach(&mut job, ScenarioActor::Enforcement, label, Some(content));
        }
        assert_eq!(outcome(&job.assess(), ID), CONTRADICTED, "{artifacts:?}");
    }
    let mut job = sandboxed();
    for content in [Some("hello"), None, Some(all.as_str())] {
        attach(&mut job, ScenarioActor::Enforcement, "sandbox_config", content);
    }
    assert_eq!(
        outcome(&job.assess(), ID),
        (CheckStatus::NotEvaluated, "SANDBOX_STATED")
    );
}

#[test]
fn only_an_enforcement_point_speaks_for_its_host_and_only_about_the_job() {
    for by in [
        ScenarioActor::Stranger,
        ScenarioActor::Agent,
        ScenarioActor::Orchestrator,
        ScenarioActor::Gateway,
    ] {
        for content in [output(ALL), output(OFF)] {
            let mut job = sandboxed();
            attach(&mut job, by, "sandbox_config", Some(&content));
            let assessment = job.assess();
            assert_eq!(outcome(&assessment, ID), NOT_OBSERVED);
            assert!(!message(&assessment).contains("stated by"));
        }
    }
    let mut job = sandboxed();
    for label in ["runtime_audit", "job_config", "other"] {
        attach(&mut job, ScenarioActor::Enforcement, label, Some(&output(OFF)));
    }
    assert_eq!(outcome(&job.assess(), ID), NOT_OBSERVED);
    let own = std::mem::replace(&mut job.id, "job-2".to_owned());
    job.run = "run-of-job-2".to_owned();
    attach(
        &mut job,
        ScenarioActor::Enforcement,
        "sandbox_config",
        Some(&output(OFF)),
    );
    job.id = own;
    assert_eq!(outcome(&job.assess(), ID), NOT_OBSERVED);
}

#[test]
fn the_tools_profile_is_read_in_the_configuration_of_tools() {
    let found = |wanted: &str, content: &str| {
        let mut job = wanting(json!({ "tools_profile": wanted }));
        attach(&mut job, ScenarioActor::Enforcement, "tool_policy", Some(content));
        outcome(&job.assess(), ID)
    };
    let (tools, agents, exec) = (output(TOOLS), output(AGENTS), output(EXEC));
    assert_eq!(
        found("minimal", &tools),
        (CheckStatus::NotEvaluated, "TOOLS_PROFILE_STATED")
    );
    for content in [&tools, &agents] {
        assert_eq!(
            found("readonly", content),
            (CheckStatus::Fail, "TOOLS_PROFILE_CONTRADICTED")
        );
    }
    for content in [exec.as_str(), "hello", "\"minimal\""] {
        assert_eq!(
            found("minimal", content),
            (CheckStatus::NotEvaluated, "TOOLS_PROFILE_NOT_OBSERVED")
        );
    }
}

#[test]
fn a_placeholder_in_a_policy_is_contradicted_by_nothing() {
    let mut job = wanting(json!({ "tools_profile": "...", "sandbox": { "mode": "<mode>" } }));
    attach(
        &mut job,
        ScenarioActor::Enforcement,
        "sandbox_config",
        Some(&output(OFF)),
    );
    attach(
        &mut job,
        ScenarioActor::Enforcement,
        "tool_policy",
        Some(&output(TOOLS)),
    );
    let assessment = job.assess();
    assert_eq!(
        outcome(&assessment, ID),
        (CheckStatus::NotEvaluated, "PLACEHOLDER_VALUE")
    );
}

#[test]
fn what_is_not_observed_is_told_before_what_is_stated() {
    let mut job = wanting(json!({ "sandbox": { "mode": "all", "network": "none" } }));
    attach(
        &mut job,
        ScenarioActor::Enforcement,
        "sandbox_config",
        Some(&output(ALL)),
    );
    let assessment = job.assess();
    assert_eq!(outcome(&assessment, ID), NOT_OBSERVED);
    assert!(message(&assessment).contains("/openclaw/sandbox/network (SANDBOX_NOT_OBSERVED)"));
    assert!(message(&assessment).contains("/openclaw/sandbox/mode (\"all\" stated by"));
}

#[test]
fn long_values_are_cut_and_large_files_cost_no_more_than_their_bytes() {
    let wanted = "x".repeat(5_000);
    let mut job = wanting(json!({ "sandbox": { "mode": wanted } }));
    let entries: serde_json::Map<String, Value> = (0..8_000)
        .map(|number| {
            (
                format!("agent-{number}"),
                json!({ "sandbox": { "mode": wanted.get(..20).unwrap() } }),
            )
        })
        .collect();
    let content = json!({ "entries": entries }).to_string();
    attach(
        &mut job,
        ScenarioActor::Enforcement,
        "sandbox_config",
        Some(&content),
    );
    let assessment = job.assess();
    assert_eq!(outcome(&assessment, ID), CONTRADICTED);
    assert!(message(&assessment).chars().count() <= 400);
}
