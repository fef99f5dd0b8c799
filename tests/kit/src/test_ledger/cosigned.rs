//! Heads of a test log that witnesses cosign, or that contradict each other.

use std::fmt::Write as _;

use ledger::reader::Reader;
use ledger::shared::PublishedHead;
use ledger::signer::CheckpointSigner as _;
use verifier::checkpoint::{TreeHead, checkpoint_text, signed_checkpoint};
use verifier::cosignature::Cosignature;
use verifier::fork::ForkFile;
use verifier::hash::RootHash;
use verifier::note::UnverifiedNote;
use verifier::quorum::QuorumPolicy;

use super::TestLedger;
use crate::cosigners::{cosignature, cosigner};

/// A policy of the witnesses of some seeds, `w21` and so on, any `threshold` of which are enough.
pub fn quorum_of(threshold: usize, seeds: &[u8]) -> QuorumPolicy {
    let (mut lines, mut names) = (String::new(), String::new());
    for seed in seeds {
        writeln!(lines, "witness w{seed} {}", cosigner(*seed)).unwrap();
        write!(names, " w{seed}").unwrap();
    }
    let policy = format!("{lines}group enough {threshold}{names}\nquorum enough\n");
    QuorumPolicy::parse(policy.as_bytes()).unwrap()
}

/// What the witness of a seed signs of a note.
pub fn cosignature_of(seed: u8, note: &str, time_s: u64) -> Cosignature {
    let text = UnverifiedNote::parse(note.as_bytes()).unwrap();
    let line = cosignature(seed, text.danger_text(), time_s);
    let note = UnverifiedNote::parse(format!("{note}{line}").as_bytes()).unwrap();
    cosigner(seed).open(&note).unwrap()
}

/// The witnesses of some seeds cosign a head, one after the other, and the log keeps that. The log MUST know them.
pub fn cosign(reader: &Reader, head: &PublishedHead, seeds: &[u8], time_s: u64) {
    for seed in seeds {
        let note = reader.own_note(&head.checkpoint).unwrap();
        let cosignature = cosignature_of(*seed, &note, time_s);
        reader.keep_cosignatures(head, &[cosignature]).unwrap();
    }
}

/// A file with a head of a test log, and another tree of its size that the log signed, too.
pub fn forked(head: &PublishedHead) -> ForkFile {
    let key = TestLedger::key();
    let other = TreeHead {
        root: RootHash::from_bytes([7; 32]),
        ..head.head.tree.clone()
    };
    let text = checkpoint_text(key.verifier_key().name(), &other);
    let signature = key.sign(text.as_bytes());
    ForkFile::new(
        head.checkpoint.clone(),
        signed_checkpoint(&text, key.verifier_key(), &signature),
    )
}
