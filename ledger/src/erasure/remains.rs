//! What is left of an entry's evidence and context: the hashes that later decisions look up.

use verifier::context::Context;
use verifier::digest::StatementDigest;
use verifier::erasure::is_submitters_context;
use verifier::index::LeafIndex;

use crate::coverage::target_of;
use crate::error::ReadError;
use crate::reader::{EntryRecord, Reader};
use crate::rows::{RowKey, RowSubject, rows_of};
use crate::store::Remains;

/// The remains of a record that is not erased yet.
pub(crate) fn remains_of(
    reader: &Reader,
    order: LeafIndex,
    record: &EntryRecord,
) -> Result<Remains, ReadError> {
    let verified = reader.evidence(record)?;
    let evidence = verified.as_ref().map(|verified| &verified.evidence);
    let target = evidence.and_then(target_of);
    let carried = match evidence {
        Some(evidence) => RowSubject::evidence(evidence),
        None if is_submitters_context(&record.entry) => RowSubject::ContextOn {
            statement: statement_of_target(reader, record)?,
        },
        None => RowSubject::Nothing,
    };
    let stored = record.context.as_ref().map(Context::to_stored);
    let stored = stored.as_ref().map(String::as_bytes);
    let keys = |carried, stored| {
        rows_of(record.index, &record.entry, &record.leaf_hash, carried, stored)
            .into_iter()
            .map(|row| row.key)
    };
    let bare: Vec<RowKey> = keys(RowSubject::Nothing, None).collect();
    Ok(Remains {
        order,
        target,
        keys: keys(carried, stored).filter(|key| !bare.contains(key)).collect(),
    })
}

/// The statement that a record carries, erased or not.
pub(crate) fn statement_of(
    reader: &Reader,
    record: &EntryRecord,
) -> Result<Option<StatementDigest>, ReadError> {
    if let Some(remains) = &record.erased {
        return Ok(remains.statement());
    }
    let verified = reader.evidence(record)?;
    Ok(verified.map(|verified| verified.evidence.envelope().statement()))
}

/// The statement of the evidence that a submitter's context is about.
fn statement_of_target(reader: &Reader, record: &EntryRecord) -> Result<StatementDigest, ReadError> {
    let missing = |found: &str| ReadError::Corrupt {
        what: format!("the evidence that entry {} is about", record.index),
        expected: "an earlier entry with its raw digest".to_owned(),
        found: found.to_owned(),
    };
    let raw = record.entry.raw_digest.ok_or_else(|| missing("no raw digest"))?;
    let target = reader.by_raw(&raw)?.ok_or_else(|| missing("none"))?;
    let target = reader.entry(target)?.ok_or_else(|| missing("none"))?;
    statement_of(reader, &target)?.ok_or_else(|| missing("one without a statement"))
}
