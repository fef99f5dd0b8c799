//! Authority comes before the act, by the time that the act is signed for, too.

use serde_json::{Value, json};
use verifier::assess::{Assessment, CheckId, CheckStatus};
use verifier::base64::encode_url;
use verifier::check::Status;
use verifier::json::hash_jcs;

use super::scenario::{
    START_MS, ScenarioActor, ScenarioJob, ScenarioLog, outcome, passing_job, policy, rfc3339, same,
};
use kit::key::parse;

const LIST: &str = "sentinel.api:incidents.list";
const PASS: (CheckStatus, &str) = (CheckStatus::Pass, "OK");
const NOT_YET_TRUSTED: (CheckStatus, &str) = (CheckStatus::Incomplete, "SIGNER_NOT_YET_TRUSTED");
const NOT_YET_VALID: (CheckStatus, &str) = (CheckStatus::Fail, "NOT_YET_VALID");
const PUBLISHED_LATE: (CheckStatus, &str) = (CheckStatus::Fail, "POLICY_PUBLISHED_LATE");
const LOGGED_LATE: (CheckStatus, &str) = (CheckStatus::Incomplete, "LOGGED_LATE");
const AFTER_USE: (CheckStatus, &str) = (CheckStatus::Fail, "ISSUED_AFTER_USE");
const SKEW_MS: u64 = 30_000;

/// A use of each kind, signed for a time.
const USES: [fn(&mut ScenarioJob, u64); 4] = [
    |job, at| {
        job.model_call(|receipt| receipt["timestamp"] = json!(rfc3339(at)));
    },
    |job, at| {
        job.tool_call(LIST, |receipt| receipt["timestamp"] = json!(rfc3339(at)));
    },
    |job, at| {
        let token = job.token();
        let effect = json!({
            "receipt_version": "1", "receipt_id": "effect-1", "effect_class": "network_egress",
            "target_hash_b64u": "A".repeat(43), "request_hash_b64u": "A".repeat(43),
            "response_hash_b64u": "A".repeat(43), "hash_algorithm": "SHA-256", "agent_did": token.agent.did(),
            "timestamp": rfc3339(at), "latency_ms": 1,
            "binding": { "run_id": job.run, "token_scope_hash_b64u": token.scope, "policy_hash": job.cited },
        });
        let effect = token.agent.key().clawsig("side_effect_receipt", &effect);
        job.log.submit(&effect, Some("agents"), None);
    },
    |job, at| {
        job.decide("allow", "sentinel.api", "incidents.list", |members| {
            members["decided_at"] = json!(rfc3339(at));
        });
    },
];

/// What a check says of a job whose only use is of each kind in turn, and signed for a time.
fn each_use(job: &ScenarioJob, id: CheckId, at: u64) -> Vec<(CheckStatus, &'static str)> {
    let judged = USES.iter().map(|use_at| {
        let mut job = job.clone();
        use_at(&mut job, at);
        outcome(&job.assess(), id)
    });
    judged.collect()
}

fn logged_at(job: &ScenarioJob, index: u64) -> u64 {
    job.log.record(index).entry.logged_at.value()
}

/// A token that is good for an hour around now.
fn long_lived(claims: &mut Value) {
    let iat = claims["claims"]["iat"].as_u64().unwrap();
    claims["claims"]["iat"] = json!(iat - 1800);
    claims["claims"]["exp"] = json!(iat + 1800);
}

/// A job that begins twenty minutes after everybody was registered.
fn later() -> ScenarioJob {
    let mut log = ScenarioLog::new();
    log.now += 1_200_000;
    ScenarioJob::open(log, "job-1")
}

