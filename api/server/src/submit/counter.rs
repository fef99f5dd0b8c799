//! Numbers in a stream that outlive the process: which document has which number is written down, durably, before the
//! document is spooled. A command that is run again gives the same documents the same numbers, a later one goes on
//! behind them, and no number is given to two documents.
//!
//! The number of a document that the log refused is written down as refused, and goes to another document once no copy of
//! the refused one waits in the spool: a copy might still be logged under it.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use verifier::digest::ArtifactHash;
use verifier::document::Document;
use verifier::envelope;
use verifier::hash::sha256;

/// Why a document gets no number. The caller's mistake, except where the disk fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CounterError {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error(
        "{path}, line {line}: `ledgerd submit` did not write this line; restore the file, or begin a new stream"
    )]
    Damaged { path: PathBuf, line: usize },
    #[error(
        "stream {stream:?} has given out its numbers up to {newest}; number {asked} would stand for two documents \
         (leave --number out, or begin a new stream)"
    )]
    Used { stream: String, newest: u64, asked: u64 },
    #[error("this document has number {known} in stream {stream:?}; number {asked} would be its second one")]
    Moved { stream: String, known: u64, asked: u64 },
    #[error("stream {stream:?} was closed at number {last}: begin a new stream")]
    Closed { stream: String, last: u64 },
    #[error("number {number} cannot close stream {stream:?}, which goes on to {newest}")]
    NotLast {
        stream: String,
        number: u64,
        newest: u64,
    },
}

/// A document's place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct CounterPosition {
    number: u64,
    last: bool,
}

/// One line of the file.
#[derive(Debug, Serialize, Deserialize)]
struct CounterLine {
    stream: String,
    document: String,
    #[serde(flatten)]
    place: CounterPosition,
    /// The log refused the document: nothing stands at the number.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    refused: bool,
}

/// The counter of one stream.
#[derive(Debug)]
pub(super) struct StreamCounter {
    stream: String,
    path: PathBuf,
    file: File,
    numbers: HashMap<String, u64>,
    /// Refused documents by their numbers.
    refused: BTreeMap<u64, String>,
    /// Numbers that were a refused document's, up for another one.
    free: BTreeSet<u64>,
    newest: Option<u64>,
    closed_at: Option<u64>,
}

