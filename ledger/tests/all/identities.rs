//! Which statements contradict each other, as intake answers.

use ledger::error::SubmitError;
use ledger::handle::{Ack, Ledger, SubmissionOutcome};
use ledger::signer::EvidenceKey;
use ledger::testing::{ISSUED_AT, ORIGIN, TestLog, TestReceipt, submit};
use serde_json::json;
use verifier::kind::Kind;

/// A log with every issuer registered at indices 1 to 6.
async fn registered() -> (TestLog, Ledger) {
    let log = TestLog::new().unwrap();
    let ledger = log.open().unwrap();
    log.register_all(&ledger).await.unwrap();
    (log, ledger)
}

async fn send_as(ledger: &Ledger, submitter: &str, document: &str) -> Result<Ack, SubmitError> {
    submit(ledger, submitter, vec![document.to_owned()])
        .await
        .remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_payload_signed_again_is_logged_and_contradicts_nothing() {
    let (log, ledger) = registered().await;
    let issuance = |kid: &str, issued_at: &str| {
        let payload = json!({
            "event_version": "1", "log_origin": ORIGIN, "token_hash": "ab".repeat(32), "kid": kid, "job_id": "job-1",
            "claims": {
                "token_version": "1", "sub": "agent", "aud": "gateway", "scope": ["call"],
                "iat": 1_770_768_000_u64, "exp": 1_770_769_000_u64, "jti": "jti-1",
            },
        });
        let issuer = &log.actors.token_issuer;
        issuer.sign_own("cst_issuance", &payload, issued_at).unwrap()
    };
    let send = |document: String| {
        let ledger = &ledger;
        async move { send_as(ledger, "clawscope", &document).await.unwrap() }
    };
    let first = send(issuance("0123456789abcdef", "2026-02-11T00:00:00Z")).await;
    let again = send(issuance("0123456789abcdef", "2026-02-11T00:00:09Z")).await;
    assert_eq!(
        (again.outcome, again.kind),
        (SubmissionOutcome::Created, Kind::TokenIssued)
    );
    assert_eq!((again.variant, again.conflicts), (false, Vec::new()));
    assert_ne!(again.index, first.index);
    assert_eq!(ledger.metrics().conflicts, 0);
    let other = send(issuance("fedcba9876543210", "2026-02-11T00:00:19Z")).await;
    assert_eq!(other.conflicts, [first.index, again.index]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_contradicts_itself_whichever_of_its_keys_signs_and_no_other_key_can_make_it() {
    let (log, ledger) = registered().await;
    let [first, second, stranger] = [31, 32, 33].map(|seed| EvidenceKey::from_seed([seed; 32]).unwrap());
    for (key, gateway_id) in [
        (&first, Some("did:web:clawproxy.example")),
        (&second, Some("did:web:clawproxy.example")),
        (&stranger, Some("did:web:other.example")),
    ] {
        let payload = json!({
            "event_version": "1", "log_origin": ORIGIN, "did": key.did().as_str(), "name": "gw",
            "roles": ["gateway"], "not_before": "2026-01-01T00:00:00Z", "submitters": ["clawproxy"],
            "gateway_id": gateway_id,
        });
        let document = log
            .actors
            .operator
            .sign_own("issuer_registration", &payload, ISSUED_AT)
            .unwrap();
        send_as(&ledger, "clawproxy", &document).await.unwrap();
    }
    let said = |key: &EvidenceKey, model: &str| {
        let receipt = TestReceipt {
            model: model.to_owned(),
            ..TestReceipt::new(1)
        };
        receipt.sign(key).unwrap()
    };
    // Of one batch, too.
    let documents = vec![
        said(&first, "one"),
        said(&second, "one"),
        said(&second, "two"),
        said(&stranger, "three"),
        said(&log.actors.gateway, "four"),
        said(&first, "five"),
    ];
    let acks: Vec<Ack> = submit(&ledger, "clawproxy", documents)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let index = |at: usize| acks[at].index;
    let conflicts = |at: usize| acks[at].conflicts.clone();
    assert_eq!(conflicts(1), [], "the same payload by the next key");
    assert_eq!(conflicts(2), [index(0), index(1)]);
    assert_eq!(conflicts(3), [], "registered for another id");
    assert_eq!(conflicts(4), [], "registered without an id");
    assert_eq!(conflicts(5), [index(0), index(1), index(2)]);
}