#[test]
fn a_use_signed_for_a_day_of_last_year_fails_whatever_its_kind() {
    let mut job = later();
    job.publish("test-policy", &policy());
    job.issue("token-1", same);
    let last_year = job.log.now - 400 * 86_400_000;
    for use_at in USES {
        let mut job = job.clone();
        use_at(&mut job, last_year);
        let assessment = job.assess();
        assert_eq!(assessment.verdict, Status::Fail);
        assert_eq!(outcome(&assessment, CheckId::TokenValid), NOT_YET_VALID);
        assert_eq!(outcome(&assessment, CheckId::TokenIssued), AFTER_USE);
        assert_eq!(outcome(&assessment, CheckId::PolicyPublished), PUBLISHED_LATE);
        for code in ["NOT_YET_VALID", "ISSUED_AFTER_USE", "POLICY_PUBLISHED_LATE"] {
            assert!(alarms(&assessment).contains(&json!(code)), "{code}");
        }
    }
}

fn alarms(assessment: &Assessment) -> Vec<Value> {
    let json: Value = serde_json::from_str(assessment.to_jcs()).unwrap();
    let alarms = json["alarms"].as_array().unwrap().iter();
    alarms.map(|alarm| alarm["code"].clone()).collect()
}

#[test]
fn a_token_is_used_before_its_iat_only_within_the_skew() {
    let mut job = later();
    job.publish("test-policy", &policy());
    let iat = job.log.now / 1000 + 30;
    job.issue("token-1", |members| {
        members["claims"]["iat"] = json!(iat);
        members["claims"]["exp"] = json!(iat + 600);
    });
    let first = iat * 1000 - SKEW_MS;
    assert_eq!(each_use(&job, CheckId::TokenValid, first), [PASS; 4]);
    assert_eq!(each_use(&job, CheckId::TokenValid, first - 1), [NOT_YET_VALID; 4]);
}

#[test]
fn a_token_that_was_issued_twice_begins_with_the_later_iat() {
    let mut job = later();
    job.publish("test-policy", &policy());
    job.issue("token-1", long_lived);
    let at = job.log.now;
    assert_eq!(each_use(&job, CheckId::TokenValid, at), [PASS; 4]);
    job.log.now += 31_000;
    job.issue("token-1", same);
    assert_eq!(each_use(&job, CheckId::TokenValid, at), [NOT_YET_VALID; 4]);
}

#[test]
fn a_use_signed_for_a_time_before_its_issuance_was_logged_is_late_and_then_too_late() {
    let mut job = later();
    job.publish("test-policy", &policy());
    job.log.now += 1_000_000;
    let token = job.issue("token-1", long_lived);
    let issued = logged_at(&job, token.index);
    for (before, found) in [
        (SKEW_MS, PASS),
        (SKEW_MS + 1, LOGGED_LATE),
        (600_000, LOGGED_LATE),
        (600_001, AFTER_USE),
    ] {
        let judged = each_use(&job, CheckId::TokenIssued, issued - before);
        assert_eq!(judged, [found; 4], "{before} ms before");
        assert_eq!(each_use(&job, CheckId::TokenValid, issued - before), [PASS; 4]);
    }
}

#[test]
fn a_use_signed_for_a_time_before_its_policy_was_logged_is_of_a_late_policy() {
    let mut job = later();
    job.issue("token-1", long_lived);
    job.log.now += 1_000_000;
    let (published, _) = job.publish("test-policy", &policy());
    let published = logged_at(&job, published);
    let judged = |before| each_use(&job, CheckId::PolicyPublished, published - before);
    assert_eq!(judged(SKEW_MS), [PASS; 4]);
    assert_eq!(judged(SKEW_MS + 1), [PUBLISHED_LATE; 4]);
}

#[test]
fn the_first_use_in_signed_time_counts_though_others_were_logged_before() {
    let mut job = later();
    job.issue("token-1", long_lived);
    job.log.now += 1_000_000;
    let (published, _) = job.publish("test-policy", &policy());
    job.model_call(same);
    let early = logged_at(&job, published) - SKEW_MS - 1;
    let index = job.tool_call(LIST, |receipt| receipt["timestamp"] = json!(rfc3339(early)));
    let assessment = job.assess();
    let checks = &assessment.checks;
    let check = checks.iter().find(|check| check.id == CheckId::PolicyPublished);
    let entries: Vec<u64> = check.unwrap().entries.iter().map(|entry| entry.value()).collect();
    assert_eq!(entries, [published, index]);
}

