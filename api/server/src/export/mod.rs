//! `export`: packs of jobs, and the entries of a time window, as files that `ledger-verify` checks offline.

mod packs;
mod pieces;
mod subjects;
mod window;

use crate::args::ExportArgs;
use ledger::signer::{EvidenceKey, KeyError};
use ledger_client::log::{Client, ClientError};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use std::path::{Path, PathBuf};
use verifier::text::shown;
use window::WindowTimes;

/// Why nothing, or not all, was exported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("cannot write {path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("{0:?} is not a time: expected one such as 2026-02-01T00:00:00Z")]
    Time(String),
    #[error("--from {from} is not before --to {to}, so that there is no time between them")]
    NoTime { from: String, to: String },
    #[error("--from {0} is still to come: nothing can have been logged since")]
    FutureTime(String),
    #[error("nothing was logged between --from and --to, so there is nothing to export")]
    EmptyWindow,
    #[error("the log has no job of that agent or policy, so nothing was exported")]
    NoJobs,
    #[error("the entries of this {field} cannot be proved whole, so nothing was exported: {source}")]
    NotProved {
        field: &'static str,
        source: ClientError,
    },
    #[error("the period has more than {1} {0}, which is the most for one export: choose a shorter one")]
    TooLong(&'static str, usize),
    #[error("--agent and --policy go together with --from and --to only; name one of them")]
    TwoSubjects,
    #[error("the server is at fault: {0}")]
    Answer(&'static str),
}

/// Writes the files.
pub(crate) fn run(args: &ExportArgs) -> Result<(), ExportError> {
    let times = match (&args.from, &args.to) {
        (Some(from), Some(to)) => Some(WindowTimes::parse(from, to)?),
        _ => None,
    };
    let client = Client::with_token_file(&args.server.url, args.server.token_file.as_deref())?;
    std::fs::create_dir_all(&args.out).map_err(file_error(&args.out))?;
    if let (Some(times), Some(key)) = (times, &args.operator_key) {
        let operator = EvidenceKey::read(key)?;
        return if args.agent.is_none() && args.policy.is_none() {
            window::export(&client, args, times, &operator)
        } else {
            subjects::export(&client, args, times, &operator)
        };
    }
    if args.agent.is_some() && args.policy.is_some() {
        return Err(ExportError::TwoSubjects);
    }
    let jobs = packs::jobs(&client, args)?;
    for job_id in &jobs.ids {
        let path = packs::export(&client, job_id, jobs.as_of, &args.out)?;
        println!("{}", shown::line(&path.display().to_string()));
    }
    if jobs.ids.is_empty() {
        return Err(ExportError::NoJobs);
    }
    Ok(())
}

fn file_error(path: &Path) -> impl Fn(std::io::Error) -> ExportError {
    let path = path.to_owned();
    move |source| ExportError::File {
        path: path.clone(),
        source,
    }
}

/// All but the unreserved characters of a path or query (RFC 3986 §2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A value in a path or query.
pub(crate) fn percent_encoded(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, RESERVED)
}
