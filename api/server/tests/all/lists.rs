//! The lists that pages export, compared with the same lists of the API.

use crate::process::{LogDirectory, Server};
use serde_json::Value;

fn lines(server: &Server, path: &str) -> Vec<Value> {
    let text = String::from_utf8(server.get_bytes(path)).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

#[test]
fn a_line_of_an_export_has_the_members_that_the_api_gives_it() {
    let place = LogDirectory::empty();
    let server = place.demo();
    for list in ["jobs", "alarms", "policies"] {
        let exported = lines(&server, &format!("/{list}?format=ndjson"));
        let page = server.get(&format!("/v1/{list}?limit=200"));
        let rows = page[list].as_array().unwrap();
        assert!(!rows.is_empty() && rows.len() == exported.len(), "{list}");
        for (line, row) in exported.iter().zip(rows) {
            let mut line = line.clone();
            if list == "policies" {
                // The API answers that for each policy, under `/v1/policies/{hash}`.
                let line = line.as_object_mut().unwrap();
                assert!(line.remove("withdrawal").is_some());
                line.remove("withdrawn_index");
            }
            assert_eq!(line, *row, "{list}");
        }
    }
    for line in lines(&server, "/export/entries?format=ndjson") {
        let row = server.get(&format!("/v1/entries/{}", line["index"]));
        for (name, value) in line.as_object().unwrap() {
            assert_eq!(row["entry"].get(name).or(row.get(name)), Some(value), "{name}");
        }
    }
    server.stop();
}
