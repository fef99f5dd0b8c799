//! What a token's jobs did with it, and what names it and is nobody's use.

use kit::documents::wrap;
use std::collections::BTreeSet;

use ledger_query::token::{TokenWalk, WalkStep};
use serde_json::json;
use verifier::digest::{ScopeHash, TokenHash};
use verifier::index::LeafIndex;

use crate::projection_documents::{FollowedLog, token};

/// A receipt of a scope of its own, with what somebody says of it.
async fn said(followed: &FollowedLog, submitter: &str, number: u64, context: serde_json::Value) -> LeafIndex {
    let document = followed.log.receipt(number);
    followed.send(submitter, wrap(&document, &context)).await
}

fn walked(followed: &FollowedLog, number: usize, issued_for: &[&str]) -> (Vec<WalkStep>, Option<LeafIndex>) {
    let token = TokenHash::parse_hex(&token(number)).unwrap();
    let scopes: BTreeSet<ScopeHash> = BTreeSet::new();
    let reader = &followed.engine;
    let mut walk = TokenWalk::new(
        reader,
        token,
        &scopes,
        issued_for.iter().copied(),
        None,
        followed.size(),
    );
    let mut steps = Vec::new();
    loop {
        let met = walk.step().unwrap();
        let goes_on = met.goes_on;
        steps.push(met);
        if !goes_on {
            return (steps, walk.next());
        }
    }
}

#[tokio::test]
async fn the_uses_of_a_job_are_told_from_what_a_stranger_says_is_one() {
    let followed = FollowedLog::start().await;
    followed.issue(&token(1), "job", "run").await;
    let names_both = json!({"job_id": "job", "token_hash": token(1)});
    let claimed = said(&followed, "stranger", 7, names_both).await;
    let (steps, next) = walked(&followed, 1, &["job"]);
    assert_eq!(next, None);
    let jobs: Vec<_> = steps.iter().flat_map(|met| &met.jobs).collect();
    assert_eq!(jobs.len(), 1);
    assert_eq!((jobs[0].job_id.as_str(), jobs[0].names_both), ("job", true));
    assert!(
        jobs[0].uses.is_empty(),
        "the stranger is not bound to the gateway"
    );
    assert_eq!(jobs[0].unbound, [claimed]);
    assert!(jobs[0].closure.as_ref().unwrap().records.contains_key(&claimed));
    followed.stop().await;
}

#[tokio::test]
async fn a_use_is_the_jobs_that_its_gateway_names() {
    let followed = FollowedLog::start().await;
    followed.issue(&token(1), "job", "run").await;
    let own = followed.receipt(1, "run", "model-a", "job").await;
    followed.issue(&token(2), "other", "run-other").await;
    followed.receipt(2, "run-other", "model-a", "other").await;
    let (steps, _) = walked(&followed, 1, &["job"]);
    let jobs: Vec<_> = steps.iter().flat_map(|met| &met.jobs).collect();
    assert_eq!(jobs.len(), 1, "the other token's job is not met");
    let uses: Vec<LeafIndex> = jobs[0].uses.iter().map(|used| used.at.index).collect();
    assert_eq!(uses, [own]);
    assert!(jobs[0].unbound.is_empty());
    followed.stop().await;
}

#[tokio::test]
async fn what_names_the_token_and_no_job_is_the_issuances_or_nobodys() {
    let followed = FollowedLog::start().await;
    let jobless = said(&followed, "stranger", 1, json!({"token_hash": token(1)})).await;
    // An entry that may be no use is none, whatever it names.
    followed.revoke(&token(1)).await;
    let (steps, _) = walked(&followed, 1, &[]);
    let met: Vec<LeafIndex> = steps
        .iter()
        .flat_map(|met| &met.jobless)
        .map(|record| record.index)
        .collect();
    assert_eq!(met, [jobless]);
    assert!(steps.iter().all(|met| met.jobs.is_empty()));
    followed.issue(&token(1), "job", "run").await;
    let (steps, _) = walked(&followed, 1, &["job"]);
    assert!(steps.iter().all(|met| met.jobless.is_empty()));
    let unbound: Vec<LeafIndex> = steps
        .iter()
        .flat_map(|met| &met.jobs)
        .flat_map(|job| job.unbound.clone())
        .collect();
    assert_eq!(
        unbound,
        [jobless],
        "it is looked at together with the issuance's job"
    );
    followed.stop().await;
}
