//! How figures grow with the log, from the documents of runs: a table for people, and a picture.

mod chart;
mod points;
mod table;

use std::path::{Path, PathBuf};

use harness::HarnessError;

use crate::report;
use points::Points;

/// Reads documents, prints the table, and draws the picture. Of a figure that several have, the last document counts.
pub(crate) fn run(documents: &[PathBuf], picture: &Path) -> Result<(), HarnessError> {
    let points = Points::read(documents)?;
    for line in table::lines(&points) {
        report::line(&line);
    }
    chart::draw(&points, picture)?;
    report::note(&format!("drawn to {}", picture.display()));
    Ok(())
}
