//! `policy.approvals`: an approval of one call, or of arguments within limits, covers those and no other.

use serde_json::{Value, json};
use verifier::assess::{CheckId, CheckStatus};
use verifier::base64::encode_url;
use verifier::json::{hash_jcs, hash_js};

use super::scenario::{ScenarioActor, ScenarioJob, outcome, passing_under, same};
use kit::key::parse;

const GATE: &str = "payments";
const TRANSFER: &str = "transfer";
const CALL: &str = "bank:transfer";
const ID: CheckId = CheckId::PolicyApprovals;
const PASS: (CheckStatus, &str) = (CheckStatus::Pass, "OK");
const MISSING: (CheckStatus, &str) = (CheckStatus::Fail, "APPROVAL_MISSING");
const OPAQUE: (CheckStatus, &str) = (CheckStatus::Incomplete, "APPROVAL_SCOPE_OPAQUE");
const ARGUMENTS_UNKNOWN: (CheckStatus, &str) = (CheckStatus::Incomplete, "APPROVED_ARGUMENTS_UNKNOWN");

fn paying() -> ScenarioJob {
    passing_under(&json!({
        "policy_name": "payments",
        "allow": [{ "tool": "sentinel.api", "ops": ["incidents.list"] }, { "tool": "bank", "ops": [TRANSFER] }],
        "approvals": [{ "name": GATE, "required_for": [TRANSFER], "mode": "explicit" }],
    }))
}

fn amount(amount: u64) -> Value {
    json!({ "amount": amount, "recipient": "ACME" })
}

fn hash(args: &Value) -> String {
    encode_url(&hash_jcs(&parse(args)))
}

fn approve(job: &mut ScenarioJob, members: &Value) -> u64 {
    approve_with(job, members, same)
}

/// An approval that its approver ties to the job, with more members of the scope.
fn approve_with(job: &mut ScenarioJob, members: &Value, change: impl FnOnce(&mut Value)) -> u64 {
    let mut scope = job.scope(GATE, &[TRANSFER]);
    scope
        .as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    let index = job.approve_scope(&scope, change);
    let context = json!({ "job_id": job.id });
    job.log
        .context(index, ScenarioActor::Approver.submitter(), &context);
    index
}

fn pay(job: &mut ScenarioJob, args: &Value) {
    job.tool_call(CALL, |receipt| receipt["args_hash_b64u"] = json!(hash(args)));
}

#[test]
fn an_approval_of_82_000_covers_the_call_with_82_000() {
    let mut job = paying();
    approve(&mut job, &json!({ "args_hash_b64u": hash(&amount(82_000)) }));
    pay(&mut job, &amount(82_000));
    assert_eq!(outcome(&job.assess(), ID), PASS);
}

#[test]
fn an_approval_of_82_000_does_not_cover_a_call_with_820_000() {
    let mut job = paying();
    approve(&mut job, &json!({ "args_hash_b64u": hash(&amount(82_000)) }));
    pay(&mut job, &amount(820_000));
    assert_eq!(outcome(&job.assess(), ID), MISSING);
}

#[test]
fn neither_does_it_where_the_approved_call_was_made_or_decided_on_too() {
    let mut job = paying();
    approve(&mut job, &json!({ "args_hash_b64u": hash(&amount(82_000)) }));
    pay(&mut job, &amount(82_000));
    pay(&mut job, &amount(820_000));
    assert_eq!(outcome(&job.assess(), ID), MISSING);

    for effect in ["deny", "allow"] {
        let mut job = paying();
        let decided = |args: &Value| {
            let hash = hash(args);
            move |decision: &mut Value| decision["args_hash_b64u"] = json!(hash)
        };
        job.decide("deny", "bank", TRANSFER, decided(&amount(82_000)));
        approve(&mut job, &json!({ "args_hash_b64u": hash(&amount(82_000)) }));
        job.decide(effect, "bank", TRANSFER, decided(&amount(82_000)));
        pay(&mut job, &amount(820_000));
        let assessment = job.assess();
        assert_eq!(outcome(&assessment, ID), MISSING, "{effect}");
        assert!(
            assessment
                .to_jcs()
                .contains("does not count: it is for other arguments.")
        );
    }
}

#[test]
fn an_allow_decision_with_820_000_is_not_covered_either() {
    let mut job = paying();
    approve(&mut job, &json!({ "args_hash_b64u": hash(&amount(82_000)) }));
    job.decide("allow", "bank", TRANSFER, |decision| {
        decision["args_hash_b64u"] = json!(hash(&amount(820_000)));
    });
    assert_eq!(outcome(&job.assess(), ID), MISSING);
}

#[test]
fn an_approval_of_one_call_enters_the_job_by_its_scope() {
    let mut job = paying();
    let mut scope = job.scope(GATE, &[TRANSFER]);
    scope["args_hash_b64u"] = json!(hash(&amount(82_000)));
    job.approve_scope(&scope, same);
    pay(&mut job, &amount(82_000));
    assert_eq!(outcome(&job.assess(), ID), PASS);
}

