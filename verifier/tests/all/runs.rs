//! Sorted runs: proofs say what a plain scan says, and nothing that is changed verifies.

use proptest::prelude::*;
use proptest::sample::Index;
use verifier::hash::sha256;
use verifier::index::{LeafIndex, TreeSize};
use verifier::runs::{
    AskedRows, BuildError, CodeSet, IndexKey, IndexRow, JoinError, KindCode, MemoryRun, MergedRows, PageTree,
    RUNS_MAX, RunBuilder, RunDescriptor, RunHash, RunList, RunListError, RunProofError, RunRange, prove_each,
    rows_of_page, runs_to_join, runs_to_join_when_quiet, verify_runs,
};

/// Entries of the largest log here.
const ENTRIES: u64 = 60;

fn size(size: u64) -> TreeSize {
    TreeSize::new(size)
}

fn range(begin: u64, end: u64) -> RunRange {
    RunRange::new(size(begin), size(end)).unwrap()
}

/// Keys of which several share 15 bytes.
fn key(number: u8) -> IndexKey {
    let mut bytes = [number / 4; 16];
    bytes[15] = number % 4 * 85;
    IndexKey::from_bytes(bytes)
}

fn row(key: IndexKey, code: u8, index: u64) -> IndexRow {
    IndexRow::new(key, KindCode::new(code).unwrap(), LeafIndex::new(index)).unwrap()
}

fn sorted(mut rows: Vec<IndexRow>) -> Vec<IndexRow> {
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// How many pages there are, and the root that they give; `None` where one is no page.
fn tree_of(pages: &[Vec<u8>]) -> Option<(u64, RunHash)> {
    let mut tree = PageTree::new();
    for page in pages {
        tree.push(page, &mut Vec::new()).ok()?;
    }
    Some(tree.finish())
}

/// A log's rows in runs.
#[derive(Debug)]
struct Runs {
    rows: Vec<IndexRow>,
    list: RunList,
    held: Vec<MemoryRun>,
}

impl Runs {
    fn of(rows: &[IndexRow], ends: &[u64]) -> Self {
        let mut begin = 0;
        let mut runs = Vec::new();
        for &end in ends {
            let range = range(begin, end);
            begin = end;
            let inside = rows.iter().copied().filter(|row| range.contains(row.index()));
            runs.push(MemoryRun::build(range, inside).unwrap());
        }
        let (described, held): (Vec<RunDescriptor>, _) = runs.into_iter().unzip();
        Self {
            rows: rows.to_vec(),
            list: RunList::new(described).unwrap(),
            held,
        }
    }

    fn prove(&self, asked: &AskedRows) -> Vec<Vec<u8>> {
        prove_each(&self.list, &self.held, asked).unwrap()
    }

    fn scan(&self, asked: &AskedRows) -> Vec<IndexRow> {
        let mut rows = self.rows.clone();
        rows.retain(|row| asked.contains(row));
        rows
    }
}

fn verified(list: &RunList, asked: &AskedRows, proofs: &[Vec<u8>]) -> Option<Vec<IndexRow>> {
    let proofs: Vec<&[u8]> = proofs.iter().map(Vec::as_slice).collect();
    let proved = verify_runs(list, asked.clone(), &proofs, usize::MAX).ok()?;
    Some(proved.rows().to_vec())
}

prop_compose! {
    fn runs()(
        rows in prop::collection::vec((0..12_u8, prop::sample::select(vec![1_u8, 1, 2, 6, 127, 128, 255]), 0..ENTRIES), 0..200),
        often in prop::collection::vec(0..ENTRIES, 0..60),
        ends in prop::collection::btree_set(1..ENTRIES, 0..5),
    ) -> Runs {
        let rare = rows.into_iter().map(|(number, code, index)| row(key(number), code, index));
        let often = often.into_iter().map(|index| row(key(5), 3, index));
        let mut ends = ends;
        ends.insert(ENTRIES);
        Runs::of(&sorted(rare.chain(often).collect()), &ends.into_iter().collect::<Vec<_>>())
    }
}

fn code_sets() -> impl Strategy<Value = CodeSet> {
    prop_oneof![
        Just(CodeSet::ALL),
        prop::collection::vec(prop::sample::select(vec![1_u8, 2, 3, 4, 6, 127, 128, 255]), 0..4)
            .prop_map(|codes| codes.into_iter().filter_map(KindCode::new).collect()),
    ]
}

fn questions() -> impl Strategy<Value = Vec<(IndexKey, CodeSet)>> {
    prop::collection::vec((0..16_u8, code_sets()), 0..5).prop_map(|asked| {
        asked
            .into_iter()
            .map(|(number, codes)| (key(number), codes))
            .collect()
    })
}

/// A change of bytes.
#[derive(Clone, Debug)]
enum Change {
    Flip(Index, u8),
    CutOff(Index),
    Remove(Index),
    Insert(Index, u8),
    Append(u8),
    Swap(Index, Index),
}

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<Index>(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        any::<Index>().prop_map(Change::CutOff),
        any::<Index>().prop_map(Change::Remove),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        any::<u8>().prop_map(Change::Append),
        (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Change::Swap(one, other)),
    ]
}

