//! Characters that nobody sees, in one list for ids, policies, pages and terminals.
//!
//! Two texts that differ only by such characters look the same to a reader, and some of them turn the
//! order of the text around them. The list is
//!
//! - Unicode's `Default_Ignorable_Code_Point`, from the tables of `icu_properties`: zero-width characters, soft
//!   hyphen, combining grapheme joiner, bidirectional marks, variation selectors, Hangul fillers, tag letters, and
//!   what is reserved for more of them;
//! - C0 and C1 controls with NUL and DEL, line and paragraph separator;
//! - interlinear annotation and the object replacement character, the format controls of Egyptian hieroglyphs,
//!   and two blanks that are drawn as nothing: U+2800 and U+1D159;
//! - noncharacters, which no font draws.
//!
//! White space is not in it: it is seen, if badly.

use core::fmt;
use std::borrow::Cow;

use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

/// Whether nobody sees the character.
pub fn is_invisible(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    character.is_control()
        || matches!(
            character,
            '\u{2028}' | '\u{2029}' | '\u{2800}' | '\u{FFF9}'..='\u{FFFC}' | '\u{13430}'..='\u{1343F}' | '\u{1D159}'
        )
        || is_noncharacter(character)
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

fn is_noncharacter(character: char) -> bool {
    let number = u32::from(character);
    matches!(number, 0xFDD0..=0xFDEF) || number & 0xFFFE == 0xFFFE
}

/// An invisible character and its position. Shown as `U+200B ZERO WIDTH SPACE at position 5`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvisibleCharacter {
    /// The invisible character.
    pub character: char,
    /// The number of characters before it, plus one.
    pub position: usize,
}

impl fmt::Display for InvisibleCharacter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "U+{:04X} {} at position {}",
            u32::from(self.character),
            name(self.character),
            self.position
        )
    }
}

/// The first invisible character of a text.
pub fn first(text: &str) -> Option<InvisibleCharacter> {
    let mut characters = text.chars().zip(1_usize..);
    let (character, position) = characters.find(|(character, _)| is_invisible(*character))?;
    Some(InvisibleCharacter { character, position })
}

/// The text without its invisible characters.
pub fn without(text: &str) -> Cow<'_, str> {
    if first(text).is_none() {
        return Cow::Borrowed(text);
    }
    let visible = text.chars().filter(|character| !is_invisible(*character));
    Cow::Owned(visible.collect())
}

/// Unicode's name of an invisible character; for those that have none of their own, what kind it is.
pub fn name(character: char) -> Cow<'static, str> {
    let named = NAMES.iter().find(|(named, _)| *named == character);
    if let Some((_, name)) = named {
        return Cow::Borrowed(name);
    }
    let number = u32::from(character);
    let selector = match number {
        0xFE00..=0xFE0F => number.checked_sub(0xFDFF),
        0xE0100..=0xE01EF => number.checked_sub(0xE00EF),
        _ => None,
    };
    let tag = number.checked_sub(0xE0000).and_then(char::from_u32);
    match (selector, tag) {
        (Some(selector), _) => Cow::Owned(format!("VARIATION SELECTOR-{selector}")),
        (_, Some(tag)) if tag.is_ascii_graphic() => Cow::Owned(format!("TAG character {tag}")),
        _ if character.is_control() => Cow::Borrowed("control character"),
        _ if is_noncharacter(character) => Cow::Borrowed("noncharacter"),
        _ => Cow::Borrowed("format character"),
    }
}

