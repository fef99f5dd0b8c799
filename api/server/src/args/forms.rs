//! Values of the command line that have a form: what cannot be one is told before anything is sent.

use api::links::LinkId;
use std::time::Duration;
use verifier::checkpoint::is_valid_origin;
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

/// The name of a log.
pub(crate) fn origin(text: &str) -> Result<String, String> {
    if is_valid_origin(text) {
        return id(text);
    }
    Err("expected the name of a log, without spaces and plus signs".to_owned())
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

/// How long something holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetime(pub(crate) Duration);

/// A whole number of days, hours, minutes or seconds.
pub(crate) fn lifetime(text: &str) -> Result<Lifetime, String> {
    let split = text.len().saturating_sub(1);
    let parts = text.split_at_checked(split);
    let unit_s = parts.and_then(|(_, unit)| match unit {
        "d" => Some(86_400),
        "h" => Some(3_600),
        "m" => Some(60),
        "s" => Some(1),
        _ => None,
    });
    let number = parts.and_then(|(number, _)| number.parse::<u64>().ok());
    let seconds = number
        .zip(unit_s)
        .and_then(|(number, unit_s)| number.checked_mul(unit_s));
    let lifetime = seconds.filter(|seconds| *seconds > 0).map(Duration::from_secs);
    lifetime
        .map(Lifetime)
        .ok_or_else(|| "expected a number of days, hours, minutes or seconds: 7d, 12h, 30m, 90s".to_owned())
}

/// The name of a share link.
pub(crate) fn link_id(text: &str) -> Result<String, String> {
    match LinkId::parse(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err("expected 16 lower-case hex digits, as `share list` shows them".to_owned()),
    }
}

fn of_form(text: &str, form: HashForm, holds: impl Fn(&str) -> bool) -> Result<String, String> {
    if holds(text) {
        return Ok(text.to_owned());
    }
    Err(format!("expected {}", SpelledHash::wanted(form, text)))
}
