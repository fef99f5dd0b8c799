//! Jobs that something may be tied to. A lead decides nothing: the links of the job's own closure do.

use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::subject::Field;

use crate::QueryEngine;
use ledger::error::ReadError;
use ledger::reader::EntryRecord;

/// Entries of a run and kind that are asked for their job.
const ENTRIES_ASKED_MAX: usize = 64;

/// Job ids in the order in which they were met, each once.
#[derive(Default)]
pub(super) struct JobCandidates {
    pub(super) jobs: Vec<String>,
    /// Whether there may be more.
    pub(super) more: bool,
}

impl JobCandidates {
    pub(super) fn add(&mut self, jobs: impl IntoIterator<Item = String>) {
        for job in jobs {
            if !self.jobs.contains(&job) {
                self.jobs.push(job);
            }
        }
    }

    /// The jobs that `named` finds in the tokens that were issued for runs, then in the runs' gateway receipts.
    pub(super) fn of_runs(
        &mut self,
        reader: &QueryEngine,
        runs: &[&str],
        size: TreeSize,
        named: impl Fn(&EntryRecord) -> Result<Vec<String>, ReadError>,
    ) -> Result<(), ReadError> {
        for kind in [Kind::TokenIssued, Kind::ReceiptGateway] {
            for run in runs {
                let found = reader.subject_of_kind(Field::Run, run, kind, size, ENTRIES_ASKED_MAX)?;
                self.more |= !found.complete;
                self.of_entries(reader, &found.indices, &named)?;
            }
        }
        Ok(())
    }

    /// The jobs that `named` finds in some entries.
    pub(super) fn of_entries(
        &mut self,
        reader: &QueryEngine,
        indices: &[LeafIndex],
        named: impl Fn(&EntryRecord) -> Result<Vec<String>, ReadError>,
    ) -> Result<(), ReadError> {
        for index in indices {
            if let Some(record) = reader.entry(*index)? {
                self.add(named(&record)?);
            }
        }
        Ok(())
    }
}
