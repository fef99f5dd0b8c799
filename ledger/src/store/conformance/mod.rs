//! The suite that every backend must pass.
//!
//! A backend's tests implement [`StoreOpener`] and call [`run`]. The hashes in it are made up: a store does not
//! look at them, beyond that a tile only grows.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test suite next to the contract: a failure is a panic"
)]

mod commits;
mod cosignatures;
mod erase;
mod lists;
mod rows;
mod runs;
mod script;

use super::{HeadQuery, LogStore, LookupOrder};
use script::shared_key;
use std::sync::Arc;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::tile::TileCoord;

/// Where one log can be opened again and again.
pub trait StoreOpener {
    /// Opens what is there. No earlier handle is in use any more.
    fn open(&self) -> Arc<dyn LogStore>;
}

/// Runs every test, each on a place of its own. The numbers are those of the rules in [`super`]; reopening the place
/// is what "durable" means here.
pub fn run<P: StoreOpener>(make: impl Fn() -> P) {
    // 1
    an_empty_store_has_nothing(&make());
    // 2, 3
    commits::a_log_is_created_once(&make());
    // 3, 7, 8
    commits::what_was_committed_is_read_back(&make());
    // 4
    commits::a_commit_on_another_head_is_a_conflict(&make());
    commits::of_two_commits_on_one_head_one_succeeds(&make());
    // 5
    commits::a_malformed_batch_is_not_applied(&make());
    // 7
    commits::a_handle_reads_its_own_commits(&make());
    // 10, 12
    rows::rows_are_found_merged_or_not(&make());
    // 22, 23
    rows::only_rows_that_were_released_are_missing(&make());
    // 11
    lists::heads_are_found_by_size_and_time(&make());
    // 8, 10
    lists::lists_have_a_limit(&make());
    // 9
    lists::a_call_ends_once_it_holds_enough_bytes_of_documents(&make());
    // 13, 14
    erase::what_is_erased_stays_erased(&make());
    erase::only_what_is_there_is_erased(&make());
    // 16, 17
    runs::a_run_is_listed_once_it_is_finished(&make());
    // 8
    runs::parts_are_answered_in_the_order_of_the_list(&make());
    // 19
    runs::a_finished_run_does_not_change(&make());
    // 20
    runs::a_run_is_dropped_alone(&make());
    // 21
    runs::unfinished_runs_are_dropped_together(&make());
    runs::runs_are_no_part_of_the_log(&make());
    // 24, 25
    cosignatures::cosignatures_are_kept_with_their_head(&make());
    cosignatures::cosignatures_are_no_part_of_the_log(&make());
}

fn size(value: u64) -> TreeSize {
    TreeSize::new(value)
}

fn index(value: u64) -> LeafIndex {
    LeafIndex::new(value)
}

fn an_empty_store_has_nothing(place: &impl StoreOpener) {
    for _ in 0..2 {
        let store = place.open();
        assert_eq!(store.head().unwrap(), None);
        assert_eq!(store.entries(&[index(0), index(9)]).unwrap(), vec![None; 2]);
        assert_eq!(store.documents(&[index(0), index(9)]).unwrap(), vec![None; 2]);
        assert_eq!(
            store.tiles(&[TileCoord { level: 0, index: 0 }]).unwrap(),
            vec![None]
        );
        for query in [
            HeadQuery::OfSize(size(0)),
            HeadQuery::ALL,
            HeadQuery::UpToTime(TimestampMs::new(u64::MAX)),
        ] {
            assert_eq!(store.heads(query, 10).unwrap(), Vec::new());
        }
        let found = store
            .rows(
                &shared_key(),
                index(0),
                index(u64::MAX),
                LookupOrder::Ascending,
                10,
            )
            .unwrap();
        assert_eq!(found, Vec::new());
        let upkeep = store.maintain().unwrap();
        assert_eq!((upkeep.indexed_to, upkeep.is_pending), (size(0), false));
    }
}
