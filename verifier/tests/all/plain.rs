//! Numbers, lists and times in sentences, and words of a shell.

use verifier::index::LeafIndex;
use verifier::text::plain::{all_of, counted, entries, entries_of, grouped, sentence, span};
use verifier::text::shell::word;

#[test]
fn a_number_goes_with_the_form_of_its_words() {
    for (number, text) in [
        (0_u64, "0 entries"),
        (1, "1 entry"),
        (2, "2 entries"),
        (20_852, "20,852 entries"),
    ] {
        assert_eq!(counted(number, "entry", "entries"), text);
    }
}

#[test]
fn of_two_things_both_are_meant() {
    for (number, text) in [
        (1_u64, "the only call"),
        (2, "both calls"),
        (1_200, "all 1,200 calls"),
    ] {
        assert_eq!(all_of(number, "call", "calls"), text);
    }
    assert_eq!(sentence("both calls."), "Both calls.");
}

#[test]
fn numbers_are_grouped_by_three() {
    for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
        assert_eq!(grouped(number), text);
    }
}

#[test]
fn a_sentence_names_three_entries_and_counts_the_rest() {
    for (count, text) in [
        (1, "entry 56"),
        (2, "entries 56, 57"),
        (3, "entries 56, 57, 58"),
        (5, "entries 56, 57, 58 and 2 more"),
    ] {
        let named: Vec<LeafIndex> = (56..56 + count).map(LeafIndex::new).collect();
        assert_eq!(entries(&named), text);
    }
    let first = [LeafIndex::new(56); 3];
    assert_eq!(entries_of(&first, 250), "entries 56, 56, 56 and 247 more");
}

#[test]
fn a_length_of_time_has_its_largest_units() {
    for (ms, text) in [
        (18, "18 ms"),
        (2_019, "2.0 s"),
        (59_999, "59.9 s"),
        (200_000, "3 min 20 s"),
        (7_500_000, "2 h 5 min"),
        (1_047_600_000, "12 d 3 h"),
    ] {
        assert_eq!(span(ms), text);
    }
}

#[test]
fn a_word_is_quoted_only_where_the_shell_needs_it() {
    for (text, expected) in [
        (
            "https://ledger.example.com:8443",
            "https://ledger.example.com:8443",
        ),
        ("job 1", "'job 1'"),
        ("~/token", "'~/token'"),
        ("$(date)", "'$(date)'"),
        ("Anna's", r"'Anna'\''s'"),
        ("", "''"),
    ] {
        assert_eq!(word(text), expected);
    }
}
