//! Cosignatures: kept with their head for ever, newest first.

use super::script::{Script, identity};
use super::{StoreOpener, size};
use crate::store::StoredCosignatures;
use verifier::index::TreeSize;

const EVERY: TreeSize = TreeSize::new(u64::MAX);

fn kept(of: u64, lines: &str) -> StoredCosignatures {
    StoredCosignatures {
        size: size(of),
        lines: lines.to_owned(),
    }
}

pub(super) fn cosignatures_are_kept_with_their_head(place: &impl StoreOpener) {
    let mut script = Script::new();
    let genesis = script.next(3);
    {
        let store = place.open();
        store.create(&identity(), &genesis).unwrap();
        store.put_cosignatures(&kept(3, "— w1 AAAA\n")).unwrap();
        let next = script.next(254);
        store.commit(&genesis.head, &next).unwrap();
        store.put_cosignatures(&kept(257, "— w2 AAAA\n")).unwrap();
        // One by one they come in, and those of a head that was overtaken, too.
        store
            .put_cosignatures(&kept(3, "— w1 AAAA\n— w2 BBBB\n"))
            .unwrap();
        store.maintain().unwrap();
    }
    let store = place.open();
    let all = [kept(257, "— w2 AAAA\n"), kept(3, "— w1 AAAA\n— w2 BBBB\n")];
    assert_eq!(store.cosignatures(EVERY, 9).unwrap(), all);
    assert_eq!(store.cosignatures(size(257), 1).unwrap(), all[..1]);
    assert_eq!(store.cosignatures(size(256), 9).unwrap(), all[1..]);
    assert_eq!(store.cosignatures(size(3), 9).unwrap(), all[1..]);
    assert_eq!(store.cosignatures(size(2), 9).unwrap(), []);
    assert_eq!(store.cosignatures(EVERY, 0).unwrap(), []);
    assert_eq!(store.cosignatures_of(size(257)).unwrap(), all.first().cloned());
    for none in [2, 4, 256, 258] {
        assert_eq!(store.cosignatures_of(size(none)).unwrap(), None);
    }
    script.compare(&*store);
}

pub(super) fn cosignatures_are_no_part_of_the_log(place: &impl StoreOpener) {
    let mut script = Script::new();
    let genesis = script.next(3);
    let store = place.open();
    store.create(&identity(), &genesis).unwrap();
    assert_eq!(store.cosignatures(EVERY, 9).unwrap(), []);
    store.put_cosignatures(&kept(3, "— w1 AAAA\n")).unwrap();
    store.commit(&genesis.head, &script.next(5)).unwrap();
    script.compare(&*store);
    assert_eq!(store.cosignatures(EVERY, 9).unwrap(), [kept(3, "— w1 AAAA\n")]);
}
