//! Who is at the other end of a connection, and how they came.

use api::{TrustedProxies, VisitorTransport};
use axum::http::{HeaderMap, HeaderValue};
use std::net::IpAddr;

#[test]
fn only_a_trusted_proxy_says_who_asks() {
    let address = |text: &str| text.parse::<IpAddr>().ok();
    let proxies = TrustedProxies::new(["127.0.0.1", "10.0.0.2"].into_iter().filter_map(address));
    let asked = |peer: &str, values: &[&'static str]| {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-forwarded-for", HeaderValue::from_static(value));
        }
        address(peer).map(|peer| proxies.visitor(peer, &headers).0.to_string())
    };
    for (peer, values, expected) in [
        ("127.0.0.1", &["192.0.2.1"][..], "192.0.2.1"),
        ("::ffff:127.0.0.1", &["192.0.2.1"], "192.0.2.1"),
        ("127.0.0.1", &["203.0.113.9, 192.0.2.1"], "192.0.2.1"),
        ("127.0.0.1", &["203.0.113.9", "192.0.2.1"], "192.0.2.1"),
        ("127.0.0.1", &["203.0.113.9, 192.0.2.1, 10.0.0.2"], "192.0.2.1"),
        ("127.0.0.1", &["2001:db8::1"], "2001:db8::1"),
        ("127.0.0.1", &[], "127.0.0.1"),
        ("127.0.0.1", &["192.0.2.1, unknown"], "127.0.0.1"),
        ("127.0.0.1", &["192.0.2.1, unknown, 10.0.0.2"], "10.0.0.2"),
        ("192.0.2.7", &["192.0.2.1"], "192.0.2.7"),
        ("192.0.2.7", &["127.0.0.1"], "192.0.2.7"),
    ] {
        assert_eq!(
            asked(peer, values).as_deref(),
            Some(expected),
            "{peer} {values:?}"
        );
    }
}
#[test]
fn only_a_trusted_proxy_says_whether_a_visitor_came_over_tls() {
    let address = |text: &str| text.parse::<IpAddr>().ok();
    let proxies = TrustedProxies::new(["10.0.0.2", "127.0.0.1"].into_iter().filter_map(address));
    let came = |peer: &str, proto: &[&'static str], is_over_tls: bool| {
        let mut headers = HeaderMap::new();
        for value in proto {
            headers.append("x-forwarded-proto", HeaderValue::from_static(value));
        }
        address(peer).map(|peer| proxies.transport(peer, &headers, is_over_tls))
    };
    for (peer, proto, is_over_tls, expected) in [
        ("192.0.2.1", &[][..], true, VisitorTransport::Tls),
        ("192.0.2.1", &[], false, VisitorTransport::Plain),
        ("192.0.2.1", &["https"], false, VisitorTransport::Plain),
        ("192.0.2.1", &["http"], true, VisitorTransport::Tls),
        ("::ffff:10.0.0.2", &["https"], false, VisitorTransport::Tls),
        ("10.0.0.2", &["HTTPS"], false, VisitorTransport::Tls),
        ("10.0.0.2", &["http"], true, VisitorTransport::Plain),
        ("10.0.0.2", &["https", "http"], false, VisitorTransport::Plain),
        ("10.0.0.2", &["http, https"], false, VisitorTransport::Tls),
        ("10.0.0.2", &["other"], false, VisitorTransport::Unknown),
        ("10.0.0.2", &[], true, VisitorTransport::Tls),
        ("127.0.0.1", &[], false, VisitorTransport::Unknown),
        ("127.0.0.1", &["http"], false, VisitorTransport::Plain),
        ("::1", &["https"], false, VisitorTransport::Unknown),
    ] {
        assert_eq!(
            came(peer, proto, is_over_tls),
            Some(expected),
            "{peer} {proto:?} {is_over_tls}"
        );
    }
}
