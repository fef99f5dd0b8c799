//! Work on many things at once, on the processors that nobody else needs.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;

use super::worker::{FollowError, WindowEnd};

/// Most threads that help.
const HELPERS_MAX: usize = 3;
/// How many things there are for each helper at least.
const ITEMS_PER_HELPER: usize = 4;

/// Works on each of a list of things, in any order, until one of them ends it. Helpers, one for each further processor, go as
/// soon as they are needed elsewhere; the calling thread stays.
pub(super) fn spread<T: Sync>(
    items: &[T],
    are_needed_elsewhere: impl Fn() -> bool + Sync,
    work: impl Fn(&T) -> Result<WindowEnd, FollowError> + Sync,
) -> Result<WindowEnd, FollowError> {
    let next = AtomicUsize::new(0);
    let take = || items.get(next.fetch_add(1, Ordering::Relaxed));
    let run = &|helps: bool| -> Result<WindowEnd, FollowError> {
        while !(helps && are_needed_elsewhere()) {
            let Some(item) = take() else { break };
            let end = work(item);
            if !matches!(end, Ok(WindowEnd::Followed)) {
                // Nobody takes another one.
                next.store(items.len(), Ordering::Relaxed);
                return end;
            }
        }
        Ok(WindowEnd::Followed)
    };
    std::thread::scope(|scope| {
        let helpers = if are_needed_elsewhere() {
            0
        } else {
            helpers_for(items.len())
        };
        // Where the system gives no thread, there is a helper less.
        let spawned =
            (0..helpers).map(|_| std::thread::Builder::new().spawn_scoped(scope, move || run(true)));
        let helping: Vec<_> = spawned.filter_map(Result::ok).collect();
        let mut end = run(false);
        for helper in helping {
            let helped = helper.join();
            let helped = helped.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            if matches!(end, Ok(WindowEnd::Followed)) {
                end = helped;
            }
        }
        end
    })
}

fn helpers_for(items: usize) -> usize {
    let processors = available_parallelism().map_or(1, NonZeroUsize::get);
    let others = processors.saturating_sub(1).min(HELPERS_MAX);
    others.min(items / ITEMS_PER_HELPER)
}
