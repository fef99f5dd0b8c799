//! `policy.approvals`: an approval is given by a person, of what that person read, for the run and token of the use;
//! and a refusal holds whatever it says of itself.

use serde_json::{Value, json};
use verifier::assess::{CheckId, CheckStatus};

use super::flips::working;
use super::scenario::{ScenarioActor, ScenarioJob, args_hash, outcome, passing_job, rfc3339, same};

const GATE: &str = "write";
const OPERATION: &str = "incidents.update";
const UPDATE: &str = "sentinel.api:incidents.update";
const ID: CheckId = CheckId::PolicyApprovals;
const PASS: (CheckStatus, &str) = (CheckStatus::Pass, "OK");
const MISSING: (CheckStatus, &str) = (CheckStatus::Fail, "APPROVAL_MISSING");
const OPAQUE: (CheckStatus, &str) = (CheckStatus::Incomplete, "APPROVAL_SCOPE_OPAQUE");

/// What the check says, with its words, once a job with these approvals has done the gated update.
fn told(approve: impl FnOnce(&mut ScenarioJob)) -> ((CheckStatus, &'static str), String) {
    let mut job = passing_job();
    approve(&mut job);
    job.tool_call(UPDATE, same);
    let assessment = job.assess();
    (outcome(&assessment, ID), assessment.to_jcs().to_owned())
}

fn after(approve: impl FnOnce(&mut ScenarioJob)) -> (CheckStatus, &'static str) {
    told(approve).0
}

/// Asserts that an approval with one change does not count, for a reason in these words.
fn does_not_count(reason: &str, change: impl FnOnce(&mut Value)) {
    let (found, json) = told(|job| {
        job.approve(GATE, &[OPERATION], change);
    });
    assert_eq!(found, MISSING, "{reason}");
    assert!(json.contains(reason), "{json}");
}

fn refuse(job: &mut ScenarioJob, change: impl FnOnce(&mut Value)) -> u64 {
    job.approve(GATE, &[OPERATION], |refusal| {
        refusal["approval_type"] = json!("explicit_deny");
        change(refusal);
    })
}

/// A refusal whose scope hash nobody recognizes.
fn refuse_opaquely(job: &mut ScenarioJob, change: impl FnOnce(&mut Value)) -> u64 {
    refuse(job, |refusal| {
        refusal["scope_hash_b64u"] = json!(args_hash("scope in the words of another system"));
        change(refusal);
    })
}

#[test]
fn what_a_rule_or_a_timeout_approves_nobody_approved() {
    for method in ["policy_auto", "timeout"] {
        does_not_count("not by a person", |approval| {
            approval["approver_method"] = json!(method);
        });
    }
    for method in ["ui_click", "cli_confirm", "api_call"] {
        let found = after(|job| {
            job.approve(GATE, &[OPERATION], |approval| {
                approval["approver_method"] = json!(method);
            });
        });
        assert_eq!(found, PASS, "{method}");
    }
}

#[test]
fn an_approval_that_is_bound_to_another_run_token_or_policy_does_not_count() {
    let other = args_hash("another");
    for binding in [
        json!({ "run_id": "run-other" }),
        json!({ "token_scope_hash_b64u": other }),
    ] {
        does_not_count("is bound to another run or token", |approval| {
            approval["binding"] = binding;
        });
    }
    does_not_count("is for another policy", |approval| {
        approval["binding"] = json!({ "policy_hash": other });
    });
    let found = after(|job| {
        let binding = json!({
            "run_id": job.run, "policy_hash": job.cited, "token_scope_hash_b64u": job.token().scope,
        });
        job.approve(GATE, &[OPERATION], |approval| approval["binding"] = binding);
    });
    assert_eq!(found, PASS);
}

#[test]
fn an_approval_that_is_bound_to_an_event_of_another_run_does_not_count() {
    for (run, expected) in [("run-job-1", PASS), ("run-2", MISSING)] {
        let mut job = working();
        let event = job.event_of_chain("human_approval");
        job.bundle(same);
        job.run = run.to_owned();
        job.issue("token-2", same);
        job.approve(GATE, &[OPERATION], |approval| {
            approval["binding"] = json!({ "event_hash_b64u": event });
        });
        job.tool_call(UPDATE, same);
        assert_eq!(outcome(&job.assess(), ID), expected, "{run}");
    }
}

#[test]
fn an_approval_whose_summary_says_another_scope_than_its_hash_does_not_count() {
    let scope = passing_job().scope(GATE, &[OPERATION]);
    let judged = |told: &Value| {
        after(|job| {
            job.approve(GATE, &[OPERATION], |approval| {
                approval["scope_summary"] = json!(told.to_string());
            });
        })
    };
    assert_eq!(judged(&scope), PASS);
    for (member, other) in [
        ("operations", json!(["incidents.list"])),
        ("gate", json!("read")),
        ("job_id", json!("job-2")),
        ("limits", json!({ "max_amount": 1 })),
        ("args_hash_b64u", json!(args_hash("x"))),
        ("note", json!("only one")),
    ] {
        let mut told = scope.clone();
        told[member] = other;
        assert_eq!(judged(&told), MISSING, "{member}");
    }
    assert_eq!(judged(&json!({ "Operations": ["incidents.list"] })), MISSING);
    // Words, and what is no scope, are not judged.
    assert_eq!(judged(&json!("update the incident")), PASS);
    assert_eq!(judged(&json!({ "ticket": 7 })), PASS);
}

#[test]
fn a_refusal_counts_whoever_it_names() {
    for subject in [
        String::from("lead@example"),
        ScenarioActor::Agent.did(),
        "4711".to_owned(),
    ] {
        let found = after(|job| {
            job.approve(GATE, &[OPERATION], same);
            refuse(job, |refusal| refusal["approver_subject"] = json!(subject));
        });
        assert_eq!(found, MISSING, "{subject}");
    }
    // Nor does a binding or a summary narrow it, and a rule refuses as well as a person.
    for (member, value) in [
        ("binding", json!({ "run_id": "run-other" })),
        ("scope_summary", json!("{\"gate\":\"read\"}")),
        ("approver_method", json!("policy_auto")),
    ] {
        let found = after(|job| {
            job.approve(GATE, &[OPERATION], same);
            refuse(job, |refusal| refusal[member] = value);
        });
        assert_eq!(found, MISSING, "{member}");
    }
}

#[test]
fn a_refusal_that_does_not_say_in_a_known_form_what_it_refuses_leaves_the_gate_open() {
    let with_policy = |job: &mut ScenarioJob| refuse_opaquely(job, same);
    let without = |job: &mut ScenarioJob| {
        refuse_opaquely(job, |refusal| {
            refusal.as_object_mut().unwrap().remove("policy_hash_b64u");
        })
    };
    for refuse in [with_policy as fn(&mut ScenarioJob) -> u64, without] {
        for tied in [false, true] {
            let (found, json) = told(|job| {
                job.approve(GATE, &[OPERATION], same);
                let index = refuse(job);
                if tied {
                    let context = json!({ "job_id": job.id });
                    job.log
                        .context(index, ScenarioActor::Approver.submitter(), &context);
                }
            });
            assert_eq!(found, OPAQUE);
            assert!(json.contains("The refusal at entry"), "{json}");
        }
        // An approval after it is the newer word.
        let found = after(|job| {
            refuse(job);
            job.approve(GATE, &[OPERATION], same);
        });
        assert_eq!(found, PASS);
    }
}

#[test]
fn a_refusal_of_the_call_by_its_hash_in_another_spelling_leaves_the_gate_open() {
    let hash = args_hash(UPDATE);
    for spelling in [
        format!("{hash}="),
        format!("sha256:{hash}"),
        format!("b64u:{hash}"),
    ] {
        let mut spelled = passing_job().scope(GATE, &[OPERATION]);
        spelled["args_hash_b64u"] = json!(spelling);
        for summary in [false, true] {
            let found = after(|job| {
                job.approve(GATE, &[OPERATION], same);
                job.approve_scope(&spelled, |refusal| {
                    refusal["approval_type"] = json!("explicit_deny");
                    if summary {
                        refusal["scope_summary"] = json!(spelled.to_string());
                    }
                });
            });
            // In clear, the hash is read.
            let expected = if summary { MISSING } else { OPAQUE };
            assert_eq!(found, expected, "{spelling} {summary}");
        }
    }
}

#[test]
fn a_refusal_of_something_else_is_no_doubt() {
    let ignored = |name: &str, refuse: &dyn Fn(&mut ScenarioJob)| {
        let found = after(|job| {
            job.approve(GATE, &[OPERATION], same);
            refuse(job);
        });
        assert_eq!(found, PASS, "{name}");
    };
    ignored("another agent", &|job| {
        refuse_opaquely(job, |refusal| {
            refusal["agent_did"] = json!(ScenarioActor::OtherAgent.did());
        });
    });
    ignored("another policy", &|job| {
        refuse_opaquely(job, |refusal| {
            refusal["policy_hash_b64u"] = json!(args_hash("other"));
        });
    });
    ignored("another job by context", &|job| {
        let index = refuse_opaquely(job, same);
        let context = json!({ "job_id": "job-2" });
        job.log
            .context(index, ScenarioActor::Approver.submitter(), &context);
    });
    ignored("another job in clear", &|job| {
        let mut scope = job.scope(GATE, &[OPERATION]);
        scope["job_id"] = json!("job-2");
        job.approve_scope(&scope, |refusal| {
            refusal["approval_type"] = json!("explicit_deny");
            refusal["scope_summary"] = json!(scope.to_string());
        });
    });
    ignored("a stranger's", &|job| {
        let refusal = json!({
            "receipt_version": "1", "receipt_id": "refusal-1", "approval_type": "explicit_deny",
            "approver_subject": "manager@example", "agent_did": ScenarioActor::Agent.did(),
            "scope_hash_b64u": args_hash("x"), "hash_algorithm": "SHA-256", "timestamp": rfc3339(job.log.now),
        });
        let signed = ScenarioActor::Stranger
            .key()
            .clawsig("human_approval_receipt", &refusal);
        job.log
            .submit(&signed, Some(ScenarioActor::Stranger.submitter()), None);
    });
}
