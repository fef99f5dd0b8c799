//! What the numbers of a stream show.

use verifier::digest::{EvidenceDigest, PayloadHash};
use verifier::stream::{Stream, StreamItem, StreamState};

const fn receipt(name: u8) -> StreamItem {
    StreamItem::Receipt(PayloadHash::from_bytes([name; 32]))
}

/// A stream of `(receipt, number, last)`.
fn of(places: &[(u8, u64, bool)]) -> Stream {
    let mut stream = Stream::default();
    for (name, number, last) in places {
        stream.place(receipt(*name), *number, *last);
    }
    stream
}

#[test]
fn a_stream_is_closed_when_every_number_up_to_its_end_stands_for_one_receipt() {
    let closed = of(&[(1, 0, false), (2, 1, false), (3, 2, true)]);
    assert_eq!(closed.state(0), StreamState::Closed);
    assert_eq!((closed.closed_at(), closed.receipts()), (Some(2), 3));
    assert_eq!(of(&[(1, 0, false), (2, 1, false)]).state(0), StreamState::Open);
    // Told again, closed later: the same places.
    let told = of(&[(1, 0, false), (1, 0, false), (2, 1, false), (2, 1, true)]);
    assert_eq!(told.state(0), StreamState::Closed);
}

#[test]
fn missing_numbers_are_ranges_and_begin_where_the_reading_begins() {
    let stream = of(&[(1, 2, false), (2, 3, false), (3, 5, false), (4, 9, true)]);
    assert_eq!(stream.state(0), StreamState::Gap);
    assert!(stream.missing(0, 9).eq([(0, 1), (4, 4), (6, 8)]));
    assert!(stream.missing(2, 9).eq([(4, 4), (6, 8)]));
    assert!(stream.missing(0, 1).eq([(0, 1)]));
    assert_eq!(Stream::default().missing(0, 9).count(), 0);
    assert_eq!(of(&[(1, u64::MAX, true)]).missing(u64::MAX, 9).count(), 0);
}

#[test]
fn a_stream_that_goes_on_after_its_end_is_reopened() {
    assert_eq!(of(&[(1, 0, true), (2, 1, false)]).state(0), StreamState::Reopened);
    assert_eq!(of(&[(1, 0, true), (2, 1, true)]).state(0), StreamState::Reopened);
    assert_eq!(of(&[(2, 1, true), (1, 0, true)]).state(0), StreamState::Reopened);
}

#[test]
fn a_number_for_two_receipts_and_a_receipt_with_two_numbers_are_repetitions() {
    let shared = of(&[(1, 0, false), (2, 1, false), (3, 0, false), (4, 1, true)]);
    assert_eq!(shared.state(0), StreamState::Repeated);
    assert!(shared.shared().eq([0, 1]));
    assert_eq!(shared.moved().count(), 0);
    let moved = of(&[(1, 0, false), (2, 1, false), (1, 2, true)]);
    assert_eq!(moved.state(0), StreamState::Repeated);
    assert!(moved.moved().eq([(0, 2)]));
}

#[test]
fn an_erased_receipt_is_another_one_than_any_that_is_there() {
    let mut stream = of(&[(1, 0, false)]);
    stream.place(StreamItem::Erased(EvidenceDigest::from_bytes([1; 32])), 0, true);
    assert_eq!(stream.state(0), StreamState::Repeated);
}
