//! Characters that nobody sees, against tables that others keep.

use unicode_general_category::{GeneralCategory, get_general_category};
use verifier::text::hash::{HashForm, SpelledHash};
use verifier::text::misplaced::hex_in_base64url;
use verifier::text::{invisible, shown};

/// Format characters that are drawn, in front of or around digits.
const DRAWN: &[u32] = &[
    0x600, 0x601, 0x602, 0x603, 0x604, 0x605, 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD,
];

#[test]
fn every_ignorable_control_and_format_character_of_unicode_is_invisible() {
    for character in '\0'..=char::MAX {
        let skipped = unicode_security::confusable_detection::skeleton(&character.to_string())
            .next()
            .is_none();
        let category = get_general_category(character);
        let formats = matches!(
            category,
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
        ) && !DRAWN.contains(&u32::from(character));
        if skipped || formats {
            assert!(invisible::is_invisible(character), "{character:?} {category:?}");
        }
    }
}

#[test]
fn what_is_drawn_and_what_is_private_is_no_invisible_character() {
    let more = ['\u{2800}', '\u{FFFC}', '\u{1D159}'];
    for character in '\0'..=char::MAX {
        let drawn = !matches!(
            get_general_category(character),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
                | GeneralCategory::Unassigned
        );
        let skipped = unicode_security::confusable_detection::skeleton(&character.to_string())
            .next()
            .is_none();
        if drawn && !skipped && !more.contains(&character) {
            assert!(!invisible::is_invisible(character), "{character:?}");
        }
    }
}

#[test]
fn an_invisible_character_is_called_by_its_unicode_name() {
    for character in ('\0'..=char::MAX).filter(|character| invisible::is_invisible(*character)) {
        let ours = invisible::name(character);
        let generic = ["control character", "noncharacter", "format character"].contains(&ours.as_ref());
        match unicode_names2::name(character) {
            Some(name) if !generic && !ours.starts_with("TAG character") => {
                assert_eq!(ours, name.to_string(), "{character:?}");
            }
            Some(name) => assert!(
                generic && (0x13430..=0x1343F).contains(&u32::from(character))
                    || name.to_string().starts_with("TAG "),
                "{character:?} is {name}"
            ),
            None => {}
        }
    }
    let found = invisible::first("exec\u{200B}").unwrap();
    assert_eq!(found.to_string(), "U+200B ZERO WIDTH SPACE at position 5");
}

#[test]
fn what_nobody_sees_is_shown_as_its_number_and_taken_out_for_comparison() {
    let text = "a\u{200B}b\u{202E}c\u{E0041}\n\t\u{1b}[2J";
    assert_eq!(
        shown::line(text).to_string(),
        "a⟨U+200B⟩b⟨U+202E⟩c⟨U+E0041⟩⟨U+000A⟩⟨U+0009⟩⟨U+001B⟩[2J"
    );
    assert_eq!(
        shown::block(text).to_string(),
        "a⟨U+200B⟩b⟨U+202E⟩c⟨U+E0041⟩\n\t⟨U+001B⟩[2J"
    );
    assert_eq!(invisible::without(text), "abc[2J");
}

#[test]
fn what_is_shown_already_and_what_can_be_seen_stay_as_they_are() {
    for text in ["a⟨U+200B⟩", "⟨x⟩ é 日本 ‹", "", " two  blanks "] {
        assert_eq!(shown::line(text).to_string(), text);
    }
}

/// SHA-256 of nothing, in both of our spellings.
const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const B64U: &str = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

#[test]
fn a_hash_is_read_in_every_usual_spelling_and_told_in_ours() {
    let upper = HEX.to_uppercase();
    let standard = B64U.replace('-', "+").replace('_', "/");
    for body in [
        HEX,
        &upper,
        B64U,
        &format!("{B64U}="),
        &standard,
        &format!("{standard}="),
    ] {
        for prefix in [
            "", "sha256:", "SHA256:", "sha-256:", "sha256-", "b64u:", "0x", "hex:",
        ] {
            for text in [format!("{prefix}{body}"), format!(" {prefix}{body}\n")] {
                let read = SpelledHash::read(&text).unwrap();
                assert_eq!(read.to(HashForm::Hex), HEX, "{text}");
                assert_eq!(read.to(HashForm::Base64url), B64U, "{text}");
            }
        }
    }
    for none in [
        "",
        "x",
        &HEX[1..],
        &format!("{HEX}0"),
        "sha256:",
        &B64U.replace('U', "V"),
        "did:key:z6Mk",
    ] {
        assert_eq!(SpelledHash::read(none), None, "{none}");
    }
}

#[test]
fn a_spelling_that_is_not_wanted_is_named_with_the_one_that_is() {
    assert_eq!(
        SpelledHash::wanted(HashForm::Hex, &format!("sha256:{B64U}")),
        format!("64 lower-case hex digits; this is the hash {HEX} as base64url after sha256:")
    );
    assert_eq!(
        SpelledHash::wanted(HashForm::Base64url, HEX),
        format!("43 characters of canonical base64url; this is the hash {B64U} as hex digits")
    );
    assert_eq!(
        SpelledHash::wanted(HashForm::Hex, "nothing"),
        "64 lower-case hex digits"
    );
}

#[test]
fn hex_in_a_member_of_base64url_is_found_wherever_it_stands() {
    let text = format!(
        r#"{{"a_b64u":"{HEX}","b":[{{"c_b64u":"{B64U}","d~/_b64u":["x","{HEX}"]}}],"e_b64u":{{"f":"{HEX}"}},"g":"{HEX}"}}"#
    );
    let document = verifier::json::parse(text.as_bytes()).unwrap();
    let found = hex_in_base64url(&document);
    let pointers: Vec<_> = found.iter().map(|warning| warning.pointer.as_str()).collect();
    assert_eq!(pointers, ["/a_b64u", "/b/0/d~0~1_b64u/1"]);
    assert!(found.iter().all(|warning| warning.code == "HEX_IN_BASE64URL"));
}
