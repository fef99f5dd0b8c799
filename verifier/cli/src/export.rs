//! `export`: a directory with the entries of a time window.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use verifier::check::export::{ExportExpectation, ExportFiles, LINE_BYTES_MAX, LINES_MAX, VerifiedExport};
use verifier::check::{Details, Finding, Genesis, LogKeyring, Report};
use verifier::index::TimestampMs;
use verifier::rfc3339;
use verifier::subject_index::SUBJECT_PROOF_BYTES_MAX;

use crate::files::{FileError, read_file, read_file_up_to};
use crate::key::KeyArgument;

/// A line of 64 hex digits and its end.
const HASH_LINE_BYTES: usize = 65;

/// An export, and what it is expected to be of.
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// Directory that `ledgerd export --from … --to …` wrote, with `manifest.json`, `entries.ndjson`, `entries.sha256` and
    /// `genesis.json`, and the proofs of subjects where it is restricted to them.
    directory: PathBuf,
    #[command(flatten)]
    key: KeyArgument,
    /// The period that you expect begins at this time, such as `2026-02-01T00:00:00Z`. An export of another one is FAIL. With any of
    /// these options, an export that is restricted to an agent or policy that you do not name is FAIL, too.
    #[arg(long, value_name = "TIME", value_parser = time)]
    from: Option<TimestampMs>,
    /// … and ends before this time. If nothing shows that the period was over, the export is INCOMPLETE.
    #[arg(long, value_name = "TIME", value_parser = time)]
    to: Option<TimestampMs>,
    /// You expect the entries that name this agent.
    #[arg(long, value_name = "DID")]
    agent: Option<String>,
    /// You expect the entries that name this policy; its hash in 43 base64url characters. With `--agent`, those that name both.
    #[arg(long, value_name = "HASH")]
    policy: Option<String>,
}

fn time(text: &str) -> Result<TimestampMs, String> {
    rfc3339::parse(text).ok_or_else(|| "expected a time such as 2026-02-01T00:00:00Z".to_owned())
}

/// Checks the export that the command line names.
pub(crate) fn run(arguments: &ExportArguments) -> Result<Report, FileError> {
    let expected = ExportExpectation {
        from: arguments.from,
        to: arguments.to,
        agent: arguments.agent.as_deref(),
        policy: arguments.policy.as_deref(),
    };
    if arguments
        .from
        .zip(arguments.to)
        .is_some_and(|(from, to)| from >= to)
    {
        return Err(FileError::Source("--from is not before --to".to_owned()));
    }
    let report = check(&arguments.directory, &arguments.key.read()?)?;
    Ok(expected.hold(report))
}

/// Checks an export line by line.
fn check(directory: &Path, keyring: &LogKeyring) -> Result<Report, FileError> {
    let manifest = read_file(directory.join("manifest.json"))?;
    let hashes = read_file_up_to(directory.join("entries.sha256"), LINES_MAX * HASH_LINE_BYTES)?;
    let genesis = read_file(directory.join("genesis.json"))?;
    let files = ExportFiles {
        manifest: &manifest,
        hashes: &hashes,
        genesis: &genesis,
    };
    // An export is made under one checkpoint.
    let checkpoint = Genesis::danger_checkpoint(&genesis).unwrap_or_default();
    let chosen = keyring.choose(checkpoint.as_bytes());
    let mut export = match VerifiedExport::open(&files, &chosen.key) {
        Ok(export) => export,
        Err(finding) => return Ok(finding.into_report(Details::default())),
    };
    // Lines behind a missing proof are refused under its name.
    while let Some(path) = export.next_proof().map(|name| directory.join(name)) {
        if !path.exists() {
            break;
        }
        if let Err(finding) = export.proof(&read_file_up_to(path, SUBJECT_PROOF_BYTES_MAX)?) {
            return Ok(export.refuse(finding));
        }
    }
    let path = directory.join("entries.ndjson");
    match check_lines(&mut export, &path) {
        Ok(Ok(())) => Ok(chosen.hold(export.finish())),
        Ok(Err(finding)) => Ok(export.refuse(finding)),
        Err(source) => Err(FileError::Unreadable { path, source }),
    }
}

fn check_lines(export: &mut VerifiedExport, path: &PathBuf) -> io::Result<Result<(), Finding>> {
    let mut reader = BufReader::new(File::open(path)?);
    let limit = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX);
    let mut line = Vec::new();
    loop {
        line.clear();
        // A longer line is cut, and then has another hash.
        if reader.by_ref().take(limit).read_until(b'\n', &mut line)? == 0 {
            return Ok(Ok(()));
        }
        if let Err(finding) = export.line(line.strip_suffix(b"\n").unwrap_or(&line)) {
            return Ok(Err(finding));
        }
    }
}
