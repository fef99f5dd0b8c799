//! `omission`: an entry, and an answer of the index in which it should be.

use std::path::PathBuf;

use clap::Args;
use verifier::check::{FilePurpose, OmissionFiles, Report, check_omission_of, something_else};
use verifier::subject_index::SUBJECT_PROOF_BYTES_MAX;

use crate::files::{FileError, read_file, read_file_up_to};
use crate::key::KeyArgument;

/// The two files that are held against each other.
#[derive(Debug, Args)]
pub(crate) struct OmissionArguments {
    /// File with the entry's proof (tlog-proof), as `/v1/entries/{index}/proof` gives it.
    proof: PathBuf,
    /// File with the answer, a subject-proof. Its checkpoint may be another one than that of PROOF.
    answer: PathBuf,
    /// File with the log's first entry (`log.genesis`): the server's answer for `/v1/entries/0`, or the document alone. The salt
    /// of all subjects is in it.
    #[arg(long, value_name = "FILE")]
    genesis: PathBuf,
    #[command(flatten)]
    key: KeyArgument,
    /// File with the entry, as CBOR or base64, where the proof does not hold it.
    #[arg(long, value_name = "FILE")]
    entry: Option<PathBuf>,
}

/// Checks the two files that the command line names.
pub(crate) fn run(arguments: &OmissionArguments) -> Result<Report, FileError> {
    let keyring = arguments.key.read()?;
    let proof = read_file(&arguments.proof)?;
    let answer = read_file_up_to(&arguments.answer, SUBJECT_PROOF_BYTES_MAX)?;
    let genesis = read_file(&arguments.genesis)?;
    let entry = arguments.entry.as_ref().map(read_file).transpose()?;
    let other_file = something_else(FilePurpose::Proof, &proof)
        .or_else(|| something_else(FilePurpose::SubjectProof, &answer));
    if let Some(report) = other_file {
        return Ok(report);
    }
    let files = OmissionFiles {
        proof: &proof,
        entry: entry.as_deref(),
        answer: &answer,
        genesis: &genesis,
    };
    let of_proof = keyring.choose_for(FilePurpose::Proof, &proof);
    let of_answer = keyring.choose_for(FilePurpose::SubjectProof, &answer);
    let report = check_omission_of(&files, [&of_proof.key, &of_answer.key]);
    Ok(of_answer.hold(of_proof.hold(report)))
}
