//! Answers to lookups that jobs share: who is registered, what was published, the settings. One job after the other asks
//! for them, each as of a size that is hardly larger than the last one.
//!
//! A log only grows, and no row of it is taken away: the answer as of a size is the one as of a smaller size and what came
//! since. That each entry is what its row says is asked of the entry itself, for each job again.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use verifier::assess::Query;
use verifier::index::{LeafIndex, TreeSize};
use verifier::subject::Field;

use crate::lookup_rows::LookupRows;
use ledger::error::ReadError;
use ledger::reader::Reader;

/// Answers that are kept.
const ANSWERS_MAX: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4_095);
/// Entries of an answer that is kept; of most it is one or two.
const ENTRIES_MAX: usize = 64;

/// The answers that were asked for last.
#[derive(Debug)]
pub(super) struct SharedAnswers(Mutex<LruCache<Query, SharedAnswer>>);

/// All that a lookup finds below a size, ascending.
#[derive(Clone, Debug)]
struct SharedAnswer {
    size: TreeSize,
    indices: Vec<LeafIndex>,
}

impl Default for SharedAnswers {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(ANSWERS_MAX)))
    }
}

impl SharedAnswers {
    /// A poisoned lock only says that another reader panicked; what is held was put there whole.
    fn held(&self) -> MutexGuard<'_, LruCache<Query, SharedAnswer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a lookup finds below a size; `None` for one that jobs do not share, and for an answer that is too long to be kept.
    ///
    /// # Errors
    /// A failed read.
    pub(super) fn answer(
        &self,
        reader: &Reader,
        rows: &LookupRows<'_>,
        size: TreeSize,
    ) -> Result<Option<Vec<LeafIndex>>, ReadError> {
        let query = rows.query();
        if !is_shared(query) {
            return Ok(None);
        }
        let known = self.held().get(query).cloned();
        let mut answer = known.unwrap_or(SharedAnswer {
            size: TreeSize::new(0),
            indices: Vec::new(),
        });
        if answer.size < size {
            let window = (answer.size.next_index(), size);
            let ended = rows.each(reader, window, |index| {
                answer.indices.push(index);
                Ok::<_, ReadError>(if answer.indices.len() > ENTRIES_MAX {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                })
            })?;
            if ended.is_break() {
                return Ok(None);
            }
            // They come kind by kind.
            answer.indices.sort_unstable();
            answer.indices.dedup();
            answer.size = size;
            self.keep(query, &answer);
        }
        answer.indices.retain(|index| size.contains(*index));
        Ok(Some(answer.indices))
    }

    /// Keeps an answer, unless somebody found a later one meanwhile.
    fn keep(&self, query: &Query, answer: &SharedAnswer) {
        let mut held = self.held();
        if held.peek(query).is_none_or(|kept| kept.size < answer.size) {
            held.put(query.clone(), answer.clone());
        }
    }
}

/// Whether the jobs of a log have a lookup in common.
fn is_shared(query: &Query) -> bool {
    match query {
        Query::Kind(_) => true,
        Query::Subject { field, kinds, .. } => {
            !kinds.is_empty()
                && matches!(
                    field,
                    Field::Issuer | Field::Agent | Field::Policy | Field::PolicyId
                )
        }
        Query::Hashed { .. } | Query::Evidence(_) => false,
    }
}
