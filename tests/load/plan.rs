//! How much is measured, and at which sizes.

/// What a run does.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Name of the run and of its document.
    pub(crate) name: &'static str,
    /// Sizes of the log, in entries, at which it is measured.
    pub(crate) sizes: Vec<u64>,
    /// Receipts over which rate and processor time are measured in front of each size.
    pub(crate) span: u64,
    /// How long batches are sent at the end.
    pub(crate) sustained_s: u64,
    /// How long requests are offered at a rate.
    pub(crate) offered_s: u64,
    /// Jobs of which verdicts are awaited, of 12.5 receipts each.
    pub(crate) verdict_jobs: u64,
    /// Requests of a measurement that sends one receipt a request.
    pub(crate) singles: u64,
    /// Questions of each kind.
    pub(crate) views: u64,
    /// Entries that are appended without a network.
    pub(crate) appended: u64,
    /// Turns in which a log with an index and one without take the same receipts.
    pub(crate) index_turns: u64,
}

impl Plan {
    /// For a few minutes.
    pub(crate) fn short(size: u64) -> Self {
        Self {
            name: "short",
            sizes: vec![size / 10, size],
            span: (size / 20).min(50_000),
            sustained_s: 8,
            offered_s: 4,
            verdict_jobs: 2_000,
            singles: 20_000,
            views: 200,
            appended: 50_000,
            index_turns: 3,
        }
    }

    /// For an hour.
    pub(crate) fn large(size: u64) -> Self {
        Self {
            name: "large",
            sizes: vec![size / 100, size / 10, size],
            span: 50_000.min(size / 200),
            sustained_s: 60,
            offered_s: 20,
            verdict_jobs: 20_000,
            singles: 50_000,
            views: 500,
            appended: 200_000,
            index_turns: 5,
        }
    }
}
