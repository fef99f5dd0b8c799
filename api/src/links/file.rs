//! The links as they are kept across restarts: one small JSON file, written whole whenever a link is made or revoked.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::io;

use super::store::ShareLink;

/// The only form of the file that there is.
const VERSION: u64 = 1;

/// Stores the links durably. This crate opens no files: the server binary brings an implementation.
pub trait LinkFile: fmt::Debug + Send + Sync + 'static {
    /// Puts `content` in the place of what was there, whole or not at all, durably.
    ///
    /// # Errors
    /// What was there is then still there.
    fn replace(&self, content: &[u8]) -> io::Result<()>;
}

/// Keeps nothing: links end with the process.
#[derive(Clone, Copy, Debug)]
pub struct NoFile;

impl LinkFile for NoFile {
    fn replace(&self, _content: &[u8]) -> io::Result<()> {
        Ok(())
    }
}

/// The file of links is not one that this version wrote.
#[derive(Debug, thiserror::Error)]
#[error(
    "the share links cannot be read: {reason}. Without the file there are no links, and the log is as it was"
)]
pub struct UnreadableLinks {
    reason: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct LinkFileContent {
    version: u64,
    links: Vec<ShareLink>,
}

pub(super) fn read(content: &[u8]) -> Result<Vec<ShareLink>, UnreadableLinks> {
    let content: LinkFileContent = serde_json::from_slice(content).map_err(|error| UnreadableLinks {
        reason: error.to_string(),
    })?;
    if content.version != VERSION {
        let reason = format!("expected version {VERSION}, found {}", content.version);
        return Err(UnreadableLinks { reason });
    }
    Ok(content.links)
}

pub(super) fn write(links: Vec<ShareLink>) -> io::Result<Vec<u8>> {
    let version = VERSION;
    Ok(serde_json::to_vec_pretty(&LinkFileContent { version, links })?)
}
