//! The order of `String.prototype.localeCompare` (ICU, root collation) of printable ASCII, on which two of
//! clawsig's hashes depend (`schemas/clawsig.md` §1.4).

/// Punctuation and symbols in the order of the root collation (CLDR, Unicode Technical Standard 35 part 5);
/// before digits, which are before letters.
const BEFORE_DIGITS: &str = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

/// A text in the order of the collation. Only texts of printable ASCII have one here: the order of all other
/// characters is a table that versions of ICU do not agree on.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct CollationKey {
    /// Position of each character, upper case as lower.
    primary: Vec<usize>,
    /// Whether each is upper case: decides where nothing else does, lower case first.
    tertiary: Vec<bool>,
}

impl CollationKey {
    /// The key; `None` for a text with other characters.
    pub(super) fn of(text: &str) -> Option<Self> {
        let primary = text.chars().map(position).collect::<Option<_>>()?;
        Some(Self {
            primary,
            tertiary: text
                .chars()
                .map(|character| character.is_ascii_uppercase())
                .collect(),
        })
    }
}

fn position(character: char) -> Option<usize> {
    let lower = character.to_ascii_lowercase();
    let offset = |start: char| {
        let distance = u32::from(lower).checked_sub(u32::from(start))?;
        BEFORE_DIGITS.len().checked_add(usize::try_from(distance).ok()?)
    };
    match lower {
        '0'..='9' => offset('0'),
        'a'..='z' => offset('a')?.checked_add(10),
        _ => BEFORE_DIGITS.find(character),
    }
}
