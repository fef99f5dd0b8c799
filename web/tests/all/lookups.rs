//! From an id in hand to its page, and what the pages about policies, runs and files say.

use axum::http::StatusCode;
use axum::http::header::LOCATION;
use kit::documents::{model_call, wrap};
use kit::key::TIME;
use serde_json::json;
use verifier::index::LeafIndex;

use crate::site::{JOB, JOB_HREF, TOKEN, TestSite};

/// Where a search leads straight to.
pub(crate) async fn leads_to(site: &TestSite, query: &str) -> String {
    let answer = site.get(&format!("/search?q={}", encoded(query))).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{query}: {}", answer.body);
    answer.headers[LOCATION].to_str().unwrap().to_owned()
}

pub(crate) fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[tokio::test]
async fn one_exact_hit_leads_straight_to_its_page() {
    let (site, policy) = TestSite::with_job().await;
    let reader = &site.engine;
    let receipt = reader.entry(LeafIndex::new(10)).unwrap().unwrap();
    let agent = site.log.cast.agent.did().to_string();
    let gateway = site.log.cast.gateway.did().to_string();
    let statement = {
        let document = verifier::document::Document::parse(receipt.evidence.as_deref().unwrap()).unwrap();
        let evidence = verifier::evidence::Evidence::verify(&document, reader.origin()).unwrap();
        evidence.envelope().statement().to_string()
    };
    let digest = receipt.entry.evidence_digest.to_string();
    for (query, page) in [
        (JOB, JOB_HREF.to_owned()),
        ("run_test", "/runs/run_test".to_owned()),
        (TOKEN, format!("/tokens/{TOKEN}")),
        (&policy, format!("/policies/{policy}")),
        (&agent, format!("/agents/{}", encoded_segment(&agent))),
        (&gateway, format!("/gateways/{}", encoded_segment(&gateway))),
        ("rcpt_0", "/entries/10".to_owned()),
        ("nonce-rcpt_1", "/entries/11".to_owned()),
        ("10", "/entries/10".to_owned()),
        (&digest, format!("/e/{digest}")),
        (&receipt.leaf_hash.to_string(), "/entries/10".to_owned()),
        (
            &receipt.entry.raw_digest.unwrap().to_string(),
            "/entries/10".to_owned(),
        ),
        (&statement, "/entries/10".to_owned()),
    ] {
        assert_eq!(leads_to(&site, query).await, page, "{query}");
    }
}

/// As the pages write an id into a path.
fn encoded_segment(id: &str) -> String {
    id.replace(':', "%3A")
}

#[tokio::test]
async fn several_hits_are_listed_by_kind() {
    let site = TestSite::new().await;
    let payload = json!({ "job_id": "3", "action": "opened", "at": TIME });
    site.own(&site.log.cast.orchestrator, "job_event", payload).await;
    let body = site.page("/search?q=3").await;
    assert!(body.contains("<h2>Entry</h2>") && body.contains("href=\"/entries/3\""));
    assert!(body.contains("<h2>Job</h2>") && body.contains("href=\"/jobs/3\""));
    assert!(body.contains("completeness not proved"));
}

#[tokio::test]
async fn no_hit_says_what_was_searched_and_as_of_which_size() {
    let (site, _) = TestSite::with_job().await;
    let nothing = "0".repeat(64);
    let body = site.page(&format!("/search?q={nothing}")).await;
    assert!(body.contains(
        "as of 12 Feb 2026 00:00 UTC (13 entries)<span data-unless-proved>; completeness not proved"
    ));
    for kind in [
        "Job",
        "Run",
        "Token hash",
        "Evidence digest",
        "Leaf hash",
        "Artifact",
        "Statement digest",
    ] {
        assert!(body.contains(kind), "{kind}");
    }
    let empty = site.page("/search").await;
    assert!(empty.contains("What can be found"));
    let long = site.page(&format!("/search?q={}", "x".repeat(300))).await;
    assert!(long.contains("Too long for an id"));
}

#[tokio::test]
async fn a_run_that_is_longer_than_an_id_is_found() {
    let site = TestSite::new().await;
    let run_id = "r".repeat(304);
    let receipt = model_call(1).with("/binding/run_id", run_id.clone());
    let document = receipt.sign(&site.log.cast.gateway);
    site.submit("clawproxy", document).await;
    let page = site.page(&format!("/runs/{run_id}")).await;
    assert!(page.contains(&run_id));
    let found = site.get(&format!("/search?q={run_id}")).await;
    assert_eq!(found.headers["location"], format!("/runs/{run_id}"));
}

#[tokio::test]
async fn a_pasted_token_is_refused_with_the_command_that_hashes_it() {
    let site = TestSite::new().await;
    let token = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";
    let answer = site.get(&format!("/search?q=Bearer+{token}")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("TOKEN_LEAKED"));
    assert!(answer.body.contains("printf %s &#34;$TOKEN&#34; | sha256sum"));
    assert!(!answer.body.contains(token));
}

