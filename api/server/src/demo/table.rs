//! What the demo tells its viewer at the end.

use super::jobs::STORIES;
use crate::client::LogFacts;
use std::fmt::Write as _;
use std::path::Path;

/// The table of jobs.
pub(super) fn jobs() -> String {
    let width = STORIES.iter().map(|story| story.job_id.len()).max().unwrap_or(0);
    let story_width = STORIES.iter().map(|story| story.summary.len()).max().unwrap_or(0);
    let mut text = format!("{:width$}  {:story_width$}  written to be\n", "job", "story");
    for story in &STORIES {
        let _ = writeln!(
            text,
            "{:width$}  {:story_width$}  {}",
            story.job_id, story.summary, story.written_to_be
        );
    }
    text.push_str(
        "\nThe last column says what the evidence was written to show; nothing has judged it yet.\n",
    );
    text
}

/// Where to look, and three commands to try.
pub(super) fn guide(url: &str, facts: &LogFacts, binaries: &Path) -> String {
    let verify = binaries.join("ledger-verify");
    let verify = verify.display();
    let vkey = &facts.vkey;
    format!(
        "\n{size} entries under {origin}\n\
         log key     {vkey}\n\
         pages       {url}/   {url}/jobs/demo-sentinel-write-approved   {url}/log\n\
         HTTP API    {url}/v1/jobs   {url}/openapi.json\n\
         tlog-tiles  {url}/log/checkpoint\n\
         \nTry next:\n\
         \x20 curl -s {url}/v1/jobs/job-2026-02-11-001\n\
         \x20 curl -s {url}/v1/entries/9/proof -o 9.tlog-proof && {verify} proof 9.tlog-proof --log-key '{vkey}'\n\
         \x20 {verify} audit {url} --log-key '{vkey}'\n",
        size = facts.tree_size,
        origin = facts.origin,
    )
}
