//! `init`: keys, an empty database, entry 0.
//!
//! The private keys are written before the log exists, so a crash in between leaves keys without a log, which
//! the next `init` refuses to overwrite, and never a log whose key is lost.

use crate::args::InitArgs;
use crate::home::{self, Home};
use crate::wall_clock;
use ledger::error::OpenError;
use ledger::genesis;
use ledger::high_water::HighWaterFile;
use ledger::signer::{CheckpointSigner, EvidenceKey, KeyError, LogKey};
use ledger::store::StoreError;
use ledger_rocks::RocksStore;
use std::io;
use std::path::{Path, PathBuf};
use verifier::checkpoint::is_valid_origin;
use verifier::index::TimestampMs;
use verifier::payload::Settings;
use zeroize::Zeroizing;

/// Why no log was created. The operator is at fault, or the disk.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InitError {
    #[error("{0} is not empty: a log needs a new directory. Name another one with --dir")]
    NotEmpty(PathBuf),
    #[error(
        "{0:?} cannot be an origin: it must be 1 to 255 bytes without spaces, '+' and control characters"
    )]
    Origin(String),
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Genesis(#[from] OpenError),
}

/// What the world must know of a new log.
#[derive(Debug)]
pub(crate) struct CreatedLog {
    pub(crate) vkey: String,
    pub(crate) operator_did: String,
}

/// Creates the log and prints what others need to pin.
pub(crate) fn run(args: &InitArgs) -> Result<(), InitError> {
    let created = create(
        &Home::with_high_water(&args.dir, args.high_water.file.clone()),
        &args.origin,
        args.operator_key.as_deref(),
        Settings::default(),
    )?;
    println!("vkey {}", created.vkey);
    println!("operator {}", created.operator_did);
    Ok(())
}

/// Creates a log with the settings that its genesis declares.
pub(crate) fn create(
    home: &Home,
    origin: &str,
    operator_key: Option<&Path>,
    settings: Settings,
) -> Result<CreatedLog, InitError> {
    if !is_valid_origin(origin) {
        return Err(InitError::Origin(origin.to_owned()));
    }
    // The operator's key first: a wrong path must not leave a half-made directory.
    let given = operator_key.map(EvidenceKey::read).transpose()?;
    match home::create_empty(home.dir()) {
        Ok(true) => {}
        Ok(false) => return Err(InitError::NotEmpty(home.dir().to_owned())),
        Err(source) => {
            return Err(InitError::Io {
                path: home.dir().to_owned(),
                source,
            });
        }
    }
    home.forget_earlier_log().map_err(|source| InitError::Io {
        path: home.high_water(),
        source,
    })?;
    let seed = Zeroizing::new(random()?);
    let log_key = LogKey::from_seed(origin, *seed)?;
    log_key.write(&home.log_key())?;
    let operator = if let Some(key) = given {
        key
    } else {
        let key = EvidenceKey::generate()?;
        key.write(&home.operator_key())?;
        key
    };
    let store = RocksStore::open_or_create(&home.database())?;
    let salt = random()?;
    let now = TimestampMs::new(wall_clock::now_ms());
    genesis::create(
        &store,
        &log_key,
        &operator,
        settings,
        salt,
        now,
        &mut HighWaterFile::new(home.high_water()),
    )?;
    Ok(CreatedLog {
        vkey: log_key.verifier_key().to_string(),
        operator_did: operator.did().to_string(),
    })
}

/// The operating system gives none: nothing secret can be made here.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no randomness: {0}")]
pub(crate) struct NoEntropy(getrandom::Error);

/// For seeds and salts.
fn random() -> Result<[u8; 32], NoEntropy> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(NoEntropy)?;
    Ok(bytes)
}
