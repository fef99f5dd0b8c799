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

fn described() -> Value {
    serde_json::from_str(&api::openapi::document().unwrap()).unwrap()
}

/// Each address that is described for GET, with its description.
fn gets(described: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let paths = described["paths"].as_object().unwrap().iter();
    paths.filter_map(|(path, item)| Some((path.as_str(), item.get("get")?)))
}

#[tokio::test]
async fn every_refusal_of_a_bad_parameter_is_described() {
    let log = ApiLog::start().await;
    let described = described();
    let mut refused = 0;
    for (path, operation) in gets(&described) {
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

#[tokio::test]
async fn every_number_in_a_query_has_one_text() {
    let log = ApiLog::start().await;
    let described = described();
    let mut numbers = 0;
    for (path, operation) in gets(&described) {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let is_number = |parameter: &&Value| {
            let schema = parameter["schema"].to_string();
            parameter["in"] == "query" && schema.contains("\"integer\"")
        };
        for parameter in parameters.filter(is_number) {
            let name = parameter["name"].as_str().unwrap();
            for text in [
                "%2B1",
                "01",
                "00",
                "+1",
                "1+",
                "-1",
                "1.0",
                "99999999999999999999",
            ] {
                let asked = format!("{}?{name}={text}", fill(path, "1"));
                let answer = log.get(&asked).await;
                assert_eq!(
                    (answer.status, answer.json()["parameter"].clone()),
                    (422, name.into()),
                    "{asked}"
                );
                let detail = answer.json()["detail"].to_string();
                assert!(detail.contains("plain digits"), "{asked}: {detail}");
            }
            numbers += 1;
        }
    }
    assert!(numbers > 30, "{numbers} parameters were looked at");
}

#[tokio::test]
async fn an_address_that_gives_several_forms_says_that_it_may_have_none_to_give() {
    let log = ApiLog::start().await;
    let described = described();
    let mut refused = 0;
    for (path, operation) in gets(&described) {
        let answer = log.get_as(&fill(path, "1"), "image/png").await;
        let says_so = operation["responses"].get("406").is_some();
        assert_eq!(
            answer.status == 406,
            says_so,
            "GET {path} answers {}",
            answer.status
        );
        refused += usize::from(says_so);
    }
    assert!(refused > 4, "{refused} refusals were looked at");
}

#[test]
fn every_answer_is_described_and_no_refusal_as_done() {
    let described = described();
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
    let described = described();
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
