//! The projection says of every job what a direct assessment says, whatever happened in between.

use kit::documents::{model_call, wrap};
use kit::test_ledger::{ORIGIN, submit};
use std::sync::Arc;

use ledger::store::StoreError;
use ledger::store::derived::{DerivedStore, KeyChange, KeyRange, KeyValue, MemoryDerived};
use ledger_query::QueryEngine;
use ledger_query::projection::{AlarmFilter, AlarmSource, JobFilter, JobState};
use ledger_query::verdict::CollectError;
use ledger_rocks::RocksDerived;
use verifier::assess::assess;
use verifier::index::{LeafIndex, TreeSize};

use crate::projection_documents::{FollowedLog, token};

/// A generator of numbers that are the same in every run.
pub(crate) struct NumberGenerator(pub(crate) u64);

impl NumberGenerator {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

#[tokio::test]
async fn every_job_has_the_verdict_of_a_direct_assessment_after_restarts_and_a_wipe() {
    for seed in 0..3 {
        let mut numbers = NumberGenerator(seed);
        let mut followed = FollowedLog::start().await;
        for step in 0..60_u64 {
            let job = numbers.below(5);
            let name = format!("job-{job}");
            let (run, own) = (format!("run-{job}"), token(usize::try_from(job).unwrap()));
            match numbers.below(6) {
                0 => drop(followed.open_job(&name).await),
                1 => drop(followed.issue(&own, &name, &run).await),
                2 => drop(followed.revoke(&own).await),
                3 => drop(followed.publish(&name).await),
                _ => drop(
                    followed
                        .receipt(seed * 1_000 + step, &run, "model-a", &name)
                        .await,
                ),
            }
            match step {
                20 => followed = followed.restart().await,
                35 => {
                    // Not between a read and a write of the follower, which alone wipes the store of a server.
                    followed.settle().await;
                    followed.derived.wipe().unwrap();
                }
                45 => followed = followed.restart_on(Arc::new(MemoryDerived::default())).await,
                _ => {}
            }
        }
        followed.settle().await;
        let page = followed.engine.jobs(None, followed.size(), 200).unwrap();
        assert!(!page.items.is_empty());
        for job in page.items {
            followed.assert_as_assessed(&job.job_id);
        }
        followed.stop().await;
    }
}

#[tokio::test]
async fn an_entry_that_names_only_the_token_has_its_job_assessed_again() {
    let followed = FollowedLog::start().await;
    followed.open_job("job").await;
    followed.issue(&token(1), "job", "run").await;
    followed.receipt(1, "run", "model-a", "job").await;
    followed.settle().await;
    let before = followed.job("job");
    let revoked = followed.revoke(&token(1)).await;
    followed.settle().await;
    let after = followed.job("job");
    assert!(after.assessed_at.contains(revoked));
    assert!(!before.assessed_at.contains(revoked));
    assert_eq!(after.last, before.last, "the revocation does not name the job");
    followed.assert_as_assessed("job");
    followed.stop().await;
}

#[tokio::test]
async fn what_no_job_depends_on_has_no_job_assessed_again() {
    let followed = FollowedLog::start().await;
    followed.open_job("job").await;
    followed.settle().await;
    let before = followed.job("job");
    followed.issue(&token(7), "other", "run-other").await;
    followed.publish("unrelated").await;
    followed.settle().await;
    assert_eq!(followed.job("job"), before);
    followed.stop().await;
}

#[tokio::test]
async fn the_retirement_of_an_issuer_has_the_jobs_that_rest_on_it_assessed_again() {
    let followed = FollowedLog::start().await;
    followed.open_job("job").await;
    followed.issue(&token(1), "job", "run").await;
    followed.receipt(1, "run", "model-a", "job").await;
    followed.settle().await;
    let cast = &followed.log.cast;
    let retirement = cast.retire(ORIGIN, &cast.gateway);
    let retired = followed.send("operator", retirement).await;
    followed.settle().await;
    assert!(followed.job("job").assessed_at.contains(retired));
    followed.assert_as_assessed("job");
    followed.stop().await;
}

#[tokio::test]
async fn the_answer_as_of_a_size_stays_as_the_log_grows() {
    let followed = FollowedLog::start().await;
    let mut answers: Vec<(TreeSize, String)> = Vec::new();
    followed.open_job("job").await;
    followed.issue(&token(1), "job", "run").await;
    for number in 0..6 {
        followed.receipt(number, "run", "model-a", "job").await;
        let reader = &followed.engine;
        for (size, before) in &answers {
            let closure = reader.closure("job", *size).unwrap().unwrap();
            assert_eq!(closure.as_of.size, *size);
            assert_eq!(assess(&closure).to_jcs(), before);
        }
        let size = followed.size();
        let closure = reader.closure("job", size).unwrap().unwrap();
        assert_eq!(closure.as_of.root, reader.published().head.tree.root);
        answers.push((size, assess(&closure).to_jcs().to_owned()));
    }
    let reader = &followed.engine;
    assert_eq!(reader.closure("no such job", followed.size()).unwrap(), None);
    assert_eq!(reader.closure("job", TreeSize::new(0)).unwrap(), None);
    assert_eq!(
        reader.closure("job", TreeSize::new(1)).unwrap(),
        None,
        "before its first entry"
    );
    let future = TreeSize::new(followed.size().value() + 1);
    assert!(matches!(
        reader.closure("job", future),
        Err(CollectError::Read(_))
    ));
    followed.stop().await;
}

#[tokio::test]
async fn a_closure_holds_every_entry_of_its_job_however_they_lie_among_others() {
    let followed = FollowedLog::start().await;
    let gateway = &followed.log.cast.gateway;
    // Every third is the other job's; most of the rest is adjacent to another, across three bundles.
    let job_of = |number: u64| if number.is_multiple_of(3) { "other" } else { "job" };
    let document = |number| {
        let receipt = model_call(number).sign(gateway);
        wrap(&receipt, &serde_json::json!({"job_id": job_of(number)}))
    };
    let documents: Vec<String> = (0..600).map(document).collect();
    let logged = submit(&followed.ledger, "clawproxy", documents).await;
    let mut expected: Vec<LeafIndex> = Vec::new();
    for (number, ack) in (0..).zip(logged) {
        let index = ack.unwrap().index;
        expected.extend((job_of(number) == "job").then_some(index));
    }
    let reader = &followed.engine;
    let closure = reader.closure("job", followed.size()).unwrap().unwrap();
    let of_job = |record: &&verifier::record::Record| {
        let context = record.context.as_ref();
        context.and_then(|context| context.job_id.as_deref()) == Some("job")
    };
    let held: Vec<LeafIndex> = closure
        .records
        .values()
        .map(|record| record.record())
        .filter(of_job)
        .map(|record| record.index)
        .collect();
    assert_eq!(held, expected);
    followed.stop().await;
}

fn of_model(model: &str) -> JobFilter {
    JobFilter {
        model: Some(model.to_owned()),
        ..JobFilter::default()
    }
}

#[tokio::test]
async fn jobs_are_found_by_what_their_evidence_names() {
    let followed = FollowedLog::start().await;
    for number in 0..6_u64 {
        let (job, run) = (format!("job-{number}"), format!("run-{number}"));
        followed.log.clock.advance(1_000);
        followed
            .issue(&token(usize::try_from(number).unwrap()), &job, &run)
            .await;
        let model = if number % 2 == 0 { "even" } else { "odd" };
        followed.receipt(number, &run, model, &job).await;
    }
    followed.settle().await;
    let list = |filter: &JobFilter| -> Vec<String> {
        let page = followed
            .projection
            .jobs(&followed.engine, filter, None, followed.size(), 50)
            .unwrap();
        assert_eq!(page.next, None);
        page.items.into_iter().map(|job| job.job_id).collect()
    };
    assert_eq!(list(&of_model("even")), ["job-4", "job-2", "job-0"]);
    assert_eq!(list(&of_model("no such model")), [""; 0]);
    let by_token = JobFilter {
        token: Some(token(3)),
        ..JobFilter::default()
    };
    assert_eq!(list(&by_token), ["job-3"]);
    let agent = followed.log.cast.agent.did().as_str().to_owned();
    let of_agent = JobFilter {
        agent: Some(agent),
        ..of_model("odd")
    };
    assert_eq!(list(&of_agent), ["job-5", "job-3", "job-1"]);
    let state = followed.job("job-0").state().unwrap();
    let in_state = |state| JobFilter {
        state: Some(state),
        ..of_model("even")
    };
    for other in JobState::ALL {
        assert_eq!(list(&in_state(other)).len(), if other == state { 3 } else { 0 });
    }
    let (third, fourth) = (followed.job("job-3"), followed.job("job-4"));
    let since = JobFilter {
        active_from: Some(third.last.logged_at),
        active_to: Some(fourth.first.logged_at),
        ..JobFilter::default()
    };
    assert_eq!(list(&since), ["job-4", "job-3"]);
    followed.stop().await;
}

#[tokio::test]
async fn walking_a_list_skips_and_repeats_nothing_while_jobs_move() {
    let followed = FollowedLog::start().await;
    for number in 0..9_u64 {
        let (job, run) = (format!("job-{number}"), format!("run-{number}"));
        followed
            .issue(&token(usize::try_from(number).unwrap()), &job, &run)
            .await;
        followed.receipt(number, &run, "m", &job).await;
    }
    followed.settle().await;
    let as_of = followed.size();
    let (mut seen, mut from) = (Vec::new(), None);
    for turn in 0..9_u64 {
        let page = followed
            .projection
            .jobs(&followed.engine, &of_model("m"), from, as_of, 2)
            .unwrap();
        seen.extend(page.items.iter().map(|job| job.job_id.clone()));
        from = page.next;
        if from.is_none() {
            break;
        }
        // The oldest job, not listed yet, and one that was listed get new entries.
        followed.receipt(100 + turn, "run-0", "m", "job-0").await;
        followed.receipt(200 + turn, "run-8", "m", "job-8").await;
        followed.settle().await;
    }
    let expected: Vec<String> = (0..9).rev().map(|number| format!("job-{number}")).collect();
    assert_eq!(seen, expected);
    followed.stop().await;
}

#[tokio::test]
async fn a_contradiction_and_a_refusal_raise_alarms_also_without_a_job() {
    let followed = FollowedLog::start().await;
    let gateway = &followed.log.cast.gateway;
    let first = followed.send("clawproxy", model_call(1).sign(gateway)).await;
    let other = model_call(1).with("/model", "another");
    let second = followed.send("clawproxy", other.sign(gateway)).await;
    followed.settle().await;
    let filter = AlarmFilter {
        code: Some("CONFLICTING_STATEMENTS".to_owned()),
        ..AlarmFilter::default()
    };
    let page = followed
        .projection
        .alarms(&filter, None, followed.size(), 10)
        .unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.items[0].entries, [first, second]);
    assert_eq!(
        (page.items[0].source, &page.items[0].job_id),
        (AlarmSource::Log, &None)
    );
    let none = AlarmFilter {
        code: Some("NO_SUCH_CODE".to_owned()),
        ..AlarmFilter::default()
    };
    assert!(
        followed
            .projection
            .alarms(&none, None, followed.size(), 10)
            .unwrap()
            .items
            .is_empty()
    );
    followed.stop().await;
}

