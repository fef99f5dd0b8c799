//! Words of a command that is shown to be pasted into a POSIX shell.

/// A text as one word, in quotes where the shell would take it for more than its characters.
pub fn word(text: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./:@%+=,".contains(character);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::word;

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
}
