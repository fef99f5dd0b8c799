//! A job of ten thousand receipts: every page about it stays small, all of them can be read page by page, and
//! others are answered meanwhile.

use kit::documents::wrap;
use serde_json::json;

use crate::site::TestSite;
use crate::story::StoryJob;

const PAGE_BYTES_MAX: usize = 500 << 10;
const RECEIPTS: u64 = 10_000;
/// What the sequencer takes at once.
const BATCH: u64 = 500;
/// Seconds of the job's token.
const SECONDS: u64 = 800;

async fn large_job(site: &TestSite) -> StoryJob<'_> {
    let job = StoryJob::open(site, "large", json!({})).await;
    for first in (0..RECEIPTS).step_by(usize::try_from(BATCH).unwrap()) {
        let bodies = (first..first + BATCH)
            .map(|number| {
                let context = json!({
                    "job_id": "large", "token_hash": job.token, "stream": "large", "number": number,
                    "last": number == RECEIPTS - 1,
                });
                wrap(&job.receipt(number, number % SECONDS), &context)
            })
            .collect();
        site.log.clock.advance(40_000);
        for ack in kit::test_ledger::submit(&site.ledger, "clawproxy", bodies).await {
            ack.unwrap();
        }
    }
    job
}

fn next_of(body: &str) -> Option<String> {
    let rest = body.split("rel=\"next\" href=\"").nth(1)?;
    let href = rest.split('"').next()?.replace("&#38;", "&");
    Some(href.split('#').next()?.to_owned())
}

#[tokio::test]
async fn ten_thousand_receipts_stay_on_pages_of_a_bounded_size_and_others_are_answered_meanwhile() {
    let site = TestSite::new().await;
    let job = large_job(&site).await;
    let newest = site.newest();
    let body = site.page("/jobs/large").await;
    assert!(body.len() < PAGE_BYTES_MAX, "{}", body.len());
    assert!(body.contains("10,000 calls") && body.contains("10,000,000"));
    assert!(body.contains("Neighbouring entries share a mark"));
    assert_eq!(body.matches("<tr id=\"e").count(), 60);
    let second = next_of(&body).unwrap();
    assert!(
        second.starts_with(&format!("/jobs/large?as_of={newest}&from=")),
        "{second}"
    );

    // The last receipts: nothing follows them.
    let last = site
        .page(&format!("/jobs/large?as_of={newest}&from={}", newest - 50))
        .await;
    assert!(last.len() < PAGE_BYTES_MAX, "{}", last.len());
    assert_eq!(last.matches("<tr id=\"e").count(), 50);
    assert_eq!(next_of(&last), None);

    let cast = &site.log.cast;
    for path in [
        format!("/tokens/{}", job.token),
        format!("/runs/{}", job.run),
        format!("/gateways/{}", cast.gateway.did().as_str()),
        format!("/policies/{}", job.policy),
        "/search?q=large".to_owned(),
    ] {
        let answer = site.get(&path).await;
        assert!(
            answer.status.is_success() || answer.status.is_redirection(),
            "{path}"
        );
        assert!(
            answer.body.len() < PAGE_BYTES_MAX,
            "{path}: {}",
            answer.body.len()
        );
    }

    // A page that judges so much keeps nobody waiting who asks for another: this one was judged as of no such size yet.
    tokio::select! {
        biased;
        _ = site.page("/jobs/large?as_of=9000") => panic!("the page of another entry waited for a large job"),
        body = site.page("/entries/0") => assert!(body.contains("Log begins") || body.contains("begins")),
    }
}
