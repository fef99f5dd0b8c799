//! `evidence`: one document of any kind, verified on its own.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::Args;
use verifier::check::{Expectation, FilePurpose, Report, something_else};
use verifier::clawsig::{ClawsigOptions, Kind, Verification, is_kind, verify};
use verifier::index::TimestampMs;
use verifier::json::{self, Value};
use verifier::rfc3339;

use crate::files::{FileError, beginning, read_file};
use crate::key::did;

/// What is verified, and whose signatures count.
#[derive(Debug, Args)]
pub(crate) struct EvidenceArguments {
    /// The document, a JSON file; `-` reads standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The kind of document that you expect, such as `proof_bundle`. Another kind is answered FAIL. Without this option, a
    /// document that only its own signer vouches for is not answered PASS. Repeat the option for several kinds.
    #[arg(long, value_name = "KIND", value_parser = kind)]
    expect: Vec<String>,
    /// The DID that must have signed it, such as `did:key:z6Mk…`. Repeat the option for several.
    #[arg(long, value_name = "DID", value_parser = did)]
    signer: Vec<String>,
    /// The DID of a gateway whose receipts you trust. Repeat the option for several. Default: none.
    #[arg(long, value_name = "DID", value_parser = did)]
    allow_gateway: Vec<String>,
    /// The DID of an attester whose attestations you trust, or of a legacy log whose roots you trust. Repeat the option for
    /// several. Default: none.
    #[arg(long, value_name = "DID", value_parser = did)]
    allow_attester: Vec<String>,
    /// The DID of a witness whose web receipts you trust. Repeat the option for several. Default: none.
    #[arg(long, value_name = "DID", value_parser = did)]
    allow_witness: Vec<String>,
    /// File with the run manifest (URM) of a bundle. Default: `X-urm.json` in the same directory as `X-bundle.json`.
    #[arg(long, value_name = "FILE")]
    urm: Option<PathBuf>,
    /// Verify as of this time, such as `2026-02-11T08:00:00Z`. Default: now.
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<TimestampMs>,
}

fn kind(text: &str) -> Result<String, String> {
    if is_kind(text) {
        return Ok(text.to_owned());
    }
    let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    Err(format!(
        "no kind of document; they are {}, and the ledger's own envelope types, such as job_event",
        known.join(", ")
    ))
}

fn time(text: &str) -> Result<TimestampMs, String> {
    rfc3339::parse(text).ok_or_else(|| "not an RFC 3339 time with an offset".to_owned())
}

/// Verifies the document that the command line names.
pub(crate) fn check(arguments: &EvidenceArguments) -> Result<Verification, FileError> {
    let bytes = match read_file(&arguments.file) {
        Ok(bytes) => bytes,
        Err(FileError::TooLarge { .. }) => {
            let start = beginning(&arguments.file);
            // White space at the beginning of so much is not yet an empty file.
            let found = something_else(FilePurpose::Evidence, &start);
            if let Some(report) = found.filter(|_| !start.trim_ascii().is_empty()) {
                return Ok(unknown(report));
            }
            let foreign = Verification::of_foreign(&start);
            let verification = foreign.unwrap_or_else(Verification::too_large);
            return Ok(expected(arguments, verification));
        }
        Err(error) => return Err(error),
    };
    if let Some(report) = something_else(FilePurpose::Evidence, &bytes) {
        return Ok(unknown(report));
    }
    let urm_file = arguments.urm.clone().or_else(|| sibling(&arguments.file));
    let urm = urm_file.as_deref().map(read_urm).transpose()?;
    let at = match arguments.at {
        Some(at) => at,
        None => now()?,
    };
    let options = ClawsigOptions {
        at: Some(at),
        gateways: &arguments.allow_gateway,
        attesters: &arguments.allow_attester,
        witnesses: &arguments.allow_witness,
        urm: urm.as_ref(),
    };
    let mut verification = verify(&bytes, &options);
    if let Some(file) = urm_file {
        let shown = file.display().to_string();
        verification.report.details.set("urm_file", shown);
    }
    Ok(expected(arguments, verification))
}

/// No document: neither kind nor signer is asked of it.
fn unknown(report: Report) -> Verification {
    let kind = "unknown".to_owned();
    Verification { kind, report }
}

/// The verdict on what was asked for.
fn expected(arguments: &EvidenceArguments, verification: Verification) -> Verification {
    let expectation = Expectation {
        kinds: &arguments.expect,
        signers: &arguments.signer,
    };
    let Verification { kind, mut report } = verification;
    if report.reason_code == "DEPENDENCY_NOT_CONFIGURED"
        && let Some(option) = option_for(&report.message)
    {
        report.message = format!("{}; name it with {option} DID", report.message);
    }
    let report = expectation.hold_at_gate(&kind, report);
    Verification { kind, report }
}

/// The option that names whom a report misses; no option names the root of a trusted environment.
fn option_for(message: &str) -> Option<&'static str> {
    let options = [
        ("gateway", "--allow-gateway"),
        ("witness", "--allow-witness"),
        ("attester", "--allow-attester"),
        ("log", "--allow-attester"),
    ];
    let of_whom = |(whom, _): &&(&str, &str)| message.starts_with(&format!("no {whom} was named"));
    options.iter().find(of_whom).map(|(_, option)| *option)
}

/// `X-urm.json` in the directory of `X-bundle.json`, if it is there.
fn sibling(bundle: &Path) -> Option<PathBuf> {
    let name = bundle.file_name()?.to_str()?.strip_suffix("-bundle.json")?;
    let urm = bundle.with_file_name(format!("{name}-urm.json"));
    urm.is_file().then_some(urm)
}

fn read_urm(path: &Path) -> Result<Value, FileError> {
    let bytes = read_file(path).map_err(|error| FileError::Urm(error.to_string()))?;
    json::parse(&bytes).map_err(|fault| FileError::Urm(format!("{}: {fault}", path.display())))
}

fn now() -> Result<TimestampMs, FileError> {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| u64::try_from(since.as_millis()).ok())
        .map(TimestampMs::new)
        .ok_or_else(|| FileError::Source("the clock is before 1970; give the time with --at".to_owned()))
}