fn changed(mut bytes: Vec<u8>, change: &Change) -> Vec<u8> {
    let length = bytes.len();
    match change {
        Change::Append(byte) => bytes.push(*byte),
        _ if length == 0 => {}
        Change::Flip(at, bit) => bytes[at.index(length)] ^= 1 << bit,
        Change::CutOff(at) => bytes.truncate(at.index(length)),
        Change::Remove(at) => {
            bytes.remove(at.index(length));
        }
        Change::Insert(at, byte) => bytes.insert(at.index(length), *byte),
        Change::Swap(one, other) => bytes.swap(one.index(length), other.index(length)),
    }
    bytes
}

proptest! {
    #[test]
    fn a_proof_shows_what_a_plain_scan_finds(runs in runs(), asked in questions(), as_of in 1..=ENTRIES) {
        let asked = AskedRows::new(asked, size(as_of));
        prop_assert_eq!(verified(&runs.list, &asked, &runs.prove(&asked)), Some(runs.scan(&asked)));
    }

    #[test]
    fn a_changed_proof_does_not_verify(runs in runs(), asked in questions(), as_of in 1..=ENTRIES, place in any::<Index>(), changes in prop::collection::vec(changes(), 1..20)) {
        let asked = AskedRows::new(asked, size(as_of));
        let good = runs.prove(&asked);
        let place = place.index(good.len());
        for change in &changes {
            let mut proofs = good.clone();
            proofs[place] = changed(good[place].clone(), change);
            if proofs != good {
                prop_assert_eq!(verified(&runs.list, &asked, &proofs), None, "{:?}", change);
            }
        }
    }

    #[test]
    fn a_range_has_the_rows_of_a_scan_and_no_proof_of_another_range_verifies(runs in runs(), asked in questions(), ends in (0..ENTRIES, 0..ENTRIES), others in (0..ENTRIES, 0..ENTRIES)) {
        let between = |(one, other): (u64, u64)| range(one.min(other), one.max(other) + 1);
        let within = AskedRows::in_range(asked.clone(), between(ends));
        let proofs = runs.prove(&within);
        prop_assert_eq!(verified(&runs.list, &within, &proofs), Some(runs.scan(&within)));
        let elsewhere = AskedRows::in_range(asked, between(others));
        if let Some(found) = verified(&runs.list, &elsewhere, &proofs) {
            prop_assert_eq!(found, runs.scan(&elsewhere));
        }
    }

    #[test]
    fn a_run_with_other_rows_does_not_verify_under_the_list(runs in runs(), asked in questions(), as_of in 1..=ENTRIES, at in any::<Index>(), added in (0..12_u8, 1..9_u8, 0..ENTRIES)) {
        let asked = AskedRows::new(asked, size(as_of));
        let ends: Vec<u64> = runs.list.runs().iter().map(|run| run.range.end().value()).collect();
        let mut others = vec![[runs.rows.clone(), vec![row(key(added.0), added.1, added.2)]].concat()];
        if !runs.rows.is_empty() {
            let mut fewer = runs.rows.clone();
            fewer.remove(at.index(fewer.len()));
            others.push(fewer);
        }
        for other in others.into_iter().map(sorted) {
            let other = Runs::of(&other, &ends);
            // A run from as-of on takes no part.
            let concerned = |list: &RunList| list.concerned(&asked).copied().collect::<Vec<_>>();
            if concerned(&other.list) != concerned(&runs.list) {
                prop_assert_eq!(verified(&runs.list, &asked, &other.prove(&asked)), None);
            }
        }
    }

    #[test]
    fn another_number_of_pages_never_gives_another_answer(runs in runs(), asked in questions(), at in any::<Index>(), pages in 0..80_u64) {
        let asked = AskedRows::new(asked, size(ENTRIES));
        let mut described = runs.list.runs().to_vec();
        let at = at.index(described.len());
        described[at].pages = pages;
        let list = RunList::new(described).unwrap();
        if let Some(found) = verified(&list, &asked, &runs.prove(&asked)) {
            prop_assert_eq!(found, runs.scan(&asked));
        }
    }

    #[test]
    fn proofs_of_other_bytes_never_panic(runs in runs(), asked in questions(), proofs in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 6)) {
        let asked = AskedRows::new(asked, size(ENTRIES));
        let proofs = &proofs[..runs.list.runs().len()];
        if let Some(found) = verified(&runs.list, &asked, proofs) {
            prop_assert_eq!(found, runs.scan(&asked));
        }
    }

    #[test]
    fn joined_runs_are_the_run_of_all_rows(runs in runs()) {
        let whole = Runs::of(&runs.rows, &[ENTRIES]);
        let parts = runs.held.iter().map(|held| {
            let pages = held.pages().iter();
            pages.flat_map(|page| rows_of_page(page).unwrap()).map(Ok::<_, ()>)
        });
        let merged = MergedRows::new(parts.collect()).unwrap().map(Result::unwrap);
        let (joined, held) = MemoryRun::build(range(0, ENTRIES), merged).unwrap();
        prop_assert_eq!(&[joined][..], whole.list.runs());
        prop_assert_eq!(&[held][..], whole.held.as_slice());
        let joined = RunList::new(vec![joined]).unwrap();
        prop_assert_eq!(RunList::decode(&joined.encode(), size(ENTRIES), joined.digest()), Ok(joined));
    }

    #[test]
    fn the_pages_of_a_run_give_its_root_and_no_others_do(runs in runs(), at in any::<Index>(), flip in any::<Index>()) {
        for (run, held) in runs.list.runs().iter().zip(&runs.held) {
            prop_assert_eq!(tree_of(held.pages()), Some((run.pages, run.root)));
            if held.pages().is_empty() {
                continue;
            }
            let mut changed = held.pages().to_vec();
            let page = at.index(changed.len());
            let byte = flip.index(changed[page].len());
            changed[page][byte] ^= 1;
            prop_assert_ne!(tree_of(&changed), Some((run.pages, run.root)));
            changed.remove(page);
            prop_assert_ne!(tree_of(&changed), Some((run.pages, run.root)));
        }
    }

    #[test]
    fn runs_that_stay_have_twice_the_rows_of_all_behind_them(batches in prop::collection::vec(prop_oneof![Just(0), 0..3_u64, 0..1000_u64], 1..400)) {
        let mut runs: Vec<u64> = Vec::new();
        let mut written = 0;
        for batch in &batches {
            runs.push(*batch);
            if let Some(first) = runs_to_join(&runs) {
                let joined = runs.drain(first..).sum();
                written += joined;
                runs.push(joined);
            }
            prop_assert_eq!(runs_to_join(&runs), None);
            for (place, rows) in runs.iter().enumerate() {
                let behind: u64 = runs[place + 1..].iter().map(|rows| rows + 1).sum();
                prop_assert!(rows + 1 >= 2 * behind, "{:?}", runs);
            }
        }
        let total: u64 = batches.iter().map(|batch| batch + 1).sum();
        // Each join adds at least half to the size that a row was joined with before: 32 of them make more than 400,000 of one.
        prop_assert!(written <= total * 32);
    }
}

