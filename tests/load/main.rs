//! `make bench` and `make bench-large`: what one machine does. A line a figure, `name value unit target pass|short`, and a JSON document
//! of the whole run under `target/bench`.
//!
//! Three processes: this one, which measures; `ledgerd`, which is measured; and `bench-load`, which sends.

mod load;
mod measures;
mod place;
mod plan;
mod plot;
mod process;
mod references;
mod report;
mod run;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use harness::HarnessError;

use plan::Plan;

/// Figures of this machine, one line each.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: BenchCommand,
}

#[derive(Subcommand)]
enum BenchCommand {
    /// Some minutes, with a small log.
    Short {
        /// Entries of the log at its largest.
        #[arg(long, default_value = "100000", value_parser = clap::value_parser!(u64).range(20_000..))]
        entries: u64,
    },
    /// About an hour: one log at a hundredth, at a tenth and at the whole of its entries.
    Large {
        /// Entries of the log at its largest.
        #[arg(long, default_value = "10000000", value_parser = clap::value_parser!(u64).range(100_000..))]
        entries: u64,
    },
    /// A table and a picture of how figures grow with the log, from the documents of runs.
    Plot {
        /// Documents of runs, the newest last.
        #[arg(required = true)]
        documents: Vec<PathBuf>,
        /// Where the picture is written, as SVG.
        #[arg(long, default_value = "target/bench/growth.svg")]
        picture: PathBuf,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        BenchCommand::Short { entries } => measure(&Plan::short(entries)),
        BenchCommand::Large { entries } => measure(&Plan::large(entries)),
        BenchCommand::Plot { documents, picture } => plot::run(&documents, &picture),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::failure(&error);
            ExitCode::FAILURE
        }
    }
}

/// Measures, and writes what was measured, even if something stopped the run.
fn measure(plan: &Plan) -> Result<(), HarnessError> {
    let folder = place::folder()?;
    let machine = report::machine::describe(&folder);
    report::note(&report::machine::summary(&machine));
    let measured = run::run(plan);
    let path = report::write(&folder, plan.name, &machine, measured.as_ref().err())?;
    report::note(&format!("written to {}", path.display()));
    measured
}
