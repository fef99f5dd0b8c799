//! From one key of a log to the others, by the changes that the log holds.

use kit::key::{Key, Signer as _};
use kit::log::{ORIGIN, TestLog, job_event};
use serde_json::{Value, json};
use verifier::base64::{encode_standard, encode_url};
use verifier::check::{
    Authenticity, FilePurpose, LogKeyring, ProofFiles, Report, SignedFile, Status, check_consistency_of,
    check_proof,
};
use verifier::envelope::own_signing_message;
use verifier::index::{LeafIndex, TreeSize};
use verifier::merkle::plan::ProofPlan;
use verifier::note::{SignatureLine, VerifierKey};
use verifier::proof::TlogProof;

/// Seeds of the first, the second and the third key of the log.
const SEEDS: [u8; 3] = [1, 41, 42];
const OPERATOR: u8 = 2;

fn key(number: usize) -> VerifierKey {
    VerifierKey::new(ORIGIN, Key::new(SEEDS[number]).public()).unwrap()
}

/// A log that changed its key twice: the second key came at entry 5, the first went at 10, the third came at 15, and the second
/// went at 20. Both keys of a change sign the heads in between.
struct RotatedLog {
    log: TestLog,
    documents: Vec<(u64, String)>,
}

const CHANGES: [(&str, usize, usize); 4] = [("add", 1, 0), ("retire", 0, 1), ("add", 2, 1), ("retire", 1, 2)];
const PLACES: [u64; 4] = [5, 10, 15, 20];

impl RotatedLog {
    fn new() -> Self {
        let mut log = TestLog::new();
        let mut documents = Vec::new();
        for (place, (action, changed, by)) in PLACES.into_iter().zip(CHANGES) {
            log.fill(place);
            let document = change(action, &key(changed), by);
            log.push_document(document.as_bytes());
            documents.push((place, document));
        }
        log.fill(25);
        Self { log, documents }
    }

    /// The keys that sign heads of a size.
    fn signers(size: u64) -> Vec<usize> {
        let periods = [(0, 10), (5, 20), (15, u64::MAX)];
        let signs = |(added, retired): &(u64, u64)| (*added == 0 || *added < size) && *retired >= size;
        let numbered = periods.iter().enumerate().filter(|(_, period)| signs(period));
        numbered.map(|(number, _)| number).collect()
    }

    fn head(&self, size: u64) -> String {
        self.signed(size, &Self::signers(size))
    }

    /// The checkpoint of a size, with lines by these keys.
    fn signed(&self, size: u64, numbers: &[usize]) -> String {
        let note = self.log.checkpoint(size);
        let (text, _) = note.rsplit_once("\n\n").unwrap();
        let text = format!("{text}\n");
        let line = |number: &usize| SignatureLine {
            name: ORIGIN.to_owned(),
            id: key(*number).id(),
            signature: Key::new(SEEDS[*number]).signature(text.as_bytes()).to_vec(),
        };
        let lines: String = numbers.iter().map(|number| line(number).to_string()).collect();
        format!("{text}\n{lines}")
    }

    /// The proof of an entry in the tree of a size.
    fn proof(&self, index: u64, size: u64, numbers: &[usize]) -> String {
        let plan = ProofPlan::inclusion(LeafIndex::new(index), TreeSize::new(size)).unwrap();
        let proof = TlogProof {
            extra: Some(self.log.entries[usize::try_from(index).unwrap()].clone()),
            index: LeafIndex::new(index),
            path: self.log.assemble(&plan),
            checkpoint: self.signed(size, numbers),
        };
        proof.to_string()
    }

    /// What a server answers for `/v1/log/keys`.
    fn file(&self) -> Value {
        let heads = [10, 15, 20, 25];
        let changes = self.documents.iter().zip(heads);
        let changes: Vec<Value> = changes
            .map(|((index, document), size)| {
                json!({ "evidence": document, "proof": self.proof(*index, size, &Self::signers(size)) })
            })
            .collect();
        json!({ "format": "evidence-ledger/log-keys/v1", "origin": ORIGIN, "changes": changes })
    }

    /// The same for a checkpoint of a size.
    fn file_for(&self, size: u64) -> Value {
        let hashes = self.log.consistency(size, 25);
        let hashes: Vec<String> = hashes
            .iter()
            .map(|hash| encode_standard(hash.as_bytes()))
            .collect();
        let mut file = self.file();
        file["newer"] = json!({ "checkpoint": self.head(25), "hashes": hashes });
        file
    }
}