#[test]
fn runs_without_rows_are_joined_and_never_outgrow_a_list() {
    for rows_in_front in [0, 1, 1000, 1 << 60] {
        let mut runs = vec![rows_in_front];
        // A log of refused documents, whose batches have no rows.
        for _ in 0..1000 {
            runs.push(0);
            if let Some(first) = runs_to_join(&runs) {
                let joined = runs.drain(first..).sum();
                runs.push(joined);
            }
            assert!(runs.len() <= 2, "{runs:?}");
        }
    }
    // Runs that are as small as they can be to stay.
    let mut sizes = vec![1];
    while sizes.iter().sum::<u64>() < 1 << 60 {
        sizes.push(2 * sizes.iter().sum::<u64>());
    }
    let rows: Vec<u64> = sizes.iter().rev().map(|size| size - 1).collect();
    assert!(rows.len() > RUNS_MAX, "{}", rows.len());
    assert_eq!(runs_to_join(&rows), Some(RUNS_MAX - 1));
    assert_eq!(runs_to_join(&rows[..RUNS_MAX]), None);
}

#[test]
fn in_a_quiet_log_all_runs_are_joined_but_large_ones_that_outweigh_the_rest_by_far() {
    let large = 1 << 21;
    for (rows, expected) in [
        (vec![], None),
        (vec![0, 0, 0], None),
        (vec![7], None),
        (vec![7, 0], None),
        (vec![7, 1], Some(0)),
        (vec![large], None),
        (vec![large, 5], None),
        (vec![large, 5, 0], None),
        (vec![large, 5, 3], Some(1)),
        (vec![large, large / 16, 3], Some(0)),
        (vec![17 * large, large, 3, 2], Some(2)),
    ] {
        assert_eq!(runs_to_join_when_quiet(&rows), expected, "{rows:?}");
    }
}

