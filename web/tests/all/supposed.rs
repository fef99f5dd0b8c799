//! The Trust Pulse of a bundle that the log does not hold: all of it, and never as if it were logged.

use kit::documents::wrap;
use kit::key::TIME;
use serde_json::{Value, json};
use verifier::json::{hash_js, parse};

use crate::claims::assert_says_no_more;
use crate::site::TestSite;
use crate::story::{StoryJob, at, sign};
use crate::verify::send;

/// A run whose model calls are logged, and whose bundle is not.
struct UnbundledRun<'a> {
    site: &'a TestSite,
    job: StoryJob<'a>,
    chain: Vec<Value>,
    receipts: Vec<Value>,
}

impl<'a> UnbundledRun<'a> {
    /// `calls` model calls, the last of which closes the stream.
    async fn of(site: &'a TestSite, id: &str, calls: u64) -> UnbundledRun<'a> {
        let job = StoryJob::open(site, id, json!({})).await;
        let mut run = UnbundledRun {
            site,
            job,
            chain: Vec::new(),
            receipts: Vec::new(),
        };
        for number in 0..calls {
            let receipt = run.call(number);
            let context = json!({
                "job_id": run.job.id, "token_hash": run.job.token, "stream": run.job.id,
                "number": number, "last": number + 1 == calls,
            });
            site.submit("clawproxy", wrap(&receipt, &context)).await;
        }
        run
    }

    /// A call in the chain, with its receipt, which is not sent.
    fn call(&mut self, number: u64) -> String {
        let previous = self
            .chain
            .last()
            .map_or(Value::Null, |last| last["event_hash_b64u"].clone());
        // Written by hand because the order of the members is hashed.
        let text = format!(
            r#"{{"event_id":"evt_{number}","run_id":"{}","event_type":"llm_call","timestamp":"{}","payload_hash_b64u":"{}","prev_hash_b64u":{previous}}}"#,
            self.job.run,
            at(number),
            "A".repeat(43),
        );
        let hash = hash_js(&parse(text.as_bytes()).unwrap());
        let mut event: Value = serde_json::from_str(&text).unwrap();
        event["event_hash_b64u"] = json!(verifier::base64::encode_url(&hash));
        let event_hash = event["event_hash_b64u"].as_str().unwrap();
        let receipt = self.job.receipt_for(number, number, "claude-test", event_hash);
        self.receipts.push(serde_json::from_str(&receipt).unwrap());
        self.chain.push(event);
        receipt
    }

    fn bundle(&self, change: impl FnOnce(&mut Value)) -> String {
        let agent = &self.site.log.cast.agent;
        let mut payload = json!({
            "bundle_version": "1", "bundle_id": format!("bundle_{}", self.job.run),
            "agent_did": agent.did().as_str(), "event_chain": self.chain, "receipts": self.receipts,
        });
        change(&mut payload);
        sign(agent, "proof_bundle", payload)
    }
}

fn drop_receipt(payload: &mut Value) {
    payload["receipts"].as_array_mut().unwrap().pop();
}

async fn page(site: &TestSite, document: &str) -> String {
    let body = send(site, &[("file", Some("b.json"), document.as_bytes())])
        .await
        .body;
    assert_says_no_more("/verify", &body);
    // Whatever would be said, the word for a verdict of the log stands nowhere alone.
    let without = body.replace("would be PASS", "");
    assert!(!without.contains("PASS"), "a verdict on what is not logged");
    body
}

/// The list item of one check.
fn check<'b>(body: &'b str, id: &str) -> &'b str {
    let from = body.find(&format!("data-check=\"{id}\"")).unwrap();
    let rest = &body[from..];
    &rest[..rest.find("</li>").unwrap()]
}

#[tokio::test]
async fn a_bundle_that_is_not_logged_has_matrix_chain_timeline_and_claims_marked_so() {
    let site = TestSite::new().await;
    let run = UnbundledRun::of(&site, "whole", 2).await;
    let body = page(&site, &run.bundle(|_| ())).await;
    let newest = site.newest();
    for text in [
        "Not logged; would be",
        "Chain of authority",
        "Timeline, in log order",
        "this one, not logged",
        "this bundle, not logged",
        "The last mark is this bundle, which is not logged.",
        "Not proved",
        "it is not logged.",
        "href=\"/jobs/whole\"",
        &format!("href=\"/jobs/whole?as_of={newest}\""),
        &format!("href=\"/jobs/whole?as_of={newest}#evidence\""),
        "BUNDLE_MISSING",
    ] {
        assert!(body.contains(text), "{text}: {body}");
    }
    // The place that it would have is no entry.
    assert!(!body.contains(&format!("/entries/{newest}\"")));
    for id in [
        "signatures",
        "receipts.bound",
        "receipts.complete",
        "bundle.valid",
    ] {
        assert!(check(&body, id).contains("data-check-status=\"pass\""), "{id}");
    }
    assert!(check(&body, "bundle.valid").contains("this bundle, not logged"));
    assert!(check(&body, "token.issued").contains("href=\"/entries/"));
    // First of all it says what is not so.
    let result = body.split("class=\"result\"").nth(1).unwrap();
    assert!(result.find("Not logged").unwrap() < result.find("valid by itself").unwrap());
}

