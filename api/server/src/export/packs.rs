//! Packs: of one job, or of all jobs of an agent or a policy.

use super::{ExportError, file_error, percent_encoded};
use crate::args::ExportArgs;
use ledger_client::log::Client;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use verifier::index::TreeSize;
use verifier::pack::{PACK_BYTES_MAX, file_name};

/// Which jobs, as of which tree.
pub(super) struct PackJobs {
    pub(super) ids: Vec<String>,
    pub(super) as_of: u64,
}

#[derive(Deserialize)]
struct PackPage {
    jobs: Vec<PackRow>,
    next_cursor: Option<String>,
    as_of_tree_size: u64,
}

#[derive(Deserialize)]
struct PackRow {
    job_id: String,
}

/// The jobs that were asked for, all as of one size.
pub(super) fn jobs(client: &Client, args: &ExportArgs) -> Result<PackJobs, ExportError> {
    if let Some(job_id) = &args.job {
        let as_of = match args.as_of {
            Some(size) => size,
            None => client.log()?.tree_size,
        };
        return Ok(PackJobs {
            ids: vec![job_id.clone()],
            as_of,
        });
    }
    let filter = match (&args.agent, &args.policy) {
        (Some(agent), _) => format!("agent={}", percent_encoded(agent)),
        (None, Some(policy)) => format!("policy={}", percent_encoded(policy)),
        (None, None) => return Err(ExportError::Answer("nothing was asked for")),
    };
    let first = format!("/v1/jobs?limit=200&{filter}");
    let mut path = match args.as_of {
        Some(size) => format!("{first}&as_of={size}"),
        None => first.clone(),
    };
    let mut ids = Vec::new();
    loop {
        let page: PackPage = client.get_json(&path)?;
        ids.extend(page.jobs.into_iter().map(|row| row.job_id));
        let Some(cursor) = page.next_cursor else {
            return Ok(PackJobs {
                ids,
                as_of: args.as_of.unwrap_or(page.as_of_tree_size),
            });
        };
        path = format!("{first}&cursor={}", percent_encoded(&cursor));
    }
}

/// Downloads one pack. A file of that name is replaced only by the whole new one.
pub(super) fn export(client: &Client, job_id: &str, as_of: u64, out: &Path) -> Result<PathBuf, ExportError> {
    let bytes = client.get_file(
        &format!("/v1/jobs/{}/pack?as_of={as_of}", percent_encoded(job_id)),
        PACK_BYTES_MAX,
    )?;
    let path = out.join(file_name(job_id, TreeSize::new(as_of)));
    let part = path.with_extension("part");
    std::fs::write(&part, bytes).map_err(file_error(&part))?;
    std::fs::rename(&part, &path).map_err(file_error(&path))?;
    Ok(path)
}
