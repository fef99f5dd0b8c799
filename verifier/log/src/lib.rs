//! The transparency log as a format: hashes and trees of RFC 6962, tiles of C2SP tlog-tiles, signed notes, checkpoints,
//! cosignatures and proofs. Nothing here knows what an entry says.
//!
//! Pure: no files, network, clock, randomness, threads or private keys. Every decoder takes `&[u8]`, checks bounds first
//! and never panics on hostile input. What a process may remember, where it asks for that, changes no answer
//! ([`signature::remember_signatures`]).

pub mod base64;
pub mod checkpoint;
pub mod cosignature;
pub mod encoding;
pub mod fork;
pub mod hash;
pub mod index;
pub mod key_history;
pub mod log_keys;
pub mod merkle;
pub mod ml_dsa;
pub mod note;
pub mod proof;
pub mod quorum;
pub mod runs;
pub mod signature;
pub mod tile;
