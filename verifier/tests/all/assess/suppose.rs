//! A proof bundle that the log does not hold: judged as if it were logged next, and never taken for logged.

use serde_json::{Value, json};
use verifier::assess::{
    CheckId, CheckStatus, ClosurePlanner, RoundRecords, SupposeError, SupposedBundle, Supposition, assess,
    examine, examine_supposing,
};
use verifier::check::Status;
use verifier::document::Document;
use verifier::index::TimestampMs;

use super::scenario::{ORIGIN, ScenarioActor, ScenarioJob, ScenarioLog, outcome, policy, salt, same};

/// Everything that PASS needs, but the bundle.
fn without_bundle() -> ScenarioJob {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy());
    job.issue("token-1", same);
    job.model_call(same);
    job.tool_call("sentinel.api:incidents.list", same);
    let last = job.model_call(same);
    job.close_stream(last);
    job
}

fn document(value: &Value) -> Document {
    Document::parse(value.to_string().as_bytes()).unwrap()
}

fn supposed_in(log: &ScenarioLog, bundle: &Value) -> Result<SupposedBundle, SupposeError> {
    let as_of = log.as_of(log.size());
    SupposedBundle::new(
        &document(bundle),
        ORIGIN,
        &salt(),
        as_of,
        TimestampMs::new(log.now),
    )
}

fn suppose(log: &ScenarioLog, job: Option<&str>, bundle: &Value) -> Supposition {
    let supposed = supposed_in(log, bundle).unwrap();
    let size = log.size();
    let rounds = RoundRecords::default();
    let mut planner = ClosurePlanner::supposing(&rounds, job, ORIGIN, salt(), log.as_of(size), &supposed);
    while let Some(query) = planner.next_query() {
        let indices = log.answer(&query, size);
        let new = indices.iter().filter(|index| !planner.knows(**index));
        let records = new.map(|index| log.verified(index.value())).collect();
        planner.supply(indices, records).unwrap();
    }
    examine_supposing(planner.finish(), &supposed).unwrap()
}

#[test]
fn what_would_be_said_is_what_is_said_once_the_bundle_is_logged() {
    let spoil: [fn(&mut Value); 4] = [
        same,
        |payload| drop(payload["receipts"].as_array_mut().unwrap().remove(0)),
        |payload| payload["event_chain"][0]["event_hash_b64u"] = json!("A".repeat(43)),
        |payload| payload["receipts"][0]["payload"]["model"] = json!("another"),
    ];
    let verdicts = spoil.map(|spoil| {
        let mut job = without_bundle();
        let bundle = job.bundle_document(spoil);
        let before = job.log.closure("job-1");
        let found = suppose(&job.log, Some("job-1"), &bundle);
        assert!(found.is_tied && found.job_id.as_deref() == Some("job-1"));
        // The place is the one that the entry then has.
        assert_eq!(job.log.submit(&bundle, None, None), found.index.value());
        let logged = examine(&job.log.closure("job-1"));
        // Only the words differ, where a sentence names the place of the bundle.
        let mut checks = found.would_be.assessment.checks;
        for check in &mut checks {
            let entry = format!("at entry {}", found.index);
            check.message = check.message.replace("that is not logged", &entry);
        }
        assert_eq!(checks, logged.assessment.checks);
        assert_eq!(found.would_be.assessment.verdict, logged.assessment.verdict);
        assert_eq!(found.would_be.linked, logged.linked);
        assert_eq!(found.would_be.uses, logged.uses);
        // What was supposed is in no closure, whatever else it made the planner look up.
        assert!(!found.closure.records.contains_key(&found.index));
        assert!(
            before
                .records
                .keys()
                .all(|index| found.closure.records.contains_key(index))
        );
        found.would_be.assessment.verdict
    });
    assert_eq!(
        verdicts,
        [Status::Pass, Status::Incomplete, Status::Fail, Status::Fail]
    );
}

#[test]
fn a_supposition_changes_nothing_that_the_log_itself_says_and_names_itself() {
    let job = without_bundle();
    let before = job.assess();
    let bundle = job.bundle_document(same);
    let found = suppose(&job.log, Some("job-1"), &bundle);
    assert_eq!(assess(&found.closure).to_jcs(), before.to_jcs());
    assert_eq!(job.assess().to_jcs(), before.to_jcs());
    let stated: Value = serde_json::from_str(found.would_be.assessment.to_jcs()).unwrap();
    assert_eq!(
        stated["supposed"],
        document(&bundle).evidence_digest().to_string()
    );
    let logged: Value = serde_json::from_str(before.to_jcs()).unwrap();
    assert!(logged.get("supposed").is_none());
}

