//! `subject`: one question to the log's index, and its answer.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;
use verifier::check::{FilePurpose, Report, SubjectExpectation, check_subject, something_else};
use verifier::index::{LeafIndex, TreeSize};
use verifier::subject_index::{IndexQuestion, SUBJECT_PROOF_BYTES_MAX};

use crate::files::{FileError, read_file, read_file_up_to};
use crate::key::KeyArgument;

/// A subject-proof, and what its answer is expected to be.
#[derive(Debug, Args)]
pub(crate) struct SubjectArguments {
    /// The subject-proof, a file; `-` reads standard input. Its checkpoint has no signature but the log's, so that no policy on
    /// witnesses can be held against it.
    file: PathBuf,
    /// File with the log's first entry (`log.genesis`): the server's answer for `/v1/entries/0`, or the document alone. The salt
    /// of all subjects is in it.
    #[arg(long, value_name = "FILE")]
    genesis: PathBuf,
    #[command(flatten)]
    key: KeyArgument,
    /// The question that you asked, as JSON, such as `["subject","job","job-1",[]]` or `["kind","log.frozen"]`. The answer to
    /// another question is then answered FAIL. The report names the question of the file in this form.
    #[arg(long, value_name = "JSON", value_parser = question)]
    question: Option<Value>,
    /// The number of entries that you asked about. An answer as of fewer is then INCOMPLETE.
    #[arg(long, value_name = "SIZE")]
    as_of: Option<u64>,
    /// Only entries after this one matter: says whether there are any, and which is the last one up to there.
    #[arg(long, value_name = "INDEX")]
    after: Option<u64>,
    /// You expect that there is no entry, or with `--after` none after that one. If there is one, the answer is FAIL.
    #[arg(long)]
    none: bool,
    /// You have the answer as of this size already: a file whose answer begins there, or before, and ends later is enough.
    #[arg(long, value_name = "SIZE", conflicts_with = "after")]
    since: Option<u64>,
    /// Only entries below this size matter: a file whose answer ends there, or later, is enough.
    #[arg(long, value_name = "SIZE", conflicts_with = "after")]
    to: Option<u64>,
}

fn question(text: &str) -> Result<Value, String> {
    let example = r#"such as ["subject","job","job-1",[]]"#;
    let json: Value = serde_json::from_str(text).map_err(|error| format!("no JSON, {example}: {error}"))?;
    match IndexQuestion::from_json(&json) {
        Ok(question) => Ok(question.to_json()),
        Err(fault) => Err(format!("no question that can be proved, {example}: {fault}")),
    }
}

/// Checks the subject-proof that the command line names.
pub(crate) fn run(arguments: &SubjectArguments) -> Result<Report, FileError> {
    if let (Some(since), Some(to)) = (arguments.since, arguments.to)
        && since >= to
    {
        return Err(FileError::EmptyRange { since, to });
    }
    let keyring = arguments.key.read()?;
    let file = read_file_up_to(&arguments.file, SUBJECT_PROOF_BYTES_MAX)?;
    let genesis = read_file(&arguments.genesis)?;
    if let Some(report) = something_else(FilePurpose::SubjectProof, &file) {
        return Ok(report);
    }
    let expected = SubjectExpectation {
        question: arguments.question.as_ref(),
        as_of_min: arguments.as_of.map(TreeSize::new),
        after: arguments.after.map(LeafIndex::new),
        none: arguments.none,
        since: arguments.since.map(TreeSize::new),
        to: arguments.to.map(TreeSize::new),
    };
    let chosen = keyring.choose_for(FilePurpose::SubjectProof, &file);
    Ok(chosen.hold(check_subject(&file, &genesis, &chosen.key, &expected).report))
}