#[tokio::test]
async fn damaged_or_foreign_derived_data_are_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("projection");
    let disk = || -> Arc<dyn DerivedStore> { Arc::new(RocksDerived::open(&path).unwrap()) };
    let mut followed = FollowedLog::start_on(disk()).await;
    followed.issue(&token(1), "job", "run").await;
    followed.receipt(1, "run", "m", "job").await;
    followed.settle().await;
    let before = followed.job("job");

    // What is kept survives a restart: nothing is assessed again.
    followed = restart_on_disk(followed, &disk).await;
    followed.settle().await;
    assert_eq!(followed.projection.numbers().assessed, 0);
    assert_eq!(followed.job("job"), before);

    // Values of another form.
    let pairs = followed.derived.list(all()).unwrap();
    let damage = pairs
        .iter()
        .map(|(key, _)| KeyChange::put(key.clone(), b"?".to_vec()))
        .collect();
    followed.derived.write(damage).unwrap();
    followed = restart_on_disk(followed, &disk).await;
    followed.settle().await;
    assert_eq!(followed.projection.numbers().rebuilt, 1);
    assert_eq!(followed.job("job"), before);

    // Files that the engine cannot read.
    followed.stop().await;
    followed.derived = Arc::new(MemoryDerived::default());
    let FollowedLog {
        log,
        ledger,
        engine,
        projection,
        ..
    } = followed;
    drop((ledger, engine, projection));
    for file in std::fs::read_dir(&path).unwrap() {
        let file = file.unwrap().path();
        if file.file_name().is_some_and(|name| name != "LOCK") {
            std::fs::write(file, b"damaged").unwrap();
        }
    }
    let ledger = log.open();
    let engine = QueryEngine::new(ledger.reader().clone());
    let projection = engine.project(disk());
    let size = ledger.reader().published().head.tree.size;
    projection.reached(size).await;
    assert_eq!(engine.projected_job("job").unwrap().unwrap(), before);
    engine.stop().await;
    ledger.shutdown().await;
}

