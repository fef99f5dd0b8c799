//! The checks of `demo --once`: what anybody could do who has only the URL, the log's key and `ledger-verify`.

use super::jobs::STORIES;
use super::server::{self, DemoServer};
use super::verdict::PrintedVerdict;
use super::verify::{self, Verify};
use super::{DemoError, DemoSite};
use ledger_client::log::{Client, ServerLogFacts};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// What does not hold.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// A job of which the log lists nothing.
    #[error("job {0} has no entries")]
    EmptyJob(&'static str),
    /// An entry without a document.
    #[error("no entry has the evidence {0}")]
    NoEvidence(String),
    /// A command that failed.
    #[error("`{command}` ended with {status}: {output}")]
    Command {
        /// The command with its arguments.
        command: String,
        /// How it ended.
        status: String,
        /// What it wrote.
        output: String,
    },
    /// `ledger-verify` ended well without calling what it was given genuine.
    #[error("`{command}` answered {status}")]
    NotPassed {
        /// The command with its arguments.
        command: String,
        /// The status of its report.
        status: String,
    },
    /// A job with another verdict than its story has.
    #[error("the verdict on {job_id} is {found}, its evidence was written for {expected}")]
    Verdict {
        /// Which job.
        job_id: &'static str,
        /// The story's verdict.
        expected: &'static str,
        /// The server's.
        found: String,
    },
    /// A pack that gives another verdict than the server.
    #[error(
        "the verdict on {job_id} as of {as_of} is not the same from its pack: {server} against {offline}"
    )]
    Offline {
        /// Which job.
        job_id: &'static str,
        /// At which size of the log.
        as_of: u64,
        /// The server's assessment.
        server: String,
        /// That of `ledger-verify`.
        offline: String,
    },
    /// A checkpoint of the log does not open under its key.
    #[error("the checkpoint that the log serves: {0}")]
    Checkpoint(String),
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

/// Checks everything, and says what it does. The server is killed and started again on the way; files go to `scratch`.
///
/// # Errors
/// [`DemoError::Check`] with the first thing that does not hold; otherwise why the check could not be made.
pub fn run(site: &DemoSite, server: DemoServer, scratch: &Path) -> Result<(), DemoError> {
    let client = Client::new(server.url(), None);
    let facts = client.log()?;
    let verify = Verify::new(&facts, scratch)?;
    let jobs = query_jobs(&client)?;
    let indices: BTreeSet<u64> = jobs.iter().flat_map(|(_, indices)| indices).copied().collect();
    println!("{} jobs found by id, {} entries", STORIES.len(), indices.len());
    for index in &indices {
        verify.entry(&client, *index)?;
    }
    println!("{} proofs verified {}", indices.len(), verify.isolation());
    for story in &STORIES {
        let found = PrintedVerdict::ask(&client, story.job_id)?.to_string();
        if found != story.verdict {
            return Err(CheckError::Verdict {
                job_id: story.job_id,
                expected: story.verdict,
                found,
            }
            .into());
        }
    }
    println!(
        "{} verdicts are those that the evidence was written for",
        STORIES.len()
    );
    let packs = packs(&client, &verify, &jobs, facts.tree_size)?;
    println!(
        "{packs} packs, now and as of each entry of their jobs, give the server's verdict byte for byte"
    );
    let before = client.get_text("/log/checkpoint")?;
    server.kill()?;
    let server = DemoServer::start(site)?;
    let client = Client::new(server.url(), None);
    println!("killed and restarted");
    verify.consistency(&client, &before)?;
    grow(site, server.url(), &facts)?;
    verify.consistency(&client, &before)?;
    println!("the checkpoint before the kill is consistent with the one after it");
    server.kill()?;
    fsck(site)?;
    println!("fsck is clean");
    Ok(())
}

/// Every pack, verified without the server, gives the bytes that the server answers; how many there were.
fn packs(client: &Client, verify: &Verify, jobs: &EntriesByJob, tree_size: u64) -> Result<usize, DemoError> {
    let mut count = 0_usize;
    for (job_id, indices) in jobs {
        let sizes = indices.iter().map(|index| index.saturating_add(1));
        for as_of in sizes.chain([tree_size]) {
            let server = client.get_text(&format!("/v1/jobs/{job_id}/assessment?as_of={as_of}"))?;
            let offline = verify.pack(client, job_id, as_of)?;
            if server != offline {
                return Err(CheckError::Offline {
                    job_id,
                    as_of,
                    server,
                    offline,
                }
                .into());
            }
            count = count.saturating_add(1);
        }
    }
    Ok(count)
}

/// Each job with the indices of its entries.
type EntriesByJob = Vec<(&'static str, Vec<u64>)>;

/// Every job answers by its id and lists entries.
fn query_jobs(client: &Client) -> Result<EntriesByJob, DemoError> {
    let mut jobs = Vec::new();
    for story in &STORIES {
        let job: serde_json::Value = client.get_json(&format!("/v1/jobs/{}", story.job_id))?;
        let page: Entries = client.get_json(&format!("/v1/jobs/{}/entries", story.job_id))?;
        if page.entries.is_empty() || job.get("job_id").is_none() {
            return Err(CheckError::EmptyJob(story.job_id).into());
        }
        let indices = page.entries.iter().map(|entry| entry.index).collect();
        jobs.push((story.job_id, indices));
    }
    Ok(jobs)
}

/// One more entry after the restart, so that consistency has something to prove.
fn grow(site: &DemoSite, url: &str, facts: &ServerLogFacts) -> Result<(), DemoError> {
    let cast = super::Cast::assemble(url, &site.tokens, &site.operator_key)?;
    cast.register_one(&facts.origin, cast.approver.did(), "night-approver", "approver")
}

fn fsck(site: &DemoSite) -> Result<(), DemoError> {
    let mut command = Command::new(server::executable()?);
    command.args(["fsck", "--json", "--dir"]).arg(&site.dir);
    verify::must_succeed(&mut command).map(drop)
}
