//! Times as people read them: in UTC, with how long ago that was, and as of when a page speaks.

use crate::site::{JOB, JOB_HREF, TOKEN, TestSite};
use kit::key::TIME;

/// The paths of pages about a job and what belongs to it, and of every list.
async fn pages(site: &TestSite, policy: &str) -> Vec<(String, String)> {
    let cast = &site.log.cast;
    let mut paths: Vec<String> = [
        "/",
        "/jobs",
        "/alarms",
        "/policies",
        "/log",
        "/issuers",
        "/search?q=nothing",
        "/verify",
        "/compare?a=run_test&b=run_test",
        "/runs/run_test",
        "/entries/0",
        JOB_HREF,
    ]
    .map(str::to_owned)
    .to_vec();
    paths.push(format!("/policies/{policy}"));
    paths.push(format!("/policies/diff?from={policy}&to={policy}"));
    paths.push(format!("/tokens/{TOKEN}"));
    paths.push(format!("/agents/{}", cast.agent.did().as_str()));
    paths.push(format!("/gateways/{}", cast.gateway.did().as_str()));
    let mut pages = Vec::new();
    for path in paths {
        let body = site.page(&path).await;
        pages.push((path, body));
    }
    pages
}

#[tokio::test]
async fn every_time_on_a_page_says_how_long_ago_it_was() {
    let (site, policy) = TestSite::with_job().await;
    let site = site.projected().await;
    for (path, body) in pages(&site, &policy).await {
        let mut times = body.split("<time datetime=\"").skip(1).peekable();
        assert!(times.peek().is_some(), "{path} has no time");
        for time in times {
            let (_, after) = time.split_once("</time>").unwrap();
            let ago = after
                .strip_prefix(" <span class=\"ago\">")
                .and_then(|rest| rest.split('<').next());
            let is_said = ago.is_some_and(|ago| ago.ends_with(" ago") || ago.starts_with("in "));
            assert!(is_said, "{path}: {time:.80}");
        }
    }
}

#[tokio::test]
async fn every_page_says_as_of_when_it_speaks_and_none_gives_a_bare_size_for_it() {
    let (site, policy) = TestSite::with_job().await;
    let site = site.projected().await;
    for (path, body) in pages(&site, &policy).await {
        for bare in ["as of size", "as of tree size", "up to tree size", "at size 13"] {
            // The button to the address that stays keeps the size, which is what the address has.
            let body = body.replace("Permalink at size 13", "").to_lowercase();
            assert!(!body.contains(bare), "{path}: {bare}");
        }
        if path != "/verify" {
            assert!(body.contains("As of <time datetime=\"2026-02-"), "{path}");
        }
    }
    for path in [
        JOB_HREF.to_owned(),
        format!("/tokens/{TOKEN}"),
        "/jobs".to_owned(),
    ] {
        let body = site
            .page(&path)
            .await
            .replace("<span data-shows=\"as_of\">13</span>", "13");
        assert!(
            body.contains("as of 12 Feb 2026") && body.contains(" UTC (13 entries)"),
            "{path}"
        );
    }
}

/// As of when a page says that it speaks.
fn spoken_as_of(body: &str) -> String {
    let body = body
        .replace("<span data-shows=\"as_of\">", "")
        .replace("</span>", "");
    let (_, rest) = body.split_once("as of 12 Feb 2026").unwrap();
    let (said, _) = rest.split_once(')').unwrap();
    said.to_owned()
}

#[tokio::test]
async fn a_permalink_of_an_earlier_size_speaks_as_of_the_time_of_that_size() {
    let (site, policy) = TestSite::with_job().await;
    let site = site.projected().await;
    let earlier = site.newest();
    let before = spoken_as_of(&site.page(JOB_HREF).await);
    assert!(before.ends_with(&format!(" UTC ({earlier} entries")), "{before}");
    site.log.clock.advance(2 * 60 * 60 * 1_000);
    let closed = serde_json::json!({ "job_id": JOB, "action": "closed", "at": TIME });
    site.own(&site.log.cast.orchestrator, "job_event", closed).await;
    let site = site.projected().await;
    let now = spoken_as_of(&site.page(JOB_HREF).await);
    let minute = |said: &str| said.split(" UTC").next().unwrap().to_owned();
    assert_ne!(minute(&before), minute(&now), "two hours later");
    for path in [
        JOB_HREF.to_owned(),
        "/jobs".to_owned(),
        "/alarms".to_owned(),
        "/policies".to_owned(),
        format!("/policies/{policy}"),
        format!("/tokens/{TOKEN}"),
        "/runs/run_test".to_owned(),
    ] {
        let then = spoken_as_of(&site.page(&format!("{path}?as_of={earlier}")).await);
        assert_eq!(then, before, "{path}");
        assert_eq!(spoken_as_of(&site.page(&path).await), now, "{path}");
    }
}
