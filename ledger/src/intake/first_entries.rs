//! Whether the log knows what many submissions say: asked for all of them at once, since nearly always it does not, and then nothing else is
//! looked up.

use std::collections::HashMap;

use verifier::index::LeafIndex;

use super::prepare::PreparedSubmission;
use crate::error::ReadError;
use crate::rows::{RowKey, Space};
use crate::runs::RowLookup;
use crate::store::READ_LIMIT_MAX;

/// The first entry of each key that was looked up, in the log below a batch.
#[derive(Debug, Default)]
pub(crate) struct FirstEntries(HashMap<RowKey, FirstEntry>);

/// What the log below a batch has of a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum FirstEntry {
    /// Nothing.
    Absent,
    /// This entry, and perhaps later ones.
    Found(LeafIndex),
    /// That was not looked up.
    NotAsked,
}

impl FirstEntries {
    /// Looks up what every verified submission is asked: its statement and its identities.
    pub(crate) fn of<'a>(
        rows: &RowLookup,
        below: LeafIndex,
        submissions: impl Iterator<Item = &'a PreparedSubmission>,
    ) -> Result<Self, ReadError> {
        let checked = submissions.filter_map(|submission| submission.checked.as_ref().ok());
        let keys: Vec<RowKey> = checked
            .flat_map(|checked| {
                let statement = checked.evidence.envelope().statement();
                let identities = checked.evidence.identities().iter();
                let identities = identities.map(|identity| RowKey::new(Space::Identity, identity.0));
                identities.chain([RowKey::new(Space::Statement, *statement.as_bytes())])
            })
            .collect();
        let mut found = HashMap::with_capacity(keys.len());
        for keys in keys.chunks(READ_LIMIT_MAX) {
            let firsts = rows.first_rows(keys, below)?.into_iter();
            let firsts = firsts.map(|first| first.map_or(FirstEntry::Absent, FirstEntry::Found));
            found.extend(keys.iter().copied().zip(firsts));
        }
        Ok(Self(found))
    }

    /// What is known of a key.
    pub(super) fn get(&self, key: &RowKey) -> FirstEntry {
        self.0.get(key).copied().unwrap_or(FirstEntry::NotAsked)
    }
}
