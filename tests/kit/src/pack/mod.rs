//! A log with jobs, and packs of them, made as a ledger makes them.

mod indexed;
pub mod sample;

pub use indexed::IndexAnswers;

use std::collections::BTreeMap;

use serde_json::json;
use verifier::assess::{AsOf, Closure, ClosurePlanner, Query, RecordVerifier, RoundRecords, assess};
use verifier::base64::encode_standard;
use verifier::check::{PackCheck, check_pack};
use verifier::context::context_subject_list;
use verifier::context::{Context, SubmitterName, stream_hash};
use verifier::entry::{Entry, StreamPosition};
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::merkle::oracle::root_of;
use verifier::merkle::plan::ProofPlan;
use verifier::pack::{CoSigner, Contents, encode};
use verifier::record::{Record, StoredBytes, is_evidence};
use verifier::subject::{IndexSalt, Subject, subject_hash, target_subject_list};
use verifier::subject_index::IndexProof;

use crate::cosigners::cosigned;
use crate::index::SignedIndex;
use crate::log::{TestLog, gateway_receipt, job_event, log_key};

/// A log, with the evidence and contexts stored with its entries.
pub struct JobLog {
    /// The entries.
    pub log: TestLog,
    beside: Vec<(StoredBytes, Option<Context>)>,
    indexes: BTreeMap<u64, SignedIndex>,
}

/// What a pack is put together from, for a test to meddle with.
pub struct PackParts {
    /// What is there whole, and in no answer.
    pub beside: Vec<Record>,
    /// Entries without what is stored with them.
    pub alone: BTreeMap<LeafIndex, Vec<u8>>,
    /// The proof of all answers.
    pub index_answers: Option<IndexAnswers>,
}

/// How a pack is asked for.
#[derive(Clone, Copy)]
pub struct PackRequest<'a> {
    /// Of which job.
    pub job: &'a str,
    /// At which size of the log.
    pub as_of: u64,
    /// Size of the checkpoint.
    pub size: u64,
    /// Seeds of the cosigners' keys.
    pub cosigners: &'a [u8],
    /// Entries that the maker of the pack keeps back.
    pub kept_back: &'a [u64],
}

impl JobLog {
    /// Genesis, `job-1` opened, a receipt that its submitter says belongs to it, and another job, opened by the operator.
    pub fn new() -> Self {
        let log = TestLog::new();
        let genesis = StoredBytes::Bytes(log.genesis.clone());
        let mut made = Self {
            log,
            beside: vec![(genesis, None)],
            indexes: BTreeMap::new(),
        };
        made.document(&job_event(4, "job-1"), None);
        let context = r#"{"job_id":"job-1","last":true,"number":0,"stream":"s"}"#;
        made.document(&gateway_receipt(5), Some(context));
        made.document(&job_event(2, "job-2"), None);
        made
    }

    /// Goes on with a log, of whose entries this is stored.
    pub fn of(log: TestLog, stored: Vec<(StoredBytes, Option<Context>)>) -> Self {
        Self {
            log,
            beside: stored,
            indexes: BTreeMap::new(),
        }
    }

    /// Logs a document; its index.
    pub fn document(&mut self, document: &[u8], context: Option<&str>) -> u64 {
        let mut entry = self.log.entry_of(document);
        let context = context.map(|text| {
            let value = verifier::json::parse(text.as_bytes()).unwrap();
            Context::from_json(&value, "").unwrap()
        });
        if let Some(context) = &context {
            add_context(&mut entry, &self.log.identity.salt, context);
        }
        self.beside.push((StoredBytes::Bytes(document.to_vec()), context));
        self.log.push(&entry)
    }

    /// Logs what a submitter says about the document of an earlier entry; its index.
    pub fn context(&mut self, target: u64, submitter: &str, text: &str) -> u64 {
        let value = verifier::json::parse(text.as_bytes()).unwrap();
        let context = Context::from_json(&value, "").unwrap();
        let target = self.record(LeafIndex::new(target)).entry;
        let mut entry = self.log.filler();
        entry.kind = Kind::Context;
        entry.refused = None;
        entry.evidence_digest = target.evidence_digest;
        entry.raw_digest = target.raw_digest;
        entry.signer.clone_from(&target.signer);
        entry.subjects = target_subject_list(&self.log.identity.salt, target.evidence_digest);
        add_context(&mut entry, &self.log.identity.salt, &context);
        entry.submitter = SubmitterName::parse(submitter);
        self.beside.push((StoredBytes::Nothing, Some(context)));
        self.log.push(&entry)
    }

