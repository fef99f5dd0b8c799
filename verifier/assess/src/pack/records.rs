//! The records of a pack: each entry with the document and the context that it commits to.

use std::collections::{BTreeMap, BTreeSet};

use evidence::context::Context;
use evidence::entry::{Entry, EntryError};
use evidence::payload::LogGenesis;
use evidence::record::{Record, RecordError, StoredBytes, StoredRecord};
use evidence::report::Finding;
use evidence::subject::IndexSalt;
use tlog::index::{LeafIndex, TimestampMs};

use super::erasure::Erasures;
use super::wire::RecordWire;
use super::{Pack, PackCompleteness, erasure};

/// The text of a context without a member, which only a refusal has.
const EMPTY: &str = "{}";

/// The records of a pack, all of them what their entries commit to.
pub struct Records {
    /// By index.
    pub(crate) all: BTreeMap<LeafIndex, Record>,
    /// Time of the last entry below the assessed size.
    pub time: TimestampMs,
    /// What was erased, and by what.
    pub erasures: Erasures,
}

/// Decodes every entry. That they are in the tree, the caller checks.
///
/// # Errors
/// INCOMPLETE with `UNKNOWN_FORMAT` for an entry of a later format, also where another one is malformed; `ENTRY_MALFORMED` where bytes
/// are no entry, or an entry was logged before an earlier one.
pub fn entries(pack: &Pack<'_>) -> Result<Vec<(LeafIndex, Entry)>, Finding> {
    let mut malformed = None;
    let mut entries: Vec<(LeafIndex, Entry)> = Vec::with_capacity(pack.body.records.0.len());
    for RecordWire(index, bytes, ..) in &pack.body.records.0 {
        match Entry::decode(bytes.0) {
            Err(error @ EntryError::UnknownFormat(_)) => {
                return Err(Finding::incomplete(
                    "UNKNOWN_FORMAT",
                    format!("entry {index}: {error}"),
                ));
            }
            Err(error) => {
                malformed.get_or_insert_with(|| format!("entry {index}: {error}"));
            }
            Ok(entry) => {
                let before = entries.last().map(|(_, before)| before.logged_at);
                if before.is_some_and(|before| entry.logged_at < before) {
                    malformed
                        .get_or_insert_with(|| format!("entry {index} was logged before an earlier entry"));
                }
                entries.push((LeafIndex::new(*index), entry));
            }
        }
    }
    match malformed {
        None => Ok(entries),
        Some(message) => Err(Finding::fail("ENTRY_MALFORMED", message)),
    }
}

/// Joins each entry with its document and context, compared with what it commits to, and finds the
/// order behind each erasure. A record that nothing needs is refused. The caller has checked that the last one is that of the
/// checkpoint's tree ([`check_index`](super::check_index)).
///
/// # Errors
/// `RAW_DIGEST_MISMATCH` or `CONTEXT_MISMATCH` where a part is not what its entry commits to,
/// `ERASURE_NOT_ORDERED` where one is missing and no order of the pack covers it, `RECORD_SUPERFLUOUS`. The
/// one who made or altered the pack is at fault.
pub fn check_records(
    pack: &Pack<'_>,
    entries: Vec<(LeafIndex, Entry)>,
    genesis: &LogGenesis,
    completeness: &PackCompleteness,
) -> Result<Records, Finding> {
    let answered: BTreeSet<u64> = pack
        .body
        .answers
        .0
        .iter()
        .flat_map(|answer| answer.indices().iter().copied())
        .collect();
    let last = pack.as_of().last_index();
    let last_of_all = entries.last().map(|(index, _)| *index);
    let of_index = |index| match completeness {
        PackCompleteness::Proved { needed, .. } => needed.contains(&index),
        // Which entries such an index needs, nobody can say.
        PackCompleteness::Contradicted(_) => true,
        PackCompleteness::NotProved(_) => false,
    };
    let mut all = BTreeMap::new();
    let mut time = TimestampMs::default();
    let mut beside = Vec::new();
    let mut bare = BTreeMap::new();
    for (wire, (index, entry)) in pack.body.records.0.iter().zip(entries) {
        let is_last = Some(index) == last;
        if is_last {
            time = entry.logged_at;
        }
        let is_needed = answered.contains(&wire.0) || index == LeafIndex::ZERO;
        let may_be_alone = is_last || Some(index) == last_of_all || of_index(index);
        let is_bare = wire.2.is_none() && wire.3.is_none();
        let record = if !is_needed && may_be_alone && is_bare {
            bare.insert(index, wire);
            alone(wire, entry)
        } else {
            if !is_needed {
                beside.push(index);
            }
            record(wire, entry, &genesis.index_salt)?
        };
        all.insert(index, record);
    }
    let mut erasures = erasure::check(&all, &answered, genesis)?;
    // An entry that decides an erasure is there whole. Each round takes one at least, and few can be alone.
    while let Some(index) = bare.keys().find(|index| erasures.needed.contains(index)).copied() {
        if let (Some(wire), Some(alone)) = (bare.remove(&index), all.remove(&index)) {
            all.insert(index, record(wire, alone.entry, &genesis.index_salt)?);
        }
        erasures = erasure::check(&all, &answered, genesis)?;
    }
    match beside.into_iter().find(|index| !erasures.needed.contains(index)) {
        Some(index) => Err(Finding::fail(
            "RECORD_SUPERFLUOUS",
            format!("nothing needs entry {index} or its document"),
        )),
        None => Ok(Records { all, time, erasures }),
    }
}

/// An entry without what is stored with it.
fn alone(wire: &RecordWire<'_>, entry: Entry) -> Record {
    Record {
        index: LeafIndex::new(wire.0),
        bytes: wire.1.0.to_vec(),
        entry,
        evidence: StoredBytes::Nothing,
        context: None,
    }
}

/// A document and a context that are both missing were erased, if the entry has either.
pub(super) fn record(wire: &RecordWire<'_>, entry: Entry, salt: &IndexSalt) -> Result<Record, Finding> {
    let RecordWire(index, bytes, document, context) = wire;
    let has_parts = entry.keeps_document() || entry.context_subjects.is_some();
    let stored = StoredRecord {
        document: match document {
            Some(document) => StoredBytes::Bytes(document.0.to_vec()),
            None if has_parts && context.is_none() => StoredBytes::Erased,
            None => StoredBytes::Nothing,
        },
        context: context.as_ref().map(|text| text.as_bytes()),
    };
    let record = Record::join(LeafIndex::new(*index), bytes.0.to_vec(), entry, stored, salt)
        .map_err(|error| unjoined(*index, &error))?;
    // A refusal's stream position is stored, and proves nothing: a pack does not hold it.
    let text = record.context.as_ref().map(Context::to_stored);
    let same = |stored: &str| stored == EMPTY || text.as_deref() == Some(stored);
    if context.as_ref().is_none_or(|stored| same(stored)) {
        Ok(record)
    } else {
        Err(unjoined(*index, &RecordError::ContextStream))
    }
}

fn unjoined(index: u64, error: &RecordError) -> Finding {
    let code = if error.is_about_context() {
        "CONTEXT_MISMATCH"
    } else {
        "RAW_DIGEST_MISMATCH"
    };
    Finding::fail(code, format!("entry {index}: {error}"))
}
