//! Every order and hold of the log, in log order. The state only grows, so that what held as of a position can
//! still be told later.

use std::collections::HashMap;

use evidence::payload::{Disposition, DispositionTarget};
use evidence::subject::{Field, IndexSalt, Subject, subject_hash};
use tlog::index::LeafIndex;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hold {
    placed: LeafIndex,
    released: Option<LeafIndex>,
}

impl Hold {
    fn covers(&self, at: LeafIndex) -> bool {
        self.placed < at && self.released.is_none_or(|released| at < released)
    }
}

/// Orders and holds as of one position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dispositions {
    /// Orders by what they are about, ascending.
    orders: HashMap<Subject, Vec<LeafIndex>>,
    /// Holds by what they are about, by their place.
    holds: HashMap<Subject, Vec<Hold>>,
}

/// The subject that an order, hold or release has in the log: the same as that of what it is about.
pub fn subject_of(target: &DispositionTarget, salt: &IndexSalt) -> Subject {
    let (field, value) = match target {
        DispositionTarget::Evidence(digest) => (Field::Evidence, digest.to_string()),
        DispositionTarget::Job(job_id) => (Field::Job, job_id.clone()),
    };
    Subject {
        field,
        hash: subject_hash(salt, field, &value),
    }
}

impl Dispositions {
    /// Whether nothing was ever ordered.
    pub fn has_no_orders(&self) -> bool {
        self.orders.is_empty()
    }

    /// An order at its place.
    pub fn order(&mut self, index: LeafIndex, said: &Disposition, salt: &IndexSalt) {
        let orders = self.orders.entry(subject_of(&said.target, salt)).or_default();
        orders.push(index);
    }

    /// Adds a hold at its place in the log. Several holds on one target add up.
    pub fn place(&mut self, index: LeafIndex, said: &Disposition, salt: &IndexSalt) {
        let holds = self.holds.entry(subject_of(&said.target, salt)).or_default();
        holds.push(Hold {
            placed: index,
            released: None,
        });
    }

    /// A release at its place: it ends the oldest hold on exactly its target that is still in force.
    pub fn release(&mut self, index: LeafIndex, said: &Disposition, salt: &IndexSalt) {
        let holds = self.holds.get_mut(&subject_of(&said.target, salt));
        let oldest = holds.and_then(|holds| holds.iter_mut().find(|hold| hold.released.is_none()));
        if let Some(hold) = oldest {
            hold.released = Some(index);
        }
    }

    /// The orders about a subject, ascending.
    pub fn orders_about(&self, subject: &Subject) -> &[LeafIndex] {
        self.orders.get(subject).map_or(&[], Vec::as_slice)
    }

    /// The hold on exactly this subject that is in force at `at`.
    pub fn hold_on(&self, subject: &Subject, at: LeafIndex) -> Option<LeafIndex> {
        let holds = self.holds.get(subject)?;
        holds.iter().find(|hold| hold.covers(at)).map(|hold| hold.placed)
    }

    /// The earliest hold in force at `at` on a subject for which `named` is true. O(holds ever placed).
    pub fn hold_among(&self, at: LeafIndex, named: impl Fn(&Subject) -> bool) -> Option<LeafIndex> {
        let held = self.holds.keys().filter(|subject| named(subject));
        held.filter_map(|subject| self.hold_on(subject, at)).min()
    }
}
