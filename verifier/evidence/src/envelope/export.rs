//! The export bundle: a flat document that signs most of itself.

use super::shape::{EnvelopeMembers, hash_mismatch};
use super::{EnvelopeParts, EnvelopeRule};
use crate::digest::PayloadHash;
use crate::fault::Fault;
use crate::json::{self, Object};
use tlog::hash::sha256;

/// The members that the bundle's hash leaves out.
const UNSIGNED_MEMBERS: [&str; 4] = [
    "bundle_hash_b64u",
    "hash_algorithm",
    "signature_b64u",
    "algorithm",
];

/// Reads the shape and checks the bundle's hash; what the bundle holds is not verified here.
pub(super) fn read(document: &Object) -> Result<EnvelopeParts, Fault> {
    let members = EnvelopeMembers::new(document, "");
    members.one_of("export_version", &["1"])?;
    members.are(
        &[
            "export_version",
            "export_id",
            "created_at",
            "issuer_did",
            "manifest",
            "artifacts",
            "bundle_hash_b64u",
            "hash_algorithm",
            "signature_b64u",
            "algorithm",
            "issued_at",
        ],
        &["expires_at", "metadata"],
    )?;
    members.algorithms()?;
    crate::id::check_id(members.text("export_id")?, "/export_id")?;
    members.object("manifest")?;
    members.object("artifacts")?;
    members.time("created_at")?;
    members.optional_time("expires_at")?;
    let issued_at = members.time("issued_at")?.to_owned();
    let signer = members.signer("issuer_did")?;
    let signature = members.signature("signature_b64u")?;
    let stated = members.hash("bundle_hash_b64u")?;

    let signable = json::jcs_without(document, &UNSIGNED_MEMBERS);
    let computed = PayloadHash::from_bytes(sha256(signable.as_bytes()));
    if computed != stated {
        return Err(hash_mismatch("bundle_hash_b64u", &computed, &stated));
    }
    Ok(EnvelopeParts {
        envelope_type: "export_bundle",
        rule: EnvelopeRule::ExportBundle,
        signer,
        payload: document.clone(),
        payload_hash: stated,
        signature,
        message: stated.to_string().into_bytes(),
        appendix: String::new(),
        issued_at,
    })
}
