//! What belongs to this site: the addresses that a sign-in may lead back to, and the requests that its own pages make.

use axum::http::uri::{Authority, PathAndQuery};
use axum::http::{HeaderMap, HeaderName, header};
use percent_encoding::percent_decode_str;

use crate::single_header::single_value;

/// Where people sign in.
pub const SIGN_IN: &str = "/sign-in";
/// Where they sign out.
pub const SIGN_OUT: &str = "/sign-out";
/// Where a browser says what a request is for, and whose page makes it.
pub(crate) const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
pub(crate) const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Longest address that a sign-in leads back to.
const PATH_BYTES_MAX: usize = 2_048;
/// Pages that lead nowhere after a sign-in.
const NOWHERE: [&str; 2] = [SIGN_IN, SIGN_OUT];

/// `text`, if it is a path on this site, perhaps with a query, whichever reader takes it for an address: nothing in it,
/// percent-encoded or not, is a host, a scheme, a backslash (which browsers read as a slash) or a control character.
pub(crate) fn path(text: &str) -> Option<&str> {
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    let leads_off = |path: &str| !path.starts_with('/') || path.starts_with("//") || path.contains('\\');
    let hidden = |character: char| character.is_control() || character.is_whitespace();
    if text.len() > PATH_BYTES_MAX
        || leads_off(text)
        || leads_off(&decoded)
        || text.contains(hidden)
        || decoded.split('?').next()?.contains(char::is_control)
    {
        return None;
    }
    let parsed: PathAndQuery = text.parse().ok()?;
    (!NOWHERE.contains(&parsed.path())).then_some(text)
}

/// Whether a request that does something comes from a page of this site, or from no page at all. Browsers say so in
/// `Sec-Fetch-Site`. `Origin` is `null` for forms of pages that, as ours, send no referrer, and counts alone only where the
/// other is missing: from a browser that sends neither nothing comes, since each sends `Origin` with a POST. Where one of
/// them comes twice, no browser sent it, and neither value counts.
pub(crate) fn is_from_here(headers: &HeaderMap) -> bool {
    let (Ok(site), Ok(origin)) = (
        single_value(headers, &SEC_FETCH_SITE),
        single_value(headers, &header::ORIGIN),
    ) else {
        return false;
    };
    let is_from_elsewhere = site.is_some_and(|site| !["same-origin", "none"].contains(&site));
    let is_of_this_host = match origin {
        None => true,
        Some("null") => site.is_some(),
        Some(origin) => is_this_host(origin, headers),
    };
    !is_from_elsewhere && is_of_this_host
}

/// The scheme is not compared: behind a proxy that ends TLS it is another one here.
fn is_this_host(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    let parsed = |text: &str| text.parse::<Authority>().ok();
    match (authority.and_then(parsed), host.and_then(parsed)) {
        (Some(origin), Some(host)) => origin == host,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_from_here, path};
    use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

    #[test]
    fn a_sign_in_leads_back_to_paths_of_this_site_only() {
        for inside in [
            "/",
            "/jobs",
            "/jobs/a%2Fb%20c?as_of=3",
            "/search?q=https%3A%2F%2Fa.example",
            "/a?b=//c",
        ] {
            assert_eq!(path(inside), Some(inside), "{inside}");
        }
        for outside in [
            "",
            "jobs",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/%5Cevil.example",
            "/%2Fevil.example",
            "%2F%2Fevil.example",
            "/jobs\\..\\",
            "https://evil.example/",
            "https:evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\n/evil.example",
            "/%09/evil.example",
            "/%0d%0aSet-Cookie:a=b",
            " /jobs",
            "/jobs ",
            "/%ff",
            "/sign-in",
            "/sign-in?next=/jobs",
            "/sign-out",
        ] {
            assert_eq!(path(outside), None, "{outside:?}");
        }
        assert_eq!(path(&format!("/{}", "x".repeat(4_000))), None);
    }

    #[test]
    fn a_request_that_another_site_makes_is_not_ours() {
        let asked = |site: Option<&'static str>, origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("ledger.example:8443"));
            for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
                if let Some(value) = value {
                    headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
                }
            }
            is_from_here(&headers)
        };
        let (ours, theirs) = ("https://ledger.example:8443", "https://evil.example");
        for (site, origin) in [
            (Some("same-origin"), Some("null")),
            (Some("same-origin"), Some(ours)),
            (Some("same-origin"), None),
            (None, Some(ours)),
            (None, None),
        ] {
            assert!(asked(site, origin), "{site:?} {origin:?}");
        }
        for (site, origin) in [
            (Some("cross-site"), Some(theirs)),
            (Some("cross-site"), Some(ours)),
            (Some("same-site"), Some("null")),
            (Some("cross-site"), None),
            (Some("same-origin"), Some(theirs)),
            (None, Some(theirs)),
            (None, Some("null")),
            (None, Some("https://ledger.example")),
            (None, Some("https://ledger.example:8443.evil.example")),
        ] {
            assert!(!asked(site, origin), "{site:?} {origin:?}");
        }
    }

    #[test]
    fn a_request_that_says_twice_where_it_comes_from_is_not_ours() {
        for (name, values) in [
            ("sec-fetch-site", ["same-origin", "cross-site"]),
            ("sec-fetch-site", ["same-origin", "same-origin"]),
            ("origin", ["https://ledger.example:8443", "https://evil.example"]),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("ledger.example:8443"));
            for value in values {
                headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            assert!(!is_from_here(&headers), "{name}: {values:?}");
        }
    }
}
