//! A job laid out: the same verdict, and each document with what the assessment makes of it.

use serde_json::Value;
use verifier::assess::token_table::Row;
use verifier::assess::{UseAct, examine};

use super::scenario::{passing_job, same};

/// The entries that the assessment's JSON lists under a pointer.
fn entries(json: &Value, pointer: &str) -> Vec<u64> {
    let list = json.pointer(pointer).and_then(Value::as_array).unwrap();
    list.iter().map(|index| index.as_u64().unwrap()).collect()
}

#[test]
fn a_job_is_laid_out_as_its_assessment_states_it() {
    let mut job = passing_job();
    job.revoke(same);
    job.log.now += 60_000;
    let late = job.tool_call("sentinel.api:incidents.list", same);
    let examined = examine(&job.log.closure("job-1"));
    assert_eq!(examined.assessment, job.assess());
    let json: Value = serde_json::from_str(examined.assessment.to_jcs()).unwrap();
    for (link, stated) in json["links"].as_object().unwrap() {
        let linked = examined
            .linked
            .iter()
            .filter(|(_, found)| **found == link.as_str());
        let linked: Vec<u64> = linked.map(|(index, _)| index.value()).collect();
        assert_eq!(linked, entries(stated, "/entries"), "{link}");
    }
    let unbound: Vec<u64> = examined.unbound.iter().map(|index| index.value()).collect();
    assert_eq!(unbound, entries(&json, "/unbound/entries"));
    let uses: Vec<u64> = examined.uses.iter().map(|used| used.at.index.value()).collect();
    let stated: Vec<u64> = json["uses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|used| used["entry"].as_u64().unwrap())
        .collect();
    assert_eq!(uses, stated);
    let last = examined.uses.last().unwrap();
    assert_eq!((last.at.index.value(), last.row), (late, Row::RevokedBeforeUse));
    assert_eq!(last.act, UseAct::Tool("sentinel.api:incidents.list".to_owned()));
    assert!(last.revocation.is_some() && examined.unsound.is_empty());
}
