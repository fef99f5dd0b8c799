//! `proof`: one entry, and the document that it commits to.

use std::path::PathBuf;

use clap::Args;
use verifier::check::{Expectation, FilePurpose, ProofFiles, Report, check_proof, something_else};
use verifier::kind::Kind;

use crate::files::{FileError, read_file};
use crate::key::{KeyArgument, PolicyArgument, did, held};

/// What is proved, and what it is expected to be.
#[derive(Debug, Args)]
pub(crate) struct ProofArguments {
    /// File with the proof (tlog-proof), as `/v1/entries/{index}/proof` gives it; `-` reads standard input.
    proof: PathBuf,
    #[command(flatten)]
    key: KeyArgument,
    #[command(flatten)]
    policy: PolicyArgument,
    /// File with the document, byte for byte as it was submitted.
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    /// File with the entry, as CBOR or base64, where the proof does not hold it.
    #[arg(long, value_name = "FILE")]
    entry: Option<PathBuf>,
    /// File with the server's answer for entry 0 (`/v1/entries/0`). With it, what the entry names (job, agent, token) is checked
    /// against the document, too.
    #[arg(long, value_name = "FILE")]
    genesis: Option<PathBuf>,
    /// The kind of entry that you expect, such as `bundle` or `receipt.gateway`. Another kind is answered FAIL. Repeat the option
    /// for several kinds.
    #[arg(long, value_name = "KIND", value_parser = kind)]
    expect: Vec<String>,
    /// The DID that must have signed the document, such as `did:key:z6Mk…`. Repeat the option for several.
    #[arg(long, value_name = "DID", value_parser = did)]
    signer: Vec<String>,
}

fn kind(text: &str) -> Result<String, String> {
    if let Some(kind) = Kind::parse(text) {
        return Ok(kind.as_str().to_owned());
    }
    let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    Err(format!("no kind of entry; the kinds are {}", known.join(", ")))
}

/// Checks the proof that the command line names.
pub(crate) fn run(arguments: &ProofArguments) -> Result<Report, FileError> {
    let keyring = arguments.key.read()?;
    let policy = arguments.policy.read()?;
    let proof = read_file(&arguments.proof)?;
    if let Some(report) = something_else(FilePurpose::Proof, &proof) {
        return Ok(report);
    }
    let chosen = keyring.choose_for(FilePurpose::Proof, &proof);
    let read = |path: &Option<_>| path.as_ref().map(read_file).transpose();
    let (evidence, entry) = (read(&arguments.evidence)?, read(&arguments.entry)?);
    let genesis = read(&arguments.genesis)?;
    let files = ProofFiles {
        proof: &proof,
        evidence: evidence.as_deref(),
        entry: entry.as_deref(),
        genesis: genesis.as_deref(),
    };
    let expected = Expectation {
        kinds: &arguments.expect,
        signers: &arguments.signer,
    };
    let report = expected.hold_proof_at_gate(chosen.hold(check_proof(&files, &chosen.key)));
    Ok(held(report, &chosen.key, policy.as_ref(), |gate, report| {
        gate.hold_proof(report, &proof)
    }))
}
