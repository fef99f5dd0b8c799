//! Strict base64: standard padded and URL-safe unpadded.
//!
//! One byte string has exactly one text: missing or surplus padding, the other alphabet, white
//! space and non-zero trailing bits are refused. A signature or hash whose text may vary would be
//! a way to make two different files out of one.

use std::fmt;

use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet};

/// RFC 4648 §4, padded.
pub fn encode_standard(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads RFC 4648 §4, padded and canonical; anything else is `None`.
pub fn decode_standard(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Reads exactly `N` bytes of padded standard base64.
pub fn decode_standard_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode_array(&STANDARD, text)
}

/// RFC 4648 §5, unpadded.
pub fn encode_url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Writes RFC 4648 §5, unpadded.
///
/// # Errors
/// What the formatter answers; the bytes are never at fault.
pub fn write_url(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(&encode_url(bytes))
}

/// Reads RFC 4648 §5, unpadded and canonical; anything else is `None`.
pub fn decode_url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Reads exactly `N` bytes of unpadded base64url.
pub fn decode_url_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode_array(&URL_SAFE_NO_PAD, text)
}

/// The bytes that a lenient reader takes a text for: like [`decode_url_array`], with trailing bits ignored.
/// Only for telling a signature that holds from one that does not, where another check refuses the text.
pub fn decode_url_array_lenient<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode_array(&LENIENT, text)
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// Bounds the text before it is decoded, so that a fixed-size value never costs more than its size.
fn decode_array<const N: usize>(engine: &impl Engine, text: &str) -> Option<[u8; N]> {
    let text_bytes_max = N.div_ceil(3) * 4;
    if text.len() > text_bytes_max {
        return None;
    }
    engine.decode(text).ok()?.try_into().ok()
}
