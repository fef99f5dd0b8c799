//! The subjects of an entry, with their clear values where those recompute.

use verifier::context::Context;
use verifier::entry::Entry;
use verifier::subject::{ClearSubject, Field, IndexSalt, Subject, subject_hash};

use super::KnownRecord;
use crate::text::segment;

/// One subject.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct SubjectView {
    pub(crate) field: Field,
    pub(crate) hash: String,
    /// The value that hashes to it; absent where neither evidence nor context tells it.
    pub(crate) clear: Option<String>,
    /// Our own page about that value.
    pub(crate) href: Option<String>,
    /// Which list of the entry it stands in.
    pub(crate) from: &'static str,
}

/// Subjects from the evidence, then those from the context, in the entry's order.
pub(crate) fn of(known: &KnownRecord, salt: &IndexSalt) -> Vec<SubjectView> {
    let entry = &known.record.entry;
    let candidates: Vec<(Subject, String)> = candidates(known)
        .into_iter()
        .map(|clear| {
            let hash = subject_hash(salt, clear.field, &clear.value);
            (
                Subject {
                    field: clear.field,
                    hash,
                },
                clear.value,
            )
        })
        .collect();
    let view = |subject: &Subject, from| {
        let clear = candidates
            .iter()
            .find(|(candidate, _)| candidate == subject)
            .map(|(_, value)| value.clone());
        SubjectView {
            field: subject.field,
            hash: subject.hash.to_string(),
            href: clear.as_deref().and_then(|value| href(subject.field, value)),
            clear,
            from,
        }
    };
    lists(entry).map(|(subject, from)| view(subject, from)).collect()
}

fn lists(entry: &Entry) -> impl Iterator<Item = (&Subject, &'static str)> {
    let evidence = entry.subjects.iter().map(|subject| (subject, "evidence"));
    let context = entry
        .context_subjects
        .iter()
        .flatten()
        .map(|subject| (subject, "context"));
    evidence.chain(context)
}

/// What evidence and context say in clear. A submitter's context names its target by digest only.
fn candidates(known: &KnownRecord) -> Vec<ClearSubject> {
    let mut candidates: Vec<ClearSubject> = known
        .evidence
        .iter()
        .flat_map(|evidence| evidence.subjects().iter().cloned())
        .collect();
    candidates.extend(known.record.context.iter().flat_map(Context::subjects));
    candidates.push(ClearSubject {
        field: Field::Evidence,
        value: known.record.entry.evidence_digest.to_string(),
    });
    candidates
}

/// Our own page about a value.
pub(crate) fn href(field: Field, value: &str) -> Option<String> {
    let section = match field {
        Field::Job => "jobs",
        Field::Run => "runs",
        Field::Token | Field::Revocation => "tokens",
        Field::Policy => "policies",
        Field::Agent => "agents",
        Field::Gateway => "gateways",
        Field::Artifact => "artifacts",
        Field::Evidence => "e",
        Field::Issuer => return Some(format!("/issuers?did={}", segment(value))),
        _ => return None,
    };
    Some(format!("/{section}/{}", segment(value)))
}
