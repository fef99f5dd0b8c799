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
