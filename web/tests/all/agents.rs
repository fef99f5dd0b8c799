//! An agent: the jobs that it is an agent of, the tokens issued for it, and who says what about it.

use axum::http::StatusCode;
use serde_json::json;

use crate::site::TestSite;
use crate::story::StoryJob;

#[tokio::test]
async fn an_agent_has_its_jobs_runs_policies_and_tokens() {
    let site = TestSite::new().await;
    let (id, run, token, policy) = {
        let job = StoryJob::open(&site, "agents-job", json!({})).await;
        job.call(0, 1, true).await;
        (
            job.id.clone(),
            job.run.clone(),
            job.token.clone(),
            job.policy.clone(),
        )
    };
    let site = site.projected().await;
    let body = site
        .page(&format!("/agents/{}", site.log.cast.agent.did().as_str()))
        .await;
    assert!(body.contains("This agent is not registered in this log"));
    let jobs = body.split("<h2 id=\"tokens\">").next().unwrap();
    assert!(jobs.contains(&format!("href=\"/jobs/{id}\"")) && jobs.contains("RUNNING"));
    assert!(jobs.contains(&format!("href=\"/runs/{run}\"")) && jobs.contains(&format!("/policies/{policy}")));
    let tokens = body.split("<h2 id=\"tokens\">").nth(1).unwrap();
    assert!(tokens.contains(&format!("href=\"/tokens/{token}\"")));
    assert!(body.contains("completeness not proved"));
}

#[tokio::test]
async fn without_a_list_of_verdicts_the_entries_still_stand_there() {
    let site = TestSite::new().await;
    let job = StoryJob::open(&site, "unjudged", json!({})).await;
    let tool = job.tool("incidents.get", 1).await;
    let body = site
        .page(&format!("/agents/{}", site.log.cast.agent.did().as_str()))
        .await;
    assert!(body.contains("No list of its jobs: this server keeps no list of verdicts."));
    assert!(
        body.contains(&format!("<tr id=\"e{tool}\" class=\"self\"")),
        "the agent's own word is dotted"
    );
}

#[tokio::test]
async fn entries_are_paged_newest_first() {
    let site = TestSite::new().await;
    let job = StoryJob::open(&site, "many", json!({})).await;
    let mut expected = Vec::new();
    for second in 0..60 {
        expected.push(job.tool("incidents.get", second).await);
    }
    expected.reverse();
    let mut next = Some(format!("/agents/{}", site.log.cast.agent.did().as_str()));
    let mut found: Vec<u64> = Vec::new();
    while let Some(path) = next {
        let body = site.page(&path).await;
        let rows = body.split("<tr id=\"e").skip(1);
        found.extend(rows.map(|row| row.split('"').next().unwrap().parse::<u64>().unwrap()));
        next = body.contains("Older entries").then(|| {
            let before = body.split("before=").nth(1).unwrap().split('#').next().unwrap();
            format!("/agents/{}?before={before}", site.log.cast.agent.did().as_str())
        });
    }
    assert_eq!(found[..60], expected, "the issuance comes last");
    assert_eq!(found.len(), 61);
}

#[tokio::test]
async fn an_unknown_agent_is_not_found() {
    let site = TestSite::new().await;
    let answer = site.get("/agents/did:key:zNobody").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
