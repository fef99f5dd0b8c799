//! What a monitor asks of a log. The caller knows how: `ledger-verify` asks a server, tests answer themselves.

use verifier::check::Finding;
use verifier::tile::TilePath;

use crate::config::FollowedLog;

/// Answers of one log, within the limits of one round.
pub trait LogServer {
    /// The newest checkpoint: a note, by any signer.
    ///
    /// # Errors
    /// INCOMPLETE where it was not read: the server or the network is at fault.
    fn checkpoint(&self) -> Result<Vec<u8>, Finding>;

    /// A tile or bundle; the full one where a partial one is gone.
    ///
    /// # Errors
    /// FAIL where it is not there though a checkpoint implies it; otherwise INCOMPLETE.
    fn resource(&self, path: TilePath) -> Result<Vec<u8>, Finding>;

    /// The answer to a path of the server's API, of which no more than `bytes_max` and one byte are read; `None` where it is not there.
    ///
    /// # Errors
    /// INCOMPLETE where it was not read.
    fn answer(&self, path: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, Finding>;
}

/// Opens a log for one round.
pub trait LogConnector: Sync {
    /// A server with fresh limits.
    ///
    /// # Errors
    /// INCOMPLETE where the token cannot be read, or the address is none.
    fn connect(&self, log: &FollowedLog) -> Result<Box<dyn LogServer>, Finding>;
}
