//! A job laid out: the same verdict, and each document with what the assessment makes of it.

use serde_json::Value;
use verifier::assess::token_table::TableRow;
use verifier::assess::{CheckId, UseAct, examine};

use super::scenario::{ScenarioJob, passing_job, same};

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
            .filter(|(_, found)| found.as_str() == link.as_str());
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
    assert_eq!(
        (last.at.index.value(), last.row),
        (late, Some(TableRow::RevokedBeforeUse))
    );
    assert_eq!(last.act, UseAct::Tool("sentinel.api:incidents.list".to_owned()));
    assert!(last.revocation.is_some() && examined.unsound.is_empty());
}

#[test]
fn each_use_after_a_revocation_is_at_fault_and_the_revocation_is_what_it_is_measured_by() {
    let mut job = passing_job();
    assert!(
        examine(&job.log.closure("job-1")).blames().is_empty(),
        "nothing fails"
    );
    let revoked = job.revoke(same);
    job.log.now += 60_000;
    let late = [
        job.tool_call("sentinel.api:incidents.list", same),
        job.tool_call("sentinel.api:incidents.get", same),
    ];
    let examined = examine(&job.log.closure("job-1"));
    let blames = examined.blames();
    let of = |index: u64| {
        let (_, blame) = blames.iter().find(|(at, _)| at.value() == index).unwrap();
        (blame.check, blame.code, blame.at_fault)
    };
    for index in late {
        assert_eq!(of(index), (CheckId::TokenValid, "REVOKED_BEFORE_USE", true));
    }
    assert_eq!(of(revoked), (CheckId::TokenValid, "REVOKED_BEFORE_USE", false));
}

#[test]
fn a_job_that_a_later_tree_is_no_different_to_is_laid_out_the_same_as_of_that_tree() {
    let mut job = passing_job();
    let earlier = examine(&job.log.closure("job-1"));
    job.log.now += 60_000;
    let other = ScenarioJob::open(job.log, "job-2");
    let later = other.log.closure("job-1");
    assert!(later.as_of.size > earlier.assessment.tree_size);
    let restated = earlier.as_of(later.as_of).unwrap();
    assert_eq!(restated, examine(&later));
    assert_ne!(restated.assessment.to_jcs(), earlier.assessment.to_jcs());
}
