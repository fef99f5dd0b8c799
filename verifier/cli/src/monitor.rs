//! `monitor`: follows logs for as long as it runs.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use monitor::config::{FollowedLog, LogConfig, MonitorConfig, load};
use monitor::follow::{FollowOptions, MonitorError, follow};
use monitor::server::{LogConnector, LogServer};
use verifier::check::Finding;
use verifier::tile::TilePath;

use crate::audit::{fetch, finding};
use crate::files::{FileError, log_key, read_file};
use crate::key::read_policy;
use crate::source::{self, LogSource as _, ServerUrl, SourceError};

/// What is followed, and for how long.
#[derive(Debug, Args)]
pub(crate) struct MonitorArguments {
    /// Configuration file (docs/monitoring.md): the logs, what of them is watched, where the state is kept, and who gets alarms.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Make one round of each log, and end: 0 where nothing was found, 1 where an alarm is open, 2 where something was not seen.
    #[arg(long)]
    once: bool,
    /// Begin with logs of which the state directory has no state, or a damaged one. Without it that is an alarm, since nobody can tell
    /// whether such a log took something back.
    #[arg(long)]
    begin: bool,
}

/// Runs the monitor that the command line names.
pub(crate) fn run(arguments: &MonitorArguments) -> Result<ExitCode, FileError> {
    let config = load(&arguments.config).map_err(|error| FileError::Source(error.to_string()))?;
    let logs = followed(&config)?;
    let options = FollowOptions {
        once: arguments.once,
        begin: arguments.begin,
    };
    let mut out = std::io::stdout();
    let status = follow(&config, &logs, options, &Servers, &mut out)
        .map_err(|error: MonitorError| FileError::Source(error.to_string()))?;
    Ok(ExitCode::from(status))
}

fn followed(config: &MonitorConfig) -> Result<Vec<FollowedLog>, FileError> {
    let read = |log: &LogConfig| {
        let policy = log.policy_file.as_deref();
        let genesis = log.genesis_file.as_ref();
        Ok(FollowedLog {
            config: log.clone(),
            key: log_key(&log.log_key)?,
            policy: policy.map(|path| read_policy("policy_file", path)).transpose()?,
            genesis: genesis.map(read_file).transpose()?,
            round_max: std::time::Duration::from_secs(config.round_max_s),
        })
    };
    config.log.iter().map(read).collect()
}

/// Logs behind their addresses.
struct Servers;

impl LogConnector for Servers {
    fn connect(&self, log: &FollowedLog) -> Result<Box<dyn LogServer>, Finding> {
        let opened = source::open_server(&log.config.url, log.config.token_file.as_deref(), log.round_max);
        match opened {
            Ok(server) => Ok(Box::new(MonitoredServer(server))),
            Err(error) => Err(Finding::incomplete("SERVER_UNUSABLE", error.to_string())),
        }
    }
}

struct MonitoredServer(ServerUrl);

impl LogServer for MonitoredServer {
    fn checkpoint(&self) -> Result<Vec<u8>, Finding> {
        self.0.checkpoint().map_err(|error| finding(&error))
    }

    fn resource(&self, path: TilePath) -> Result<Vec<u8>, Finding> {
        fetch(&self.0, path).map_err(|error| finding(&error))
    }

    fn answer(&self, path: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, Finding> {
        match self.0.answer(path, bytes_max) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(SourceError::Missing(_)) => Ok(None),
            Err(error) => Err(finding(&error)),
        }
    }
}
