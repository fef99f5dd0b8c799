//! How many jobs are in which state, by the time of their first entry.
//!
//! A job's first entry never changes, so a job stays in its period for ever, and only its state moves it from one
//! count to another: in the same write as its record, so that the counts are those of the records whenever
//! a crash cuts the writes off.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::{Deserialize, Serialize};
use verifier::index::{TimestampMs, TreeSize};

use super::keys;
use super::period::Unit;
use super::query::ProjectionError;
use super::record::{JobRecord, JobState};
use super::table::{JobTable, encode, malformed};
use super::{Projection, ProjectionInner};
use ledger::store::StoreError;
use ledger::store::derived::{KeyChange, KeyRange};

/// Jobs by their state.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Counts {
    /// PASS.
    pub pass: u64,
    /// INCOMPLETE, and still running.
    pub running: u64,
    /// INCOMPLETE, and ended.
    pub incomplete: u64,
    /// FAIL.
    pub fail: u64,
    /// Jobs that could not be assessed.
    pub without: u64,
}

impl Counts {
    /// How many are in a state, or have no verdict.
    pub const fn of(&self, state: Option<JobState>) -> u64 {
        match state {
            Some(JobState::Pass) => self.pass,
            Some(JobState::Running) => self.running,
            Some(JobState::Incomplete) => self.incomplete,
            Some(JobState::Fail) => self.fail,
            None => self.without,
        }
    }

    /// All jobs.
    pub const fn total(&self) -> u64 {
        let judged = self
            .pass
            .saturating_add(self.running)
            .saturating_add(self.incomplete);
        judged.saturating_add(self.fail).saturating_add(self.without)
    }

    const fn slot(&mut self, state: Option<JobState>) -> &mut u64 {
        match state {
            Some(JobState::Pass) => &mut self.pass,
            Some(JobState::Running) => &mut self.running,
            Some(JobState::Incomplete) => &mut self.incomplete,
            Some(JobState::Fail) => &mut self.fail,
            None => &mut self.without,
        }
    }
}

/// The jobs that began in one period.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PeriodCounts {
    /// When the period begins.
    pub begin: TimestampMs,
    /// The jobs whose first entry lies in it.
    pub counts: Counts,
}

/// The newest periods of one unit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CountsOverTime {
    /// How long each is.
    pub unit: Unit,
    /// In order of time and without a gap; periods without a job stand between others only.
    pub periods: Vec<PeriodCounts>,
    /// Whether jobs began before the first of them.
    pub earlier: bool,
    /// Every job below this size is counted, with the verdict that it had then or has since.
    pub as_of: TreeSize,
}

impl Projection {
    /// Jobs by verdict, by the shortest unit of which `most` periods hold all jobs that are known; where none does,
    /// by the longest, and then only the newest periods of it. `None` where no job is known.
    ///
    /// # Errors
    /// As [`by`](Self::by).
    pub fn over_time(&self, most: usize) -> Result<Option<CountsOverTime>, ProjectionError> {
        let mut newest = None;
        for unit in Unit::ALL {
            newest = self.by(unit, most)?;
            if newest.as_ref().is_some_and(|newest| !newest.earlier) {
                break;
            }
        }
        Ok(newest)
    }

    /// Jobs by verdict in the newest `most` periods of a unit. `None` where no job is known.
    ///
    /// # Errors
    /// [`ProjectionError::Unavailable`] where the store of the projection fails or is damaged. The caller may
    /// ask again: what is damaged is made anew from the log.
    pub fn by(&self, unit: Unit, most: usize) -> Result<Option<CountsOverTime>, ProjectionError> {
        let as_of = self.projected_to();
        let rows = self.inner.newest(unit, most.saturating_add(1));
        let rows = rows.map_err(|error| self.note(error))?;
        let Some(&(last, _)) = rows.first() else {
            return Ok(None);
        };
        let lasting = u64::try_from(most.max(1)).unwrap_or(u64::MAX);
        let earliest = last.saturating_sub(lasting.saturating_sub(1));
        let shown = || rows.iter().rev().filter(|(period, _)| *period >= earliest);
        let mut periods = Vec::new();
        let mut next = shown().next().map_or(last, |(period, _)| *period);
        for &(period, counts) in shown() {
            periods.extend((next..period).map(|empty| PeriodCounts {
                begin: unit.begin_of(empty),
                counts: Counts::default(),
            }));
            periods.push(PeriodCounts {
                begin: unit.begin_of(period),
                counts,
            });
            next = period.saturating_add(1);
        }
        Ok(Some(CountsOverTime {
            unit,
            earlier: rows.iter().any(|(period, _)| *period < earliest),
            periods,
            as_of,
        }))
    }
}

impl ProjectionInner {
    /// Periods that have jobs, newest first.
    fn newest(&self, unit: Unit, limit: usize) -> Result<Vec<(u64, Counts)>, StoreError> {
        let (from, to) = keys::periods(unit);
        let pairs = self.table.store().list(KeyRange {
            from: &from,
            to: &to,
            descending: true,
            limit,
        })?;
        let row = |(key, value): &(Vec<u8>, Vec<u8>)| {
            Some((keys::period_of_key(key)?, serde_json::from_slice(value).ok()?))
        };
        pairs.iter().map(row).collect::<Option<_>>().ok_or_else(malformed)
    }
}

/// What becomes of the counts as a job's record is replaced, added or removed.
pub(super) fn moved(
    table: &JobTable,
    old: Option<&JobRecord>,
    new: Option<&JobRecord>,
) -> Result<Vec<KeyChange>, StoreError> {
    let counted = |record: &JobRecord| (record.first.logged_at, record.state());
    let (old, new) = (old.map(counted), new.map(counted));
    if old == new {
        return Ok(Vec::new());
    }
    let mut rows: BTreeMap<Vec<u8>, Counts> = BTreeMap::new();
    for unit in Unit::ALL {
        for (counted, enters) in [(old, false), (new, true)] {
            let Some((first, state)) = counted else { continue };
            let key = keys::period(unit, unit.period_of(first));
            let counts = match rows.entry(key) {
                Entry::Occupied(row) => row.into_mut(),
                Entry::Vacant(row) => {
                    let counts = table.read(row.key())?.unwrap_or_default();
                    row.insert(counts)
                }
            };
            let slot = counts.slot(state);
            let count = if enters {
                slot.checked_add(1)
            } else {
                slot.checked_sub(1)
            };
            // A job that was never counted does not leave: the counts are not those of the records.
            *slot = count.ok_or_else(malformed)?;
        }
    }
    rows.into_iter()
        .map(|(key, counts)| match counts.total() {
            0 => Ok(KeyChange::delete(key)),
            _ => Ok(KeyChange::put(key, encode(&counts)?)),
        })
        .collect()
}
