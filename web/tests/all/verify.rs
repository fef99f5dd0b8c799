//! The form that verifies: judged, and never logged.

use axum::http::StatusCode;
use kit::documents::{model_call, wrap};
use kit::key::TIME;
use kit::test_ledger::forked;
use serde_json::json;

use crate::site::{SiteAnswer, TestSite};

/// A form as browsers send it: name, file name, content.
pub(crate) async fn send(site: &TestSite, parts: &[(&str, Option<&str>, &[u8])]) -> SiteAnswer {
    let before = site.engine.published().head.tree.size;
    let mut body = Vec::new();
    for (name, file_name, content) in parts {
        let file = file_name
            .map(|name| format!("; filename=\"{name}\""))
            .unwrap_or_default();
        body.extend(format!("--bOuNd\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n").bytes());
        body.extend(b"\r\n");
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--bOuNd--\r\n");
    let answer = site
        .post("/verify", "multipart/form-data; boundary=bOuNd", body)
        .await;
    assert_eq!(
        site.engine.published().head.tree.size,
        before,
        "nothing is logged"
    );
    answer
}

#[tokio::test]
async fn a_logged_receipt_is_said_to_be_in_the_log_by_a_gateway() {
    let (site, _) = TestSite::with_job().await;
    let document = site.log.receipt(0);
    let answer = send(
        &site,
        &[
            ("file", Some("r<1>.json"), document.as_bytes()),
            ("text", None, b""),
        ],
    )
    .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    for text in [
        "In this log",
        "href=\"/entries/10\"",
        "may sign this now",
        "r&#60;1&#62;.json",
        "gateway",
    ] {
        assert!(answer.body.contains(text), "{text}");
    }
    assert!(!answer.body.contains("Not logged"));
}

#[tokio::test]
async fn a_receipt_that_nobody_logged_is_judged_all_the_same_and_marked() {
    let site = TestSite::new().await;
    let document = site.log.receipt(5);
    let answer = send(&site, &[("text", None, document.as_bytes())]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("Not logged") && answer.body.contains("an entry of this log that holds it"));
    let forged = document.replace("claude-test", "claude-fake");
    let answer = send(&site, &[("text", None, forged.as_bytes())]).await;
    assert!(answer.body.contains("FAIL"), "{}", answer.body);
}

#[tokio::test]
async fn a_proof_pasted_into_the_field_is_taken_with_the_document_beside_it() {
    let (site, _) = TestSite::with_job().await;
    let reader = &site.engine;
    let proof = reader
        .tlog_proof(verifier::index::LeafIndex::new(10), None)
        .unwrap();
    let document = site.log.receipt(0);
    // As a browser sends the lines of a field.
    let pasted = proof.replace('\n', "\r\n");
    let parts: [(&str, Option<&str>, &[u8]); 2] = [
        ("file", Some("r.json"), document.as_bytes()),
        ("text", None, pasted.as_bytes()),
    ];
    let answer = send(&site, &parts).await;
    assert!(
        answer.body.contains("the pasted text with r.json"),
        "{}",
        answer.body
    );
    assert!(answer.body.contains("PASS") && answer.body.contains("In this log"));
}

#[tokio::test]
async fn a_document_a_line_is_judged_line_by_line() {
    let site = TestSite::new().await;
    let one = site.log.receipt(1);
    let two = wrap(&site.log.receipt(2), &json!({ "job_id": "j" }));
    let lines = format!("{one}\n\n{two}\n");
    let answer = send(&site, &[("file", Some("all.ndjson"), lines.as_bytes())]).await;
    assert!(answer.body.contains("all.ndjson, document 1") && answer.body.contains("all.ndjson, document 2"));
}

#[tokio::test]
async fn what_holds_a_token_is_refused_and_not_repeated() {
    let site = TestSite::new().await;
    let token = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";
    let answer = send(
        &site,
        &[("text", None, format!("{{\"a\":\"{token}\"}}").as_bytes())],
    )
    .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("TOKEN_LEAKED") && !answer.body.contains(token));
}

#[tokio::test]
async fn a_form_without_anything_or_of_another_form_says_so() {
    let site = TestSite::new().await;
    let empty = send(&site, &[("file", Some(""), b""), ("text", None, b" \r\n")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.body.contains("Choose a file, or paste something"));
    let other = site.post("/verify", "application/json", b"{}".to_vec()).await;
    assert_eq!(other.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let torn = site
        .post("/verify", "multipart/form-data; boundary=b", b"--b\r\n".to_vec())
        .await;
    assert_eq!(torn.status, StatusCode::BAD_REQUEST);
    let large = site
        .post("/verify", "multipart/form-data; boundary=b", vec![b'x'; 17 << 20])
        .await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(
        site.page("/verify")
            .await
            .contains("enctype=\"multipart/form-data\"")
    );
}

#[tokio::test]
async fn a_bundle_that_nobody_logged_tells_its_run_and_which_of_its_receipts_the_log_holds() {
    let (site, policy) = TestSite::with_job().await;
    let cast = &site.log.cast;
    let stranger = model_call(99).with("/model", "<b>model</b>").sign(&cast.gateway);
    // As text: the hash of a receipt depends on the order of its members.
    let payload = format!(
        r#"{{"bundle_version":"1","bundle_id":"bundle_<1>","agent_did":"{}","receipts":[{},{stranger}]}}"#,
        cast.agent.did(),
        site.log.receipt(0),
    );
    let bundle = cast.agent.sign_clawsig("proof_bundle", &payload, TIME).unwrap();
    let body = send(&site, &[("file", Some("b.json"), bundle.as_bytes())])
        .await
        .body;
    for text in [
        "What the bundle says",
        "Not logged",
        "bundle_&#60;1&#62;",
        "&#60;b&#62;model&#60;/b&#62;",
        "✓ <a href=\"/entries/10\">entry 10</a>",
        "◌ not logged",
        "1 of 2 gateway receipts in it are in this log",
    ] {
        assert!(body.contains(text), "{text}: {body}");
    }
    assert!(!body.contains("<b>model") && !body.contains(&policy));
}

#[tokio::test]
async fn without_scripts_the_page_says_what_to_use_instead_of_the_check_in_the_browser() {
    let body = TestSite::new().await.page("/verify").await;
    if !body.contains("<meta name=\"verifier\"") {
        assert!(
            !body.contains("data-file-pack"),
            "no check is offered that was not built"
        );
        return;
    }
    let (_, after) = body.split_once("<h2 id=\"here\">").unwrap();
    let (before_tool, _) = after.split_once("data-file-pack").unwrap();
    assert!(before_tool.contains("<noscript>") && before_tool.contains("ledger-verify pack"));
}

#[tokio::test]
async fn two_checkpoints_that_contradict_each_other_are_said_to_prove_a_fork() {
    let site = TestSite::new().await;
    let fork = forked(&site.engine.published()).encode();
    let answer = send(&site, &[("file", Some("history.fork"), fork.as_bytes())]).await;
    for text in ["Fork file: genuine", "FAIL (LOG_FORKED)", "the log signed both"] {
        assert!(answer.body.contains(text), "{text}: {}", answer.body);
    }
    for text in ["Not looked up", "Not logged"] {
        assert!(!answer.body.contains(text), "{text}");
    }
}
