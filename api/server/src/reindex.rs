//! `reindex`: build the stored runs of the authenticated index again.

use crate::args::ReindexArgs;
use crate::home::{Home, NoDatabase};
use indicatif::{ProgressBar, ProgressStyle};
use ledger::clock::SystemClock;
use ledger::error::OpenError;
use ledger::high_water::HighWaterFile;
use ledger::index::Reindexed;
use ledger::recovery;
use ledger::signer::KeyError;
use ledger::store::StoreError;
use ledger_rocks::RocksStore;
use std::sync::Arc;
use std::time::Instant;
use verifier::text::plain::counted;

/// Why the index was not built again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReindexError {
    #[error(transparent)]
    NoDatabase(#[from] NoDatabase),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Builds the index again, and says what was built.
pub(crate) fn run(args: &ReindexArgs) -> Result<(), ReindexError> {
    let home = Home::with_high_water(&args.dir, args.high_water.file.clone());
    let database = home.existing_database()?;
    let keys = home.held_keys()?;
    let started = Instant::now();
    // Holds the lock of the database, so that no server runs meanwhile. Runs may be damaged so that they cannot even be listed.
    let store = RocksStore::open_without_runs(&database)?;
    let bar = ProgressBar::new(0).with_style(ProgressStyle::default_bar());
    let built = recovery::reindex(
        Arc::new(store),
        keys,
        Box::new(HighWaterFile::new(home.high_water())),
        Arc::new(SystemClock::new()),
        &mut |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        },
    )?;
    bar.finish_and_clear();
    println!("{} in {:.1} s", sentence(&built), started.elapsed().as_secs_f64());
    Ok(())
}

fn sentence(built: &Reindexed) -> String {
    let Some(root) = built.root else {
        return "the log has no index.root that names runs: nothing is there to be built; a server with an index begins one".to_owned();
    };
    format!(
        "{} with {} of {}, as the index.root at entry {root} names them, built",
        counted(built.runs, "run", "runs"),
        counted(built.rows, "row", "rows"),
        counted(built.entries, "entry", "entries")
    )
}
