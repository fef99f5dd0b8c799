//! Storage of the log, and of what is derived from it, in RocksDB.
//!
//! [`RocksStore`] keeps the contract of [`ledger::store::LogStore`] and [`RocksDerived`] that of
//! [`ledger::store::derived::DerivedStore`]; the suites in `ledger` say what these are. The layout on disk is described in
//! `ledger/rocks/README.md`.

mod derived;
mod engine;
mod families;
mod files;
mod store;

pub use derived::RocksDerived;
pub use engine::files_max;
pub use families::Compression;
pub use store::RocksStore;