#[tokio::test]
async fn what_it_would_be_is_what_the_job_page_says_once_it_is_logged() {
    let site = TestSite::new().await;
    let run = UnbundledRun::of(&site, "later", 2).await;
    let document = run.bundle(|_| ());
    let before = page(&site, &document).await;
    site.submit("agents", document).await;
    let after = site.page(&run.job.href()).await;
    let outcome = |body: &str, id: &str| {
        let item = check(body, id).to_owned();
        let status = item.split("data-check-status=\"").nth(1).unwrap();
        let code = item.split("data-check-code=\"").nth(1).unwrap();
        let end = |text: &str| text.split('"').next().unwrap().to_owned();
        (end(status), end(code))
    };
    for id in verifier::assess::CheckId::ALL {
        assert_eq!(
            outcome(&before, id.as_str()),
            outcome(&after, id.as_str()),
            "{id}"
        );
    }
}

#[tokio::test]
async fn a_bundle_without_a_logged_receipt_is_open_at_the_check_that_says_so() {
    let site = TestSite::new().await;
    let run = UnbundledRun::of(&site, "short", 2).await;
    let body = page(&site, &run.bundle(drop_receipt)).await;
    assert!(body.contains("would be INCOMPLETE"));
    assert!(check(&body, "receipts.complete").contains("data-check-code=\"RECEIPT_NOT_IN_BUNDLE\""));
}

#[tokio::test]
async fn a_receipt_that_only_the_bundle_carries_counts_as_missing() {
    let site = TestSite::new().await;
    let mut run = UnbundledRun::of(&site, "more", 2).await;
    run.call(2);
    let body = page(&site, &run.bundle(|_| ())).await;
    assert!(check(&body, "receipts.complete").contains("data-check-code=\"RECEIPT_NOT_LOGGED\""));
    assert!(check(&body, "receipts.complete").contains("this bundle, not logged"));
    assert!(
        body.contains("2 model calls, 0 tool calls"),
        "only what is logged is counted"
    );
}

#[tokio::test]
async fn a_bundle_whose_signature_does_not_hold_has_none_and_says_why() {
    let site = TestSite::new().await;
    let run = UnbundledRun::of(&site, "forged", 2).await;
    let mut forged: Value = serde_json::from_str(&run.bundle(|_| ())).unwrap();
    drop_receipt(&mut forged["payload"]);
    let body = page(&site, &forged.to_string()).await;
    assert!(
        body.contains("No Trust Pulse") && body.contains("HASH_MISMATCH"),
        "{body}"
    );
    assert!(body.contains("FAIL") && !body.contains("would be"));
}

#[tokio::test]
async fn a_bundle_that_no_job_of_the_log_has_is_shown_alone() {
    let site = TestSite::new().await;
    let agent = &site.log.cast.agent;
    let payload = json!({
        "bundle_version": "1", "bundle_id": "b<1>", "agent_did": agent.did().as_str(),
        "event_chain": [{
            "event_id": "evt_0", "run_id": "run_<script>", "event_type": "llm_call", "timestamp": at(1),
            "payload_hash_b64u": "A".repeat(43), "prev_hash_b64u": null, "event_hash_b64u": "A".repeat(43),
        }],
    });
    let body = page(&site, &sign(agent, "proof_bundle", payload)).await;
    for text in [
        "Nothing in this log ties it to a job",
        "1 run, as the bundle states",
        "run_&#60;script&#62;",
        "would be FAIL",
        "The proof bundle that is not logged is not valid",
    ] {
        assert!(body.contains(text), "{text}: {body}");
    }
    assert!(!body.contains("run_<script>"));
    for link in body.split("href=\"").skip(1) {
        assert!(link.starts_with('/') || link.starts_with('#'), "{}", &link[..20]);
    }
}

