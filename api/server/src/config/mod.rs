//! The configuration: one TOML file, environment overrides, unknown keys refused.
//!
//! Nothing here affects admission or a verdict: what does stands in the log itself (`log.settings`).
//! `docs/configuration.md` documents every key; a test compares the two.

use ::config::{Config as Sources, ConfigError, Environment, File, FileFormat};
use ledger::store::rocks::Compression;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

/// Everything that can be configured.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Address and port; `--listen` wins.
    pub(crate) listen: SocketAddr,
    pub(crate) log: LogConfig,
    pub(crate) storage: StorageConfig,
    pub(crate) limits: LimitsConfig,
    /// Who may submit evidence.
    pub(crate) submitters: Vec<PrincipalConfig>,
    /// Who may read off loopback.
    pub(crate) readers: Vec<PrincipalConfig>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            log: LogConfig::default(),
            storage: StorageConfig::default(),
            limits: LimitsConfig::default(),
            submitters: Vec::new(),
            readers: Vec::new(),
        }
    }
}

/// A named holder of a bearer token.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PrincipalConfig {
    /// `[a-z0-9._-]{1,64}`.
    pub(crate) name: String,
    /// SHA-256 of the token, 64 lower-case hex digits.
    pub(crate) token_sha256: String,
}

/// Diagnostics.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogConfig {
    /// A filter such as `info` or `ledger=debug,info`.
    pub(crate) level: String,
    pub(crate) format: LogFormat,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            level: String::from("info"),
            format: LogFormat::Text,
        }
    }
}

/// How diagnostics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// The log's files.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StorageConfig {
    /// Of what is written from now on.
    pub(crate) compression: bool,
}

impl Default for StorageConfig {
    fn default() -> Self {
        Self { compression: true }
    }
}

impl StorageConfig {
    pub(crate) fn to_store(&self) -> Compression {
        if self.compression {
            Compression::On
        } else {
            Compression::Off
        }
    }
}

/// What bounds memory, latency and disk use; see [`ledger::config::Limits`] and [`api::limits::Limits`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LimitsConfig {
    pub(crate) batch_entries_max: usize,
    pub(crate) batch_bytes_max: usize,
    pub(crate) batch_age_ms: u64,
    pub(crate) queue_entries_max: usize,
    pub(crate) queue_bytes_max: usize,
    pub(crate) refused_per_minute_max: u32,
    pub(crate) body_bytes_in_flight_max: usize,
    pub(crate) pack_bytes_in_flight_max: usize,
    pub(crate) submissions_per_submitter_max: usize,
    pub(crate) reads_concurrent_max: usize,
    pub(crate) streams_max: usize,
    pub(crate) request_timeout_s: u64,
    pub(crate) keep_alive_s: u64,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        let (ledger, api) = (ledger::config::Limits::default(), api::limits::Limits::default());
        Self {
            batch_entries_max: ledger.batch_entries_max,
            batch_bytes_max: ledger.batch_bytes_max,
            batch_age_ms: u64::try_from(ledger.batch_age_max.as_millis()).unwrap_or(u64::MAX),
            queue_entries_max: ledger.queue_entries_max,
            queue_bytes_max: ledger.queue_bytes_max,
            refused_per_minute_max: ledger.refused_per_minute_max,
            body_bytes_in_flight_max: api.body_bytes_in_flight_max,
            pack_bytes_in_flight_max: api.pack_bytes_in_flight_max,
            submissions_per_submitter_max: api.submissions_per_submitter_max,
            reads_concurrent_max: api.reads_concurrent_max,
            streams_max: api.streams_max,
            request_timeout_s: api.request_timeout.as_secs(),
            keep_alive_s: api.keep_alive.as_secs(),
        }
    }
}

impl LimitsConfig {
    /// The sequencer's part.
    pub(crate) fn to_ledger(&self) -> ledger::config::Limits {
        ledger::config::Limits {
            batch_entries_max: self.batch_entries_max,
            batch_bytes_max: self.batch_bytes_max,
            batch_age_max: Duration::from_millis(self.batch_age_ms),
            queue_entries_max: self.queue_entries_max,
            queue_bytes_max: self.queue_bytes_max,
            refused_per_minute_max: self.refused_per_minute_max,
        }
    }

    /// The HTTP surface's part.
    pub(crate) fn to_api(&self) -> api::limits::Limits {
        api::limits::Limits {
            body_bytes_in_flight_max: self.body_bytes_in_flight_max,
            pack_bytes_in_flight_max: self.pack_bytes_in_flight_max,
            submissions_per_submitter_max: self.submissions_per_submitter_max,
            reads_concurrent_max: self.reads_concurrent_max,
            streams_max: self.streams_max,
            request_timeout: Duration::from_secs(self.request_timeout_s),
            keep_alive: Duration::from_secs(self.keep_alive_s),
        }
    }
}

/// Reads the file, if one is named, and lays `LEDGERD_…` variables over it: `LEDGERD_LISTEN`,
/// `LEDGERD_LOG__LEVEL` and so on, two underscores for a dot.
pub(crate) fn load(file: Option<&Path>) -> Result<Config, ConfigError> {
    let mut sources = Sources::builder();
    if let Some(path) = file {
        sources = sources.add_source(File::from(path).format(FileFormat::Toml));
    }
    let environment = Environment::with_prefix("LEDGERD")
        .prefix_separator("_")
        .separator("__")
        .try_parsing(true);
    sources.add_source(environment).build()?.try_deserialize()
}
