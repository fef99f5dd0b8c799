//! `share`: links to one job for somebody without a token, and the file in which a server keeps them.

use crate::args::{NewShareArgs, RevokeShareArgs, ServerArgs, ShareAction, ShareArgs};
use crate::wall_clock;
use api::links::LinkFile;
use ledger_client::log::{Client, ClientError};
use serde::Deserialize;
use serde_json::json;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;
use verifier::text::shell::word;
use verifier::text::shown;

/// A link, as the server tells of it.
#[derive(Deserialize)]
struct ShareView {
    id: String,
    job_id: String,
    made_by: String,
    until: u64,
    state: String,
    revoked_by: Option<String>,
}

#[derive(Deserialize)]
struct MadeShare {
    #[serde(flatten)]
    link: ShareView,
    path: String,
}

#[derive(Deserialize)]
struct ShareList {
    shares: Vec<ShareView>,
}

/// Runs the command.
pub(crate) fn run(args: &ShareArgs) -> Result<(), ClientError> {
    match &args.action {
        ShareAction::New(args) => new(args),
        ShareAction::List(args) => list(args),
        ShareAction::Revoke(args) => revoke(args),
    }
}

fn client(server: &ServerArgs) -> Result<Client, ClientError> {
    Client::with_token_file(&server.url, server.token_file.as_deref())
}

fn new(args: &NewShareArgs) -> Result<(), ClientError> {
    let client = client(&args.server)?;
    let body = json!({"job_id": args.job, "for_s": args.lifetime.0.as_secs()});
    let made: MadeShare = client.post_json("/v1/shares", &body)?;
    println!("{}", shown::line(&client.url(&made.path)));
    let until = wall_clock::rfc3339(made.link.until);
    let end = format!(
        "anyone who has this link sees the job until {until}; end it earlier with:\n  {}",
        revocation(&made.link.id, &args.server)
    );
    eprintln!("{}", shown::block(&end));
    Ok(())
}

/// The command that ends a link, as it can be pasted where this one was typed.
fn revocation(id: &str, server: &ServerArgs) -> String {
    let command = format!("ledgerd share revoke {} --url {}", word(id), word(&server.url));
    match &server.token_file {
        Some(path) => format!("{command} --token-file {}", word(&path.to_string_lossy())),
        None => command,
    }
}

fn list(args: &ServerArgs) -> Result<(), ClientError> {
    let list: ShareList = client(args)?.get_json("/v1/shares")?;
    for link in list.shares {
        let state = match (link.state.as_str(), &link.revoked_by) {
            ("revoked", Some(by)) => format!("revoked by {by}"),
            ("maker_removed", _) => "ended, its maker was removed,".to_owned(),
            (state, _) => state.to_owned(),
        };
        let line = format!(
            "{} {state} until {} made by {} job {}",
            link.id,
            wall_clock::rfc3339(link.until),
            link.made_by,
            link.job_id
        );
        println!("{}", shown::line(&line));
    }
    Ok(())
}

fn revoke(args: &RevokeShareArgs) -> Result<(), ClientError> {
    let link: ShareView = client(&args.server)?.delete_json(&format!("/v1/shares/{}", args.id))?;
    println!(
        "{}",
        shown::line(&format!("{} {} job {}", link.id, link.state, link.job_id))
    );
    Ok(())
}

/// The file of links in a log's directory.
#[derive(Debug)]
pub(crate) struct SharesFile(pub(crate) PathBuf);

impl SharesFile {
    /// What was written last; `None` where nothing ever was.
    pub(crate) fn read(&self) -> io::Result<Option<Vec<u8>>> {
        match std::fs::read(&self.0) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl LinkFile for SharesFile {
    fn replace(&self, content: &[u8]) -> io::Result<()> {
        let dir = self.0.parent().unwrap_or(Path::new("."));
        // Readable by its owner alone, as temporary files are.
        let mut file = NamedTempFile::new_in(dir)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist(&self.0).map_err(|error| error.error)?;
        File::open(dir)?.sync_all()
    }
}