    /// Logs refused documents of nobody up to a size.
    pub fn fill(&mut self, size: u64) {
        while self.log.size() < size {
            let filler = self.log.filler();
            // What the log's filler commits to.
            let document = self.log.entries.len().to_be_bytes().to_vec();
            self.log.push(&filler);
            self.beside.push((StoredBytes::Bytes(document), None));
        }
    }

    /// Logs an entry that was made by hand; its index.
    pub fn entry(&mut self, entry: &Entry, stored: StoredBytes) -> u64 {
        self.beside.push((stored, None));
        self.log.push(entry)
    }

    /// Lets two entries change places, and what is stored with them.
    pub fn exchange(&mut self, one: u64, other: u64) {
        let [one, other] = [one, other].map(|index| usize::try_from(index).unwrap());
        self.log.entries.swap(one, other);
        self.beside.swap(one, other);
    }

    /// Erases the evidence and context stored with an entry.
    pub fn erase(&mut self, index: u64) {
        self.beside[usize::try_from(index).unwrap()] = (StoredBytes::Erased, None);
    }

    /// An entry with what is stored with it.
    pub fn record(&self, index: LeafIndex) -> Record {
        let position = usize::try_from(index.value()).unwrap();
        let bytes = self.log.entries[position].clone();
        let (evidence, context) = self.beside[position].clone();
        Record {
            index,
            entry: Entry::decode(&bytes).unwrap(),
            bytes,
            evidence,
            context,
        }
    }

    /// What a server answers for an entry.
    pub fn entry_answer(&self, index: u64) -> Vec<u8> {
        let record = self.record(LeafIndex::new(index));
        let proof = self.log.proof(index).to_string();
        let mut answer = json!({ "entry": encode_standard(&record.bytes), "proof": proof });
        if let StoredBytes::Bytes(document) = record.evidence {
            answer["evidence"] = String::from_utf8(document).unwrap().into();
        }
        if let Some(context) = record.context {
            answer["context"] = serde_json::to_value(context).unwrap();
        }
        answer.to_string().into_bytes()
    }

    fn answer(&self, query: &Query, as_of: u64) -> Vec<LeafIndex> {
        (0..as_of)
            .map(LeafIndex::new)
            .filter(|index| matches(query, &self.log.identity.salt, &self.record(*index).entry))
            .collect()
    }

    /// The closure of a job, collected as a server collects it.
    pub fn closure(&self, job: &str, as_of: u64) -> Closure {
        self.closure_without(job, as_of, &[])
    }

    fn closure_without(&self, job: &str, as_of: u64, kept_back: &[u64]) -> Closure {
        let head = AsOf {
            size: TreeSize::new(as_of),
            root: root_of(&self.log.leaves()[..usize::try_from(as_of).unwrap()]),
            time: self.record(LeafIndex::new(as_of - 1)).entry.logged_at,
        };
        let rounds = RoundRecords::default();
        let verifier = RecordVerifier::new(self.log.identity.key.name(), self.log.identity.salt);
        let mut planner = ClosurePlanner::new(
            &rounds,
            job,
            self.log.identity.key.name(),
            self.log.identity.salt,
            head,
        );
        while let Some(query) = planner.next_query() {
            let mut indices = self.answer(&query, as_of);
            indices.retain(|index| !kept_back.contains(&index.value()));
            let unknown = indices.iter().filter(|index| !planner.knows(**index));
            let records = unknown
                .map(|index| verifier.verify(self.record(*index)))
                .collect();
            planner.supply(indices, records).unwrap();
        }
        planner.finish()
    }

    /// The pack that is asked for.
    pub fn pack(&self, ask: PackRequest<'_>) -> Vec<u8> {
        self.pack_beside(ask, &[])
    }

