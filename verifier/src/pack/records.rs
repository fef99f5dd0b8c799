//! The records of a pack: each entry with the document and the context that it commits to.

use std::collections::{BTreeMap, BTreeSet};

use crate::assess::{Kept, Record};
use crate::check::Finding;
use crate::context::{Context, stream_hash};
use crate::digest::RawDigest;
use crate::entry::{Entry, EntryError, StreamPosition};
use crate::hash::sha256;
use crate::index::{LeafIndex, TimestampMs};
use crate::json;
use crate::payload::LogGenesis;
use crate::subject::{IndexSalt, context_subject_list};

use super::erasure::Erasures;
use super::wire::RecordWire;
use super::{Pack, erasure};

/// The text of a context without a member, which only a refusal has.
const EMPTY: &str = "{}";

/// The records of a pack, all of them what their entries commit to.
pub(crate) struct Records {
    /// By index.
    pub(crate) all: BTreeMap<LeafIndex, Record>,
    /// Time of the last entry below the assessed size.
    pub(crate) time: TimestampMs,
    /// What was erased, and by what.
    pub(crate) erasures: Erasures,
}

/// Decodes every entry. That they are in the tree, the caller has checked.
pub(crate) fn entries(pack: &Pack<'_>) -> Result<Vec<Entry>, Finding> {
    let mut entries: Vec<Entry> = Vec::with_capacity(pack.body.records.0.len());
    for RecordWire(index, bytes, ..) in &pack.body.records.0 {
        let entry = Entry::decode(bytes.0).map_err(|error| match error {
            EntryError::UnknownFormat(_) => {
                Finding::incomplete("UNKNOWN_FORMAT", format!("entry {index}: {error}"))
            }
            _ => Finding::fail("ENTRY_MALFORMED", format!("entry {index}: {error}")),
        })?;
        if entries
            .last()
            .is_some_and(|before| entry.logged_at < before.logged_at)
        {
            return Err(Finding::fail(
                "ENTRY_MALFORMED",
                format!("entry {index} was logged before an earlier entry"),
            ));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// Joins each entry with its document and context, compared with what it commits to, and finds the
/// order behind each erasure. A record that nothing needs is refused.
pub(crate) fn check_records(
    pack: &Pack<'_>,
    entries: Vec<Entry>,
    genesis: &LogGenesis,
) -> Result<Records, Finding> {
    let answered: BTreeSet<u64> = pack
        .body
        .answers
        .0
        .iter()
        .flat_map(|answer| answer.indices().iter().copied())
        .collect();
    let last = pack.body.as_of.saturating_sub(1);
    let mut all = BTreeMap::new();
    let mut time = TimestampMs::default();
    let mut beside = Vec::new();
    for (wire, entry) in pack.body.records.0.iter().zip(entries) {
        let index = LeafIndex::new(wire.0);
        if wire.0 == last {
            time = entry.logged_at;
        }
        let is_answered = answered.contains(&wire.0);
        let is_bare = wire.2.is_none() && wire.3.is_none();
        let record = if !is_answered && wire.0 == last && wire.0 != 0 && is_bare {
            bare(wire, entry)
        } else {
            if !is_answered && wire.0 != 0 {
                beside.push(index);
            }
            record(wire, entry, &genesis.index_salt)?
        };
        all.insert(index, record);
    }
    let erasures = erasure::check(&all, &answered, genesis)?;
    match beside.into_iter().find(|index| !erasures.needed.contains(index)) {
        Some(index) => Err(Finding::fail(
            "RECORD_SUPERFLUOUS",
            format!("nothing needs entry {index}, or what stands beside it"),
        )),
        None => Ok(Records { all, time, erasures }),
    }
}

/// An entry of which only the time is wanted.
fn bare(wire: &RecordWire<'_>, entry: Entry) -> Record {
    Record {
        index: LeafIndex::new(wire.0),
        bytes: wire.1.0.to_vec(),
        entry,
        evidence: Kept::Nothing,
        context: None,
    }
}

pub(super) fn record(wire: &RecordWire<'_>, entry: Entry, salt: &IndexSalt) -> Result<Record, Finding> {
    let RecordWire(index, bytes, document, context) = wire;
    let has_context = entry.context_subjects.is_some();
    let keeps_document = entry.keeps_document();
    let is_erased = document.is_none() && context.is_none() && (keeps_document || has_context);
    let evidence = match document {
        _ if is_erased => Kept::Erased,
        Some(document) if keeps_document => {
            let found = RawDigest::from_bytes(sha256(document.0));
            if entry.raw_digest != Some(found) {
                return Err(raw_digest(*index, &format!("another document, {found}")));
            }
            Kept::Bytes(document.0.to_vec())
        }
        None if !keeps_document => Kept::Nothing,
        None => return Err(raw_digest(*index, "no document")),
        Some(_) => return Err(raw_digest(*index, "a document, though the entry has none")),
    };
    let context = match context {
        Some(text) if has_context => Some(read_context(*index, &entry, text, salt)?),
        None if is_erased || !has_context => None,
        None => return Err(context_fault(*index, "no context")),
        Some(_) => return Err(context_fault(*index, "a context, though the entry has none")),
    };
    Ok(Record {
        index: LeafIndex::new(*index),
        bytes: bytes.0.to_vec(),
        entry,
        evidence,
        context,
    })
}

fn read_context(index: u64, entry: &Entry, text: &str, salt: &IndexSalt) -> Result<Context, Finding> {
    let fault = |what: &dyn std::fmt::Display| context_fault(index, &what.to_string());
    let context = if text == EMPTY {
        Context {
            job_id: None,
            token_hash: None,
            stream: None,
        }
    } else {
        let value = json::parse(text.as_bytes()).map_err(|error| fault(&error))?;
        Context::from_json(&value, "").map_err(|error| fault(&error))?
    };
    if context.to_stored() != text {
        return Err(fault(&"a context in another spelling"));
    }
    let subjects = context_subject_list(salt, &context).map_err(|error| fault(&error))?;
    if entry.context_subjects.as_ref() != Some(&subjects) {
        return Err(fault(&"a context with other subjects"));
    }
    let owner = entry.submitter.as_ref().map_or("", |name| name.as_str());
    let position = context.stream.as_ref().map(|claim| StreamPosition {
        stream: stream_hash(owner, &claim.stream),
        number: claim.number,
        last: claim.last,
    });
    if position != entry.stream {
        return Err(fault(&"a context with another place in a stream"));
    }
    Ok(context)
}

fn raw_digest(index: u64, found: &str) -> Finding {
    Finding::fail(
        "RAW_DIGEST_MISMATCH",
        format!("beside entry {index} stands {found}"),
    )
}

fn context_fault(index: u64, found: &str) -> Finding {
    Finding::fail("CONTEXT_MISMATCH", format!("beside entry {index} stands {found}"))
}
