//! File descriptors: the store needs some whenever it writes, and a write that gets none ends the process. Connections
//! get what is left.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;

/// File descriptors of the process that belong neither to the store nor to connections: the listener, the runtime,
/// the high-water file, and what the engine opens for a moment while it flushes, merges and changes its own logs.
const OTHERS: u64 = 128;
/// With room for fewer connections there is no point in serving.
const CONNECTIONS_MIN: u64 = 32;

/// The process may open too few files.
#[derive(Debug, thiserror::Error)]
#[error(
    "this process may open {limit} files: the store needs {reserved}, and {CONNECTIONS_MIN} connections the rest; \
     raise the limit (ulimit -n, or LimitNOFILE= of a service)"
)]
pub(crate) struct TooFewFiles {
    limit: u64,
    reserved: u64,
}

/// How many connections there is room for next to a store that opens up to `files_of_store` files, at most `wanted`. Raises
/// the process's own limit as far as it needs and may.
///
/// # Errors
/// [`TooFewFiles`].
pub(crate) fn room_for_connections(wanted: usize, files_of_store: u64) -> Result<usize, TooFewFiles> {
    let reserved = files_of_store.saturating_add(OTHERS);
    let needed = reserved.saturating_add(u64::try_from(wanted).unwrap_or(u64::MAX));
    let limit = raise_to(needed);
    let room = limit.saturating_sub(reserved);
    if room < CONNECTIONS_MIN {
        return Err(TooFewFiles { limit, reserved });
    }
    Ok(usize::try_from(room).unwrap_or(usize::MAX).min(wanted))
}

/// The limit on open files, raised to `needed` where the system lets us.
fn raise_to(needed: u64) -> u64 {
    // No limit at all is none that we reach.
    let now = || getrlimit(Resource::Nofile);
    let limit = now();
    let current = limit.current.unwrap_or(u64::MAX);
    if current >= needed {
        return current;
    }
    let wanted = limit.maximum.map_or(needed, |maximum| maximum.min(needed));
    let raised: io::Result<()> = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: Some(wanted),
            maximum: limit.maximum,
        },
    )
    .map_err(Into::into);
    if let Err(error) = raised {
        tracing::warn!(%error, "the limit on open files stays as it is");
    }
    now().current.unwrap_or(u64::MAX)
}