    /// With further records that are not in the closure.
    pub fn pack_beside(&self, ask: PackRequest<'_>, further: &[u64]) -> Vec<u8> {
        let further = further.iter().map(|index| self.record(LeafIndex::new(*index)));
        self.pack_of(ask, |parts| parts.beside.extend(further))
    }

    /// With what `change` makes of its parts.
    pub fn pack_of(&self, ask: PackRequest<'_>, change: impl FnOnce(&mut PackParts)) -> Vec<u8> {
        let closure = self.closure_without(ask.job, ask.as_of, ask.kept_back);
        let index_answers = self.index_answers(&closure, ask.size);
        let found = index_answers.iter().flat_map(|answers| &answers.found);
        let alone = [ask.as_of, ask.size]
            .map(|size| LeafIndex::new(size - 1))
            .into_iter()
            .chain(found.copied())
            .filter(|index| !ask.kept_back.contains(&index.value()));
        let mut parts = PackParts {
            beside: vec![self.record(LeafIndex::ZERO)],
            alone: alone.map(|index| (index, self.record(index).bytes)).collect(),
            index_answers,
        };
        change(&mut parts);
        let index_proof = parts
            .index_answers
            .as_ref()
            .map(|answers| IndexProof::new(answers.index_root, &answers.run_proofs).unwrap());
        let (checkpoint, cosigners) = cosigned(&self.log.checkpoint(ask.size), ask.cosigners);
        let cosigners: Vec<CoSigner> = cosigners.into_iter().map(CoSigner::Cosigner).collect();
        let assessment = assess(&closure);
        let mut contents = Contents {
            key: &self.log.identity.key,
            checkpoint: &checkpoint,
            cosigners: &cosigners,
            closure: &closure,
            beside: &parts.beside,
            alone: &parts.alone,
            proof: &[],
            index_proof: index_proof.as_ref(),
            assessment: assessment.to_jcs(),
        };
        let plan = ProofPlan::multi(&contents.indices(), TreeSize::new(ask.size)).unwrap();
        let whole = TestLog {
            entries: self.log.entries[..usize::try_from(ask.size).unwrap()].to_vec(),
            genesis: Vec::new(),
            identity: self.log.identity.clone(),
        };
        let proof = whole.assemble(&plan);
        contents.proof = &proof;
        encode(&contents).unwrap()
    }
}

/// The smallest pack that shows everything: a tree that grew after the assessed one.
pub fn sample() -> (JobLog, Vec<u8>) {
    let mut log = JobLog::new();
    log.fill(7);
    let pack = log.pack(ASK);
    (log, pack)
}

/// What [`sample()`] asks for.
pub const ASK: PackRequest<'static> = PackRequest {
    job: "job-1",
    as_of: 5,
    size: 7,
    cosigners: &[],
    kept_back: &[],
};

fn add_context(entry: &mut Entry, salt: &IndexSalt, context: &Context) {
    entry.submitter = SubmitterName::parse("local");
    entry.context_subjects = Some(context_subject_list(salt, context).unwrap());
    entry.stream = context.stream.as_ref().map(|claim| StreamPosition {
        stream: stream_hash("local", &claim.stream),
        number: claim.number,
        last: claim.last,
    });
}

fn matches(query: &Query, salt: &IndexSalt, entry: &Entry) -> bool {
    match query {
        Query::Kind(kind) => entry.kind == *kind,
        Query::Evidence(digest) => is_evidence(entry.kind) && entry.evidence_digest == *digest,
        Query::Subject { field, value, kinds } => {
            let subject = Subject {
                field: *field,
                hash: subject_hash(salt, *field, value),
            };
            carries(entry, &subject, kinds)
        }
        Query::Hashed { subject, kinds } => carries(entry, subject, kinds),
    }
}

fn carries(entry: &Entry, subject: &Subject, kinds: &[Kind]) -> bool {
    let carried = entry.subjects.contains(subject)
        || entry
            .context_subjects
            .as_ref()
            .is_some_and(|list| list.contains(subject));
    carried && (kinds.is_empty() || kinds.contains(&entry.kind))
}

/// Checks a pack with the log's key.
pub fn check(pack: &[u8]) -> PackCheck {
    check_pack(pack, &log_key(), None)
}
