//! One entry against what is kept beside it: digests, signature, subjects, stream, context; and its rows.

use super::erased::{Covered, Orders};
use super::{FsckFault, FsckReport, codes};
use crate::rows::{Carried, Row, RowKey, Space, rows_of};
use crate::store::{Beside, LogStore, Order, StoreError};
use verifier::context::{Context, StreamClaim, stream_hash};
use verifier::digest::StatementDigest;
use verifier::document::Document;
use verifier::entry::{Entry, StreamPosition};
use verifier::evidence::Evidence;
use verifier::hash::LeafHash;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::json;
use verifier::kind::Kind;
use verifier::note::VerifierKey;
use verifier::payload::Payload;
use verifier::refused::{RefusedDocument, RefusedError};
use verifier::subject::{ClearSubject, Field, IndexSalt, Subject, subject_list};

/// What genesis fixed.
pub(super) struct Facts {
    origin: String,
    salt: IndexSalt,
    orders: Orders,
}

impl Facts {
    /// Reads entry 0; `None`, with a fault, where it is no genesis that verifies.
    pub(super) fn of_genesis(
        store: &dyn LogStore,
        key: &VerifierKey,
        size: TreeSize,
        report: &mut FsckReport,
    ) -> Result<Option<Self>, StoreError> {
        let object = "entry 0";
        let read = store.beside(LeafIndex::new(0));
        let Some(beside) = report.sound(codes::EVIDENCE_DAMAGED, read)? else {
            return Ok(None);
        };
        let bytes = beside.and_then(|beside| beside.evidence).unwrap_or_default();
        let evidence = match read_evidence(&bytes, key.name()) {
            Ok((_, evidence)) => evidence,
            Err(why) => {
                report.add(codes::GENESIS_INVALID, object, why);
                return Ok(None);
            }
        };
        let Payload::LogGenesis(genesis) = evidence.payload() else {
            let detail = format!("it is {}, expected {}", evidence.kind(), Kind::LogGenesis);
            report.add(codes::GENESIS_INVALID, object, detail);
            return Ok(None);
        };
        if genesis.origin != key.name() || !genesis.log_vkeys.contains(key) {
            report.add(
                codes::KEY_MISMATCH,
                object,
                format!("genesis of {} does not name {key}", genesis.origin),
            );
        }
        let orders = Orders::load(store, genesis, size, report)?;
        Ok(Some(Self {
            origin: genesis.origin.clone(),
            salt: genesis.index_salt,
            orders,
        }))
    }
}

/// What was found about one entry.
#[derive(Default)]
pub(super) struct Examined {
    pub(super) faults: Vec<FsckFault>,
    /// `None` where the bytes are not an entry.
    pub(super) logged_at: Option<TimestampMs>,
    /// The rows that it demands; `None` where what they follow from is at fault.
    pub(super) rows: Option<Vec<Row>>,
}

impl Examined {
    fn add(&mut self, code: &'static str, index: LeafIndex, detail: impl Into<String>) {
        self.faults.push(FsckFault {
            code,
            object: format!("entry {index}"),
            detail: detail.into(),
        });
    }
}

/// Examines entries one at a time.
pub(super) struct Examiner<'a> {
    store: &'a dyn LogStore,
    facts: Option<&'a Facts>,
}

/// What the evidence of an entry gives; or, for a submitter's context, that of its target.
enum Source {
    Nothing,
    Own(Box<Evidence>),
    Target(StatementDigest),
}

impl<'a> Examiner<'a> {
    pub(super) fn new(store: &'a dyn LogStore, facts: Option<&'a Facts>) -> Self {
        Self { store, facts }
    }

    /// Checks an entry against its leaf's surroundings. Only an engine that fails is an error.
    pub(super) fn examine(
        &self,
        index: LeafIndex,
        bytes: &[u8],
        leaf: &LeafHash,
    ) -> Result<Examined, StoreError> {
        let mut found = Examined::default();
        let entry = match Entry::decode(bytes) {
            Ok(entry) => entry,
            Err(error) => {
                found.add(codes::ENTRY_MALFORMED, index, error.to_string());
                return Ok(found);
            }
        };
        found.logged_at = Some(entry.logged_at);
        // Without genesis nothing below can be recomputed; that fault is reported already.
        let Some(facts) = self.facts else { return Ok(found) };
        let Some(beside) = self.beside(index, &mut found)? else {
            return Ok(found);
        };
        let covering = facts.orders.covering(self.store, index, &entry)?;
        if let Some(remains) = &beside.erased {
            if covering != Covered::Untold && covering != Covered::By(remains.order) {
                let detail = format!("it names the order at entry {}", remains.order);
                found.add(codes::ERASED_WITHOUT_ORDER, index, detail);
            }
            let mut rows = rows_of(index, &entry, leaf, Carried::Nothing, None);
            rows.extend(remains.keys.iter().map(|key| Row { key: *key, index }));
            rows.sort_unstable();
            rows.dedup();
            found.rows = Some(rows);
            return Ok(found);
        }
        if let Covered::By(order) = covering
            && facts.orders.is_done(order)
        {
            let detail = format!("the order at entry {order} is done");
            found.add(codes::ERASED_EVIDENCE_PRESENT, index, detail);
        }
        let source = self.source(index, &entry, &beside, facts, &mut found)?;
        check_context(index, &entry, &beside, facts, &mut found);
        found.rows = source.map(|source| {
            let carried = match &source {
                Source::Nothing => Carried::Nothing,
                Source::Own(evidence) => Carried::evidence(evidence),
                Source::Target(statement) => Carried::ContextOn {
                    statement: *statement,
                },
            };
            rows_of(index, &entry, leaf, carried, beside.context.as_deref())
        });
        Ok(found)
    }

