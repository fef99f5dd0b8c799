//! The authenticated index of subjects: which rows an entry has, which questions can be proved, and whether the records of a file
//! are all that belong to their answers (normative: `schemas/index.md`).
//!
//! `tlog::runs` proves what the runs of an index.root say. Here that is held against entries: a row that no entry has and an
//! entry that has no row are the operator's fault, and the file that shows it proves it.

mod answer_text;
mod answers;
mod error;
mod file;
mod file_wire;
mod index_root;
mod proof;
mod question;
mod question_address;
mod question_json;
mod question_text;
mod question_wire;
mod question_words;
mod rows;
mod value_form;

pub use answer_text::{AnswerText, range_in_words};
pub use answers::{ProvedAnswers, RecordsOfFile};
pub use error::IndexError;
pub use file::{SUBJECT_PROOF_BYTES_MAX, SUBJECT_PROOF_MEDIA_TYPE, SubjectProof};
pub use index_root::{index_root_entry, run_list_of};
pub use proof::{INDEX_PROOF_VERSION, IndexProof};
pub use question::{AskedField, IndexLookup, IndexQuestion};
pub use question_wire::QuestionWire;
pub use rows::{code_of, is_listed, rows_of};
pub use value_form::ValueFault;

/// Records of one file, as in packs.
const RECORDS_MAX: usize = 1 << 20;
