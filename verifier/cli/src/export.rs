//! `export`: a directory with the entries of a time window.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use verifier::check::export::{ExportFiles, LINE_BYTES_MAX, LINES_MAX, SUBJECTS_MAX, VerifiedExport};
use verifier::check::{Details, Finding, Report};
use verifier::note::VerifierKey;
use verifier::subject_index::SUBJECT_PROOF_BYTES_MAX;

use crate::files::{FileError, read_file, read_file_up_to};

/// A line of 64 hex digits and its end.
const HASH_LINE_BYTES: usize = 65;

/// Checks an export line by line.
pub(crate) fn run(directory: &Path, key: &VerifierKey) -> Result<Report, FileError> {
    let manifest = read_file(directory.join("manifest.json"))?;
    let hashes = read_file_up_to(directory.join("entries.sha256"), LINES_MAX * HASH_LINE_BYTES)?;
    let genesis = read_file(directory.join("genesis.json"))?;
    let proofs = proofs(directory)?;
    let files = ExportFiles {
        manifest: &manifest,
        hashes: &hashes,
        genesis: &genesis,
        proofs: &proofs,
    };
    let mut export = match VerifiedExport::open(&files, key) {
        Ok(export) => export,
        Err(finding) => return Ok(finding.into_report(Details::default())),
    };
    let path = directory.join("entries.ndjson");
    match check_lines(&mut export, &path) {
        Ok(Ok(())) => Ok(export.finish()),
        Ok(Err(finding)) => Ok(export.refuse(finding)),
        Err(source) => Err(FileError::Unreadable { path, source }),
    }
}

/// The proofs of the subjects that the entries have, in their order: none of an export of all entries.
fn proofs(directory: &Path) -> Result<Vec<Vec<u8>>, FileError> {
    let paths = (1..=SUBJECTS_MAX).map(|number| directory.join(format!("subject-{number}.proof")));
    paths
        .take_while(|path| path.exists())
        .map(|path| read_file_up_to(path, SUBJECT_PROOF_BYTES_MAX))
        .collect()
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
