//! The checks of `demo --once`: what anybody could do who has only the URL, the log's key and `ledger-verify`.

use super::jobs::STORIES;
use super::server::{self, Server};
use super::verify::{self, Verify};
use super::{DemoError, Prepared};
use crate::client::{Client, LogFacts};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// What does not hold.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
    #[error("job {0} has no entries")]
    EmptyJob(&'static str),
    #[error("no entry has the evidence {0}")]
    NoEvidence(String),
    #[error("`{command}` ended with {status}: {output}")]
    Command {
        command: String,
        status: String,
        output: String,
    },
    #[error("`{command}` answered {status}")]
    NotPassed { command: String, status: String },
    #[error("after the restart the log is {after}, before the kill it was {before}")]
    Changed { before: String, after: String },
}

/// One page of a job's entries, as far as the check reads it.
#[derive(Deserialize)]
struct Entries {
    entries: Vec<ListedEntry>,
}

#[derive(Deserialize)]
struct ListedEntry {
    index: u64,
}

/// Checks everything, and says what it does. The server is killed and started again on the way.
pub(super) fn run(prepared: &Prepared, server: Server, scratch: &Path) -> Result<(), DemoError> {
    let client = Client::new(server.url(), None);
    let facts = client.log()?;
    let verify = Verify::new(&facts, scratch)?;
    let indices = query_jobs(&client)?;
    println!("{} jobs found by id, {} entries", STORIES.len(), indices.len());
    for index in &indices {
        verify.entry(&client, *index)?;
    }
    println!("{} proofs verified {}", indices.len(), verify.isolation());
    let before = client.get_text("/log/checkpoint")?;
    server.kill()?;
    let server = Server::start(&prepared.home, &prepared.config())?;
    let client = Client::new(server.url(), None);
    println!("killed and restarted");
    let after = client.get_text("/log/checkpoint")?;
    if before != after {
        return Err(CheckError::Changed { before, after }.into());
    }
    grow(prepared, server.url(), &facts)?;
    verify.consistency(&client, &before, facts.tree_size)?;
    println!("the checkpoint before the kill is consistent with the one after it");
    server.kill()?;
    fsck(prepared)?;
    println!("fsck is clean");
    Ok(())
}

/// Every job answers by its id and lists entries; returns their indices.
fn query_jobs(client: &Client) -> Result<BTreeSet<u64>, DemoError> {
    let mut indices = BTreeSet::new();
    for story in &STORIES {
        let job: serde_json::Value = client.get_json(&format!("/v1/jobs/{}", story.job_id))?;
        let page: Entries = client.get_json(&format!("/v1/jobs/{}/entries", story.job_id))?;
        if page.entries.is_empty() || job.get("job_id").is_none() {
            return Err(CheckError::EmptyJob(story.job_id).into());
        }
        indices.extend(page.entries.iter().map(|entry| entry.index));
    }
    Ok(indices)
}

/// One more entry after the restart, so that consistency has something to prove.
fn grow(prepared: &Prepared, url: &str, facts: &LogFacts) -> Result<(), DemoError> {
    let cast = super::Cast::assemble(url, &prepared.tokens, &prepared.home.operator_key())?;
    cast.register_one(&facts.origin, cast.approver.did(), "night-approver", "approver")
}

fn fsck(prepared: &Prepared) -> Result<(), DemoError> {
    let mut command = Command::new(server::executable()?);
    command.args(["fsck", "--json", "--dir"]).arg(prepared.home.dir());
    verify::must_succeed(&mut command).map(drop)
}