#[test]
fn every_key_and_size_of_a_log_has_the_answer_of_a_scan() {
    let rows = (0..ENTRIES).flat_map(|index| {
        let rare = u8::try_from(index % 12).unwrap();
        [
            row(key(rare), 1, index),
            row(key(5), 2, index),
            row(key(6), 1 + rare, index),
        ]
    });
    let runs = Runs::of(&sorted(rows.collect()), &[31, 32, 48, ENTRIES]);
    let one = |code| CodeSet::from_iter(KindCode::new(code));
    for as_of in 1..=ENTRIES {
        for number in 0..16 {
            for codes in [CodeSet::ALL, one(1), one(2), one(12), one(1).union(one(5))] {
                let asked = AskedRows::new([(key(number), codes)], size(as_of));
                let found = verified(&runs.list, &asked, &runs.prove(&asked));
                assert_eq!(
                    found,
                    Some(runs.scan(&asked)),
                    "key {number} as of {as_of}, {codes:?}"
                );
            }
        }
    }
}

#[test]
fn an_answer_of_many_keys_is_small_next_to_one_of_each() {
    let keys: Vec<IndexKey> = (0..4000_u32)
        .map(|number| IndexKey::of_hash(&sha256(&number.to_be_bytes())))
        .collect();
    let rows = keys.iter().map(|key| row(*key, 1, 1));
    let runs = Runs::of(&sorted(rows.collect()), &[4000]);
    let all = AskedRows::new(keys.iter().map(|key| (*key, CodeSet::ALL)), size(2));
    let proofs = runs.prove(&all);
    // Every page is opened once: 25 bytes a row, a byte a page, a separator between each two.
    assert!(proofs[0].len() < 4000 * 28, "{}", proofs[0].len());
    assert_eq!(verified(&runs.list, &all, &proofs).unwrap().len(), 4000);
    let held_at_most =
        |max| verify_runs(&runs.list, all.clone(), &[&proofs[0]], max).map(|found| found.rows().len());
    assert_eq!(held_at_most(4000), Ok(4000));
    assert_eq!(held_at_most(3999), Err(RunProofError::Rows { max: 3999 }));
}

