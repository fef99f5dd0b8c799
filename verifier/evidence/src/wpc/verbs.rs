//! Which operations only read (normative table: `docs/policies.md`, "Read-only operations").

use crate::text::invisible;

/// Operations that only read. Whatever is not here counts as a write.
pub const READ_ONLY_VERBS: &[&str] = &[
    "count",
    "describe",
    "fetch",
    "find",
    "get",
    "head",
    "inspect",
    "list",
    "lookup",
    "peek",
    "query",
    "read",
    "runhuntingquery",
    "runquery",
    "search",
    "show",
    "stat",
    "status",
    "view",
];

/// Whether an operation only reads: its last part, after the last `.`, `/` or `:`, is a verb of the table, in
/// whatever ASCII case. A verb with anything glued to it (`get_and_delete`), seen or not, is another verb.
pub(super) fn is_read_only(operation: &str) -> bool {
    let last = operation.rsplit(['.', '/', ':']).next().unwrap_or_default();
    READ_ONLY_VERBS.iter().any(|verb| verb.eq_ignore_ascii_case(last))
}

/// Whether a name has the word `elevated` in it, whatever nobody sees between its letters. Words are runs of ASCII
/// letters.
pub(super) fn is_elevated(name: &str) -> bool {
    let name = invisible::without(name);
    name.split(|character: char| !character.is_ascii_alphabetic())
        .any(|word| word.eq_ignore_ascii_case("elevated"))
}
