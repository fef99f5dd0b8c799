//! The acts of the table of flips.

use serde_json::{Value, json};
use verifier::assess::CheckStatus::{Fail, Incomplete, NotApplicable, Pass};
use verifier::assess::{CheckId, CheckStatus};
use verifier::base64::encode_url;
use verifier::json::hash_jcs;
use verifier::kind::Kind;

use super::flip_table::FlipCase;
use super::flips::{working, working_under};
use super::scenario::{ScenarioActor, ScenarioJob, ScenarioLog, policy, rfc3339, same};
use kit::key::parse;

const LIST: &str = "sentinel.api:incidents.list";
const GET: &str = "sentinel.api:incidents.get";
const UPDATE: &str = "sentinel.api:incidents.update";

fn nothing(_job: &mut ScenarioJob) {}

fn with(member: &str, value: Value) -> Value {
    let mut policy = policy();
    policy[member] = value;
    policy
}

/// As allowing as the usual policy, and another.
fn second_policy() -> Value {
    with("policy_name", json!("second"))
}

fn second_hash() -> String {
    encode_url(&hash_jcs(&parse(&second_policy())))
}

/// The first entry of a kind that the job's own actors made.
fn first(job: &ScenarioJob, kind: Kind) -> u64 {
    let mut entries = 0..job.log.size();
    entries
        .find(|index| job.log.record(*index).entry.kind == kind)
        .unwrap()
}

/// What the log gets to hear of, and the agent's bundle does not.
fn aside(job: &mut ScenarioJob, play: impl FnOnce(&mut ScenarioJob)) {
    let mut other = job.clone();
    play(&mut other);
    job.log = other.log;
}

/// A model call with a closed stream of its own, which the agent's usual bundle leaves out.
fn unbundled_call(job: &mut ScenarioJob, change: impl FnOnce(&mut Value)) -> Value {
    let receipt = job.receipt(change);
    let context = json!({
        "job_id": job.id, "token_hash": job.token().hash, "stream": "extra", "number": 0, "last": true,
    });
    job.log.submit(&receipt, Some("gateway"), Some(&context));
    receipt
}

/// Another bundle of the run, which the agent hands in at once.
fn second_bundle(job: &mut ScenarioJob, change: impl FnOnce(&mut Value)) {
    let bundle = job.bundle_document(|payload| {
        payload["bundle_id"] = json!("bundle-second");
        change(payload);
    });
    job.log
        .submit(&bundle, Some("agents"), Some(&json!({ "job_id": job.id })));
}

fn push_receipt(payload: &mut Value, receipt: Value) {
    payload["receipts"].as_array_mut().unwrap().push(receipt);
}

fn place_first(job: &mut ScenarioJob, number: u64) {
    let context = json!({ "stream": job.stream, "number": number });
    job.log
        .context(first(job, Kind::ReceiptGateway), "gateway", &context);
}

fn place_last(job: &mut ScenarioJob, context: &Value) {
    let mut receipts =
        (0..job.log.size()).filter(|index| job.log.record(*index).entry.kind == Kind::ReceiptGateway);
    let last = receipts.next_back().unwrap();
    job.log.context(last, "gateway", context);
}

/// What becomes of a job whose second call stands in no stream once it is given a place.
const fn placed(code: &'static str, status: CheckStatus, act: fn(&mut ScenarioJob)) -> FlipCase {
    FlipCase {
        id: CheckId::ReceiptsComplete,
        before: (Incomplete, "STREAM_MISSING"),
        after: (status, code),
        start: unplaced,
        act,
        then: nothing,
    }
}

/// A job under one policy, whose token is pinned to none, and another policy that it could have cited.
fn unpinned() -> ScenarioJob {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("second", &second_policy());
    job.cited = None;
    job.issue("token-1", same);
    job.publish("test-policy", &policy());
    calls(&mut job);
    job
}

fn calls(job: &mut ScenarioJob) {
    job.model_call(same);
    job.tool_call(LIST, same);
    let last = job.model_call(same);
    job.close_stream(last);
}

fn pinned_beside_a_second() -> ScenarioJob {
    let mut job = working();
    let cited = job.cited.clone();
    job.publish("second", &second_policy());
    job.cited = cited;
    job
}

/// A job whose second call no context ties to it, so that scope and run do.
fn tied_by_scope() -> ScenarioJob {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy());
    job.issue("token-1", same);
    job.model_call(same);
    job.tool_call(LIST, same);
    let context = json!({ "stream": job.stream, "number": 1, "last": true });
    job.model_call_with("gateway", Some(&context));
    job
}

