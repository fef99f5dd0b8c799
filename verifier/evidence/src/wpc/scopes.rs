//! Microsoft Graph permissions among the scopes of a token (`docs/policies.md`, "Graph scopes").

use super::glob::fold;

/// How some tokens spell that a scope is one of Graph's.
const PREFIXES: [&str; 2] = ["https://graph.microsoft.com/", "graph:"];
/// What the operation of a Graph permission begins with.
const OPERATIONS: [&str; 7] = ["read", "write", "manage", "send", "create", "delete", "full"];

/// The scope without what says that it is one of Graph's.
pub fn graph_scope(scope: &str) -> &str {
    let scope = scope.trim();
    PREFIXES
        .iter()
        .find_map(|prefix| scope.strip_prefix(prefix))
        .unwrap_or(scope)
}

/// Whether a scope is of Graph's vocabulary: `Resource.Operation` or `Resource.Operation.Constraint`, letters,
/// digits and hyphens with dots between.
pub fn is_graph_scope(scope: &str) -> bool {
    let mut parts = graph_scope(scope).split('.');
    let name = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || character == '-')
    };
    let resource = parts.next().is_some_and(name);
    let mut operation = false;
    for part in parts {
        if !name(part) {
            return false;
        }
        operation |= OPERATIONS.iter().any(|start| fold(part).starts_with(start));
    }
    resource && operation
}

/// Whether two scopes are one Graph permission, in whatever case and spelling.
pub fn same_graph_scope(one: &str, other: &str) -> bool {
    fold(graph_scope(one)) == fold(graph_scope(other))
}
