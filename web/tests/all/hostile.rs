//! Evidence is hostile text, and addresses may hold secrets.

use axum::http::StatusCode;
use ledger::testing::{ISSUED_AT, Receipt, wrap};
use serde_json::json;

use crate::site::{JOB_HREF, Site};

const SCRIPT: &str = "<script>alert(1)</script>";

#[tokio::test]
async fn markup_in_evidence_stays_text_on_every_page() {
    let site = Site::new().await;
    let actors = &site.log.actors;
    let payload = json!({ "job_id": SCRIPT, "action": "opened", "at": ISSUED_AT, "title": "\"><img src=x>" });
    let index = site.own(&actors.orchestrator, "job_event", payload).await;
    let policy = json!({ "policy_id": SCRIPT, "policy": { SCRIPT: "</pre><script>" } });
    let published = site
        .own(&actors.policy_publisher, "wpc_publication", policy)
        .await;
    let paths = [
        "/".to_owned(),
        "/jobs".to_owned(),
        "/policies".to_owned(),
        "/jobs/%3Cscript%3Ealert%281%29%3C%2Fscript%3E".to_owned(),
        format!("/entries/{index}"),
        format!("/entries/{published}"),
    ];
    for path in paths {
        let body = site.page(&path).await;
        assert!(!body.contains("<script") && !body.contains("<img"), "{path}");
        assert!(body.contains("&#60;script&#62;"), "{path}");
    }
}

#[tokio::test]
async fn addresses_in_evidence_are_not_linked() {
    let site = Site::new().await;
    let actors = &site.log.actors;
    let payload = json!({
        "job_id": "javascript:alert(1)", "action": "opened", "at": ISSUED_AT, "ticket": "https://evil.example/",
    });
    let index = site.own(&actors.orchestrator, "job_event", payload).await;
    for path in [format!("/entries/{index}"), "/jobs".to_owned()] {
        let body = site.page(&path).await;
        for link in body.split("href=\"").skip(1) {
            assert!(
                link.starts_with('/') || link.starts_with('#'),
                "{path}: {}",
                &link[..20]
            );
        }
    }
}

#[tokio::test]
async fn pages_hold_no_script_and_no_inline_style() {
    let (site, policy) = Site::with_job().await;
    for path in [
        "/",
        "/jobs",
        JOB_HREF,
        "/entries/9",
        "/log",
        &format!("/policies/{policy}"),
        "/jobs/none",
    ] {
        let body = site.get(path).await.body;
        assert!(
            !body.contains("<script") && !body.contains("style=") && !body.contains("<style"),
            "{path}"
        );
        assert!(
            !body.contains("onclick") && !body.contains("http://") && !body.contains("https://"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_token_in_an_address_is_refused_with_a_page() {
    let site = Site::new().await;
    let token = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";
    let encoded = token.replace('.', "%2E");
    for path in [
        format!("/tokens/{token}"),
        format!("/jobs/{encoded}"),
        format!("/jobs?from={token}"),
    ] {
        let answer = site.get(&path).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(answer.body.contains("TOKEN_LEAKED") && answer.body.contains("Revoke the token"));
        assert!(!answer.body.contains(token) && !answer.body.contains(&encoded));
    }
}

#[tokio::test]
async fn a_document_of_a_mebibyte_is_cut_and_the_page_stays_small() {
    let site = Site::new().await;
    let receipt = Receipt {
        model: "m".to_owned(),
        ..Receipt::new(1)
    };
    let document = receipt.sign(&site.log.actors.gateway).unwrap();
    site.submit("clawproxy", wrap(&document, &json!({ "job_id": "j" })))
        .await;
    let policy: serde_json::Map<String, serde_json::Value> = (0..20_000)
        .map(|number| (format!("<{number}>"), json!("<>&\"'")))
        .collect();
    let index = site
        .own(
            &site.log.actors.policy_publisher,
            "wpc_publication",
            json!({ "policy_id": "big", "policy": policy }),
        )
        .await;
    let body = site.page(&format!("/entries/{index}")).await;
    assert!(body.contains("Cut here"));
    assert!(body.len() < 500 << 10, "{}", body.len());
}
