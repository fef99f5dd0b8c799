//! `key`: the key files of those who sign evidence, and the keys of the log.

use std::path::Path;

use ledger::signer::{EvidenceKey, KeyError};

use crate::args::{KeyAction, KeyArgs};
use crate::log_keys::{self, LogKeysError};

/// Runs one of the `key` commands.
pub(crate) fn run(args: &KeyArgs) -> Result<(), LogKeysError> {
    match &args.action {
        KeyAction::New { file } => print(&new(file)?),
        KeyAction::Did { file } => print(&EvidenceKey::read(file)?),
        KeyAction::Rotate(args) => return log_keys::rotate(args),
        KeyAction::AddMldsa(args) => return log_keys::add_ml_dsa(args),
        KeyAction::Retire(args) => return log_keys::retire(args),
        KeyAction::List(args) => return log_keys::list(args),
    }
    Ok(())
}

/// The DID of the key alone, so that a script can keep it.
fn print(key: &EvidenceKey) {
    println!("{}", key.did());
}

fn new(file: &Path) -> Result<EvidenceKey, KeyError> {
    let key = EvidenceKey::generate()?;
    key.write(file)?;
    Ok(key)
}
