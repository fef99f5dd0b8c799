//! Bearer tokens in the clear are refused wherever they stand, and never written down.

use crate::documents::COMPACT_JWS;
use crate::support::{ApiLog, post};

#[tokio::test]
async fn a_token_in_a_path_or_query_is_refused_everywhere() {
    let log = ApiLog::start().await;
    let encoded = COMPACT_JWS.replace('.', "%2E");
    for path in [
        format!("/v1/tokens/{COMPACT_JWS}"),
        format!("/v1/jobs/{COMPACT_JWS}"),
        format!("/v1/jobs/x{encoded}"),
        format!("/v1/policies?policy_id={COMPACT_JWS}"),
        format!("/v1/log?token={encoded}"),
        format!("/no/such/{COMPACT_JWS}"),
        format!("/healthz?{COMPACT_JWS}"),
    ] {
        let answer = log.get(&path).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "TOKEN_LEAKED"),
            "{path}"
        );
        assert!(!answer.text().contains("eyJ"), "{}", answer.text());
    }
    let before = log.size();
    let submission = post(
        &format!("/v1/evidence?t={COMPACT_JWS}"),
        "application/json",
        log.job_event("a", "opened"),
    );
    assert_eq!(log.send(submission).await.code(), "TOKEN_LEAKED");
    assert_eq!(log.size(), before);
}

#[tokio::test]
async fn a_token_in_a_document_is_not_repeated_in_the_answer() {
    let log = ApiLog::start().await;
    let answer = log
        .post(&format!("{{\"{COMPACT_JWS}\":\"{COMPACT_JWS}\"}}"))
        .await;
    assert_eq!(answer.code(), "TOKEN_LEAKED");
    assert!(!answer.text().contains("eyJ"), "{}", answer.text());
}
