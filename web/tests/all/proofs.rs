//! Links to proofs that an answer leaves nothing out.

use crate::site::{JOB_HREF, TOKEN, TestSite};

const TOKEN_PROOF: &str =
    "/v1/subjects/token/9c41e7b29c41e7b29c41e7b29c41e7b29c41e7b29c41e7b29c41e7b29c41e7b2/proof";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_about_one_thing_links_the_proof_of_all_its_entries_where_the_log_has_an_index() {
    let (site, _) = TestSite::with_job().await;
    let token = format!("/tokens/{TOKEN}");
    for page in [token.as_str(), JOB_HREF, "/runs/run_test"] {
        assert!(!site.page(page).await.contains("/v1/subjects/"), "{page}");
    }
    let site = Box::pin(site.indexed()).await;
    let proofs = [
        (token.as_str(), TOKEN_PROOF),
        (JOB_HREF, "/v1/subjects/job/job%2F2026%20%C3%BC/proof"),
        ("/runs/run_test", "/v1/subjects/run/run_test/proof"),
    ];
    for (page, proof) in proofs {
        let body = site.page(page).await;
        assert!(body.contains(&format!("href=\"{proof}\"")), "{page}: {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_job_links_a_pack_that_the_index_proves_whole() {
    let (site, _) = TestSite::with_job().await;
    let site = Box::pin(site.indexed()).await;
    let covered = site.engine.index_covered();
    assert_eq!(
        site.newest(),
        covered.value() + 1,
        "the index.root is the last entry"
    );
    let body = site.page(JOB_HREF).await;
    assert!(body.contains(&format!("/pack?as_of={covered}\"")), "{body}");
}
