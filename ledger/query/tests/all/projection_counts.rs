//! The counts of jobs by verdict and time are those of a recount of all jobs, whatever happened in between.

use kit::documents::evidence_target;
use std::collections::BTreeMap;
use std::sync::Arc;

use ledger::store::derived::{KeyChange, KeyRange, MemoryDerived};
use ledger_query::projection::{Counts, JobFilter, JobState, Unit};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use verifier::index::{LeafIndex, TimestampMs};

use crate::projection_documents::{FollowedLog, token};

const HOUR_MS: u64 = 3_600_000;

/// PASS, RUNNING, INCOMPLETE, FAIL, without a verdict.
type ExpectedCounts = BTreeMap<String, [u64; 5]>;

/// How many characters of `2026-02-12T00:00:00Z` name the period.
const fn digits(unit: Unit) -> usize {
    match unit {
        Unit::Hour => 13,
        Unit::Day => 10,
        Unit::Month => 7,
        Unit::Year => 4,
    }
}

fn text(at: TimestampMs) -> String {
    let nanoseconds = i128::from(at.value()) * 1_000_000;
    let moment = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap();
    moment.format(&Rfc3339).unwrap()
}

fn as_list(counts: &Counts) -> [u64; 5] {
    [
        counts.of(Some(JobState::Pass)),
        counts.of(Some(JobState::Running)),
        counts.of(Some(JobState::Incomplete)),
        counts.of(Some(JobState::Fail)),
        counts.of(None),
    ]
}

/// Every job that the projection has, counted one by one.
fn recount(followed: &FollowedLog, unit: Unit) -> ExpectedCounts {
    let mut counts = ExpectedCounts::new();
    let reader = &followed.engine;
    let jobs = followed
        .projection
        .jobs(reader, &JobFilter::default(), None, followed.size(), 200)
        .unwrap();
    assert_eq!(jobs.next, None);
    for job in jobs.items {
        let slot = match job.state() {
            Some(JobState::Pass) => 0,
            Some(JobState::Running) => 1,
            Some(JobState::Incomplete) => 2,
            Some(JobState::Fail) => 3,
            None => 4,
        };
        let period = text(job.first.logged_at)[..digits(unit)].to_owned();
        counts.entry(period).or_default()[slot] += 1;
    }
    counts
}

pub(crate) async fn erase(followed: &FollowedLog, index: LeafIndex) {
    let record = followed.engine.entry(index).unwrap().unwrap();
    let target = evidence_target(record.entry.evidence_digest);
    let order = followed.log.disposition("erasure_order", &target, "asked");
    followed.send("operator", order).await;
}

fn assert_counts_are_a_recount(followed: &FollowedLog) {
    for unit in Unit::ALL {
        let kept = followed.projection.by(unit, 10_000).unwrap();
        let kept = kept.map_or_else(Vec::new, |kept| {
            assert!(!kept.earlier);
            assert_eq!(kept.as_of, followed.size());
            kept.periods
        });
        assert!(kept.windows(2).all(|pair| pair[0].begin < pair[1].begin));
        let mut named = ExpectedCounts::new();
        for period in kept {
            let begin = text(period.begin);
            let name = begin[..digits(unit)].to_owned();
            let rest = &"0000-01-01T00:00:00Z"[digits(unit)..];
            assert_eq!(&begin[digits(unit)..], rest, "a period begins where it begins");
            assert_eq!(named.insert(name, as_list(&period.counts)), None);
        }
        named.retain(|_, counts| *counts != [0; 5]);
        assert_eq!(named, recount(followed, unit), "{unit:?}");
    }
}

