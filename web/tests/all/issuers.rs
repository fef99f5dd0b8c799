//! Who may sign what, until when, and what of theirs was refused.

use axum::http::StatusCode;
use kit::documents::model_call;
use kit::test_ledger::{ORIGIN, submit};
use serde_json::json;

use crate::site::TestSite;

#[tokio::test]
async fn every_registered_signer_stands_there_with_role_window_and_last_entry() {
    let (site, _) = TestSite::with_job().await;
    let body = site.page("/issuers").await;
    for issuer in site.engine.issuers() {
        assert!(body.contains(&issuer.did));
    }
    for words in [
        "token issuer",
        "policy publisher",
        "no end stated",
        "linked submitters: clawproxy",
    ] {
        assert!(body.contains(words), "{words}");
    }
    assert!(body.contains("/gateways/"));
    assert!(body.contains("Known refusals: 0."));
}

#[tokio::test]
async fn days_left_are_counted_to_the_newest_entry_and_not_to_a_clock() {
    let site = TestSite::new().await;
    let cast = &site.log.cast;
    let registration = json!({
        "did": cast.agent.did().as_str(), "name": "short-lived", "roles": ["approver"],
        "not_before": "2026-02-02T00:00:00Z", "not_after": "2026-02-17T00:00:00Z",
    });
    site.own(&cast.operator, "issuer_registration", registration)
        .await;
    let path = format!("/issuers?did={}", cast.agent.did().as_str());
    let body = site.page(&path).await;
    assert!(body.contains("ends soon") && body.contains("5 d 0 h left"));
    assert!(!body.contains("clawproxy"), "the filter leaves the others out");
    site.log.clock.advance(7 * 86_400_000);
    assert!(
        site.page(&path).await.contains("5 d 0 h left"),
        "nothing was logged since"
    );
    let event = json!({ "job_id": "j", "action": "opened", "at": "2026-02-19T00:00:00Z" });
    site.own(&cast.orchestrator, "job_event", event).await;
    assert!(site.page(&path).await.contains("ended 2 d 0 h before"));
}

#[tokio::test]
async fn refusals_are_counted_by_signer_and_code() {
    let site = TestSite::new().await;
    let cast = &site.log.cast;
    site.submit("operator", cast.retire(ORIGIN, &cast.gateway)).await;
    for number in 0..3 {
        let document = model_call(number).sign(&cast.gateway);
        assert!(submit(&site.ledger, "clawproxy", vec![document]).await[0].is_err());
    }
    let body = site.page("/issuers?role=gateway").await;
    assert!(body.contains("3 × SIGNER_RETIRED") && body.contains("Known refusals: 3."));
    let others = site.page("/issuers?role=token_issuer").await;
    assert!(!others.contains("SIGNER_RETIRED"));
}

#[tokio::test]
async fn a_role_that_does_not_exist_is_refused_with_what_would_do() {
    let site = TestSite::new().await;
    let answer = site.get("/issuers?role=king").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("token_issuer"));
    let nobody = site.page("/issuers?did=did:key:zNobody").await;
    assert!(nobody.contains("No registered signer matches.") && nobody.contains("ledgerd issuer register"));
}
