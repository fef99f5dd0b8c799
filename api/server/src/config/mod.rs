//! The configuration: one TOML file, environment overrides, unknown keys refused.
//!
//! Nothing here affects admission or a verdict: what does stands in the log itself (`log.settings`).
//! `docs/configuration.md` documents every key; a test compares the two.

mod limits;
mod numbers;
mod people;
mod tls;
mod witness;

use ::config::{Config as Sources, ConfigError, Environment, File, FileFormat};
use ledger_rocks::Compression;
pub(crate) use limits::LimitsConfig;
pub(crate) use numbers::{BadLimit, numbers};
pub(crate) use people::{SessionsConfig, SharesConfig};
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
pub(crate) use tls::{IncompleteTls, TlsConfig};
pub(crate) use witness::{BadWitnessRule, WitnessConfig};

/// Everything that can be configured.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Address and port; `--listen` wins.
    pub(crate) listen: SocketAddr,
    pub(crate) log: LogConfig,
    pub(crate) storage: StorageConfig,
    pub(crate) tls: TlsConfig,
    pub(crate) witness: WitnessConfig,
    /// Proxies whose word on who asks counts.
    pub(crate) trusted_proxies: Vec<IpAddr>,
    pub(crate) limits: LimitsConfig,
    pub(crate) sessions: SessionsConfig,
    pub(crate) shares: SharesConfig,
    /// Who may submit evidence.
    pub(crate) submitters: Vec<PrincipalConfig>,
    /// Who may read; without any, reads on loopback are open.
    pub(crate) readers: Vec<PrincipalConfig>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            log: LogConfig::default(),
            storage: StorageConfig::default(),
            tls: TlsConfig::default(),
            witness: WitnessConfig::default(),
            trusted_proxies: Vec::new(),
            limits: LimitsConfig::default(),
            sessions: SessionsConfig::default(),
            shares: SharesConfig::default(),
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
#[serde(try_from = "String")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl TryFrom<String> for LogFormat {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        match word.as_str() {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!("expected text or json, found {word:?}")),
        }
    }
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
