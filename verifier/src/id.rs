//! The one rule for identifiers that people choose: job, run, receipt, stream and other ids.
//!
//! An id is compared byte for byte and shown to people, so it must be short, and no two ids
//! that look alike may differ by characters that nobody sees: control characters and the
//! marks that change the direction of text are refused, nothing is trimmed or normalized.

use crate::code::Code;
use crate::fault::Fault;

/// Longest id, in bytes of UTF-8.
pub const ID_BYTES_MAX: usize = 256;

/// Checks an id: 1 to 256 bytes, no control and no bidirectional formatting characters.
/// The fault is `INVALID_ID` at `pointer`.
pub fn check_id(text: &str, pointer: &str) -> Result<(), Fault> {
    let fault = |expected: &str, found: String| Err(Fault::new(Code::InvalidId, pointer, expected, found));
    if text.is_empty() {
        return fault("an id of 1 to 256 bytes", "an empty text".to_owned());
    }
    if text.len() > ID_BYTES_MAX {
        return fault("an id of 1 to 256 bytes", format!("{} bytes", text.len()));
    }
    if let Some(character) = text.chars().find(|&character| is_invisible(character)) {
        return fault(
            "no control or bidirectional formatting characters",
            format!("U+{:04X}", u32::from(character)),
        );
    }
    Ok(())
}

/// C0, DEL and C1 controls; the marks, embeddings, overrides and isolates of UAX #9.
pub(crate) fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{0000}'..='\u{001F}'
            | '\u{007F}'..='\u{009F}'
            | '\u{061C}'
            | '\u{200E}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}'
    )
}
