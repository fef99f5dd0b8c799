//! Everything an auditor needs to check an evidence ledger offline; the ledger
//! checks itself with the same code before it signs.
//!
//! Pure: no files, network, clock, randomness, threads or private keys. Every
//! decoder takes `&[u8]`, checks bounds first and never panics on hostile input.
//! A type is here only if its bytes are hashed, signed, or needed offline.
//!
//! # What a passing check proves
//!
//! * [`checkpoint::Checkpoint::open`]: the holder of the log's key signed this size and root.
//! * [`proof::TlogProof::verify`]: the log has committed to this entry at this index. It cannot
//!   change or drop the entry without contradicting a checkpoint that it signed.
//! * [`merkle::consistency::verify_consistency`]: the tree of the older head is the beginning of
//!   that of the newer one: in between, entries were only appended.
//! * [`evidence::Evidence::verify`]: the signer made this statement.
//! * [`check::check_proof`]: all of that for one document, and that the entry says of it what it is.
//! * [`check::check_pack`]: the verdict on a job follows from entries that the log has committed to.
//! * [`check::check_subject`]: the log has signed that these are all entries with a subject, or that there are none.
//! * [`check::audit::Auditor`]: every entry that the checkpoint counts was there to be read, and
//!   every hash above them is right; where its report has the basis `replayed`, the log's index leaves nothing out and adds nothing.
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

pub mod check;

pub use ::assess;
pub use ::assess::{erasure, pack};
pub use ::clawsig;
pub use ::evidence::{
    caller_text, cbor, code, compact_jws, context, detect, did, digest, document, entry, envelope, fault,
    foreign, id, issuers, json, kind, openclaw, payload, person, record, refused, report, rfc3339, stream,
    subject, subject_index, text, token, wpc,
};
pub use ::tlog::{
    base64, checkpoint, cosignature, encoding, fork, hash, index, key_history, log_keys, merkle, ml_dsa,
    note, proof, quorum, runs, signature, tile,
};

/// Verified documents.
pub mod evidence {
    pub use ::evidence::{Evidence, Identity, RejectedDocument, SignerRule};
}
