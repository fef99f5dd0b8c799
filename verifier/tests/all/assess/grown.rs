//! A closure that grew with its log is the one that is collected anew, at every size.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;
use verifier::assess::{
    Closure, ClosureGrowth, ClosureLookups, ClosurePlanner, Query, RoundRecords, VerifiedRecord, examine,
};
use verifier::index::{LeafIndex, TreeSize};

use super::flip_acts::FLIPS;
use super::scenario::{ORIGIN, ScenarioActor, ScenarioJob, ScenarioLog, policy, salt, same};

/// A log whose records were verified.
struct VerifiedLog<'l> {
    log: &'l ScenarioLog,
    records: Vec<Arc<VerifiedRecord>>,
    job: &'l str,
}

impl<'l> VerifiedLog<'l> {
    fn new(log: &'l ScenarioLog, job: &'l str) -> Self {
        let records = (0..log.size()).map(|index| log.verified(index)).collect();
        Self { log, records, job }
    }

    fn record(&self, index: LeafIndex) -> Arc<VerifiedRecord> {
        let position = usize::try_from(index.value()).unwrap();
        Arc::clone(&self.records[position])
    }

    fn unknown(&self, indices: &[LeafIndex], planner: &ClosurePlanner<'_>) -> Vec<Arc<VerifiedRecord>> {
        let unknown = indices.iter().filter(|index| !planner.knows(**index));
        unknown.map(|index| self.record(*index)).collect()
    }

    fn collected(&self, size: u64) -> Closure {
        let rounds = RoundRecords::default();
        let mut planner = ClosurePlanner::new(&rounds, self.job, ORIGIN, salt(), self.log.as_of(size));
        while let Some(query) = planner.next_query() {
            let indices = self.log.answer(&query, size);
            let records = self.unknown(&indices, &planner);
            planner.supply(indices, records).unwrap();
        }
        planner.finish()
    }

    fn grown(&self, older: &Closure, size: u64) -> (Closure, Vec<Query>) {
        let asked = ClosureLookups::of(older.answers.iter().map(|answer| &answer.query), &salt());
        let since = (older.as_of.size.value()..size).map(|index| self.record(LeafIndex::new(index)));
        let added = since.filter(|record| asked.holds(&record.entry));
        let rounds = RoundRecords::default();
        let mut growth = ClosureGrowth::new(&rounds, older, self.log.as_of(size), added);
        let mut new = Vec::new();
        while let Some(query) = growth.next_query().unwrap() {
            let indices = self.log.answer(&query, size);
            let records = self.unknown(&indices, growth.planner());
            growth.supply(indices, records).unwrap();
            new.push(query);
        }
        (growth.finish(), new)
    }

    /// Grows the closure entry by entry, and over several entries at once.
    fn check(&self) {
        let mut grown = self.collected(1);
        let mut behind = grown.clone();
        for size in 2..=self.log.size() {
            let collected = self.collected(size);
            let verdict = examine(&collected);
            grown = self.grown(&grown, size).0;
            assert_eq!(grown, collected, "grown by an entry to size {size}");
            assert_eq!(examine(&grown), verdict, "size {size}");
            let from = behind.as_of.size;
            let leapt = self.grown(&behind, size).0;
            assert_eq!(leapt, collected, "grown from size {from} to {size}");
            if size % 7 == 0 {
                behind = leapt;
            }
        }
    }
}

#[test]
fn a_job_that_grows_by_every_act_that_flips_a_check_has_the_closure_of_each_size() {
    for flip in FLIPS {
        let mut job = (flip.start)();
        (flip.act)(&mut job);
        (flip.then)(&mut job);
        job.bundle(same);
        VerifiedLog::new(&job.log, &job.id).check();
    }
}

