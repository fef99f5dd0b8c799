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

/// `alpha`, `alpha and beta`, `alpha, beta and gamma`; empty for no names.
pub fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [alone] => alone.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
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