/// The operator's document of a change, counter-signed by a key.
fn change(action: &str, changed: &VerifierKey, by: usize) -> String {
    let payload = json!({
        "event_version": "1", "log_origin": ORIGIN, "action": action, "vkey": changed.to_string(),
        "by_vkey": key(by).to_string(), "reason": "rotation",
    });
    let mut document = Key::new(OPERATOR).own("log_key", &payload);
    let text = document.to_string();
    let parsed = verifier::json::parse(text.as_bytes()).unwrap();
    let message = own_signing_message("log_key", &parsed);
    document["counter_signature_b64u"] = json!(encode_url(&Key::new(SEEDS[by]).signature(&message)));
    document.to_string()
}

fn ring(pinned: usize, file: &Value) -> LogKeyring {
    LogKeyring::open(file.to_string().as_bytes(), key(pinned)).unwrap()
}

fn judged(ring: &LogKeyring, proof: &str) -> Report {
    let files = ProofFiles {
        proof: proof.as_bytes(),
        evidence: None,
        entry: None,
        genesis: None,
    };
    let chosen = ring.choose_for(FilePurpose::Proof, proof.as_bytes());
    chosen.hold(check_proof(&files, &chosen.key))
}

/// Changes one thing in a file.
type SpoilFile<'a> = &'a dyn Fn(&mut Value);

/// Whether the report says that the entry is in the log: everything else was not asked.
fn is_genuine(report: &Report) -> bool {
    report.answers.authenticity == Authenticity::Genuine
}

#[test]
fn the_first_key_leads_to_the_last_one() {
    let log = RotatedLog::new();
    let newest = ring(0, &log.file());
    assert_eq!(newest.newest(), &key(2));
    for size in [1, 5, 6, 10, 11, 15, 16, 20, 21, 25] {
        let proof = log.proof(0, size, &RotatedLog::signers(size));
        let shown = judged(&ring(0, &log.file_for(size)), &proof);
        assert!(is_genuine(&shown), "size {size}: {}", shown.message);
        // Without the proof that the tree is the log's, a key that was retired since is not enough.
        let report = judged(&newest, &proof);
        assert_eq!(is_genuine(&report), size > 15, "size {size}: {}", report.message);
    }
}

#[test]
fn without_the_changes_a_key_says_nothing_of_heads_that_it_did_not_sign() {
    let log = RotatedLog::new();
    let report = judged(&LogKeyring::of(key(0)), &log.proof(0, 25, &[2]));
    assert_eq!(report.reason_code, "CHECKPOINT_NOT_SIGNED_BY_KEY");
    assert!(report.message.contains("/v1/log/keys"), "{}", report.message);
}

#[test]
fn a_head_by_a_former_key_alone_is_believed_only_where_the_tree_is_shown_to_be_the_logs() {
    let log = RotatedLog::new();
    let old = log.proof(0, 4, &[0]);
    let report = judged(&ring(2, &log.file()), &old);
    assert_eq!(
        (report.status, report.reason_code),
        (Status::Incomplete, "FORMER_KEY")
    );
    assert!(
        report.message.contains("/v1/log/keys?size=4"),
        "{}",
        report.message
    );
    assert!(is_genuine(&judged(&ring(2, &log.file_for(4)), &old)));
    let other_size = judged(&ring(2, &log.file_for(3)), &old);
    assert_eq!(other_size.reason_code, "FORMER_KEY");
}

#[test]
fn the_thief_of_a_former_key_makes_no_head_that_the_new_key_believes() {
    let honest = RotatedLog::new();
    let mut stolen = TestLog::new();
    stolen.push_document(&job_event(4, "job-forged"));
    let stolen = RotatedLog {
        log: stolen,
        documents: Vec::new(),
    };
    let forged = stolen.proof(1, 2, &[0]);
    // Nor one that a reader believes who has the old key, and the log's word that it is retired.
    for (pinned, file) in [
        (2, honest.file()),
        (2, honest.file_for(2)),
        (0, honest.file()),
        (0, honest.file_for(2)),
    ] {
        let report = judged(&ring(pinned, &file), &forged);
        assert_eq!(report.reason_code, "FORMER_KEY", "{}", report.message);
        assert_ne!(report.status, Status::Pass);
    }
}

#[test]
fn a_key_that_was_retired_signs_no_later_head_even_for_somebody_who_pinned_it() {
    let log = RotatedLog::new();
    let ring = ring(0, &log.file());
    let report = judged(&ring, &log.proof(0, 11, &[0]));
    assert_eq!((report.status, report.reason_code), (Status::Fail, "KEY_RETIRED"));
    assert_eq!(report.answers.authenticity, Authenticity::NotGenuine);
}

