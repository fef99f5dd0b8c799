//! `witness init`: a key and an empty memory.
//!
//! The key is written before the memory, so a crash in between leaves a key that never signed, which the next `init` refuses
//! to overwrite and no `witness` serves.

use super::WitnessHome;
use crate::args::InitWitnessArgs;
use crate::home;
use ledger::signer::{KeyError, MlDsaKey, WitnessKey};
use std::io;
use std::path::{Path, PathBuf};
use witness::store::{StoreError, WitnessStore};

/// Why no witness was made. The operator is at fault, or the disk.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InitWitnessError {
    #[error("{0} is not empty: a witness needs a new directory. Name another one with --dir")]
    NotEmpty(PathBuf),
    #[error(
        "{0:?} cannot be the name of a witness: it must be 1 to 255 bytes without spaces, '+' and control characters"
    )]
    Name(String),
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes the witness and prints what logs and their clients need to pin.
pub(super) fn run(args: &InitWitnessArgs) -> Result<(), InitWitnessError> {
    // What may name a log may name a witness, too: ML-DSA cosignatures count the bytes of both in one byte.
    if !verifier::checkpoint::is_valid_origin(&args.name) {
        return Err(InitWitnessError::Name(args.name.clone()));
    }
    match home::create_empty(&args.dir) {
        Ok(true) => {}
        Ok(false) => return Err(InitWitnessError::NotEmpty(args.dir.clone())),
        Err(source) => {
            return Err(InitWitnessError::Io {
                path: args.dir.clone(),
                source,
            });
        }
    }
    let files = WitnessHome(&args.dir);
    let key = WitnessKey::generate(&args.name)?;
    key.write(&files.key())?;
    WitnessStore::create(&files.memory(), key.cosigner_key())?;
    println!("vkey {}", key.cosigner_key());
    Ok(())
}

/// Makes the second key of a witness, under its name, and prints what logs and their clients need to pin.
pub(super) fn add_ml_dsa(dir: &Path) -> Result<(), InitWitnessError> {
    let files = WitnessHome(dir);
    let first = WitnessKey::read(&files.key())?;
    let key = MlDsaKey::generate(first.cosigner_key().name())?;
    key.write(&files.second_key())?;
    println!("vkey {}", key.cosigner_key());
    Ok(())
}
