//! Which entries an order covers, from the order and from the entry. Both directions ask one rule
//! ([`verifier::erasure::ErasureRule`]).

use std::collections::{BTreeSet, HashSet};

use verifier::digest::EvidenceDigest;
use verifier::entry::Entry;
use verifier::erasure::{
    Coverage, DISPOSITIONS, ErasableDocument, ErasureEffect, ErasureRule, KeptReason, subject_of,
};
use verifier::index::LeafIndex;
use verifier::payload::DispositionTarget;
use verifier::subject::{Field, Subject};

use super::document::{View, document_of, each_row, load};
use crate::rows::{RowKey, Space};

/// All that an order is about, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CoveragePlan {
    pub(crate) covered: Vec<LeafIndex>,
    pub(crate) kept: Vec<(LeafIndex, KeptReason)>,
}

/// Everything that the order at `order` is about.
pub(crate) fn plan<V: View>(
    view: &V,
    order: LeafIndex,
    target: &DispositionTarget,
) -> Result<CoveragePlan, V::Error> {
    let mut planner = CoveragePlanner {
        view,
        order,
        target: subject_of(target, view.salt()),
        covered: BTreeSet::new(),
        kept: Vec::new(),
        seen: HashSet::new(),
    };
    match target {
        DispositionTarget::Evidence(digest) => {
            // Of a signed context, the document is what it is about; the entry itself has this digest.
            let key = RowKey::new(Space::Evidence, *digest.as_bytes());
            each_row(view, &key, |index| planner.entry(index))?;
            let refused = RowKey::new(Space::Refused, *digest.as_bytes());
            each_row(view, &refused, |index| planner.entry(index))?;
            planner.document(digest)?;
        }
        DispositionTarget::Job(_) => {
            let key = RowKey::new(Space::Subject(Field::Job), *planner.target.hash.as_bytes());
            each_row(view, &key, |index| planner.entry(index))?;
        }
    }
    let mut kept = planner.kept;
    kept.sort_unstable_by_key(|(index, _)| *index);
    kept.dedup();
    Ok(CoveragePlan {
        covered: planner.covered.into_iter().collect(),
        kept,
    })
}

struct CoveragePlanner<'a, V> {
    view: &'a V,
    order: LeafIndex,
    target: Subject,
    covered: BTreeSet<LeafIndex>,
    kept: Vec<(LeafIndex, KeptReason)>,
    /// Documents that were looked at.
    seen: HashSet<EvidenceDigest>,
}

impl<V: View> CoveragePlanner<'_, V> {
    /// An entry that the order may be about, with all of its document; false at the order itself.
    fn entry(&mut self, index: LeafIndex) -> Result<bool, V::Error> {
        if index >= self.order {
            return Ok(false);
        }
        let entry = self.view.entry(index)?;
        match document_of(self.view, index, &entry)? {
            Some(digest) => self.document(&digest)?,
            None => self.judge(index, &entry, None),
        }
        Ok(true)
    }

    fn document(&mut self, digest: &EvidenceDigest) -> Result<(), V::Error> {
        if !self.seen.insert(*digest) {
            return Ok(());
        }
        let document = load(self.view, digest, self.order)?;
        for index in &document.entries {
            let entry = self.view.entry(*index)?;
            self.judge(*index, &entry, Some(&document));
        }
        Ok(())
    }

    fn judge(&mut self, index: LeafIndex, entry: &Entry, document: Option<&ErasableDocument>) {
        let rule = rule(self.view);
        match rule.judge((self.order, &self.target), (index, entry), document) {
            ErasureEffect::Covered => {
                self.covered.insert(index);
            }
            // What says that evidence goes or stays is not what the order asks for.
            ErasureEffect::Kept(KeptReason::ErasureNotAllowed) if DISPOSITIONS.contains(&entry.kind) => {}
            ErasureEffect::Kept(reason) => self.kept.push((index, reason)),
            ErasureEffect::Unconcerned => {}
        }
    }
}

/// The first order below `end` that covers the entry at `index`.
pub(crate) fn covering<V: View>(
    view: &V,
    index: LeafIndex,
    entry: &Entry,
    end: LeafIndex,
) -> Result<Option<LeafIndex>, V::Error> {
    if view.admission().dispositions.has_no_orders() || !entry.kind.is_erasable() {
        return Ok(None);
    }
    let digest = document_of(view, index, entry)?;
    let document = digest.map(|digest| view.document(&digest, end)).transpose()?;
    Ok(
        match rule(view).coverage((index, entry), document.as_deref(), end) {
            Coverage::By(order) => Some(order),
            Coverage::Kept(..) | Coverage::ByNone => None,
        },
    )
}

fn rule<V: View>(view: &V) -> ErasureRule<'_> {
    ErasureRule {
        salt: view.salt(),
        dispositions: &view.admission().dispositions,
    }
}
