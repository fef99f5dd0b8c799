//! One resource a file: what it answers, how, and its documentation.

pub(crate) mod alarms;
pub(crate) mod assessments;
pub(crate) mod batch;
pub(crate) mod checkpoints;
pub(crate) mod entries;
pub(crate) mod erasures;
pub(crate) mod events;
pub(crate) mod evidence;
pub(crate) mod explanations;
pub(crate) mod health;
pub(crate) mod issuers;
pub(crate) mod job_list;
pub(crate) mod jobs;
pub(crate) mod links;
pub(crate) mod log;
pub(crate) mod log_keys;
pub(crate) mod packs;
pub(crate) mod policies;
pub(crate) mod proofs;
pub(crate) mod runs;
pub(crate) mod subjects;
pub(crate) mod tiles;
pub(crate) mod tokens;
pub(crate) mod verify;
