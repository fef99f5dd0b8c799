//! The transparency log's own vectors: RFC 6962 leaves and roots, and one log end to end, which
//! other implementations (Go's sumdb/note and sumdb/tlog) accept.

use verifier::base64::decode_standard_array;
use verifier::checkpoint::{Checkpoint, TreeHead, checkpoint_text, signed_checkpoint};
use verifier::hash::{LeafHash, NodeHash, RootHash, empty_root, leaf_hash, sha256};
use verifier::index::{LeafIndex, TreeSize};
use verifier::merkle::consistency::verify_consistency;
use verifier::merkle::frontier::Frontier;
use verifier::note::{UnverifiedNote, VerifierKey};
use verifier::proof::TlogProof;
use verifier::tile::{decode_bundle, decode_tile, encode_bundle};

use crate::support::{hex, vector};

const LOG_VKEY: &str = "example.com/log42+faf97cfd+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c";

#[derive(serde::Deserialize)]
struct Rfc6962 {
    leaves_hex: Vec<String>,
    roots_hex_by_size: Vec<String>,
    empty_root_hex: String,
}

fn rfc6962() -> Rfc6962 {
    serde_json::from_str(&vector("tlog/rfc6962.json")).unwrap()
}

fn leaves() -> Vec<Vec<u8>> {
    rfc6962().leaves_hex.iter().map(|leaf| hex(leaf)).collect()
}

fn root(size: usize) -> RootHash {
    RootHash::parse_hex(&rfc6962().roots_hex_by_size[size - 1]).unwrap()
}

/// What stands between two labelled lines of the end-to-end file.
fn section(from: &str, to: &str) -> String {
    let text = vector("tlog/end-to-end.txt");
    let (_, rest) = text.split_once(&format!("{from}\n")).unwrap();
    let (section, _) = rest.split_once(&format!("\n{to}")).unwrap();
    section.to_owned()
}

/// The note of the end-to-end file, with the lines of log and witness.
pub(crate) fn checkpoint_note() -> String {
    section("CHECKPOINT:", "cosig msg sha256")
}

fn key() -> VerifierKey {
    VerifierKey::parse(LOG_VKEY).unwrap()
}

#[test]
fn the_empty_tree_has_the_hash_of_nothing() {
    assert_eq!(empty_root().to_string(), rfc6962().empty_root_hex);
    assert_eq!(Frontier::new().root(), empty_root());
}

#[test]
fn every_root_of_the_rfc_6962_vectors_is_reached_by_appending() {
    let mut frontier = Frontier::new();
    for (position, leaf) in leaves().iter().enumerate() {
        frontier.append(leaf_hash(leaf));
        assert_eq!(frontier.root(), root(position + 1));
    }
}

#[test]
fn the_checkpoint_opens_with_the_logs_key() {
    let checkpoint = Checkpoint::open(checkpoint_note().as_bytes(), &key()).unwrap();
    assert_eq!(checkpoint.origin(), "example.com/log42");
    assert_eq!(
        *checkpoint.head(),
        TreeHead {
            size: TreeSize::new(8),
            root: root(8)
        }
    );
}

#[test]
fn a_note_signed_here_has_the_bytes_of_the_vector() {
    use ed25519_dalek::{Signer, SigningKey};
    let signer = SigningKey::from_bytes(&[1; 32]);
    let key = VerifierKey::new("example.com/log42", signer.verifying_key().to_bytes()).unwrap();
    assert_eq!(key.to_string(), LOG_VKEY);
    let text = checkpoint_text(
        key.name(),
        &TreeHead {
            size: TreeSize::new(8),
            root: root(8),
        },
    );
    let note = signed_checkpoint(&text, &key, &signer.sign(text.as_bytes()).to_bytes());
    assert!(checkpoint_note().starts_with(&note));
}

#[test]
fn the_tlog_proof_of_leaf_five_verifies_and_prints_as_it_was() {
    let text = section("TLOG-PROOF:", "origin hash");
    let proof = TlogProof::parse(text.as_bytes()).unwrap();
    assert_eq!(proof.index, LeafIndex::new(5));
    assert_eq!(proof.to_string(), text);
    let checkpoint = proof.verify(&leaf_hash(&leaves()[5]), &key()).unwrap();
    assert_eq!(checkpoint.head().size, TreeSize::new(8));
    assert!(proof.verify(&leaf_hash(&leaves()[4]), &key()).is_err());
}

#[test]
fn the_consistency_proof_from_three_to_eight_verifies() {
    let body = section("ADD-CHECKPOINT BODY:", "TLOG-PROOF:");
    let proof: Vec<NodeHash> = body
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .map(|line| NodeHash::from_bytes(decode_standard_array(line).unwrap()))
        .collect();
    assert_eq!(proof.len(), 4);
    verify_consistency(TreeSize::new(3), &root(3), TreeSize::new(8), &root(8), &proof).unwrap();
}

#[test]
fn the_bundle_and_the_tile_of_the_eight_leaves_have_the_vectors_bytes() {
    let leaves = leaves();
    let bundle = encode_bundle(leaves.iter().map(Vec::as_slice)).unwrap();
    assert_eq!(
        bundle,
        hex(
            "00000001000001100002202100023031000440414243000850515253545556570010606162636465666768696a6b6c6d6e6f"
        )
    );
    assert_eq!(decode_bundle(&bundle).unwrap(), leaves);

    let tile: Vec<u8> = leaves
        .iter()
        .flat_map(|leaf| *leaf_hash(leaf).as_bytes())
        .collect();
    let digest = LeafHash::from_bytes(sha256(&tile)).to_string();
    assert_eq!(
        digest,
        "aea2f1bbb5140fd5f8eacb503fdf54c00c3d860c72588e40233addd416bc8f10"
    );
    assert_eq!(decode_tile(&tile).unwrap().len(), 8);
}

#[test]
fn the_example_of_the_signed_note_specification_verifies() {
    let key =
        VerifierKey::parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k").unwrap();
    let note = "This is an example message.\n\n— example.com/foo \
                Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    UnverifiedNote::parse(note.as_bytes())
        .unwrap()
        .verify(&key)
        .unwrap();
}

#[test]
fn the_key_of_the_go_implementations_documentation_has_its_key_id() {
    let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    assert_eq!(VerifierKey::parse(text).unwrap().to_string(), text);
}