#[test]
fn an_approval_that_names_no_arguments_passes_for_any_and_the_verdict_says_so() {
    let mut job = paying();
    approve(&mut job, &json!({}));
    pay(&mut job, &amount(820_000));
    let loose = job.assess();
    assert_eq!(outcome(&loose, ID), PASS);
    assert!(loose.message.contains("any arguments"), "{}", loose.message);
    let mut job = paying();
    approve(&mut job, &json!({ "args_hash_b64u": hash(&amount(82_000)) }));
    pay(&mut job, &amount(82_000));
    let exact = job.assess();
    assert!(!exact.message.contains("any arguments"), "{}", exact.message);
}

#[test]
fn a_refusal_of_one_call_takes_back_what_was_approved_for_any_arguments_before() {
    let refused = |args: &Value, decided: bool| {
        let mut job = paying();
        if decided {
            job.decide("deny", "bank", TRANSFER, |decision| {
                decision["args_hash_b64u"] = json!(hash(args));
            });
        }
        approve(&mut job, &json!({}));
        let members = json!({ "args_hash_b64u": hash(args) });
        approve_with(&mut job, &members, |refusal| {
            refusal["approval_type"] = json!("explicit_deny");
        });
        pay(&mut job, &amount(820_000));
        outcome(&job.assess(), ID)
    };
    assert_eq!(refused(&amount(820_000), false), MISSING);
    // Of a call that the log knows, and that is another.
    assert_eq!(refused(&amount(5), true), PASS);
    // Of whatever call: nobody can tell.
    assert_eq!(refused(&amount(5), false), OPAQUE);
}

#[test]
fn an_approval_within_limits_covers_what_keeps_to_them_and_nothing_else() {
    let limits = json!({ "max_amount": 100_000, "recipient": "ACME" });
    let judged = |args: &Value, shown: bool| {
        let mut job = paying();
        let mut scope = job.scope(GATE, &[TRANSFER]);
        scope["limits"] = limits.clone();
        job.show(&scope);
        approve(&mut job, &json!({ "limits": limits }));
        if shown {
            job.show(args);
        }
        pay(&mut job, args);
        outcome(&job.assess(), ID)
    };
    assert_eq!(judged(&amount(82_000), true), PASS);
    assert_eq!(judged(&amount(820_000), true), MISSING);
    assert_eq!(
        judged(&json!({ "amount": 5, "recipient": "Mallory" }), true),
        MISSING
    );
    assert_eq!(judged(&json!({ "recipient": "ACME" }), true), MISSING);
    assert_eq!(judged(&amount(82_000), false), ARGUMENTS_UNKNOWN);
}

#[test]
fn a_scope_may_stand_in_the_approvals_own_summary() {
    let judged = |summary: fn(&mut Value)| {
        let mut job = paying();
        let mut scope = job.scope(GATE, &[TRANSFER]);
        scope["limits"] = json!({ "max_amount": 100_000 });
        job.approve_scope(&scope.clone(), |approval| {
            let mut told = scope;
            summary(&mut told);
            approval["scope_summary"] = json!(told.to_string());
        });
        job.show(&amount(82_000));
        pay(&mut job, &amount(82_000));
        outcome(&job.assess(), ID)
    };
    assert_eq!(judged(same), PASS);
    // A summary of another scope is none.
    assert_eq!(judged(|scope| scope["limits"]["max_amount"] = json!(1)), MISSING);
}

#[test]
fn a_scope_in_clear_for_another_job_or_policy_approves_nothing_here() {
    for (member, other) in [("job_id", "job-2"), ("policy_hash_b64u", "other")] {
        let mut job = paying();
        let mut members = json!({});
        members[member] = json!(other);
        let mut scope = job.scope(GATE, &[TRANSFER]);
        scope[member] = json!(other);
        job.show(&scope);
        approve_with(&mut job, &members, |approval| {
            approval.as_object_mut().unwrap().remove("policy_hash_b64u");
        });
        pay(&mut job, &amount(82_000));
        assert_eq!(outcome(&job.assess(), ID), MISSING, "{member}");
    }
}

#[test]
fn arguments_are_known_by_either_hash_of_their_json() {
    // H_js keeps the order of members, H_jcs does not.
    let text = r#"{"recipient":"ACME","amount":820000}"#;
    let value = verifier::json::parse(text.as_bytes()).unwrap();
    for hash in [hash_js(&value), hash_jcs(&value)] {
        let mut job = paying();
        let mut scope = job.scope(GATE, &[TRANSFER]);
        scope["limits"] = json!({ "max_amount": 100_000 });
        job.approve_scope(&scope.clone(), |approval| {
            approval["scope_summary"] = json!(scope.to_string());
        });
        let members = json!({
            "label": "other", "size": text.len(), "media_type": "application/json", "name": "args", "job_id": job.id,
            "sha256": verifier::digest::ArtifactHash::from_bytes(verifier::hash::sha256(text.as_bytes())).to_string(),
            "content_b64": verifier::base64::encode_standard(text.as_bytes()),
        });
        job.log
            .own(ScenarioActor::Orchestrator, "evidence_artifact", members, None);
        job.tool_call(CALL, |receipt| {
            receipt["args_hash_b64u"] = json!(encode_url(&hash));
        });
        assert_eq!(outcome(&job.assess(), ID), MISSING);
    }
}
