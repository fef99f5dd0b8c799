//! URIs as the `uri` format of JSON Schema asks for them.

use fluent_uri::Uri;

/// Whether a text is a URI (RFC 3986 §3) with something after its scheme: an authority or a path. The grammar lets
/// both be empty (`a:`, `a:?b`), the reference does not.
pub(super) fn is_uri(text: &str) -> bool {
    Uri::parse(text).is_ok_and(|uri| uri.has_authority() || !uri.path().is_empty())
}