#[test]
fn a_receipt_more_asks_only_what_that_receipt_gives_a_reason_for() {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy());
    job.issue("token-1", same);
    for _ in 0..20 {
        job.model_call(same);
    }
    let verified = VerifiedLog::new(&job.log, &job.id);
    let size = job.log.size();
    let (grown, new) = verified.grown(&verified.collected(size - 1), size);
    assert_eq!(grown, verified.collected(size));
    let digest = job.log.digest(size - 1);
    assert!(new.len() <= 3, "{new:?}");
    assert!(new.iter().all(|query| match query {
        Query::Evidence(asked) => asked.to_string() == digest,
        Query::Subject { value, .. } => *value == digest || value.starts_with("rcpt-"),
        Query::Kind(_) | Query::Hashed { .. } => false,
    }));
}

#[test]
fn a_growth_that_leaves_out_what_came_since_is_noticed_where_another_lookup_finds_it() {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy());
    job.issue("token-1", same);
    job.model_call(same);
    let older = VerifiedLog::new(&job.log, &job.id).collected(job.log.size());
    let index = job.model_call(same);
    let verified = VerifiedLog::new(&job.log, &job.id);
    let rounds = RoundRecords::default();
    let as_of = job.log.as_of(job.log.size());
    // The new receipt is asked for by nothing, as if the log had not grown by it.
    let mut growth = ClosureGrowth::new(&rounds, &older, as_of, []);
    assert_eq!(growth.next_query().unwrap(), None);
    let left_out = growth.finish();
    assert!(!left_out.records.contains_key(&LeafIndex::new(index)));
    assert_ne!(left_out, verified.collected(job.log.size()));
    assert_eq!(left_out.as_of.size, TreeSize::new(job.log.size()));
}

/// Two jobs of one log, of which one acts at a time.
struct GrowingLog {
    jobs: [ScenarioJob; 2],
    acting: usize,
}

/// What is done next: which act, by which job, and what it picks.
type GrowthStep = (u8, bool, u64);

impl GrowingLog {
    fn new() -> Self {
        let mut first = ScenarioJob::open(ScenarioLog::new(), "job-1");
        first.publish("test-policy", &policy());
        first.event_of_chain("run_start");
        let mut second = ScenarioJob::in_log(first.log.clone(), "job-2");
        second.event_of_chain("run_start");
        second.cited.clone_from(&first.cited);
        Self {
            jobs: [first, second],
            acting: 0,
        }
    }

    fn step(&mut self, (act, other, pick): GrowthStep) {
        let acting = usize::from(other);
        if acting != self.acting {
            let [one, two] = &mut self.jobs;
            std::mem::swap(&mut one.log, &mut two.log);
            self.acting = acting;
        }
        let stranger = self.jobs[1 - acting].id.clone();
        let run = self.jobs[1 - acting].run.clone();
        let token = self.jobs[1 - acting]
            .token
            .as_ref()
            .map(|token| token.hash.clone());
        let job = &mut self.jobs[acting];
        if act < 8 {
            work(job, act, pick, &run);
        } else {
            talk(job, act, pick, (&stranger, token));
        }
    }

    /// Ends with what was erased: a cache of closures forgets this one then.
    fn end(mut self, erased: &[u64]) -> ScenarioLog {
        let log = &mut self.jobs[self.acting].log;
        for pick in erased {
            let index = pick % log.size();
            if log.record(index).entry.kind.is_erasable() {
                log.erase(index);
            }
        }
        log.clone()
    }
}

const SUBMITTERS: [&str; 4] = ["gateway", "agents", "orchestrator", "stranger"];
const ROLES: [(ScenarioActor, &str); 7] = [
    (ScenarioActor::Gateway, "gateway"),
    (ScenarioActor::Agent, "agent"),
    (ScenarioActor::OtherAgent, "gateway"),
    (ScenarioActor::Approver, "approver"),
    (ScenarioActor::Stranger, "operator"),
    (ScenarioActor::Orchestrator, "orchestrator"),
    (ScenarioActor::TokenIssuer, "token_issuer"),
];

