//! What a browser that comes back accepts and refuses.

use kit::cosigners::{cosigned, cosigner};
use kit::key::Key;
use kit::key::Signer as _;
use kit::log::{ORIGIN, TestLog, job_event, log_key};
use verifier::base64::encode_standard;
use verifier::check::Status;
use verifier::checkpoint::{TreeHead, checkpoint_text, signed_checkpoint};
use verifier::index::TreeSize;
use verifier::note::VerifierKey;
use verifier_wasm::{KeptCheckpoint, NamedHead, PinnedPolicy, Proof, VisitCheck, VisitInput, check_visit};

/// A log of 20 entries; `document` makes it another one from entry 5 on.
fn log_with(document: &[u8]) -> TestLog {
    let mut log = TestLog::new();
    log.fill(5);
    log.push_document(document);
    log.fill(20);
    log
}

fn honest() -> TestLog {
    log_with(&job_event(4, "job-1"))
}

/// Signed with the same key.
fn forked() -> TestLog {
    log_with(&job_event(4, "job-2"))
}

fn kept(log: &TestLog, size: u64) -> KeptCheckpoint {
    KeptCheckpoint {
        vkey: log_key().to_string(),
        note: log.checkpoint(size),
    }
}

fn visit(kept: Option<KeptCheckpoint>, log: &TestLog, size: u64) -> VisitInput {
    VisitInput {
        kept,
        vkey: log_key().to_string(),
        accept: None,
        keys: None,
        witnesses: None,
        note: log.checkpoint(size),
        heads: Vec::new(),
        proofs: Vec::new(),
    }
}

fn proof(log: &TestLog, first: u64, second: u64) -> Proof {
    let hashes = log.consistency(first, second);
    Proof {
        first,
        second,
        hashes: hashes
            .iter()
            .map(|hash| encode_standard(hash.as_bytes()))
            .collect(),
    }
}

fn code(check: &VisitCheck) -> (Status, &str) {
    (check.report.status, check.report.reason_code)
}

#[test]
fn a_first_visit_takes_the_servers_key_and_keeps_its_head() {
    let log = honest();
    let check = check_visit(&visit(None, &log, 9));
    assert_eq!(code(&check), (Status::Pass, "OK"));
    assert_eq!(check.keep, Some(kept(&log, 9)));
    assert_eq!(check.report.details.get("first_visit"), Some(&true.into()));
}

#[test]
fn a_later_visit_asks_for_the_proof_and_then_keeps_the_newer_head() {
    let log = honest();
    let mut second = visit(Some(kept(&log, 9)), &log, 20);
    let check = check_visit(&second);
    assert_eq!(code(&check), (Status::Incomplete, "PROOF_NEEDED"));
    assert_eq!((check.needed, check.keep), (vec![(9, 20)], None));
    second.proofs.push(proof(&log, 9, 20));
    let check = check_visit(&second);
    assert_eq!(code(&check), (Status::Pass, "OK"));
    assert_eq!(check.keep, Some(kept(&log, 20)));
}

#[test]
fn the_same_head_again_needs_no_proof() {
    let log = honest();
    let check = check_visit(&visit(Some(kept(&log, 9)), &log, 9));
    assert_eq!(code(&check), (Status::Pass, "OK"));
}

#[test]
fn a_forked_log_is_refused_with_any_proof_it_has() {
    let (seen, shown) = (honest(), forked());
    for proof in [proof(&shown, 9, 20), proof(&seen, 9, 20)] {
        let mut second = visit(Some(kept(&seen, 9)), &shown, 20);
        second.proofs.push(proof);
        let check = check_visit(&second);
        assert_eq!(code(&check), (Status::Fail, "CONSISTENCY_FAILED"));
        assert_eq!(check.keep, None);
    }
}

#[test]
fn two_roots_of_one_size_are_a_fork() {
    let check = check_visit(&visit(Some(kept(&honest(), 9)), &forked(), 9));
    assert_eq!(code(&check), (Status::Fail, "LOG_FORKED"));
}

#[test]
fn a_smaller_tree_is_refused() {
    let log = honest();
    let check = check_visit(&visit(Some(kept(&log, 9)), &log, 8));
    assert_eq!(code(&check), (Status::Fail, "LOG_SHRANK"));
    assert_eq!(check.keep, None);
}

#[test]
fn a_changed_key_is_refused_even_if_all_else_holds() {
    let log = honest();
    let mut second = visit(Some(kept(&log, 9)), &log, 9);
    let other = VerifierKey::new(ORIGIN, Key::new(7).public()).unwrap();
    second.vkey = other.to_string();
    assert_eq!(code(&check_visit(&second)), (Status::Fail, "KEY_CHANGED"));
}

