//! The keys that a command checks against: that of the log, and those of signers.

use clap::Args;
use verifier::did::DidKey;

/// The key that everything is checked against.
#[derive(Debug, Args)]
pub(crate) struct KeyArgument {
    /// The log's public key, as text (`<origin>+<id>+<base64>`) or in a file. Take it from the log's operator, not from the
    /// place where you got what you check.
    #[arg(long, value_name = "VKEY")]
    pub(crate) log_key: String,
}

/// Reads the DID of a signer. A text that no key has would match no document, and a check of it would fail as if the document were by
/// somebody else.
pub(crate) fn did(text: &str) -> Result<String, String> {
    match DidKey::parse(text) {
        Some(did) => Ok(did.as_str().to_owned()),
        None => Err("no did:key of an Ed25519 key, such as did:key:z6Mk…".to_owned()),
    }
}
