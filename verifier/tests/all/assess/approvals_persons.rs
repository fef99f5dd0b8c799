//! `policy.approvals`: who approves is a person, not a spelling.

use serde_json::{Value, json};
use verifier::assess::{CheckId, CheckStatus};
use verifier::person::PersonName;

use super::scenario::{START_MS, ScenarioActor, ScenarioJob, ScenarioLog, outcome, policy, rfc3339, same};

const GATE: &str = "write";
const OPERATION: &str = "incidents.update";
const UPDATE: &str = "sentinel.api:incidents.update";
const ID: CheckId = CheckId::PolicyApprovals;
const PASS: (CheckStatus, &str) = (CheckStatus::Pass, "OK");
const MISSING: (CheckStatus, &str) = (CheckStatus::Fail, "APPROVAL_MISSING");
const NOT_COMPARABLE: (CheckStatus, &str) = (CheckStatus::Incomplete, "APPROVER_NOT_COMPARABLE");

/// A job that somebody requested, with an approved update.
pub(super) struct RequestedJob<'a> {
    pub(super) requested_by: Option<&'a str>,
    pub(super) requested_with: ScenarioActor,
    pub(super) approver: &'a str,
    /// Registrations on top of the usual ones.
    pub(super) registered: Vec<(ScenarioActor, Value)>,
    pub(super) token: fn(&mut Value),
}

pub(super) fn story<'a>(requested_by: &'a str, approver: &'a str) -> RequestedJob<'a> {
    RequestedJob {
        requested_by: Some(requested_by),
        requested_with: ScenarioActor::Orchestrator,
        approver,
        registered: Vec::new(),
        token: same,
    }
}

impl RequestedJob<'_> {
    pub(super) fn told(self) -> (CheckStatus, &'static str) {
        let mut log = ScenarioLog::new();
        for (actor, members) in self.registered {
            let mut registration = json!({
                "did": actor.did(), "name": actor.submitter(), "roles": ["agent"], "not_before": rfc3339(START_MS),
                "submitters": [actor.submitter()],
            });
            registration
                .as_object_mut()
                .unwrap()
                .extend(members.as_object().unwrap().clone());
            log.own(ScenarioActor::Operator, "issuer_registration", registration, None);
        }
        let mut job = ScenarioJob::in_log(log, "job-1");
        let mut opened = json!({ "job_id": "job-1", "action": "opened", "at": rfc3339(job.log.now) });
        if let Some(name) = self.requested_by {
            opened["requested_by"] = json!(name);
        }
        job.log.own(self.requested_with, "job_event", opened, None);
        job.publish("test-policy", &policy());
        job.issue("token-1", self.token);
        let call = job.model_call(same);
        job.close_stream(call);
        job.approve(GATE, &[OPERATION], |approval| {
            approval["approver_subject"] = json!(self.approver);
        });
        job.tool_call(UPDATE, same);
        outcome(&job.assess(), ID)
    }
}

#[test]
fn another_spelling_of_the_requesters_name_is_the_requester() {
    for (requested, approver) in [
        ("lead@example.com", "lead@example.com"),
        ("lead@example.com", "LEAD@Example.COM"),
        ("lead@example.com", "mailto:lead@example.com"),
        ("upn:lead@example.com", "acct:Lead@example.com"),
        ("lead@example.com", "mailto:lead%40example.com?subject=ok"),
        ("lead@example.com", "Lead Person <lead@example.com>"),
        ("lead@example.com", "lead+approvals@example.com"),
        ("lead@example.com", "lead@example.com."),
        ("lead@example.com", "\u{2003}lead @example.com\u{3000}"),
        ("lead@example.com", "ｌｅａｄ＠ｅｘａｍｐｌｅ．ｃｏｍ"),
        ("Straße@example.com", "STRASSE@example.com"),
        ("ΣΊΣΥΦΟΣ@example.com", "σίσυφος@example.com"),
        ("jose\u{0301}@example.com", "JOS\u{00c9}@example.com"),
        ("Dana Smith", "dana  smith"),
        ("did:web:example.com:lead", "did:web:example.com:lead#key-1"),
        ("did:web:example.com:lead", "DID:web:example.com:lead?versionId=1"),
        ("did:web:example.com:lead", "did:web:example.com:lead/path"),
    ] {
        assert_eq!(
            story(requested, approver).told(),
            MISSING,
            "{requested:?} {approver:?}"
        );
        assert_eq!(
            story(approver, requested).told(),
            MISSING,
            "{approver:?} {requested:?}"
        );
    }
}

#[test]
fn two_people_named_in_one_vocabulary_are_two() {
    for (requested, approver) in [
        ("lead@example.com", "manager@example.com"),
        ("mailto:lead@example.com", "manager@example.com"),
        ("dana", "robin"),
        ("did:web:example.com:lead", "did:web:example.com:manager#key-1"),
        ("employee:4711", "employee:4712"),
        ("4711", "4712"),
        ("CORP\\dana", "corp\\robin"),
        ("lead@xn--bcher-kva.example", "manager@xn--bcher-kva.example"),
        (
            "Lead Person <lead@example.com>",
            "o.manager-2+approvals@example.com",
        ),
        ("did:example:lead", "did:example:manager"),
        (
            "3fa85f64-5717-4562-b3fc-2c963f66afa6",
            "3fa85f6457174562b3fc2c963f66afa7",
        ),
        ("https://id.example/users/dana", "https://id.example/users/robin"),
    ] {
        assert_eq!(
            story(requested, approver).told(),
            PASS,
            "{requested:?} {approver:?}"
        );
    }
}

