//! Checks one entry against the evidence and context that are stored with it (digests, signature, subjects, stream),
//! and its rows.

use super::erased::{OrderCoverage, Orders};
use super::{FsckFault, FsckReport, codes};
use crate::rows::{Row, RowKey, RowSubject, Space, rows_of};
use crate::store::{LogStore, LookupOrder, StoreError, StoredDocument, read};
use verifier::digest::StatementDigest;
use verifier::document::Document;
use verifier::entry::{Entry, EntryError};
use verifier::evidence::Evidence;
use verifier::hash::LeafHash;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::key_history::{KeyHistory, KeyPeriod};
use verifier::kind::Kind;
use verifier::note::VerifierKey;
use verifier::payload::Payload;
use verifier::record::{
    RecordContent, RecordError, StoredBytes, verify_content, verify_context, verify_document,
};
use verifier::refused::RefusedError;
use verifier::subject::IndexSalt;

/// What genesis fixed.
pub(super) struct GenesisFacts {
    origin: String,
    salt: IndexSalt,
    orders: Orders,
}

impl GenesisFacts {
    /// The salt of its subject hashes and of the rows of its index.
    pub(super) fn salt(&self) -> IndexSalt {
        self.salt
    }

    /// The keys that sign the log's heads.
    pub(super) fn keys(&self) -> &KeyHistory {
        self.orders.keys()
    }

    /// Reads entry 0; `None`, with a fault, where it is no genesis that verifies.
    pub(super) fn of_genesis(
        store: &dyn LogStore,
        key: &VerifierKey,
        size: TreeSize,
        erased_to: TreeSize,
        report: &mut FsckReport,
    ) -> Result<Option<Self>, StoreError> {
        let object = "entry 0";
        let read = read::document(store, LeafIndex::new(0));
        let Some(stored) = report.sound(codes::EVIDENCE_DAMAGED, read)? else {
            return Ok(None);
        };
        let bytes = stored.and_then(|stored| stored.evidence).unwrap_or_default();
        let evidence = match read_genesis(&bytes, key.name()) {
            Ok(evidence) => evidence,
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
        let Some(orders) = Orders::load(store, genesis, size, erased_to)? else {
            report.add(codes::GENESIS_INVALID, object, "it names no key");
            return Ok(None);
        };
        let is_known = |period: &KeyPeriod| period.key.as_ed25519() == Some(key);
        if genesis.origin != key.name() || !orders.keys().periods().iter().any(is_known) {
            report.add(
                codes::KEY_MISMATCH,
                object,
                format!(
                    "neither genesis of {} nor a log.key entry names {key}",
                    genesis.origin
                ),
            );
        }
        Ok(Some(Self {
            origin: genesis.origin.clone(),
            salt: genesis.index_salt,
            orders,
        }))
    }
}

/// What was found about one entry.
#[derive(Default)]
pub(super) struct EntryExamination {
    pub(super) faults: Vec<FsckFault>,
    /// `None` where the bytes are not an entry.
    pub(super) logged_at: Option<TimestampMs>,
    /// The rows that it demands; `None` where what they follow from is at fault.
    pub(super) rows: Option<Vec<Row>>,
}

impl EntryExamination {
    fn add(&mut self, code: &'static str, index: LeafIndex, detail: impl Into<String>) {
        self.faults.push(FsckFault {
            code,
            object: format!("entry {index}"),
            detail: detail.into(),
        });
    }
}

/// Examines entries one at a time.
pub(super) struct EntryExaminer<'a> {
    store: &'a dyn LogStore,
    facts: Option<&'a GenesisFacts>,
}

/// What the evidence of an entry gives; or, for a submitter's context, that of its target.
enum StatementSource {
    Nothing,
    Own(Box<Evidence>),
    Target(StatementDigest),
}

impl<'a> EntryExaminer<'a> {
    pub(super) fn new(store: &'a dyn LogStore, facts: Option<&'a GenesisFacts>) -> Self {
        Self { store, facts }
    }

