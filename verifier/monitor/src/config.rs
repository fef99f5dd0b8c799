//! The configuration: one TOML file (`docs/monitoring.md`). Unknown members are refused.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::config::{Config as Sources, ConfigError, File, FileFormat};
use serde::Deserialize;
use verifier::digest::TokenHash;
use verifier::note::VerifierKey;
use verifier::quorum::QuorumPolicy;

/// Logs that one process follows, each in a thread of its own.
const LOGS_MAX: usize = 64;
/// Jobs, tokens or agents of a log that are watched.
const WATCHED_MAX: usize = 1_000;
/// Longest name of a job or agent, in bytes.
const NAME_BYTES_MAX: usize = 1_024;
/// A week.
const SECONDS_MAX: u64 = 7 * 24 * 3_600;

/// Everything that can be configured.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonitorConfig {
    /// Where the state is kept. It is made if it is not there.
    pub state_dir: PathBuf,
    /// Seconds between two rounds of a log.
    #[serde(default = "minute")]
    pub interval_s: u64,
    /// Seconds that one round of one log may take. The first one reads the whole log.
    #[serde(default = "six_hours")]
    pub round_max_s: u64,
    /// The logs.
    pub log: Vec<LogConfig>,
    /// Who gets alarms.
    #[serde(default)]
    pub webhook: Option<WebhookConfig>,
    /// Where numbers are served.
    #[serde(default)]
    pub metrics: Option<MetricsConfig>,
}

/// A log, and what of it is watched.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// The server's address, with or without `/log` at its end.
    pub url: String,
    /// The log's verifier key, or a file with it.
    pub log_key: String,
    /// File with a reader's bearer token.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// File with a policy on witnesses.
    #[serde(default)]
    pub policy_file: Option<PathBuf>,
    /// File with log.genesis, where the server does not hand it out.
    #[serde(default)]
    pub genesis_file: Option<PathBuf>,
    /// Seconds after which the newest head is stale. Without it freshness is not checked.
    #[serde(default)]
    pub head_age_max_s: Option<u64>,
    /// Job ids.
    #[serde(default)]
    pub jobs: Vec<String>,
    /// Token hashes.
    #[serde(default)]
    pub tokens: Vec<String>,
    /// DIDs of agents, or the names that tokens give them.
    #[serde(default)]
    pub agents: Vec<String>,
}

/// The receiver of alarms.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// Where messages are posted.
    pub url: String,
    /// File with the secret that signs them: `whsec_` and 24 to 64 bytes in base64.
    pub secret_file: PathBuf,
}

/// The metrics endpoint.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricsConfig {
    /// Address and port of `GET /metrics`.
    pub listen: SocketAddr,
}

/// A log with what its configuration names, read.
#[derive(Clone, Debug)]
pub struct FollowedLog {
    /// As it was configured.
    pub config: LogConfig,
    /// What everything is checked against.
    pub key: VerifierKey,
    /// Whose cosignatures count.
    pub policy: Option<QuorumPolicy>,
    /// The document of log.genesis, or the server's answer for entry 0.
    pub genesis: Option<Vec<u8>>,
    /// How long a round may take.
    pub round_max: Duration,
}

const fn minute() -> u64 {
    60
}

const fn six_hours() -> u64 {
    21_600
}

/// Why a configuration cannot be used: the person who wrote it is at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadConfig {
    /// Not such a file.
    #[error("{}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<ConfigError>,
    },
    /// A value that no monitor can have.
    #[error("{member}: expected {expected}, found {found}")]
    Value {
        /// Which member.
        member: &'static str,
        /// What it may be.
        expected: String,
        /// What it is.
        found: String,
    },
}

/// Reads a file.
///
/// # Errors
/// [`BadConfig`].
pub fn load(path: &Path) -> Result<MonitorConfig, BadConfig> {
    let sources = Sources::builder().add_source(File::from(path).format(FileFormat::Toml));
    let read = sources.build().and_then(Sources::try_deserialize);
    let config: MonitorConfig = read.map_err(|source| BadConfig::File {
        path: path.to_owned(),
        source: Box::new(source),
    })?;
    config.check()?;
    Ok(config)
}

impl MonitorConfig {
    fn check(&self) -> Result<(), BadConfig> {
        seconds("interval_s", self.interval_s)?;
        seconds("round_max_s", self.round_max_s)?;
        within("log", self.log.len(), LOGS_MAX)?;
        if self.log.is_empty() {
            return Err(bad("log", "at least one [[log]]", "none"));
        }
        for log in &self.log {
            log.check()?;
        }
        Ok(())
    }
}

impl LogConfig {
    fn check(&self) -> Result<(), BadConfig> {
        if let Some(age) = self.head_age_max_s {
            seconds("head_age_max_s", age)?;
        }
        within("jobs", self.jobs.len(), WATCHED_MAX)?;
        within("tokens", self.tokens.len(), WATCHED_MAX)?;
        within("agents", self.agents.len(), WATCHED_MAX)?;
        let names = self.jobs.iter().map(|job| ("jobs", job));
        for (member, name) in names.chain(self.agents.iter().map(|agent| ("agents", agent))) {
            if name.is_empty() || name.len() > NAME_BYTES_MAX {
                return Err(bad(member, "1 to 1024 bytes", name.len()));
            }
        }
        // Another spelling is the hash of no entry, and would never be found used.
        match self
            .tokens
            .iter()
            .find(|token| TokenHash::parse_hex(token).is_none())
        {
            Some(token) => Err(bad("tokens", "64 lower-case hex digits", token)),
            None => Ok(()),
        }
    }
}

fn bad(member: &'static str, expected: &str, found: impl std::fmt::Display) -> BadConfig {
    BadConfig::Value {
        member,
        expected: expected.to_owned(),
        found: found.to_string(),
    }
}

fn seconds(member: &'static str, value: u64) -> Result<(), BadConfig> {
    if (1..=SECONDS_MAX).contains(&value) {
        return Ok(());
    }
    Err(bad(member, "1 to 604800 seconds", value))
}

fn within(member: &'static str, count: usize, max: usize) -> Result<(), BadConfig> {
    if count <= max {
        return Ok(());
    }
    Err(bad(member, &format!("at most {max}"), count))
}
