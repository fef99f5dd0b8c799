//! The body of `add-checkpoint`, held against the example of the format's reference.

use ledger_witnesses::request::{HASHES_MAX, ProofTooLong, add_checkpoint_body};
use verifier::base64::decode_standard_array;
use verifier::hash::NodeHash;
use verifier::index::TreeSize;

/// Of a log with the leaves of RFC 6962's reference, signed by the seed 1, from 3 to 8 entries. Go's `sumdb/tlog` accepted
/// the proof, and its `sumdb/note` the note.
const BODY: &str = "old 3\n\
ApjRIpBtz8EIkstTpzmS/FufST6kybrbJ7eRtBJ6f+c=\n\
B1Bqhf2d0vEg62lPhgEeW7RmLlxBWmKRcDPUqWJEh+c=\n\
+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=\n\
a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=\n\
\n\
example.com/log42\n\
8\n\
XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\
\n\
— example.com/log42 +vl8/RmdczvwlL7wH7C642tl2hebWt9MW/efi1Gy9mmwBAyXNqTDtY5E/O+89YAswtfXuSJkU3P5AUC95fQMn5YLDA8=\n";

fn parts_of(body: &str) -> (Vec<NodeHash>, &str) {
    let (head, checkpoint) = body.split_once("\n\n").unwrap();
    let hash = |line| NodeHash::from_bytes(decode_standard_array(line).unwrap());
    (head.lines().skip(1).map(hash).collect(), checkpoint)
}

#[test]
fn a_body_is_written_as_the_reference_has_it() {
    let (proof, checkpoint) = parts_of(BODY);
    assert_eq!(
        add_checkpoint_body(TreeSize::new(3), &proof, checkpoint).unwrap(),
        BODY
    );
}

#[test]
fn a_first_request_has_no_proof_and_still_an_empty_line() {
    let (_, checkpoint) = parts_of(BODY);
    let body = add_checkpoint_body(TreeSize::new(0), &[], checkpoint).unwrap();
    assert_eq!(body, format!("old 0\n\n{checkpoint}"));
}

#[test]
fn a_proof_longer_than_any_witness_takes_is_refused_before_it_is_sent() {
    let (proof, checkpoint) = parts_of(BODY);
    let longest = vec![proof[0]; HASHES_MAX];
    assert!(add_checkpoint_body(TreeSize::new(3), &longest, checkpoint).is_ok());
    let longer = vec![proof[0]; HASHES_MAX + 1];
    assert_eq!(
        add_checkpoint_body(TreeSize::new(3), &longer, checkpoint),
        Err(ProofTooLong { found: 64 })
    );
}
