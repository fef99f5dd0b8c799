//! Proofs of the legacy transparency log (`log_inclusion_proof.v1`, `schemas/clawsig.md` §6.1).
//!
//! That tree has no tags between leaves and inner nodes, repeats the last node of an odd level, and signs a
//! root without its size. So what is verified here is called a legacy log proof and never an inclusion
//! proof: it counts only by a log key that was named, for a leaf that is known beforehand, and only where no
//! other position of a tree has the same proof. Size, log id and time are nobody's statement.

use evidence::fault::shorten;
use evidence::json::{Object, Value};
use evidence::report::Details;
use evidence::rfc3339;
use tlog::base64;
use tlog::hash::sha256;

use super::envelope_forms::LOG_PROOF;
use super::schema;
use super::signed_envelope::{check_detached, check_did_syntax, key_of};
use super::{ClawsigFailure, ClawsigOptions, Reason};

/// A proof that leads from its leaf to a root that a named key signed.
pub(super) struct LegacyProof {
    /// `leaf_hash_b64u`.
    pub(super) leaf: String,
    /// `metadata.leaf_index`.
    pub(super) index: u64,
    /// Whether trees of other leaves have the same root and the same proof.
    is_ambiguous: bool,
}

impl LegacyProof {
    /// # Errors
    /// `LOG_PROOF_AMBIGUOUS`.
    pub(super) fn check_unambiguous(&self) -> Result<(), ClawsigFailure> {
        if !self.is_ambiguous {
            return Ok(());
        }
        Err(ClawsigFailure::incomplete(
            Reason::LogProofAmbiguous,
            "trees of other leaves have the same root and the same proof",
        ))
    }
}

/// Verifies a proof up to its root.
///
/// # Errors
/// In this order: `SCHEMA_VALIDATION_FAILED`, `INCLUSION_PROOF_INVALID` (time, index, size, length of the
/// path), `INVALID_DID_FORMAT`, `SIGNATURE_INVALID`, `LOG_KEY_NOT_TRUSTED`, `INCLUSION_PROOF_INVALID` (path).
pub(super) fn verify_path(proof: &Value, log_keys: &[String]) -> Result<LegacyProof, ClawsigFailure> {
    schema::check(&LOG_PROOF, proof)?;
    let object = proof
        .as_object()
        .ok_or_else(|| invalid("the proof is no object"))?;
    let text = |name: &str| object.text_or_empty(name);
    if rfc3339::parse(text("root_published_at")).is_none() {
        return Err(invalid("root_published_at is no time"));
    }
    let (index, size) = position(object)?;
    let path = object.items("audit_path");
    if path.len() != path_length(size) {
        return Err(invalid(format!(
            "a tree of {size} leaves has paths of {} hashes, the proof has {}",
            path_length(size),
            path.len()
        )));
    }
    check_root_signature(object, text("root_hash_b64u"), log_keys)?;

    let leaf = node(text("leaf_hash_b64u"))?;
    let path: Vec<[u8; 32]> = path
        .iter()
        .map(|hash| node(hash.as_str().unwrap_or_default()))
        .collect::<Result<_, _>>()?;
    let (root, ambiguous) = climb(leaf, index, size, &path)?;
    if base64::encode_url(&root) != text("root_hash_b64u") {
        return Err(invalid("the path does not lead to root_hash_b64u"));
    }
    Ok(LegacyProof {
        leaf: text("leaf_hash_b64u").to_owned(),
        index,
        // The root of a tree of one leaf is that leaf: anything that the key ever signed.
        is_ambiguous: ambiguous || size == 1,
    })
}

fn invalid(message: impl Into<String>) -> ClawsigFailure {
    ClawsigFailure::fail(Reason::InclusionProofInvalid, message)
}

/// Index and size, the one below the other.
fn position(proof: &Object) -> Result<(u64, u64), ClawsigFailure> {
    let metadata = proof.object("metadata");
    let index = metadata
        .and_then(|metadata| metadata.get("leaf_index"))
        .and_then(Value::as_u64)
        .ok_or_else(|| invalid("metadata.leaf_index is not a whole number"))?;
    let size = proof
        .get("tree_size")
        .and_then(Value::as_u64)
        .filter(|&size| size > 0)
        .ok_or_else(|| invalid("tree_size is not a whole number above 0"))?;
    if index >= size {
        return Err(invalid(format!("there is no leaf {index} in a tree of {size}")));
    }
    Ok((index, size))
}

