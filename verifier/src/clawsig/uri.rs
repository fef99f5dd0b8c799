//! URIs (RFC 3986 §3), as the `uri` format of JSON Schema asks for them: with a scheme, and something after it.

use core::net::Ipv6Addr;

/// Whether a text is a URI.
pub(super) fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    is_scheme(scheme)
        && !path.is_empty()
        && has_only(&without_address(path), "/")
        && has_only(query, "/?")
        && has_only(fragment, "/?")
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// The path without the address in brackets that may be its host: the only place for brackets.
fn without_address(path: &str) -> String {
    let host = path.strip_prefix("//").and_then(|authority| {
        let (before, rest) = authority.split_once('[')?;
        let (address, after) = rest.split_once(']')?;
        let is_host = (before.is_empty() || before.ends_with('@')) && address.parse::<Ipv6Addr>().is_ok();
        is_host.then(|| format!("//{before}{after}"))
    });
    host.unwrap_or_else(|| path.to_owned())
}

/// Whether there is nothing but what a path may hold (RFC 3986 §3.3, and the quotation mark, which the
/// reference's pattern lets pass) and these characters.
fn has_only(text: &str, more: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let fits = match byte {
            b'%' => {
                let digits = [bytes.next(), bytes.next()];
                digits
                    .iter()
                    .all(|digit| digit.is_some_and(|digit| digit.is_ascii_hexdigit()))
            }
            _ => {
                byte.is_ascii_alphanumeric()
                    || b"-._~!$&'\"()*+,;=:@".contains(&byte)
                    || more.as_bytes().contains(&byte)
            }
        };
        if !fits {
            return false;
        }
    }
    true
}
