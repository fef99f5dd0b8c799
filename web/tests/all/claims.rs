//! No page claims more than is true: that the server left nothing out is for the proof to say, which a browser checks, and for no page
//! as it is sent; and nobody witnesses the log.

use serde_json::json;
use verifier::index::TreeSize;

use crate::site::{JOB_HREF, TestSite};
use crate::story::StoryJob;
use crate::verify::send;

/// Where a stronger word stands rightly.
const ALLOWED: &[&str] = &[
    "autocomplete=\"off\"",
    "completeness not proved",
    "incomplete",
    "receipts.complete",
    "is not complete:",
    "no witness configured",
    "not checked in this browser",
    "that the server left nothing out: known to this server as of",
    "that the server left nothing out.",
    "evidence that was never submitted",
];

/// What no page may say of this log.
const TOO_STRONG: &[&str] = &[
    "complete",
    "left nothing out",
    "nothing was left out",
    "nothing is missing",
    "nothing missing",
    "witnessed",
    "cosigned",
    "tamper-proof",
    "tamperproof",
    "guarantee",
    "certified",
    "immutable",
    "verified by your browser",
    "checked in this browser",
    "stale",
];

/// What only a proof may say, by the script that has checked it.
const ONLY_PROVED: &[&str] = &[
    "proved by",
    "(proved",
    "was never",
    "no other entr",
    "and no other",
    "nothing else",
    "nothing is signed",
    "none as of",
];

#[tokio::test]
async fn no_page_says_more_than_is_true() {
    let (site, policy) = TestSite::with_job().await;
    let site = site.projected().await;
    let job = StoryJob::open(&site, "claims", json!({})).await;
    job.call(0, 1, false).await;
    job.tool("incidents.get", 2).await;
    job.revoke().await;
    site.log.clock.advance(60_000);
    job.call(1, 41, true).await;
    let newest = site.newest();
    let projection = site.engine.projection().unwrap();
    projection.reached(TreeSize::new(newest)).await;
    let mut paths: Vec<String> = [
        "/",
        "/jobs",
        "/alarms",
        "/policies",
        "/log",
        "/log?first=3&second=9",
        "/issuers",
        "/search",
        "/search?q=nothing",
        "/verify",
        "/compare",
        "/compare?a=run_test&b=run_test",
        "/runs/run_test",
        "/policies/diff",
        "/none",
        "/jobs/none",
        JOB_HREF,
    ]
    .map(str::to_owned)
    .to_vec();
    paths.push(format!("/policies/{policy}"));
    paths.push(format!("/policies/diff?from={policy}&to={policy}"));
    paths.push(format!("/tokens/{}", job.token));
    let cast = &site.log.cast;
    paths.push(format!("/agents/{}", cast.agent.did().as_str()));
    paths.push(format!("/gateways/{}", cast.gateway.did().as_str()));
    paths.push(format!("{}?as_of={}", job.href(), newest - 2));
    paths.extend((0..newest).map(|index| format!("/entries/{index}")));
    for path in paths {
        assert_says_no_more(&path, &site.get(&path).await.body);
    }
}

#[tokio::test]
async fn no_page_about_trouble_or_about_nothing_says_more_than_is_true() {
    let site = TestSite::new().await.projected().await;
    let nothing = [
        "/",
        "/jobs",
        "/jobs?model=none",
        "/alarms",
        "/alarms?code=NOT_YET_VALID",
        "/policies",
        "/policies?policy_id=none",
        "/issuers?role=approver",
        "/log",
    ];
    let errors = [
        "/entries/x",
        "/entries/999",
        "/compare?a=none&b=none",
        "/artifacts/short",
    ];
    for path in nothing.iter().chain(&errors) {
        assert_says_no_more(path, &site.get(path).await.body);
    }
    let job = StoryJob::open(&site, "trouble", json!({})).await;
    job.call(0, 1, false).await;
    job.call(2, 2, true).await;
    let receipt = job.receipt(7, 3);
    let hash = "ab".repeat(32);
    let artifact = json!({
        "label": "other", "sha256": hash, "size": 1, "media_type": "text/plain", "name": "notes", "job_id": "trouble",
    });
    let file = site
        .own(&site.log.cast.orchestrator, "evidence_artifact", artifact)
        .await;
    job.event("halted", json!({})).await;
    job.event("disputed", json!({})).await;
    let other = StoryJob::open(&site, "later", json!({})).await;
    other
        .event("supersedes", json!({ "related_job_id": "trouble" }))
        .await;
    let newest = site.newest();
    let projection = site.engine.projection().unwrap();
    projection.reached(TreeSize::new(newest)).await;
    let digest = site.page(&format!("/entries/{file}")).await;
    let digest = digest.split("data-evidence-digest=\"").nth(1).unwrap()[..64].to_owned();
    for path in [
        "/".to_owned(),
        "/jobs?verdict=INCOMPLETE".to_owned(),
        "/alarms".to_owned(),
        job.href(),
        other.href(),
        format!("{}?as_of={}", job.href(), newest - 3),
        format!("/tokens/{}", job.token),
        format!("/artifacts/{hash}"),
        format!("/e/{digest}"),
        format!("/e/{}", "0".repeat(64)),
        "/search?q=trouble".to_owned(),
        format!("/gateways/{}", site.log.cast.gateway.did().as_str()),
    ] {
        assert_says_no_more(&path, &site.get(&path).await.body);
    }
    for document in [receipt.as_str(), "{}"] {
        let answer = send(&site, &[("text", None, document.as_bytes())]).await;
        assert_says_no_more("/verify", &answer.body);
    }
}

#[test]
fn each_word_that_is_too_strong_is_found_also_beside_one_that_is_not() {
    for strong in TOO_STRONG.iter().chain(ONLY_PROVED) {
        let page = format!("<p>no witness configured; completeness not proved. It is {strong}.</p>");
        assert!(too_strong(&page).is_some(), "{strong}");
        assert!(too_strong(&page.to_uppercase()).is_some(), "{strong}");
    }
    for allowed in ALLOWED {
        assert_eq!(too_strong(allowed), None);
    }
}

/// Of one page.
pub(crate) fn assert_says_no_more(path: &str, body: &str) {
    assert_eq!(too_strong(body), None, "{path}");
}

/// The first word that is too strong, with what stands around it.
fn too_strong(body: &str) -> Option<(&'static str, String)> {
    let mut body = body.to_lowercase();
    for allowed in ALLOWED {
        body = body.replace(allowed, "");
    }
    TOO_STRONG.iter().chain(ONLY_PROVED).find_map(|strong| {
        let (before, _) = body.split_once(strong)?;
        let near: Vec<char> = before.chars().rev().take(60).collect();
        Some((*strong, near.into_iter().rev().collect()))
    })
}

#[tokio::test]
async fn what_a_job_page_does_not_prove_stands_under_its_own_heading() {
    let site = TestSite::new().await;
    let job = StoryJob::open(&site, "claims", json!({})).await;
    job.call(0, 1, true).await;
    let body = site.page(&job.href()).await;
    let taken = body.split("Taken from the server").nth(1).unwrap();
    let (taken, unproved) = taken.split_once("Not proved").unwrap();
    assert!(taken.contains("That the server left nothing out: known to this server as of"));
    let unproved = unproved.split("</section>").next().unwrap();
    assert!(unproved.contains("That the server left nothing out."));
    assert!(unproved.contains("no witness configured"));
    assert!(
        unproved.contains("No proof bundle to match the receipts with"),
        "an incomplete check is named by what it found"
    );
}
