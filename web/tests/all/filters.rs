//! Forms that narrow lists: nothing that looks like a secret gets into an address.

use crate::site::{SiteAnswer, TOKEN, TestSite};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

const KEY: &str = "sk-proj-4fQ9zL2mX8vB1nT6";

async fn send(site: &TestSite, path: &str, fields: &[(&str, &str)]) -> SiteAnswer {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
        .collect();
    let kind = "application/x-www-form-urlencoded";
    site.post(path, kind, pairs.join("&").into_bytes()).await
}

/// Each form with each of its fields that takes text.
const FORMS: [(&str, &[&str]); 7] = [
    (
        "/jobs",
        &[
            "agent", "policy", "token", "model", "tool", "person", "code", "from", "to", "verdict",
        ],
    ),
    ("/alarms", &["code", "job", "from", "to"]),
    ("/policies", &["policy_id"]),
    ("/policies/diff", &["from", "to"]),
    ("/issuers", &["did", "role"]),
    ("/compare", &["a", "b"]),
    ("/log", &["first", "second"]),
];

#[tokio::test]
async fn a_secret_in_any_field_of_any_filter_gets_into_no_address_and_the_form_stays() {
    let (site, _) = TestSite::with_job().await;
    let site = site.projected().await;
    let token = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";
    for (path, fields) in FORMS {
        for field in fields {
            for secret in [KEY, token, "Bearer 3vQB7B6MrGQZaxCuFg4oh"] {
                let answer = send(&site, path, &[(field, secret)]).await;
                let at = format!("{path} {field} {secret}");
                assert_eq!(
                    answer.status,
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "{at}: {}",
                    answer.body
                );
                assert!(answer.headers.get(LOCATION).is_none(), "{at}");
                assert!(!answer.body.contains(secret), "{at} repeats it");
                assert!(
                    answer.body.contains("looks like a token, a key or a password"),
                    "{at}"
                );
                assert!(answer.body.contains(&format!("id=\"wrong-{field}\"")), "{at}");
                assert!(
                    answer.body.contains("class=\"panel filters"),
                    "{at}: the form stays"
                );
            }
        }
    }
}

#[tokio::test]
async fn the_other_fields_of_a_form_with_a_secret_keep_what_was_typed() {
    let site = TestSite::new().await.projected().await;
    let fields = [
        ("model", "openai/gpt-5"),
        ("token", KEY),
        ("tool", ""),
        ("from", "yesterday"),
    ];
    let body = send(&site, "/jobs", &fields).await.body;
    assert!(body.contains("value=\"openai/gpt-5\"") && body.contains("value=\"yesterday\""));
    assert_eq!(body.matches("aria-invalid").count(), 2);
    let (_, hash) = body.split_once("found by its SHA-256: ").unwrap();
    let expected = verifier::digest::TokenHash::from_bytes(verifier::hash::sha256(KEY.as_bytes()));
    assert!(hash.starts_with(&expected.to_string()));
}

#[tokio::test]
async fn a_harmless_filter_leads_to_the_address_of_its_list() {
    let (site, policy) = TestSite::with_job().await;
    let site = site.projected().await;
    let agent = site.log.cast.agent.did().as_str().to_owned();
    for (path, fields, leads_to) in [
        (
            "/jobs",
            vec![("verdict", "FAIL"), ("agent", "")],
            "/jobs?verdict=FAIL".to_owned(),
        ),
        ("/jobs", vec![("verdict", ""), ("agent", "")], "/jobs".to_owned()),
        (
            "/jobs",
            vec![("policy", policy.as_str())],
            format!("/jobs?policy={policy}"),
        ),
        ("/jobs", vec![("token", TOKEN)], format!("/jobs?token={TOKEN}")),
        (
            "/jobs",
            vec![("agent", agent.as_str())],
            format!("/jobs?agent={}", agent.replace(':', "%3A")),
        ),
        (
            "/alarms",
            vec![("from", "2026-02-12"), ("code", "")],
            "/alarms?from=2026-02-12".to_owned(),
        ),
        (
            "/alarms",
            vec![("from", "yesterday")],
            "/alarms?from=yesterday".to_owned(),
        ),
        (
            "/compare",
            vec![("a", "run_test"), ("b", "run_other")],
            "/compare?a=run_test&b=run_other".to_owned(),
        ),
        (
            "/policies/diff",
            vec![("from", policy.as_str())],
            format!("/policies/diff?from={policy}"),
        ),
        (
            "/log",
            vec![("first", "3"), ("second", "9")],
            "/log?first=3&second=9".to_owned(),
        ),
    ] {
        let answer = send(&site, path, &fields).await;
        assert_eq!(
            answer.status,
            StatusCode::SEE_OTHER,
            "{path} {fields:?}: {}",
            answer.body
        );
        assert_eq!(answer.headers[LOCATION], leads_to.as_str());
    }
}

#[tokio::test]
async fn a_hash_that_the_log_does_not_know_may_be_a_secret_and_gets_into_no_address() {
    let (site, _) = TestSite::with_job().await;
    let site = site.projected().await;
    let unknown = "5d".repeat(32);
    let answer = send(&site, "/jobs", &[("token", &unknown)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("This log knows no such hash") && !answer.body.contains(&unknown));
}

#[tokio::test]
async fn a_field_that_no_form_has_or_that_comes_twice_is_refused_and_not_repeated() {
    let site = TestSite::new().await.projected().await;
    for (path, fields) in FORMS {
        for sent in [
            vec![("nobody", KEY)],
            vec![("nobody", "x")],
            vec![(KEY, "x")],
            vec![(fields[0], "x"), (fields[0], "y")],
            vec![(fields[0], "x"), (fields[0], KEY)],
        ] {
            let answer = send(&site, path, &sent).await;
            let at = format!("{path} {sent:?}");
            assert_eq!(answer.status, 422, "{at}: {}", answer.body);
            assert!(answer.headers.get(LOCATION).is_none(), "{at}");
            assert!(
                !answer.body.contains(KEY) && answer.body.contains("field"),
                "{at}"
            );
        }
    }
}

#[tokio::test]
async fn the_hash_of_a_copy_is_compared_and_gets_into_no_address() {
    let (site, hash) = with_file().await;
    for (copy, said) in [
        (hash.clone(), "The same file"),
        ("cd".repeat(32), "Another file"),
        (KEY.to_owned(), "This is not a SHA-256"),
    ] {
        let answer = send(&site, &format!("/artifacts/{hash}"), &[("copy", &copy)]).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.body.contains(said), "{copy}");
        assert!(!answer.body.contains(&format!("q={copy}")) && !answer.body.contains(KEY));
    }
}

async fn with_file() -> (TestSite, String) {
    let site = TestSite::new().await;
    let hash = "ab".repeat(32);
    let artifact = serde_json::json!({
        "label": "other", "sha256": hash, "size": 1, "media_type": "text/plain", "name": "notes", "job_id": "trouble",
    });
    site.own(&site.log.cast.orchestrator, "evidence_artifact", artifact)
        .await;
    (site, hash)
}
