//! The one rule for identifiers that people choose: job, run, receipt, stream and other ids.
//!
//! An id is compared byte for byte and shown to people, so it must be short, and no two ids
//! that look alike may differ by characters that nobody sees: those are refused, nothing is
//! trimmed or normalized.

use crate::code::Code;
use crate::fault::Fault;
use crate::text::invisible;

/// Longest id, in bytes of UTF-8.
pub const ID_BYTES_MAX: usize = 256;

/// Checks an id: 1 to 256 bytes, no character that nobody sees (`text::invisible`), and not `.` or `..`,
/// which every client takes out of an address.
///
/// # Errors
/// `INVALID_ID` at `pointer`.
pub fn check_id(text: &str, pointer: &str) -> Result<(), Fault> {
    let fault = |expected: &str, found: String| Err(Fault::new(Code::InvalidId, pointer, expected, found));
    if text.is_empty() {
        return fault("an id of 1 to 256 bytes", "an empty text".to_owned());
    }
    if text.len() > ID_BYTES_MAX {
        return fault("an id of 1 to 256 bytes", format!("{} bytes", text.len()));
    }
    if text == "." || text == ".." {
        return fault(
            "an id that can be part of an address, so neither `.` nor `..`",
            format!("`{text}`"),
        );
    }
    match invisible::first(text) {
        Some(found) => fault("an id without invisible characters", found.to_string()),
        None => Ok(()),
    }
}
