//! The closure: what is asked, what an answer has to be, and what hostile ones cannot do.

use proptest::prelude::*;
use serde_json::json;
use verifier::assess::{
    CheckId, CheckStatus, Closure, ClosureError, ClosurePlanner, Query, RoundRecords, assess,
};
use verifier::index::LeafIndex;
use verifier::record::StoredBytes;
use verifier::subject::{Field, IndexSalt};

use super::scenario::{ORIGIN, ScenarioJob, ScenarioLog, outcome, passing_job, policy, same, verified};

const SALT: IndexSalt = IndexSalt::from_bytes([7; 32]);

/// Collects with `meddle` between the honest answer and the planner.
fn collect(
    job: &ScenarioJob,
    mut meddle: impl FnMut(&Query, &mut Vec<LeafIndex>),
) -> Result<Closure, ClosureError> {
    let size = job.log.size();
    let rounds = RoundRecords::default();
    let mut planner = ClosurePlanner::new(&rounds, &job.id, ORIGIN, SALT, job.log.as_of(size));
    while let Some(query) = planner.next_query() {
        let mut indices = job.log.answer(&query, size);
        meddle(&query, &mut indices);
        let new = indices
            .iter()
            .filter(|index| !planner.knows(**index) && index.value() < size);
        let records = new.map(|index| job.log.verified(index.value())).collect();
        planner.supply(indices, records)?;
    }
    Ok(planner.finish())
}

#[test]
fn the_same_log_gives_the_same_lookups_in_the_same_order() {
    let job = passing_job();
    let closure = job.log.closure(&job.id);
    assert_eq!(closure, job.log.closure(&job.id));
    let mut queries: Vec<&Query> = closure.answers.iter().map(|answer| &answer.query).collect();
    let asked = queries.len();
    queries.sort_unstable();
    queries.dedup();
    assert_eq!(queries.len(), asked, "a lookup was asked twice");
}

#[test]
fn an_entry_that_another_lookup_holds_cannot_be_kept_back() {
    let job = passing_job();
    let run = |query: &Query| {
        matches!(
            query,
            Query::Subject {
                field: Field::Run,
                ..
            }
        )
    };
    let result = collect(&job, |query, indices| {
        if run(query) {
            indices.remove(0);
        }
    });
    assert!(matches!(result, Err(ClosureError::WrongAnswer(_))), "{result:?}");
}

#[test]
fn an_answer_out_of_order_beyond_the_size_or_of_something_else_is_refused() {
    let job = passing_job();
    let first = |change: fn(&mut Vec<LeafIndex>)| {
        let mut done = false;
        collect(&job, move |query, indices| {
            if !done
                && matches!(
                    query,
                    Query::Subject {
                        field: Field::Job,
                        ..
                    }
                )
            {
                done = true;
                change(indices);
            }
        })
    };
    for change in [
        (|indices: &mut Vec<LeafIndex>| indices.reverse()) as fn(&mut Vec<LeafIndex>),
        |indices| indices.push(LeafIndex::new(1_000_000)),
        |indices| indices.insert(0, LeafIndex::new(1)),
    ] {
        assert!(matches!(first(change), Err(ClosureError::WrongAnswer(_))));
    }
}

#[test]
fn what_a_stranger_says_opens_no_lookup() {
    let mut job = passing_job();
    let before: Vec<Query> = queries(&job);
    let mut other = ScenarioJob::open(job.log.clone(), "job-2");
    other.publish("other-policy", &json!({ "policy_name": "other" }));
    other.issue("token-2", same);
    other.model_call(same);
    job.log = other.log;
    // Another job's receipt, named for this one by somebody who may not.
    let receipt = job.log.size() - 1;
    job.log
        .context(receipt, "stranger", &json!({ "job_id": "job-1" }));
    let after = queries(&job);
    let new: Vec<&Query> = after.iter().filter(|query| !before.contains(query)).collect();
    assert!(new.is_empty(), "{new:?}");
}

