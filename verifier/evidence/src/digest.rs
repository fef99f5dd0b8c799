//! The digests by which evidence is found and recognised, and the text forms of hashes.

use sha2::{Digest as _, Sha256};

tlog::hex_hash!(
    /// SHA-256(JCS(document)): the same for a re-ordered or pretty-printed copy.
    EvidenceDigest
);
tlog::hex_hash!(
    /// SHA-256 of the bytes as received, from `{` to the matching `}`.
    RawDigest
);
tlog::hex_hash!(
    /// SHA-256 over tag, envelope type, signer and the signed message; see [`statement_digest`].
    StatementDigest
);
tlog::hex_hash!(
    /// SHA-256 of a compact token.
    TokenHash
);
tlog::hex_hash!(
    /// SHA-256 of an artifact's bytes.
    ArtifactHash
);

tlog::b64u_hash!(
    /// SHA-256(JCS(policy)).
    PolicyHash
);
tlog::b64u_hash!(
    /// `token_scope_hash_b64u`.
    ScopeHash
);
tlog::b64u_hash!(
    /// `payload_hash_b64u`, and other hashes in clawsig's text form.
    PayloadHash
);

/// What makes a statement digest differ from every other hash.
const STATEMENT_TAG: &[u8] = b"evidence-ledger/statement/v1";

/// SHA-256(`evidence-ledger/statement/v1` 00 `envelope_type` 00 `signer_did` 00 m), where `m` is the
/// exact message given to Ed25519 (`schemas/signing.md`). Two documents with one statement digest
/// say the same; only bytes that nobody signed differ.
///
/// Neither the type, out of a fixed list, nor a did:key holds a zero byte, so the parts cannot run
/// into each other.
pub fn statement_digest(envelope_type: &str, signer_did: &str, message: &[u8]) -> StatementDigest {
    let mut hasher = Sha256::new();
    for part in [STATEMENT_TAG, envelope_type.as_bytes(), signer_did.as_bytes()] {
        hasher.update(part);
        hasher.update([0]);
    }
    hasher.update(message);
    StatementDigest::from_bytes(hasher.finalize().into())
}
