//! Bodies that nobody should send.

use std::sync::OnceLock;

use proptest::prelude::*;
use tokio::runtime::Runtime;

use crate::asked::Asked;
use crate::log::{HandLog, ORIGIN, request};

/// What C2SP tlog-witness lists, and 413 for what is too long.
const LISTED: [u16; 7] = [200, 400, 403, 404, 409, 413, 422];

fn asked() -> &'static (Runtime, Asked) {
    static ASKED: OnceLock<(Runtime, Asked)> = OnceLock::new();
    ASKED.get_or_init(|| (Runtime::new().unwrap(), Asked::new()))
}

/// Sends a body and checks that the answer is one of the table, and that the witness goes on.
fn check(body: Vec<u8>) {
    let (runtime, asked) = asked();
    let answer = runtime.block_on(asked.add(body));
    assert!(LISTED.contains(&answer.status), "{answer:?}");
    assert!(
        answer.body.ends_with('\n') && answer.body.len() < 2_000,
        "{answer:?}"
    );
    assert_ne!(runtime.block_on(asked.latest()).status, 500);
}

/// Pieces of which requests are made, some of them wrong.
fn pieces() -> impl Strategy<Value = String> {
    let log = HandLog::new(1, 0, 9);
    let root = "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n".to_owned();
    let lines = [
        "old 0\n".to_owned(),
        "old 18446744073709551615\n".to_owned(),
        "\n".to_owned(),
        format!("{ORIGIN}\n"),
        "18446744073709551615\n".to_owned(),
        "8\n".to_owned(),
        root,
        "— example.com/log42 ".to_owned(),
        log.checkpoint(0),
        log.checkpoint(8),
        log.sign(&format!(
            "{ORIGIN}\n18446744073709551615\n{}",
            "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"
        )),
        log.proof(3, 9),
        "\u{0}\r\t".to_owned(),
    ];
    proptest::collection::vec(proptest::sample::select(lines.to_vec()), 0..9).prop_map(|lines| lines.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_get_a_listed_status(body in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        check(body);
    }

    #[test]
    fn pieces_of_requests_in_any_order_get_a_listed_status(body in pieces()) {
        check(body.into_bytes());
    }

    #[test]
    fn a_request_with_one_byte_changed_gets_a_listed_status(
        old in 0..9_u64, new in 1..9_u64, place in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let log = HandLog::new(1, 0, 9);
        let proof = if old < new { log.proof(old, new) } else { String::new() };
        let mut body = request(old, &proof, &log.checkpoint(new)).into_bytes();
        let place = place.index(body.len());
        body[place] = byte;
        check(body);
    }
}
