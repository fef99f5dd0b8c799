//! A small log, made as a ledger makes one, for tests of what is checked of it.

use std::sync::Arc;

use serde_json::json;
use verifier::base64::encode_standard;
use verifier::checkpoint::{TreeHead, checkpoint_text, signed_checkpoint};
use verifier::digest::{EvidenceDigest, RawDigest};
use verifier::document::Document;
use verifier::entry::Entry;
use verifier::evidence::Evidence;
use verifier::hash::{NodeHash, leaf_hash, sha256};
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::merkle::oracle::root_of;
use verifier::merkle::plan::{NodeCoord, ProofPlan};
use verifier::note::VerifierKey;
use verifier::payload::{LogGenesis, Settings};
use verifier::proof::TlogProof;
use verifier::subject::IndexSalt;
use verifier::tile::{TILE_WIDTH, TileCoord, TilePath, encode_bundle, tile_width};

use crate::documents::{self, Draft};
use crate::key::{Key, Signer as _};

/// Its origin.
pub const ORIGIN: &str = "log.example/test";
/// Salt of its subject hashes.
pub const SALT: IndexSalt = IndexSalt::from_bytes([7; 32]);

/// A log that was made here, or that goes on here from entries of a real one.
pub struct TestLog {
    /// The bytes of each entry.
    pub entries: Vec<Vec<u8>>,
    /// The document of entry 0.
    pub genesis: Vec<u8>,
    /// Who signs it.
    pub identity: LogIdentity,
}

/// Signs a message with a key of Ed25519.
pub type SignMessage = dyn Fn(&[u8]) -> [u8; 64];

/// The key of a log, and the salt that its genesis names.
#[derive(Clone)]
pub struct LogIdentity {
    /// The public key, with the log's origin.
    pub key: VerifierKey,
    /// The salt of its subject hashes.
    pub salt: IndexSalt,
    /// What signs its checkpoints.
    pub sign: Arc<SignMessage>,
}

impl Default for LogIdentity {
    fn default() -> Self {
        Self {
            key: log_key(),
            salt: SALT,
            sign: Arc::new(|message| Key::new(1).signature(message)),
        }
    }
}

/// The key that signs checkpoints.
pub fn log_key() -> VerifierKey {
    VerifierKey::new(ORIGIN, Key::new(1).public()).unwrap()
}

/// A gateway's receipt by the key of a seed.
pub fn gateway_receipt(seed: u8) -> Vec<u8> {
    let draft = documents::gateway_receipt(&format!("rcpt_{seed}"), "run").without("binding");
    draft.sign(&Key::new(seed)).into_bytes()
}

/// The opening of a job by the key of a seed.
pub fn job_event(seed: u8, job_id: &str) -> Vec<u8> {
    let draft = documents::job_event(ORIGIN, job_id, "opened");
    draft.sign(&Key::new(seed)).into_bytes()
}

impl TestLog {
    /// A log that has its genesis.
    pub fn new() -> Self {
        let genesis = LogGenesis {
            origin: ORIGIN.to_owned(),
            log_vkeys: vec![log_key()],
            operator: Key::new(2).did_key(),
            index_salt: SALT,
            settings: Settings::default(),
        };
        let document = Draft::own(ORIGIN, "log_genesis", genesis.to_payload())
            .sign(&Key::new(2))
            .into_bytes();
        let mut log = Self {
            entries: Vec::new(),
            genesis: document.clone(),
            identity: LogIdentity::default(),
        };
        log.push_document(&document);
        log
    }

    /// What an entry of the document is, before it is encoded.
    pub fn entry_of(&self, document: &[u8]) -> Entry {
        let document = Document::parse(document).unwrap();
        let evidence = Evidence::verify(&document, self.identity.key.name()).unwrap();
        Entry {
            kind: evidence.kind(),
            evidence_digest: document.evidence_digest(),
            signer: evidence.envelope().signer().as_str().to_owned(),
            logged_at: self.now(),
            subjects: evidence.subject_list(&self.identity.salt).unwrap(),
            submitter: None,
            stream: None,
            covered: None,
            raw_digest: Some(document.raw_digest()),
            context_subjects: None,
            refused: None,
            index_runs: None,
        }
    }

    pub(crate) fn now(&self) -> TimestampMs {
        let made_here = TimestampMs::new(1_700_000_000_000 + self.size());
        // A real log that goes on here is from later.
        let last = self.entries.last().and_then(|entry| Entry::decode(entry).ok());
        last.map_or(made_here, |last| made_here.max(last.logged_at))
    }

    /// Logs a document; its index.
    pub fn push_document(&mut self, document: &[u8]) -> u64 {
        let entry = self.entry_of(document);
        self.push(&entry)
    }

    /// Logs an entry; its index.
    pub fn push(&mut self, entry: &Entry) -> u64 {
        self.entries.push(entry.encode().unwrap());
        self.size() - 1
    }

