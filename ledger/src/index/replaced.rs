//! Runs that others took the place of. They stay for a while, since readers may be making proofs from them.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use verifier::runs::RunRange;

/// How long a run stays that the newest index.root does not name.
pub(super) const KEEP_REPLACED: Duration = Duration::from_secs(600);

/// Runs to be dropped, and since when they are not named, oldest first.
#[derive(Default)]
pub(super) struct ReplacedRuns(VecDeque<(Instant, RunRange)>);

impl ReplacedRuns {
    /// Takes runs that are named no more.
    pub(super) fn add(&mut self, now: Instant, ranges: impl IntoIterator<Item = RunRange>) {
        self.0.extend(ranges.into_iter().map(|range| (now, range)));
    }

    /// Whether a run stays for its readers.
    pub(super) fn holds(&self, range: RunRange) -> bool {
        self.0.iter().any(|(_, kept)| *kept == range)
    }

    /// The oldest run, if its time is over.
    pub(super) fn due(&self, now: Instant) -> Option<RunRange> {
        let (since, range) = self.0.front()?;
        (now.saturating_duration_since(*since) >= KEEP_REPLACED).then_some(*range)
    }

    /// The oldest run was dropped.
    pub(super) fn dropped(&mut self) {
        self.0.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::{KEEP_REPLACED, ReplacedRuns};
    use std::time::{Duration, Instant};
    use verifier::index::TreeSize;
    use verifier::runs::RunRange;

    #[test]
    fn runs_stay_for_their_readers_and_are_then_due_one_after_the_other() {
        let run = |begin, end| RunRange::new(TreeSize::new(begin), TreeSize::new(end));
        let (first, next) = (run(0, 1), run(1, 2));
        let now = Instant::now();
        let mut replaced = ReplacedRuns::default();
        replaced.add(now, first.into_iter().chain(next));
        let over = now + KEEP_REPLACED;
        assert_eq!(
            replaced.due(over.checked_sub(Duration::from_millis(1)).unwrap_or(now)),
            None
        );
        for range in [first, next] {
            assert_eq!(replaced.due(over), range);
            assert!(range.is_some_and(|range| replaced.holds(range)));
            replaced.dropped();
            assert!(range.is_some_and(|range| !replaced.holds(range)));
        }
        assert_eq!(replaced.due(over), None);
    }
}
