//! Rebuilds what decides admission from the entries that decided it.

use verifier::index::LeafIndex;
use verifier::issuers::Issuers;
use verifier::kind::Kind;
use verifier::payload::LogGenesis;

use super::checks::genesis_entry;
use crate::error::{OpenError, ReadError};
use crate::reader::Reader;
use crate::shared::{Admission, DECISIVE, EntryPosition};

/// What decides admission as of the head of a reader.
pub(super) fn from_genesis(reader: &Reader, genesis: &LogGenesis) -> Result<Admission, OpenError> {
    let genesis_at = genesis_entry(reader)?;
    let mut decided = before_all(genesis)?;
    decided.issuers = Issuers::from_genesis(reader.operator_did(), genesis_at);
    admission(reader, &mut decided)?;
    Ok(decided)
}

/// Admission of nobody, with the settings and keys of log.genesis.
pub(super) fn before_all(genesis: &LogGenesis) -> Result<Admission, OpenError> {
    let no_key = || OpenError::Refused("log.genesis names no key".to_owned());
    let keys = genesis.key_history().ok_or_else(no_key)?;
    Ok(Admission::new(genesis.settings, Issuers::default(), keys))
}

/// Indices read at a time.
const PAGE: usize = 1000;

/// Applies every registration, retirement, settings entry, order and hold, in log order. Bounded by what the
/// operator did, not by the size of the log.
fn admission(reader: &Reader, admission: &mut Admission) -> Result<(), OpenError> {
    let refused = |error: ReadError| OpenError::Refused(error.to_string());
    let mut indices = Vec::new();
    for kind in DECISIVE {
        indices.extend(all_of_kind(reader, kind).map_err(refused)?);
    }
    indices.sort_unstable();
    for index in indices {
        let missing =
            || OpenError::Refused(format!("entry {index}, which decides admission, has no evidence"));
        let record = reader.entry(index).map_err(refused)?.ok_or_else(missing)?;
        let verified = reader.evidence(&record).map_err(refused)?.ok_or_else(missing)?;
        let (evidence, logged_at) = (verified.evidence, record.entry.logged_at);
        if !Admission::is_changed_by(evidence.payload()) {
            return Err(OpenError::Refused(format!(
                "entry {index} is indexed as one that decides admission, and is {}",
                evidence.kind()
            )));
        }
        let at = EntryPosition { index, logged_at };
        if !admission.enter(at, &evidence, &reader.index_salt()) {
            tracing::warn!(%index, kind = %evidence.kind(), "its signer was not entitled to it: it decides nothing");
        }
    }
    Ok(())
}

fn all_of_kind(reader: &Reader, kind: Kind) -> Result<Vec<LeafIndex>, ReadError> {
    let size = reader.published().head.tree.size;
    let mut indices = Vec::new();
    let mut from = None;
    loop {
        let page = reader.by_kind(kind, from, size, false, PAGE)?;
        indices.extend(page.items);
        match page.next {
            Some(next) => from = Some(next),
            None => return Ok(indices),
        }
    }
}
