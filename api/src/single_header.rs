//! Headers that a request may carry once. Apart from what reads bodies, which needs the server's state, and so who asks.

use axum::http::{HeaderMap, HeaderName};

/// A header came more than once, or is not text. Two readers of such a request, a proxy and this server for example, would
/// each take another value for the one that counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct HeaderError;

/// The value of a header that a request may carry once; `None` where it carries none.
///
/// # Errors
/// [`HeaderError`].
pub(crate) fn single_value<'h>(
    headers: &'h HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'h str>, HeaderError> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(HeaderError);
    }
    value.to_str().map(Some).map_err(|_| HeaderError)
}
