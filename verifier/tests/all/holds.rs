//! Legal holds, as the log has them at each position.

use verifier::erasure::{Dispositions, subject_of};
use verifier::index::LeafIndex;
use verifier::payload::{Disposition, DispositionTarget};
use verifier::subject::IndexSalt;

fn at(index: u64) -> LeafIndex {
    LeafIndex::new(index)
}

#[test]
fn holds_stack_and_each_release_ends_the_oldest() {
    let salt = IndexSalt::from_bytes([7; 32]);
    let said = Disposition {
        target: DispositionTarget::Job("job-1".to_owned()),
        reason: "case".to_owned(),
    };
    let subject = subject_of(&said.target, &salt);
    let mut state = Dispositions::default();
    state.place(at(3), &said, &salt);
    state.place(at(5), &said, &salt);
    state.release(at(8), &said, &salt);
    assert_eq!(state.hold_on(&subject, at(3)), None);
    assert_eq!(state.hold_on(&subject, at(4)).unwrap(), at(3));
    assert_eq!(state.hold_on(&subject, at(9)).unwrap(), at(5));
    state.release(at(10), &said, &salt);
    assert_eq!(state.hold_on(&subject, at(11)), None);
    assert_eq!(state.hold_on(&subject, at(9)).unwrap(), at(5));
}
