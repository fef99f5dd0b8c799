//! The entries of a job in log order, for the reader of a pack: what each is, who signed it, and what it is blamed for.

use crate::index::{LeafIndex, TimestampMs};
use crate::kind::Kind;
use assess::{Closure, FailureAttribution, JobExamination, Link};

/// One entry of the job, or one that a failing check is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimelineEntry {
    /// Its place in the log.
    pub index: LeafIndex,
    /// When it was logged.
    pub logged_at: TimestampMs,
    /// Kind of the entry.
    pub kind: Kind,
    /// Who signed it: a DID, or the log itself.
    pub signer: String,
    /// The name under which the log registered the signer.
    pub name: Option<String>,
    /// The link that makes it the job's, as in the assessment; none for one that only a check names.
    pub link: Option<Link>,
    /// What it has to do with a check that fails.
    pub blame: Option<FailureAttribution>,
}

/// In log order.
pub(super) fn timeline(closure: &Closure, examined: &JobExamination) -> Vec<TimelineEntry> {
    let blames = examined.blames();
    let entries = closure.records.iter().filter_map(|(index, record)| {
        let link = examined.linked.get(index).copied();
        let blame = blames.get(index).copied();
        if link.is_none() && blame.is_none() {
            return None;
        }
        Some(TimelineEntry {
            index: *index,
            logged_at: record.entry.logged_at,
            kind: record.entry.kind,
            signer: record.entry.signer.clone(),
            name: examined.names.get(&record.entry.signer).cloned(),
            link,
            blame,
        })
    });
    entries.collect()
}
