//! `review`: what a person made of a job, signed by that person's key and logged beside the evidence.

use crate::args::ReviewArgs;
use crate::client::Client;
use crate::issuer::{IssuerError, sign};
use crate::wall_clock;
use ledger::signer::EvidenceKey;
use serde_json::{Map, json};
use verifier::text::shown;

/// Signs and sends a review. The key stays on this side.
pub(crate) fn run(args: &ReviewArgs) -> Result<(), IssuerError> {
    let reviewer = EvidenceKey::read(&args.key)?;
    let client = Client::with_token_file(&args.server.url, args.server.token_file.as_deref())?;
    let origin = client.log()?.origin;
    let mut members = Map::new();
    members.insert("job_id".into(), json!(args.job));
    members.insert("action".into(), json!("reviewed"));
    members.insert("at".into(), json!(wall_clock::now_rfc3339()));
    members.insert("verdict".into(), json!(args.verdict));
    members.insert("tree_size".into(), json!(args.tree_size));
    members.insert("reason".into(), json!(args.reason));
    let document = sign(&reviewer, &origin, "job_event", members)?;
    let logged = client.submit(document.as_bytes())?;
    println!("reviewed {} by entry {}", shown::line(&args.job), logged.index);
    Ok(())
}
