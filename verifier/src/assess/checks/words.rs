//! Numbers in sentences.

/// `count` with the form of the words that goes with it.
pub(in crate::assess) fn counted(count: usize, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    }
}
