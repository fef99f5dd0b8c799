//! Erasure: remains take the place of evidence, once, and the record of what is carried out never goes back.

use super::script::Script;
use super::{Place, identity, index, size};
use crate::rows::{RowKey, Space};
use crate::store::{Remains, StoredDocument, read};
use verifier::digest::EvidenceDigest;

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

pub(super) fn what_is_erased_stays_erased(place: &impl Place) {
    let mut script = Script::new();
    let genesis = script.next(20);
    let later = script.next(5);
    let (first, second) = (remains(12, &[1, 2]), remains(13, &[]));
    {
        let store = place.open();
        store.create(&identity(), &genesis).unwrap();
        assert_eq!(store.purged_to().unwrap(), size(0));
        store.erase(&[]).unwrap();
        store
            .erase(&[(index(3), first.clone()), (index(4), second.clone())])
            .unwrap();
        // Again, by another order: the first one's remains stay.
        store.erase(&[(index(3), second.clone())]).unwrap();
        store.purge(&[index(3), index(4)], size(14)).unwrap();
        store.commit(&genesis.head, &later).unwrap();
        store.purge(&[index(3)], size(2)).unwrap();
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
    assert_eq!(store.purged_to().unwrap(), size(14), "it never goes back");
}

pub(super) fn only_what_is_there_is_erased(place: &impl Place) {
    let store = place.open();
    store.create(&identity(), &Script::new().next(2)).unwrap();
    assert!(store.erase(&[(index(2), remains(9, &[]))]).is_err());
    assert!(read::document(&*store, index(2)).unwrap().is_none());
}
