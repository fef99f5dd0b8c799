//! One resource a file: what it answers, how, and its documentation.

pub(crate) mod batch;
pub(crate) mod checkpoints;
pub(crate) mod entries;
pub(crate) mod events;
pub(crate) mod evidence;
pub(crate) mod health;
pub(crate) mod issuers;
pub(crate) mod jobs;
pub(crate) mod log;
pub(crate) mod metrics;
pub(crate) mod policies;
pub(crate) mod proofs;
pub(crate) mod runs;
pub(crate) mod tiles;
pub(crate) mod tokens;