/// How many levels are above the leaves: ⌈log2 size⌉.
fn path_length(size: u64) -> usize {
    let bits = size.saturating_sub(1).checked_ilog2().map_or(0, |log| log + 1);
    usize::try_from(bits).unwrap_or(usize::MAX)
}

fn check_root_signature(proof: &Object, root: &str, log_keys: &[String]) -> Result<(), ClawsigFailure> {
    let signature = proof.object("root_signature");
    let text = |name: &str| {
        let value = signature.and_then(|signature| signature.get(name));
        value.and_then(Value::as_str).unwrap_or_default()
    };
    let did = text("signer_did");
    check_did_syntax(did)?;
    check_detached(&key_of(did)?, text("sig_b64u"), root, Reason::SignatureInvalid)?;
    if log_keys.iter().any(|key| key == did) {
        return Ok(());
    }
    Err(ClawsigFailure::fail(
        Reason::LogKeyNotTrusted,
        format!(
            "the root is signed by {:?}, which nobody named as a log's",
            shorten(did)
        ),
    ))
}

/// 32 bytes of canonical base64url; the reference takes leaves of any length.
fn node(text: &str) -> Result<[u8; 32], ClawsigFailure> {
    base64::decode_url_array(text).ok_or_else(|| invalid("a hash of the proof is not 32 bytes of base64url"))
}

/// The root above a leaf, and whether a node on the way is its own sibling: then the last leaf, or the last
/// few, may as well stand there twice.
fn climb(
    leaf: [u8; 32],
    index: u64,
    size: u64,
    path: &[[u8; 32]],
) -> Result<([u8; 32], bool), ClawsigFailure> {
    let (mut node, mut index, mut width, mut ambiguous) = (leaf, index, size, false);
    for sibling in path {
        let is_right = index % 2 == 1;
        let has_no_sibling = !is_right && width - index == 1;
        if has_no_sibling && *sibling != node {
            return Err(invalid("the last node of an odd level has a sibling"));
        }
        ambiguous |= *sibling == node;
        node = if is_right {
            parent(sibling, &node)
        } else {
            parent(&node, sibling)
        };
        index /= 2;
        width = width.div_ceil(2);
    }
    Ok((node, ambiguous))
}

/// SHA-256(left || right), without a tag.
fn parent(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    sha256(&[left.as_slice(), right.as_slice()].concat())
}

/// Verifies a proof on its own: `leaf` is what it is expected to be about, and where nobody said so, nothing
/// is proved of anything.
pub(super) fn verify(
    document: &Value,
    leaf: Option<&str>,
    options: &ClawsigOptions<'_>,
    details: &mut Details,
) -> Result<(), ClawsigFailure> {
    if let Some(object) = document.as_object() {
        let unsigned: serde_json::Map<String, serde_json::Value> =
            ["log_id", "tree_size", "root_published_at"]
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), shown(object.get(name)?))))
                .collect();
        details.set("unauthenticated", unsigned);
    }
    let proof = verify_path(document, options.attesters)?;
    for checked in ["schema", "root signature", "log key", "path"] {
        details.checked(checked);
    }
    details.set("leaf_hash_b64u", shorten(&proof.leaf));
    details.set("leaf_index", proof.index);
    details.set("proof", "legacy-log-proof");
    details.not_checked("consistency with any other root");
    if leaf.is_some_and(|leaf| leaf != proof.leaf) {
        return Err(ClawsigFailure::fail(
            Reason::LogLeafMismatch,
            "the proof is of another leaf than the expected one",
        ));
    }
    proof.check_unambiguous()?;
    if leaf.is_none() {
        return Err(ClawsigFailure::incomplete(
            Reason::EvidenceNotVerified,
            "the proof is of a hash, and nothing was given that has it",
        ));
    }
    details.checked("leaf");
    Ok(())
}

fn shown(value: &Value) -> serde_json::Value {
    match value {
        Value::String(text) => shorten(text).into(),
        Value::Number(number) => value.as_u64().map_or_else(|| (*number).into(), Into::into),
        other => other.type_name().into(),
    }
}