/// A job whose second call stands in no stream.
fn unplaced() -> ScenarioJob {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy());
    job.issue("token-1", same);
    let first = job.model_call(same);
    job.close_stream(first);
    job.tool_call(LIST, same);
    let context = json!({ "job_id": job.id, "token_hash": job.token().hash });
    job.model_call_with("gateway", Some(&context));
    job
}

fn approved() -> ScenarioJob {
    let mut job = working();
    job.approve("write", &["incidents.update"], same);
    job.tool_call(UPDATE, same);
    job
}

/// The same, so much later that the approval is over.
fn approved_once() -> ScenarioJob {
    let mut job = approved();
    job.log.now += 400_000;
    job
}

const fn fails(
    id: CheckId,
    code: &'static str,
    start: fn() -> ScenarioJob,
    act: fn(&mut ScenarioJob),
) -> FlipCase {
    FlipCase {
        id,
        before: (Pass, "OK"),
        after: (Fail, code),
        start,
        act,
        then: nothing,
    }
}

const fn opens(
    id: CheckId,
    code: &'static str,
    start: fn() -> ScenarioJob,
    act: fn(&mut ScenarioJob),
) -> FlipCase {
    FlipCase {
        after: (Incomplete, code),
        ..fails(id, code, start, act)
    }
}

