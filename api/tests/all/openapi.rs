//! The checked-in description is the one that the handlers give.

use crate::support::ApiLog;
use serde_json::Value;
use std::path::Path;

/// Set to write the file instead of comparing with it.
const UPDATE: &str = "UPDATE_OPENAPI";

#[test]
fn the_checked_in_description_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/openapi.json");
    let generated = api::openapi::document().unwrap();
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap();
    assert!(
        checked_in == generated,
        "schemas/openapi.json is stale: run the test with {UPDATE}=1"
    );
}

#[tokio::test]
async fn every_refusal_of_a_bad_parameter_is_described() {
    let log = ApiLog::start().await;
    let described: Value = serde_json::from_str(&api::openapi::document().unwrap()).unwrap();
    let mut refused = 0;
    for (path, item) in described["paths"].as_object().unwrap() {
        let Some(operation) = item.get("get") else {
            continue;
        };
        for value in [
            "no%20such%20thing",
            "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl",
        ] {
            let asked = fill(path, value);
            let status = log
                .get(&format!("{asked}?no_such_parameter={value}"))
                .await
                .status;
            assert!(
                operation["responses"].get(status.to_string()).is_some(),
                "GET {asked} answers {status}, which its description leaves out"
            );
            refused += usize::from(status == 422);
        }
    }
    assert!(refused > 30, "{refused} refusals were looked at");
}

#[test]
fn every_answer_is_described_and_no_refusal_as_done() {
    let described: Value = serde_json::from_str(&api::openapi::document().unwrap()).unwrap();
    let items = described["paths"].as_object().unwrap().values();
    let operations = items.flat_map(|item| item.as_object().unwrap().values());
    let mut answers = 0;
    for operation in operations {
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let description = answer["description"].as_str().unwrap_or_default();
            assert!(!description.is_empty(), "{status} of {operation:#}");
            assert!(
                status.starts_with('2') || description != "Done",
                "{status} of {operation:#}"
            );
            answers += 1;
        }
    }
    assert!(answers > 100, "{answers} answers were looked at");
}

/// A path with one value for all its parameters.
fn fill(path: &str, value: &str) -> String {
    path.split('/')
        .map(|part| if part.starts_with('{') { value } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

#[test]
fn a_head_by_size_is_described_as_one_head_and_a_list_as_a_page() {
    let described: Value = serde_json::from_str(&api::openapi::document().unwrap()).unwrap();
    let answer = &described["components"]["schemas"]["CheckpointAnswer"];
    let forms: Vec<_> = answer["oneOf"].as_array().unwrap().iter().collect();
    let names: Vec<_> = forms.iter().map(|form| form["$ref"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "#/components/schemas/CheckpointView",
            "#/components/schemas/CheckpointPage"
        ]
    );
}
