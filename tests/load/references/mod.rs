//! What the machine can do at all, measured in the same run: rates of the ledger are read against these.

mod crypto;
mod storage;

use std::path::Path;
use std::time::{Duration, Instant};

use harness::HarnessError;

/// How long each is measured.
const SPAN: Duration = Duration::from_secs(1);

/// Measures all of them. `directory` is on the file system that logs are written to.
pub(crate) fn run(directory: &Path) -> Result<(), HarnessError> {
    crypto::run()?;
    storage::run(directory)
}

/// How often `step` can be done in a second; it answers how many things it did.
fn per_second(mut step: impl FnMut() -> Result<u64, HarnessError>) -> Result<f64, HarnessError> {
    let (start, mut count) = (Instant::now(), 0_u64);
    loop {
        count = count.saturating_add(step()?);
        let elapsed = start.elapsed();
        if elapsed >= SPAN {
            return Ok(crate::report::per_second(count, elapsed));
        }
    }
}