pub(super) const FLIPS: &[FlipCase] = &[
    opens(CheckId::Signatures, "EVIDENCE_REFUSED", working, |job| {
        let context = json!({ "job_id": job.id });
        job.log
            .refused(&ScenarioActor::Gateway.did(), "gateway", &context);
    }),
    fails(CheckId::Signatures, "SIGNER_DISTRUSTED", working, |job| {
        let members = json!({
            "did": ScenarioActor::Orchestrator.did(), "reason": "key stolen",
            "distrust_from_index": first(job, Kind::JobEvent),
        });
        job.log
            .own(ScenarioActor::Operator, "issuer_retirement", members, None);
    }),
    opens(CheckId::PolicyPublished, "POLICY_MISSING", working, |job| {
        job.event("disputed", |members| {
            members["policy_hash_b64u"] = json!(second_hash());
        });
    }),
    fails(CheckId::PolicySingle, "POLICY_NOT_SINGLE", unpinned, |job| {
        job.tool_call(LIST, |payload| {
            payload["binding"]["policy_hash"] = json!(second_hash());
        });
    }),
    FlipCase {
        then: |job| {
            job.log.now += 60_000;
            job.tool_call(LIST, same);
        },
        ..fails(CheckId::PolicyFrozen, "POLICY_WITHDRAWN", working, |job| {
            let members = json!({
                "policy_hash_b64u": job.cited, "withdrawn_at": rfc3339(job.log.now), "reason": "superseded",
            });
            job.log
                .own(ScenarioActor::Registry, "wpc_withdrawal", members, None);
        })
    },
    fails(
        CheckId::PolicyPinned,
        "POLICY_PIN_MISMATCH",
        pinned_beside_a_second,
        |job| {
            job.decide("allow", "sentinel.api", "incidents.list", |members| {
                members["run_id"] = json!("run-beside");
                members["policy_hash_b64u"] = json!(second_hash());
            });
        },
    ),
    opens(
        CheckId::TokenIssued,
        "ATTRIBUTION_AMBIGUOUS",
        tied_by_scope,
        |job| {
            // The same claims, run included, for another job.
            job.issue("token-2", |members| members["job_id"] = json!("job-2"));
        },
    ),
    fails(CheckId::TokenValid, "TIMESTAMP_AHEAD", working, |job| {
        let ahead = rfc3339(job.log.now + 31_000);
        job.tool_call(LIST, |payload| payload["timestamp"] = json!(ahead));
    }),
    fails(
        CheckId::TokenTtl,
        "TOKEN_TTL_EXCEEDED",
        || working_under(&with("token_requirements", json!({ "cst_ttl_seconds_max": 600 }))),
        |job| {
            job.issue("token-2", |members| {
                members["claims"]["scope"] = json!(["gateway:call", "gateway:more"]);
                members["claims"]["exp"] = json!(members["claims"]["iat"].as_u64().unwrap() + 601);
            });
        },
    ),
    fails(
        CheckId::TokenJobBound,
        "TOKEN_USED_BY_OTHER_JOB",
        working,
        |job| {
            aside(job, |other| {
                "run-2".clone_into(&mut other.run);
                let receipt = other.receipt(same);
                let context = json!({ "job_id": "job-2", "token_hash": other.token().hash });
                other.log.submit(&receipt, Some("gateway"), Some(&context));
            });
        },
    ),
    fails(CheckId::TokenFresh, "TOKEN_NOT_FRESH", approved, |job| {
        job.decide("allow", "sentinel.api", "incidents.update", |members| {
            members["run_id"] = json!("run-2");
        });
    }),
    fails(
        CheckId::ReceiptsUnique,
        "CONFLICTING_STATEMENTS",
        working,
        |job| {
            aside(job, |other| {
                let receipt = other.receipt(|payload| {
                    payload["receipt_id"] = json!("rcpt-job-1-1");
                    payload["binding"] = json!({ "run_id": "run-elsewhere" });
                });
                other.log.submit(&receipt, Some("gateway"), None);
            });
        },
    ),
    fails(CheckId::ReceiptsBound, "RECEIPT_NOT_BOUND", working, |job| {
        aside(job, |other| {
            other.tool_call(LIST, same);
        });
    }),
    opens(
        CheckId::ReceiptsComplete,
        "RECEIPT_NOT_IN_BUNDLE",
        working,
        |job| {
            unbundled_call(job, same);
        },
    ),
    opens(CheckId::ReceiptsComplete, "RECEIPT_NOT_LOGGED", working, |job| {
        aside(job, |other| {
            let receipt = other.receipt(same);
            second_bundle(other, |payload| push_receipt(payload, receipt));
        });
    }),
    placed("OK", Pass, |job| {
        place_last(job, &json!({ "stream": "second", "number": 0, "last": true }));
    }),
    placed("STREAM_GAP", Incomplete, |job| {
        let context = json!({ "stream": job.stream, "number": 9, "last": true });
        place_last(job, &context);
    }),
    placed("STREAM_OPEN", Incomplete, |job| {
        let context = json!({ "stream": job.stream, "number": 1 });
        place_last(job, &context);
    }),
    opens(CheckId::ReceiptsComplete, "STREAM_REPEATED", working, |job| {
        place_first(job, 1);
    }),
    opens(CheckId::BundleValid, "URM_MISSING", working, |job| {
        second_bundle(job, |payload| {
            payload["urm"] = json!({
                "urm_version": "1", "urm_id": "urm-1", "resource_type": "universal_run_manifest",
                "resource_hash_b64u": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            });
        });
    }),
    fails(CheckId::BundleValid, "HASH_MISMATCH", working, |job| {
        second_bundle(job, |payload| {
            payload["tool_receipts"][0]["payload"]["tool_name"] = json!("another");
        });
    }),
    fails(
        CheckId::PolicyModels,
        "PROVIDER_NOT_ALLOWED",
        || working_under(&with("models", json!({ "providers": ["openai"] }))),
        |job| {
            let receipt = unbundled_call(job, |payload| payload["provider"] = json!("elsewhere"));
            second_bundle(job, |payload| push_receipt(payload, receipt));
        },
    ),
    fails(CheckId::PolicyTools, "TOOL_NOT_ALLOWED", working, |job| {
        job.tool_call("exec:host", same);
    }),
    fails(
        CheckId::PolicyApprovals,
        "APPROVAL_MISSING",
        approved_once,
        |job| {
            job.tool_call(UPDATE, same);
        },
    ),
    FlipCase {
        id: CheckId::PolicyApprovals,
        before: (Fail, "APPROVAL_MISSING"),
        after: (Pass, "OK"),
        start: approved_once,
        act: |job| {
            job.approve("write", &["incidents.update"], same);
        },
        then: |job| {
            job.tool_call(UPDATE, same);
        },
    },
    fails(
        CheckId::PolicyRequirements,
        "CST_REQUIRED",
        || working_under(&with("tokens", json!({ "require_cst": true }))),
        |job| {
            let receipt = job.receipt(|payload| {
                let binding = payload["binding"].as_object_mut().unwrap();
                binding.remove("token_scope_hash_b64u");
            });
            job.log.submit(&receipt, Some("gateway"), None);
            second_bundle(job, |payload| push_receipt(payload, receipt));
        },
    ),
    fails(CheckId::ApprovalsUnique, "APPROVAL_REUSED", approved, |job| {
        let context = json!({ "job_id": "job-2" });
        job.log
            .context(first(job, Kind::ReceiptApproval), "approver", &context);
    }),
    FlipCase {
        before: (NotApplicable, "NOT_APPLICABLE"),
        then: |job| {
            job.tool_call(GET, same);
        },
        ..fails(CheckId::Decisions, "DENIED_ACTION_EXECUTED", working, |job| {
            job.decide("deny", "sentinel.api", "incidents.get", same);
        })
    },
    FlipCase {
        before: (NotApplicable, "NOT_APPLICABLE"),
        then: |job| {
            job.log.now += 60_000;
            job.tool_call(LIST, same);
        },
        ..fails(CheckId::Halt, "USE_AFTER_HALT", working, |job| {
            job.event("halted", same);
        })
    },
];
