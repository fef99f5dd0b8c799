//! What a gateway's receipt names by hash: the request that went to the model's provider, and what came back.

use verifier::base64::decode_url;
use verifier::json::{Object, Value};
use verifier::payload::Payload;

use super::KnownRecord;
use crate::text::shortened;

/// Characters of a receipt's id; the entry's own page has the rest.
const ID_CHARACTERS_MAX: usize = 120;
/// Bytes of SHA-256.
const HASH_BYTES: usize = 32;

/// A hash as the receipt writes it.
pub(crate) struct NamedHash {
    pub(crate) what: &'static str,
    pub(crate) hash: String,
    /// Whether it can be a SHA-256: then a copy can be compared with it.
    pub(crate) comparable: bool,
}

/// The request and the answer of a model call, by the hashes in its gateway receipt.
pub(crate) struct Exchange {
    pub(crate) receipt_id: String,
    pub(crate) named: Vec<NamedHash>,
}

impl Exchange {
    /// Of an entry that holds a gateway's receipt.
    pub(crate) fn of(known: &KnownRecord) -> Option<Self> {
        let Payload::GatewayReceipt(receipt) = known.payload()? else {
            return None;
        };
        let payload = known.document.as_ref()?.value().as_object()?.get("payload")?;
        let payload = payload.as_object()?;
        let named = [
            ("request", "request_hash_b64u"),
            ("response", "response_hash_b64u"),
        ];
        Some(Self {
            receipt_id: shortened(&receipt.receipt_id, ID_CHARACTERS_MAX),
            named: named
                .into_iter()
                .filter_map(|(what, member)| NamedHash::of(payload, what, member))
                .collect(),
        })
    }
}

impl NamedHash {
    fn of(payload: &Object, what: &'static str, member: &str) -> Option<Self> {
        let Value::String(hash) = payload.get(member)? else {
            return None;
        };
        Some(Self {
            what,
            hash: hash.clone(),
            comparable: decode_url(hash).is_some_and(|bytes| bytes.len() == HASH_BYTES),
        })
    }
}
