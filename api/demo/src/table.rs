//! What the demo tells its viewer at the end.

use super::DemoError;
use super::actors::VISITOR;
use super::jobs::STORIES;
use super::verdict::PrintedVerdict;
use ledger_client::log::{Client, ServerLogFacts};
use std::fmt::Write as _;
use std::path::Path;
use verifier::text::shell::word;

/// The table of jobs, each with the verdict that the server at `url` gives it now.
///
/// # Errors
/// [`DemoError::Client`] where the server does not answer.
pub fn jobs(client: &Client) -> Result<String, DemoError> {
    let width = STORIES.iter().map(|story| story.job_id.len()).max().unwrap_or(0);
    let story_width = STORIES.iter().map(|story| story.summary.len()).max().unwrap_or(0);
    let mut text = format!("{:width$}  {:story_width$}  verdict\n", "job", "story");
    for story in &STORIES {
        let verdict = PrintedVerdict::ask(client, story.job_id)?;
        let _ = writeln!(
            text,
            "{:width$}  {:story_width$}  {verdict}",
            story.job_id, story.summary
        );
    }
    Ok(text)
}

/// Where to look, and three commands to try. `token` is the visitor's.
pub(super) fn guide(url: &str, facts: &ServerLogFacts, binaries: &Path, token: &str) -> String {
    let verify = binaries.join("ledger-verify");
    let verify = word(&verify.to_string_lossy());
    let vkey = &facts.vkey;
    format!(
        "\n{size} entries under {origin}\n\
         log key     {vkey}\n\
         pages       {url}/   {url}/jobs/demo-sentinel-write-approved   {url}/log\n\
         HTTP API    {url}/v1/jobs   {url}/openapi.json\n\
         tlog-tiles  {url}/log/checkpoint\n\
         to submit   bearer token {token}   (submitter {VISITOR})\n\
         \nTry next:\n\
         \x20 curl -s {url}/v1/jobs/demo-revoked-midway/assessment\n\
         \x20 curl -s {url}/v1/jobs/demo-revoked-midway/pack -o job.evidence && {verify} pack job.evidence --log-key {key}\n\
         \x20 {verify} audit {url} --log-key {key}\n",
        key = word(vkey),
        size = facts.tree_size,
        origin = facts.origin,
    )
}
