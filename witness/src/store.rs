//! The last cosigned checkpoint of each log, in one small database file.
//!
//! | table | key | value |
//! | --- | --- | --- |
//! | `witness` | `vkey` | the witness's key: the memory of another one is refused |
//! | `checkpoints` | `SHA-256(origin)` | the note: checkpoint, lines of the log, cosignature |
//!
//! A note is its own checksum: it is believed only after its cosignature was verified. Writers follow each other, and a
//! commit is durable before it returns. What a file cannot show is that it is an older copy of itself: `docs/witnessing.md`
//! says what follows from this.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use redb::{Database, Durability, ReadableDatabase, ReadableTable, StorageError, TableDefinition};
use verifier::cosignature::CosignerKey;

use crate::checkpoint::{NotWitnessed, OriginHash, WitnessedCheckpoint};

const WITNESS: TableDefinition<&str, &str> = TableDefinition::new("witness");
const CHECKPOINTS: TableDefinition<&[u8; 32], &[u8]> = TableDefinition::new("checkpoints");
const VKEY: &str = "vkey";

/// Why the state cannot be used. A witness that does not know what it signed signs nothing.
#[derive(Debug, thiserror::Error)]
#[error("{}: {fault}", path.display())]
pub struct StoreError {
    /// The database file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: StoreFault,
}

/// What is wrong with a database file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreFault {
    /// Another process has it open.
    #[error("another process has this file open: a witness runs once")]
    InUse,
    /// It exists already.
    #[error("the file exists already, and what a witness remembers is never overwritten")]
    Exists,
    /// It is not there: a new file would let the witness sign what contradicts its earlier cosignatures.
    #[error(
        "the file is not there. A witness must not go on without what it remembers: make a new one, with a new key \
         (docs/witnessing.md)"
    )]
    Missing,
    /// Its content is not what this witness wrote.
    #[error("the file is damaged: {0}. Do not put back an older copy (docs/witnessing.md)")]
    Damaged(String),
    /// A row is not a checkpoint that this witness cosigned.
    #[error(
        "the row of {origin_hash} is damaged: {reason}. Do not put back an older copy (docs/witnessing.md)"
    )]
    DamagedRow {
        /// Of which log.
        origin_hash: OriginHash,
        /// What is wrong.
        reason: Box<NotWitnessed>,
    },
    /// It belongs to another key.
    #[error("the file is the memory of {found}, and the key is {expected}")]
    OtherWitness {
        /// The key that was read.
        expected: String,
        /// The key that the file names.
        found: String,
    },
    /// The operating system, or the database engine.
    #[error("{0}")]
    Engine(Box<redb::Error>),
}

impl<E: Into<redb::Error>> From<E> for StoreFault {
    fn from(error: E) -> Self {
        match error.into() {
            redb::Error::DatabaseAlreadyOpen => Self::InUse,
            redb::Error::Corrupted(what) => Self::Damaged(what),
            redb::Error::TableDoesNotExist(table) => Self::Damaged(format!("it has no table {table}")),
            redb::Error::Io(error) if error.kind() == std::io::ErrorKind::NotFound => Self::Missing,
            redb::Error::Io(error) if is_of_content(error.kind()) => Self::Damaged(error.to_string()),
            other => Self::Engine(Box::new(other)),
        }
    }
}

/// Whether an error says that a file is too short or of another format.
fn is_of_content(kind: std::io::ErrorKind) -> bool {
    matches!(
        kind,
        std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof
    )
}

/// What one witness remembers.
#[derive(Debug)]
pub struct WitnessStore {
    path: PathBuf,
    key: CosignerKey,
    database: Database,
}

impl WitnessStore {
    /// Makes the empty memory of a new witness. Durable on return.
    ///
    /// # Errors
    /// [`StoreError`] where the file exists or cannot be written.
    pub fn create(path: &Path, key: &CosignerKey) -> Result<(), StoreError> {
        let create = || {
            if path.exists() {
                return Err(StoreFault::Exists);
            }
            let database = Database::create(path)?;
            let transaction = database.begin_write()?;
            transaction
                .open_table(WITNESS)?
                .insert(VKEY, key.to_string().as_str())?;
            transaction.open_table(CHECKPOINTS)?;
            transaction.commit()?;
            // The name of the file, too.
            let dir = path.parent().unwrap_or(Path::new("."));
            File::open(dir)
                .and_then(|dir| dir.sync_all())
                .map_err(StorageError::Io)?;
            Ok(())
        };
        create().map_err(at(path))
    }

