//! Whole checks for somebody offline: files in, one report out.
//!
//! Everything that `ledger-verify` decides is decided here, by pure functions over bytes, so that
//! another program or a browser comes to the same report. A report has one of four statuses:
//! PASS, FAIL (something is wrong, and the message says what), INCOMPLETE (nothing found wrong,
//! but something needed is missing or of a later format); of a document of another format, UNKNOWN. The status
//! is made of two answers: whether the thing is genuine, and what it says ([`ReportAnswers`]). What was not
//! looked at is listed under `not_checked`, never left to be guessed.

pub mod audit;
mod consistency;
mod evidence;
mod expect;
pub mod export;
mod file_format;
mod fork;
mod genesis;
pub mod index_replay;
mod log_end;
mod log_keys;
mod omission;
mod pack;
mod proof;
pub mod sample;
mod subject;
mod timeline;
mod witnesses;

pub use crate::foreign::{begins_as_pack, begins_as_proof};
pub use crate::report::{
    Authenticity, Details, Finding, Report, ReportAnswers, ReportText, Status, UNEXPECTED_JOB,
    convicts_operator,
};
pub use consistency::{
    CHECKPOINTS_REVERSED, SignedFile, check_consistency, check_consistency_of, checkpoint_note,
};
pub use expect::Expectation;
pub use file_format::{FilePurpose, something_else};
pub use fork::{check_fork, check_fork_of};
pub use genesis::{Genesis, GenesisFault};
pub use log_end::{EntryAfterFreeze, LogEnd};
pub use log_keys::{ChosenKey, LogKeyring, LogKeysFault};
pub use omission::{OmissionFiles, check_omission, check_omission_of};
pub use pack::{
    PACK_INDEX_NOT_PROVED, PACK_NOT_PROVED, PackCheck, PackReading, check_pack, read_pack, read_pack_with,
};
pub use proof::{ProofFiles, check_proof};
pub use subject::{SubjectAnswer, SubjectCheck, SubjectExpectation, check_subject};
pub use timeline::TimelineEntry;
pub use witnesses::WitnessGate;