/// What a job's own actors do.
fn work(job: &mut ScenarioJob, act: u8, pick: u64, other_run: &str) {
    match act {
        0 | 1 => {
            job.model_call(|payload| {
                if pick.is_multiple_of(3) {
                    payload["binding"]["nonce"] = json!("nonce-same");
                }
                if pick.is_multiple_of(5) {
                    payload["binding"]["run_id"] = json!(other_run);
                }
            });
        }
        2 => drop(job.tool_call("sentinel.api:incidents.list", |payload| {
            if pick.is_multiple_of(4) {
                payload["binding"]["run_id"] = json!(other_run);
            }
        })),
        3 => {
            let effect = if pick.is_multiple_of(2) { "allow" } else { "deny" };
            job.decide(effect, "sentinel.api", "incidents.update", |members| {
                if pick.is_multiple_of(3) {
                    members.as_object_mut().unwrap().remove("job_id");
                }
            });
        }
        4 if job.token.is_some() => drop(job.approve("write", &["incidents.update"], same)),
        5 => drop(job.bundle(same)),
        6 if job.token.is_some() => drop(job.revoke(same)),
        _ => {
            let name = format!("token-{}", pick % 3);
            job.issue(&name, |members| {
                if pick.is_multiple_of(4) {
                    members.as_object_mut().unwrap().remove("job_id");
                }
                if pick.is_multiple_of(5) {
                    members["run_id"] = json!(other_run);
                }
            });
        }
    }
}

/// Statements about entries and signers.
fn talk(job: &mut ScenarioJob, act: u8, pick: u64, (other, token): (&str, Option<String>)) {
    let target = pick % job.log.size();
    let submitter = SUBMITTERS[usize::try_from(pick / 7 % 4).unwrap()];
    let mut context = json!({ "job_id": if pick.is_multiple_of(3) { other } else { job.id.as_str() } });
    if let Some(token) = token.filter(|_| pick.is_multiple_of(2)) {
        context["token_hash"] = json!(token);
    }
    match act {
        8 | 9 if job.log.record(target).entry.refused.is_none() => {
            job.log.context(target, submitter, &context);
        }
        10 => {
            let by = if pick.is_multiple_of(2) {
                ScenarioActor::Gateway
            } else {
                ScenarioActor::Agent
            };
            context["evidence_digest"] = json!(job.log.digest(target));
            job.log.own(by, "submission_context", context, None);
        }
        11 => drop(
            job.log
                .refused(&ScenarioActor::Gateway.did(), submitter, &context),
        ),
        12 => {
            let (actor, role) = ROLES[usize::try_from(pick % 7).unwrap()];
            let members = json!({
                "did": actor.did(), "name": submitter, "roles": [role],
                "not_before": "2026-02-12T00:00:00Z", "submitters": [submitter],
            });
            let by = if pick.is_multiple_of(11) {
                ScenarioActor::Stranger
            } else {
                ScenarioActor::Operator
            };
            job.log.own(by, "issuer_registration", members, None);
        }
        13 => {
            let (actor, _) = ROLES[usize::try_from(pick % 7).unwrap()];
            let mut members = json!({ "did": actor.did(), "reason": "rotated" });
            if pick.is_multiple_of(3) {
                members["distrust_from_index"] = json!(target);
            }
            job.log
                .own(ScenarioActor::Operator, "issuer_retirement", members, None);
        }
        14 => drop(job.model_call_with(submitter, Some(&context))),
        15 => drop(job.publish(
            "test-policy",
            &json!({ "policy_name": "test", "inherits": format!("p-{}", pick % 3) }),
        )),
        16 => drop(job.event("disputed", same)),
        _ => job.log.pad(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_is_logged_the_grown_closure_is_that_of_each_size(
        steps in prop::collection::vec((0_u8..18, any::<bool>(), any::<u64>()), 1..40),
        erased in prop::collection::vec(any::<u64>(), 0..3),
    ) {
        let mut world = GrowingLog::new();
        for step in steps {
            world.step(step);
        }
        let log = world.end(&erased);
        for job in ["job-1", "job-2"] {
            VerifiedLog::new(&log, job).check();
        }
    }
}
