//! Lists of jobs and of alarms.
//!
//! A list of jobs is pinned to a size: a job's place is its last entry below it, so that walking the list
//! never skips a job and never repeats one while the log grows. What a filter goes by is the newest that
//! the projection knows; the row says as of which size that is.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::subject::{Field, SubjectHash, subject_hash};

use super::Projection;
use super::keys::{AlarmFacet, JobFacet};
use super::record::{Alarm, JobFilter, JobRecord};
use ledger::error::ReadError;
use ledger::reader::{LookupPage, PAGE_JOBS_MAX, Reader};
use ledger::store::StoreError;

/// Jobs and alarms looked at for one page; a page that meets only others is short, and says where to go on.
const VISITED_MAX: usize = 4_096;
/// Rows read at once.
const CHUNK: usize = 256;

/// Why the projection has no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectionError {
    /// Nobody began to keep verdicts.
    #[error("no verdicts are kept")]
    NotKept,
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The projection is being made again, or its store failed.
    #[error("the projection cannot be read: {0}")]
    Unavailable(StoreError),
    /// The list is asked for as of a size that was not projected yet.
    #[error("the projection has come to tree size {projected_to}")]
    Behind {
        /// How far it is.
        projected_to: TreeSize,
    },
    /// So many jobs moved since the size that the list is pinned to that their places are not looked up.
    #[error("too many jobs have had entries since; begin the list again")]
    Outdated,
}

/// Which alarms are wanted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AlarmFilter {
    /// Of this code.
    pub code: Option<String>,
    /// Of this job.
    pub job_id: Option<String>,
    /// Raised at this time or later.
    pub raised_from: Option<TimestampMs>,
    /// Raised at this time or before.
    pub raised_to: Option<TimestampMs>,
}

impl AlarmFilter {
    /// Whether an alarm is wanted.
    pub fn matches(&self, alarm: &Alarm) -> bool {
        let at = alarm.raised.logged_at;
        self.code.as_ref().is_none_or(|code| *code == alarm.code)
            && self
                .job_id
                .as_ref()
                .is_none_or(|job| alarm.job_id.as_ref() == Some(job))
            && self.raised_from.is_none_or(|from| from <= at)
            && self.raised_to.is_none_or(|to| at <= to)
    }

    /// Whether no alarm that was raised before this one is wanted: times never fall along the log.
    fn ends_before(&self, alarm: &Alarm) -> bool {
        self.raised_from.is_some_and(|from| alarm.raised.logged_at < from)
    }
}

/// An alarm's place in the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AlarmCursor {
    /// The entry that raised it.
    pub place: LeafIndex,
    /// Its name: many jobs may raise one over the same entry.
    pub id: [u8; 32],
}

/// A page of alarms.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AlarmListPage {
    /// Newest first.
    pub items: Vec<Alarm>,
    /// Where to go on; `None` at the end.
    pub next: Option<AlarmCursor>,
    /// What the list is as of.
    pub as_of: TreeSize,
}

/// A job of a page, by its place.
type JobPageRows = BTreeMap<(Reverse<LeafIndex>, SubjectHash), JobRecord>;

impl Projection {
    /// What is kept of one job.
    ///
    /// # Errors
    /// As [`by`](Self::by).
    pub fn job(&self, reader: &Reader, job_id: &str) -> Result<Option<JobRecord>, ProjectionError> {
        let job = subject_hash(&reader.index_salt(), Field::Job, job_id);
        self.inner.table.job(&job).map_err(|error| self.note(error))
    }

    /// Jobs that a filter wants, by newest activity below `as_of`; `from` is the cursor. At most 200, one
    /// more for each further job of the same place as the last one listed.
    ///
    /// # Errors
    /// [`ProjectionError::Behind`] where the projection has not come to `as_of`: the caller waits, or asks
    /// for a smaller size. [`ProjectionError::Outdated`] where too many jobs moved since `as_of`: the caller
    /// begins the list again. [`ProjectionError::Read`] where the log cannot be read; otherwise as
    /// [`by`](Self::by).
    pub fn jobs(
        &self,
        reader: &Reader,
        filter: &JobFilter,
        from: Option<LeafIndex>,
        as_of: TreeSize,
        limit: usize,
    ) -> Result<LookupPage<JobRecord>, ProjectionError> {
        let projected_to = self.projected_to();
        if as_of > projected_to {
            return Err(ProjectionError::Behind { projected_to });
        }
        let end = from.and_then(LeafIndex::size_with).unwrap_or(as_of).min(as_of);
        let limit = limit.clamp(1, PAGE_JOBS_MAX);
        let mut found = JobPageRows::new();
        // First those that stay, then those that moved: a job that moves meanwhile is met in one of the two.
        let unvisited = self.staying(filter, end, limit, &mut found)?;
        self.moved(reader, filter, end, as_of, &mut found)?;

        let mut items = Vec::new();
        let mut last = None;
        for ((place, _), record) in found {
            let place = place.0;
            let beyond = unvisited.is_some_and(|unvisited| place <= unvisited);
            if beyond || (items.len() >= limit && last != Some(place)) {
                return Ok(LookupPage {
                    items,
                    next: Some(if beyond { unvisited.unwrap_or(place) } else { place }),
                    as_of,
                });
            }
            last = Some(place);
            items.push(record);
        }
        Ok(LookupPage {
            items,
            next: unvisited,
            as_of,
        })
    }