/// Names in the Unicode Character Database, which never change; of controls their aliases there.
const NAMES: &[(char, &str)] = &[
    ('\u{0000}', "NULL"),
    ('\u{0007}', "ALERT"),
    ('\u{0008}', "BACKSPACE"),
    ('\u{0009}', "CHARACTER TABULATION"),
    ('\u{000A}', "LINE FEED"),
    ('\u{000D}', "CARRIAGE RETURN"),
    ('\u{001B}', "ESCAPE"),
    ('\u{007F}', "DELETE"),
    ('\u{00AD}', "SOFT HYPHEN"),
    ('\u{034F}', "COMBINING GRAPHEME JOINER"),
    ('\u{061C}', "ARABIC LETTER MARK"),
    ('\u{115F}', "HANGUL CHOSEONG FILLER"),
    ('\u{1160}', "HANGUL JUNGSEONG FILLER"),
    ('\u{17B4}', "KHMER VOWEL INHERENT AQ"),
    ('\u{17B5}', "KHMER VOWEL INHERENT AA"),
    ('\u{180B}', "MONGOLIAN FREE VARIATION SELECTOR ONE"),
    ('\u{180C}', "MONGOLIAN FREE VARIATION SELECTOR TWO"),
    ('\u{180D}', "MONGOLIAN FREE VARIATION SELECTOR THREE"),
    ('\u{180E}', "MONGOLIAN VOWEL SEPARATOR"),
    ('\u{180F}', "MONGOLIAN FREE VARIATION SELECTOR FOUR"),
    ('\u{200B}', "ZERO WIDTH SPACE"),
    ('\u{200C}', "ZERO WIDTH NON-JOINER"),
    ('\u{200D}', "ZERO WIDTH JOINER"),
    ('\u{200E}', "LEFT-TO-RIGHT MARK"),
    ('\u{200F}', "RIGHT-TO-LEFT MARK"),
    ('\u{2028}', "LINE SEPARATOR"),
    ('\u{2029}', "PARAGRAPH SEPARATOR"),
    ('\u{202A}', "LEFT-TO-RIGHT EMBEDDING"),
    ('\u{202B}', "RIGHT-TO-LEFT EMBEDDING"),
    ('\u{202C}', "POP DIRECTIONAL FORMATTING"),
    ('\u{202D}', "LEFT-TO-RIGHT OVERRIDE"),
    ('\u{202E}', "RIGHT-TO-LEFT OVERRIDE"),
    ('\u{2060}', "WORD JOINER"),
    ('\u{2061}', "FUNCTION APPLICATION"),
    ('\u{2062}', "INVISIBLE TIMES"),
    ('\u{2063}', "INVISIBLE SEPARATOR"),
    ('\u{2064}', "INVISIBLE PLUS"),
    ('\u{2066}', "LEFT-TO-RIGHT ISOLATE"),
    ('\u{2067}', "RIGHT-TO-LEFT ISOLATE"),
    ('\u{2068}', "FIRST STRONG ISOLATE"),
    ('\u{2069}', "POP DIRECTIONAL ISOLATE"),
    ('\u{206A}', "INHIBIT SYMMETRIC SWAPPING"),
    ('\u{206B}', "ACTIVATE SYMMETRIC SWAPPING"),
    ('\u{206C}', "INHIBIT ARABIC FORM SHAPING"),
    ('\u{206D}', "ACTIVATE ARABIC FORM SHAPING"),
    ('\u{206E}', "NATIONAL DIGIT SHAPES"),
    ('\u{206F}', "NOMINAL DIGIT SHAPES"),
    ('\u{2800}', "BRAILLE PATTERN BLANK"),
    ('\u{3164}', "HANGUL FILLER"),
    ('\u{FEFF}', "ZERO WIDTH NO-BREAK SPACE"),
    ('\u{FFA0}', "HALFWIDTH HANGUL FILLER"),
    ('\u{FFF9}', "INTERLINEAR ANNOTATION ANCHOR"),
    ('\u{FFFA}', "INTERLINEAR ANNOTATION SEPARATOR"),
    ('\u{FFFB}', "INTERLINEAR ANNOTATION TERMINATOR"),
    ('\u{FFFC}', "OBJECT REPLACEMENT CHARACTER"),
    ('\u{1BCA0}', "SHORTHAND FORMAT LETTER OVERLAP"),
    ('\u{1BCA1}', "SHORTHAND FORMAT CONTINUING OVERLAP"),
    ('\u{1BCA2}', "SHORTHAND FORMAT DOWN STEP"),
    ('\u{1BCA3}', "SHORTHAND FORMAT UP STEP"),
    ('\u{1D159}', "MUSICAL SYMBOL NULL NOTEHEAD"),
    ('\u{1D173}', "MUSICAL SYMBOL BEGIN BEAM"),
    ('\u{1D174}', "MUSICAL SYMBOL END BEAM"),
    ('\u{1D175}', "MUSICAL SYMBOL BEGIN TIE"),
    ('\u{1D176}', "MUSICAL SYMBOL END TIE"),
    ('\u{1D177}', "MUSICAL SYMBOL BEGIN SLUR"),
    ('\u{1D178}', "MUSICAL SYMBOL END SLUR"),
    ('\u{1D179}', "MUSICAL SYMBOL BEGIN PHRASE"),
    ('\u{1D17A}', "MUSICAL SYMBOL END PHRASE"),
    ('\u{E0001}', "LANGUAGE TAG"),
    ('\u{E0020}', "TAG SPACE"),
    ('\u{E007F}', "CANCEL TAG"),
];
