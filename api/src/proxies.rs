//! Who is at the other end, where proxies that are trusted stand between.

use crate::auth::PeerAddress;
use axum::http::{HeaderMap, HeaderName};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Where proxies say for whom they ask, and how they were asked.
const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// How a request came from its visitor. The server that accepts connections puts it into each request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VisitorTransport {
    /// Over TLS.
    Tls,
    /// In the clear.
    Plain,
    /// Through a proxy that does not say.
    Unknown,
}

/// The addresses of proxies whose word counts. None: nobody's does.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(BTreeSet<IpAddr>);

impl TrustedProxies {
    /// Those at these addresses.
    pub fn new(addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        Self(
            addresses
                .into_iter()
                .map(|address| address.to_canonical())
                .collect(),
        )
    }

    /// Who asks on a connection from `peer`. Each proxy adds the address that it sees to the end of the header, so that it is
    /// read from there: the first address that is no trusted proxy's is the visitor's, and what stands before it is only the
    /// visitor's word. Where an address cannot be read, the proxy that passed it on counts.
    pub fn visitor(&self, peer: IpAddr, headers: &HeaderMap) -> PeerAddress {
        let mut visitor = peer.to_canonical();
        let values: Vec<_> = headers.get_all(FORWARDED_FOR).iter().collect();
        let listed = values.iter().rev().flat_map(|value| {
            let text = value.to_str().unwrap_or_default();
            text.rsplit(',').map(|address| address.trim().parse::<IpAddr>())
        });
        for address in listed {
            if !self.0.contains(&visitor) {
                break;
            }
            match address {
                Ok(address) => visitor = address.to_canonical(),
                Err(_) => break,
            }
        }
        PeerAddress(visitor)
    }

    /// How a request on a connection from `peer`, which is over TLS or not, came to the first proxy. Only a trusted proxy's
    /// word counts. Without TLS here, a peer on loopback may be a proxy that nobody named.
    pub fn transport(&self, peer: IpAddr, headers: &HeaderMap, is_over_tls: bool) -> VisitorTransport {
        let peer = peer.to_canonical();
        if self.0.contains(&peer) {
            // The last value is the one that this proxy wrote.
            let last = headers.get_all(&FORWARDED_PROTO).iter().next_back();
            let said = last.and_then(|value| value.to_str().ok()?.rsplit(',').next());
            match said.map(str::trim) {
                Some(said) if said.eq_ignore_ascii_case("https") => return VisitorTransport::Tls,
                Some(said) if said.eq_ignore_ascii_case("http") => return VisitorTransport::Plain,
                _ => {}
            }
        }
        if is_over_tls {
            VisitorTransport::Tls
        } else if peer.is_loopback() || self.0.contains(&peer) {
            VisitorTransport::Unknown
        } else {
            VisitorTransport::Plain
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{TrustedProxies, VisitorTransport};
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
}
