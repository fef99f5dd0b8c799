//! Cursors that no server gave.

use crate::documents::token_hash;
use crate::subjects::{indexed_log, size_with};

/// Every address whose list has cursors; with a proof where it carries one.
fn lists_with_cursors() -> Vec<String> {
    let token = token_hash('a');
    let provable = [
        "/v1/jobs/job-1/entries",
        "/v1/jobs/none/entries",
        "/v1/runs/run-1",
    ];
    let proved = provable.iter().map(|address| format!("{address}?proof=true&"));
    let plain = provable.iter().map(|address| format!("{address}?"));
    let others = [
        format!("/v1/tokens/{token}?proof=true&"),
        format!("/v1/tokens/{token}?"),
        format!("/v1/policies/{}?", "A".repeat(43)),
        "/v1/entries?".to_owned(),
        "/v1/erasures?".to_owned(),
        "/v1/issuers?".to_owned(),
        "/v1/policies?".to_owned(),
        "/v1/checkpoints?".to_owned(),
        "/v1/jobs?".to_owned(),
    ];
    proved.chain(plain).chain(others).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_whose_place_is_not_below_its_size_is_refused_by_every_list() {
    let log = indexed_log().await;
    let size = log.size();
    for address in lists_with_cursors() {
        for cursor in [
            format!("{size}.{size}"),
            format!("{}.{size}", size - 1),
            format!("{}.{}", size - 1, size - 1),
            format!("{size}.{}", size + 400),
            format!("{size}.{}", u64::MAX),
            "0.0".to_owned(),
        ] {
            let answer = log.get(&format!("{address}cursor={cursor}")).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (422, "INVALID_PARAMETER"),
                "{address}cursor={cursor}"
            );
            assert_eq!(answer.json()["parameter"], "cursor", "{address}cursor={cursor}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_at_the_beginning_of_a_list_that_has_no_entry_is_its_first_page() {
    let log = indexed_log().await;
    let size = size_with(&log.logged(&log.job_event("job-1", "closed")).await);
    for proof in ["", "&proof=true"] {
        let absent = format!("/v1/jobs/none/entries?cursor={size}.0{proof}");
        assert_eq!(log.get(&absent).await.status, 404, "{absent}");
    }
}