#[test]
fn a_policy_to_which_a_token_is_pinned_is_published_before_its_use_in_signed_time_too() {
    let mut job = later();
    let hash = encode_url(&hash_jcs(&parse(&policy())));
    job.issue("token-1", |members| {
        long_lived(members);
        members["claims"]["policy_hash_b64u"] = json!(hash);
    });
    job.log.now += 1_000_000;
    let (published, _) = job.publish("test-policy", &policy());
    let published = logged_at(&job, published);
    job.cited = None;
    let judged = |at: u64| {
        let mut job = job.clone();
        job.tool_call(LIST, |receipt| receipt["timestamp"] = json!(rfc3339(at)));
        outcome(&job.assess(), CheckId::PolicyPublished)
    };
    assert_eq!(judged(published - SKEW_MS), PASS);
    assert_eq!(judged(published - SKEW_MS - 1), PUBLISHED_LATE);
}

/// Registers an actor from a time on; when that was logged.
fn register(job: &mut ScenarioJob, actor: ScenarioActor, role: &str, not_before: u64) -> u64 {
    let members = json!({
        "did": actor.did(), "name": "late", "roles": [role], "not_before": rfc3339(not_before),
        "submitters": ["late"],
    });
    let index = job
        .log
        .own(ScenarioActor::Operator, "issuer_registration", members, None);
    logged_at(job, index)
}

/// Signs something for a time.
type TimedSigning = fn(&mut ScenarioJob, u64);

/// What a gateway, and what an enforcement point, of a later registration signs for a time.
const SIGNED: [(&str, TimedSigning); 3] = [
    ("gateway", |job, at| {
        let receipt = job.receipt(|receipt| receipt["timestamp"] = json!(rfc3339(at)));
        let receipt = ScenarioActor::Stranger
            .key()
            .clawsig("gateway_receipt", &receipt["payload"]);
        let context = json!({ "job_id": job.id, "token_hash": job.token().hash });
        job.log.submit(&receipt, Some("late"), Some(&context));
    }),
    ("gateway", |job, at| {
        let mut other = job.clone();
        let index = other.tool_call(LIST, |receipt| receipt["timestamp"] = json!(rfc3339(at)));
        let verifier::record::StoredBytes::Bytes(bytes) = &other.log.record(index).evidence else {
            panic!("no document");
        };
        let document: Value = serde_json::from_slice(bytes).unwrap();
        let receipt = ScenarioActor::Stranger
            .key()
            .clawsig("tool_receipt", &document["payload"]);
        job.log.submit(&receipt, Some("late"), None);
    }),
    ("enforcement_point", |job, at| {
        let members = json!({
            "decision_id": "dec-late", "run_id": job.run, "job_id": job.id, "policy_hash_b64u": job.cited,
            "tool": "sentinel.api", "operation": "incidents.list", "args_hash_b64u": "A".repeat(43),
            "effect": "allow", "reason_code": "TEST", "decided_at": rfc3339(at),
        });
        job.log
            .own(ScenarioActor::Stranger, "authorization_decision", members, None);
    }),
];

fn long_running() -> ScenarioJob {
    let mut job = later();
    job.publish("test-policy", &policy());
    job.issue("token-1", long_lived);
    job.model_call(same);
    job.log.now += 500_000;
    job
}

