//! Creating a log and committing to it.

use super::rows::compare_rows;
use super::script::{Script, identity};
use super::{StoreOpener, index, size};
use crate::rows::{Row, Space};
use crate::store::{CommitError, HeadQuery, read};
use verifier::hash::RootHash;
use verifier::index::TimestampMs;

pub(super) fn a_log_is_created_once(place: &impl StoreOpener) {
    let mut script = Script::new();
    let genesis = script.next(1);
    {
        let store = place.open();
        let early = store.commit(&genesis.head, &Script::after(&genesis).next(1));
        assert!(
            matches!(early, Err(CommitError::Conflict { found: None, .. })),
            "{early:?}"
        );
        store.create(&identity(), &genesis).unwrap();
        let again = store.create(&identity(), &genesis);
        assert_eq!(
            again,
            Err(CommitError::Conflict {
                expected: None,
                found: Some(size(1))
            })
        );
    }
    let store = place.open();
    let found = store.head().unwrap().unwrap();
    assert_eq!(found.identity, identity());
    assert_eq!(
        (found.newest.head, found.newest.signature),
        (genesis.head.clone(), None)
    );
    let again = store.create(&identity(), &genesis);
    assert_eq!(
        again,
        Err(CommitError::Conflict {
            expected: None,
            found: Some(size(1))
        })
    );
}

pub(super) fn what_was_committed_is_read_back(place: &impl StoreOpener) {
    let mut script = Script::new();
    let genesis = script.next(1);
    place.open().create(&identity(), &genesis).unwrap();
    let mut head = genesis.head;
    // Bundles are filled by one batch, by many, and by batches that cross them.
    for count in [1, 2, 50, 202, 255, 1, 256, 257, 1, 1, 600, 3] {
        let store = place.open();
        let batch = script.next(count);
        store.commit(&head, &batch).unwrap();
        head = batch.head;
        script.compare(&*store);
    }
    script.compare(&*place.open());
}

pub(super) fn a_commit_on_another_head_is_a_conflict(place: &impl StoreOpener) {
    let store = place.open();
    let mut script = Script::new();
    let genesis = script.next(1);
    store.create(&identity(), &genesis).unwrap();
    let first = script.next(3);
    store.commit(&genesis.head, &first).unwrap();
    let second = script.next(3);

    let stale = store.commit(&genesis.head, &second);
    assert_eq!(
        stale,
        Err(CommitError::Conflict {
            expected: Some(size(1)),
            found: Some(size(4))
        })
    );
    let mut other_root = first.head.clone();
    other_root.tree.root = RootHash::from_bytes([0xee; 32]);
    assert!(matches!(
        store.commit(&other_root, &second),
        Err(CommitError::Conflict { .. })
    ));
    let mut other_time = first.head.clone();
    other_time.time = TimestampMs::new(other_time.time.value() + 1);
    assert!(matches!(
        store.commit(&other_time, &second),
        Err(CommitError::Conflict { .. })
    ));
    // A batch that was applied is not applied again, whatever the caller believes.
    assert!(matches!(
        store.commit(&genesis.head, &first),
        Err(CommitError::Conflict { .. })
    ));

    assert_eq!(store.head().unwrap().unwrap().newest.head, first.head);
    assert_eq!(store.entries(&[index(4)]).unwrap(), vec![None]);
    store.commit(&first.head, &second).unwrap();
    script.compare(&*store);
}

pub(super) fn of_two_commits_on_one_head_one_succeeds(place: &impl StoreOpener) {
    let store = place.open();
    let mut script = Script::new();
    let genesis = script.next(1);
    store.create(&identity(), &genesis).unwrap();
    for round in 0..8 {
        let mut next = script.clone();
        let batch = next.next(3);
        let head = store.head().unwrap().unwrap().newest.head;
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| store.commit(&head, &batch)))
                .collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        let succeeded = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(succeeded, 1, "round {round}: {outcomes:?}");
        let refused = outcomes
            .iter()
            .filter(|outcome| matches!(outcome, Err(CommitError::Conflict { .. })));
        assert_eq!(refused.count(), 3, "round {round}: {outcomes:?}");
        script = next;
        script.compare(&*store);
    }
}

pub(super) fn a_handle_reads_its_own_commits(place: &impl StoreOpener) {
    let store = place.open();
    let mut script = Script::new();
    let genesis = script.next(1);
    store.create(&identity(), &genesis).unwrap();
    let mut head = genesis.head;
    for count in [1, 255, 3] {
        let batch = script.next(count);
        store.commit(&head, &batch).unwrap();
        head = batch.head;
        script.compare(&*store);
        compare_rows(&*store, &script);
        assert_eq!(read::newest(&*store, HeadQuery::ALL).unwrap().unwrap().head, head);
    }
}

pub(super) fn a_malformed_batch_is_not_applied(place: &impl StoreOpener) {
    let store = place.open();
    let mut script = Script::new();
    let genesis = script.next(1);
    store.create(&identity(), &genesis).unwrap();
    let mut good_script = script.clone();
    let good = good_script.next(2);
    let mut bad = vec![good.clone(); 9];
    bad[0].entries.clear();
    bad[1].first = index(2);
    bad[2].head.tree.size = size(4);
    bad[3].head.time = TimestampMs::new(0);
    bad[4].rows.reverse();
    bad[5].rows.push(Row::new(
        Space::Subject(verifier::subject::Field::Halt),
        [0xff; 32],
        index(3),
    ));
    bad[6].tiles[0].1.pop();
    bad[7].tiles[0].1[0] ^= 1;
    bad[8].signature = Some((size(2), [1; 64]));
    for (number, batch) in bad.iter().enumerate() {
        let outcome = store.commit(&genesis.head, batch);
        assert!(
            matches!(outcome, Err(CommitError::NotApplied(_))),
            "{number}: {outcome:?}"
        );
        script.compare(&*store);
    }
    store.commit(&genesis.head, &good).unwrap();
    good_script.compare(&*store);
}