/// The log's checkpoint of that size under a new key.
fn under(seed: u8, origin: &str, log: &TestLog, size: u64) -> (String, String) {
    let key = VerifierKey::new(origin, Key::new(seed).public()).unwrap();
    let size = usize::try_from(size).unwrap();
    let head = TreeHead {
        size: TreeSize::new(size as u64),
        root: verifier::merkle::oracle::root_of(&log.leaves()[..size]),
    };
    let text = checkpoint_text(origin, &head);
    let signature = Key::new(seed).signature(text.as_bytes());
    (key.to_string(), signed_checkpoint(&text, &key, &signature))
}

#[test]
fn a_new_key_that_the_visitor_compared_is_kept_if_the_tree_is_the_one_that_was_seen() {
    let log = honest();
    for (shown, expected) in [
        (honest(), (Status::Pass, "OK")),
        (forked(), (Status::Fail, "CONSISTENCY_FAILED")),
    ] {
        let (vkey, note) = under(7, ORIGIN, &shown, 20);
        let mut second = visit(Some(kept(&log, 9)), &log, 20);
        (second.vkey, second.note) = (vkey.clone(), note.clone());
        assert_eq!(code(&check_visit(&second)), (Status::Fail, "KEY_CHANGED"));
        second.accept = Some(vkey.clone());
        assert_eq!(check_visit(&second).needed, [(9, 20)]);
        second.proofs.push(proof(&shown, 9, 20));
        let check = check_visit(&second);
        assert_eq!(code(&check), expected);
        let keep = (expected.0 == Status::Pass).then_some(KeptCheckpoint { vkey, note });
        assert_eq!(check.keep, keep);
    }
}

#[test]
fn a_word_for_another_key_than_the_one_named_accepts_nothing() {
    let log = honest();
    let mut second = visit(Some(kept(&log, 9)), &log, 9);
    (second.vkey, second.note) = under(7, ORIGIN, &log, 9);
    for accepted in [log_key().to_string(), under(8, ORIGIN, &log, 9).0, String::new()] {
        second.accept = Some(accepted);
        assert_eq!(code(&check_visit(&second)), (Status::Fail, "KEY_CHANGED"));
    }
}

#[test]
fn a_key_of_another_log_is_never_a_new_key_of_this_one() {
    let log = honest();
    let mut second = visit(Some(kept(&log, 9)), &log, 9);
    (second.vkey, second.note) = under(7, "other.example/log", &log, 9);
    second.accept = Some(second.vkey.clone());
    assert_eq!(code(&check_visit(&second)), (Status::Fail, "WRONG_LOG"));
}

#[test]
fn a_smaller_tree_under_an_accepted_key_is_refused() {
    let log = honest();
    let mut second = visit(Some(kept(&log, 9)), &log, 9);
    (second.vkey, second.note) = under(7, ORIGIN, &log, 8);
    second.accept = Some(second.vkey.clone());
    assert_eq!(code(&check_visit(&second)), (Status::Fail, "LOG_SHRANK"));
}

#[test]
fn a_checkpoint_under_another_key_is_refused_on_the_first_visit() {
    let mut first = visit(None, &honest(), 9);
    let other = VerifierKey::new(ORIGIN, Key::new(7).public()).unwrap();
    first.vkey = other.to_string();
    assert_eq!(
        code(&check_visit(&first)),
        (Status::Fail, "CHECKPOINT_NOT_SIGNED_BY_KEY")
    );
}

#[test]
fn a_kept_note_that_does_not_verify_is_no_first_visit() {
    let log = honest();
    let mut damaged = kept(&log, 9);
    damaged.note = damaged.note.replace('9', "8");
    let check = check_visit(&visit(Some(damaged), &log, 9));
    assert_eq!(code(&check), (Status::Fail, "KEPT_DAMAGED"));
}

#[test]
fn a_head_that_the_page_names_must_belong_to_the_tree() {
    let (log, other) = (honest(), forked());
    for (of, expected) in [
        (&log, (Status::Pass, "OK")),
        (&other, (Status::Fail, "CONSISTENCY_FAILED")),
    ] {
        let mut first = visit(None, &log, 20);
        let root = verifier::merkle::oracle::root_of(&of.leaves()[..9]);
        first.heads.push(NamedHead {
            size: 9,
            root: root.to_string(),
        });
        assert_eq!(check_visit(&first).needed, [(9, 20)]);
        first.proofs.push(proof(&log, 9, 20));
        assert_eq!(code(&check_visit(&first)), expected);
    }
}

