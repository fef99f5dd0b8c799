//! Identities: what two statements of one author must not share, unless their payloads are the same.
//!
//! A ledger that refuses the second of two contradicting statements hides the contradiction, so
//! both are logged, and the identity is how the second finds the first. The author of a gateway receipt is the
//! gateway, whichever of its keys signed ([`Issuers::are_one_gateway`](crate::issuers::Issuers::are_one_gateway)
//! decides who signs for it); of everything else it is the signer.

use sha2::{Digest as _, Sha256};

use crate::did::DidKey;
use crate::kind::Kind;
use crate::payload::{Bundle, BundleForm, GatewayReceipt, Payload, TokenIssued};

/// Domain separation of identities from every other hash.
const TAG: &[u8] = b"evidence-ledger/identity/v1";

/// SHA-256 over the tag, a zero byte, and then kind, author (a signer's DID or a `gateway_id`), the identity's name
/// and its values, each preceded by its length in bytes as a 64-bit big-endian number. Lengths first, so
/// that no two lists of parts run together into the same bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Identity(pub [u8; 32]);

impl Identity {
    fn new(kind: Kind, author: &str, name: &str, values: &[&str]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(TAG);
        hasher.update([0]);
        for part in [kind.as_str(), author, name].iter().chain(values) {
            // A usize has at most 64 bits on every target, and a document at most 2^20 bytes.
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            hasher.update(length.to_be_bytes());
            hasher.update(part.as_bytes());
        }
        Self(hasher.finalize().into())
    }
}

pub(super) fn of(payload: &Payload, signer: &DidKey) -> Vec<Identity> {
    let new = |name: &str, values: &[&str]| Identity::new(payload.kind(), signer.as_str(), name, values);
    match payload {
        Payload::GatewayReceipt(receipt) => of_receipt(receipt),
        Payload::TokenIssued(issued) => of_token(issued, new),
        Payload::Bundle(Bundle { form, bundle_id, .. }) => {
            let name = match form {
                BundleForm::Proof => "bundle_id",
                BundleForm::Export => "export_id",
                BundleForm::Aggregate => "aggregate_id",
            };
            vec![new(name, &[bundle_id])]
        }
        _ => Vec::new(),
    }
}

/// The identities of a gateway receipt, which are the gateway's.
pub fn of_receipt(receipt: &GatewayReceipt) -> Vec<Identity> {
    let GatewayReceipt {
        gateway_id,
        receipt_id,
        binding,
        ..
    } = receipt;
    let new = |name: &str, values: &[&str]| Identity::new(Kind::ReceiptGateway, gateway_id, name, values);
    let mut identities = vec![new("receipt_id", &[receipt_id])];
    if let (Some(run_id), Some(nonce)) = (&binding.run_id, &binding.nonce) {
        identities.push(new("nonce", &[run_id, nonce]));
    }
    identities
}

fn of_token(issued: &TokenIssued, new: impl Fn(&str, &[&str]) -> Identity) -> Vec<Identity> {
    let mut identities = vec![new("token_hash", &[&issued.token_hash.to_string()])];
    if let Some(jti) = &issued.jti {
        identities.push(new("jti", &[jti]));
    }
    identities
}
