//! `clock`: the operator says in the log that the clock is right although the log contradicts it.

use crate::args::{ClockAction, ClockArgs, ConfirmArgs};
use crate::issuer::{IssuerError, sign, stated};
use crate::wall_clock;
use ledger::signer::EvidenceKey;
use ledger_client::log::Client;
use serde_json::json;

/// Runs one of the `clock` commands.
pub(crate) fn run(args: &ClockArgs) -> Result<(), IssuerError> {
    match &args.action {
        ClockAction::Confirm(args) => confirm(args),
    }
}

/// Signs this machine's time for the log's size as it is now. The server refuses it where its own clock shows
/// another time, or where its clock is not in doubt.
fn confirm(args: &ConfirmArgs) -> Result<(), IssuerError> {
    let operator = EvidenceKey::read(&args.operator.operator_key)?;
    let server = &args.operator.server;
    let client = Client::with_token_file(&server.url, server.token_file.as_deref())?;
    let log = client.log()?;
    let now = wall_clock::now_rfc3339();
    let members = json!({ "tree_size": log.tree_size, "clock": now, "reason": args.reason });
    let document = sign(&operator, &log.origin, "log_clock", stated(members))?;
    let logged = client.submit(document.as_bytes())?;
    println!("confirmed that it is {now} by entry {}", logged.index);
    Ok(())
}