#[test]
fn names_that_cannot_be_compared_leave_the_gate_open() {
    for (requested, approver) in [
        ("lead@example.com", "robin"),
        ("lead@example.com", "employee:4711"),
        ("lead@example.com", "3fa85f64-5717-4562-b3fc-2c963f66afa6"),
        ("lead@example.com", "did:web:example.com:manager"),
        (
            "did:key:z6MkneMkZqwqRiU5mJzSG3kDwzt9P8C59N4NGTfBLfSGE7c7",
            "manager@example.com",
        ),
        (
            "did:web:example.com:lead",
            "did:key:z6MkneMkZqwqRiU5mJzSG3kDwzt9P8C59N4NGTfBLfSGE7c7",
        ),
        ("dana", "4711"),
        ("dana", "corp\\dana"),
        ("lead@bücher.example", "manager@xn--bcher-kva.example"),
        // A domain in other letters than ASCII has another spelling in punycode, and more of them to the eye.
        ("lead@bücher.example", "manager@example.com"),
        ("lead@example.com", "\u{3000}"),
        ("\u{3000}", "lead@example.com"),
    ] {
        let found = story(requested, approver).told();
        assert_eq!(found, NOT_COMPARABLE, "{requested:?} {approver:?}");
    }
}

#[test]
fn what_is_doubtful_is_no_obstacle_to_an_approval_that_is_not() {
    let mut job = super::scenario::passing_job();
    job.approve(GATE, &[OPERATION], same);
    job.approve(GATE, &[OPERATION], |approval| {
        approval["approver_subject"] = json!("4711");
    });
    job.tool_call(UPDATE, same);
    assert_eq!(outcome(&job.assess(), ID), PASS);
}

#[test]
fn the_agents_own_keys_do_not_approve_in_any_spelling() {
    let agent = ScenarioActor::Agent.did();
    for suffix in ["", "#key-1", "?versionId=1", "/path", ";service=x"] {
        let approver = format!("{agent}{suffix}");
        assert_eq!(story("lead@example.com", &approver).told(), MISSING, "{suffix}");
    }
    let bare = agent.trim_start_matches("did:key:").to_owned();
    assert_eq!(story("lead@example.com", &bare).told(), MISSING);
    // The token says whom the agent acts for, too.
    let sub = RequestedJob {
        token: |members| members["claims"]["sub"] = json!("mailto:Owner@example.com"),
        ..story("lead@example.com", "owner@example.com")
    };
    assert_eq!(sub.told(), MISSING);
}

#[test]
fn a_registration_names_the_person_behind_a_key() {
    let approver = ScenarioActor::OtherAgent.did();
    let named = |members: Value| RequestedJob {
        registered: vec![(ScenarioActor::OtherAgent, members)],
        ..story("lead@example.com", &approver)
    };
    assert_eq!(named(json!({ "name": "Lead@Example.com" })).told(), MISSING);
    let external = json!({ "name": "desk 7", "external_ids": { "entra": "upn:lead@example.com" } });
    assert_eq!(named(external).told(), MISSING);
    assert_eq!(named(json!({ "name": "manager@example.com" })).told(), PASS);
    assert_eq!(named(json!({ "name": "desk 7" })).told(), NOT_COMPARABLE);
    // A requester may be named by a key, too; and a key in another spelling is the same key.
    for requester in [
        approver.clone(),
        format!("{approver}#key-1"),
        approver.trim_start_matches("did:key:").to_owned(),
        approver.replace("did:key", "DID:Key"),
        approver.replace("did:key:", "did%3Akey%3A"),
        approver.replace("did:key:z", "did:key:%7A"),
        approver.replace("did:key:", "ｄｉｄ：ｋｅｙ："),
        approver.replace("did:key:", "did: key: "),
        format!("{approver}%23key-1"),
        format!("<{approver}>"),
        format!("Lead <{approver}>"),
    ] {
        let by_key = RequestedJob {
            registered: vec![(ScenarioActor::OtherAgent, json!({ "name": "Lead@Example.com" }))],
            ..story(&requester, "lead@example.com")
        };
        assert_eq!(by_key.told(), MISSING, "{requester}");
    }
}

#[test]
fn the_one_who_signs_the_request_does_not_approve_it() {
    let signed = |requested_by| RequestedJob {
        requested_by,
        requested_with: ScenarioActor::Approver,
        ..story("", "manager@example.com")
    };
    assert_eq!(signed(Some("lead@example.com")).told(), MISSING);
    assert_eq!(signed(None).told(), MISSING);
    let nobody = RequestedJob {
        requested_by: None,
        ..story("", "manager@example.com")
    };
    assert_eq!(nobody.told(), PASS);
}

#[test]
fn a_name_is_read_once_for_every_spelling() {
    let read = |text: &str| PersonName::read(text);
    assert_eq!(read("mailto:Alice@Example.com"), read("alice@example.com"));
    assert_ne!(read("alice@example.com"), read("alice@example.org"));
    assert_ne!(read("alice"), read("alice@example.com"));
    // A name in a registration or a token may have what nobody sees in it.
    for hidden in [
        "\u{200b}",
        "\u{00ad}",
        "\u{202e}",
        "\u{e0061}",
        "\u{fe0f}",
        "\u{3164}",
        "\0",
    ] {
        assert_eq!(
            read(&format!("al{hidden}ice@example.com")),
            read("alice@example.com"),
            "{hidden:?}"
        );
        assert_eq!(read(hidden), None, "{hidden:?}");
    }
    assert_eq!(read(""), None);
}
