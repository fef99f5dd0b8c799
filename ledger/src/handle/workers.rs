//! Hashing and signature checks off the async threads: they take some 100 µs a document, and an async
//! thread that computes serves nobody.

use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;

/// Items that one blocking task takes: large enough to make its start cheap, small enough that a batch
/// of 1,000 is spread over the cores and a lone submission does not queue behind one.
const CHUNK_ITEMS: usize = 32;

/// As many blocking tasks at a time as there are cores; callers beyond them wait.
#[derive(Debug)]
pub(super) struct Workers {
    permits: Arc<Semaphore>,
}

impl Workers {
    pub(super) fn new() -> Self {
        let cores = available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            permits: Arc::new(Semaphore::new(cores)),
        }
    }

    /// Applies `work` to every item, in order. `None` where the work panicked or the runtime is ending.
    pub(super) async fn map<T, R, W>(&self, items: Vec<T>, work: W) -> Vec<Option<R>>
    where
        T: Send + 'static,
        R: Send + 'static,
        W: Fn(T) -> R + Clone + Send + 'static,
    {
        let all = move |items: Vec<T>| items.into_iter().map(&work).collect();
        self.map_lists(items, all).await
    }

    /// Applies `work` to lists of items, which answers one result for each, in order. `None` where the work panicked or
    /// the runtime is ending.
    pub(super) async fn map_lists<T, R, W>(&self, items: Vec<T>, work: W) -> Vec<Option<R>>
    where
        T: Send + 'static,
        R: Send + 'static,
        W: Fn(Vec<T>) -> Vec<R> + Clone + Send + 'static,
    {
        let mut results = Vec::with_capacity(items.len());
        let mut tasks = Vec::new();
        let mut items = items.into_iter().peekable();
        while items.peek().is_some() {
            let chunk: Vec<T> = items.by_ref().take(CHUNK_ITEMS).collect();
            let count = chunk.len();
            let work = work.clone();
            // The semaphore is never closed; without a permit the task would only run unbounded.
            let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
            let task = tokio::task::spawn_blocking(move || {
                let results = work(chunk);
                drop(permit);
                results
            });
            tasks.push((count, task));
        }
        for (count, task) in tasks {
            let done = task
                .await
                .inspect_err(|error| tracing::error!(%error, "a worker failed"));
            let mut done = done.unwrap_or_default().into_iter();
            results.extend(std::iter::repeat_with(|| done.next()).take(count));
        }
        results
    }
}
