//! Subject-proofs of ranges over random logs: pieces of a walk are the whole answer, and no change of a piece is another answer.

use std::collections::BTreeSet;

use kit::index::{AnswerParts, SignedIndex};
use kit::log::{SALT, TestLog, job_event, log_key};
use proptest::prelude::*;
use proptest::sample::Index;
use verifier::check::{SubjectCheck, SubjectExpectation, check_subject};
use verifier::entry::Entry;
use verifier::index::{LeafIndex, TreeSize};
use verifier::runs::{IndexRow, RunRange};
use verifier::subject::Field;
use verifier::subject_index::IndexQuestion;

/// A log of events of a few jobs, in runs that end at random.
struct RandomLog {
    log: TestLog,
    index: SignedIndex,
    /// How many entries the index covers.
    covered: u64,
}

impl RandomLog {
    /// Logs an event of each of the jobs. `change` makes of the rows what the index gets.
    fn new(jobs: &[u8], ends: &[Index], change: impl FnOnce(&mut Vec<IndexRow>)) -> Self {
        let mut log = TestLog::new();
        for (seed, number) in (1..).zip(jobs) {
            log.push_document(&job_event(seed, &format!("job-{number}")));
        }
        let covered = log.size();
        let mut rows = log.rows();
        change(&mut rows);
        let places = ends.iter().map(|end| 1 + below(covered, *end));
        let ends: BTreeSet<u64> = places.chain([covered]).collect();
        let index = log.sign_index(rows, &ends.into_iter().collect::<Vec<_>>());
        Self { log, index, covered }
    }

    fn piece(&self, range: RunRange) -> AnswerParts {
        self.index.answer_in(&self.log, range, &asked(), self.covered)
    }

    fn check(&self, piece: &AnswerParts) -> SubjectCheck {
        let file = self.log.answer_file(piece);
        check_subject(
            &file,
            &self.log.genesis,
            &log_key(),
            &SubjectExpectation::default(),
        )
    }

    /// What a plain scan finds in a range.
    fn scan(&self, range: RunRange) -> Vec<u64> {
        let lookup = asked().lookup(&SALT).unwrap();
        let entries = (0..self.covered).filter(|at| range.contains(LeafIndex::new(*at)));
        let fits =
            |at: &u64| lookup.fits(&Entry::decode(&self.log.entries[usize::try_from(*at).unwrap()]).unwrap());
        entries.filter(fits).collect()
    }

    /// The ranges between places of the log, which cover it without a gap.
    fn ranges(&self, cuts: &[Index]) -> Vec<RunRange> {
        let places = cuts.iter().map(|cut| below(self.covered, *cut));
        let places: BTreeSet<u64> = places.chain([0, self.covered]).collect();
        let places: Vec<u64> = places.into_iter().collect();
        places.windows(2).map(|pair| range(pair[0], pair[1])).collect()
    }
}

/// A random number below a size.
fn below(size: u64, place: Index) -> u64 {
    let size = usize::try_from(size).unwrap();
    u64::try_from(place.index(size)).unwrap()
}

fn range(from: u64, to: u64) -> RunRange {
    RunRange::new(TreeSize::new(from), TreeSize::new(to)).unwrap()
}

fn asked() -> IndexQuestion {
    IndexQuestion::Subject {
        field: Field::Job.into(),
        value: "job-0".to_owned(),
        kinds: vec![],
    }
}

fn found(check: &SubjectCheck) -> Option<Vec<u64>> {
    let answer = check.answer.as_ref()?;
    Some(answer.found().iter().map(|index| index.value()).collect())
}

fn jobs() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(vec![0_u8, 0, 1, 2]), 1..40)
}

fn places() -> impl Strategy<Value = Vec<Index>> {
    prop::collection::vec(any::<Index>(), 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_walk_over_ranges_is_the_plain_scan_and_nothing_of_a_piece_can_be_left_out_or_added(
        jobs in jobs(), ends in places(), cuts in places()
    ) {
        let log = RandomLog::new(&jobs, &ends, |_| {});
        let mut walked = Vec::new();
        for range in log.ranges(&cuts) {
            let piece = log.piece(range);
            let check = log.check(&piece);
            let answer = found(&check);
            prop_assert_eq!(&answer, &Some(log.scan(range)), "{}: {}", range, check.report.message);
            for at in 0..log.covered {
                let mut changed = log.piece(range);
                if !changed.entries.remove(&at) {
                    changed.entries.insert(at);
                }
                prop_assert_eq!(found(&log.check(&changed)), None, "entry {} of {}", at, range);
            }
            walked.extend(answer.unwrap_or_default());
        }
        prop_assert_eq!(walked, log.scan(range(0, log.covered)));
    }

    #[test]
    fn a_piece_under_another_range_is_refused_or_answers_that_range(
        jobs in jobs(), ends in places(), cuts in places(), others in places()
    ) {
        let log = RandomLog::new(&jobs, &ends, |_| {});
        let other_ranges = log.ranges(&others);
        for (one, other) in log.ranges(&cuts).into_iter().zip(other_ranges.iter().cycle()) {
            let mut piece = log.piece(one);
            piece.range = Some(*other);
            if let Some(answer) = found(&log.check(&piece)) {
                prop_assert_eq!(answer, log.scan(*other), "{} as {}", one, other);
            }
        }
    }

    #[test]
    fn a_row_that_the_index_leaves_out_of_a_range_convicts_the_operator(
        jobs in jobs(), ends in places(), cuts in places(), place in any::<Index>()
    ) {
        let key = asked().lookup(&SALT).unwrap().key();
        let mut gone = None;
        let log = RandomLog::new(&jobs, &ends, |rows| {
            let of_job: Vec<usize> = (0..rows.len()).filter(|at| rows[*at].key() == key).collect();
            if !of_job.is_empty() {
                gone = Some(rows.remove(of_job[place.index(of_job.len())]).index());
            }
        });
        let Some(gone) = gone else { return Ok(()) };
        for range in log.ranges(&cuts) {
            let mut piece = log.piece(range);
            if range.contains(gone) {
                // Without the entry the file shows what the log signed; with it, that this is false.
                prop_assert!(log.check(&piece).answer.is_some() || piece.entries.contains(&gone.value()));
                piece.entries.insert(gone.value());
                prop_assert_eq!(log.check(&piece).report.reason_code, "INDEX_OMITS");
            } else {
                prop_assert_eq!(found(&log.check(&piece)), Some(log.scan(range)));
            }
        }
    }
}
