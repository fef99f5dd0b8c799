//! Diagnostics: `tracing` to stderr, as text for people or as JSON lines for machines.

use crate::config::{LogConfig, LogFormat};
use std::io::{self, Write};
use tracing_subscriber::EnvFilter;
use verifier::text::shown;

/// The filter is not one.
#[derive(Debug, thiserror::Error)]
#[error("log.level {level:?} is not a filter: {reason}")]
pub(crate) struct BadFilter {
    level: String,
    reason: String,
}

/// Standard error, with what nobody sees made visible: an event may repeat what a document or a peer says, and is read
/// on a terminal. Events come whole, and each is one line.
struct Visible(fn(&str) -> String);

impl Write for Visible {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let shown = (self.0)(&String::from_utf8_lossy(event));
        io::stderr().write_all(shown.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Installs the subscriber of this process. A second call changes nothing.
pub(crate) fn start(config: &LogConfig) -> Result<(), BadFilter> {
    let filter = EnvFilter::try_new(&config.level).map_err(|error| BadFilter {
        level: config.level.clone(),
        reason: error.to_string(),
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter);
    let installed = match config.format {
        LogFormat::Text => builder
            .with_ansi(false)
            .with_writer(|| Visible(|text| format!("{}\n", shown::line(text.trim_end_matches('\n')))))
            .try_init(),
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_writer(|| Visible(shown::json))
            .try_init(),
    };
    if installed.is_err() {
        tracing::debug!("a subscriber is installed already");
    }
    Ok(())
}