#[tokio::test]
async fn the_counts_are_a_recount_of_all_jobs_after_verdicts_changed_restarts_and_a_wipe() {
    for seed in 0..3_u64 {
        let mut numbers = crate::projection::NumberGenerator(seed + 100);
        let mut followed = FollowedLog::start().await;
        let mut receipts = Vec::new();
        for step in 0..70_u64 {
            // Up to six days apart: hours, days and months pass.
            let hours = numbers.below(12) * numbers.below(12);
            followed.log.clock.advance(hours * HOUR_MS);
            let job = numbers.below(12);
            let name = format!("job-{job}");
            let (run, own) = (format!("run-{job}"), token(usize::try_from(job).unwrap()));
            match numbers.below(8) {
                0 => drop(followed.open_job(&name).await),
                1 => drop(followed.issue(&own, &name, &run).await),
                2 => drop(followed.revoke(&own).await),
                3 => {
                    if let Some(receipt) = receipts.pop() {
                        erase(&followed, receipt).await;
                    }
                }
                _ => {
                    // Of one number there may be two that contradict each other.
                    let model = if numbers.below(2) == 0 {
                        "model-a"
                    } else {
                        "model-b"
                    };
                    let number = seed * 1_000 + numbers.below(40);
                    receipts.push(followed.receipt(number, &run, model, &name).await);
                }
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
            if step % 10 == 9 {
                followed.settle().await;
                assert_counts_are_a_recount(&followed);
            }
        }
        followed.stop().await;
    }
}

#[tokio::test]
async fn a_verdict_that_changes_moves_its_job_within_the_period_of_the_first_entry() {
    let followed = FollowedLog::start().await;
    followed.issue(&token(1), "job", "run").await;
    followed.open_job("other").await;
    followed.settle().await;
    let counts = |unit| followed.projection.by(unit, 100).unwrap().unwrap().periods;
    let before = counts(Unit::Day);
    assert_eq!(before.len(), 1);
    assert_eq!(as_list(&before[0].counts), [0, 2, 0, 0, 0]);
    // Two months later a contradiction fails the job; no period of that time has a job.
    followed.log.clock.advance(60 * 24 * HOUR_MS);
    followed.receipt(1, "run", "model-a", "job").await;
    followed.receipt(1, "run", "model-b", "job").await;
    followed.settle().await;
    let after = counts(Unit::Day);
    assert_eq!(after.len(), 1);
    assert_eq!(after[0].begin, before[0].begin);
    assert_eq!(as_list(&after[0].counts), [0, 1, 0, 1, 0]);
    assert_counts_are_a_recount(&followed);
    followed.stop().await;
}

#[tokio::test]
async fn a_job_of_which_nothing_is_left_leaves_the_counts() {
    let followed = FollowedLog::start().await;
    followed.open_job("kept").await;
    let receipt = followed.receipt(1, "run", "model-a", "erased").await;
    followed.settle().await;
    let total = || {
        let year = followed.projection.by(Unit::Year, 1).unwrap().unwrap();
        year.periods[0].counts.total()
    };
    assert_eq!(total(), 2);
    erase(&followed, receipt).await;
    followed.settle().await;
    assert!(!followed.job_is_known("erased"), "only the context named it");
    assert_eq!(total(), 1);
    assert_counts_are_a_recount(&followed);
    followed.stop().await;
}

#[tokio::test]
async fn the_shortest_unit_that_holds_all_jobs_is_chosen_and_what_it_leaves_out_is_said() {
    let followed = FollowedLog::start().await;
    assert_eq!(followed.projection.over_time(3).unwrap(), None);
    let mut units = Vec::new();
    for (number, hours) in [0, 2, 1, 24, 40 * 24, 400 * 24, 800 * 24].into_iter().enumerate() {
        followed.log.clock.advance(hours * HOUR_MS);
        followed.open_job(&format!("job-{number}")).await;
        followed.settle().await;
        let shown = followed.projection.over_time(3).unwrap().unwrap();
        assert!(shown.periods.len() <= 3);
        let total: u64 = shown.periods.iter().map(|period| period.counts.total()).sum();
        assert_eq!(shown.earlier, total < u64::try_from(number).unwrap() + 1);
        units.push((shown.unit, shown.earlier));
    }
    assert_eq!(
        units,
        [
            (Unit::Hour, false),
            (Unit::Hour, false),
            (Unit::Day, false),
            (Unit::Day, false),
            (Unit::Month, false),
            (Unit::Year, false),
            (Unit::Year, true),
        ]
    );
    followed.stop().await;
}

#[tokio::test]
async fn counts_that_cannot_be_those_of_the_jobs_are_made_again() {
    let followed = FollowedLog::start().await;
    followed.issue(&token(1), "job", "run").await;
    followed.settle().await;
    let counts = followed
        .derived
        .list(KeyRange {
            from: &[9],
            to: &[10],
            descending: false,
            limit: 100,
        })
        .unwrap();
    assert_eq!(counts.len(), Unit::ALL.len());
    let lost = counts
        .into_iter()
        .map(|(key, _)| KeyChange::delete(key))
        .collect();
    followed.derived.write(lost).unwrap();
    followed.receipt(1, "run", "model-a", "job").await;
    followed.receipt(1, "run", "model-b", "job").await;
    followed.settle().await;
    assert_eq!(followed.projection.numbers().rebuilt, 1);
    assert_counts_are_a_recount(&followed);
    followed.stop().await;
}
