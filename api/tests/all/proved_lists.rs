//! Lists that carry the proof that they leave nothing out.

use crate::documents::token_hash;
use crate::subjects::{checked_file, indexed_log, size_with};
use crate::support::ApiLog;
use serde_json::{Value, json};
use verifier::base64::decode_url;
use verifier::check::Report;

/// What the offline verifier says of the proof in an answer, which has to say the same in its members.
fn proved(log: &ApiLog, proof: &Value) -> Report {
    let file = decode_url(proof["file"].as_str().unwrap()).unwrap();
    let report = checked_file(log, &file);
    assert_eq!(report.reason_code, "OK", "{}", report.message);
    for member in ["question", "as_of", "index_root"] {
        assert_eq!(Some(&proof[member]), report.details.get(member), "{member}");
    }
    let said = format!(
        "{} {}",
        proof["sentence"].as_str().unwrap(),
        proof["basis"].as_str().unwrap()
    );
    assert_eq!(report.message, said);
    report
}

fn indices(entries: &Value) -> Vec<u64> {
    let entries = entries.as_array().unwrap();
    entries
        .iter()
        .map(|entry| entry["index"].as_u64().unwrap())
        .collect()
}

/// Follows a list to its end, and checks that every page is proved and that the pages are proved without a gap.
async fn walked(log: &ApiLog, address: &str, question: &Value) -> Vec<u64> {
    let mut found = Vec::new();
    let mut next = 0;
    let mut cursor = String::new();
    loop {
        let page = log.get(&format!("{address}&proof=true{cursor}")).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.json();
        let report = proved(log, &page["proof"]);
        assert_eq!(&page["proof"]["question"], question);
        assert_eq!(page["proof"]["as_of"], page["as_of_tree_size"]);
        assert_eq!(
            report.details.get("entries").unwrap(),
            &json!(indices(&page["entries"]))
        );
        let end = match page["proof"].get("since") {
            Some(since) => {
                assert_eq!(since, next);
                page["proof"]["to"].as_u64().unwrap()
            }
            None => page["as_of_tree_size"].as_u64().unwrap(),
        };
        found.extend(indices(&page["entries"]));
        next = end;
        let Some(place) = page["next_cursor"].as_str() else {
            assert_eq!(page["as_of_tree_size"], next);
            return found;
        };
        cursor = format!("&cursor={place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_a_job_or_a_run_is_proved_and_the_pages_leave_no_gap() {
    let log = indexed_log().await;
    let mut size = 0;
    for digit in '0'..='4' {
        log.logged(&log.issuance(&token_hash(digit), "job-1", "run-1"))
            .await;
        let receipt = log.receipt(&format!("rcpt-{digit}"), "run-1");
        size = size_with(&log.logged(&receipt).await);
    }
    for (address, question) in [
        ("/v1/jobs/job-1/entries", json!(["subject", "job", "job-1", []])),
        ("/v1/runs/run-1", json!(["subject", "run", "run-1", []])),
    ] {
        let plain = log.get(&format!("{address}?limit=200&as_of={size}")).await.json();
        assert_eq!(plain.get("proof"), None);
        let listed = indices(&plain["entries"]);
        assert!(listed.len() > 4, "{address}");
        for limit in [1, 2, 3, 200] {
            let found = walked(&log, &format!("{address}?limit={limit}&as_of={size}"), &question).await;
            assert_eq!(found, listed, "{address} by {limit}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proved_list_without_a_size_is_as_of_what_the_index_covers() {
    let log = indexed_log().await;
    let page = log.get("/v1/jobs/job-1/entries?proof=true").await.json();
    let covered = log
        .state
        .engine()
        .newest_index_root()
        .unwrap()
        .unwrap()
        .list
        .covered();
    assert!(page["as_of_tree_size"].as_u64().unwrap() <= covered.value());
    let report = proved(&log, &page["proof"]);
    assert!(
        report.message.contains("are in the log: entries"),
        "{}",
        report.message
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn issuances_and_revocations_of_a_token_are_proved() {
    let log = indexed_log().await;
    let revoked = log.logged(&log.revocation(&token_hash('a'), 1_770_800_000)).await;
    let address = format!("/v1/tokens/{}?as_of={}", token_hash('a'), size_with(&revoked));
    let plain = log.get(&address).await.json();
    let answer = log.get(&format!("{address}&proof=true")).await.json();
    assert_eq!(plain.get("proof"), None);
    let report = proved(&log, &answer["proof"]);
    let acts = [indices(&answer["issued"]), indices(&answer["revoked"])].concat();
    assert_eq!(report.details.get("entries").unwrap(), &json!(acts));
    assert_eq!(acts.len(), 2);
    assert_eq!(
        answer["proof"]["question"],
        json!([
            "subject",
            "token",
            token_hash('a'),
            ["token.issued", "token.revoked"]
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_of_listed_kinds_is_proved_kind_by_kind_up_to_its_token() {
    let log = indexed_log().await;
    let revoked = log.logged(&log.revocation(&token_hash('a'), 1_770_800_000)).await;
    let index = revoked["index"].as_u64().unwrap();
    let kinds = "kinds=token.revoked,issuer.registered,log.frozen";
    let (mut found, mut after) = (Vec::new(), None::<u64>);
    while after.is_none_or(|after| after < index) {
        let place = after
            .map(|after| format!("&after_index={after}"))
            .unwrap_or_default();
        let page = log
            .get(&format!("/v1/events?{kinds}&limit=2&proof=true&wait_s=5{place}"))
            .await
            .json();
        let proofs = page["proofs"].as_array().unwrap();
        assert_eq!(proofs.len(), 3);
        let mut of_page = Vec::new();
        for proof in proofs {
            let report = proved(&log, proof);
            let entries: Vec<u64> =
                serde_json::from_value(report.details.get("entries").unwrap().clone()).unwrap();
            of_page.extend(entries);
            assert_eq!(proof["since"], after.map_or(0, |after| after + 1));
            assert_eq!(proof["to"], page["next_token"].as_u64().unwrap() + 1);
        }
        of_page.sort_unstable();
        assert_eq!(of_page, indices(&page["events"]));
        found.extend(of_page);
        after = page["next_token"].as_u64();
    }
    let plain = log.get(&format!("/v1/events?{kinds}&limit=200")).await.json();
    assert_eq!(plain.get("proofs"), None);
    assert_eq!(found, indices(&plain["events"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_cannot_be_proved_says_why() {
    let log = indexed_log().await;
    for (query, parameter) in [
        ("proof=true", "proof"),
        ("proof=true&kinds=job.event", "kinds"),
        ("proof=true&kinds=token.revoked,index.root", "kinds"),
        ("proof=yes", "proof"),
    ] {
        let answer = log.get(&format!("/v1/events?{query}")).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "INVALID_PARAMETER"),
            "{query}"
        );
        assert_eq!(answer.json()["parameter"], parameter, "{query}");
    }
    let lines = log
        .get_as(
            "/v1/events?proof=true&kinds=token.revoked",
            "application/x-ndjson",
        )
        .await;
    assert_eq!(
        (lines.status, lines.json()["parameter"].as_str()),
        (422, Some("proof"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_without_an_index_proves_no_list() {
    let log = ApiLog::start().await;
    log.logged(&log.job_event("job-1", "opened")).await;
    log.logged(&log.issuance(&token_hash('a'), "job-1", "run-1"))
        .await;
    let token = format!("/v1/tokens/{}", token_hash('a'));
    for address in [
        "/v1/jobs/job-1/entries?",
        "/v1/runs/run-1?",
        &format!("{token}?"),
        "/v1/events?kinds=token.revoked&",
    ] {
        let answer = log.get(&format!("{address}proof=true")).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (409, "INDEX_BEHIND"),
            "{address}"
        );
        assert_eq!(
            log.get(&format!("{address}proof=false")).await.status,
            200,
            "{address}"
        );
    }
}
