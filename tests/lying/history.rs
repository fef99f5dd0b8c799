//! Lies about the history: entries that change their places under a new signature, and a head that takes back what was shown.

use crate::log::RealLog;
use crate::table::is_caught;
use kit::documents;
use kit::key::Key;
use kit::server::ORIGIN;
use kit::shown::shown;

/// The checkpoint that a client kept.
fn kept(log: &RealLog) -> String {
    log.file("kept.checkpoint", log.client.get("/log/checkpoint").unwrap().body)
}

#[test]
fn entries_change_their_places_in_a_second_history() {
    let log = RealLog::new();
    let kept = kept(&log);
    let mut stolen = log.stolen();
    let jobs = stolen.entries_of_job();
    stolen.log.exchange(jobs[0], jobs[1]);
    let root = stolen.hide(u64::MAX);
    let liar = log.lie(&shown(&stolen.log, root));
    let new = log.file("new.checkpoint", liar.client.get("/log/checkpoint").unwrap().body);
    let sizes = format!("first={}&second={}", stolen.root + 1, root + 1);
    let proof = liar
        .client
        .get(&format!("/v1/proofs/consistency?{sizes}"))
        .unwrap()
        .body;
    let proof = log.file("consistency.json", proof);
    let faults = log.faults();
    let monitor = ["--random", "1000", "--since", &kept, "--out", &faults];
    is_caught(
        "signs a second history in which two entries have changed places",
        &[
            ("consistency", log.verify(&["consistency", &kept, &new, &proof])),
            ("audit --random --since", log.audit(&liar, &monitor)),
        ],
    );
}

#[test]
fn a_log_goes_on_behind_its_end() {
    let log = RealLog::new();
    let mut stolen = log.stolen();
    let freeze = documents::freeze(ORIGIN, stolen.log.log.size(), "moved").sign(&Key::new(2));
    let frozen = stolen.log.document(freeze.as_bytes(), None);
    let root = stolen.hide(u64::MAX);
    assert_eq!(root, frozen + 1, "the one entry that may follow");
    stolen.log.fill(root + 2);
    let root = stolen.hide(u64::MAX);
    let liar = log.lie(&shown(&stolen.log, root));
    is_caught(
        "goes on behind the entry with which it was closed",
        &[("audit", log.audit(&liar, &[]))],
    );
}

#[test]
fn a_head_is_taken_back() {
    let log = RealLog::new();
    let kept = kept(&log);
    let stolen = log.stolen();
    let old = stolen.log.log.checkpoint(stolen.root - 1);
    let liar = log.lie(&[("/log/checkpoint".to_owned(), old.into_bytes())].into());
    let faults = log.faults();
    let monitor = ["--random", "1000", "--since", &kept, "--out", &faults];
    is_caught(
        "shows an older head than it has signed",
        &[("audit --random --since", log.audit(&liar, &monitor))],
    );
}
