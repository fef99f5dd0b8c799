//! Erasure: remains take the place of evidence, once, and the record of what is carried out never goes back.

use super::script::{Script, identity};
use super::{StoreOpener, index, size};
use crate::rows::{RowKey, Space};
use crate::store::{LogStore, OrderedErasure, Remains, Removal, StoredDocument, read};
use verifier::digest::EvidenceDigest;
use verifier::index::LeafIndex;

fn remains(order: u64, keys: &[u8]) -> Remains {
    Remains {
        order: index(order),
        target: order
            .is_multiple_of(2)
            .then(|| EvidenceDigest::from_bytes([4; 32])),
        keys: keys
            .iter()
            .map(|key| RowKey::new(Space::Statement, [*key; 32]))
            .collect(),
    }
}

fn ordered(order: u64, covered: &[u64], remains: Vec<(LeafIndex, Remains)>) -> OrderedErasure {
    OrderedErasure {
        order: index(order),
        covered: covered.iter().copied().map(index).collect(),
        remains,
        is_last: true,
    }
}

/// Carries an order out. A store that promises to remove the bytes later is not asked whether it did.
fn erase(store: &dyn LogStore, erasure: &OrderedErasure) {
    let before = store.head().unwrap().unwrap().erased_to;
    let removal = store.erase(erasure).unwrap();
    let after = store.head().unwrap().unwrap().erased_to;
    assert!(after >= before, "it never goes back");
    match removal {
        Removal::Done => assert_eq!(after, before.max(erasure.end().unwrap_or(before))),
        Removal::By(_) => assert!(after <= before.max(erasure.end().unwrap_or(before))),
    }
}

pub(super) fn what_is_erased_stays_erased(place: &impl StoreOpener) {
    let mut script = Script::new();
    let genesis = script.next(20);
    let later = script.next(5);
    let (first, second) = (remains(12, &[1, 2]), remains(13, &[]));
    {
        let store = place.open();
        store.create(&identity(), &genesis).unwrap();
        assert_eq!(store.head().unwrap().unwrap().erased_to, size(0));
        erase(&*store, &ordered(11, &[], Vec::new()));
        // The first part hides what it covers, and its order is not carried out before the last.
        let part = OrderedErasure {
            is_last: false,
            ..ordered(12, &[3], vec![(index(3), first.clone())])
        };
        erase(&*store, &part);
        assert_eq!(store.head().unwrap().unwrap().erased_to, size(12));
        erase(&*store, &ordered(12, &[], Vec::new()));
        // Again, by another order: the first one's remains stay.
        let again = vec![(index(3), second.clone()), (index(4), second.clone())];
        erase(&*store, &ordered(13, &[3, 4], again));
        store.commit(&genesis.head, &later).unwrap();
        erase(&*store, &ordered(2, &[3], Vec::new()));
    }
    let store = place.open();
    for (at, left) in [(3, first), (4, second)] {
        let expected = StoredDocument {
            erased: Some(left),
            ..StoredDocument::default()
        };
        assert_eq!(read::document(&*store, index(at)).unwrap(), Some(expected));
    }
    for at in [2_u64, 5, 21] {
        let stored = read::document(&*store, index(at)).unwrap().unwrap();
        assert_eq!(stored.erased, None, "entry {at}");
    }
    assert_eq!(read::entries(&*store, index(0), 100).unwrap().len(), 25);
}

pub(super) fn only_what_is_there_is_erased(place: &impl StoreOpener) {
    let store = place.open();
    store.create(&identity(), &Script::new().next(2)).unwrap();
    let half_there = vec![(index(1), remains(9, &[])), (index(2), remains(9, &[]))];
    assert!(store.erase(&ordered(9, &[1, 2], half_there)).is_err());
    assert!(read::document(&*store, index(2)).unwrap().is_none());
    let there = read::document(&*store, index(1)).unwrap().unwrap();
    assert_eq!(there.erased, None, "all of an order or nothing");
    assert_eq!(store.head().unwrap().unwrap().erased_to, size(0));
}
