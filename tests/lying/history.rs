//! Lies about the history: entries that change their places under a new signature, and a head that takes back what was shown.

use crate::log::RealLog;
use crate::table::is_caught;
use kit::cosigners::{cosignature, cosigner};
use kit::documents;
use kit::key::Key;
use kit::server::ORIGIN;
use kit::shown::shown;
use verifier::fork::ForkFile;
use verifier::note::UnverifiedNote;

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

#[test]
fn two_clients_are_shown_two_trees_of_one_size() {
    let log = RealLog::new();
    let one = String::from_utf8(log.client.get("/log/checkpoint").unwrap().body).unwrap();
    let size: u64 = one.lines().nth(1).unwrap().parse().unwrap();
    let mut stolen = log.stolen();
    let jobs = stolen.entries_of_job();
    stolen.log.exchange(jobs[0], jobs[1]);
    let other = stolen.log.log.checkpoint(size);
    let fork = ForkFile::new(one.as_str(), other.as_str()).encode();
    let file = log.file("history.fork", &fork);
    let (one, other) = (
        log.file("one.checkpoint", &one),
        log.file("other.checkpoint", &other),
    );
    let nothing = log.file("empty.proof", "");
    is_caught(
        "shows two clients two trees of one size",
        &[
            ("fork", log.verify(&["fork", &file])),
            (
                "consistency",
                log.verify(&["consistency", &one, &other, &nothing]),
            ),
            (
                "POST /v1/verify",
                log.sent("application/octet-stream", fork.as_bytes()),
            ),
        ],
    );
}

#[test]
fn an_old_cosignature_is_put_under_a_new_head() {
    let log = RealLog::new();
    let policy = format!("witness w {}\nquorum w\n", cosigner(8));
    let policy = log.file("witnesses.policy", policy);
    let old = log.stolen().log.log.checkpoint(2);
    let old = UnverifiedNote::parse(old.as_bytes()).unwrap();
    let proof = String::from_utf8(log.client.get("/v1/entries/1/proof").unwrap().body).unwrap();
    let replayed = format!("{proof}{}", cosignature(8, old.danger_text(), 1_700_000_000));
    let replayed = log.file("replayed.proof", replayed);
    is_caught(
        "puts an old cosignature of a witness under a new head",
        &[(
            "proof --policy",
            log.verify(&["proof", &replayed, "--policy", &policy]),
        )],
    );
}

#[test]
fn a_head_is_signed_with_a_key_that_the_log_has_retired() {
    let log = RealLog::new();
    let mut stolen = log.stolen();
    log.rotate_key();
    let keys = log.file("keys.json", log.client.get("/v1/log/keys").unwrap().body);
    stolen.log.log.fill(40);
    let forged = log.file("forged.proof", stolen.log.log.proof(1).to_string());
    is_caught(
        "signs a head with a key that the log has retired",
        &[("proof --keys", log.verify(&["proof", &forged, "--keys", &keys]))],
    );
}
