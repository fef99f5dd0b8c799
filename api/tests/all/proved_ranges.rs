//! Answers in pieces: for lists that are too long for one file, and for somebody who has the answer as of an earlier size.

use crate::documents::token_hash;
use crate::subjects::{checked_file, indexed_log, size_with};
use crate::support::{ApiAnswer, ApiLog};
use api::HostLimits;
use serde_json::{Value, json};

/// A log with five entries of a job, all of it covered, whose answers have at most two entries; and its size.
async fn long_list() -> (ApiLog, u64) {
    let log = ApiLog::start_indexed_with(HostLimits {
        proved_entries_max: 2,
        ..HostLimits::default()
    })
    .await;
    let mut size = 0;
    for digit in ('0'..='9').step_by(2) {
        let next = char::from_u32(u32::from(digit) + 1).unwrap();
        // Entries of another job, so that ranges have gaps.
        log.logged(&log.issuance(&token_hash(digit), "job-2", "run-2"))
            .await;
        size = size_with(
            &log.logged(&log.issuance(&token_hash(next), "job-1", "run-1"))
                .await,
        );
    }
    (log, size)
}

fn entries(log: &ApiLog, answer: &ApiAnswer) -> (Vec<u64>, String) {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let report = checked_file(log, &answer.body);
    assert_eq!(report.reason_code, "OK", "{}", report.message);
    let entries = report.details.get("entries").unwrap().clone();
    (serde_json::from_value(entries).unwrap(), report.message)
}

/// The entries of the job, by a list that is no proof.
async fn listed(log: &ApiLog, as_of: u64) -> Vec<u64> {
    let page = log
        .get(&format!("/v1/jobs/job-1/entries?limit=200&as_of={as_of}"))
        .await
        .json();
    let entries = page["entries"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| entry["index"].as_u64().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_too_long_is_walked_through_by_the_range_that_each_problem_names() {
    let (log, size) = long_list().await;
    let mut found = Vec::new();
    let mut since = 0;
    while since < size {
        let address = |to: u64| format!("/v1/subjects/job/job-1/proof?as_of={size}&since={since}&to={to}");
        let mut answer = log.get(&address(size)).await;
        let mut to = size;
        if answer.status == 413 {
            assert_eq!(answer.code(), "ANSWER_TOO_LONG");
            let next = answer.json()["next_range"].clone();
            assert_eq!((&next["since"], &next["as_of"]), (&json!(since), &json!(size)));
            to = next["to"].as_u64().unwrap();
            assert!(since < to && to < size, "{next}");
            let named = next["address"].as_str().unwrap();
            assert!(
                answer.json()["detail"].as_str().unwrap().ends_with(named),
                "{named}"
            );
            answer = log.get(named).await;
        }
        let (piece, message) = entries(&log, &answer);
        assert!(
            message.contains(&format!("in the range from entry {since} to entry {}", to - 1)),
            "{message}"
        );
        found.extend(piece);
        since = to;
    }
    assert_eq!(found, listed(&log, size).await);
    let whole = log
        .get(&format!("/v1/subjects/job/job-1/proof?as_of={size}"))
        .await;
    assert_eq!(
        (whole.status, whole.json()["next_range"]["since"].clone()),
        (413, json!(0))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_with_an_earlier_answer_asks_for_what_came_since_and_waits_for_it() {
    let log = indexed_log().await;
    let before = size_with(
        &log.logged(&log.issuance(&token_hash('b'), "job-1", "run-1"))
            .await,
    );
    let address = format!("/v1/subjects/job/job-1/proof?since={before}");
    let first = log
        .logged(&log.issuance(&token_hash('c'), "job-1", "run-1"))
        .await;
    let second = log.logged(&log.job_event("job-1", "closed")).await;
    let size = size_with(&second);
    let (found, message) = entries(&log, &log.get(&format!("{address}&as_of={size}")).await);
    assert_eq!(json!(found), json!([first["index"], second["index"]]));
    assert!(
        message.contains(&format!("from entry {before} to entry {}", size - 1)),
        "{message}"
    );
    assert!(
        message.contains("This says nothing of entries outside that range."),
        "{message}"
    );

    let json = log
        .get_as(&format!("{address}&to={size}&as_of={size}"), "application/json")
        .await
        .json();
    assert_eq!(
        (&json["since"], &json["to"], &json["as_of"]),
        (&json!(before), &json!(size), &json!(size))
    );
    assert_eq!(json["entries"], json!([first["index"], second["index"]]));
    let whole = log
        .get_as("/v1/subjects/job/job-1/proof", "application/json")
        .await
        .json();
    assert_eq!((&whole["since"], &whole["to"]), (&Value::Null, &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_that_there_is_not_is_refused_with_the_parameter_that_is_wrong() {
    let log = indexed_log().await;
    let size = size_with(&log.logged(&log.job_event("job-1", "closed")).await);
    for (range, parameter) in [
        (format!("since={size}&as_of={size}"), "since"),
        ("since=3&to=3".to_owned(), "since"),
        ("since=3&to=2".to_owned(), "since"),
        (format!("to={size}&as_of={}", size - 1), "to"),
        ("to=0".to_owned(), "to"),
        ("since=0&to=0".to_owned(), "to"),
        ("since=1&as_of=0".to_owned(), "as_of"),
        // The index does not reach behind the end of the log, which nobody asks for here.
        (format!("since={}&to=2", log.size()), "since"),
        (format!("since={}&as_of=2", log.size()), "since"),
    ] {
        let answer = log.get(&format!("/v1/subjects/job/job-1/proof?{range}")).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "INVALID_PARAMETER"),
            "{range}"
        );
        assert_eq!(answer.json()["parameter"], parameter, "{range}");
    }
    for parameter in ["since", "to"] {
        let answer = log
            .get(&format!("/v1/subjects/job/job-1/proof?{parameter}=999999"))
            .await;
        assert_eq!((answer.status, answer.code().as_str()), (409, "POSITION_AHEAD"));
        assert_eq!(answer.json()["parameter"], parameter);
    }
}
