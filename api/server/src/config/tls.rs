//! TLS on the listener: see [`crate::connections::Tls`].

use crate::connections::TlsFiles;
use serde::Deserialize;
use std::path::PathBuf;

/// Certificate and key: both, or plain HTTP.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TlsConfig {
    /// PEM file with the server's certificate, and those between it and the authority.
    cert: Option<PathBuf>,
    /// PEM file with its key.
    key: Option<PathBuf>,
}

/// One of two keys that need each other.
#[derive(Debug, thiserror::Error)]
#[error("TLS needs both tls.cert and tls.key: {missing} is missing")]
pub(crate) struct IncompleteTls {
    missing: &'static str,
}

impl TlsConfig {
    /// The files; `None` for plain HTTP.
    ///
    /// # Errors
    /// [`IncompleteTls`]: a server that was meant to speak TLS must not speak without.
    pub(crate) fn files(&self) -> Result<Option<TlsFiles>, IncompleteTls> {
        match (&self.cert, &self.key) {
            (Some(cert), Some(key)) => Ok(Some(TlsFiles {
                cert: cert.clone(),
                key: key.clone(),
            })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(IncompleteTls { missing: "tls.key" }),
            (None, Some(_)) => Err(IncompleteTls { missing: "tls.cert" }),
        }
    }
}