#[tokio::test]
async fn evidence_with_one_entry_leads_to_it_and_with_more_lists_them() {
    let (site, _) = TestSite::with_job().await;
    let digest = |index| {
        let record = site.engine.entry(LeafIndex::new(index)).unwrap().unwrap();
        record.entry.evidence_digest.to_string()
    };
    let answer = site.get(&format!("/e/{}", digest(10))).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.headers[LOCATION], "/entries/10");
    // The same receipt with another context: an entry of kind context, on the same evidence.
    let document = site.log.receipt(0);
    let context = site
        .submit("stranger", wrap(&document, &json!({ "job_id": "elsewhere" })))
        .await;
    let body = site.page(&format!("/e/{}", digest(10))).await;
    assert!(body.contains("href=\"/entries/10\"") && body.contains(&format!("href=\"/entries/{context}\"")));
    let nothing = site.get(&format!("/e/{}", "0".repeat(64))).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_file_is_found_by_its_hash_and_ones_own_copy_compared() {
    let site = TestSite::new().await;
    let sha256 = "ab".repeat(32);
    let payload = json!({
        "label": "change_ticket", "sha256": sha256, "size": 1234, "media_type": "text/plain",
        "name": "CHG<1>.txt", "job_id": "j/1", "uri": "https://evil.example/",
    });
    let index = site
        .own(&site.log.cast.orchestrator, "evidence_artifact", payload)
        .await;
    assert_eq!(leads_to(&site, &sha256).await, format!("/artifacts/{sha256}"));
    let path = format!("/artifacts/{sha256}");
    let body = site.page(&path).await;
    for text in [
        "CHG&#60;1&#62;.txt",
        "change ticket, 1,234 bytes",
        "/jobs/j%2F1",
        "sha256sum FILE",
    ] {
        assert!(body.contains(text), "{text}");
    }
    assert!(body.contains(&format!("/entries/{index}")) && !body.contains("href=\"https:"));
    let compared = |copy: String| {
        let path = format!("{path}?copy={}", encoded(&copy));
        let site = &site;
        async move { site.page(&path).await }
    };
    assert!(
        compared(format!("{}  CHG.txt", sha256.to_uppercase()))
            .await
            .contains("The same file")
    );
    assert!(compared("cd".repeat(32)).await.contains("Another file"));
    assert!(
        compared("CHG.txt".to_owned())
            .await
            .contains("This is not a SHA-256")
    );
}

