//! For whom work is done: the name behind a token, or else the address that the request came from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use verifier::context::SubmitterName;

/// The bits of an IPv6 address that say whose it is: a subscriber gets a /64 at least, and may use every address in it.
const IPV6_PREFIX: u128 = !0 << 64;

tokio::task_local! {
    static CALLER: Caller;
}

/// One who asks. Each gets a share of every pool, and no more.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Caller {
    /// The holder of a token.
    Named(SubmitterName),
    /// Somebody without one, at an address.
    Peer(IpAddr),
}

impl Caller {
    /// The caller behind an address: an IPv4 address, or the /64 of an IPv6 address.
    pub fn peer(address: IpAddr) -> Self {
        Self::Peer(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & IPV6_PREFIX)),
        })
    }

    /// Answers a request for this caller: what the request takes from a pool counts as the caller's.
    pub async fn while_answering<F: Future>(self, answer: F) -> F::Output {
        CALLER.scope(self, answer).await
    }

    /// The same on a thread that may block.
    pub(super) fn while_working<T>(self, work: impl FnOnce() -> T) -> T {
        CALLER.sync_scope(self, work)
    }

    /// The caller whose request this task answers. Outside a request it is the unspecified address, which has a share
    /// of its own.
    pub fn current() -> Self {
        CALLER
            .try_with(Clone::clone)
            .unwrap_or(Self::Peer(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
    }
}
