//! The configuration of a witness: one TOML file, unknown keys refused. The environment is not read, since a log on the same
//! machine is configured by it. `docs/witnessing.md` documents every key; a test compares the two.

use crate::config::{BadLimit, IncompleteTls, LogConfig, TlsConfig, numbers};
use crate::connections::ConnectionLimits;
use ::config::{Config as Sources, ConfigError, File, FileFormat};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use verifier::note::{NoteError, VerifierKey};
use witness::logs::{BadLogs, TrustedLogs};

/// Everything that can be configured of a witness.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WitnessConfig {
    /// Address and port; `--listen` wins.
    pub(super) listen: SocketAddr,
    pub(super) log: LogConfig,
    pub(super) tls: TlsConfig,
    pub(super) limits: WitnessLimits,
    /// The logs that are witnessed.
    logs: Vec<WitnessedLogConfig>,
}

impl Default for WitnessConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8090)),
            log: LogConfig::default(),
            tls: TlsConfig::default(),
            limits: WitnessLimits::default(),
            logs: Vec::new(),
        }
    }
}

/// One key of a log.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WitnessedLogConfig {
    vkey: String,
    /// First line of its checkpoints, where it is not the name of the key.
    origin: Option<String>,
}

numbers! {
    /// What bounds connections and requests.
    WitnessLimits in "limits";
    connections_max: 512, 1, 1_000_000;
    connections_per_peer_max: 64, 1, 1_000_000;
    head_timeout_s: 15, 1, 3_600;
    write_stall_s: 30, 1, 3_600;
    request_timeout_s: 10, 1, 3_600;
}

/// Longest head of a request: the smallest that hyper takes.
const HEAD_BYTES_MAX: usize = 8 << 10;

impl WitnessLimits {
    pub(super) fn to_connections(&self) -> ConnectionLimits {
        let size = |value| usize::try_from(value).unwrap_or(usize::MAX);
        ConnectionLimits {
            connections_max: size(self.connections_max),
            per_peer_max: size(self.connections_per_peer_max),
            head_timeout: Duration::from_secs(self.head_timeout_s),
            head_bytes_max: HEAD_BYTES_MAX,
            write_stall: Duration::from_secs(self.write_stall_s),
        }
    }

    pub(super) fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_s)
    }
}

/// The configuration cannot be used. The operator is at fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadWitnessConfig {
    #[error("configuration: {0}")]
    File(#[from] ConfigError),
    #[error("configuration: {0}")]
    Limit(#[from] BadLimit),
    #[error("configuration: {0}")]
    HalfOfTls(#[from] IncompleteTls),
    #[error("{vkey:?} is not the vkey of a log: {source}")]
    Vkey { vkey: String, source: NoteError },
    #[error(
        "{0}: name each log once, with --log VKEY or in the file that --config names (docs/witnessing.md)"
    )]
    Logs(#[from] BadLogs),
}

/// Reads the file, if one is named.
pub(super) fn load(file: Option<&Path>) -> Result<WitnessConfig, BadWitnessConfig> {
    let mut sources = Sources::builder();
    if let Some(path) = file {
        sources = sources.add_source(File::from(path).format(FileFormat::Toml));
    }
    let config: WitnessConfig = sources.build()?.try_deserialize()?;
    config.limits.check()?;
    Ok(config)
}

impl WitnessConfig {
    /// The logs of the file and of the command line.
    pub(super) fn trusted_logs(&self, named: &[String]) -> Result<TrustedLogs, BadWitnessConfig> {
        let of_file = self
            .logs
            .iter()
            .map(|log| (log.vkey.as_str(), log.origin.as_deref()));
        let of_line = named.iter().map(|vkey| (vkey.as_str(), None));
        let mut logs = Vec::new();
        for (vkey, origin) in of_file.chain(of_line) {
            let key = VerifierKey::parse(vkey).map_err(|source| BadWitnessConfig::Vkey {
                vkey: vkey.to_owned(),
                source,
            })?;
            logs.push((origin.unwrap_or(key.name()).to_owned(), key));
        }
        Ok(TrustedLogs::new(logs)?)
    }
}
