//! What the words on a gateway's receipts say of streams and jobs.

use std::collections::{BTreeMap, BTreeSet};

use ledger_query::QueryEngine;
use verifier::context::Context;
use verifier::index::{LeafIndex, TimestampMs};
use verifier::payload::Payload;
use verifier::stream::{Stream, StreamItem};

use crate::error::PageError;
use crate::model::KnownRecord;
use crate::model::signers::SignerTable;

/// Later contexts on one receipt that are read.
const WORDS_READ: usize = 16;

#[derive(Default)]
pub(super) struct StreamOfGateway {
    pub(super) name: Option<String>,
    pub(super) places: Stream,
    /// Whether a receipt in it has more contexts than are read here.
    pub(super) cut: bool,
    pub(super) jobs: BTreeSet<String>,
    pub(super) last: TimestampMs,
}

#[derive(Default)]
pub(super) struct JobReceipts {
    pub(super) receipts: u64,
    pub(super) newest: LeafIndex,
    pub(super) last: TimestampMs,
}

/// What is read of the receipts, before it takes the form of rows.
pub(super) struct ReceiptWalk<'a> {
    pub(super) engine: &'a QueryEngine,
    pub(super) signers: &'a SignerTable,
    pub(super) streams: BTreeMap<[u8; 32], StreamOfGateway>,
    pub(super) jobs: BTreeMap<String, JobReceipts>,
    pub(super) jobless: u64,
    pub(super) streamless: u64,
}

impl<'a> ReceiptWalk<'a> {
    pub(super) fn new(engine: &'a QueryEngine, signers: &'a SignerTable) -> Self {
        Self {
            engine,
            signers,
            streams: BTreeMap::new(),
            jobs: BTreeMap::new(),
            jobless: 0,
            streamless: 0,
        }
    }

    pub(super) fn receipt(&mut self, known: &KnownRecord) -> Result<(), PageError> {
        let mut words = self.counted_contexts(known);
        let entry = &known.record.entry;
        // A later context may close the stream, or give the receipt another number.
        let mut later = self.engine.by_evidence(&entry.evidence_digest)?;
        later.retain(|index| *index != known.record.index);
        let cut = later.len() > WORDS_READ;
        for index in later.into_iter().take(WORDS_READ) {
            if let Some(context) = KnownRecord::read(self.engine, index)? {
                words.extend(self.counted_contexts(&context));
            }
        }
        let receipt = known
            .evidence
            .as_ref()
            .and_then(verifier::evidence::Evidence::payload_digest)
            .map_or(StreamItem::Erased(entry.evidence_digest), StreamItem::Receipt);
        let at = entry.logged_at;
        let jobs: BTreeSet<&String> = words.iter().filter_map(|word| word.job_id.as_ref()).collect();
        self.jobless += u64::from(jobs.is_empty());
        for job_id in &jobs {
            let job = self.jobs.entry((*job_id).clone()).or_default();
            job.receipts += 1;
            job.newest = job.newest.max(known.record.index);
            job.last = job.last.max(at);
        }
        self.streamless += u64::from(words.iter().all(|word| word.stream.is_none()));
        for word in &words {
            let Some((hash, number, last)) = word.stream else {
                continue;
            };
            let stream = self.streams.entry(hash).or_default();
            stream.places.place(receipt, number, last);
            stream.cut |= cut;
            stream.last = stream.last.max(at);
            stream.name = stream.name.take().or_else(|| word.name.clone());
            stream.jobs.extend(word.job_id.clone());
        }
        Ok(())
    }

    /// The words of an entry that count.
    fn counted_contexts(&self, known: &KnownRecord) -> Vec<ContextFact> {
        let entry = &known.record.entry;
        let signed = match known.payload() {
            Some(Payload::SubmissionContext(said)) => Some(&said.context),
            _ => None,
        };
        let bound = self.signers.linked(entry, known.record.index).is_ok();
        let told = known.record.context.as_ref().filter(|_| bound);
        let word = |context: &Context| ContextFact {
            job_id: context.job_id.clone(),
            name: context.stream.as_ref().map(|claim| claim.stream.clone()),
            stream: entry
                .stream
                .as_ref()
                .map(|position| (position.stream, position.number, position.last)),
        };
        signed.or(told).map(word).into_iter().collect()
    }
}

/// What one context says that counts.
struct ContextFact {
    job_id: Option<String>,
    /// Of the stream, in clear.
    name: Option<String>,
    stream: Option<([u8; 32], u64, bool)>,
}