async fn restart_on_disk(
    mut followed: FollowedLog,
    disk: &impl Fn() -> Arc<dyn DerivedStore>,
) -> FollowedLog {
    followed.stop().await;
    // The directory is locked until its last holder is gone.
    followed.derived = Arc::new(MemoryDerived::default());
    let FollowedLog {
        log,
        ledger,
        engine,
        projection,
        ..
    } = followed;
    drop((ledger, engine, projection));
    let derived = disk();
    let ledger = log.open();
    let engine = QueryEngine::new(ledger.reader().clone());
    let projection = engine.project(Arc::clone(&derived)).clone();
    FollowedLog {
        log,
        ledger,
        engine,
        derived,
        projection,
    }
}

const fn all() -> KeyRange<'static> {
    KeyRange {
        from: &[],
        to: &[0xff],
        descending: false,
        limit: usize::MAX,
    }
}

/// Nothing can be removed from it.
#[derive(Debug, Default)]
struct Unwipeable(MemoryDerived);

impl DerivedStore for Unwipeable {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.get(key)
    }

    fn list(&self, range: KeyRange<'_>) -> Result<Vec<KeyValue>, StoreError> {
        self.0.list(range)
    }

    fn write(&self, changes: Vec<KeyChange>) -> Result<(), StoreError> {
        self.0.write(changes)
    }

    fn persist(&self) -> Result<(), StoreError> {
        self.0.persist()
    }

    fn purge(&self) -> Result<(), StoreError> {
        self.0.purge()
    }

    fn wipe(&self) -> Result<(), StoreError> {
        panic!("an empty database was removed, which a crash leaves half done");
    }
}

#[tokio::test]
async fn a_first_start_removes_nothing() {
    let followed = FollowedLog::start_on(Arc::new(Unwipeable::default())).await;
    followed.open_job("job").await;
    followed.settle().await;
    assert!(followed.job_is_known("job"));
    followed.stop().await;
}

#[tokio::test]
async fn the_projection_says_how_far_it_is() {
    let followed = FollowedLog::start().await;
    followed.open_job("job").await;
    followed.settle().await;
    assert_eq!(
        followed.projection.numbers().projected_to,
        followed.size().value()
    );
    followed.projection.stop().await;
    let stopped_at = followed.projection.projected_to();
    followed.open_job("later").await;
    assert_eq!(followed.projection.projected_to(), stopped_at);
    let page = followed
        .projection
        .jobs(&followed.engine, &JobFilter::default(), None, followed.size(), 5);
    assert!(page.is_err(), "it does not answer for what it has not seen");
    assert_eq!(followed.projection.job(&followed.engine, "later").unwrap(), None);
    let first = followed.job("job").first.index;
    assert!(first > LeafIndex::new(0));
}