#[test]
fn a_builder_refuses_rows_out_of_order_and_of_other_entries() {
    let mut builder = RunBuilder::new(range(10, 20), ());
    builder.push(row(key(1), 1, 15)).unwrap();
    assert!(matches!(
        builder.push(row(key(1), 1, 15)),
        Err(BuildError::Unsorted { .. })
    ));
    assert!(matches!(
        builder.push(row(key(0), 1, 16)),
        Err(BuildError::Unsorted { .. })
    ));
    for outside in [9, 20] {
        let error = builder.push(row(key(2), 1, outside)).unwrap_err();
        assert!(matches!(error, BuildError::OutOfRange { .. }), "{error}");
    }
    let (built, ()) = builder.finish().unwrap();
    assert_eq!(built.pages, 1);
}

#[test]
fn a_row_is_read_from_its_bytes_and_none_has_the_code_0() {
    let row = row(key(7), 255, (1 << 56) - 1);
    let mut bytes = row.to_bytes();
    assert_eq!(IndexRow::from_bytes(&bytes), Some(row));
    bytes[16] = 0;
    assert_eq!(IndexRow::from_bytes(&bytes), None);
}

#[test]
fn indices_and_ends_have_seven_bytes() {
    let last = (1 << 56) - 1;
    let code = KindCode::new(1).unwrap();
    assert!(IndexRow::new(key(1), code, LeafIndex::new(last)).is_some());
    assert!(IndexRow::new(key(1), code, LeafIndex::new(last + 1)).is_none());
    assert!(RunRange::new(size(0), size(last)).is_some());
    assert!(RunRange::new(size(0), size(last + 1)).is_none());
    assert!(RunRange::new(size(7), size(7)).is_none());
    assert!(KindCode::new(0).is_none());
}

fn listed(runs: &[(u64, u64, u64)]) -> RunList {
    let described = runs.iter().map(|(begin, end, pages)| RunDescriptor {
        range: range(*begin, *end),
        pages: *pages,
        root: RunHash::of_nothing(),
    });
    RunList::new(described.collect()).unwrap()
}

#[test]
fn runs_are_joined_and_never_split_or_changed() {
    let before = listed(&[(0, 10, 9), (10, 14, 3), (14, 16, 1)]);
    for allowed in [
        &[(0, 10, 9), (10, 14, 3), (14, 16, 1), (16, 20, 2)][..],
        &[(0, 10, 9), (10, 14, 3), (14, 20, 2)],
        &[(0, 10, 9), (10, 16, 4), (16, 20, 2)],
        &[(0, 20, 15)],
        &[(0, 16, 13), (16, 17, 1), (17, 18, 1)],
    ] {
        assert_eq!(listed(allowed).check_follows(&before), Ok(()), "{allowed:?}");
    }
    let range_of = |error: Result<(), JoinError>| match error {
        Err(JoinError::Changed { range } | JoinError::Split { range }) => Some(range),
        _ => None,
    };
    for (refused, wrong) in [
        (&[(0, 10, 8), (10, 20, 5)][..], range(0, 10)),
        (&[(0, 8, 7), (8, 20, 9)], range(0, 8)),
        (&[(0, 10, 9), (10, 15, 4), (15, 20, 2)], range(10, 15)),
        (
            &[(0, 10, 9), (10, 14, 3), (14, 15, 1), (15, 20, 2)],
            range(14, 15),
        ),
    ] {
        assert_eq!(
            range_of(listed(refused).check_follows(&before)),
            Some(wrong),
            "{refused:?}"
        );
    }
    assert!(matches!(
        before.check_follows(&before),
        Err(JoinError::Covered { .. })
    ));
}

#[test]
fn a_list_has_one_to_thirty_two_runs_without_gaps() {
    let described = |begin, end| RunDescriptor {
        range: range(begin, end),
        pages: 0,
        root: RunHash::of_nothing(),
    };
    assert!(matches!(
        RunList::new(vec![]),
        Err(RunListError::Count { found: 0 })
    ));
    let many = (0..33).map(|at| described(at, at + 1)).collect();
    assert!(matches!(
        RunList::new(many),
        Err(RunListError::Count { found: 33 })
    ));
    let gap = vec![described(0, 3), described(4, 5)];
    assert!(matches!(RunList::new(gap), Err(RunListError::Order { .. })));
    assert!(matches!(
        RunList::new(vec![described(1, 2)]),
        Err(RunListError::Order { .. })
    ));
}
