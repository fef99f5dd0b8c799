//! Evidence is hostile text, and addresses may hold secrets.

use axum::http::StatusCode;
use kit::documents::{model_call, wrap};
use kit::key::TIME;
use serde_json::json;

use crate::scripts::without_own;
use crate::site::{JOB_HREF, TOKEN, TestSite};
use crate::story::StoryJob;

const SCRIPT: &str = "<script>alert(1)</script>";

#[tokio::test]
async fn markup_in_evidence_stays_text_on_every_page() {
    let site = TestSite::new().await;
    let cast = &site.log.cast;
    let payload = json!({ "job_id": SCRIPT, "action": "opened", "at": TIME, "title": "\"><img src=x>" });
    let index = site.own(&cast.orchestrator, "job_event", payload).await;
    let policy = json!({ "policy_id": SCRIPT, "policy": { SCRIPT: "</pre><script>" } });
    let published = site.own(&cast.policy_publisher, "wpc_publication", policy).await;
    let site = site.projected().await;
    let paths = [
        "/".to_owned(),
        "/jobs".to_owned(),
        "/policies".to_owned(),
        "/jobs/%3Cscript%3Ealert%281%29%3C%2Fscript%3E".to_owned(),
        format!("/entries/{index}"),
        format!("/entries/{published}"),
    ];
    for path in paths {
        let body = without_own(&site.page(&path).await);
        assert!(!body.contains("<script") && !body.contains("<img"), "{path}");
        assert!(body.contains("&#60;script&#62;"), "{path}");
    }
}

