//! Values of the command line that have a form: what cannot be one is told before anything is sent.

use verifier::digest::{EvidenceDigest, PolicyHash};
use verifier::id::check_id;
use verifier::text::hash::{HashForm, SpelledHash};
use verifier::text::shown;

/// An id of a job, a stream or a gateway, or a signer's name.
pub(crate) fn id(text: &str) -> Result<String, String> {
    check_id(text, "").map_err(|fault| {
        let found = shown::line(&fault.found).to_string();
        format!("{}: expected {}, found {found}", fault.code, fault.expected)
    })?;
    Ok(text.to_owned())
}

/// A DID of any method.
pub(crate) fn did(text: &str) -> Result<String, String> {
    match text.strip_prefix("did:") {
        Some(rest) if !rest.is_empty() => id(text),
        _ => Err("expected a DID: did:method:…".to_owned()),
    }
}

/// A digest of evidence or of a token.
pub(crate) fn digest(text: &str) -> Result<String, String> {
    of_form(text, HashForm::Hex, |text| {
        EvidenceDigest::parse_hex(text).is_some()
    })
}

/// The hash of a policy.
pub(crate) fn policy_hash(text: &str) -> Result<String, String> {
    of_form(text, HashForm::Base64url, |text| {
        PolicyHash::parse(text).is_some()
    })
}

fn of_form(text: &str, form: HashForm, holds: impl Fn(&str) -> bool) -> Result<String, String> {
    if holds(text) {
        return Ok(text.to_owned());
    }
    Err(format!("expected {}", SpelledHash::wanted(form, text)))
}
