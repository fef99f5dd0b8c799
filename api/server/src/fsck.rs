//! `fsck`: recompute everything that a log stores. Exit 0 clean, 1 faults, 2 cannot read.

use crate::args::FsckArgs;
use crate::home::{Home, NoDatabase};
use indicatif::{ProgressBar, ProgressStyle};
use ledger::fsck::FsckReport;
use ledger::high_water::{HighWaterFile, HighWaterMark};
use ledger::signer::KeyError;
use ledger::store::StoreError;
use ledger_client::row_files::TemporaryFiles;
use ledger_rocks::RocksStore;
use std::process::ExitCode;
use verifier::text::plain::counted;
use verifier::text::shown;

const FAULTS: u8 = 1;
const CANNOT_READ: u8 = 2;

#[derive(Debug, thiserror::Error)]
enum FsckError {
    #[error(transparent)]
    NoDatabase(#[from] NoDatabase),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the report cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Walks the log and prints what is wrong with it.
pub(crate) fn run(args: &FsckArgs) -> ExitCode {
    let outcome = walk(args).and_then(|report| print(args, &report));
    match outcome {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(FAULTS),
        Err(error) => {
            eprintln!("ledgerd: cannot read the log in {}: {error}", args.dir.display());
            ExitCode::from(CANNOT_READ)
        }
    }
}

fn walk(args: &FsckArgs) -> Result<FsckReport, FsckError> {
    let home = Home::with_high_water(&args.dir, args.high_water.file.clone());
    let database = home.existing_database()?;
    let keys = home.held_keys()?.ed25519_keys();
    let key = keys
        .first()
        .ok_or(KeyError::Malformed("the log has no Ed25519 key here"))?;
    let store = RocksStore::open_read_only(&database)?;
    // A copy is checked without the mark of the original, and says so.
    let high_water = Some(home.high_water()).filter(|path| path.exists());
    if high_water.is_none() {
        eprintln!(
            "ledgerd: no high-water file {}: not compared",
            home.high_water().display()
        );
    }
    let high_water = high_water.map(HighWaterFile::new);
    let bar = ProgressBar::new(0).with_style(ProgressStyle::default_bar());
    let report = ledger::fsck::fsck(
        &store,
        key,
        high_water.as_ref().map(|mark| -> &dyn HighWaterMark { mark }),
        Box::new(TemporaryFiles),
        &mut |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        },
    )?;
    bar.finish_and_clear();
    Ok(report)
}

fn print(args: &FsckArgs, report: &FsckReport) -> Result<u64, FsckError> {
    if args.json {
        println!("{}", shown::json(&serde_json::to_string(report)?));
        return Ok(report.fault_count);
    }
    for fault in &report.faults {
        println!(
            "{} {}: {}",
            fault.code,
            shown::line(&fault.object),
            shown::line(&fault.detail)
        );
    }
    let entries = counted(report.tree_size, "entry", "entries");
    println!("{entries}, {}", counted(report.fault_count, "fault", "faults"));
    Ok(report.fault_count)
}