#[test]
fn a_bundle_without_one_of_the_logged_receipts_is_not_complete() {
    let job = without_bundle();
    let bundle = job.bundle_document(|payload| drop(payload["receipts"].as_array_mut().unwrap().pop()));
    let found = suppose(&job.log, Some("job-1"), &bundle).would_be.assessment;
    assert_eq!(
        outcome(&found, CheckId::ReceiptsComplete),
        (CheckStatus::Incomplete, "RECEIPT_NOT_IN_BUNDLE")
    );
    assert_eq!(found.verdict, Status::Incomplete);
}

#[test]
fn a_receipt_that_only_the_bundle_carries_is_no_evidence_of_the_log() {
    let mut job = without_bundle();
    let carried = job.receipt(same);
    let bundle = job.bundle_document(|payload| {
        payload["receipts"].as_array_mut().unwrap().push(carried);
    });
    let found = suppose(&job.log, Some("job-1"), &bundle).would_be;
    assert_eq!(
        outcome(&found.assessment, CheckId::ReceiptsComplete),
        (CheckStatus::Incomplete, "RECEIPT_NOT_LOGGED")
    );
    assert_eq!(found.uses.len(), 3, "two model calls and a tool call are logged");
}

#[test]
fn a_bundle_that_no_link_ties_to_a_job_is_judged_alone_and_never_passes() {
    let job = without_bundle();
    // Another agent tells of a run of the same id, and with that has nothing of the job.
    let document = job.bundle_document(same);
    let mut payload = document["payload"].clone();
    payload["agent_did"] = json!(ScenarioActor::OtherAgent.did());
    payload.as_object_mut().unwrap().remove("tool_receipts");
    let stolen = ScenarioActor::OtherAgent.key().clawsig("proof_bundle", &payload);
    let found = suppose(&job.log, Some("job-1"), &stolen);
    assert!(!found.is_tied);
    let before = job.assess();
    assert_eq!(found.would_be.assessment.checks, before.checks);
    let alone = suppose(&job.log, None, &stolen);
    assert!(alone.is_tied && alone.job_id.is_none());
    assert_eq!(
        (alone.would_be.assessment.verdict, alone.would_be.assessment.code),
        (Status::Incomplete, "NO_VERIFIED_EVIDENCE")
    );
    assert_eq!(alone.would_be.linked.len(), 1);
    assert_eq!(
        outcome(&alone.would_be.assessment, CheckId::BundleValid).0,
        CheckStatus::Pass
    );
    // Nothing of the log's job stands in it, though the run has the same name.
    assert!(alone.would_be.uses.is_empty() && alone.would_be.unbound.is_empty());
}

#[test]
fn the_conflict_with_a_logged_bundle_of_the_same_id_is_found() {
    let mut job = without_bundle();
    let logged = job.bundle(same);
    let other = job.bundle_document(|payload| drop(payload["receipts"].as_array_mut().unwrap().pop()));
    let found = suppose(&job.log, Some("job-1"), &other);
    let check = found
        .would_be
        .assessment
        .checks
        .iter()
        .find(|check| check.id == CheckId::ReceiptsUnique)
        .unwrap();
    assert_eq!(
        (check.status, check.code),
        (CheckStatus::Fail, "CONFLICTING_STATEMENTS")
    );
    let entries: Vec<u64> = check.entries.iter().map(|index| index.value()).collect();
    assert_eq!(entries, [logged, found.index.value()]);
}

#[test]
fn what_no_log_would_take_is_not_supposed() {
    let job = without_bundle();
    let mut forged = job.bundle_document(same);
    drop(forged["payload"]["receipts"].as_array_mut().unwrap().pop());
    let refused = supposed_in(&job.log, &forged);
    assert!(matches!(refused, Err(SupposeError::Rejected(_))), "{refused:?}");
    let mut other = without_bundle();
    let receipt = other.receipt(same);
    let refused = supposed_in(&job.log, &receipt);
    assert!(
        matches!(refused, Err(SupposeError::NotAProofBundle)),
        "{refused:?}"
    );
}

#[test]
fn a_closure_of_another_size_is_refused() {
    let mut job = without_bundle();
    let supposed = supposed_in(&job.log, &job.bundle_document(same)).unwrap();
    job.event("closed", same);
    assert!(examine_supposing(job.log.closure("job-1"), &supposed).is_err());
}
