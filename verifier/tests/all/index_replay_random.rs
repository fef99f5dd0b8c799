//! The replay over random logs: it accepts what a plain builder makes, and nothing else.

use kit::index::run_list;
use kit::log::{SALT, TestLog};
use proptest::prelude::*;
use verifier::check::Status;
use verifier::digest::EvidenceDigest;
use verifier::entry::Entry;
use verifier::hash::sha256;
use verifier::index::TreeSize;
use verifier::kind::Kind;
use verifier::runs::{RunList, RunListDigest};
use verifier::subject::{Field, Subject, subject_hash};

use crate::index_replay::{audit, audit_within};

/// What is logged next.
#[derive(Clone, Debug)]
enum Step {
    /// An entry of a kind with subjects.
    Entry(Kind, Vec<u8>),
    /// An index.root that keeps a number of the runs before, if there are enough, and covers all but a number of entries.
    IndexRoot {
        kept: usize,
        left_out: u64,
        new_runs: u64,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let kinds = prop::sample::select(vec![
        Kind::Refused,
        Kind::Bundle,
        Kind::TokenRevoked,
        Kind::ReceiptGateway,
        Kind::LogClock,
    ]);
    let entry =
        (kinds, prop::collection::vec(0_u8..6, 0..4)).prop_map(|(kind, jobs)| Step::Entry(kind, jobs));
    let root = (0_usize..4, 0_u64..3, 1_u64..3).prop_map(|(kept, left_out, new_runs)| Step::IndexRoot {
        kept,
        left_out,
        new_runs,
    });
    prop::collection::vec(prop_oneof![4 => entry, 1 => root], 1..60)
}

fn subjects(jobs: &[u8]) -> Vec<Subject> {
    let mut subjects: Vec<Subject> = jobs
        .iter()
        .map(|job| Subject {
            field: Field::Job,
            hash: subject_hash(&SALT, Field::Job, &job.to_string()),
        })
        .collect();
    subjects.sort_unstable();
    subjects.dedup();
    subjects
}

fn entry(log: &TestLog, kind: Kind, jobs: &[u8]) -> Entry {
    let filler = log.filler();
    if kind == Kind::Refused {
        return Entry {
            context_subjects: Some(subjects(jobs)),
            ..filler
        };
    }
    Entry {
        kind,
        evidence_digest: EvidenceDigest::from_bytes(sha256(&log.size().to_be_bytes())),
        subjects: subjects(jobs),
        refused: None,
        ..filler
    }
}

/// The log, and the ends of the runs of each index.root with its index.
fn log_of(steps: &[Step]) -> (TestLog, Vec<(u64, Vec<u64>)>) {
    let mut log = TestLog::new();
    let mut roots: Vec<(u64, Vec<u64>)> = Vec::new();
    for step in steps {
        match step {
            Step::Entry(kind, jobs) => {
                log.push(&entry(&log, *kind, jobs));
            }
            Step::IndexRoot {
                kept,
                left_out,
                new_runs,
            } => {
                let mut ends = roots.last().map_or_else(Vec::new, |(_, ends)| ends.clone());
                let before = ends.last().copied().unwrap_or_default();
                let covered = log.size().saturating_sub(*left_out);
                if covered <= before {
                    continue;
                }
                ends.truncate(*kept);
                // A second new run begins where no run of the list before is split.
                if *new_runs == 2 && before > ends.last().copied().unwrap_or_default() {
                    ends.push(before);
                }
                ends.push(covered);
                roots.push((log.push_index_root(&ends), ends));
            }
        }
    }
    (log, roots)
}

/// The runs that the entries below a size give for a list's ends.
fn computed(log: &TestLog, list: &RunList) -> RunList {
    let ends: Vec<u64> = list.runs().iter().map(|run| run.range.end().value()).collect();
    run_list(&log.rows(), &ends)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn what_a_plain_builder_makes_is_accepted_in_any_memory(steps in steps(), rows in 0_usize..80) {
        let (log, roots) = log_of(&steps);
        let report = audit(&log);
        prop_assert_eq!(report.status, Status::Pass, "{:?}", report);
        let replayed = report.details.get("index_roots").and_then(serde_json::Value::as_u64);
        prop_assert_eq!(replayed.unwrap_or_default(), roots.len() as u64);
        prop_assert_eq!(audit_within(&log, rows), report);
    }

    #[test]
    fn a_changed_byte_of_a_list_is_refused_unless_the_list_is_right_as_well(
        steps in steps(),
        root in any::<prop::sample::Index>(),
        byte in any::<prop::sample::Index>(),
        change in 1_u8..=255,
    ) {
        let (mut log, roots) = log_of(&steps);
        prop_assume!(!roots.is_empty());
        let place = root.index(roots.len());
        let at = usize::try_from(roots[place].0).unwrap();
        let decoded = |log: &TestLog, at: usize| Entry::decode(&log.entries[at]).unwrap();
        let mut entry = decoded(&log, at);
        let list = entry.index_runs.as_mut().unwrap();
        let byte = byte.index(list.len());
        list[byte] ^= change;
        // Its own digest and its own coverage: nothing but the rows is against it.
        let tagged = [b"evidence-ledger/index/v1\0", list.as_slice()].concat();
        let digest = sha256(&tagged);
        let covered = TreeSize::new(u64::from_be_bytes(*list[list.len() - 48..].first_chunk().unwrap()));
        let changed = RunList::decode(list, covered, RunListDigest::from_bytes(digest));
        entry.covered = Some(covered);
        entry.evidence_digest = EvidenceDigest::from_bytes(digest);
        log.entries[at] = entry.encode().unwrap();
        // What follows was made for the right list.
        log.entries.truncate(at + 1);
        let before = place.checked_sub(1).map(|before| {
            let before = decoded(&log, usize::try_from(roots[before].0).unwrap());
            let digest = RunListDigest::from_bytes(*before.evidence_digest.as_bytes());
            RunList::decode(&before.index_runs.unwrap(), before.covered.unwrap(), digest).unwrap()
        });
        let is_right = changed.is_ok_and(|list| {
            let follows = before.is_none_or(|before| list.check_follows(&before).is_ok());
            follows && list.covered().value() <= at as u64 && computed(&log, &list) == list
        });
        let report = audit(&log);
        prop_assert_eq!(report.status == Status::Pass, is_right, "{:?}", report);
        let named = format!("entry {at}");
        prop_assert!(is_right || report.message.contains(&named), "{}", report.message);
    }
}
