//! No page claims more than is true: nothing proves that the server left nothing out, and nobody witnesses the log.

use serde_json::json;
use verifier::index::TreeSize;

use crate::site::{JOB_HREF, Site};
use crate::story::Job;

/// Where a stronger word stands rightly.
const ALLOWED: &[&str] = &[
    "autocomplete=\"off\"",
    "completeness not proved",
    "incomplete",
    "receipts.complete",
    "is not complete:",
    "no witness configured",
    "not checked in this browser",
    "that the server left nothing out: known to this server as of size",
    "that the server left nothing out.",
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

#[tokio::test]
async fn no_page_says_more_than_is_true() {
    let (site, policy) = Site::with_job().await;
    let site = site.projected().await;
    let job = Job::open(&site, "claims", json!({})).await;
    job.call(0, 1, false).await;
    job.tool("incidents.get", 2).await;
    job.revoke().await;
    site.log.clock.advance(60_000);
    job.call(1, 41, true).await;
    let newest = site.newest();
    let projection = site.ledger.reader().projection().unwrap();
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
    let actors = &site.log.actors;
    paths.push(format!("/agents/{}", actors.agent.did().as_str()));
    paths.push(format!("/gateways/{}", actors.gateway.did().as_str()));
    paths.push(format!("{}?as_of={}", job.href(), newest - 2));
    paths.extend((0..newest).map(|index| format!("/entries/{index}")));
    for path in paths {
        let mut body = site.get(&path).await.body.to_lowercase();
        for allowed in ALLOWED {
            body = body.replace(allowed, "");
        }
        for strong in TOO_STRONG {
            let found = body.find(strong).map(|at| {
                let from = body.floor_char_boundary(at.saturating_sub(60));
                let to = body.floor_char_boundary((at + 60).min(body.len()));
                body[from..to].to_owned()
            });
            assert_eq!(found, None, "{path}: {strong}");
        }
    }
}

#[tokio::test]
async fn what_a_job_page_does_not_prove_stands_under_its_own_heading() {
    let site = Site::new().await;
    let job = Job::open(&site, "claims", json!({})).await;
    job.call(0, 1, true).await;
    let body = site.page(&job.href()).await;
    let taken = body.split("Taken from the server").nth(1).unwrap();
    let (taken, unproved) = taken.split_once("Not proved").unwrap();
    assert!(taken.contains("That the server left nothing out: known to this server as of size"));
    let unproved = unproved.split("</section>").next().unwrap();
    assert!(unproved.contains("That the server left nothing out."));
    assert!(unproved.contains("no witness configured"));
    assert!(unproved.contains("receipts.bound"), "an open check is named");
}
