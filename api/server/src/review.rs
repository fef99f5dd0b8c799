//! `review`: a person's judgement of a job, signed by that person's key and logged together with the evidence.

use crate::args::ReviewArgs;
use crate::export::percent_encoded;
use crate::issuer::{IssuerError, sign, stated};
use crate::wall_clock;
use ledger::signer::EvidenceKey;
use ledger_client::log::{Client, ClientError};
use serde::Deserialize;
use serde_json::json;
use verifier::text::shown;

/// Signs and sends a review. The key stays on this side.
pub(crate) fn run(args: &ReviewArgs) -> Result<(), IssuerError> {
    let reviewer = EvidenceKey::read(&args.key)?;
    let client = Client::with_token_file(&args.server.url, args.server.token_file.as_deref())?;
    let origin = client.log()?.origin;
    let members = json!({
        "job_id": args.job,
        "action": "reviewed",
        "at": wall_clock::now_rfc3339(),
        "verdict": args.verdict,
        "tree_size": args.tree_size,
        "reason": args.reason,
    });
    let document = sign(&reviewer, &origin, "job_event", stated(members))?;
    let logged = client.submit(document.as_bytes())?;
    warn_of_another_verdict(&client, args);
    println!("reviewed {} by entry {}", shown::line(&args.job), logged.index);
    Ok(())
}

/// What the log says of a job.
#[derive(Deserialize)]
struct AssessmentHead {
    verdict: String,
}

/// A review states the verdict that its signer saw. Where the log's verdict at that size differs, the signer is
/// warned: the review remains valid, and its readers see both.
fn warn_of_another_verdict(client: &Client, args: &ReviewArgs) {
    let path = format!(
        "/v1/jobs/{}/assessment?as_of={}",
        percent_encoded(&args.job),
        args.tree_size
    );
    let (job, size) = (shown::line(&args.job), args.tree_size);
    let warning = match client.get_json::<AssessmentHead>(&path) {
        Ok(assessment) if assessment.verdict == args.verdict => return,
        Ok(assessment) => format!(
            "the log's verdict on {job} at size {size} is {}, and this review says {}",
            assessment.verdict, args.verdict
        ),
        Err(ClientError::Refused { status: 404, .. }) => {
            format!("the log has no entry of {job} at size {size}, so it has no verdict on it there")
        }
        Err(error) => format!("the log's verdict on {job} at size {size} could not be compared: {error}"),
    };
    eprintln!("warning: {}", shown::line(&warning));
}
