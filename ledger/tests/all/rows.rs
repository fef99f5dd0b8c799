//! Index rows as bytes.

use ledger::rows::{ROW_BYTES, Row, Space};
use verifier::index::LeafIndex;
use verifier::subject::Field;

#[test]
fn tags_are_unique_and_read_back() {
    let spaces: Vec<Space> = Space::all().collect();
    for space in &spaces {
        assert_eq!(Space::from_tag(space.tag()), Some(*space));
    }
    assert_eq!(spaces.len(), 10 + Field::ALL.len());
    assert_eq!(Space::from_tag(0), None);
}

#[test]
fn rows_sort_as_their_bytes_do() {
    let mut rows: Vec<Row> = Space::all()
        .flat_map(|space| {
            [(7, 300), (7, 2), (9, 1)].map(|(key, index)| Row::new(space, [key; 32], LeafIndex::new(index)))
        })
        .collect();
    rows.sort_unstable();
    let bytes: Vec<_> = rows.iter().map(Row::to_bytes).collect();
    assert!(bytes.is_sorted());
    assert!(
        rows.iter()
            .all(|row| Row::from_bytes(&row.to_bytes()) == Some(*row))
    );
}

#[test]
fn refuses_bytes_that_are_no_row() {
    let bytes = Row::new(Space::Leaf, [1; 32], LeafIndex::new(5)).to_bytes();
    assert_eq!(Row::from_bytes(bytes.get(..40).unwrap()), None);
    assert_eq!(Row::from_bytes(&[bytes.as_slice(), &[0]].concat()), None);
    assert_eq!(Row::from_bytes(&[0; ROW_BYTES]), None);
}
