//! How a text out of a document is shown: each character that nobody sees as `⟨U+200B⟩`.
//!
//! Shown twice is shown once: a sentence that already has an escape in it is left as it is.

use core::fmt;

use super::invisible::is_invisible;

/// A text on one line, with what nobody sees made visible.
#[derive(Clone, Copy, Debug)]
pub struct VisibleText<'a> {
    text: &'a str,
    lines: bool,
}

/// A name, a title, a value: line breaks and tabs are escaped like every other control.
pub const fn line(text: &str) -> VisibleText<'_> {
    VisibleText { text, lines: false }
}

/// Characters of a name that [`brief`] repeats.
const BRIEF_CHARS: usize = 80;

/// A name within a sentence: on one line, and cut where it is long.
pub fn brief(text: &str) -> String {
    match text.char_indices().nth(BRIEF_CHARS) {
        Some((end, _)) => format!("{}…", line(text.get(..end).unwrap_or_default())),
        None => line(text).to_string(),
    }
}

/// A text of several lines: line feeds and tabs stay.
pub const fn block(text: &str) -> VisibleText<'_> {
    VisibleText { text, lines: true }
}

/// A JSON text of the same value, in which every invisible character of a string is its `\u` escape.
pub fn json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        // Line breaks between the members; within a string JSON has its own escapes of controls.
        if !is_invisible(character) || matches!(character, '\n' | '\t' | '\r') {
            shown.push(character);
            continue;
        }
        let mut units = [0; 2];
        for unit in character.encode_utf16(&mut units) {
            shown.extend(["\\u".to_owned(), format!("{unit:04x}")]);
        }
    }
    shown
}

impl fmt::Display for VisibleText<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = |character| self.lines && matches!(character, '\n' | '\t');
        let mut rest = self.text;
        while let Some(at) = rest.find(|character| is_invisible(character) && !kept(character)) {
            let (before, from) = rest.split_at(at);
            formatter.write_str(before)?;
            let mut after = from.chars();
            if let Some(character) = after.next() {
                write!(formatter, "⟨U+{:04X}⟩", u32::from(character))?;
            }
            rest = after.as_str();
        }
        formatter.write_str(rest)
    }
}
