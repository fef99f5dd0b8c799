//! The server's verdict on a job, as the demo reads it.

use super::DemoError;
use crate::client::Client;
use serde::Deserialize;
use std::fmt;

/// What an assessment says in its head.
#[derive(Debug, Deserialize)]
pub(super) struct Outcome {
    verdict: String,
    check: Option<String>,
    code: Option<String>,
}

impl Outcome {
    /// The newest verdict on a job.
    pub(super) fn ask(client: &Client, job_id: &str) -> Result<Self, DemoError> {
        Ok(client.get_json(&format!("/v1/jobs/{job_id}/assessment"))?)
    }
}

/// `PASS`, or the verdict with the check that decides and its code.
impl fmt::Display for Outcome {
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
