//! Policies that were withdrawn or kept out by a freeze: from when on nothing is allowed under them.

use kit::test_ledger::ORIGIN;
use ledger::signer::EvidenceKey;
use serde_json::json;
use verifier::index::TimestampMs;

use crate::documents::sign;
use crate::policies::{ask, child, publish, vector};
use crate::support::ApiLog;

#[tokio::test]
async fn under_a_withdrawn_policy_nothing_is_allowed() {
    let log = ApiLog::start().await;
    let hash = publish(&log, "sentinel", &vector("sentinel-triage-readonly.json")).await;
    let withdrawal = json!({
        "policy_hash_b64u": hash, "withdrawn_at": "2026-02-12T00:00:00Z", "reason": "replaced",
    });
    log.logged(&sign(&log.keys().policy_publisher, "wpc_withdrawal", &withdrawal))
        .await;
    let answer = ask(&log, &hash, &json!({ "tool": "sentinel.api:kql.query" }))
        .await
        .json();
    assert_eq!(
        (&answer["effect"], &answer["reason_code"]),
        (&json!("deny"), &json!("POLICY_WITHDRAWN"))
    );
}

#[tokio::test]
async fn a_withdrawal_holds_from_the_time_that_it_names_and_never_before_it_was_logged() {
    let log = ApiLog::start().await;
    let hash = publish(&log, "sentinel", &json!({ "tools": { "allow": ["mail"] } })).await;
    for (withdrawn_at, id) in [
        ("2036-02-11T00:00:00Z", "later"),
        ("2035-01-01T00:00:00Z", "sooner"),
    ] {
        let withdrawal = json!({
            "policy_hash_b64u": hash, "withdrawn_at": withdrawn_at, "reason": id,
        });
        log.logged(&sign(&log.keys().policy_publisher, "wpc_withdrawal", &withdrawal))
            .await;
    }
    for (at, code) in [
        (None, "ALLOWED"),
        (Some("2034-12-31T23:59:59Z"), "ALLOWED"),
        (Some("2035-01-01T00:00:00Z"), "POLICY_WITHDRAWN"),
        (Some("2040-01-01T00:00:00Z"), "POLICY_WITHDRAWN"),
    ] {
        let mut question = json!({ "tool": "mail" });
        if let Some(at) = at {
            question["at"] = json!(at);
        }
        let answer = ask(&log, &hash, &question).await.json();
        assert_eq!(answer["reason_code"], code, "{at:?}: {answer}");
    }
}

#[tokio::test]
async fn what_a_publisher_signed_after_its_key_was_stolen_withdraws_nothing() {
    let log = ApiLog::start().await;
    let hash = publish(&log, "sentinel", &json!({ "tools": { "allow": ["mail"] } })).await;
    let withdrawal = json!({
        "policy_hash_b64u": hash, "withdrawn_at": "2026-02-12T00:00:00Z", "reason": "by a thief",
    });
    let index = log
        .logged(&sign(&log.keys().policy_publisher, "wpc_withdrawal", &withdrawal))
        .await;
    let question = json!({ "tool": "mail" });
    let before = ask(&log, &hash, &question).await.json();
    assert_eq!(before["reason_code"], "POLICY_WITHDRAWN");
    let retirement = json!({
        "did": log.keys().policy_publisher.did().as_str(), "reason": "compromised", "distrust_from_index": index["index"],
    });
    log.logged(&sign(&log.keys().operator, "issuer_retirement", &retirement))
        .await;
    let after = ask(&log, &hash, &question).await.json();
    assert_eq!(after["reason_code"], "ALLOWED", "{after}");
}

#[tokio::test]
async fn many_statements_of_a_thief_hide_no_true_one() {
    let log = ApiLog::start().await;
    let honest = EvidenceKey::generate().unwrap();
    let registered = log
        .keys()
        .register(ORIGIN, &honest, "local", &["policy_publisher"]);
    log.logged(&registered).await;
    let older = publish(&log, "sentinel", &json!({ "tools": { "allow": ["mail"] } })).await;
    let hash = publish(&log, "sentinel", &json!({ "tools": { "allow": ["mail", "db"] } })).await;
    let first = log.size();
    let kinds = ["wpc_withdrawal", "wpc_freeze"];
    let said = |kind: &str, reason: String| match kind {
        "wpc_withdrawal" => json!({
            "policy_hash_b64u": hash, "withdrawn_at": "2026-02-12T00:00:00Z", "reason": reason,
        }),
        _ => json!({ "policy_hash_b64u": older, "scope": "all", "reason": reason }),
    };
    for number in 0..120 {
        for kind in kinds {
            let said = said(kind, format!("by a thief {number}"));
            log.logged(&sign(&log.keys().policy_publisher, kind, &said)).await;
        }
    }
    let retirement = json!({
        "did": log.keys().policy_publisher.did().as_str(), "reason": "compromised", "distrust_from_index": first,
    });
    log.logged(&sign(&log.keys().operator, "issuer_retirement", &retirement))
        .await;
    let question = json!({ "tool": "mail" });
    let before = ask(&log, &hash, &question).await.json();
    assert_eq!(before["reason_code"], "ALLOWED", "{before}");
    for (kind, code) in [
        ("wpc_freeze", "POLICY_FROZEN"),
        ("wpc_withdrawal", "POLICY_WITHDRAWN"),
    ] {
        log.logged(&sign(&honest, kind, &said(kind, "true".to_owned())))
            .await;
        let after = ask(&log, &hash, &question).await.json();
        assert_eq!(after["reason_code"], code, "{after}");
    }
}

