//! What the signed statements in a bundle's metadata have in common: keys that they call revoked, and proofs that
//! a log has them (`schemas/clawsig.md` §5.5 step 18, §6.2).

use crate::envelope_forms::LOG_PROOF;
use crate::log_proof::verify_path;
use crate::schema::MemberForm::{self, AnyObject, Closed, Constant, DateTime, Same, Text, TextOf};
use crate::schema::{self, NOT_NEGATIVE, is_uri, list_of};
use crate::{ClawsigFailure, Reason};
use evidence::json::{Object, Value, hash_js};
use tlog::base64;

use super::metadata::{ANY_BASE64URL, DID, NOT_BLANK};

/// Whether a statement calls its own signer's key revoked. That is looked for once its signature holds.
pub(super) fn check_revocations(signer: &str, revoked: Option<&Value>) -> Result<(), ClawsigFailure> {
    let Some(revoked) = revoked else {
        return Ok(());
    };
    schema::check(&REVOCATIONS, revoked)?;
    let is_signer = |entry: &Value| text(entry.as_object(), "revoked_signer_did") == signer;
    if revoked.as_array().unwrap_or_default().iter().any(is_signer) {
        let message = "a statement in the metadata says itself that its signer's key is revoked";
        return Err(ClawsigFailure::fail(Reason::Revoked, message));
    }
    Ok(())
}

/// The log proof in a statement is of its leaf and leads to its root. Whose log it is, is not decided here: bundles
/// with such statements are incomplete anyhow.
pub(super) fn check_logged(
    payload: &Object,
    leaf: impl FnOnce(&Object) -> Result<Value, ClawsigFailure>,
) -> Result<(), ClawsigFailure> {
    let Some(transparency) = payload.get("transparency") else {
        return Ok(());
    };
    schema::check(&TRANSPARENCY, transparency).map_err(|fault| {
        let failure = ClawsigFailure::from(schema::below("transparency", fault));
        failure.under(Reason::MalformedEnvelope)
    })?;
    let transparency = transparency.as_object();
    let proof = member(transparency, "inclusion_proof");
    let leaf = base64::encode_url(&hash_js(&leaf(payload)?));
    if text(proof, "leaf_hash_b64u") != leaf {
        return Err(mismatch("the log proof of a statement is of something else"));
    }
    if let Some(proof) = proof {
        let signer = text(member(Some(proof), "root_signature"), "signer_did");
        verify_path(&Value::Object(proof.clone()), &[signer.to_owned()])?;
    }
    match member(transparency, "consistency_proof") {
        Some(consistency) => check_consistency(consistency, proof),
        None => Ok(()),
    }
}

/// Only what contradicts itself is found: the reference follows no consistency path either.
fn check_consistency(consistency: &Object, proof: Option<&Object>) -> Result<(), ClawsigFailure> {
    let of_proof = |name: &str| proof.and_then(|proof| proof.get(name));
    let size = |name: &str| consistency.get(name).and_then(Value::as_u64);
    let (from, to) = (size("from_tree_size"), size("to_tree_size"));
    let root = |name: &str| consistency.get(name);
    let is_same = consistency.get("log_id") == of_proof("log_id")
        && to == of_proof("tree_size").and_then(Value::as_u64)
        && root("to_root_hash_b64u") == of_proof("root_hash_b64u");
    let is_unchanged = from != to || root("from_root_hash_b64u") == root("to_root_hash_b64u");
    if is_same && is_unchanged && from <= to {
        return Ok(());
    }
    Err(mismatch(
        "the consistency proof of a statement contradicts its log proof",
    ))
}

/// These members; null for each that is not there.
pub(super) fn picked(of: Option<&Object>, names: &[&'static str]) -> Vec<(&'static str, Value)> {
    let value = |name: &str| of.and_then(|of| of.get(name)).cloned().unwrap_or(Value::Null);
    names.iter().map(|name| (*name, value(name))).collect()
}

fn mismatch(message: &str) -> ClawsigFailure {
    ClawsigFailure::fail(Reason::EvidenceMismatch, message)
}

pub(super) fn member<'a>(of: Option<&'a Object>, name: &str) -> Option<&'a Object> {
    of?.object(name)
}

pub(super) fn text<'a>(of: Option<&'a Object>, name: &str) -> &'a str {
    of.and_then(|of| of.text(name)).unwrap_or_default()
}

/// Keys that are called revoked.
pub(super) static REVOCATIONS: MemberForm = list_of(&Same(&REVOCATION));

static REVOCATION: MemberForm = Closed(
    &[
        ("revocation_version", Constant("1")),
        ("revoked_signer_did", DID),
        ("effective_at", DateTime),
    ],
    &[("reason", NOT_BLANK)],
);

static TRANSPARENCY: MemberForm = Closed(
    &[("inclusion_proof", Same(&LOG_PROOF))],
    &[
        ("consistency_proof", Same(&CONSISTENCY)),
        ("anchor_id", NOT_BLANK),
        ("anchor_uri", TextOf("a URI", is_uri)),
    ],
);

static CONSISTENCY: MemberForm = Closed(
    &[
        ("proof_version", Constant("1")),
        ("log_id", Text(1)),
        ("from_tree_size", NOT_NEGATIVE),
        ("to_tree_size", NOT_NEGATIVE),
        ("from_root_hash_b64u", ANY_BASE64URL),
        ("to_root_hash_b64u", ANY_BASE64URL),
        ("consistency_path", list_of(&ANY_BASE64URL)),
    ],
    &[("metadata", AnyObject)],
);