    /// Opens the memory of the witness with this key, and verifies every row of it.
    ///
    /// # Errors
    /// [`StoreError`] where the file is missing, in use, damaged, or of another witness.
    pub fn open(path: &Path, key: &CosignerKey) -> Result<Self, StoreError> {
        let open = || {
            let database = Database::open(path)?;
            expect_witness(&database, key)?;
            let checkpoints = database.begin_read()?.open_table(CHECKPOINTS)?;
            for row in checkpoints.iter()? {
                let (origin_hash, note) = row?;
                open_row(OriginHash::from_bytes(*origin_hash.value()), note.value(), key)?;
            }
            Ok(Self {
                path: path.to_owned(),
                key: key.clone(),
                database,
            })
        };
        // The engine asserts what it expects of a file, and a damaged one may not have it.
        let opened = catch_unwind(AssertUnwindSafe(open));
        let gave_up = |_| {
            Err(StoreFault::Damaged(String::from(
                "the database engine cannot read it",
            )))
        };
        opened.unwrap_or_else(gave_up).map_err(at(path))
    }

    /// The last cosigned checkpoint of a log.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read, or is damaged.
    pub fn latest(&self, origin_hash: OriginHash) -> Result<Option<WitnessedCheckpoint>, StoreError> {
        let read = || {
            let checkpoints = self.database.begin_read()?.open_table(CHECKPOINTS)?;
            self.row(&checkpoints, origin_hash)
        };
        read().map_err(at(&self.path))
    }

    /// Replaces the last cosigned checkpoint of a log by what `decide` makes of it, in one transaction that no other one
    /// comes between. What is returned is durable; a refusal changes nothing, and neither does the same note again.
    ///
    /// # Errors
    /// [`StoreError`]: whether the step was taken is not known then. The caller MUST NOT give its cosignature away, and
    /// must open the store again before it goes on.
    pub fn step<R>(
        &self,
        origin_hash: OriginHash,
        decide: impl FnOnce(Option<&WitnessedCheckpoint>) -> Result<WitnessedCheckpoint, R>,
    ) -> Result<Result<WitnessedCheckpoint, R>, StoreError> {
        self.try_step(origin_hash, decide).map_err(at(&self.path))
    }

    fn try_step<R>(
        &self,
        origin_hash: OriginHash,
        decide: impl FnOnce(Option<&WitnessedCheckpoint>) -> Result<WitnessedCheckpoint, R>,
    ) -> Result<Result<WitnessedCheckpoint, R>, StoreFault> {
        let mut transaction = self.database.begin_write()?;
        // With one phase the engine goes back to the commit before, where the last one does not have its checksum after a
        // crash. That one may have been answered: a witness must rather not start.
        transaction.set_two_phase_commit(true);
        transaction
            .set_durability(Durability::Immediate)
            .map_err(redb::Error::from)?;
        let mut checkpoints = transaction.open_table(CHECKPOINTS)?;
        let latest = self.row(&checkpoints, origin_hash)?;
        let next = match decide(latest.as_ref()) {
            Ok(next) => next,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if latest.as_ref() != Some(&next) {
            checkpoints.insert(origin_hash.as_bytes(), next.note().as_bytes())?;
            drop(checkpoints);
            transaction.commit()?;
        }
        Ok(Ok(next))
    }

    fn row(
        &self,
        checkpoints: &impl ReadableTable<&'static [u8; 32], &'static [u8]>,
        origin_hash: OriginHash,
    ) -> Result<Option<WitnessedCheckpoint>, StoreFault> {
        let row = checkpoints.get(origin_hash.as_bytes())?;
        row.map(|note| open_row(origin_hash, note.value(), &self.key))
            .transpose()
    }
}

fn expect_witness(database: &Database, key: &CosignerKey) -> Result<(), StoreFault> {
    let witness = database.begin_read()?.open_table(WITNESS)?;
    let found = witness.get(VKEY)?;
    let found = found.as_ref().map_or("", |found| found.value());
    let expected = key.to_string();
    if found == expected {
        Ok(())
    } else {
        Err(StoreFault::OtherWitness {
            expected,
            found: found.to_owned(),
        })
    }
}

/// A row that this witness wrote, for the log that it is stored for.
fn open_row(
    origin_hash: OriginHash,
    note: &[u8],
    key: &CosignerKey,
) -> Result<WitnessedCheckpoint, StoreFault> {
    let damaged = |reason| StoreFault::DamagedRow {
        origin_hash,
        reason: Box::new(reason),
    };
    let witnessed = WitnessedCheckpoint::open(note, key).map_err(damaged)?;
    if OriginHash::of(witnessed.checkpoint().origin()) == origin_hash {
        Ok(witnessed)
    } else {
        Err(damaged(NotWitnessed::OtherLog))
    }
}

fn at(path: &Path) -> impl FnOnce(StoreFault) -> StoreError {
    let path = path.to_owned();
    move |fault| StoreError { path, fault }
}