#[test]
fn what_is_signed_for_a_time_before_its_signers_window_is_no_verified_evidence() {
    for (role, sign_at) in SIGNED {
        let mut job = long_running();
        // The window begins a minute after the registration was logged.
        let not_before = job.log.now + 60_000;
        register(&mut job, ScenarioActor::Stranger, role, not_before);
        job.log.now += 60_000;
        let judged = |at| {
            let mut job = job.clone();
            sign_at(&mut job, at);
            job.assess()
        };
        assert_eq!(outcome(&judged(not_before - SKEW_MS), CheckId::Signatures), PASS);
        let early = judged(not_before - SKEW_MS - 1);
        assert_eq!(outcome(&early, CheckId::Signatures), NOT_YET_TRUSTED, "{role}");
        assert_eq!(
            (early.verdict, early.code),
            (Status::Incomplete, NOT_YET_TRUSTED.1)
        );
        assert!(alarms(&early).contains(&json!("SIGNER_NOT_YET_TRUSTED")));
    }
}

#[test]
fn a_window_that_begins_before_its_registration_was_logged_begins_with_that() {
    for (role, sign_at) in SIGNED {
        let mut job = long_running();
        let registered = register(&mut job, ScenarioActor::Stranger, role, START_MS);
        job.log.now += 60_000;
        let judged = |at| {
            let mut job = job.clone();
            sign_at(&mut job, at);
            outcome(&job.assess(), CheckId::Signatures)
        };
        assert_eq!(judged(registered - SKEW_MS), PASS);
        assert_eq!(judged(registered - SKEW_MS - 1), NOT_YET_TRUSTED, "{role}");
    }
}

#[test]
fn an_earlier_registration_whose_window_holds_the_time_is_enough() {
    for (role, sign_at) in SIGNED {
        let mut job = long_running();
        let from = register(&mut job, ScenarioActor::Stranger, role, START_MS);
        let at = from + 10_000;
        job.log.now += 300_000;
        let from = job.log.now;
        register(&mut job, ScenarioActor::Stranger, role, from);
        sign_at(&mut job, at);
        assert_eq!(outcome(&job.assess(), CheckId::Signatures), PASS);
    }
}

#[test]
fn a_job_whose_only_gateway_receipt_is_of_a_time_before_trust_has_no_verified_evidence() {
    let mut job = later();
    job.publish("test-policy", &policy());
    job.issue("token-1", long_lived);
    let at = job.log.now;
    job.log.now += 60_000;
    let from = job.log.now;
    register(&mut job, ScenarioActor::Stranger, "gateway", from);
    SIGNED[0].1(&mut job, at);
    let assessment = job.assess();
    assert_eq!(outcome(&assessment, CheckId::Signatures), NOT_YET_TRUSTED);
    assert_eq!(
        (assessment.verdict, assessment.code),
        (Status::Incomplete, "NO_VERIFIED_EVIDENCE")
    );
}

#[test]
fn an_allowance_of_a_time_before_trust_lifts_no_denial() {
    let allowed = |early: u64| {
        let mut job = long_running();
        let from = job.log.now;
        register(&mut job, ScenarioActor::Stranger, "enforcement_point", from);
        job.log.now += 60_000;
        job.decide("deny", "sentinel.api", "incidents.list", |members| {
            members["args_hash_b64u"] = json!("A".repeat(43));
        });
        let at = job.log.now - early;
        SIGNED[2].1(&mut job, at);
        job.tool_call(LIST, |receipt| receipt["args_hash_b64u"] = json!("A".repeat(43)));
        outcome(&job.assess(), CheckId::Decisions)
    };
    assert_eq!(allowed(0), PASS);
    assert_eq!(allowed(120_000), (CheckStatus::Fail, "DENIED_ACTION_EXECUTED"));
}