#[tokio::test]
async fn what_openclaw_printed_is_told_on_the_pages_of_file_and_job() {
    let site = TestSite::new().await;
    let mut hashes = Vec::new();
    for (label, content) in [
        (
            "runtime_audit",
            r#"{"summary":{"critical":1,"warn":0,"info":0},"findings":[{"checkId":"gateway.<b>open","severity":"critical"}]}"#,
        ),
        ("sandbox_config", r#"{"sandbox":{"mode":"off","scope":"agent"}}"#),
        ("tool_policy", "hello"),
    ] {
        let hash = verifier::digest::ArtifactHash::from_bytes(verifier::hash::sha256(content.as_bytes()));
        let payload = json!({
            "label": label, "sha256": hash.to_string(), "size": content.len(), "media_type": "application/json",
            "name": label, "job_id": "host-1",
            "content_b64": verifier::base64::encode_standard(content.as_bytes()),
        });
        site.own(&site.log.cast.orchestrator, "evidence_artifact", payload)
            .await;
        hashes.push(hash);
    }
    let said = [
        &[
            "1 critical finding, 0 warnings, 0 notes",
            "critical: gateway.&#60;b&#62;open",
        ][..],
        &["says sandbox mode &#34;off&#34; (at /sandbox/mode)"],
        &["not read: this is not a JSON object as OpenClaw prints it"],
    ];
    let job = site.page("/jobs/host-1").await;
    for (hash, sentences) in hashes.iter().zip(said) {
        let page = site.page(&format!("/artifacts/{hash}")).await;
        for sentence in sentences {
            assert!(page.contains(sentence), "{sentence}");
            assert!(job.contains(sentence), "{sentence}");
        }
    }
}

#[tokio::test]
async fn a_policy_is_told_rule_by_rule_with_what_nothing_judges() {
    let site = TestSite::new().await;
    let publisher = &site.log.cast.policy_publisher;
    let policy = json!({
        "policy_name": "p", "allow": [
            { "tool": "sentinel", "operations": ["incidents.list"] },
            { "tool": "bank", "constraints": { "max_amount": 82_000, "recipient": ["ACME", "Widgets"] } },
        ],
        "deny": [{ "tool": "shell" }],
        "approvals": [{ "name": "close", "required_for": ["incidents.close"], "mode": "one" }],
        "token_requirements": { "cst_ttl_seconds_max": 900 },
        "job": { "id": "<JOB_ID>" }, "made_up": true,
    });
    let first = site
        .own(
            publisher,
            "wpc_publication",
            json!({ "policy_id": "p", "policy": policy }),
        )
        .await;
    let hash = published(&site, first);
    let body = site.page(&format!("/policies/{hash}")).await;
    for text in [
        "✓ allow",
        "sentinel",
        "incidents.list",
        "✕ deny",
        "shell",
        "with arguments",
        "amount at most 82000",
        "recipient &#34;ACME&#34; or &#34;Widgets&#34;",
        "incidents.close",
        "No token is valid for longer than 900 seconds.",
        "PLACEHOLDER_VALUE",
        "MEMBER_UNKNOWN",
        "/made_up",
        "Not filled in",
    ] {
        assert!(body.contains(text), "{text}");
    }
    let mut second = policy.clone();
    second["token_requirements"]["cst_ttl_seconds_max"] = json!(600);
    second["deny"] = json!([{ "tool": "shell" }, { "tool": "browser" }]);
    let second = site
        .own(
            publisher,
            "wpc_publication",
            json!({ "policy_id": "p", "policy": second }),
        )
        .await;
    let newer = published(&site, second);
    site.own(
        publisher,
        "wpc_withdrawal",
        json!({ "policy_hash_b64u": hash, "withdrawn_at": TIME, "reason": "too <long>", "replaced_by": newer }),
    )
    .await;
    let body = site.page(&format!("/policies/{hash}")).await;
    assert!(body.contains("Withdrawn") && body.contains("too &#60;long&#62;"));
    assert!(body.contains(&format!("/policies/diff?from={hash}&amp;to={newer}")));
    let freeze = json!({ "policy_hash_b64u": hash, "scope": "all jobs", "reason": "audit" });
    site.own(publisher, "wpc_freeze", freeze).await;
    assert!(
        site.page(&format!("/policies/{hash}"))
            .await
            .contains("no newer version may be used")
    );
    assert!(
        site.page(&format!("/policies/{newer}"))
            .await
            .contains("Kept out by a freeze")
    );
    let list = site.page("/policies?policy_id=p").await;
    assert!(list.contains(&hash) && list.contains(&newer) && list.contains("✕ withdrawn"));
    let diff = site.page(&format!("/policies/diff?from={hash}&to={newer}")).await;
    for text in [
        "/token_requirements/cst_ttl_seconds_max",
        "900",
        "600",
        "changed",
        "added",
        "browser",
    ] {
        assert!(diff.contains(text), "{text}");
    }
    assert!(diff.contains(&format!("/entries/{first}")) && diff.contains(&format!("/entries/{second}")));
}

fn published(site: &TestSite, index: u64) -> String {
    let publication = site
        .engine
        .publication_at(LeafIndex::new(index))
        .unwrap()
        .unwrap();
    publication.said.policy_hash.to_string()
}

#[tokio::test]
async fn two_policies_that_cannot_be_compared_say_why() {
    let (site, policy) = TestSite::with_job().await;
    let body = site.page(&format!("/policies/diff?from={policy}&to=x")).await;
    assert!(body.contains("is not a policy hash"));
    let body = site
        .page(&format!("/policies/diff?from={policy}&to={}", "A".repeat(43)))
        .await;
    assert!(body.contains("was not published, as far as this server knows"));
    assert!(site.page("/policies/diff").await.contains("Which two?"));
}

#[tokio::test]
async fn a_run_sums_what_its_entries_say_and_leads_to_its_job() {
    let (site, policy) = TestSite::with_job().await;
    let body = site.page("/runs/run_test").await;
    for text in [
        JOB_HREF,
        TOKEN,
        &policy,
        "anthropic/claude-test",
        "2 calls",
        "triage:read",
        "/compare?a=run_test",
    ] {
        assert!(body.contains(text), "{text}");
    }
    assert!(body.contains("completeness not proved"));
    assert_eq!(site.get("/runs/nobody").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn two_runs_side_by_side_mark_what_differs_with_a_word() {
    let (site, _) = TestSite::with_job().await;
    let receipt = model_call(7)
        .with("/binding/run_id", "run other")
        .with("/model", "claude-else");
    let document = receipt.sign(&site.log.cast.gateway);
    site.submit("clawproxy", document).await;
    let body = site.page("/compare?a=run_test&b=run%20other").await;
    for text in [
        "claude-test",
        "claude-else",
        "only in A",
        "only in B",
        "same",
        "/runs/run%20other",
    ] {
        assert!(body.contains(text), "{text}");
    }
    assert!(
        !body.contains("What differs between their policies"),
        "one of them cites none"
    );
    let itself = site.page("/compare?a=run_test&b=run_test").await;
    assert!(itself.contains("No differences in what is compared here."));
    let body = site.page("/compare?a=run_test&b=nobody").await;
    assert!(body.contains("No entry names the run"));
}