    fn beside(&self, index: LeafIndex, found: &mut Examined) -> Result<Option<Beside>, StoreError> {
        match self.store.beside(index) {
            Ok(Some(beside)) => Ok(Some(beside)),
            Ok(None) => {
                found.add(codes::EVIDENCE_DAMAGED, index, "nothing is kept beside it");
                Ok(None)
            }
            Err(StoreError::Damaged { what, detail }) => {
                found.faults.push(FsckFault {
                    code: codes::EVIDENCE_DAMAGED,
                    object: what,
                    detail,
                });
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Checks what the entry's members come from; `None` where that is at fault.
    fn source(
        &self,
        index: LeafIndex,
        entry: &Entry,
        beside: &Beside,
        facts: &Facts,
        found: &mut Examined,
    ) -> Result<Option<Source>, StoreError> {
        match (&beside.evidence, entry.kind) {
            (None, Kind::IndexRoot) => {
                check_subjects(index, entry, &[], facts, found);
                Ok(Some(Source::Nothing))
            }
            (Some(bytes), Kind::Refused) => {
                check_subjects(index, entry, &[], facts, found);
                check_refused(index, entry, bytes, &facts.origin, found);
                Ok(Some(Source::Nothing))
            }
            (Some(_), Kind::IndexRoot) => {
                found.add(
                    codes::EVIDENCE_DAMAGED,
                    index,
                    format!("{} carries no evidence", entry.kind),
                );
                Ok(None)
            }
            (Some(bytes), _) => Ok(check_evidence(index, entry, bytes, facts, found).map(Source::Own)),
            (None, Kind::Context) => {
                let target = ClearSubject {
                    field: Field::Evidence,
                    value: entry.evidence_digest.to_string(),
                };
                check_subjects(index, entry, &[target], facts, found);
                self.target(index, entry, facts, found)
            }
            (None, _) => {
                found.add(codes::EVIDENCE_DAMAGED, index, "its evidence is missing");
                Ok(None)
            }
        }
    }

    /// The statement of the earlier entry that a submitter's context is about.
    fn target(
        &self,
        index: LeafIndex,
        entry: &Entry,
        facts: &Facts,
        found: &mut Examined,
    ) -> Result<Option<Source>, StoreError> {
        let Some(raw) = &entry.raw_digest else {
            found.add(codes::CONTEXT_MISMATCH, index, "it names no raw digest");
            return Ok(None);
        };
        let key = RowKey::new(Space::Raw, *raw.as_bytes());
        let read = self
            .store
            .rows(&key, LeafIndex::new(0), index, Order::Ascending, 1);
        let target = match read.and_then(|found| match found.first() {
            Some(target) => self.store.beside(*target),
            None => Ok(None),
        }) {
            Ok(Some(Beside {
                erased: Some(remains),
                ..
            })) => {
                let mut keys = remains.keys.iter();
                let statement = keys.find(|key| key.space == Space::Statement);
                return Ok(statement.map(|key| Source::Target(StatementDigest::from_bytes(key.key))));
            }
            Ok(beside) => beside.and_then(|beside| beside.evidence),
            // Reported where the damaged object itself is walked over.
            Err(StoreError::Damaged { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let evidence = target.and_then(|bytes| {
            let (document, evidence) = read_evidence(&bytes, &facts.origin).ok()?;
            let same = document.raw_digest() == *raw
                && document.evidence_digest() == entry.evidence_digest
                && evidence.envelope().signer().as_str() == entry.signer;
            same.then_some(evidence)
        });
        let Some(evidence) = evidence else {
            found.add(
                codes::CONTEXT_MISMATCH,
                index,
                "the evidence it is about is not found before it",
            );
            return Ok(None);
        };
        Ok(Some(Source::Target(evidence.envelope().statement())))
    }
}

pub(super) fn read_evidence(bytes: &[u8], origin: &str) -> Result<(Document, Evidence), String> {
    let document = Document::parse(bytes).map_err(|fault| fault.to_string())?;
    if document.raw() != bytes {
        return Err("bytes stand around the document".to_owned());
    }
    let evidence = Evidence::verify(&document, origin).map_err(|rejected| rejected.to_string())?;
    Ok((document, evidence))
}

/// A refused document: the bytes that the entry commits to, signed by whom it names.
fn check_refused(index: LeafIndex, entry: &Entry, bytes: &[u8], origin: &str, found: &mut Examined) {
    if let Err(error) = RefusedDocument::read(entry, bytes, origin) {
        let code = match &error {
            RefusedError::RawDigest | RefusedError::Signer(_) => codes::EVIDENCE_MISMATCH,
            RefusedError::Unsigned => codes::EVIDENCE_INVALID,
        };
        found.add(code, index, error.to_string());
    }
}

fn check_evidence(
    index: LeafIndex,
    entry: &Entry,
    bytes: &[u8],
    facts: &Facts,
    found: &mut Examined,
) -> Option<Box<Evidence>> {
    let (document, evidence) = match read_evidence(bytes, &facts.origin) {
        Ok(read) => read,
        Err(why) => {
            found.add(codes::EVIDENCE_INVALID, index, why);
            return None;
        }
    };
    let signer = evidence.envelope().signer().as_str();
    let raw = document.raw_digest();
    let digest = document.evidence_digest();
    let agreements = [
        (
            entry.evidence_digest == digest,
            "evidence digest",
            entry.evidence_digest.to_string(),
            digest.to_string(),
        ),
        (
            entry.raw_digest == Some(raw),
            "raw digest",
            entry.raw_digest.map(|raw| raw.to_string()).unwrap_or_default(),
            raw.to_string(),
        ),
        (
            entry.kind == evidence.kind(),
            "kind",
            entry.kind.to_string(),
            evidence.kind().to_string(),
        ),
        (
            entry.signer == signer,
            "signer",
            entry.signer.clone(),
            signer.to_owned(),
        ),
    ];
    let mut agrees = true;
    for (same, what, expected, given) in agreements {
        if !same {
            agrees = false;
            found.add(
                codes::EVIDENCE_MISMATCH,
                index,
                format!("{what} {expected}, the evidence has {given}"),
            );
        }
    }
    check_subjects(index, entry, evidence.subjects(), facts, found);
    agrees.then(|| Box::new(evidence))
}

fn check_subjects(
    index: LeafIndex,
    entry: &Entry,
    clear: &[ClearSubject],
    facts: &Facts,
    found: &mut Examined,
) {
    if !is_list_of(&entry.subjects, clear, facts) {
        found.add(
            codes::SUBJECTS_MISMATCH,
            index,
            "its subjects are not those of its evidence",
        );
    }
}

fn is_list_of(list: &[Subject], clear: &[ClearSubject], facts: &Facts) -> bool {
    subject_list(&facts.salt, clear).is_ok_and(|expected| expected == list)
}

/// Members 7 and 10 against the context kept beside the entry, or, in a signed context, against its payload.
fn check_context(index: LeafIndex, entry: &Entry, beside: &Beside, facts: &Facts, found: &mut Examined) {
    let mut mismatch = |detail: &str| found.add(codes::CONTEXT_MISMATCH, index, detail);
    let stored = match beside.context.as_deref().map(read_context) {
        None => None,
        Some(Some(context)) => Some(context),
        Some(None) => return mismatch("what is kept as its context is none"),
    };
    let clear = stored.as_ref().map(Context::subjects);
    let lists_agree = match (&clear, &entry.context_subjects) {
        (Some(clear), Some(list)) => is_list_of(list, clear, facts),
        (None, None) => true,
        _ => false,
    };
    if !lists_agree {
        mismatch("its context subjects are not those of the context kept");
    }
    let submitter = entry.submitter.as_ref().map(|name| name.as_str().to_owned());
    let expected = match (&stored, entry.kind) {
        // A refusal names jobs and tokens; it takes no place in a stream.
        (_, Kind::Refused) => None,
        (Some(context), _) => context
            .stream
            .as_ref()
            .zip(submitter)
            .map(|(claim, name)| position(&name, claim)),
        (None, Kind::Context) => signed_position(beside, facts),
        (None, _) => None,
    };
    if expected != entry.stream {
        mismatch("its place in a stream is not that of the context kept");
    }
}

fn read_context(bytes: &[u8]) -> Option<Context> {
    let context = Context::from_json(&json::parse(bytes).ok()?, "").ok()?;
    (context.to_stored().as_bytes() == bytes).then_some(context)
}

fn signed_position(beside: &Beside, facts: &Facts) -> Option<StreamPosition> {
    let (_, evidence) = read_evidence(beside.evidence.as_deref()?, &facts.origin).ok()?;
    match evidence.payload() {
        Payload::SubmissionContext(signed) => {
            let owner = evidence.envelope().signer().as_str();
            signed.context.stream.as_ref().map(|claim| position(owner, claim))
        }
        _ => None,
    }
}

fn position(owner: &str, claim: &StreamClaim) -> StreamPosition {
    StreamPosition {
        stream: stream_hash(owner, &claim.stream),
        number: claim.number,
        last: claim.last,
    }
}