    /// Checks an entry against what was read of its document. Only an engine that fails is an error.
    pub(super) fn examine(
        &self,
        index: LeafIndex,
        entry: Result<Entry, EntryError>,
        leaf: &LeafHash,
        document: Result<Option<StoredDocument>, StoreError>,
    ) -> Result<EntryExamination, StoreError> {
        let mut found = EntryExamination::default();
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                found.add(codes::ENTRY_MALFORMED, index, error.to_string());
                return Ok(found);
            }
        };
        found.logged_at = Some(entry.logged_at);
        // Without genesis nothing below can be recomputed; that fault is reported already.
        let Some(facts) = self.facts else { return Ok(found) };
        let Some(stored) = sound(index, document, &mut found)? else {
            return Ok(found);
        };
        let covering = facts.orders.covering(self.store, index, &entry)?;
        if let Some(remains) = &stored.erased {
            if covering != OrderCoverage::Untold && covering != OrderCoverage::By(remains.order) {
                let detail = format!("it names the order at entry {}", remains.order);
                found.add(codes::ERASED_WITHOUT_ORDER, index, detail);
            }
            let mut rows = rows_of(index, &entry, leaf, RowSubject::Nothing, None);
            rows.extend(remains.keys.iter().map(|key| Row { key: *key, index }));
            rows.sort_unstable();
            rows.dedup();
            found.rows = Some(rows);
            return Ok(found);
        }
        if let OrderCoverage::By(order) = covering
            && facts.orders.is_done(order)
        {
            let detail = format!("the order at entry {order} is done");
            found.add(codes::ERASED_EVIDENCE_PRESENT, index, detail);
        }
        let source = self.source(index, &entry, &stored, facts, &mut found)?;
        if let Err(error) = verify_context(&entry, stored.context.as_deref(), &facts.salt) {
            found.add(code_of(&error), index, error.to_string());
        }
        found.rows = source.map(|source| {
            let carried = match &source {
                StatementSource::Nothing => RowSubject::Nothing,
                StatementSource::Own(evidence) => RowSubject::evidence(evidence),
                StatementSource::Target(statement) => RowSubject::ContextOn {
                    statement: *statement,
                },
            };
            rows_of(index, &entry, leaf, carried, stored.context.as_deref())
        });
        Ok(found)
    }

    /// Checks what the entry's members come from; `None` where that is at fault.
    fn source(
        &self,
        index: LeafIndex,
        entry: &Entry,
        stored: &StoredDocument,
        facts: &GenesisFacts,
        found: &mut EntryExamination,
    ) -> Result<Option<StatementSource>, StoreError> {
        let document = stored
            .evidence
            .as_deref()
            .map_or(StoredBytes::Nothing, StoredBytes::Bytes);
        match verify_content(entry, document, &facts.origin, &facts.salt) {
            Ok(RecordContent::Evidence(verified)) => {
                Ok(Some(StatementSource::Own(Box::new(verified.evidence))))
            }
            Ok(RecordContent::Context) => self.target(index, entry, facts, found),
            Ok(RecordContent::Refused(_) | RecordContent::IndexRoot | RecordContent::Erased) => {
                Ok(Some(StatementSource::Nothing))
            }
            Err(error) => {
                found.add(code_of(&error), index, detail_of(&error));
                Ok(None)
            }
        }
    }

    /// The statement of the earlier entry that a submitter's context is about.
    fn target(
        &self,
        index: LeafIndex,
        entry: &Entry,
        facts: &GenesisFacts,
        found: &mut EntryExamination,
    ) -> Result<Option<StatementSource>, StoreError> {
        let Some(raw) = &entry.raw_digest else {
            found.add(codes::CONTEXT_MISMATCH, index, "it names no raw digest");
            return Ok(None);
        };
        let key = RowKey::new(Space::Raw, *raw.as_bytes());
        let read = self
            .store
            .rows(&key, LeafIndex::new(0), index, LookupOrder::Ascending, 1);
        let missing = "the evidence it is about is not found before it";
        let read = read.and_then(|rows| match rows.first() {
            Some(&target) => self.target_at(target, entry, facts),
            None => Ok(None),
        });
        match read {
            Ok(Some(statement)) => Ok(Some(StatementSource::Target(statement))),
            Ok(None) => {
                found.add(codes::CONTEXT_MISMATCH, index, missing);
                Ok(None)
            }
            // Reported where the damaged object itself is walked over.
            Err(StoreError::Damaged { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The statement at `index`, if it is the one that the context `entry` is about.
    fn target_at(
        &self,
        index: LeafIndex,
        context: &Entry,
        facts: &GenesisFacts,
    ) -> Result<Option<StatementDigest>, StoreError> {
        let stored = read::document(self.store, index)?.unwrap_or_default();
        if let Some(remains) = &stored.erased {
            return Ok(remains.statement());
        }
        let entry = read::entry(self.store, index)?.and_then(|bytes| Entry::decode(&bytes).ok());
        let Some((entry, document)) = entry.zip(stored.evidence) else {
            return Ok(None);
        };
        let is_named = entry.raw_digest == context.raw_digest
            && entry.evidence_digest == context.evidence_digest
            && entry.signer == context.signer;
        // What does not verify is reported where it is walked over itself.
        let verified = verify_document(&entry, &document, &facts.origin, &facts.salt).ok();
        let verified = verified.filter(|_| is_named);
        Ok(verified.map(|verified| verified.evidence.envelope().statement()))
    }
}

/// The document of an entry; `None`, with a fault, where it is missing or damaged.
fn sound(
    index: LeafIndex,
    document: Result<Option<StoredDocument>, StoreError>,
    found: &mut EntryExamination,
) -> Result<Option<StoredDocument>, StoreError> {
    match document {
        Ok(None) => found.add(codes::EVIDENCE_DAMAGED, index, "its document is missing"),
        Err(StoreError::Damaged { what, detail }) => found.faults.push(FsckFault {
            code: codes::EVIDENCE_DAMAGED,
            object: what,
            detail,
        }),
        other => return other,
    }
    Ok(None)
}

/// Where a record is at fault, as `fsck` names it.
fn code_of(error: &RecordError) -> &'static str {
    match error {
        RecordError::DocumentMissing | RecordError::DocumentUnexpected(_) => codes::EVIDENCE_DAMAGED,
        RecordError::RawDigest { .. }
        | RecordError::EvidenceDigest { .. }
        | RecordError::Statement { .. }
        | RecordError::Refused(RefusedError::RawDigest | RefusedError::Signer(_)) => codes::EVIDENCE_MISMATCH,
        RecordError::Malformed(_)
        | RecordError::Rejected(_)
        | RecordError::Refused(RefusedError::Unsigned) => codes::EVIDENCE_INVALID,
        RecordError::Subjects | RecordError::TargetSubjects => codes::SUBJECTS_MISMATCH,
        RecordError::NotErasable | RecordError::NothingToErase => codes::ERASED_WITHOUT_ORDER,
        RecordError::EntryBytes => codes::ENTRY_MALFORMED,
        RecordError::SignedStream
        | RecordError::ContextMissing
        | RecordError::ContextUnexpected
        | RecordError::ContextMalformed(_)
        | RecordError::ContextSpelling
        | RecordError::ContextSubjects
        | RecordError::ContextStream => codes::CONTEXT_MISMATCH,
    }
}

/// The sentence of an error, with what was expected and found where that is short.
fn detail_of(error: &RecordError) -> String {
    match error {
        RecordError::RawDigest { expected, found } => {
            let expected = expected.map_or_else(|| "none".to_owned(), |digest| digest.to_string());
            format!("{error}: raw digest {expected}, the document has {found}")
        }
        RecordError::EvidenceDigest { expected, found } => {
            format!("{error}: evidence digest {expected}, the document has {found}")
        }
        RecordError::Statement { expected, found } => format!(
            "{error}: {} by {}, the document is {} by {}",
            expected.0, expected.1, found.0, found.1
        ),
        other => other.to_string(),
    }
}

/// Entry 0 says with which salt an entry is compared, so that its document is read without one.
fn read_genesis(bytes: &[u8], origin: &str) -> Result<Evidence, String> {
    let document = Document::parse(bytes).map_err(|fault| fault.to_string())?;
    Evidence::verify(&document, origin).map_err(|rejected| rejected.to_string())
}
