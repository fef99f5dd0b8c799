//! `sign`: a payload becomes a signed document, which is checked as the log will check it before it is written anywhere.

use std::fs::OpenOptions;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use ledger::signer::{EvidenceKey, KeyError};
use serde_json::{Map, Value};
use verifier::document::Document;
use verifier::envelope::{self, EnvelopeRule};
use verifier::evidence::Evidence;
use verifier::fault::Fault;
use verifier::json::{self, DOCUMENT_BYTES_MAX};

use crate::args::SignArgs;
use crate::{issuer, wall_clock};

/// Why nothing was signed, or nothing was written. The caller's fault, or the disk's.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignError {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error(
        "{0} is there already. A signed document is sent again, never signed again: a second signature would \
         be a second statement"
    )]
    Exists(PathBuf),
    #[error("{0:?} is not a type that can be signed; the types are {names}", names = envelope::type_names())]
    UnknownType(String),
    #[error("{0} is written for one log: --origin says for which (the log's name, `origin` in GET /v1/log)")]
    OriginMissing(String),
    #[error("{path}: the payload must be a JSON object")]
    NoObject { path: PathBuf },
    #[error("nothing was signed, since no log would take this document: {0}")]
    Refused(Fault),
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Signs, checks, and writes the document.
pub(crate) fn run(args: &SignArgs) -> Result<(), SignError> {
    let key = EvidenceKey::read(&args.key)?;
    let payload = read(&args.payload)?;
    let document = sign(&key, args, &payload)?;
    match &args.out {
        None => println!("{document}"),
        Some(out) => write_new(out, &document)?,
    }
    Ok(())
}

fn sign(key: &EvidenceKey, args: &SignArgs, payload: &str) -> Result<String, SignError> {
    let envelope_type = args.envelope_type.as_str();
    let rule =
        envelope::rule_of(envelope_type).ok_or_else(|| SignError::UnknownType(envelope_type.to_owned()))?;
    // The rules of evidence first: what they refuse is not signed.
    let value = json::parse(payload.as_bytes()).map_err(SignError::Refused)?;
    let object = value.as_object().ok_or_else(|| SignError::NoObject {
        path: args.payload.clone(),
    })?;
    let stated = object.get("log_origin").and_then(json::Value::as_str);
    let origin = args.origin.as_deref().or(stated).map(str::to_owned);
    let document = match rule {
        EnvelopeRule::Own => {
            let origin = origin
                .as_deref()
                .ok_or_else(|| SignError::OriginMissing(envelope_type.to_owned()))?;
            let members: Map<String, Value> =
                serde_json::from_str(payload).map_err(|source| SignError::Io {
                    path: args.payload.clone(),
                    source: source.into(),
                })?;
            issuer::sign(key, origin, envelope_type, members)?
        }
        _ => key.sign_clawsig(envelope_type, payload, &wall_clock::now_rfc3339())?,
    };
    let parsed = Document::parse(document.as_bytes()).map_err(SignError::Refused)?;
    Evidence::verify(&parsed, origin.as_deref().unwrap_or_default())
        .map_err(|rejected| SignError::Refused(rejected.fault))?;
    Ok(document)
}

/// The payload without the white space around it; `-` is standard input.
fn read(path: &Path) -> Result<String, SignError> {
    let failed = |source| SignError::Io {
        path: path.to_owned(),
        source,
    };
    let limit = u64::try_from(DOCUMENT_BYTES_MAX)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut text = String::new();
    if path == Path::new("-") {
        io::stdin().take(limit).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(limit).read_to_string(&mut text))
    }
    .map_err(failed)?;
    Ok(text.trim_ascii().to_owned())
}

/// Writes a file that is not there yet, durably.
fn write_new(path: &Path, document: &str) -> Result<(), SignError> {
    let opened = OpenOptions::new().write(true).create_new(true).open(path);
    opened
        .and_then(|mut file| {
            file.write_all(document.as_bytes())?;
            file.write_all(b"\n")?;
            file.sync_all()
        })
        .map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => SignError::Exists(path.to_owned()),
            _ => SignError::Io {
                path: path.to_owned(),
                source,
            },
        })
}
