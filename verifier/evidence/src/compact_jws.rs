//! The search for leaked tokens: compact JWS in any text.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde::de::IgnoredAny;

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
    struct JwsHeader {
        #[serde(rename = "alg")]
        _algorithm: IgnoredAny,
    }
    LENIENT
        .decode(encoded)
        .is_ok_and(|bytes| serde_json::from_slice::<JwsHeader>(&bytes).is_ok())
}
