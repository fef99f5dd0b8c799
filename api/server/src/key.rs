//! `key`: the key files of those who sign evidence.

use std::path::Path;

use ledger::signer::{EvidenceKey, KeyError};

use crate::args::{KeyAction, KeyArgs};

/// Prints the DID of the key alone, so that a script can keep it.
pub(crate) fn run(args: &KeyArgs) -> Result<(), KeyError> {
    let key = match &args.action {
        KeyAction::New { file } => new(file)?,
        KeyAction::Did { file } => EvidenceKey::read(file)?,
    };
    println!("{}", key.did());
    Ok(())
}

fn new(file: &Path) -> Result<EvidenceKey, KeyError> {
    let key = EvidenceKey::generate()?;
    key.write(file)?;
    Ok(key)
}