    /// Jobs whose last entry lies below `end`, newest first, and the place of the first one that was not
    /// looked at.
    fn staying(
        &self,
        filter: &JobFilter,
        end: TreeSize,
        limit: usize,
        found: &mut JobPageRows,
    ) -> Result<Option<LeafIndex>, ProjectionError> {
        let facet = narrowest(filter);
        let mut to = end.next_index();
        let mut visited = 0;
        let mut last = None;
        loop {
            let rows = self
                .inner
                .table
                .placed(&facet, LeafIndex::new(0), to, CHUNK)
                .map_err(|error| self.note(error))?;
            // Jobs of one place are never torn apart; an entry names far fewer than a chunk.
            let torn = rows.last().filter(|_| rows.len() == CHUNK).map(|row| row.place);
            for row in rows.iter().filter(|row| torn.is_none_or(|torn| row.place > torn)) {
                let full = found.len() > limit || visited >= VISITED_MAX;
                if full && last != Some(row.place) {
                    return Ok(Some(row.place));
                }
                visited += 1;
                last = Some(row.place);
                let job = SubjectHash::from_bytes(row.id);
                // One that moved meanwhile is met among those.
                let record = self.record(&job)?;
                let Some(record) = record.filter(|record| record.last.index == row.place) else {
                    continue;
                };
                if filter
                    .active_from
                    .is_some_and(|time| record.last.logged_at < time)
                {
                    // Times never fall: nobody below was active later.
                    return Ok(None);
                }
                if filter.matches(&record) {
                    found.insert((Reverse(row.place), job), record);
                }
            }
            match torn.and_then(LeafIndex::next) {
                Some(next) => to = next,
                None => return Ok(None),
            }
        }
    }

    /// Jobs with entries from `as_of` on, each at the place that it had below.
    fn moved(
        &self,
        reader: &Reader,
        filter: &JobFilter,
        end: TreeSize,
        as_of: TreeSize,
        found: &mut JobPageRows,
    ) -> Result<(), ProjectionError> {
        let newest = LeafIndex::new(u64::MAX);
        let rows = self
            .inner
            .table
            .placed(&narrowest(filter), as_of.next_index(), newest, VISITED_MAX)
            .map_err(|error| self.note(error))?;
        if rows.len() >= VISITED_MAX {
            return Err(ProjectionError::Outdated);
        }
        for row in rows {
            let job = SubjectHash::from_bytes(row.id);
            let Some(record) = self.record(&job)?.filter(|record| filter.matches(record)) else {
                continue;
            };
            let span = reader.job_span(&record.job_id, as_of)?;
            if let Some((_, last)) = span.filter(|(_, last)| end.contains(last.index)) {
                found.retain(|(_, known), _| *known != job);
                found.insert((Reverse(last.index), job), record);
            }
        }
        Ok(())
    }

    fn record(&self, job: &SubjectHash) -> Result<Option<JobRecord>, ProjectionError> {
        self.inner.table.job(job).map_err(|error| self.note(error))
    }

    /// Alarms that were raised below `as_of`, newest first, at most 200; `from` is the cursor.
    ///
    /// # Errors
    /// [`ProjectionError::Behind`] where the projection has not come to `as_of`; otherwise as
    /// [`by`](Self::by).
    pub fn alarms(
        &self,
        filter: &AlarmFilter,
        from: Option<AlarmCursor>,
        as_of: TreeSize,
        limit: usize,
    ) -> Result<AlarmListPage, ProjectionError> {
        let projected_to = self.projected_to();
        if as_of > projected_to {
            return Err(ProjectionError::Behind { projected_to });
        }
        let limit = limit.clamp(1, PAGE_JOBS_MAX);
        let scope = match filter {
            AlarmFilter {
                job_id: Some(job), ..
            } => AlarmFacet::Job(job),
            AlarmFilter { code: Some(code), .. } => AlarmFacet::Code(code),
            AlarmFilter { .. } => AlarmFacet::All,
        };
        let newest = as_of.last_index().map(|place| AlarmCursor {
            place,
            id: [0xff; 32],
        });
        let Some(from) = from.filter(|from| as_of.contains(from.place)).or(newest) else {
            return Ok(AlarmListPage::default());
        };
        let rows = self
            .inner
            .table
            .alarms_placed(&scope, (from.place, from.id), VISITED_MAX)
            .map_err(|error| self.note(error))?;
        let more = rows.len() == VISITED_MAX;
        let mut page = AlarmListPage {
            as_of,
            ..AlarmListPage::default()
        };
        let (mut rows, last) = (rows.iter(), rows.last());
        for row in rows.by_ref() {
            let here = AlarmCursor {
                place: row.place,
                id: row.id,
            };
            if page.items.len() >= limit || (more && last == Some(row)) {
                page.next = Some(here);
                break;
            }
            let alarm = self
                .inner
                .table
                .alarm(&row.id)
                .map_err(|error| self.note(error))?;
            let Some(alarm) = alarm else { continue };
            if filter.ends_before(&alarm) {
                break;
            }
            page.items
                .extend(Some(alarm).filter(|alarm| filter.matches(alarm)));
        }
        Ok(page)
    }
}

/// The facet of a filter that the fewest jobs are likely to have.
fn narrowest(filter: &JobFilter) -> JobFacet<'_> {
    let JobFilter {
        state,
        agent,
        policy,
        token,
        model,
        tool,
        person,
        code,
        // No list is kept in the order of these.
        active_from: _,
        active_to: _,
    } = filter;
    None.or(token.as_deref().map(JobFacet::Token))
        .or(agent.as_deref().map(JobFacet::Agent))
        .or(policy.as_deref().map(JobFacet::Policy))
        .or(person.as_deref().map(JobFacet::Person))
        .or(model.as_deref().map(JobFacet::Model))
        .or(tool.as_deref().map(JobFacet::Tool))
        .or(code.as_deref().map(JobFacet::Code))
        // Each has the name of the verdict that its jobs have, or, of those that run, its own.
        .or(state.map(|state| JobFacet::Verdict(state.as_str())))
        .unwrap_or(JobFacet::All)
}
