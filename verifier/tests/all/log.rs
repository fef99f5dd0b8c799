//! A small log, made as a ledger makes one, for tests of what is checked of it.

use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use verifier::base64::encode_url;
use verifier::checkpoint::{TreeHead, checkpoint_text, signed_checkpoint};
use verifier::did::DidKey;
use verifier::digest::{EvidenceDigest, RawDigest};
use verifier::document::Document;
use verifier::entry::Entry;
use verifier::envelope::own_signing_message;
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

pub(crate) const ORIGIN: &str = "log.example/test";
pub(crate) const SALT: IndexSalt = IndexSalt::from_bytes([7; 32]);
const TIME: &str = "2026-02-12T00:00:00.000Z";

/// A log that was made here.
pub(crate) struct TestLog {
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) genesis: Vec<u8>,
}

pub(crate) fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub(crate) fn did(seed: u8) -> DidKey {
    DidKey::from_public_key(signing_key(seed).verifying_key().to_bytes()).unwrap()
}

/// The key that signs checkpoints.
pub(crate) fn log_key() -> VerifierKey {
    VerifierKey::new(ORIGIN, signing_key(1).verifying_key().to_bytes()).unwrap()
}

/// An envelope of our own, signed.
pub(crate) fn own_envelope(seed: u8, envelope_type: &str, payload: &Value) -> Vec<u8> {
    let payload_value = verifier::json::parse(payload.to_string().as_bytes()).unwrap();
    let mut envelope = json!({
        "envelope_version": "1", "envelope_type": envelope_type, "payload": payload,
        "payload_hash_b64u": encode_url(&verifier::json::hash_jcs(&payload_value)), "hash_algorithm": "SHA-256",
        "signature_b64u": "", "algorithm": "Ed25519", "signer_did": did(seed).as_str(), "issued_at": TIME,
    });
    let unsigned = verifier::json::parse(envelope.to_string().as_bytes()).unwrap();
    let signature = signing_key(seed)
        .sign(&own_signing_message(envelope_type, &unsigned))
        .to_bytes();
    envelope["signature_b64u"] = encode_url(&signature).into();
    envelope.to_string().into_bytes()
}

/// A gateway receipt under clawsig's rule, whose hash depends on the order of members.
pub(crate) fn gateway_receipt(seed: u8) -> Vec<u8> {
    let payload = format!(
        r#"{{"receipt_version":"1","receipt_id":"rcpt_{seed}","gateway_id":"did:web:gateway.example","provider":"openai","model":"gpt-5","request_hash_b64u":"H1i5FFsk0QjXrDiIcziz6jIpgzucHkGCUDQ_kHv9EEc","response_hash_b64u":"qfSz0ipSP9raQchcF1QlvNFbMrTND1TZQzrM1S1xlaE","tokens_input":10,"tokens_output":20,"latency_ms":1,"timestamp":"{TIME}"}}"#
    );
    let hash = encode_url(&sha256(payload.as_bytes()));
    let signature = encode_url(&signing_key(seed).sign(hash.as_bytes()).to_bytes());
    format!(
        r#"{{"envelope_version":"1","envelope_type":"gateway_receipt","payload":{payload},"payload_hash_b64u":"{hash}","hash_algorithm":"SHA-256","signature_b64u":"{signature}","algorithm":"Ed25519","signer_did":"{}","issued_at":"{TIME}"}}"#,
        did(seed)
    )
    .into_bytes()
}

pub(crate) fn job_event(seed: u8, job_id: &str) -> Vec<u8> {
    let payload =
        json!({"event_version": "1", "log_origin": ORIGIN, "job_id": job_id, "action": "opened", "at": TIME});
    own_envelope(seed, "job_event", &payload)
}

impl TestLog {
    /// A log that has its genesis.
    pub(crate) fn new() -> Self {
        let genesis = LogGenesis {
            origin: ORIGIN.to_owned(),
            log_vkeys: vec![log_key()],
            operator: did(2),
            index_salt: SALT,
            settings: Settings::default(),
        };
        let document = own_envelope(2, "log_genesis", &genesis.to_payload());
        let mut log = Self {
            entries: Vec::new(),
            genesis: document.clone(),
        };
        log.push_document(&document);
        log
    }

