//! A token's life: every use across jobs, what `token.valid` says about each, and what was issued and revoked.

use axum::http::StatusCode;
use kit::documents::wrap;
use serde_json::json;

use crate::site::TestSite;
use crate::story::StoryJob;

/// The cells of the row of an entry.
fn row(body: &str, index: u64) -> &str {
    let row = body
        .split(&format!("<tr id=\"e{index}\""))
        .nth(1)
        .expect("a row of the entry");
    row.split("</tr>").next().unwrap()
}

#[tokio::test]
async fn a_use_after_the_revocation_stands_out_with_its_row_of_the_table() {
    let site = TestSite::new().await;
    let job = StoryJob::open(&site, "after", json!({})).await;
    site.log.clock.advance(2_000);
    let good = job.call(0, 1, false).await;
    let revoked = job.revoke().await;
    // The clocks of signers may be off by 30 s.
    site.log.clock.advance(120_000);
    let bad = job.call(1, 100, true).await;
    let body = site.page(&format!("/tokens/{}", job.token)).await;
    assert!(row(&body, good).contains("passed</span> <code>VALID</code>"));
    assert!(row(&body, good).contains("logged 1 s after it"));
    let after = row(&body, bad);
    assert!(
        after.contains("failed</span> <code>REVOKED_BEFORE_USE</code>"),
        "{after}"
    );
    assert!(after.contains("<b>1 min 38 s after</b>") && after.contains(&format!("/entries/{revoked}")));
    assert!(body.contains("Revoked at entry") && body.contains("2 uses by 1 job; 1 was invalid."));
    assert!(body.contains("suspicious query volume"));
    // The picture says the same: a crossed mark, the cut, and how long after it.
    assert!(body.contains("class=\"bad-edge\"") && body.contains("class=\"cut\""));
    assert!(body.contains(">+98.0 s</text>"));
}

#[tokio::test]
async fn uses_by_two_jobs_stand_on_one_page() {
    let site = TestSite::new().await;
    let job = StoryJob::open(&site, "one", json!({})).await;
    let first = job.call(0, 1, false).await;
    let context = json!({ "job_id": "two", "token_hash": job.token });
    let second = site.submit("clawproxy", wrap(&job.receipt(1, 2), &context)).await;
    let body = site.page(&format!("/tokens/{}", job.token)).await;
    assert!(row(&body, first).contains("href=\"/jobs/one\""));
    assert!(row(&body, second).contains("href=\"/jobs/two\""));
    assert!(body.contains("2 uses by 2 jobs") && body.contains("Used by 2 jobs"));
    // The agent's own receipt is in a run of both jobs.
    job.tool("incidents.get", 3).await;
    let later = site.page(&format!("/tokens/{}", job.token)).await;
    assert!(
        later.contains("3 uses by 2 jobs"),
        "an entry counts once: {later}"
    );
    let found = site.page("/jobs/one").await;
    assert!(
        found.contains(&format!("id=\"e{second}\""))
            && found.contains("names a run of this job, but does not belong to this job"),
        "the other job's call is in the table: {found}"
    );
    let lanes = body.split("<svg").nth(2).unwrap();
    assert!(
        lanes.contains(">one</text>") && lanes.contains(">two</text>"),
        "a lane for each job"
    );
}

#[tokio::test]
async fn what_a_stranger_says_is_no_use() {
    let site = TestSite::new().await;
    let job = StoryJob::open(&site, "victim", json!({})).await;
    let context = json!({ "job_id": "victim", "token_hash": "0".repeat(64) });
    let claimed = site.submit("stranger", wrap(&job.receipt(0, 1), &context)).await;
    let body = site.page(&format!("/tokens/{}", "0".repeat(64))).await;
    assert!(body.contains("not issued in this log"));
    let listed = body.split("Other entries that name the token").nth(1).unwrap();
    assert!(listed.contains(&format!("<tr id=\"e{claimed}\"")));
    assert!(listed.contains("submitted by “stranger”, which is not linked to this signer"));
}

#[tokio::test]
async fn an_issuance_that_names_no_job_is_no_use() {
    let site = TestSite::new().await;
    let agent = site.log.cast.agent.did().as_str();
    let token = "1".repeat(64);
    let issuance = json!({
        "token_hash": token, "kid": "0123456789abcdef",
        "claims": {
            "token_version": "1", "sub": agent, "aud": ["clawproxy"], "scope": ["triage:read"],
            "iat": 1_770_854_400, "exp": 1_770_855_300, "agent_did": agent,
        },
    });
    site.own(&site.log.cast.token_issuer, "cst_issuance", issuance)
        .await;
    let body = site.page(&format!("/tokens/{token}")).await;
    assert!(body.contains("No use of this token is known."));
    assert!(!body.contains("Other entries that name the token"));
}

#[tokio::test]
async fn many_uses_are_paged_and_every_one_is_on_one_page() {
    let site = TestSite::new().await;
    let job = StoryJob::open(&site, "busy", json!({})).await;
    let mut expected = Vec::new();
    for number in 0..130 {
        expected.push(job.call(number, 1, number == 129).await);
    }
    let mut next = Some(format!("/tokens/{}", job.token));
    let mut found = Vec::new();
    while let Some(path) = next {
        let body = site.page(&path).await;
        assert!(body.len() < 500 << 10);
        assert!(
            body.matches("<circle class=\"ev\"").count() <= 60,
            "the picture stays bounded"
        );
        let uses = body.split("<h3>Jobs that these uses").next().unwrap();
        let rows = uses.split("<tr id=\"e").skip(1);
        found.extend(rows.map(|row| row.split('"').next().unwrap().parse::<u64>().unwrap()));
        next = body.split("rel=\"next\" href=\"").nth(1).map(|rest| {
            let href = rest.split('"').next().unwrap().replace("&#38;", "&");
            href.split('#').next().unwrap().to_owned()
        });
        assert!(found.len() <= expected.len());
    }
    assert_eq!(found, expected);
}

#[tokio::test]
async fn an_earlier_size_does_not_know_the_revocation() {
    let site = TestSite::new().await;
    let job = StoryJob::open(&site, "earlier", json!({})).await;
    job.call(0, 1, false).await;
    let before = site.newest();
    job.revoke().await;
    let path = format!("/tokens/{}", job.token);
    assert!(site.page(&path).await.contains("</span> revoked</span>"));
    let then = site.page(&format!("{path}?as_of={before}")).await;
    assert!(then.contains("not revoked, not expired") && then.contains("This server knows of no revocation"));
    let unborn = site.get(&format!("{path}?as_of=3")).await;
    assert_eq!(unborn.status, StatusCode::NOT_FOUND);
}
