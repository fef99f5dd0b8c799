//! The closure, asked again over the records of a pack.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{
    AsOf, Closure, ClosureError, ClosurePlanner, Query, RecordVerifier, RoundRecords, VerifiedRecord,
};
use evidence::digest::EvidenceDigest;
use evidence::kind::Kind;
use evidence::record::{Record, is_evidence};
use evidence::report::Finding;
use evidence::subject::{IndexSalt, Subject, subject_hash};
use tlog::index::LeafIndex;

use super::{Pack, Records};

/// Which records carry what, ascending.
#[derive(Default)]
pub(super) struct PackLookup {
    kinds: BTreeMap<Kind, Vec<LeafIndex>>,
    subjects: BTreeMap<Subject, Vec<(LeafIndex, Kind)>>,
    digests: BTreeMap<EvidenceDigest, Vec<LeafIndex>>,
}

impl PackLookup {
    pub(super) fn add(&mut self, record: &Record) {
        let Record { index, entry, .. } = record;
        self.kinds.entry(entry.kind).or_default().push(*index);
        if is_evidence(entry.kind) {
            let carriers = self.digests.entry(entry.evidence_digest).or_default();
            carriers.push(*index);
        }
        for subject in entry.every_subject() {
            let carriers = self.subjects.entry(*subject).or_default();
            // A subject of both lists counts once.
            if carriers.last().is_none_or(|(last, _)| last != index) {
                carriers.push((*index, entry.kind));
            }
        }
    }

    pub(super) fn answer(&self, query: &Query, salt: &IndexSalt) -> Vec<LeafIndex> {
        match query {
            Query::Kind(kind) => self.kinds.get(kind).cloned().unwrap_or_default(),
            Query::Evidence(digest) => self.digests.get(digest).cloned().unwrap_or_default(),
            Query::Subject { field, value, kinds } => {
                let hash = subject_hash(salt, *field, value);
                self.of_subject(Subject { field: *field, hash }, kinds)
            }
            Query::Hashed { subject, kinds } => self.of_subject(*subject, kinds),
        }
    }

    fn of_subject(&self, subject: Subject, kinds: &[Kind]) -> Vec<LeafIndex> {
        let carriers = self.subjects.get(&subject).into_iter().flatten();
        carriers
            .filter(|(_, kind)| kinds.is_empty() || kinds.contains(kind))
            .map(|(index, _)| *index)
            .collect()
    }
}

/// Verifies records, each by itself, and answers them in any order. The caller says how, since this crate starts no threads.
pub type VerifyRecords<'a> = dyn Fn(&RecordVerifier, Vec<Record>) -> Vec<Arc<VerifiedRecord>> + 'a;

/// Verifies records one after the other.
pub fn verify_in_turn(verifier: &RecordVerifier, records: Vec<Record>) -> Vec<Arc<VerifiedRecord>> {
    records
        .into_iter()
        .map(|record| verifier.verify(record))
        .collect()
}

/// Asks for the closure of the pack's job and compares each lookup and each answer with the pack's.
///
/// # Errors
/// `CLOSURE_MISMATCH` where the pack has another lookup than the job's closure asks for, or another answer
/// than its own records give, and where the closure cannot be collected ([`ClosureError`]): the pack's maker
/// is at fault.
pub fn replay(
    pack: &Pack<'_>,
    origin: &str,
    salt: IndexSalt,
    as_of: AsOf,
    records: Records,
    verify: &VerifyRecords<'_>,
) -> Result<Closure, Finding> {
    let mut all = records.all;
    all.retain(|index, _| as_of.size.contains(*index));
    let mut lookup = PackLookup::default();
    for record in all.values() {
        lookup.add(record);
    }

    let rounds = RoundRecords::default();
    let verified = verify(&RecordVerifier::new(origin, salt), all.into_values().collect());
    let mut left: BTreeMap<LeafIndex, Arc<VerifiedRecord>> = verified
        .into_iter()
        .map(|record| (record.index, record))
        .collect();
    let mut planner = ClosurePlanner::new(&rounds, pack.body.job_id, origin, salt, as_of);
    for (position, answer) in pack.body.answers.0.iter().enumerate() {
        let Some(query) = planner.next_query() else {
            return Err(mismatch(position, "is not asked"));
        };
        if pack.questions.get(position) != Some(&(&query).into()) {
            return Err(mismatch(position, "is not the one that is asked"));
        }
        let indices = lookup.answer(&query, &salt);
        if !indices
            .iter()
            .map(|index| index.value())
            .eq(answer.indices().iter().copied())
        {
            return Err(mismatch(
                position,
                "has another answer than the records of the file give",
            ));
        }
        let unknown = indices
            .iter()
            .filter(|index| !planner.knows(**index))
            .filter_map(|index| left.remove(index))
            .collect();
        planner
            .supply(indices, unknown)
            .map_err(|error| refused(&error))?;
    }
    if planner.next_query().is_some() {
        return Err(mismatch(pack.body.answers.0.len(), "is missing"));
    }
    Ok(planner.finish())
}

fn mismatch(position: usize, what: &str) -> Finding {
    Finding::fail(
        "CLOSURE_MISMATCH",
        format!("lookup {position} of the job's closure {what}"),
    )
}

fn refused(error: &ClosureError) -> Finding {
    Finding::fail("CLOSURE_MISMATCH", error.to_string())
}