impl StreamCounter {
    /// Opens or begins the counter of a stream in a directory of counters.
    pub(super) fn open(dir: &Path, stream: &str) -> Result<Self, CounterError> {
        let name = ArtifactHash::from_bytes(sha256(stream.as_bytes()));
        let path = dir.join(format!("{name}.ndjson"));
        let failed = |source| CounterError::Io {
            path: path.clone(),
            source,
        };
        fs::create_dir_all(dir).map_err(failed)?;
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).open(&path).map_err(failed)?;
        let text = fs::read_to_string(&path).map_err(failed)?;
        // What stands behind the last line feed was never promised to anybody.
        let whole = text.rfind('\n').map_or(0, |end| end.saturating_add(1));
        let length = u64::try_from(whole).unwrap_or(u64::MAX);
        if whole < text.len() {
            file.set_len(length).map_err(failed)?;
        }
        File::open(dir).and_then(|dir| dir.sync_all()).map_err(failed)?;
        let mut counter = Self {
            stream: stream.to_owned(),
            path,
            file,
            numbers: HashMap::new(),
            refused: BTreeMap::new(),
            free: BTreeSet::new(),
            newest: None,
            closed_at: None,
        };
        for (line, text) in (1..).zip(text.get(..whole).unwrap_or_default().lines()) {
            let Ok(read) = serde_json::from_str::<CounterLine>(text) else {
                let path = counter.path;
                return Err(CounterError::Damaged { path, line });
            };
            if read.refused {
                counter.note_refused(read.document, read.place.number);
            } else {
                counter.note(read.document, read.place);
            }
        }
        Ok(counter)
    }

    /// The number of a document, and whether it closes the stream. `asked`: the number that the caller wants it to have.
    pub(super) fn place(
        &mut self,
        document: &[u8],
        asked: Option<u64>,
        last: bool,
    ) -> Result<(u64, bool), CounterError> {
        let name = name_of(document);
        let known = self.numbers.get(&name).copied();
        let number = match (known, asked) {
            (Some(known), Some(asked)) if known != asked => {
                let stream = self.stream.clone();
                return Err(CounterError::Moved { stream, known, asked });
            }
            (Some(known), _) => known,
            (None, asked) => self.fresh(asked, last)?,
        };
        let newest = self.newest.unwrap_or(number).max(number);
        if last && number < newest {
            return Err(CounterError::NotLast {
                stream: self.stream.clone(),
                number,
                newest,
            });
        }
        // What closed the stream once closes it whenever it is sent.
        let place = CounterPosition {
            number,
            last: last || self.closed_at == Some(number),
        };
        if known.is_none()
            || self.refused.contains_key(&number)
            || place.last != (self.closed_at == Some(number))
        {
            self.write(&name, place, false)?;
            self.note(name, place);
        }
        Ok((place.number, place.last))
    }

    /// Writes down that the log refused a document. Its number goes to another one after [`free_refused`](Self::free_refused).
    pub(super) fn refuse(&mut self, document: &[u8], number: u64) -> Result<(), CounterError> {
        let name = name_of(document);
        if self.numbers.get(&name) == Some(&number) {
            self.write(&name, CounterPosition { number, last: false }, true)?;
            self.note_refused(name, number);
        }
        Ok(())
    }

    /// Writes down that the log holds a document, a copy of which it refused: the number stays with it.
    pub(super) fn acknowledge(&mut self, document: &[u8], place: (u64, bool)) -> Result<(), CounterError> {
        let (number, last) = place;
        let name = name_of(document);
        if self.refused.get(&number) == Some(&name) {
            let place = CounterPosition { number, last };
            self.write(&name, place, false)?;
            self.note(name, place);
        }
        Ok(())
    }

    /// Gives back the numbers of refused documents. The caller has made sure that no copy of them waits to be sent.
    pub(super) fn free_refused(&mut self) {
        for (number, document) in std::mem::take(&mut self.refused) {
            self.numbers.remove(&document);
            self.free.insert(number);
        }
        while let Some(newest) = self.newest.filter(|newest| self.free.contains(newest)) {
            self.free.remove(&newest);
            self.newest = newest.checked_sub(1);
        }
    }

    /// `last`: the number closes the stream, and so is above all others.
    fn fresh(&self, asked: Option<u64>, last: bool) -> Result<u64, CounterError> {
        let free = match asked {
            Some(asked) => self.free.get(&asked),
            None => self.free.first(),
        };
        if let Some(free) = free.filter(|_| !last) {
            return Ok(*free);
        }
        if let Some(last) = self.closed_at {
            let stream = self.stream.clone();
            return Err(CounterError::Closed { stream, last });
        }
        match (self.newest, asked) {
            (Some(newest), Some(asked)) if asked <= newest => Err(CounterError::Used {
                stream: self.stream.clone(),
                newest,
                asked,
            }),
            (_, Some(asked)) => Ok(asked),
            (newest, None) => Ok(newest.map_or(0, |newest| newest.saturating_add(1))),
        }
    }

    fn note_refused(&mut self, document: String, number: u64) {
        self.closed_at = self.closed_at.filter(|closed| *closed != number);
        self.refused.insert(number, document);
    }

    fn note(&mut self, document: String, place: CounterPosition) {
        if let Some(refused) = self.refused.remove(&place.number)
            && refused != document
        {
            self.numbers.remove(&refused);
        }
        self.free.remove(&place.number);
        self.newest = self.newest.max(Some(place.number));
        if place.last {
            self.closed_at = Some(place.number);
        }
        self.numbers.insert(document, place.number);
    }

    /// Durable when it returns.
    fn write(&mut self, document: &str, place: CounterPosition, refused: bool) -> Result<(), CounterError> {
        let line = CounterLine {
            stream: self.stream.clone(),
            document: document.to_owned(),
            place,
            refused,
        };
        let written = serde_json::to_string(&line)
            .map_err(io::Error::from)
            .and_then(|text| self.file.write_all(format!("{text}\n").as_bytes()))
            .and_then(|()| self.file.sync_data());
        written.map_err(|source| CounterError::Io {
            path: self.path.clone(),
            source,
        })
    }
}

/// What a document is to the counter: what was said, so that a copy in other bytes or signed again keeps its number.
fn name_of(document: &[u8]) -> String {
    let Ok(parsed) = Document::parse(document) else {
        return ArtifactHash::from_bytes(sha256(document)).to_string();
    };
    match envelope::verify(parsed.value()) {
        Ok(signed) => signed.payload_digest().to_string(),
        Err(_) => parsed.evidence_digest().to_string(),
    }
}
