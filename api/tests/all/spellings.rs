//! Ids and hashes in addresses, filters and documents that are spelled otherwise than the log spells them.

use serde_json::{Value, json};
use verifier::base64::encode_url;
use verifier::digest::ArtifactHash;

use crate::documents::{sign, token_hash};
use crate::support::{ApiLog, post};

const BYTES: [u8; 32] = [0xfb; 32];

/// A hash in spellings that are not ours.
fn others(hex: &str, base64url: &str) -> Vec<String> {
    let standard = base64url.replace('-', "%2B").replace('_', "%2F");
    let mut all = vec![
        hex.to_uppercase(),
        format!("sha256:{hex}"),
        format!("SHA-256:{hex}"),
        format!("0x{hex}"),
        format!("b64u:{base64url}"),
        format!("{base64url}%3D"),
        format!("sha256-{standard}%3D"),
        format!("%20{hex}%20"),
    ];
    if hex.bytes().all(|byte| byte.is_ascii_digit()) {
        all.remove(0);
    }
    all
}

#[tokio::test]
async fn a_hash_in_another_spelling_is_told_with_what_to_write_instead() {
    let log = ApiLog::start().await;
    let hex = ArtifactHash::from_bytes(BYTES).to_string();
    let base64url = encode_url(&BYTES);
    let paths = |text: &str| {
        [
            (format!("/v1/tokens/{text}"), &hex),
            (format!("/v1/evidence/{text}"), &hex),
            (format!("/v1/policies/{text}"), &base64url),
            (
                format!("/v1/policies/diff?from={text}&to={base64url}"),
                &base64url,
            ),
            (format!("/v1/proofs/inclusion?leaf_hash={text}"), &hex),
            (format!("/v1/jobs?policy={text}"), &base64url),
            (format!("/v1/jobs?token={text}"), &hex),
        ]
    };
    for text in others(&hex, &base64url) {
        for (path, wanted) in paths(&text) {
            let answer = log.get(&path).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (422, "INVALID_PARAMETER"),
                "{path}"
            );
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains(wanted.as_str()), "{path}: {detail}");
        }
    }
    for (path, other) in [
        (format!("/v1/tokens/{base64url}"), "base64url"),
        (format!("/v1/policies/{hex}"), "hex digits"),
        (format!("/v1/jobs?policy={hex}"), "hex digits"),
        (format!("/v1/jobs?token={base64url}"), "base64url"),
    ] {
        let answer = log.get(&path).await;
        assert_eq!(answer.status, 422, "{path}");
        assert!(
            answer.json()["detail"]
                .as_str()
                .unwrap()
                .contains(&format!("as {other}")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_filter_that_no_id_can_fit_is_refused_and_no_list_is_empty_for_it() {
    let log = ApiLog::start().await;
    for (path, code) in [
        ("/v1/jobs?policy=none", "INVALID_PARAMETER"),
        ("/v1/jobs?token=none", "INVALID_PARAMETER"),
        ("/v1/jobs?agent=z6Mk", "INVALID_PARAMETER"),
        ("/v1/jobs?agent=did%3Akey%3Az%E2%80%8B", "INVALID_ID"),
        ("/v1/jobs?agent=", "INVALID_ID"),
        ("/v1/jobs?model=", "INVALID_PARAMETER"),
        ("/v1/alarms?job=a%E2%80%AEb", "INVALID_ID"),
        ("/v1/alarms?code=stream%20gap", "INVALID_PARAMETER"),
        ("/v1/policies?policy_id=a%00", "INVALID_ID"),
        ("/v1/policies?policy_id=", "INVALID_ID"),
        ("/v1/jobs/a%E2%80%8B", "INVALID_ID"),
        ("/v1/jobs/a%EF%B8%8F/entries", "INVALID_ID"),
        ("/v1/jobs/a%F3%A0%81%81/assessment", "INVALID_ID"),
        ("/v1/jobs/a%E3%85%A4/pack", "INVALID_ID"),
    ] {
        let answer = log.get(path).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, code), "{path}");
    }
}

#[tokio::test]
async fn an_id_with_white_space_around_is_another_id() {
    let log = ApiLog::start().await;
    log.logged(&log.job_event("job-1", "opened")).await;
    assert_eq!(log.get("/v1/jobs/job-1").await.status, 200);
    for other in ["/v1/jobs/%20job-1", "/v1/jobs/job-1%20", "/v1/jobs/JOB-1"] {
        assert_eq!(log.get(other).await.status, 404, "{other}");
    }
}

#[tokio::test]
async fn ids_that_hide_something_are_refused_in_documents_and_contexts() {
    let log = ApiLog::start().await;
    for hidden in [
        "job\u{200B}",
        "job\u{E0041}",
        "job\u{3164}",
        "job\u{AD}",
        ".",
        "..",
    ] {
        let answer = log.post(&log.job_event(hidden, "opened")).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "INVALID_ID"),
            "{hidden:?}"
        );
        let receipt: Value = serde_json::from_str(&log.receipt("rcpt-1", "run-1")).unwrap();
        for context in [
            json!({ "job_id": hidden }),
            json!({ "stream": hidden, "number": 0 }),
        ] {
            let body = json!({ "evidence": receipt, "context": context }).to_string();
            let answer = log.post(&body).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (422, "INVALID_ID"),
                "{hidden:?}"
            );
        }
    }
}

#[tokio::test]
async fn hex_in_a_member_of_base64url_is_accepted_with_a_warning() {
    let log = ApiLog::start().await;
    let policy = json!({ "parent_b64u": token_hash('a'), "list": [{ "hashes_b64u": [token_hash('b')] }] });
    let document = sign(
        &log.keys().policy_publisher,
        "wpc_publication",
        &json!({ "policy_id": "p", "policy": policy }),
    );
    let expected = json!([
        { "code": "HEX_IN_BASE64URL", "pointer": "/payload/policy/list/0/hashes_b64u/0" },
        { "code": "HEX_IN_BASE64URL", "pointer": "/payload/policy/parent_b64u" },
    ]);
    let receipt = log.logged(&document).await;
    assert_eq!(receipt["warnings"], expected);
    let again = log.post(&document).await;
    assert_eq!((again.status, &again.json()["warnings"]), (200, &expected));
    let verified = log
        .send(post("/v1/verify", "application/json", document.clone()))
        .await
        .json();
    assert_eq!(verified["items"][0]["warnings"], expected, "{verified}");
    let plain = log.logged(&log.policy("q", &json!({}))).await;
    assert_eq!(plain.get("warnings"), None);
}

#[tokio::test]
async fn a_preflight_names_the_character_that_nobody_sees() {
    let log = ApiLog::start().await;
    let policy = json!({ "tools": { "allow": ["*"], "deny": ["exec"] } });
    log.logged(&log.policy("p", &policy)).await;
    let hash = log.get("/v1/policies").await.json()["policies"][0]["policy_hash_b64u"]
        .as_str()
        .unwrap()
        .to_owned();
    for (tool, code) in [
        ("exec\u{200B}", "TOOL_DENIED"),
        ("read\u{200B}", "TOOL_NOT_ALLOWED"),
    ] {
        let question = json!({ "tool": tool }).to_string();
        let path = format!("/v1/policies/{hash}/evaluate");
        let answer = log.send(post(&path, "application/json", question)).await.json();
        assert_eq!(
            (&answer["effect"], &answer["reason_code"]),
            (&json!("deny"), &json!(code))
        );
        let message = answer["message"].as_str().unwrap();
        assert!(
            message.contains("U+200B ZERO WIDTH SPACE at position 5"),
            "{message}"
        );
    }
}
