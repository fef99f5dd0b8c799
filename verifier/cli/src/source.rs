//! Where a log is read from: a server or a directory, both in the layout of tlog-tiles.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::Agent;
use ureq::http::StatusCode;
use verifier::tile::TILE_WIDTH;

use crate::files::{InputError, read_file};

/// A full bundle of the longest entries that the format allows.
const RESOURCE_BYTES_MAX: u64 = 256 * (2 + 65_535);
/// A server that answers at all answers within this time.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// A connection that breaks is tried again this often.
const ATTEMPTS: u32 = 3;

const _: () = assert!(TILE_WIDTH == 256, "the limit above counts 256 entries");

/// Why a resource was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// It is not there: the source does not hold what its checkpoint implies.
    #[error("{0} is not there")]
    Missing(String),
    /// Nobody knows whether it is there.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// What was to be read.
        path: String,
        /// What the system or the server said.
        reason: String,
    },
}

/// A place that holds a log.
pub(crate) trait Source {
    /// A resource by its path below the log: `checkpoint`, `tile/0/000`, …
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError>;
    /// The document and proof of entry 0, if the source hands them out.
    fn genesis(&self) -> Result<Option<Vec<u8>>, ReadError>;
}

/// Opens a source; a name with a scheme is a URL.
pub(crate) fn open(log: &str, token_file: Option<&Path>) -> Result<Box<dyn Source>, InputError> {
    if log.starts_with("http://") || log.starts_with("https://") {
        let token = token_file.map(read_token).transpose()?;
        return Ok(Box::new(Server::new(log, token)));
    }
    let path = PathBuf::from(log);
    if path.is_dir() {
        Ok(Box::new(Directory(path)))
    } else {
        Err(InputError::Source(format!(
            "{log} is neither a URL (http:// or https://) nor a directory"
        )))
    }
}

fn read_token(path: &Path) -> Result<String, InputError> {
    let bytes = read_file(path)?;
    let token = String::from_utf8_lossy(&bytes).trim().to_owned();
    if token.is_empty() || token.contains(|c: char| !c.is_ascii_graphic()) {
        return Err(InputError::Source(format!(
            "{} does not hold a bearer token",
            path.display()
        )));
    }
    Ok(token)
}

/// A directory with `checkpoint`, `tile/…` and perhaps `genesis.json`.
struct Directory(PathBuf);

impl Source for Directory {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ReadError::Missing(path.to_owned()),
            _ => ReadError::Unreadable {
                path: path.to_owned(),
                reason: error.to_string(),
            },
        };
        let file = File::open(self.0.join(path)).map_err(unreadable)?;
        let mut bytes = Vec::new();
        file.take(RESOURCE_BYTES_MAX)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        Ok(bytes)
    }

    fn genesis(&self) -> Result<Option<Vec<u8>>, ReadError> {
        optional(self.read("genesis.json"))
    }
}

/// A server by its base URL: the log is at `/log/`.
struct Server {
    agent: Agent,
    base: String,
    token: Option<String>,
}

impl Server {
    fn new(base: &str, token: Option<String>) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(REQUEST_TIMEOUT))
            .http_status_as_error(false)
            .build();
        Self {
            agent: config.into(),
            base: base.trim_end_matches('/').to_owned(),
            token,
        }
    }

    fn get(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let url = format!("{}/{path}", self.base);
        let mut attempt = 1;
        loop {
            match self.request(&url) {
                Ok((StatusCode::OK, bytes)) => return Ok(bytes),
                Ok((StatusCode::NOT_FOUND, _)) => return Err(ReadError::Missing(url)),
                Ok((status, _)) if attempt == ATTEMPTS || status.is_client_error() => {
                    return Err(ReadError::Unreadable {
                        path: url,
                        reason: format!("status {status}"),
                    });
                }
                Err(error) if attempt == ATTEMPTS => {
                    return Err(ReadError::Unreadable {
                        path: url,
                        reason: error.to_string(),
                    });
                }
                Ok(_) | Err(_) => attempt += 1,
            }
        }
    }

    fn request(&self, url: &str) -> Result<(StatusCode, Vec<u8>), ureq::Error> {
        let mut request = self.agent.get(url);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut response = request.call()?;
        let bytes = response
            .body_mut()
            .with_config()
            .limit(RESOURCE_BYTES_MAX)
            .read_to_vec()?;
        Ok((response.status(), bytes))
    }
}

impl Source for Server {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.get(&format!("log/{path}"))
    }

    fn genesis(&self) -> Result<Option<Vec<u8>>, ReadError> {
        optional(self.get("v1/entries/0"))
    }
}

fn optional(read: Result<Vec<u8>, ReadError>) -> Result<Option<Vec<u8>>, ReadError> {
    match read {
        Ok(bytes) => Ok(Some(bytes)),
        Err(ReadError::Missing(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
