//! `key rotate`, `key add-mldsa`, `key retire` and `key list`: the keys that sign the log's heads change.
//!
//! A change is a document in the log like any other, signed by the operator and by a key in force. The new private key is in the log's
//! directory before the change is sent: the server refuses one whose key it does not have.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};

use crate::args::{ChangeKeyArgs, RetireKeyArgs, ServerArgs};
use crate::home::Home;
use crate::wall_clock;
use ledger::signer::{CheckpointSigner as _, EvidenceKey, KeyError, LogKey, MlDsaKey};
use ledger_client::log::{Client, ClientError};
use serde::Deserialize;
use verifier::key_history::{KeyAction, KeyChange, LogVerifierKey};
use verifier::note::{NoteError, VerifierKey};
use verifier::payload::LogKeyChange;
use verifier::text::shown;

/// Why the keys were not changed or listed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogKeysError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the server at --url serves the log {server:?}, and the keys in --dir are of {dir:?}")]
    OtherLog { server: String, dir: String },
    #[error("the server names a key that cannot be read: {0}")]
    Answer(#[from] NoteError),
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{0} does not sign the heads of this log; `ledgerd key list` shows the keys that do")]
    NotInForce(String),
    #[error("{0} is the only Ed25519 key of this log: add another one first, with `ledgerd key rotate`")]
    OnlyKey(String),
}

/// `GET /v1/log/keys`, as far as it is needed.
#[derive(Deserialize)]
struct LogKeysAnswer {
    keys: Vec<LogKeyRow>,
}

#[derive(Deserialize)]
struct LogKeyRow {
    vkey: String,
    added: u64,
    retired: Option<u64>,
}

/// Adds an Ed25519 key, which signs every head from then on, with those in force.
pub(crate) fn rotate(args: &ChangeKeyArgs) -> Result<(), LogKeysError> {
    let desk = KeyDesk::open(args)?;
    let new = LogKey::generate(desk.by.name())?;
    let vkey = new.verifier_key().clone();
    let file = desk.file(vkey.id())?;
    new.write(&file)?;
    let index = desk.add(LogVerifierKey::Ed25519(vkey.clone()), &file)?;
    println!(
        "{} signs every head of the log from entry {index} on, together with {}.",
        vkey.label(),
        desk.by.label()
    );
    println!("vkey {vkey}");
    println!(
        "Tell those who verify the log. Later, end the overlap with: ledgerd key retire --key {} …",
        desk.by.label()
    );
    Ok(())
}

/// Adds an ML-DSA-44 key, with which every head gets a second line.
pub(crate) fn add_ml_dsa(args: &ChangeKeyArgs) -> Result<(), LogKeysError> {
    let desk = KeyDesk::open(args)?;
    let new = MlDsaKey::generate(desk.by.name())?;
    let key = new.cosigner_key().clone();
    let file = desk.file(key.id())?;
    new.write(&file)?;
    let index = desk.add(LogVerifierKey::MlDsa44(key.clone()), &file)?;
    println!(
        "{} signs every head of the log from entry {index} on, in a line of its own.",
        key.label()
    );
    println!("vkey {key}");
    Ok(())
}

/// Ends a key: no head from then on has its line.
pub(crate) fn retire(args: &RetireKeyArgs) -> Result<(), LogKeysError> {
    let desk = KeyDesk::open(&args.change)?;
    let mut rows = desk.in_force()?.into_iter();
    let not_in_force = || LogKeysError::NotInForce(args.key.clone());
    let retired = rows
        .find(|key| key.label() == args.key || key.to_string() == args.key)
        .ok_or_else(not_in_force)?;
    let (by, label) = (desk.other_than(&retired)?, retired.label());
    let desk = KeyDesk { by, ..desk };
    let index = desk.send(KeyAction::Retire, retired)?;
    println!(
        "{label} signs no head of the log from entry {index} on. Its key file is not needed any more: destroy it."
    );
    Ok(())
}

