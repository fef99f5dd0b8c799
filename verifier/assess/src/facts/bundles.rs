//! The job's proof bundles, verified by clawsig's rules.

use std::collections::{BTreeMap, BTreeSet};

use super::entry_document::EntryDocument;
use super::trust::Trust;
use clawsig::{self, BundleFacts, ClawsigFailure, ClawsigOptions, Reason, urm_hash};
use evidence::digest::EvidenceDigest;
use evidence::json::{self, Object, Value};
use evidence::kind::Role;
use evidence::payload::{Artifact, ArtifactLabel, Bundle, Payload};
use evidence::report::Status;
use tlog::index::LeafIndex;

/// Most signers of embedded receipts that a bundle makes the closure look up.
const SIGNERS_MAX: usize = 64;

/// A bundle of the job.
#[derive(Debug)]
pub(crate) struct BundleFact<'a> {
    pub(crate) index: LeafIndex,
    pub(crate) said: &'a Bundle,
    document: Option<&'a Value>,
    /// What it says, where hash, signature and event chain hold.
    pub(crate) facts: Option<BundleFacts>,
    /// clawsig's verification.
    pub(crate) result: Result<(), ClawsigFailure>,
}

impl BundleFact<'_> {
    /// Evidence digest of an embedded gateway receipt, by its position.
    pub(crate) fn digest_of(&self, position: usize) -> Option<EvidenceDigest> {
        let receipts = payload(self.document?)?.get("receipts")?.as_array()?;
        Some(EvidenceDigest::from_bytes(json::hash_jcs(
            receipts.get(position)?,
        )))
    }
}

/// Manifests that artifacts supply, by both hashes by which a bundle may refer to one.
pub(super) struct Manifests(BTreeMap<[u8; 32], Value>);

impl Manifests {
    /// Of every artifact that counts and holds its content: a manifest is found by its hash, attached by anyone.
    pub(super) fn of<'a>(docs: impl Iterator<Item = &'a EntryDocument>, trust: &Trust) -> Self {
        let mut manifests = BTreeMap::new();
        for doc in docs.filter(|doc| trust.counts(doc)) {
            let Some(Payload::Artifact(artifact)) = doc.payload() else {
                continue;
            };
            if let Some(value) = manifest(artifact) {
                manifests.insert(json::hash_js(&value), value.clone());
                manifests.insert(*artifact.sha256.as_bytes(), value);
            }
        }
        Self(manifests)
    }
}

fn manifest(artifact: &Artifact) -> Option<Value> {
    if artifact.label != ArtifactLabel::Urm {
        return None;
    }
    json::parse(artifact.content.as_ref()?).ok()
}

/// Verifies a bundle of the job. Gateways are those that were registered when it was logged.
pub(super) fn verify<'a>(
    doc: &'a EntryDocument,
    said: &'a Bundle,
    trust: &Trust,
    manifests: &Manifests,
) -> BundleFact<'a> {
    let value = doc.statement().and_then(|said| said.value.as_ref());
    let gateways = value.map(|value| gateways(value, doc, trust)).unwrap_or_default();
    let urm = value
        .and_then(urm_hash)
        .and_then(|hash| manifests.0.get(hash.as_bytes()));
    let options = ClawsigOptions {
        at: Some(trust.clocks.logged_from(doc.index, doc.logged_at)),
        gateways: &gateways,
        attesters: &[],
        witnesses: &[],
        urm,
    };
    let (facts, result) = match value {
        Some(value) => clawsig::verify_proof_bundle(value, &options),
        // A bundle that was read has its document; without one, nothing was verified.
        None => (
            None,
            Err(ClawsigFailure {
                status: Status::Fail,
                reason: Reason::MalformedEnvelope,
                message: "the bundle's document is not there".to_owned(),
            }),
        ),
    };
    BundleFact {
        index: doc.index,
        said,
        document: value,
        facts,
        result,
    }
}

/// Signers of embedded receipts that are registered gateways.
fn gateways(value: &Value, doc: &EntryDocument, trust: &Trust) -> Vec<String> {
    embedded_signers(value)
        .into_iter()
        .filter(|did| trust.holds_at(did, Role::Gateway, doc.index, doc.logged_at))
        .map(str::to_owned)
        .collect()
}

/// The signers that a bundle's gateway receipts name, each once, in order.
pub(crate) fn embedded_signers(value: &Value) -> Vec<&str> {
    let receipts = payload(value)
        .and_then(|payload| payload.get("receipts"))
        .and_then(Value::as_array)
        .unwrap_or_default();
    let mut known = BTreeSet::new();
    receipts
        .iter()
        .filter_map(|receipt| receipt.as_object()?.text("signer_did"))
        .filter(|did| evidence::did::DidKey::parse(did).is_some() && known.insert(*did))
        .take(SIGNERS_MAX)
        .collect()
}

fn payload(value: &Value) -> Option<&Object> {
    value.as_object()?.object("payload")
}
