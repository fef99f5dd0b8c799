//! Which statements contradict each other, as intake answers.

use kit::documents::{claims, issuance, model_call, registration};
use kit::test_ledger::{ORIGIN, TestLedger, accepted, submit};
use ledger::handle::{Ack, SubmissionOutcome};
use ledger::signer::EvidenceKey;
use verifier::kind::Kind;

#[tokio::test(flavor = "multi_thread")]
async fn the_same_payload_signed_again_is_logged_and_contradicts_nothing() {
    let (log, ledger) = TestLedger::registered().await;
    let issuance = |kid: &str, issued_at: &str| {
        let claims = claims("agent", "jti-1", &["call"], 1_770_854_400, 1_770_855_400);
        let draft = issuance(ORIGIN, &"ab".repeat(32), &claims, "job-1", "run-1");
        draft
            .with("/kid", kid)
            .issued_at(issued_at)
            .sign(&log.cast.token_issuer)
    };
    let send = |document: String| accepted(&ledger, "clawscope", document);
    let first = send(issuance("0123456789abcdef", "2026-02-12T00:00:00Z")).await;
    let again = send(issuance("0123456789abcdef", "2026-02-12T00:00:09Z")).await;
    assert_eq!(
        (again.outcome, again.kind),
        (SubmissionOutcome::Created, Kind::TokenIssued)
    );
    assert_eq!((again.variant, again.conflicts), (false, Vec::new()));
    assert_ne!(again.index, first.index);
    assert_eq!(ledger.metrics().conflicts, 0);
    let other = send(issuance("fedcba9876543210", "2026-02-12T00:00:19Z")).await;
    assert_eq!(other.conflicts, [first.index, again.index]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_contradicts_itself_whichever_of_its_keys_signs_and_no_other_key_can_make_it() {
    let (log, ledger) = TestLedger::registered().await;
    let [first, second, stranger] = [31, 32, 33].map(|seed| EvidenceKey::from_seed([seed; 32]).unwrap());
    for (key, gateway_id) in [(&first, "gateway"), (&second, "gateway"), (&stranger, "other")] {
        let draft =
            registration(ORIGIN, key.did().as_str(), "gw", &["gateway"]).with("/submitters", ["clawproxy"]);
        let document = draft.with("/gateway_id", gateway_id).sign(&log.cast.operator);
        accepted(&ledger, "clawproxy", document).await;
    }
    let said = |key: &EvidenceKey, model: &str| {
        let receipt = model_call(1).with("/model", model);
        receipt.sign(key)
    };
    // Of one batch, too.
    let documents = vec![
        said(&first, "one"),
        said(&second, "one"),
        said(&second, "two"),
        said(&stranger, "three"),
        said(&log.cast.gateway, "four"),
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