fn queries(job: &ScenarioJob) -> Vec<Query> {
    let closure = job.log.closure(&job.id);
    closure.answers.into_iter().map(|answer| answer.query).collect()
}

#[test]
fn an_assessment_of_the_past_is_that_of_the_log_as_it_was() {
    let mut job = passing_job();
    let size = job.log.size();
    let then = job.assess();
    job.model_call(same);
    let again = assess(&job.log.closure_at(&job.id, size).unwrap());
    assert_eq!(then, again);
    assert_ne!(then, job.assess());
}

/// 20,000 entries that all belong together, each kind of them shaped so that comparing them pair by pair would show.
#[test]
fn a_job_of_very_many_entries_is_assessed_whole() {
    const ROUNDS: u64 = 5_000;
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy());
    job.issue("token-1", same);
    let first = job.model_call(same);
    for round in 1..ROUNDS {
        job.model_call(same);
        job.tool_call("sentinel.api:incidents.update", same);
        job.decide("deny", "sentinel.api", "incidents.update", same);
        let context = json!({ "job_id": job.id, "stream": format!("stream-{round}"), "number": round });
        job.log.context(first, "stranger", &context);
    }
    let assessment = assess(&job.log.closure(&job.id));
    let found = outcome(&assessment, CheckId::Decisions);
    assert_eq!(found, (CheckStatus::Fail, "DENIED_ACTION_EXECUTED"));
    let json: serde_json::Value = serde_json::from_str(assessment.to_jcs()).unwrap();
    assert_eq!(json["summary"]["gateway_receipts"], json!(ROUNDS));
    assert_eq!(json["summary"]["tokens_input"], json!(10 * ROUNDS));
    assert_eq!(json["summary"]["uses"], json!(2 * ROUNDS - 1));
    // What is shown stays bounded.
    assert_eq!(json["uses"].as_array().unwrap().len(), 1000);
    assert!(assessment.checks.iter().all(|check| check.entries.len() <= 100));
    assert!(
        assessment
            .checks
            .iter()
            .all(|check| check.message.chars().count() <= 400)
    );
}

/// A closure that nobody checked.
fn damaged(job: &ScenarioJob, damage: &[(usize, u8)]) -> Closure {
    let mut closure = job.log.closure(&job.id);
    let count = closure.records.len();
    for (at, how) in damage {
        let Some(slot) = closure.records.values_mut().nth(at % count) else {
            continue;
        };
        let mut record = slot.record().clone();
        match how % 6 {
            0 => record.evidence = StoredBytes::Nothing,
            1 => record.evidence = StoredBytes::Erased,
            2 => record.context = None,
            3 => record.entry.signer.clear(),
            4 => record.entry.subjects.clear(),
            _ => {
                if let StoredBytes::Bytes(bytes) = &mut record.evidence {
                    let middle = bytes.len() / 2;
                    bytes[middle] ^= *how | 1;
                }
            }
        }
        *slot = verified(record);
    }
    closure
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_damage_makes_a_verdict_better_or_a_panic(damage in prop::collection::vec((any::<usize>(), any::<u8>()), 1..8)) {
        let job = passing_job();
        let before = job.assess();
        let after = assess(&damaged(&job, &damage));
        if before.verdict != verifier::check::Status::Pass {
            prop_assert_ne!(after.verdict, verifier::check::Status::Pass);
        }
        prop_assert!(serde_json::from_str::<serde_json::Value>(after.to_jcs()).is_ok());
    }

    #[test]
    fn lookups_left_out_never_panic(seed in any::<u64>()) {
        let job = passing_job();
        let mut closure = job.log.closure(&job.id);
        let keep = |index: &LeafIndex| (seed >> (index.value() % 64)) & 1 == 0;
        closure.records.retain(|index, _| keep(index));
        let assessment = assess(&closure);
        prop_assert!(!assessment.message.is_empty());
    }
}