#[test]
fn an_approval_of_a_time_before_trust_approves_nothing() {
    let approved = |early: u64| {
        let mut job = long_running();
        let from = job.log.now;
        register(&mut job, ScenarioActor::Stranger, "approver", from);
        job.log.now += 60_000;
        let mut other = job.clone();
        let at = rfc3339(job.log.now - early);
        let index = other.approve("write", &["incidents.update"], |approval| {
            approval["timestamp"] = json!(at);
        });
        let verifier::record::StoredBytes::Bytes(bytes) = &other.log.record(index).evidence else {
            panic!("no document");
        };
        let document: Value = serde_json::from_slice(bytes).unwrap();
        let approval = ScenarioActor::Stranger
            .key()
            .clawsig("human_approval_receipt", &document["payload"]);
        job.log.submit(&approval, Some("late"), None);
        job.tool_call("sentinel.api:incidents.update", same);
        let assessment = job.assess();
        (
            outcome(&assessment, CheckId::Signatures),
            outcome(&assessment, CheckId::PolicyApprovals),
        )
    };
    assert_eq!(approved(0), (PASS, PASS));
    assert_eq!(approved(120_000), (NOT_YET_TRUSTED, NOT_YET_TRUSTED));
}

/// A contract of clawsig version 2 that allows some actions.
fn contract(id: &str, actions: &str) -> Value {
    json!({
        "policy_version": "2", "policy_id": id, "issuer_did": ScenarioActor::Registry.did(),
        "statements": [{ "sid": "all", "effect": "Allow", "actions": [actions], "resources": ["*"] }],
    })
}

#[test]
fn a_parent_that_was_widened_after_the_use_in_signed_time_allows_it_nothing() {
    let mut log = ScenarioLog::new();
    let parent = |log: &mut ScenarioLog, actions: &str| {
        let members = json!({ "policy_id": "parent", "policy": contract("parent", actions) });
        log.own(ScenarioActor::Registry, "wpc_publication", members, None);
    };
    parent(&mut log, "model:*");
    let mut job = ScenarioJob::open(log, "job-1");
    let mut child = contract("test-policy", "**");
    child["inherits"] = json!("parent");
    job.publish("test-policy", &child);
    job.issue("token-1", same);
    let done = rfc3339(job.log.now);
    job.log.now += 60_000;
    parent(&mut job.log, "**");
    let judged = |at: Option<&str>| {
        let mut job = job.clone();
        job.tool_call("db:rows.get", |receipt| {
            if let Some(at) = at {
                receipt["timestamp"] = json!(at);
            }
        });
        outcome(&job.assess(), CheckId::PolicyTools)
    };
    assert_eq!(judged(None), PASS);
    assert_eq!(judged(Some(&done)), (CheckStatus::Fail, "TOOL_NOT_ALLOWED"));
}

#[test]
fn a_log_that_took_a_token_from_the_future_fails_signatures() {
    let issued = |ahead_s: u64| {
        let mut job = passing_job();
        let iat = job.log.now / 1000 + ahead_s;
        job.issue("token-2", |members| {
            members["claims"]["iat"] = json!(iat);
            members["claims"]["exp"] = json!(iat + 600);
        });
        outcome(&job.assess(), CheckId::Signatures)
    };
    assert_eq!(issued(30), PASS);
    assert_eq!(issued(31), (CheckStatus::Fail, "ISSUED_AT_AHEAD"));
}

#[test]
fn a_use_that_waits_for_the_end_of_a_freeze_is_judged_by_the_time_that_it_is_signed_for() {
    let mut job = later();
    let mut old = policy();
    old["policy_name"] = json!("older");
    let (_, hash) = job.publish("test-policy", &old);
    let until = job.log.now + 1_000_000;
    let members = json!({
        "policy_hash_b64u": hash, "scope": "all", "reason": "audit", "until": rfc3339(until),
    });
    job.log.own(ScenarioActor::Registry, "wpc_freeze", members, None);
    job.publish("test-policy", &policy());
    job.issue("token-1", long_lived);
    job.log.now = until + 10_000;
    let frozen = (CheckStatus::Fail, "POLICY_FROZEN");
    assert_eq!(each_use(&job, CheckId::PolicyFrozen, until - SKEW_MS), [PASS; 4]);
    assert_eq!(
        each_use(&job, CheckId::PolicyFrozen, until - SKEW_MS - 1),
        [frozen; 4]
    );
}
