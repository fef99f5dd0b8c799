//! Which entries of the closure a page about the job lists, and as what. The rest of the closure (registrations,
//! settings, what others said about the same policies and tokens) was read for the verdict too, and is only counted.

use std::collections::{BTreeMap, BTreeSet};

use verifier::assess::Record;
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::subject::{Field, Subject, subject_hash};

use super::judged::Judged;

/// Why an entry is listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// A document of the job, with its link.
    Linked(&'static str),
    /// It would be the job's if it held; its code.
    Unsound(&'static str),
    /// It names the job, and is not the job's.
    Unbound,
    /// A policy or revocation that the job's documents lead to, or a context or refusal that names the job.
    Around,
}

impl Part {
    /// Why, in words.
    pub(super) const fn because(self) -> &'static str {
        match self {
            Self::Linked(link) => link_words(link),
            Self::Unsound(_) => "would be of this job if it held",
            Self::Unbound => "names this job, and nothing ties it to the job",
            Self::Around => "",
        }
    }
}

const fn link_words(link: &'static str) -> &'static str {
    match link.as_bytes() {
        b"signed_job_id" => "names this job under its signature",
        b"signed_context" => "of this job by its signer's own word",
        b"operator_attested" => "of this job by a submitter bound to its signer",
        b"scope_and_run" => "under the scope and in the run of this job's token",
        b"agent_and_run" => "by the job's agent, in a run of the job",
        b"run" => "in a run of the job",
        b"token" => "under this job's token",
        b"approved_scope" => "approves an action of this job",
        _ => "its token was used by this job",
    }
}

/// The listed entries, and those that were only consulted.
pub(super) fn of(judged: &Judged) -> (BTreeMap<LeafIndex, Part>, Vec<LeafIndex>) {
    let examined = &judged.examined();
    let unbound: BTreeSet<LeafIndex> = examined.unbound.iter().copied().collect();
    let job = Subject {
        field: Field::Job,
        hash: subject_hash(&judged.closure().salt, Field::Job, &judged.closure().job_id),
    };
    let mut listed = BTreeMap::new();
    let mut consulted = Vec::new();
    for (&index, record) in &judged.closure().records {
        let part = if let Some(code) = examined.unsound.get(&index) {
            Part::Unsound(code)
        } else if let Some(link) = examined.linked.get(&index) {
            Part::Linked(link)
        } else if unbound.contains(&index) {
            Part::Unbound
        } else if leads_to(record, &job) {
            Part::Around
        } else {
            consulted.push(index);
            continue;
        };
        listed.insert(index, part);
    }
    (listed, consulted)
}

/// What others said about a policy of the job is theirs: a context or refusal counts where it names the job.
fn leads_to(record: &Record, job: &Subject) -> bool {
    let entry = &record.entry;
    match entry.kind {
        Kind::PolicyPublished | Kind::PolicyWithdrawn | Kind::PolicyFrozen | Kind::TokenRevoked => true,
        Kind::Context | Kind::Refused => {
            entry.subjects.contains(job)
                || entry
                    .context_subjects
                    .as_ref()
                    .is_some_and(|subjects| subjects.contains(job))
        }
        _ => false,
    }
}
