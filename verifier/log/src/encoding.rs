//! Encodings that editors and shells make of a text: a byte order mark, UTF-16, line ends of CR LF.

/// What is wrong with a signed text whose lines end as Windows writes them.
pub const WINDOWS_LINES: &str = "line ends of CR LF, where the signed text has LF alone";

/// How a text is written, if in an encoding that is refused: UTF-8 behind a byte order mark, UTF-16, UTF-32.
///
/// JSON begins with an ASCII character, so that a NUL at its side is half of a UTF-16 unit also without a mark.
pub fn encoding_fault(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => Some("UTF-8 behind a byte order mark (EF BB BF)"),
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] => Some("UTF-16, little endian"),
        [0xfe, 0xff, ..] => Some("UTF-16, big endian"),
        [first, 0, ..] if is_text(*first) => Some("UTF-16, little endian, without a byte order mark"),
        [0, second, ..] if is_text(*second) => Some("UTF-16, big endian, without a byte order mark"),
        _ => None,
    }
}

fn is_text(byte: u8) -> bool {
    byte.is_ascii_graphic() || byte.is_ascii_whitespace()
}

/// Whether a line ends with CR LF.
pub fn has_windows_lines(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|pair| pair == b"\r\n")
}
