//! Numbers, lists of entries and lengths of time within a sentence: one wording for checks, pages and commands.

use tlog::index::LeafIndex;

/// Entries that a sentence names one by one; the rest is a number.
const ENTRIES_NAMED: usize = 3;

/// Digits in groups of three: `20,852`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len().saturating_add(digits.len() / 3));
    let mut left = digits.len();
    for digit in digits.chars() {
        if left.is_multiple_of(3) && !text.is_empty() {
            text.push(',');
        }
        text.push(digit);
        left = left.saturating_sub(1);
    }
    text
}

/// A number with the form of the words that goes with it: `1 entry`, `2 entries`.
pub fn counted(number: impl TryInto<u64>, one: &str, many: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// `the only call`, `both calls`, `all 3 calls`.
pub fn all_of(number: impl TryInto<u64>, one: &str, many: &str) -> String {
    match number.try_into().unwrap_or(u64::MAX) {
        1 => format!("the only {one}"),
        2 => format!("both {many}"),
        number => format!("all {} {many}", grouped(number)),
    }
}

/// A sentence with its first letter as a capital.
pub fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

/// `entry 56`, `entries 56, 57`, `entries 56, 57, 58 and 9 more`.
pub fn entries(indices: &[LeafIndex]) -> String {
    entries_of(indices, indices.len())
}

/// The same of a list of `all` entries of which only the first ones are at hand.
pub fn entries_of(first: &[LeafIndex], all: usize) -> String {
    let named: Vec<String> = first
        .iter()
        .take(ENTRIES_NAMED)
        .map(ToString::to_string)
        .collect();
    let noun = if all == 1 { "entry" } else { "entries" };
    let more = match all.saturating_sub(named.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{noun} {}{more}", named.join(", "))
}

/// A length of time in milliseconds, in its one or two largest units: `18 ms`, `2.0 s`, `3 min 20 s`, `2 h 5 min`, `12 d 3 h`.
pub fn span(milliseconds: u128) -> String {
    let tenths = milliseconds / 100;
    let seconds = milliseconds / 1_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0 => format!("{milliseconds} ms"),
        1..60 => format!("{}.{} s", tenths / 10, tenths % 10),
        60..3_600 => format!("{minutes} min {} s", seconds % 60),
        3_600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ => format!(
            "{} d {} h",
            grouped(u64::try_from(days).unwrap_or(u64::MAX)),
            hours % 24
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
