//! Which entries of the closure a page about the job lists, and as what. The rest of the closure (registrations,
//! settings, what others said about the same policies and tokens) was read for the verdict too, and is only counted.

use std::collections::{BTreeMap, BTreeSet};

use verifier::assess::{CheckStatus, Link};
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::record::Record;
use verifier::subject::{Field, Subject, subject_hash};

use super::page_verdict::PageVerdict;

/// Why an entry is listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ListingReason {
    /// A document of the job, with its link.
    Linked(Link),
    /// It would be the job's if it held; its code.
    Unsound(&'static str),
    /// It names the job, or only a run of it, and is not the job's.
    Unbound { names_job: bool },
    /// A policy or revocation that the job's documents lead to, what else names the job, such as a context, or what a check that failed
    /// names.
    Around,
}

impl ListingReason {
    /// Why, in words.
    pub(super) const fn because(self) -> &'static str {
        match self {
            Self::Linked(link) => link_words(link),
            Self::Unsound(_) => "would belong to this job, but does not verify",
            Self::Unbound { names_job: true } => "names this job, but does not belong to it",
            Self::Unbound { names_job: false } => "names a run of this job, but does not belong to this job",
            Self::Around => "",
        }
    }
}

const fn link_words(link: Link) -> &'static str {
    match link {
        Link::Job => "names this job, signed",
        Link::Signed => "belongs to this job, as its signer states",
        Link::Operator => "belongs to this job, as a submitter linked to its signer states",
        Link::Scope => "has the scope and the run of this job's token",
        Link::Agent => "by the job's agent, in a run of the job",
        Link::Run => "in a run of the job",
        Link::Token => "under this job's token",
        Link::Approved => "approves an action of this job",
        Link::Cited => "its token was used by this job",
        Link::Supposed => "is not in this log, and is looked at as if it were",
    }
}

/// The listed entries, and those that were only consulted.
pub(super) fn of(judged: &PageVerdict) -> (BTreeMap<LeafIndex, ListingReason>, Vec<LeafIndex>) {
    let examined = &judged.examined();
    let unbound: BTreeSet<LeafIndex> = examined.unbound.iter().copied().collect();
    let job = Subject {
        field: Field::Job,
        hash: subject_hash(&judged.closure().salt, Field::Job, &judged.closure().job_id),
    };
    let failing = judged.named_by(CheckStatus::Fail);
    let mut listed = BTreeMap::new();
    let mut consulted = Vec::new();
    for (&index, record) in &judged.closure().records {
        let part = if let Some(code) = examined.unsound.get(&index) {
            ListingReason::Unsound(code)
        } else if let Some(link) = examined.linked.get(&index) {
            ListingReason::Linked(*link)
        } else if unbound.contains(&index) {
            ListingReason::Unbound {
                names_job: names(record, &job),
            }
        } else if leads_to(record, &job) || failing.contains(&index) {
            ListingReason::Around
        } else {
            consulted.push(index);
            continue;
        };
        listed.insert(index, part);
    }
    (listed, consulted)
}

/// What others said about a policy of the job is theirs. Whatever names the job is listed, so that a reader can hold the list against the
/// proof of all entries that do.
fn leads_to(record: &Record, job: &Subject) -> bool {
    matches!(
        record.entry.kind,
        Kind::PolicyPublished | Kind::PolicyWithdrawn | Kind::PolicyFrozen | Kind::TokenRevoked
    ) || names(record, job)
}

/// Whether an entry or its context names the job.
fn names(record: &Record, job: &Subject) -> bool {
    let of_context = record.entry.context_subjects.as_ref();
    record.entry.subjects.contains(job) || of_context.is_some_and(|subjects| subjects.contains(job))
}