#[test]
fn consistency_shows_that_a_former_keys_head_is_of_the_tree_of_the_new_one() {
    let log = RotatedLog::new();
    let ring = ring(2, &log.file());
    let (old, new) = (log.head(4), log.head(25));
    let (of_old, of_new) = (ring.choose(old.as_bytes()), ring.choose(new.as_bytes()));
    let signed = |file, key| SignedFile { file, key };
    let report = check_consistency_of(
        &signed(old.as_bytes(), &of_old.key),
        &signed(new.as_bytes(), &of_new.key),
        &log.log.consistency_answer(4, 25),
    );
    assert_eq!(of_new.hold(report).status, Status::Pass);
}

#[test]
fn a_change_that_is_in_no_tree_of_a_known_key_makes_the_whole_file_unusable() {
    let log = RotatedLog::new();
    let with = |spoil: &dyn Fn(&mut Value)| {
        let mut file = log.file();
        spoil(&mut file);
        LogKeyring::open(file.to_string().as_bytes(), key(0)).map(drop)
    };
    let cases: [(&str, SpoilFile<'_>); 7] = [
        ("another format", &|file| {
            file["format"] = json!("evidence-ledger/log-keys/v2");
        }),
        ("no changes", &|file| file["changes"] = json!("none")),
        ("a proof under a head by a stranger", &|file| {
            file["changes"][0]["proof"] =
                json!(log.proof(5, 10, &[2]).replace(&key(2).label(), &key(0).label()));
        }),
        ("another document", &|file| {
            file["changes"][0]["evidence"] = file["changes"][2]["evidence"].clone();
        }),
        ("the first change left out", &|file| {
            drop(file["changes"].as_array_mut().unwrap().remove(0));
        }),
        ("a proof that is none", &|file| {
            file["changes"][1]["proof"] = json!("c2sp.org/tlog-proof@v1\n");
        }),
        ("an entry of another kind", &|file| {
            file["changes"][3]["proof"] = json!(log.proof(0, 25, &[2]));
        }),
    ];
    assert_eq!(with(&|_| {}), Ok(()));
    for (what, spoil) in cases {
        assert!(with(spoil).is_err(), "{what}");
    }
}

#[test]
fn a_file_with_too_many_changes_is_refused_before_it_is_read() {
    let log = RotatedLog::new();
    let mut file = log.file();
    let change = file["changes"][0].clone();
    file["changes"] = json!(vec![change; 65]);
    let fault = LogKeyring::open(file.to_string().as_bytes(), key(0)).unwrap_err();
    assert!(fault.to_string().contains("more than 64 changes"), "{fault}");
}

#[test]
fn the_holder_of_a_former_key_cannot_retire_the_key_in_force() {
    let log = RotatedLog::new();
    let mut stolen = TestLog::new();
    stolen.fill(7);
    let document = change("retire", &key(2), 0);
    stolen.push_document(document.as_bytes());
    let stolen = RotatedLog {
        log: stolen,
        documents: Vec::new(),
    };
    let mut file = log.file();
    let forged = json!({ "evidence": document, "proof": stolen.proof(7, 8, &[0]) });
    file["changes"].as_array_mut().unwrap().push(forged);
    let ring = ring(2, &file);
    assert_eq!(ring.newest(), &key(2));
    assert!(is_genuine(&judged(&ring, &log.proof(0, 25, &[2]))));
}

#[test]
fn a_key_from_before_the_pinned_one_is_not_trusted_where_its_retirement_is_left_out() {
    let log = RotatedLog::new();
    let mut file = log.file();
    // The second key and the third one both signed the head of size 20, which holds the second one's addition.
    let (_, document) = &log.documents[0];
    let added = json!({ "evidence": document, "proof": log.proof(5, 20, &RotatedLog::signers(20)) });
    file["changes"] = json!([added]);
    let mut stolen = TestLog::new();
    stolen.fill(9);
    stolen.push_document(&job_event(4, "job-forged"));
    stolen.fill(30);
    let stolen = RotatedLog {
        log: stolen,
        documents: Vec::new(),
    };
    let report = judged(&ring(2, &file), &stolen.proof(9, 30, &[1]));
    assert_eq!(report.reason_code, "FORMER_KEY", "{}", report.message);
}

#[test]
fn changes_lead_to_the_same_keys_in_any_order() {
    let log = RotatedLog::new();
    for turned in 0..4 {
        let mut file = log.file();
        let changes = file["changes"].as_array_mut().unwrap();
        changes.rotate_left(turned);
        changes.reverse();
        let ring = ring(0, &file);
        assert_eq!(ring.newest(), &key(2), "{turned}");
        assert!(is_genuine(&judged(&ring, &log.proof(0, 25, &[2]))));
    }
}