/// One line for each key there ever was.
pub(crate) fn list(args: &ServerArgs) -> Result<(), LogKeysError> {
    let client = Client::with_token_file(&args.url, args.token_file.as_deref())?;
    let answer: LogKeysAnswer = client.get_json("/v1/log/keys")?;
    for LogKeyRow { vkey, added, retired } in answer.keys {
        let state = match retired {
            Some(retired) => format!("retired by entry {retired}"),
            None => "signs".to_owned(),
        };
        println!("added by entry {added}, {state}: {}", shown::line(&vkey));
    }
    Ok(())
}

/// A log whose keys are to change: its directory, its server, and who signs the change.
struct KeyDesk<'a> {
    args: &'a ChangeKeyArgs,
    home: Home,
    client: Client,
    operator: EvidenceKey,
    /// The key in force that counter-signs.
    by: VerifierKey,
}

impl<'a> KeyDesk<'a> {
    fn open(args: &'a ChangeKeyArgs) -> Result<Self, LogKeysError> {
        let operator = EvidenceKey::read(&args.operator.operator_key)?;
        let server = &args.operator.server;
        let client = Client::with_token_file(&server.url, server.token_file.as_deref())?;
        let log = client.log()?;
        let home = Home::new(&args.dir);
        let held = home.held_keys()?;
        if held.origin() != log.origin {
            return Err(LogKeysError::OtherLog {
                server: log.origin,
                dir: held.origin().to_owned(),
            });
        }
        Ok(Self {
            args,
            home,
            client,
            operator,
            by: VerifierKey::parse(&log.vkey)?,
        })
    }

    /// The path of the file of a new key. The directory is made if it is not there.
    fn file(&self, key_id: u32) -> Result<PathBuf, LogKeysError> {
        let dir = self.home.keys();
        make_private_dir(&dir).map_err(|source| LogKeysError::Io {
            path: dir.clone(),
            source,
        })?;
        Ok(dir.join(format!("{key_id:08x}.key")))
    }

    fn in_force(&self) -> Result<Vec<LogVerifierKey>, LogKeysError> {
        let answer: LogKeysAnswer = self.client.get_json("/v1/log/keys")?;
        let in_force = answer.keys.into_iter().filter(|row| row.retired.is_none());
        let keys: Result<Vec<_>, NoteError> = in_force.map(|row| LogVerifierKey::parse(&row.vkey)).collect();
        Ok(keys?)
    }

    /// The Ed25519 key in force, other than this one, that was added last.
    fn other_than(&self, key: &LogVerifierKey) -> Result<VerifierKey, LogKeysError> {
        let mut others = self.in_force()?;
        others.retain(|other| other != key);
        let newest = others.iter().filter_map(LogVerifierKey::as_ed25519).next_back();
        newest.cloned().ok_or_else(|| LogKeysError::OnlyKey(key.label()))
    }

    /// Has a key added whose private half is in a file. Where the log is known not to have it, the file is of no use and goes.
    fn add(&self, key: LogVerifierKey, file: &Path) -> Result<u64, LogKeysError> {
        let added = self.send(KeyAction::Add, key);
        if let Err(LogKeysError::Client(ClientError::Refused { .. } | ClientError::Busy { .. })) = &added {
            fs::remove_file(file).map_err(|source| LogKeysError::Io {
                path: file.to_owned(),
                source,
            })?;
        }
        added
    }

    fn send(&self, action: KeyAction, key: LogVerifierKey) -> Result<u64, LogKeysError> {
        let said = LogKeyChange {
            change: KeyChange {
                action,
                key,
                by: self.by.clone(),
            },
            reason: self.args.reason.clone(),
        };
        let held = self.home.held_keys()?;
        let document = self
            .operator
            .sign_key_change(&said, &held, &wall_clock::now_rfc3339())?;
        Ok(self.client.submit(document.as_bytes())?.index)
    }
}

/// Makes a directory that only its owner can read, if there is none.
fn make_private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(dir) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => Ok(()),
        Ok(()) => fs::File::open(dir.parent().unwrap_or(dir))?.sync_all(),
        Err(error) => Err(error),
    }
}