    /// What an entry of the document is, before it is encoded.
    pub(crate) fn entry_of(&self, document: &[u8]) -> Entry {
        let document = Document::parse(document).unwrap();
        let evidence = Evidence::verify(&document, ORIGIN).unwrap();
        Entry {
            kind: evidence.kind(),
            evidence_digest: document.evidence_digest(),
            signer: evidence.envelope().signer().as_str().to_owned(),
            logged_at: self.now(),
            subjects: evidence.subject_list(&SALT).unwrap(),
            submitter: None,
            stream: None,
            covered: None,
            raw_digest: Some(document.raw_digest()),
            context_subjects: None,
            refused: None,
        }
    }

    fn now(&self) -> TimestampMs {
        TimestampMs::new(1_700_000_000_000 + u64::try_from(self.entries.len()).unwrap())
    }

    /// Logs a document; its index.
    pub(crate) fn push_document(&mut self, document: &[u8]) -> u64 {
        let entry = self.entry_of(document);
        self.push(&entry)
    }

    pub(crate) fn push(&mut self, entry: &Entry) -> u64 {
        self.entries.push(entry.encode().unwrap());
        self.size() - 1
    }

    /// An entry that needs no document.
    pub(crate) fn filler(&self) -> Entry {
        Entry {
            kind: Kind::Refused,
            evidence_digest: EvidenceDigest::from_bytes([0; 32]),
            signer: did(3).as_str().to_owned(),
            logged_at: self.now(),
            subjects: Vec::new(),
            submitter: None,
            stream: None,
            covered: None,
            raw_digest: Some(RawDigest::from_bytes(sha256(&self.entries.len().to_be_bytes()))),
            context_subjects: None,
            refused: Some("SIGNER_RETIRED".to_owned()),
        }
    }

    /// Appends fillers up to a size.
    pub(crate) fn fill(&mut self, size: u64) {
        while self.size() < size {
            let filler = self.filler();
            self.push(&filler);
        }
    }

    pub(crate) fn size(&self) -> u64 {
        u64::try_from(self.entries.len()).unwrap()
    }

    pub(crate) fn leaves(&self) -> Vec<NodeHash> {
        self.entries
            .iter()
            .map(|entry| NodeHash::from(leaf_hash(entry)))
            .collect()
    }

    /// The signed checkpoint of a size.
    pub(crate) fn checkpoint(&self, size: u64) -> String {
        let root = root_of(&self.leaves()[..usize::try_from(size).unwrap()]);
        let text = checkpoint_text(
            ORIGIN,
            &TreeHead {
                size: TreeSize::new(size),
                root,
            },
        );
        signed_checkpoint(
            &text,
            &log_key(),
            &signing_key(1).sign(text.as_bytes()).to_bytes(),
        )
    }

    pub(crate) fn assemble(&self, plan: &ProofPlan) -> Vec<NodeHash> {
        let leaves = self.leaves();
        let node = |coord: NodeCoord| {
            let start = usize::try_from(coord.index << coord.level).unwrap();
            NodeHash::from(root_of(&leaves[start..start + (1 << coord.level)]))
        };
        plan.assemble(&plan.nodes().map(node).collect::<Vec<_>>())
            .unwrap()
    }

    /// The proof of an entry under the whole log, with the entry in it.
    pub(crate) fn proof(&self, index: u64) -> TlogProof {
        let plan = ProofPlan::inclusion(LeafIndex::new(index), TreeSize::new(self.size())).unwrap();
        TlogProof {
            extra: Some(self.entries[usize::try_from(index).unwrap()].clone()),
            index: LeafIndex::new(index),
            path: self.assemble(&plan),
            checkpoint: self.checkpoint(self.size()),
        }
    }

    pub(crate) fn consistency(&self, first: u64, second: u64) -> Vec<NodeHash> {
        self.assemble(&ProofPlan::consistency(TreeSize::new(first), TreeSize::new(second)).unwrap())
    }

    /// What a server answers for entry 0.
    pub(crate) fn genesis_file(&self) -> Vec<u8> {
        let evidence = String::from_utf8(self.genesis.clone()).unwrap();
        json!({"index": 0, "evidence": evidence, "proof": self.proof(0).to_string()})
            .to_string()
            .into_bytes()
    }

    /// Every bundle and tile of the log, by path.
    pub(crate) fn resources(&self) -> Vec<(TilePath, Vec<u8>)> {
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
