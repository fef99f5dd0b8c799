//! Pages about an older size than the newest, which say so.

use kit::documents::job_event;
use kit::test_ledger::ORIGIN;

use crate::site::{JOB_HREF, TOKEN, TestSite};

const OLDER: &str = "Not the newest state";

/// The pages that take a size.
fn pages(site: &TestSite, policy: &str) -> [String; 5] {
    let agent = site.log.cast.agent.did().as_str();
    [
        JOB_HREF.to_owned(),
        "/runs/run_test".to_owned(),
        format!("/tokens/{TOKEN}"),
        format!("/policies/{policy}"),
        format!("/agents/{agent}"),
    ]
}

/// Each page as of a size says that it is older than this one, and as of this one or without a size it does not.
async fn assert_older(site: &TestSite, policy: &str, (older, newest): (u64, u64)) {
    for page in pages(site, policy) {
        for newest in [page.clone(), format!("{page}?as_of={newest}")] {
            assert!(!site.page(&newest).await.contains(OLDER), "{newest}");
        }
        let body = site.page(&format!("{page}?as_of={older}")).await;
        assert!(
            body.contains(OLDER) && body.contains(&format!("This page shows the log at size {older}.")),
            "{page}: {body}"
        );
        if page == JOB_HREF {
            assert!(body.contains(&format!("At size {newest} the verdict is the same.")));
        } else {
            let link = format!("The newest is size {newest}. <a href=\"?\">Open the newest</a>");
            assert!(body.contains(&link), "{page}: {body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_about_an_older_size_says_so_and_leads_to_the_newest_as_far_as_the_index_goes() {
    let (site, policy) = TestSite::with_job().await;
    let first = site.newest();
    for page in pages(&site, &policy) {
        let body = site.page(&format!("{page}?as_of={first}")).await;
        assert!(!body.contains(OLDER), "{page}");
    }
    let opened = job_event(ORIGIN, "later", "opened");
    site.log_draft(&site.log.cast.orchestrator, opened).await;
    assert_older(&site, &policy, (first, first + 1)).await;
    // Behind what it covers there is nothing but the index.root.
    let site = Box::pin(site.indexed()).await;
    let covered = site.engine.index_covered().value();
    assert_eq!(site.newest(), covered + 1);
    assert_older(&site, &policy, (first, covered)).await;
}
