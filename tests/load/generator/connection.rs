//! One connection, one exchange at a time, as HTTP/1.1 with `content-length`: a client that does more would take the processor time
//! that the server is measured on.

use std::io;

use harness::HarnessError;
use harness::load::traffic::Request;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Where a head ends.
const HEAD_END: &[u8] = b"\r\n\r\n";
/// Room for the next part of an answer.
const READ_BYTES: usize = 64 << 10;

/// A connection that is kept alive.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

/// The bytes of a request.
pub(crate) fn encode(request: &Request, host: &str, token: Option<&str>) -> Vec<u8> {
    let Request { path, body, .. } = request;
    let authorization = token
        .map(|token| format!("authorization: Bearer {token}\r\n"))
        .unwrap_or_default();
    match body {
        None => format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n{authorization}\r\n").into_bytes(),
        Some((media_type, body)) => {
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: {host}\r\n{authorization}content-type: {media_type}\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            [head.as_bytes(), body].concat()
        }
    }
}

impl Connection {
    pub(crate) async fn open(address: &str) -> Result<Self, HarnessError> {
        let stream = TcpStream::connect(address).await.map_err(broken)?;
        stream.set_nodelay(true).map_err(broken)?;
        Ok(Self {
            stream,
            buffer: Vec::new(),
        })
    }

    /// Sends a request, and reads its answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>, HarnessError> {
        self.stream.write_all(request).await.map_err(broken)?;
        self.buffer.clear();
        let head = loop {
            self.read_on().await?;
            let end = self
                .buffer
                .windows(HEAD_END.len())
                .position(|bytes| bytes == HEAD_END);
            if let Some(end) = end {
                break end + HEAD_END.len();
            }
        };
        let (status, length) = status_and_length(self.buffer.get(..head).unwrap_or_default())?;
        let end = head.saturating_add(length);
        while self.buffer.len() < end {
            self.read_on().await?;
        }
        let body = self.buffer.get(head..end).unwrap_or_default();
        Ok(Answer { status, body })
    }

    async fn read_on(&mut self) -> Result<(), HarnessError> {
        self.buffer.reserve(READ_BYTES);
        match self.stream.read_buf(&mut self.buffer).await.map_err(broken)? {
            0 => Err(broken(io::ErrorKind::UnexpectedEof.into())),
            _ => Ok(()),
        }
    }
}

fn status_and_length(head: &[u8]) -> Result<(u16, usize), HarnessError> {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse().ok()).flatten()
    });
    status
        .zip(length)
        .ok_or_else(|| HarnessError::unexpected("a status and a content-length", text))
}

fn broken(source: io::Error) -> HarnessError {
    HarnessError::Io {
        what: "exchange a request for an answer",
        source,
    }
}
