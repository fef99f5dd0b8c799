//! The server's verdict on a job, as the demo reads it.

use super::DemoError;
use ledger_client::log::Client;
use serde::Deserialize;
use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

/// The list of verdicts follows the log within a second or so; a list this late means that the server is broken.
const LIST_WAIT: Duration = Duration::from_secs(60);
const LIST_POLL: Duration = Duration::from_millis(50);

/// What an assessment says in its head.
#[derive(Debug, Deserialize)]
pub(super) struct PrintedVerdict {
    verdict: String,
    check: Option<String>,
    code: Option<String>,
}

impl PrintedVerdict {
    /// The newest verdict on a job.
    pub(super) fn ask(client: &Client, job_id: &str) -> Result<Self, DemoError> {
        Ok(client.get_json(&format!("/v1/jobs/{job_id}/assessment"))?)
    }
}

/// `PASS`, or the verdict with the check that decides and its code.
impl fmt::Display for PrintedVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.verdict)?;
        if self.verdict == "PASS" {
            return Ok(());
        }
        for part in [&self.check, &self.code].into_iter().flatten() {
            write!(f, " {part}")?;
        }
        Ok(())
    }
}

/// How far the list of verdicts has come.
#[derive(Deserialize)]
struct ProjectionProgress {
    projected_to: Option<u64>,
}

/// Waits until the list of verdicts covers the log as it stands, so that who opens `/jobs` finds it whole.
///
/// # Errors
/// [`DemoError::Story`] where it does not within [`LIST_WAIT`].
pub(super) fn wait_until_listed(client: &Client) -> Result<(), DemoError> {
    let size = client.log()?.tree_size;
    let begin = Instant::now();
    loop {
        let listed: ProjectionProgress = client.get_json("/v1/jobs?limit=1")?;
        if listed.projected_to.is_some_and(|reached| reached >= size) {
            return Ok(());
        }
        if begin.elapsed() > LIST_WAIT {
            return Err(DemoError::Story(
                "the list of verdicts did not catch up with the log within a minute",
            ));
        }
        thread::sleep(LIST_POLL);
    }
}
