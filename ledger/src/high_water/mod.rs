//! The high-water mark: the largest head that this log ever committed, remembered outside its store.
//!
//! A store that lost its tail (an older copy put back, a truncated write-ahead log) looks whole from inside. The
//! mark remembers what was reached, so that start-up can refuse to go on from less, which would be a fork. A head
//! is recorded after each commit and before anything is signed or acknowledged; hence the store may be ahead of
//! the mark by a batch that nobody was told of, and never behind it.
//!
//! Today the mark is a file ([`HighWaterFile`]). A row of another database, or the head that a witness signed
//! last, would do as well, if only it does not go back together with the store.

mod file;

pub use file::{HighWater, HighWaterFile};

use std::path::PathBuf;
use verifier::checkpoint::TreeHead;
use verifier::index::TreeSize;

/// Remembers the largest committed head.
///
/// * It MUST NOT be part of what is restored with the store.
/// * What was recorded MUST be durable on return. After an error it may be there or not.
/// * It MUST NOT go back: of two records it remembers the later one, which has the larger size.
pub trait HighWaterMark: Send + std::fmt::Debug + 'static {
    /// The recorded head. Changes nothing.
    ///
    /// # Errors
    /// [`HighWaterError::Missing`] where nothing was ever recorded, [`HighWaterError::Empty`] where the first record
    /// was never finished, [`HighWaterError::Damaged`] where what is there is no mark, and any other error where it
    /// cannot be read.
    fn recall(&self) -> Result<TreeHead, HighWaterError>;

    /// Records a head. The same head again is no change.
    ///
    /// # Errors
    /// [`HighWaterError::NotBeyond`] where the head does not continue what is recorded, and any other error where
    /// the record may not be durable. The process MUST stop after either.
    fn record(&mut self, head: &TreeHead) -> Result<(), HighWaterError>;
}

/// Why a mark cannot be used. After an error of [`HighWaterMark::record`] the process MUST stop: what is recorded is
/// then unknown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HighWaterError {
    /// There is no mark.
    #[error("the high-water file {} is missing; if you move a log, move this file with it", path.display())]
    Missing {
        /// Which file.
        path: PathBuf,
    },
    /// No record was ever finished.
    #[error("the high-water file {} is empty", path.display())]
    Empty {
        /// Which file.
        path: PathBuf,
    },
    /// The operating system failed.
    #[error("high-water file {path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// A record other than the last is broken, or the file is not of this form.
    #[error("the high-water file {} is damaged: {detail}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with the file.
        detail: String,
    },
    /// A head that does not go beyond the recorded one. The caller is at fault: going on would be a fork.
    #[error("the high-water mark is size {found}, and a different head of size {asked} was to be recorded")]
    NotBeyond {
        /// Size of the recorded head.
        found: TreeSize,
        /// Size of the head that was to be recorded.
        asked: TreeSize,
    },
}
