//! What the targets share.

use verifier::note::VerifierKey;

/// The key of a log whose signatures no fuzzer can make.
///
/// # Panics
/// Never: the text is a key.
pub fn log_key() -> VerifierKey {
    VerifierKey::parse(LOG_KEY).expect("a verifier key")
}

/// Of the log in `schemas/vectors/tlog`.
const LOG_KEY: &str = "example.com/log42+faf97cfd+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c";