#[tokio::test]
async fn addresses_in_evidence_are_not_linked() {
    let site = TestSite::new().await;
    let cast = &site.log.cast;
    let payload = json!({
        "job_id": "javascript:alert(1)", "action": "opened", "at": TIME, "ticket": "https://evil.example/",
    });
    let index = site.own(&cast.orchestrator, "job_event", payload).await;
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
async fn pages_hold_no_script_but_their_own_and_no_inline_style() {
    let (site, policy) = TestSite::with_job().await;
    for path in [
        "/",
        "/jobs",
        "/alarms",
        JOB_HREF,
        "/entries/9",
        "/log?first=2",
        "/issuers",
        &format!("/tokens/{TOKEN}"),
        &format!("/gateways/{}", site.log.cast.gateway.did().as_str()),
        &format!("/agents/{}", site.log.cast.agent.did().as_str()),
        "/log",
        "/search",
        "/verify",
        "/runs/run_test",
        "/compare?a=run_test&b=run_test",
        &format!("/policies/{policy}"),
        &format!("/policies/diff?from={policy}&to={policy}"),
        "/jobs/none",
    ] {
        let body = without_own(&site.get(path).await.body);
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
    let site = TestSite::new().await;
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
async fn the_longest_hostile_texts_everywhere_keep_the_page_of_a_job_small() {
    let site = TestSite::new().await;
    let long = |length: usize, number: u64| format!("{}{number:03}", "<".repeat(length - 3));
    let id = "<".repeat(256);
    let job = StoryJob::open(&site, &id, json!({ "title": long(500, 0) })).await;
    for number in 0..70 {
        let context =
            json!({ "job_id": id, "token_hash": job.token, "stream": long(256, number), "number": 0 });
        let body = wrap(&job.receipt_of(number, 1, &long(256, number)), &context);
        site.submit("clawproxy", body).await;
        job.tool(&long(256, number), number).await;
        let event = json!({
            "reason": long(500, number), "title": long(500, number), "purpose": long(500, number),
            "ticket": long(256, number), "requested_by": long(256, number),
        });
        job.event("opened", event).await;
        let artifact = json!({
            "label": "other", "sha256": "ab".repeat(32), "size": 1, "media_type": "text/plain",
            "name": long(256, number), "job_id": id, "uri": long(500, number),
        });
        site.own(&site.log.cast.orchestrator, "evidence_artifact", artifact)
            .await;
    }
    let path = format!("/jobs/{}", "%3C".repeat(256));
    for query in ["", "?from=150"] {
        let body = site.page(&format!("{path}{query}")).await;
        assert!(!body.contains("<<<"));
        assert!(body.len() < 500 << 10, "{}", body.len());
    }
}

#[tokio::test]
async fn a_document_of_a_mebibyte_is_cut_and_the_page_stays_small() {
    let site = TestSite::new().await;
    let receipt = model_call(1).with("/model", "m");
    let document = receipt.sign(&site.log.cast.gateway);
    site.submit("clawproxy", wrap(&document, &json!({ "job_id": "j" })))
        .await;
    let policy: serde_json::Map<String, serde_json::Value> = (0..20_000)
        .map(|number| (format!("<{number}>"), json!("<>&\"'")))
        .collect();
    let index = site
        .own(
            &site.log.cast.policy_publisher,
            "wpc_publication",
            json!({ "policy_id": "big", "policy": policy }),
        )
        .await;
    let body = site.page(&format!("/entries/{index}")).await;
    assert!(body.contains("Cut here"));
    assert!(body.len() < 500 << 10, "{}", body.len());
}

#[tokio::test]
async fn lists_of_hostile_ids_stay_small_and_escaped() {
    let site = TestSite::new().await;
    let cast = &site.log.cast;
    // Each character takes five bytes as an escape, and three in an address.
    let long = |number: u64| format!("{number:03}{}", "<".repeat(253));
    for number in 0..80 {
        let receipt = model_call(number).with("/model", long(number));
        let document = receipt.sign(&cast.gateway);
        let context = json!({
            "job_id": long(number), "token_hash": TOKEN, "stream": long(number), "number": 1,
        });
        site.submit("clawproxy", wrap(&document, &context)).await;
        let agent = json!({
            "token_hash": format!("{number:064x}"), "kid": "0123456789abcdef", "job_id": long(number), "run_id": long(number),
            "claims": {
                "token_version": "1", "sub": long(500), "aud": ["clawproxy"], "scope": [long(number)],
                "iat": 1_770_854_400, "exp": 1_770_855_300, "agent_did": long(500),
            },
        });
        site.own(&cast.token_issuer, "cst_issuance", agent).await;
    }
    for number in 0..30 {
        let seed = [100 + u8::try_from(number).unwrap(); 32];
        let key = ledger::signer::EvidenceKey::from_seed(seed).unwrap();
        let registration = json!({
            "did": key.did().as_str(), "name": long(number), "roles": ["gateway"],
            "not_before": "2026-01-01T00:00:00Z", "gateway_id": long(number),
        });
        site.own(&cast.operator, "issuer_registration", registration)
            .await;
    }
    let site = site.projected().await;
    for path in [
        format!("/gateways/{}", site.log.cast.gateway.did().as_str()),
        format!("/agents/{}", long(500).replace('<', "%3C")),
        format!("/tokens/{TOKEN}"),
        format!("/tokens/{:064x}", 7),
        "/issuers".to_owned(),
        "/log".to_owned(),
    ] {
        let body = site.page(&path).await;
        assert!(body.len() < 500 << 10, "{path}: {}", body.len());
        assert!(!body.contains("<<"), "{path}");
    }
}

#[tokio::test]
async fn what_a_visitor_types_stays_text() {
    let (site, policy) = TestSite::with_job().await;
    let typed = "%3Cscript%3Ealert%281%29%3C%2Fscript%3E";
    for path in [
        format!("/search?q={typed}"),
        format!("/compare?a={typed}&b=run_test"),
        format!("/policies?policy_id={typed}"),
        format!("/policies/diff?from={policy}&to={typed}"),
    ] {
        let body = without_own(&site.page(&path).await);
        assert!(!body.contains("<script"), "{path}");
        assert!(body.contains("&#60;script&#62;"), "{path}");
    }
}

#[tokio::test]
async fn markup_in_a_run_or_a_policy_stays_text_on_their_pages() {
    let site = TestSite::new().await;
    let cast = &site.log.cast;
    let receipt = model_call(1)
        .with("/model", SCRIPT)
        .with("/binding/run_id", SCRIPT);
    site.submit("clawproxy", receipt.sign(&cast.gateway)).await;
    let mut hashes = Vec::new();
    for tool in ["<img src=x>", SCRIPT] {
        let policy = json!({ "policy_id": SCRIPT, "policy": { "allow": [{ "tool": tool }], SCRIPT: tool } });
        let index = site.own(&cast.policy_publisher, "wpc_publication", policy).await;
        let index = verifier::index::LeafIndex::new(index);
        let published = site.engine.publication_at(index).unwrap().unwrap();
        hashes.push(published.said.policy_hash.to_string());
    }
    let id = "%3Cscript%3Ealert%281%29%3C%2Fscript%3E";
    for path in [
        format!("/runs/{id}"),
        format!("/compare?a={id}&b={id}"),
        format!("/policies/{}", hashes[0]),
        format!("/policies/diff?from={}&to={}", hashes[0], hashes[1]),
        format!("/policies?policy_id={id}"),
    ] {
        let body = without_own(&site.page(&path).await);
        assert!(!body.contains("<script") && !body.contains("<img"), "{path}");
        assert!(body.contains("&#60;script&#62;"), "{path}");
    }
}

#[tokio::test]
async fn a_policy_of_thousands_of_hostile_rules_stays_a_small_page() {
    let site = TestSite::new().await;
    let rule = |number: usize| json!({ "tool": format!("<>&\"'{number}"), "ops": ["<>&\"'".repeat(20)] });
    let mut hashes = Vec::new();
    for count in [3_000, 2_999] {
        let rules: Vec<_> = (0..count).map(rule).collect();
        let policy = json!({ "policy_id": "big", "policy": { "allow": rules } });
        let index = site
            .own(&site.log.cast.policy_publisher, "wpc_publication", policy)
            .await;
        let index = verifier::index::LeafIndex::new(index);
        let published = site.engine.publication_at(index).unwrap().unwrap();
        hashes.push(published.said.policy_hash.to_string());
    }
    let policy = format!("/policies/{}", hashes[0]);
    let diff = format!("/policies/diff?from={}&to={}", hashes[0], hashes[1]);
    for path in [policy, diff] {
        let body = site.page(&path).await;
        assert!(body.len() < 500 << 10, "{path}: {}", body.len());
    }
}
