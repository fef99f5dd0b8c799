//! Rows in memory, for lookups of keys alone.
//!
//! They come and go by the batch, hundreds of thousands a second, and every decision about a submission asks for some of them. Of a quarter of a
//! million rows a table of keys takes half the time of a sorted set to fill and empty, and a tenth to be asked for a key that is not there.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use verifier::index::LeafIndex;

use crate::rows::{Row, RowKey};
use crate::store::LookupOrder;

/// Rows by their keys.
#[derive(Debug, Default)]
pub struct RowTable {
    indices: HashMap<RowKey, KeyIndices>,
    count: usize,
}

/// The entries of one key, ascending. Most keys have one.
#[derive(Debug)]
#[expect(
    clippy::box_collection,
    reason = "few keys have many entries, and the table has a place of this size for every key"
)]
enum KeyIndices {
    One(LeafIndex),
    Many(Box<VecDeque<LeafIndex>>),
}

/// The entries of a key in a [`RowTable`], ascending.
#[derive(Clone, Copy, Debug)]
pub struct FoundIndices<'a>(Option<&'a KeyIndices>);

impl RowTable {
    /// How many rows there are.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Adds a row, usually one of the newest entry; a row that is there is no second one.
    pub fn add(&mut self, row: &Row) {
        let is_new = match self.indices.entry(row.key) {
            Entry::Vacant(vacant) => {
                vacant.insert(KeyIndices::One(row.index));
                true
            }
            Entry::Occupied(mut occupied) => occupied.get_mut().add(row.index),
        };
        self.count = self.count.saturating_add(usize::from(is_new));
    }

    /// Takes a row away, usually one of the oldest entry, if it is there.
    pub fn remove(&mut self, row: &Row) {
        let Entry::Occupied(mut occupied) = self.indices.entry(row.key) else {
            return;
        };
        let removal = occupied.get_mut().remove(row.index);
        if removal.is_empty {
            occupied.remove();
        }
        self.count = self.count.saturating_sub(usize::from(removal.was_there));
    }

    /// The entries of a key.
    pub fn of_key(&self, key: &RowKey) -> FoundIndices<'_> {
        FoundIndices(self.indices.get(key))
    }

    /// Every row, in no order.
    pub fn iter(&self) -> impl Iterator<Item = Row> + '_ {
        self.indices.iter().flat_map(|(key, indices)| {
            let key = *key;
            FoundIndices(Some(indices))
                .iter()
                .map(move |index| Row { key, index })
        })
    }
}

impl<'a> FoundIndices<'a> {
    /// The first.
    pub fn first(self) -> Option<LeafIndex> {
        match self.0? {
            KeyIndices::One(index) => Some(*index),
            KeyIndices::Many(indices) => indices.front().copied(),
        }
    }

    /// The last.
    pub fn last(self) -> Option<LeafIndex> {
        match self.0? {
            KeyIndices::One(index) => Some(*index),
            KeyIndices::Many(indices) => indices.back().copied(),
        }
    }

    /// All of them.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = LeafIndex> + 'a {
        let (one, many) = match self.0 {
            None => (None, None),
            Some(KeyIndices::One(index)) => (Some(*index), None),
            Some(KeyIndices::Many(indices)) => (None, Some(indices.iter().copied())),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }

    /// Those in `from..to`, in order, at most `limit`.
    pub fn within(
        self,
        (from, to): (LeafIndex, LeafIndex),
        order: LookupOrder,
        limit: usize,
    ) -> Vec<LeafIndex> {
        match self.0 {
            None => Vec::new(),
            Some(KeyIndices::One(index)) => {
                let found = Some(*index).filter(|index| (from..to).contains(index));
                found.into_iter().take(limit).collect()
            }
            Some(KeyIndices::Many(indices)) => {
                let begin = indices.partition_point(|index| *index < from);
                let end = indices.partition_point(|index| *index < to).max(begin);
                let found = indices.range(begin..end).copied();
                match order {
                    LookupOrder::Ascending => found.take(limit).collect(),
                    LookupOrder::Descending => found.rev().take(limit).collect(),
                }
            }
        }
    }
}

/// What came of taking an entry away.
struct IndexRemoval {
    was_there: bool,
    /// Whether the key has no other.
    is_empty: bool,
}

impl KeyIndices {
    /// Whether it was not there.
    fn add(&mut self, index: LeafIndex) -> bool {
        match self {
            Self::One(one) if *one == index => false,
            Self::One(one) => {
                let both = [(*one).min(index), (*one).max(index)];
                *self = Self::Many(Box::new(VecDeque::from(both)));
                true
            }
            Self::Many(many) if many.back().is_some_and(|last| *last < index) => {
                many.push_back(index);
                true
            }
            Self::Many(many) => match many.binary_search(&index) {
                Ok(_) => false,
                Err(place) => {
                    many.insert(place, index);
                    true
                }
            },
        }
    }

    fn remove(&mut self, index: LeafIndex) -> IndexRemoval {
        match self {
            Self::One(one) => IndexRemoval {
                was_there: *one == index,
                is_empty: *one == index,
            },
            Self::Many(many) => {
                let place = many.binary_search(&index).ok();
                if let Some(place) = place {
                    many.remove(place);
                }
                IndexRemoval {
                    was_there: place.is_some(),
                    is_empty: many.is_empty(),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    use super::{LookupOrder, Row, RowKey, RowTable};
    use crate::rows::Space;
    use verifier::index::LeafIndex;

    proptest! {
        #[test]
        fn a_table_answers_as_a_sorted_set_of_its_rows(
            steps in prop::collection::vec((0_u8..3, 0_u64..9, any::<bool>()), 0..80),
            (from, to, limit) in (0_u64..10, 0_u64..10, 0_usize..5),
        ) {
            let (mut table, mut rows) = (RowTable::default(), BTreeSet::new());
            for (key, index, is_added) in steps {
                let row = Row::new(Space::Leaf, [key; 32], LeafIndex::new(index));
                if is_added {
                    table.add(&row);
                    rows.insert(row);
                } else {
                    table.remove(&row);
                    rows.remove(&row);
                }
            }
            prop_assert_eq!(table.count(), rows.len());
            prop_assert_eq!(table.iter().collect::<BTreeSet<_>>(), rows.clone());
            let window = (LeafIndex::new(from), LeafIndex::new(to));
            for key in 0..3 {
                let key = RowKey::new(Space::Leaf, [key; 32]);
                let of_key = || rows.iter().filter(|row| row.key == key).map(|row| row.index);
                let within = || of_key().filter(|index| window.0 <= *index && *index < window.1);
                let found = table.of_key(&key);
                prop_assert_eq!((found.first(), found.last()), (of_key().next(), of_key().next_back()));
                prop_assert!(found.iter().eq(of_key()));
                prop_assert!(found.iter().rev().eq(of_key().rev()));
                let up: Vec<_> = within().take(limit).collect();
                prop_assert_eq!(found.within(window, LookupOrder::Ascending, limit), up);
                let down: Vec<_> = within().rev().take(limit).collect();
                prop_assert_eq!(found.within(window, LookupOrder::Descending, limit), down);
            }
        }
    }
}
