//! `audit`: fetches what the auditor asks for, and shows how far it is.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use ledger_client::row_files::TemporaryFiles;
use verifier::check::audit::Auditor;
use verifier::check::index_replay::ROWS_IN_MEMORY;
use verifier::check::{Details, Finding, LogKeyring, Report};
use verifier::note::VerifierKey;
use verifier::quorum::QuorumPolicy;
use verifier::tile::{TILE_WIDTH, TilePath};

use crate::files::{FileError, read_file};
use crate::key::{KeyArgument, PolicyArgument, held};
use crate::sample::{self, SampleArguments};
use crate::source::{self, LogSource, SourceError};

/// How often the bar moves by itself.
const TICK: Duration = Duration::from_millis(250);

/// Which log is audited, and how much of it.
#[derive(Debug, Args)]
pub(crate) struct AuditArguments {
    /// The server's address, with or without `/log` at its end, or a directory with a copy of `checkpoint` and `tile/`.
    #[arg(value_name = "URL|DIR")]
    log: String,
    #[command(flatten)]
    key: KeyArgument,
    #[command(flatten)]
    policy: PolicyArgument,
    /// File with a reader's bearer token. Not needed where everybody may read.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// File with the log's first entry (`log.genesis`), where the log is a directory that does not hold it.
    #[arg(long, value_name = "FILE")]
    genesis: Option<PathBuf>,
    /// How long, in seconds, the audit of a server may take. It then ends as INCOMPLETE. Default: 6 hours.
    #[arg(long, value_name = "SECONDS", default_value_t = 21_600, value_parser = clap::value_parser!(u64).range(1..))]
    deadline: u64,
    #[command(flatten)]
    sample: SampleArguments,
}

/// Runs the audit that the command line names.
pub(crate) fn run(arguments: &AuditArguments) -> Result<Report, FileError> {
    let keyring = arguments.key.read()?;
    let policy = arguments.policy.read()?;
    let genesis = arguments.genesis.as_ref().map(read_file).transpose()?;
    let deadline = Duration::from_secs(arguments.deadline);
    let (log, token_file) = (arguments.log.as_str(), arguments.token_file.as_deref());
    if let Some(wanted) = arguments.sample.random {
        let server = source::open_server(log, token_file, deadline)?;
        let trust = (&keyring, policy.as_ref());
        return sample::run(&server, trust, genesis.as_deref(), wanted, &arguments.sample);
    }
    let source = source::open(log, token_file, deadline)?;
    Ok(audit(source.as_ref(), &keyring, policy.as_ref(), genesis))
}

/// Audits the log of `source` under its newest checkpoint.
///
/// Only what a signed checkpoint implies can fail: what the source does not hold though its checkpoint implies it, or
/// holds otherwise. A place where there is no log, or a note that the key did not sign, says nothing about the log of
/// this key, and what could not be read for any other reason neither: the audit is incomplete.
fn audit(
    source: &dyn LogSource,
    keyring: &LogKeyring,
    policy: Option<&QuorumPolicy>,
    genesis: Option<Vec<u8>>,
) -> Report {
    let note = match source.checkpoint() {
        Ok(note) => note,
        Err(error) => return finding(&error).into_report(Details::default()),
    };
    let chosen = keyring.choose(&note);
    let mut auditor = match Auditor::new(&note, &chosen.key) {
        Ok(auditor) => auditor.with_row_space(Box::new(TemporaryFiles), ROWS_IN_MEMORY),
        Err(finding) => {
            let report = of_start(finding, &chosen.key).into_report(Details::default());
            return chosen.hold(report);
        }
    };
    let progress = progress_bar(auditor.head().size.value());
    let read = read_all(source, &mut auditor, genesis, &progress);
    progress.finish_and_clear();
    let report = match read {
        Ok(()) => auditor.finish(),
        Err(finding) => auditor.break_off(finding),
    };
    let report = chosen.hold(report);
    held(report, &chosen.key, policy, |gate, report| {
        gate.hold(report, &note)
    })
}

fn read_all(
    source: &dyn LogSource,
    auditor: &mut Auditor,
    mut genesis: Option<Vec<u8>>,
    progress: &ProgressBar,
) -> Result<(), Finding> {
    let mut is_first = true;
    while let Some(path) = auditor.wanted() {
        let bytes = fetch(source, path).map_err(|error| finding(&error))?;
        auditor.feed(&bytes)?;
        progress.set_position(auditor.entries());
        if is_first {
            is_first = false;
            let file = match genesis.take() {
                Some(file) => Some(file),
                None => source.genesis().map_err(|error| finding(&error))?,
            };
            if let Some(file) = file {
                auditor.take_genesis(&file)?;
            }
        }
    }
    Ok(())
}

/// A partial resource may be gone once the full one is there.
pub(crate) fn fetch(source: &dyn LogSource, path: TilePath) -> Result<Vec<u8>, SourceError> {
    let full = match path {
        TilePath::Hashes { coord, .. } => TilePath::Hashes {
            coord,
            width: TILE_WIDTH,
        },
        TilePath::Entries { index, .. } => TilePath::Entries {
            index,
            width: TILE_WIDTH,
        },
    };
    match source.read(path) {
        Err(missing @ SourceError::Missing(_)) if full != path => {
            source.read(full).map_err(|error| {
                // The fault to tell is that of what the checkpoint implies.
                if matches!(error, SourceError::Missing(_)) {
                    missing
                } else {
                    error
                }
            })
        }
        read => read,
    }
}

pub(crate) fn finding(error: &SourceError) -> Finding {
    let message = error.to_string();
    match error {
        SourceError::Missing(_) => Finding::fail("RESOURCE_MISSING", message),
        SourceError::NoLog { .. } => Finding::incomplete("NO_LOG_FOUND", message),
        SourceError::Unreadable { .. } | SourceError::Refused { .. } => {
            Finding::incomplete("RESOURCE_UNREADABLE", message)
        }
        SourceError::TooSlow { .. } => Finding::incomplete("SERVER_TOO_SLOW", message),
    }
}

/// A note without a line of the key is another log's, or the key is another one's. A line of the key that does not
/// hold is a forgery.
pub(crate) fn of_start(finding: Finding, key: &VerifierKey) -> Finding {
    if finding.reason_code != "CHECKPOINT_NOT_SIGNED_BY_KEY" {
        return finding;
    }
    let message = format!(
        "no log of this key found there: {}; either the address or the key ({}) belongs to another log",
        finding.message,
        key.name()
    );
    Finding::incomplete(finding.reason_code, message)
}

/// A bar on standard error; nothing where that is no terminal. It moves while a large run of the index is computed at one entry.
pub(crate) fn progress_bar(entries: u64) -> ProgressBar {
    let bar = ProgressBar::new(entries);
    bar.enable_steady_tick(TICK);
    let template = "{spinner} {bar:40} {human_pos}/{human_len} entries, {per_sec}, {eta} left";
    // The template is constant; were it wrong, the default bar would do.
    bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()))
}
