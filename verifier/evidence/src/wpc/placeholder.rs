//! Values that stand for ones to be filled in.

/// Whether a text is a placeholder (`docs/policies.md`, "Placeholders"). Apart from white space around and a
/// leading `b64u:`, it is empty, contains `...` or `…`, or stands whole in `<…>` or `{{…}}`.
pub(super) fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let text = text.strip_prefix("b64u:").unwrap_or(text).trim();
    let within = |open, close| text.starts_with(open) && text.ends_with(close);
    text.is_empty() || text.contains("...") || text.contains('…') || within("<", ">") || within("{{", "}}")
}
