//! Tests of the verifier through its public surface, in one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    missing_docs
)]

mod agreement;
mod answer_fields;
mod answer_text;
mod assess;
mod audit;
mod audit_rounds;
mod check;
mod clawsig_bundle;
mod clawsig_bundle_attacks;
mod clawsig_bundle_causal;
mod clawsig_bundle_forms;
mod clawsig_bundle_hostile;
mod clawsig_codes;
mod clawsig_hostile;
mod clawsig_kinds;
mod clawsig_members;
mod clawsig_metadata;
mod clawsig_metadata_data;
mod clawsig_metadata_policy;
mod clawsig_metadata_signoff;
mod clawsig_order;
mod clawsig_uri;
mod clawsig_vectors;
mod clawsig_wrap;
mod context;
mod document;
mod entry;
mod envelope;
mod expect;
mod export;
mod foreign;
mod fork;
mod holds;
mod index_replay;
mod index_replay_random;
mod index_replay_space;
mod json;
mod log_keyring;
mod log_keys;
mod merkle;
mod ml_dsa;
mod ml_dsa_keys;
mod note;
mod omission;
mod openclaw;
mod organizations;
mod pack;
mod payload;
mod plain;
mod proof;
mod question_address;
mod quorum;
mod runs;
mod runs_vectors;
mod sample;
mod signature;
mod stream;
mod subject_index;
mod subject_proof;
mod subject_ranges;
mod subjects;
mod support;
mod text;
mod tile;
mod token;
mod vectors;
mod vectors_tlog;
mod witnesses;
mod wpc;
mod wpc_diff;
mod wpc_docs;
mod wpc_hidden;
mod wpc_laws;
mod wpc_outline;
mod wpc_statements;
mod wpc_support;
