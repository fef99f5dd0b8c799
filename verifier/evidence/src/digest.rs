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

/// Declares a newtype over 32 bytes whose text form is 43 characters of canonical base64url.
#[macro_export]
macro_rules! b64u_hash {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Wraps 32 bytes.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The 32 bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }

            /// Reads 43 characters of canonical base64url; anything else is `None`.
            pub fn parse(text: &str) -> Option<Self> {
                tlog::base64::decode_url_array(text).map(Self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&tlog::base64::encode_url(&self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

b64u_hash!(
    /// SHA-256(JCS(policy)).
    PolicyHash
);
b64u_hash!(
    /// `token_scope_hash_b64u`.
    ScopeHash
);
b64u_hash!(
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