    /// An entry that needs no document.
    pub fn filler(&self) -> Entry {
        Entry {
            kind: Kind::Refused,
            evidence_digest: EvidenceDigest::from_bytes([0; 32]),
            signer: Key::new(3).did(),
            logged_at: self.now(),
            subjects: Vec::new(),
            submitter: None,
            stream: None,
            covered: None,
            raw_digest: Some(RawDigest::from_bytes(sha256(&self.entries.len().to_be_bytes()))),
            context_subjects: None,
            refused: Some("SIGNER_RETIRED".to_owned()),
            index_runs: None,
        }
    }

    /// Appends fillers up to a size.
    pub fn fill(&mut self, size: u64) {
        while self.size() < size {
            let filler = self.filler();
            self.push(&filler);
        }
    }

    /// How many entries it has.
    pub fn size(&self) -> u64 {
        u64::try_from(self.entries.len()).unwrap()
    }

    /// The hash of each entry.
    pub fn leaves(&self) -> Vec<NodeHash> {
        self.entries
            .iter()
            .map(|entry| NodeHash::from(leaf_hash(entry)))
            .collect()
    }

    /// The signed checkpoint of a size.
    pub fn checkpoint(&self, size: u64) -> String {
        let root = root_of(&self.leaves()[..usize::try_from(size).unwrap()]);
        let text = checkpoint_text(
            self.identity.key.name(),
            &TreeHead {
                size: TreeSize::new(size),
                root,
            },
        );
        signed_checkpoint(&text, &self.identity.key, &(self.identity.sign)(text.as_bytes()))
    }

    /// The hashes that a plan asks for.
    pub fn assemble(&self, plan: &ProofPlan) -> Vec<NodeHash> {
        let leaves = self.leaves();
        let node = |coord: NodeCoord| {
            let start = usize::try_from(coord.index << coord.level).unwrap();
            NodeHash::from(root_of(&leaves[start..start + (1 << coord.level)]))
        };
        plan.assemble(&plan.nodes().map(node).collect::<Vec<_>>())
            .unwrap()
    }

    /// The proof of an entry under the whole log, with the entry in it.
    pub fn proof(&self, index: u64) -> TlogProof {
        let plan = ProofPlan::inclusion(LeafIndex::new(index), TreeSize::new(self.size())).unwrap();
        TlogProof {
            extra: Some(self.entries[usize::try_from(index).unwrap()].clone()),
            index: LeafIndex::new(index),
            path: self.assemble(&plan),
            checkpoint: self.checkpoint(self.size()),
        }
    }

    /// The proof that a smaller tree is the beginning of a larger one.
    pub fn consistency(&self, first: u64, second: u64) -> Vec<NodeHash> {
        self.assemble(&ProofPlan::consistency(TreeSize::new(first), TreeSize::new(second)).unwrap())
    }

    /// What a server answers for entry 0.
    pub fn genesis_file(&self) -> Vec<u8> {
        let evidence = String::from_utf8(self.genesis.clone()).unwrap();
        json!({"index": 0, "evidence": evidence, "proof": self.proof(0).to_string()})
            .to_string()
            .into_bytes()
    }

    /// What a server answers for the audit path of an entry in a tree.
    pub fn inclusion_answer(&self, index: u64, size: u64) -> Vec<u8> {
        let plan = ProofPlan::inclusion(LeafIndex::new(index), TreeSize::new(size)).unwrap();
        hashes_answer(&self.assemble(&plan))
    }

    /// What it answers for the consistency of two trees.
    pub fn consistency_answer(&self, first: u64, second: u64) -> Vec<u8> {
        hashes_answer(&self.consistency(first, second))
    }

    /// Every bundle and tile of the log, by path.
    pub fn resources(&self) -> Vec<(TilePath, Vec<u8>)> {
        let size = TreeSize::new(self.size());
        let mut resources = Vec::new();
        for (index, bundle) in self.entries.chunks(usize::from(TILE_WIDTH)).enumerate() {
            let (index, width) = (index.try_into().unwrap(), bundle.len().try_into().unwrap());
            let bytes = encode_bundle(bundle.iter().map(Vec::as_slice)).unwrap();
            resources.push((TilePath::Entries { index, width }, bytes));
        }
        let mut hashes = self.leaves();
        for level in 0.. {
            if hashes.is_empty() {
                break;
            }
            for (index, tile) in hashes.chunks(usize::from(TILE_WIDTH)).enumerate() {
                let coord = TileCoord {
                    level,
                    index: index.try_into().unwrap(),
                };
                assert_eq!(usize::from(tile_width(coord, size)), tile.len());
                let bytes = tile.iter().flat_map(|hash| *hash.as_bytes()).collect();
                resources.push((
                    TilePath::Hashes {
                        coord,
                        width: tile_width(coord, size),
                    },
                    bytes,
                ));
            }
            let full = hashes.chunks_exact(usize::from(TILE_WIDTH));
            hashes = full.map(|tile| NodeHash::from(root_of(tile))).collect();
        }
        resources
    }
}

fn hashes_answer(hashes: &[NodeHash]) -> Vec<u8> {
    let hashes: Vec<String> = hashes
        .iter()
        .map(|hash| encode_standard(hash.as_bytes()))
        .collect();
    json!({ "hashes": hashes }).to_string().into_bytes()
}