#[tokio::test]
async fn under_a_newer_version_than_the_frozen_one_nothing_is_allowed_until_the_freeze_ends() {
    let log = ApiLog::start().await;
    let older = publish(&log, "tools", &json!({ "tools": { "allow": ["mail"] } })).await;
    let newer = publish(&log, "tools", &json!({ "tools": { "allow": ["mail", "db"] } })).await;
    let other = publish(&log, "others", &json!({ "tools": { "allow": ["db", "mail"] } })).await;
    let freeze = json!({
        "policy_hash_b64u": older, "scope": "all", "reason": "incident", "until": "2026-02-13T00:00:00Z",
    });
    log.logged(&sign(&log.keys().policy_publisher, "wpc_freeze", &freeze))
        .await;
    for (hash, at, code) in [
        (&older, None, "ALLOWED"),
        (&other, None, "ALLOWED"),
        (&newer, None, "POLICY_FROZEN"),
        (&newer, Some("2026-02-12T23:59:59Z"), "POLICY_FROZEN"),
        (&newer, Some("2026-02-13T00:00:01Z"), "ALLOWED"),
    ] {
        let mut question = json!({ "tool": "mail" });
        if let Some(at) = at {
            question["at"] = json!(at);
        }
        let answer = ask(&log, hash, &question).await.json();
        assert_eq!(answer["reason_code"], code, "{answer}");
        let effect = if code == "ALLOWED" { "allow" } else { "deny" };
        assert_eq!(answer["effect"], effect);
    }
}

#[tokio::test]
async fn what_a_thief_publishes_under_the_id_of_a_parent_counts_no_more_once_the_thief_is_distrusted() {
    let log = ApiLog::start().await;
    let thief = EvidenceKey::generate().unwrap();
    let registered = log
        .keys()
        .register(ORIGIN, &thief, "local", &["policy_publisher"]);
    log.logged(&registered).await;
    let inheriting = publish(&log, "child", &child()).await;
    publish(&log, "parent", &json!({ "tools": { "allow": ["db"] } })).await;
    let question = json!({ "tool": "db:get" });
    assert_eq!(ask(&log, &inheriting, &question).await.json()["effect"], "allow");
    let stolen = json!({ "policy_id": "parent", "policy": { "tools": { "allow": ["shell"] } } });
    let first = log.logged(&sign(&thief, "wpc_publication", &stolen)).await;
    let ambiguous = ask(&log, &inheriting, &question).await.json();
    assert_eq!(ambiguous["reason_code"], "PARENT_UNRESOLVED");
    let retirement = json!({
        "did": thief.did().as_str(), "reason": "compromised", "distrust_from_index": first["index"],
    });
    log.logged(&sign(&log.keys().operator, "issuer_retirement", &retirement))
        .await;
    let after = ask(&log, &inheriting, &question).await.json();
    assert_eq!(after["effect"], "allow", "{after}");
}

#[tokio::test]
async fn a_question_without_a_time_is_about_now_also_on_a_quiet_log() {
    let log = ApiLog::start().await;
    let hash = publish(&log, "sentinel", &json!({ "tools": { "allow": ["mail"] } })).await;
    let at = verifier::rfc3339::format(TimestampMs::new(log.now() + 60_000)).unwrap();
    let withdrawal = json!({ "policy_hash_b64u": hash, "withdrawn_at": at, "reason": "replaced" });
    log.logged(&sign(&log.keys().policy_publisher, "wpc_withdrawal", &withdrawal))
        .await;
    let question = json!({ "tool": "mail" });
    let before = ask(&log, &hash, &question).await.json();
    assert_eq!(before["reason_code"], "ALLOWED", "{before}");
    log.pass(120_000);
    let after = ask(&log, &hash, &question).await.json();
    assert_eq!(after["reason_code"], "POLICY_WITHDRAWN", "{after}");
}

#[tokio::test]
async fn a_model_that_the_policy_cannot_judge_leaves_the_whole_question_open() {
    let log = ApiLog::start().await;
    let policy = json!({ "tools": { "allow": ["fs:read"] }, "models": { "providers": ["anthropic"] } });
    let hash = publish(&log, "lists", &policy).await;
    for (question, effect) in [
        (json!({ "tool": "fs:read" }), "allow"),
        (json!({ "tool": "fs:read", "model": "gpt-5" }), "unknown"),
        (json!({ "tool": "fs:write", "model": "gpt-5" }), "deny"),
    ] {
        let answer = ask(&log, &hash, &question).await.json();
        assert_eq!(answer["effect"], effect, "{question}: {answer}");
    }
}
