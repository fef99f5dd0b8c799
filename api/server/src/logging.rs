//! Diagnostics: `tracing` to stderr, as text for people or as JSON lines for machines.

use crate::config::{LogConfig, LogFormat};
use tracing_subscriber::EnvFilter;

/// The filter is not one.
#[derive(Debug, thiserror::Error)]
#[error("log.level {level:?} is not a filter: {reason}")]
pub(crate) struct BadFilter {
    level: String,
    reason: String,
}

/// Installs the subscriber of this process. A second call changes nothing.
pub(crate) fn start(config: &LogConfig) -> Result<(), BadFilter> {
    let filter = EnvFilter::try_new(&config.level).map_err(|error| BadFilter {
        level: config.level.clone(),
        reason: error.to_string(),
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let installed = match config.format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    if installed.is_err() {
        tracing::debug!("a subscriber is installed already");
    }
    Ok(())
}
