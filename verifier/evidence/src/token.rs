//! CST claims and the scope hash (clawsig), and the search for leaked tokens.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::digest::ScopeHash;
use crate::hash::sha256;
use crate::json::{self, Object, Value};

/// Claims that enter the scope hash as trimmed strings, where they are not empty.
const TEXT_CLAIMS: [&str; 11] = [
    "owner_ref",
    "owner_did",
    "controller_did",
    "agent_did",
    "policy_hash_b64u",
    "control_plane_policy_hash_b64u",
    "payment_account_did",
    "mission_id",
    "delegation_id",
    "delegator_did",
    "delegate_did",
];

/// Recomputes `token_scope_hash_b64u` from the claims of a scoped token: `H_jcs` over what the token
/// permits, without times and identifiers of the token itself. `None` where a claim that enters is
/// not of the form that the hash is defined for.
pub fn scope_hash(claims: &Object) -> Option<ScopeHash> {
    let subject = js_trim(claims.get("sub")?.as_str()?);
    if subject.is_empty() || claims.get("token_version")?.as_str()? != "1" {
        return None;
    }
    let mut members = vec![
        ("token_version".to_owned(), Value::String("1".to_owned())),
        ("sub".to_owned(), Value::String(subject.to_owned())),
        ("aud".to_owned(), text_set(claims.get("aud")?)?),
        (
            "scope".to_owned(),
            text_set(claims.get("scope").filter(|scope| scope.as_array().is_some())?)?,
        ),
    ];
    for name in TEXT_CLAIMS.into_iter().chain(["delegation_policy_hash_b64u"]) {
        if let Some(text) = trimmed_claim(claims, name)? {
            members.push((name.to_owned(), Value::String(text.to_owned())));
        }
    }
    if let Some(cap) = trimmed_claim(claims, "delegation_spend_cap_minor")? {
        if !cap.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        members.push((
            "delegation_spend_cap_minor".to_owned(),
            Value::String(cap.to_owned()),
        ));
    }
    if let Some(cap) = claims.get("spend_cap") {
        let cap = cap.as_f64().filter(|&cap| cap >= 0.0)?;
        members.push(("spend_cap".to_owned(), Value::Number(cap)));
    }
    if let Some(time) = claims.get("delegation_expires_at") {
        let time = time.as_f64()?.floor();
        if time > 0.0 {
            members.push(("delegation_expires_at".to_owned(), Value::Number(time)));
        }
    }
    Some(ScopeHash::from_bytes(sha256(
        json::jcs_of_members(&members).as_bytes(),
    )))
}

/// A text claim, trimmed. The outer `None` means that it is no string; empty ones count as absent.
#[expect(
    clippy::option_option,
    reason = "ill-formed, absent and present are three things"
)]
fn trimmed_claim<'a>(claims: &'a Object, name: &str) -> Option<Option<&'a str>> {
    let Some(value) = claims.get(name) else {
        return Some(None);
    };
    let text = js_trim(value.as_str()?);
    Some((!text.is_empty()).then_some(text))
}

/// A string or an array of them as the sorted set that is hashed: trimmed, none empty, none twice.
fn text_set(value: &Value) -> Option<Value> {
    let mut texts = match value {
        Value::String(text) => vec![js_trim(text)],
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(js_trim))
            .collect::<Option<Vec<_>>>()?,
        _ => return None,
    };
    texts.retain(|text| !text.is_empty());
    texts.sort_unstable_by(|one, other| json::utf16_order(one, other));
    texts.dedup();
    let texts: Vec<Value> = texts
        .into_iter()
        .map(|text| Value::String(text.to_owned()))
        .collect();
    (!texts.is_empty()).then_some(Value::Array(texts))
}

/// `String.prototype.trim` (ECMA-262 §22.1.3.32): its white space is Unicode's with U+FEFF and
/// without U+0085.
pub(crate) fn js_trim(text: &str) -> &str {
    text.trim_matches(|character: char| {
        character == '\u{FEFF}' || (character.is_whitespace() && character != '\u{0085}')
    })
}

/// Longest header that is searched, in base64url characters. Real ones have about a hundred.
const HEADER_CHARS_MAX: usize = 8192;

/// Shortest header with an `alg`: `{"alg":1}`.
const HEADER_CHARS_MIN: usize = 12;

/// How many places of one header part are tried as its beginning, so that the work stays linear.
const STARTS_MAX: usize = 8;

/// How `{` and the character after it begin in base64url: `{"`, and `{` with each white space.
const HEADER_STARTS: [&str; 5] = ["eyJ", "eyA", "ewo", "ew0", "ewk"];

/// Headers are read leniently: whatever a token library might accept is a leak.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Whether the text contains a compact JWS (RFC 7515 §7.1): three base64url parts with dots
/// between, the first a JSON object with `alg`. Found also within a longer text, and where
/// something else is glued to its front.
///
/// Linear in the text: only a part that is followed by two more is looked at, only from places
/// where a JSON object can begin, only a bounded number of them.
pub fn contains_compact_jws(text: &str) -> bool {
    if !text.contains('.') {
        return false;
    }
    text.split(|character: char| !is_base64url(character) && character != '.')
        .any(|run| {
            let mut parts = run.split('.');
            let (mut header, mut payload) =
                (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            parts.any(|signature| {
                let found = !payload.is_empty() && !signature.is_empty() && ends_in_jose_header(header);
                (header, payload) = (payload, signature);
                found
            })
        })
}

fn is_base64url(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-' || character == '_'
}

/// Whether a suffix of the part decodes to a JSON object with `alg`.
fn ends_in_jose_header(part: &str) -> bool {
    if part.len() < HEADER_CHARS_MIN {
        return false;
    }
    let searched = part
        .len()
        .checked_sub(HEADER_CHARS_MAX)
        .and_then(|start| part.get(start..))
        .unwrap_or(part);
    let starts = searched
        .char_indices()
        .map(|(position, _)| position)
        .filter(|&position| {
            searched
                .get(position..)
                .is_some_and(|tail| HEADER_STARTS.iter().any(|start| tail.starts_with(start)))
        });
    starts
        .take(STARTS_MAX)
        .any(|position| searched.get(position..).is_some_and(is_jose_header))
}

fn is_jose_header(encoded: &str) -> bool {
    #[derive(Deserialize)]
    struct Header {
        #[serde(rename = "alg")]
        _algorithm: IgnoredAny,
    }
    LENIENT
        .decode(encoded)
        .is_ok_and(|bytes| serde_json::from_slice::<Header>(&bytes).is_ok())
}
