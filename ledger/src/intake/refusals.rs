//! How many refused entries a submitter may cause: anyone can be refused without end, but not fill
//! the log with it.

use std::collections::HashMap;
use std::time::Duration;

use verifier::context::SubmitterName;

const WINDOW: Duration = Duration::from_secs(60);
/// Submitters remembered at once; they are named in the configuration, so this is never reached.
const SUBMITTERS_MAX: usize = 4096;

/// Refused entries left, by submitter and minute.
#[derive(Debug)]
pub(crate) struct RefusalBudget {
    per_minute_max: u32,
    /// Start of the current minute, and how many were logged in it.
    spent: HashMap<SubmitterName, (Duration, u32)>,
}

impl RefusalBudget {
    pub(crate) fn new(per_minute_max: u32) -> Self {
        Self {
            per_minute_max,
            spent: HashMap::new(),
        }
    }

    /// Takes one, if there is one left. `now` is monotonic.
    pub(crate) fn take(&mut self, submitter: &SubmitterName, now: Duration) -> bool {
        if self.spent.len() >= SUBMITTERS_MAX {
            self.spent
                .retain(|_, (start, _)| now.saturating_sub(*start) < WINDOW);
        }
        let (start, count) = self.spent.entry(submitter.clone()).or_insert((now, 0));
        if now.saturating_sub(*start) >= WINDOW {
            (*start, *count) = (now, 0);
        }
        if *count >= self.per_minute_max {
            return false;
        }
        *count = count.saturating_add(1);
        true
    }
}
