//! A log whose tree, checkpoints and signatures are made by software of others, which then reads what the witness
//! signed.

use ledger::signer::WitnessKey;
use signed_note::{Note, NoteError, StandardSigner, StandardVerifier, VerifierList};
use tlog_tiles::{Checkpoint, Error, Hash, HashReader, prove_tree, stored_hashes, tree_hash};
use verifier::note::VerifierKey;

use crate::asked::{Asked, key};
use crate::log::{ORIGIN, request};

/// The log key of the seed 1, as C2SP note signers spell it.
const SIGNER: &str = "PRIVATE+KEY+example.com/log42+faf97cfd+AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB";
const VKEY: &str = "example.com/log42+faf97cfd+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c";

/// The hashes of a Go-like log, by their stored index.
struct StoredHashes(Vec<Hash>);

impl HashReader for StoredHashes {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        Ok(indexes
            .iter()
            .map(|index| self.0[usize::try_from(*index).unwrap()])
            .collect())
    }
}

impl StoredHashes {
    fn of_size(size: u64) -> Self {
        let mut stored = Self(Vec::new());
        for index in 0..size {
            let more = stored_hashes(index, &index.to_be_bytes(), &stored).unwrap();
            stored.0.extend(more);
        }
        stored
    }

    fn note(&self, size: u64) -> Vec<u8> {
        let root = tree_hash(size, self).unwrap();
        let text = Checkpoint::new(ORIGIN, size, root, "").unwrap().to_bytes();
        let mut note = Note::new(&text, &[]).unwrap();
        note.add_sigs(&[&StandardSigner::new(SIGNER).unwrap()]).unwrap();
        note.to_bytes()
    }
}

#[tokio::test]
async fn a_log_of_others_is_cosigned_through_the_sizes_where_tiles_fill() {
    let log = StoredHashes::of_size(65_537);
    let asked = Asked::of(&[VerifierKey::parse(VKEY).unwrap()]);
    let mut old = 0;
    for new in [255, 256, 257, 65_535, 65_536, 65_537] {
        let proof: String = match old {
            0 => String::new(),
            old => {
                let hashes = prove_tree(new, old, &log).unwrap();
                hashes
                    .iter()
                    .fold(String::new(), |proof, hash| proof + &hash.to_string() + "\n")
            }
        };
        let note = String::from_utf8(log.note(new)).unwrap();
        let answer = asked.add(request(old, &proof, &note)).await;
        answer.cosigned(&note);
        old = new;
    }
    read_by_others(&asked.latest().await.body);
}

/// The note with the cosignature opens with the log's key, and has one line more that names the witness.
fn read_by_others(note: &str) {
    let note = Note::from_bytes(note.as_bytes()).unwrap();
    let verifiers = VerifierList::new(vec![Box::new(StandardVerifier::new(VKEY).unwrap())]);
    let (verified, unknown) = note.verify(&verifiers).unwrap();
    assert_eq!((verified.len(), unknown.len()), (1, 1));
    let key: WitnessKey = key();
    assert_eq!(unknown[0].name(), key.cosigner_key().name());
    assert_eq!(unknown[0].id(), key.cosigner_key().id());
    assert_eq!(unknown[0].signature().len(), 72);
    let stranger = VerifierList::new(Vec::new());
    assert!(matches!(note.verify(&stranger), Err(NoteError::UnverifiedNote)));
}
