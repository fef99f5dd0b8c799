//! The authenticated index of a log: its runs, and the index.root entries that name them (normative: `schemas/index.md`).
//!
//! # Life of a run
//!
//! 1. **Built** by the indexer, a thread of its own, from entries that were verified against the published head ([`build`]), or
//!    joined from runs in the store ([`join`]). A run that is not complete is never listed by the store; a crash leaves it to be
//!    built again.
//! 2. **Durable**: the store keeps it whole before it may be named ([`writer`]).
//! 3. **Named**: the indexer proposes the list of all runs to the sequencer ([`proposal`]), which appends it as the last entry of its
//!    next batch. The entry and its list are in the one write of that commit. A crash before it leaves a run that no entry
//!    vouches for: it is dropped at the next start, and built again. A crash after it leaves nothing to do.
//!    What a start finds uncovered is named by the first batch, and what an end leaves uncovered by the last, unless that is more than
//!    is built at once: neither the time between two servers nor that of a restart then counts as lag.
//! 4. **Joined away**: a run that the newest index.root does not name any more is dropped after ten minutes, since readers may be
//!    making proofs from it.
//!
//! Runs are no part of the log. One that is missing or differs from what an index.root says is built again at the start, and MUST
//! then be what the entry says ([`start`]): otherwise the log is not opened.

mod build;
mod compare;
mod join;
mod proof;
mod proposal;
mod reindex;
mod replaced;
mod root;
mod source;
mod stack;
mod start;
mod stored_rows;
mod worker;
mod writer;

pub(crate) use compare::{RunState, compare_run};
pub use proof::{IndexAnswer, IndexProofError};
pub(crate) use proposal::{IndexerStage, ProposalSlot, Proposer};
pub use reindex::Reindexed;
pub(crate) use reindex::reindex;
pub use root::IndexRoot;
pub(crate) use start::StartedIndex;
pub(crate) use worker::spawn;
