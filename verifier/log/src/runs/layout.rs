//! Which rows share a page (`schemas/index.md` §2).
//!
//! A key with many rows has pages of its own, so that a question about it opens nothing of others; keys with few rows share
//! them, since a page hash for each would be most of a proof.

use super::row::IndexRow;

/// A key with more rows has pages of its own.
const SHARED_ROWS_MAX: usize = 3;
/// Keys of a shared page.
const SHARED_KEYS: usize = 4;
/// Rows of a page that belongs to one key.
const OWN_ROWS: usize = 16;

/// Puts sorted rows into pages as they come. It holds at most one page of each sort.
#[derive(Debug, Default)]
pub(super) struct PageLayout {
    /// Keys with few rows that wait for their page to become full.
    shared: Vec<IndexRow>,
    /// How many keys those are.
    shared_keys: usize,
    /// Rows of the newest key that are in no page.
    newest: Vec<IndexRow>,
    /// Whether the newest key has pages of its own.
    is_own: bool,
}

impl PageLayout {
    /// Takes the next row, and gives the pages that are complete with it to `emit`.
    pub(super) fn push<E>(
        &mut self,
        row: IndexRow,
        emit: &mut impl FnMut(&[IndexRow]) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.newest.last().is_some_and(|last| last.key() != row.key()) {
            self.end_key(emit)?;
        }
        self.newest.push(row);
        if self.newest.len() > SHARED_ROWS_MAX && !self.is_own {
            self.is_own = true;
            self.end_shared(emit)?;
        }
        // One row is kept, from which the key is known.
        if self.newest.len() > OWN_ROWS {
            let (page, _) = self.newest.split_at(OWN_ROWS);
            emit(page)?;
            self.newest.drain(..OWN_ROWS);
        }
        Ok(())
    }

    /// Gives what is left to `emit`.
    pub(super) fn finish<E>(&mut self, emit: &mut impl FnMut(&[IndexRow]) -> Result<(), E>) -> Result<(), E> {
        self.end_key(emit)?;
        self.end_shared(emit)
    }

    fn end_key<E>(&mut self, emit: &mut impl FnMut(&[IndexRow]) -> Result<(), E>) -> Result<(), E> {
        if self.newest.is_empty() {
            return Ok(());
        }
        if self.is_own {
            emit(&self.newest)?;
            self.newest.clear();
        } else {
            self.shared.append(&mut self.newest);
            self.shared_keys = self.shared_keys.saturating_add(1);
            if self.shared_keys == SHARED_KEYS {
                self.end_shared(emit)?;
            }
        }
        self.is_own = false;
        Ok(())
    }

    fn end_shared<E>(&mut self, emit: &mut impl FnMut(&[IndexRow]) -> Result<(), E>) -> Result<(), E> {
        if !self.shared.is_empty() {
            emit(&self.shared)?;
        }
        self.shared.clear();
        self.shared_keys = 0;
        Ok(())
    }
}
