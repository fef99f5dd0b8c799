//! The durable log: intake, sequencing, storage, recovery, lookups.
//!
//! # Life of an entry
//!
//! | state | who | durability |
//! |---|---|---|
//! | pending | workers verified it, it waits in the queue of [`handle`] | none: a crash forgets it, nobody was told |
//! | sequenced | the sequencer decided ([`intake`]) and gave it an index | none |
//! | integrated | one synced write of the store, then the high-water file, then a signed checkpoint over what was read back ([`sequencer`]) | for ever; only now is it acknowledged |
//! | witnessed | others signed the checkpoint | others would notice its loss |
//!
//! [`handle::Ledger`] takes submissions, [`reader::Reader`] reads, and verifies what it reads; [`recovery::open`]
//! makes both, or refuses. What is made of it, such as verdicts, is `ledger-query`'s. Storage is behind [`store::LogStore`] and trusted for nothing.

mod background;
pub mod clock;
pub mod config;
mod contradiction;
pub mod cosigning;
mod coverage;
pub mod erasure;
pub mod error;
pub mod freeze;
pub mod fsck;
pub mod genesis;
pub mod handle;
pub mod high_water;
pub mod index;
mod intake;
pub mod integrate;
pub mod interest;
pub mod metrics;
pub mod reader;
pub mod recovery;
pub mod row_table;
pub mod rows;
mod runs;
mod sequencer;
pub mod shared;
pub mod signer;
pub mod store;
