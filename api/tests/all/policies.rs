//! Policies compared and asked.

use kit::documents::wrap;
use kit::test_ledger::ORIGIN;
use ledger::store::derived::MemoryDerived;
use serde_json::{Value, json};
use std::sync::Arc;
use verifier::index::TreeSize;

use crate::documents::{sign, token_hash};
use crate::support::{ApiAnswer, ApiLog, post};

pub(crate) fn vector(name: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../schemas/vectors/policies")
        .join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Publishes a policy; the answer is its hash.
pub(crate) async fn publish(log: &ApiLog, policy_id: &str, policy: &Value) -> String {
    log.logged(&log.policy(policy_id, policy)).await;
    hash(policy)
}

fn hash(policy: &Value) -> String {
    let value = verifier::json::parse(policy.to_string().as_bytes()).unwrap();
    verifier::base64::encode_url(&verifier::json::hash_jcs(&value))
}

pub(crate) async fn ask(log: &ApiLog, hash: &str, question: &Value) -> ApiAnswer {
    ask_text(log, hash, &question.to_string()).await
}

async fn ask_text(log: &ApiLog, hash: &str, question: &str) -> ApiAnswer {
    let path = format!("/v1/policies/{hash}/evaluate");
    log.send(post(&path, "application/json", question.to_owned()))
        .await
}

#[tokio::test]
async fn a_preflight_names_the_deciding_statement_and_logs_nothing() {
    let log = ApiLog::start().await;
    let hash = publish(&log, "sentinel", &vector("sentinel-triage-readonly.json")).await;
    let size = log.size();
    for (question, effect, code, statement) in [
        (
            json!({ "tool": "sentinel.api", "operation": "kql.query" }),
            "allow",
            "ALLOWED",
            json!("/allow/0/ops/3"),
        ),
        (
            json!({ "tool": "sentinel.api:kql.query" }),
            "allow",
            "ALLOWED",
            json!("/allow/0/ops/3"),
        ),
        (
            json!({ "tool": "sentinel.api:incidents.update" }),
            "needs_approval",
            "APPROVAL_REQUIRED",
            json!("/approvals/0"),
        ),
        (
            json!({ "tool": "sentinel.api:incidents.update", "approval": true }),
            "allow",
            "ALLOWED_WITH_APPROVAL",
            json!("/approvals/0"),
        ),
        (
            json!({ "tool": "exec:host" }),
            "deny",
            "TOOL_DENIED",
            json!("/deny/1/ops/0"),
        ),
        (
            json!({ "tool": "browser" }),
            "deny",
            "TOOL_NOT_ALLOWED",
            json!("/allow"),
        ),
        (
            json!({ "tool": "sentinel.api" }),
            "unknown",
            "OPERATION_UNKNOWN",
            json!("/allow/0"),
        ),
        (
            json!({ "model": "gpt-5" }),
            "unknown",
            "NO_MODEL_RULES",
            Value::Null,
        ),
    ] {
        let answer = ask(&log, &hash, &question).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let body = answer.json();
        assert_eq!(
            (&body["effect"], &body["reason_code"], &body["statement"]),
            (&json!(effect), &json!(code), &statement),
            "{question}"
        );
        assert_eq!(body["policy_hash_b64u"], hash);
        assert_eq!(body["as_of_tree_size"], size);
        assert!(body["message"].as_str().unwrap().ends_with('.'));
    }
    let gated = ask(&log, &hash, &json!({ "tool": "sentinel.api:incidents.close" }))
        .await
        .json();
    assert_eq!(
        gated["approvals"],
        json!([{ "gate": "sentinel-write-approval", "operation": "incidents.close", "pointer": "/approvals/0" }])
    );
    assert_eq!(log.size(), size);
}

#[tokio::test]
async fn a_limit_on_arguments_is_held_against_those_that_the_question_states() {
    let log = ApiLog::start().await;
    let policy = json!({ "allow": [{ "tool": "bank", "ops": ["transfer"], "constraints": { "max_amount": 100_000 } }] });
    let hash = publish(&log, "payments", &policy).await;
    let place = "/allow/0/constraints/max_amount";
    for (arguments, effect, code, statement) in [
        (json!({ "amount": 82_000 }), "allow", "ALLOWED", "/allow/0/ops/0"),
        (json!({ "amount": 820_000 }), "deny", "CONSTRAINT_NOT_KEPT", place),
        (json!({}), "deny", "CONSTRAINT_NOT_KEPT", place),
        (Value::Null, "unknown", "ARGUMENTS_UNKNOWN", place),
    ] {
        let mut question = json!({ "tool": "bank:transfer" });
        if !arguments.is_null() {
            question["arguments"] = arguments;
        }
        let body = ask(&log, &hash, &question).await.json();
        assert_eq!(
            (&body["effect"], &body["reason_code"], &body["statement"]),
            (&json!(effect), &json!(code), &json!(statement)),
            "{question}"
        );
    }
}

#[tokio::test]
async fn what_a_policy_holds_and_nothing_judges_stands_in_the_answer() {
    let log = ApiLog::start().await;
    let hash = publish(&log, "secure", &vector("secure-agent-execution.json")).await;
    let answer = ask(&log, &hash, &json!({ "tool": "read", "provider": "openai" }))
        .await
        .json();
    assert_eq!(answer["effect"], "deny");
    assert_eq!(answer["reason_code"], "PROVIDER_NOT_ALLOWED");
    assert_eq!(answer["not_evaluated_count"], 2);
    assert_eq!(
        answer["not_evaluated"][0],
        json!({ "pointer": "/policy_hash", "code": "PLACEHOLDER_VALUE" })
    );
}

#[tokio::test]
async fn questions_of_another_form_are_refused() {
    let log = ApiLog::start().await;
    let hash = publish(&log, "sentinel", &vector("sentinel-triage-readonly.json")).await;
    let token = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2ln";
    for (question, status, code) in [
        ("{", 400, "MALFORMED_JSON"),
        (r#"{"tool":"a","tool":"b"}"#, 400, "DUPLICATE_KEY"),
        ("[]", 422, "SCHEMA_INVALID"),
        ("{}", 422, "SCHEMA_INVALID"),
        (r#"{"operation":"x"}"#, 422, "SCHEMA_INVALID"),
        (r#"{"tool":""}"#, 422, "SCHEMA_INVALID"),
        (r#"{"tool":7}"#, 422, "SCHEMA_INVALID"),
        (r#"{"tool":"a","approval":"yes"}"#, 422, "SCHEMA_INVALID"),
        (r#"{"tool":"a","at":"yesterday"}"#, 422, "SCHEMA_INVALID"),
        (r#"{"tool":"a","ressource":"x"}"#, 422, "SCHEMA_INVALID"),
        (
            &format!(r#"{{"tool":"a","resource":"{token}"}}"#),
            422,
            "TOKEN_LEAKED",
        ),
    ] {
        let answer = ask_text(&log, &hash, question).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{question}"
        );
        assert!(!answer.text().contains(token));
    }
    let path = format!("/v1/policies/{hash}/evaluate");
    assert_eq!(
        log.send(post(&path, "text/plain", "{}")).await.code(),
        "UNSUPPORTED_MEDIA_TYPE"
    );
    let unknown = "A".repeat(43);
    assert_eq!(
        ask(&log, &unknown, &json!({ "tool": "a" })).await.code(),
        "NOT_FOUND"
    );
    assert_eq!(
        ask(&log, "short", &json!({ "tool": "a" })).await.code(),
        "INVALID_PARAMETER"
    );
    let large = format!(r#"{{"tool":"{}"}}"#, "a".repeat(200 * 1024));
    assert_eq!(ask_text(&log, &hash, &large).await.code(), "BODY_TOO_LARGE");
}

/// A policy that inherits from `parent`.
pub(crate) fn child() -> Value {
    json!({
        "policy_version": "2", "policy_id": "child", "inherits": "parent",
        "issuer_did": "did:key:z6MkneMkZqwqRiU5mJzSG3kDwzt9P8C59N4NGTfBLfSGE7c7",
        "statements": [{ "sid": "a", "effect": "Allow", "actions": ["**"], "resources": ["*"] }],
    })
}

#[tokio::test]
async fn a_parent_is_the_newest_publication_under_its_id_by_one_publisher() {
    let log = ApiLog::start().await;
    let hash = publish(&log, "child", &child()).await;
    let question = json!({ "tool": "db:get" });
    let orphan = ask(&log, &hash, &question).await.json();
    assert_eq!(
        (&orphan["effect"], &orphan["reason_code"]),
        (&json!("deny"), &json!("PARENT_UNRESOLVED"))
    );
    publish(&log, "parent", &json!({ "tools": { "allow": ["mail"] } })).await;
    let denied = ask(&log, &hash, &question).await.json();
    assert_eq!(
        (&denied["reason_code"], &denied["in_parent"]),
        (&json!("TOOL_NOT_ALLOWED"), &json!(true))
    );
    let newer = publish(&log, "parent", &json!({ "tools": { "allow": ["db"] } })).await;
    assert_eq!(ask(&log, &hash, &question).await.json()["effect"], "allow");
    let withdrawal = json!({
        "policy_hash_b64u": newer, "withdrawn_at": "2026-02-12T00:00:00Z", "reason": "wrong",
    });
    log.logged(&sign(&log.keys().policy_publisher, "wpc_withdrawal", &withdrawal))
        .await;
    assert_eq!(
        ask(&log, &hash, &question).await.json()["reason_code"],
        "PARENT_UNRESOLVED"
    );
}

/// A policy that is cited and was never published is not found, and one that a withdrawal names as its
/// successor is not withdrawn.
#[tokio::test]
async fn citations_neither_publish_nor_withdraw() {
    let log = ApiLog::start().await;
    let older = publish(&log, "tools", &json!({ "tools": { "allow": ["mail"] } })).await;
    let newer = publish(&log, "tools", &json!({ "tools": { "allow": ["mail", "db"] } })).await;
    let cited = "A".repeat(43);
    let decision = |hash: &str| {
        let members = json!({
            "decision_id": format!("d-{hash}"), "run_id": "run-1", "policy_hash_b64u": hash, "tool": "mail",
            "args_hash_b64u": "A".repeat(43), "effect": "allow", "reason_code": "OK",
            "decided_at": "2026-02-12T00:00:00Z",
        });
        sign(&log.keys().enforcement_point, "authorization_decision", &members)
    };
    for hash in [&cited, &older, &newer] {
        log.logged(&decision(hash)).await;
    }
    let withdrawal = json!({
        "policy_hash_b64u": older, "withdrawn_at": "2026-02-12T00:00:00Z", "reason": "replaced",
        "replaced_by": newer,
    });
    log.logged(&sign(&log.keys().policy_publisher, "wpc_withdrawal", &withdrawal))
        .await;
    let question = json!({ "tool": "mail" });
    assert_eq!(ask(&log, &cited, &question).await.code(), "NOT_FOUND");
    for (hash, code) in [(&older, "POLICY_WITHDRAWN"), (&newer, "ALLOWED")] {
        let answer = ask(&log, hash, &question).await.json();
        assert_eq!(answer["reason_code"], code);
    }
}

#[tokio::test]
async fn a_statement_of_clawsig_version_2_decides_by_its_pointer() {
    let log = ApiLog::start().await;
    let policy = json!({
        "policy_version": "2", "policy_id": "v2",
        "issuer_did": "did:key:z6MkneMkZqwqRiU5mJzSG3kDwzt9P8C59N4NGTfBLfSGE7c7",
        "statements": [
            { "sid": "read", "effect": "Allow", "actions": ["tool:db:*"], "resources": ["*"] },
            { "sid": "never", "effect": "Deny", "actions": ["tool:db:drop"], "resources": ["*"] },
        ],
    });
    let hash = publish(&log, "v2", &policy).await;
    let answer = ask(&log, &hash, &json!({ "tool": "db:drop" })).await.json();
    assert_eq!(
        (&answer["effect"], &answer["statement"]),
        (&json!("deny"), &json!("/statements/1"))
    );
    let answer = ask(&log, &hash, &json!({ "tool": "db:get" })).await.json();
    assert_eq!(
        (&answer["effect"], &answer["statement"]),
        (&json!("allow"), &json!("/statements/0"))
    );
}

#[tokio::test]
async fn two_policies_are_compared_member_by_member() {
    let log = ApiLog::start().await;
    let older = vector("sentinel-triage-readonly.json");
    let mut newer = older.clone();
    newer["token_requirements"]["cst_ttl_seconds_max"] = json!(3600);
    newer["allow"][0]["ops"][0] = json!("incidents.search");
    let from = publish(&log, "sentinel", &older).await;
    let to = publish(&log, "sentinel", &newer).await;
    let answer = log
        .get(&format!("/v1/policies/diff?from={from}&to={to}"))
        .await
        .json();
    assert_eq!(
        answer["changes"],
        json!([
            { "op": "remove", "path": "/allow/0/ops/0", "old": "incidents.list" },
            { "op": "add", "path": "/allow/0/ops/0", "value": "incidents.search" },
            { "op": "replace", "path": "/token_requirements/cst_ttl_seconds_max", "old": 900, "value": 3600 },
        ])
    );
    assert_eq!(answer["omitted"], 0);
    assert_eq!(answer["from"]["policy_hash_b64u"], from);
    assert!(answer["from"]["index"].as_u64().unwrap() < answer["to"]["index"].as_u64().unwrap());
    let same = log
        .get(&format!("/v1/policies/diff?from={from}&to={from}"))
        .await
        .json();
    assert_eq!(same["changes"], json!([]));
    let unknown = "A".repeat(43);
    assert_eq!(
        log.get(&format!("/v1/policies/diff?from={from}&to={unknown}"))
            .await
            .code(),
        "NOT_FOUND"
    );
    assert_eq!(
        log.get(&format!("/v1/policies/diff?from={from}&to=x"))
            .await
            .code(),
        "INVALID_PARAMETER"
    );
    assert_eq!(
        log.get(&format!("/v1/policies/diff?from={from}")).await.code(),
        "INVALID_PARAMETER"
    );
}

#[tokio::test]
async fn names_that_nobody_uses_are_told_at_publication_and_a_tool_that_no_rule_names_in_preflight() {
    let log = ApiLog::start().await;
    let token = token_hash('a');
    let allows = |model: &str| {
        let mut policy = vector("clawsig-v1-example.json");
        policy["allowed_models"] = json!([model]);
        policy
    };
    // A log without jobs says nothing of names that nobody uses yet.
    let first = log.logged(&log.policy("first", &allows("gpt-9"))).await;
    assert!(first.get("warnings").is_none(), "{first}");
    let gateway = &log.keys().gateway;
    let linked = log.keys().register(ORIGIN, gateway, "local", &["gateway"]);
    log.logged(&linked).await;
    log.logged(&log.issuance(&token, "job", "run")).await;
    let context = json!({ "job_id": "job", "token_hash": token });
    log.logged(&wrap(&log.receipt("rcpt", "run"), &context)).await;
    let projection = log.state.engine().project(Arc::new(MemoryDerived::default()));
    projection.reached(TreeSize::new(log.size())).await;
    let second = log.logged(&log.policy("second", &allows("gpt-8"))).await;
    let warning = &second["warnings"][0];
    assert_eq!(warning["code"], "POLICY_MODEL_UNUSED");
    assert_eq!(
        warning["message"],
        "No job that this server knows used 1 model that the policy allows: gpt-8."
    );
    assert_eq!(
        second["warnings"].as_array().unwrap().len(),
        1,
        "no tool was used at all: {second}"
    );
    let batch = format!(
        "{}\n{}\n",
        log.receipt("rcpt-2", "run"),
        log.policy("again", &allows("gpt-7"))
    );
    let answers = log
        .send(post("/v1/evidence/batch", "application/x-ndjson", batch))
        .await;
    let lines: Vec<Value> = answers
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(lines[0].get("warnings").is_none(), "{lines:?}");
    assert_eq!(lines[1]["warnings"][0]["code"], "POLICY_MODEL_UNUSED");
    let used = log.logged(&log.policy("third", &allows("gpt-5"))).await;
    assert!(used.get("warnings").is_none(), "{used}");
    // As the policy itself compares names: letter for letter, and by patterns.
    let spelled = log.logged(&log.policy("fourth", &allows("GPT-5"))).await;
    assert_eq!(spelled["warnings"][0]["code"], "POLICY_MODEL_UNUSED", "{spelled}");
    let pattern = log.logged(&log.policy("fifth", &allows("*t-?"))).await;
    assert!(pattern.get("warnings").is_none(), "{pattern}");
    let tools = json!({ "name": "p", "tools": { "allow": ["t"] } });
    publish(&log, "tools", &tools).await;
    for (policy, question, codes) in [
        (
            &allows("gpt-8"),
            json!({ "model": "gpt-5", "provider": "openai" }),
            vec![],
        ),
        (
            &tools,
            json!({ "tool": "unheard-of" }),
            vec!["TOOL_NOT_IN_POLICY"],
        ),
        (&tools, json!({ "tool": "t" }), vec![]),
    ] {
        let answer = ask(&log, &hash(policy), &question).await.json();
        let warnings = answer["warnings"].as_array().unwrap().iter();
        let found: Vec<&str> = warnings.map(|one| one["code"].as_str().unwrap()).collect();
        assert_eq!(found, codes, "{question}");
    }
}
