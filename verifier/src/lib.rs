//! Everything an auditor needs to check an evidence ledger offline; the ledger
//! checks itself with the same code before it signs.
//!
//! Pure: no files, network, clock, randomness, threads or private keys. Every
//! decoder takes `&[u8]`, checks bounds first and never panics on hostile input.
//! A type is here only if its bytes are hashed, signed, or needed offline.
//!
//! # What a passing check proves
//!
//! * [`checkpoint::Checkpoint::open`]: whoever holds the log's key signed this size and root.
//! * [`proof::TlogProof::verify`]: the log has committed to this entry at this index. It cannot
//!   change or drop the entry without contradicting a checkpoint that it signed.
//! * [`merkle::consistency::verify_consistency`]: the tree of the older head is the beginning of
//!   that of the newer one: in between, entries were only appended.
//! * [`evidence::Evidence::verify`]: the signer made this statement.
//! * [`check::check_proof`]: all of that for one document, and that the entry says of it what it is.
//! * [`check::check_pack`]: the verdict on a job follows from entries that the log has committed to.
//! * [`check::audit::Auditor`]: every entry that the checkpoint counts was there to be read, and
//!   every hash above them is right.
//!
//! # What it does not prove
//!
//! * That everybody is shown the same tree. Only comparing checkpoints does, or cosignatures of
//!   witnesses, which compare for a living.
//! * That what was signed is true, or that all that happened was submitted.
//! * That the signer had the role that its kind of document needs: registrations are in the log,
//!   and count from where they stand.
//! * When an entry was logged, beyond what the log itself says and witnesses bound.
//!
//! A report of [`check`] lists what it did not look at.

pub mod assess;
pub mod base64;
pub mod caller_text;
pub mod cbor;
pub mod check;
pub mod checkpoint;
pub mod clawsig;
pub mod code;
pub mod context;
pub mod cosignature;
pub mod did;
pub mod digest;
pub mod document;
pub mod entry;
pub mod envelope;
pub mod erasure;
pub mod evidence;
pub mod fault;
pub mod foreign;
pub mod hash;
pub mod id;
pub mod index;
pub mod issuers;
pub mod json;
pub mod kind;
pub mod merkle;
pub mod note;
pub mod openclaw;
pub mod pack;
pub mod payload;
pub mod person;
pub mod proof;
pub mod quorum;
pub mod refused;
pub mod rfc3339;
pub mod signature;
pub mod stream;
pub mod subject;
pub mod text;
pub mod tile;
pub mod token;
pub mod wpc;

pub(crate) use hash::hex_hash;
