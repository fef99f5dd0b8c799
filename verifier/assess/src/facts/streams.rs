//! Streams in which contexts that count put gateway receipts, whatever their job: a counter may run over several
//! jobs of one token.

use std::collections::{BTreeMap, BTreeSet};

use super::context_statements::ContextStatements;
use super::entry_document::{DocumentBody, EntryDocument};
use evidence::kind::Kind;
use evidence::stream::{Stream, StreamItem, StreamState};
use tlog::index::LeafIndex;

/// Ranges of missing numbers that are named; a stream with more has too many to look for one by one.
const RANGES_MAX: usize = 16;

/// A stream that a receipt of the closure stands in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct StreamFact {
    pub(crate) state: StreamState,
    /// The first numbers below the highest that are not there, as ranges, both ends included.
    pub(crate) missing: Vec<(u64, u64)>,
    /// The receipts in it.
    pub(crate) receipts: BTreeSet<LeafIndex>,
}

/// Every such stream.
pub(super) fn of(docs: &[&EntryDocument], words: &ContextStatements<'_>) -> Vec<StreamFact> {
    let mut streams: BTreeMap<[u8; 32], (Stream, BTreeSet<LeafIndex>)> = BTreeMap::new();
    for doc in docs.iter().filter(|doc| doc.kind == Kind::ReceiptGateway) {
        let Some(receipt) = counted(doc) else { continue };
        for position in words.counted(doc.digest).filter_map(|word| word.stream) {
            let (stream, receipts) = streams.entry(position.stream).or_default();
            stream.place(receipt, position.number, position.last);
            receipts.insert(doc.index);
        }
    }
    streams
        .into_values()
        .map(|(stream, receipts)| StreamFact {
            state: stream.state(0),
            missing: stream.missing(0, RANGES_MAX).collect(),
            receipts,
        })
        .collect()
}

fn counted(doc: &EntryDocument) -> Option<StreamItem> {
    match &doc.body {
        DocumentBody::Said(said) => said.payload_digest.map(StreamItem::Receipt),
        DocumentBody::Erased => Some(StreamItem::Erased(doc.digest)),
        DocumentBody::Word | DocumentBody::Refused(_) | DocumentBody::Root | DocumentBody::Broken(_) => None,
    }
}
