//! What each figure should be: release build, two cores, the load generator on the same machine, fifty gateways, every write synced,
//! a proof returned for each entry.

use std::fmt;

use Bound::{AtLeast, AtMost};

/// What separates the name of a figure from the size of the log that it is of.
const AT: &str = "_at_";

/// On which side of a limit a figure should be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Bound {
    pub(crate) fn is_met_by(self, value: f64) -> bool {
        match self {
            AtMost(limit) => value <= limit,
            AtLeast(limit) => value >= limit,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AtMost(limit) => write!(f, "<={limit}"),
            AtLeast(limit) => write!(f, ">={limit}"),
        }
    }
}

/// By names without the size of the log. Targets that depend on other figures are where these are measured.
const TARGETS: &[(&str, Bound)] = &[
    // Receipts over HTTP.
    ("http_batches_of_256", AtLeast(20_000.0)),
    ("http_batches_of_256_cpu_all", AtMost(75.0)),
    ("http_batches_of_256_cpu_sequencer", AtMost(12.0)),
    // A batch measured by itself may meet a join of runs or none; over a filling all of them count.
    ("filling_cpu_indexer", AtMost(8.0)),
    ("http_sustained", AtLeast(20_000.0)),
    ("http_sustained_cpu_all", AtMost(75.0)),
    ("http_sustained_cpu_sequencer", AtMost(12.0)),
    ("http_singles", AtLeast(8_000.0)),
    ("http_singles_p99", AtMost(100.0)),
    ("http_one_by_one_cpu_all", AtMost(300.0)),
    ("http_offered_500_a_second_p50", AtMost(5.0)),
    ("http_offered_500_a_second_p99", AtMost(30.0)),
    ("http_offered_10000_a_second_p99", AtMost(100.0)),
    ("fair_steady_p99", AtMost(100.0)),
    // The log without a network.
    ("appended_in_process", AtLeast(100_000.0)),
    ("appended_in_process_cpu_all", AtMost(15.0)),
    ("inclusion_proof_in_process", AtLeast(30_000.0)),
    ("inclusion_proof_over_http_p99", AtMost(2.0)),
    // Verdicts.
    ("verdicts_after_the_last_receipt", AtMost(10.0)),
    ("job_of_10000_judged_first", AtMost(400.0)),
    ("job_of_10000_judged_again", AtMost(20.0)),
    ("job_query_p99", AtMost(10.0)),
    ("job_verdict_p99", AtMost(25.0)),
    ("pack_entries_verified", AtLeast(15_000.0)),
    // Memory, disk and start.
    ("memory_while_ingesting", AtMost(512.0)),
    ("disk_of_evidence", AtMost(1.5)),
    ("reopened", AtMost(3.0)),
    // Pages.
    ("page_home_p99", AtMost(10.0)),
    ("page_log_p99", AtMost(10.0)),
    ("page_jobs_p99", AtMost(15.0)),
    ("page_alarms_p99", AtMost(10.0)),
    ("page_token_p99", AtMost(10.0)),
    ("visit_home_transferred", AtMost(100.0)),
    ("visit_job_of_10000_receipts_transferred", AtMost(100.0)),
    ("visit_home_page", AtMost(500.0)),
    ("visit_job_of_10000_receipts_page", AtMost(500.0)),
    // The index.
    ("index_cpu", AtMost(8.0)),
    ("with_index_of_without", AtLeast(0.93)),
    ("index_stored", AtMost(110.0)),
    ("index_root_after_an_entry_p99", AtMost(1_000.0)),
    ("lookup_entries_of_a_job_p99", AtMost(10.0)),
    ("lookup_job_p99", AtMost(10.0)),
    ("lookup_token_p99", AtMost(10.0)),
    ("lookup_run_p99", AtMost(10.0)),
    ("subject_proof_of_16_entries_p50", AtMost(2.0)),
    ("subject_proof_of_16_entries_index_proof_size", AtMost(3.0)),
    ("subject_proof_of_16_entries_index_proof_verified", AtMost(0.1)),
    ("subject_proof_of_nothing_p50", AtMost(2.0)),
    ("subject_proof_of_nothing_index_proof_size", AtMost(3.0)),
    ("subject_proof_of_nothing_index_proof_verified", AtMost(0.1)),
    ("closure_of_40_receipts_index_proof_size", AtMost(200.0)),
    ("closure_of_40_receipts_index_proof_verified", AtMost(2.0)),
    ("closure_of_1000_receipts_index_proof_size", AtMost(2_867.2)),
    ("closure_of_1000_receipts_index_proof_verified", AtMost(20.0)),
];

/// The name of a figure without the size of the log, and that size, if the name has one.
pub(super) fn base_and_size(name: &str) -> (&str, Option<u64>) {
    let split = name
        .rsplit_once(AT)
        .and_then(|(base, size)| Some((base, size.parse().ok()?)));
    split.map_or((name, None), |(base, size)| (base, Some(size)))
}

/// The target of a figure.
pub(super) fn of(name: &str) -> Option<Bound> {
    let (base, _) = base_and_size(name);
    TARGETS
        .iter()
        .find(|(target, _)| *target == base)
        .map(|(_, bound)| *bound)
}