#[test]
fn a_proof_between_other_sizes_is_still_missing() {
    let log = honest();
    let mut second = visit(Some(kept(&log, 9)), &log, 20);
    second.proofs.push(proof(&log, 8, 20));
    assert_eq!(check_visit(&second).needed, [(9, 20)]);
}

#[test]
fn a_proof_of_rubbish_is_refused() {
    let log = honest();
    for hashes in [vec!["rubbish".to_owned()], vec![String::new(); 10_000]] {
        let mut second = visit(Some(kept(&log, 9)), &log, 20);
        second.proofs.push(Proof {
            first: 9,
            second: 20,
            hashes,
        });
        assert_eq!(code(&check_visit(&second)), (Status::Fail, "CONSISTENCY_FAILED"));
    }
}

/// Any two of the witnesses 21, 22 and 130.
const POLICY_SEEDS: [u8; 3] = [21, 22, 130];

fn two_of_three() -> String {
    let lines = POLICY_SEEDS.map(|seed| format!("witness w{seed} {}\n", cosigner(seed)));
    format!("{}group two 2 w21 w22 w130\nquorum two\n", lines.concat())
}

/// A visit to a log of 20 entries by somebody who has pinned a policy and is shown the checkpoint of a size with cosignatures of some.
fn visit_with_policy(size: u64, seeds: &[u8]) -> VisitInput {
    let log = honest();
    VisitInput {
        witnesses: Some(PinnedPolicy {
            policy: two_of_three(),
            note: Some(cosigned(&log.checkpoint(size), seeds).0),
        }),
        proofs: vec![proof(&log, size, 20)],
        ..visit(None, &log, 20)
    }
}

#[test]
fn cosignatures_are_counted_by_the_policy_that_the_visitor_pinned() {
    for (seeds, state) in [
        (&[][..], "log_only"),
        (&[21], "quorum_not_reached"),
        (&[21, 31], "quorum_not_reached"),
        (&[21, 130], "witnessed"),
    ] {
        let check = check_visit(&visit_with_policy(12, seeds));
        assert_eq!(check.report.status, Status::Pass, "{:?}", check.report);
        let details = check.report.details;
        assert_eq!(details.get("witnesses").unwrap()["state"], state);
        assert_eq!(details.get("witnessed_size").unwrap(), 12);
    }
}

#[test]
fn the_checkpoint_that_witnesses_signed_must_be_of_the_tree_that_is_shown() {
    let unproved = VisitInput {
        proofs: Vec::new(),
        ..visit_with_policy(12, &[21, 22])
    };
    assert_eq!(check_visit(&unproved).needed, [(12, 20)]);
    let mut other = visit_with_policy(12, &[21, 22]);
    let fork = cosigned(&forked().checkpoint(12), &[21, 22]).0;
    other.witnesses.as_mut().unwrap().note = Some(fork);
    let report = check_visit(&other).report;
    assert_eq!(
        (report.status, report.reason_code),
        (Status::Fail, "CONSISTENCY_FAILED")
    );
}

#[test]
fn without_a_cosigned_checkpoint_the_newest_is_counted() {
    let mut input = visit_with_policy(12, &[]);
    input.witnesses.as_mut().unwrap().note = None;
    input.proofs.clear();
    let details = check_visit(&input).report.details;
    assert_eq!(details.get("witnesses").unwrap()["state"], "log_only");
    assert_eq!(details.get("witnessed_size").unwrap(), 20);
}

#[test]
fn a_forged_cosignature_another_log_and_a_policy_that_is_none_are_refused() {
    let code = |input: &VisitInput| {
        let check = check_visit(input);
        assert_eq!(check.keep, None);
        check.report.reason_code
    };
    let mut forged = visit_with_policy(12, &[21, 22]);
    let line = cosigned(&honest().checkpoint(11), &[21]).0;
    let line = line.rsplit_once("\n\u{2014}").unwrap().1;
    forged.witnesses.as_mut().unwrap().note = Some(format!("{}\u{2014}{line}", honest().checkpoint(12)));
    assert_eq!(code(&forged), "COSIGNATURE_INVALID");
    let mut other = visit_with_policy(12, &[21, 22]);
    let log = VerifierKey::new("log.example/other", Key::new(9).public()).unwrap();
    let policy = &mut other.witnesses.as_mut().unwrap().policy;
    policy.insert_str(0, &format!("log {log}\n"));
    assert_eq!(code(&other), "LOG_NOT_IN_POLICY");
    let mut none = visit_with_policy(12, &[21, 22]);
    none.witnesses.as_mut().unwrap().policy = "quorum nobody\n".to_owned();
    assert_eq!(code(&none), "POLICY_MALFORMED");
}
