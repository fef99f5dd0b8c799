//! One file or folder a page: its view model, made from the reader, and its handler.

pub(crate) mod agent;
pub(crate) mod alarms;
pub(crate) mod api;
pub(crate) mod artifact;
pub(crate) mod assets;
pub(crate) mod compare;
pub(crate) mod entries;
pub(crate) mod entry;
pub(crate) mod evidence;
mod filters;
pub(crate) mod gateway;
pub(crate) mod help;
pub(crate) mod home;
pub(crate) mod issuers;
pub(crate) mod job;
pub(crate) mod jobs;
pub(crate) mod log;
pub(crate) mod policies;
pub(crate) mod policy;
pub(crate) mod policy_diff;
pub(crate) mod problems;
mod projected;
mod projected_jobs;
pub(crate) mod run;
pub(crate) mod search;
pub(crate) mod token;
pub(crate) mod verify;

use ledger_query::QueryEngine;
use verifier::index::TreeSize;

use crate::ask::{answer, asked, assessed, at_gate, filled};
use crate::error::PageError;

/// Entries on one page of a list: with their details cut to a line, well below 500 KiB.
const ROWS_MAX: usize = 100;

/// The size that a page speaks of: the one that is asked for. Else one as of which the index proves what the page says, where nothing but
/// the index.root is behind it, and the published one where none does.
fn size_of(engine: &QueryEngine, asked: Option<u64>, published: TreeSize) -> Result<TreeSize, PageError> {
    match asked {
        Some(size) => Ok(TreeSize::new(size)),
        None => Ok(engine.provable_size()?.unwrap_or(published)),
    }
}

/// As of when a page speaks, in words.
fn as_of_words(engine: &QueryEngine, size: TreeSize) -> Result<String, PageError> {
    Ok(match engine.tree_of(size)? {
        Some(tree) => crate::text::as_of(tree.time, size.value()),
        None => "the empty log".to_owned(),
    })
}
