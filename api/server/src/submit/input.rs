//! Reads documents out of files, byte for byte: one JSON value a file, or NDJSON, or `-`.

use super::OutgoingDocument;
use super::counter::{CounterError, StreamCounter};
use crate::args::SubmitArgs;
use ledger_client::log;
use serde_json::de::IoRead;
use serde_json::value::RawValue;
use serde_json::{Deserializer, StreamDeserializer, Value, json};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use verifier::check::{FilePurpose, something_else};
use verifier::encoding::encoding_fault;
use verifier::foreign::{NOT_VERIFIED, of_bytes};

/// Why a file cannot be read to its end. Documents before the fault were sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    #[error("cannot read {path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path}: {what}")]
    Foreign { path: PathBuf, what: String },
    #[error("{path}: not JSON: {source}")]
    Json {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("{path} holds no document, so nothing was sent: expected a JSON object, or one a line")]
    Empty { path: PathBuf },
    #[error("{path}: {source}")]
    Number { path: PathBuf, source: CounterError },
}

type InputDocuments = StreamDeserializer<'static, IoRead<Box<dyn Read>>, Box<RawValue>>;

/// The documents of all files in order, each with its context.
pub(super) struct InputQueue<'a> {
    documents: Peekable<InputFiles<'a>>,
    args: &'a SubmitArgs,
    /// Where numbers outlive this process.
    counter: Option<StreamCounter>,
    read: u64,
}

impl<'a> InputQueue<'a> {
    /// Opens nothing yet: files are opened as they are reached.
    pub(super) fn open(args: &'a SubmitArgs, counter: Option<StreamCounter>) -> Self {
        let files = InputFiles {
            paths: args.files.iter(),
            current: None,
        };
        Self {
            documents: files.peekable(),
            args,
            counter,
            read: 0,
        }
    }

    fn context(&mut self, document: &RawValue, is_final: bool) -> Result<Option<Value>, CounterError> {
        let args = self.args;
        let mut members = serde_json::Map::new();
        if let Some(job) = &args.job {
            members.insert("job_id".into(), json!(job));
        }
        if let Some(token_hash) = &args.token_hash {
            members.insert("token_hash".into(), json!(token_hash));
        }
        if let Some(stream) = &args.stream {
            let asked = args.number.map(|first| first.saturating_add(self.read));
            let last = args.last && is_final;
            let (number, last) = match &mut self.counter {
                Some(counter) => counter.place(document.get().as_bytes(), asked, last)?,
                None => (asked.unwrap_or(self.read), last),
            };
            members.insert("stream".into(), json!(stream));
            members.insert("number".into(), json!(number));
            if last {
                members.insert("last".into(), json!(true));
            }
        }
        Ok((!members.is_empty()).then_some(Value::Object(members)))
    }
}

impl Iterator for InputQueue<'_> {
    type Item = Result<OutgoingDocument, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (path, document) = match self.documents.next()? {
            Ok(found) => found,
            Err(error) => return Some(Err(error)),
        };
        let is_final = self.documents.peek().is_none();
        let context = match self.context(&document, is_final) {
            Ok(context) => context,
            Err(source) => return Some(Err(InputError::Number { path, source })),
        };
        self.read = self.read.saturating_add(1);
        let name = format!("{} (document {})", path.display(), self.read);
        let body = log::wrap(&document, context.as_ref());
        Some(
            body.map(|body| OutgoingDocument {
                name,
                body,
                spooled: None,
            })
            .map_err(|source| InputError::Json { path, source }),
        )
    }
}

/// A flat walk over the documents of all files. After a fault in a file, the next file is tried.
struct InputFiles<'a> {
    paths: std::slice::Iter<'a, PathBuf>,
    current: Option<InputFile>,
}

/// The file that is being read.
struct InputFile {
    path: PathBuf,
    documents: InputDocuments,
    /// Whether it held a document so far. One without any is a mistake, never a success.
    is_empty: bool,
}

impl Iterator for InputFiles<'_> {
    type Item = Result<(PathBuf, Box<RawValue>), InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(current) = &mut self.current {
                let path = current.path.clone();
                match current.documents.next() {
                    Some(Ok(document)) => {
                        current.is_empty = false;
                        return Some(Ok((path, document)));
                    }
                    Some(Err(source)) => {
                        self.current = None;
                        return Some(Err(InputError::Json { path, source }));
                    }
                    None if current.is_empty => {
                        self.current = None;
                        return Some(Err(InputError::Empty { path }));
                    }
                    None => self.current = None,
                }
            }
            let path = self.paths.next()?;
            match open(path) {
                Ok(mut reader) => {
                    if let Some(what) = foreign(&mut reader) {
                        return Some(Err(InputError::Foreign {
                            path: path.clone(),
                            what,
                        }));
                    }
                    let reader: Box<dyn Read> = reader;
                    let documents = Deserializer::from_reader(reader).into_iter();
                    self.current = Some(InputFile {
                        path: path.clone(),
                        documents,
                        is_empty: true,
                    });
                }
                Err(source) => {
                    return Some(Err(InputError::Io {
                        path: path.clone(),
                        source,
                    }));
                }
            }
        }
    }
}

/// What a file is whose beginning shows that no JSON is in it.
fn foreign(reader: &mut Box<dyn BufRead>) -> Option<String> {
    // A read error is met again by the next read.
    let start = reader.fill_buf().unwrap_or_default();
    if let Some(found) = encoding_fault(start) {
        return Some(format!(
            "the file is {found}; save it as UTF-8 without a byte order mark"
        ));
    }
    if !start.trim_ascii().is_empty()
        && let Some(report) = something_else(FilePurpose::Evidence, start)
    {
        return Some(report.message);
    }
    let what = of_bytes(start)?;
    Some(format!("this is {what}: {NOT_VERIFIED}"))
}

fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(BufReader::new(File::open(path)?)))
}