#[tokio::test]
async fn a_bundle_that_is_logged_leads_to_the_page_of_its_job() {
    let site = TestSite::new().await;
    let run = UnbundledRun::of(&site, "logged", 1).await;
    let document = run.bundle(|_| ());
    let index = site.submit("agents", document.clone()).await;
    let body = send(&site, &[("file", Some("b.json"), document.as_bytes())])
        .await
        .body;
    let newest = site.newest();
    for text in [
        format!("href=\"/entries/{index}\""),
        "href=\"/jobs/logged\"".to_owned(),
        format!("href=\"/jobs/logged?as_of={newest}\""),
    ] {
        assert!(body.contains(&text), "{text}");
    }
    assert!(!body.contains("would be") && !body.contains("Not logged"));
}

#[tokio::test]
async fn of_many_bundles_a_few_are_judged_and_the_others_counted() {
    let site = TestSite::new().await;
    let run = UnbundledRun::of(&site, "many", 1).await;
    let bundles: Vec<String> = (0..5)
        .map(|number| run.bundle(|payload| payload["bundle_id"] = json!(format!("bundle_{number}"))))
        .collect();
    let mut parts: Vec<(&str, Option<&str>, &[u8])> = Vec::new();
    for bundle in &bundles {
        parts.push(("file", Some("b.json"), bundle.as_bytes()));
    }
    let body = send(&site, &parts).await.body;
    assert_eq!(body.matches("Not logged; would be").count(), 3);
    assert_eq!(body.matches("not shown with all of their jobs: 1.").count(), 2);
    let after = body.split(" id=\"").skip(1);
    let mut ids: Vec<&str> = after.map(|text| text.split('"').next().unwrap()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "an anchor stands twice");
}

#[tokio::test]
async fn each_member_of_an_aggregate_has_its_own() {
    let site = TestSite::new().await;
    let one = UnbundledRun::of(&site, "member-1", 1).await;
    let other = UnbundledRun::of(&site, "member-2", 1).await;
    let members: Vec<Value> = [&one, &other]
        .map(|run| serde_json::from_str(&run.bundle(|_| ())).unwrap())
        .to_vec();
    let issuer = &site.log.cast.agent;
    let payload = json!({
        "aggregate_version": "1", "aggregate_id": "agg_1", "issuer_did": issuer.did().as_str(),
        "artifacts": { "member_bundles": members }, "issued_at": TIME,
    });
    let body = page(&site, &sign(issuer, "aggregate_bundle", payload)).await;
    for text in [
        "Bundle 1 of 2",
        "Bundle 2 of 2",
        "href=\"/jobs/member-1\"",
        "href=\"/jobs/member-2\"",
    ] {
        assert!(body.contains(text), "{text}: {body}");
    }
}

#[tokio::test]
async fn a_form_full_of_hostile_bundles_gives_a_page_that_browsers_can_read() {
    let site = TestSite::new().await;
    let run = UnbundledRun::of(&site, "full", 1).await;
    let agent = &site.log.cast.agent;
    let hostile = "<".repeat(120);
    let forms: Vec<String> = (0..45)
        .map(|number| {
            let receipt = json!({ "payload": {
                "receipt_id": hostile, "provider": hostile, "model": hostile, "timestamp": hostile,
            } });
            let tool = |name: u64| json!({ "payload": { "tool_name": format!("{name}{hostile}") } });
            let payload = json!({
                "bundle_version": "1", "bundle_id": format!("{number}{hostile}"), "agent_did": agent.did().as_str(),
                "event_chain": run.chain, "receipts": vec![receipt; 60],
                "tool_receipts": (0..40).map(tool).collect::<Vec<_>>(),
            });
            sign(agent, "proof_bundle", payload)
        })
        .collect();
    let parts: Vec<(&str, Option<&str>, &[u8])> = forms
        .iter()
        .map(|form| ("file", Some(hostile.as_str()), form.as_bytes()))
        .collect();
    let body = send(&site, &parts).await.body;
    assert!(body.contains("Not logged; would be") && body.contains("Send it alone"));
    assert!(body.len() < 400 << 10, "{} bytes", body.len());
}

#[tokio::test]
async fn what_happened_after_an_idle_logs_last_entry_is_not_ahead_of_its_time() {
    let site = TestSite::new().await;
    let mut run = UnbundledRun::of(&site, "idle", 1).await;
    run.call(3_000);
    let document = run.bundle(|_| ());
    let early = page(&site, &document).await;
    assert!(check(&early, "bundle.valid").contains("data-check-status=\"fail\""));
    site.log.clock.advance(3_600_000);
    let body = page(&site, &document).await;
    assert!(check(&body, "bundle.valid").contains("data-check-status=\"pass\""));
    assert!(check(&body, "receipts.complete").contains("data-check-code=\"RECEIPT_NOT_LOGGED\""));
}
