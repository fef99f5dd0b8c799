//! `freeze`: the operator closes a log for good.

use crate::args::FreezeArgs;
use crate::issuer::{IssuerError, sign, stated};
use ledger::signer::EvidenceKey;
use ledger_client::log::{Client, ServerLogFacts};
use serde_json::json;
use std::process::ExitCode;
use verifier::text::plain::counted;
use verifier::text::shown;

/// As of a command line that is not right.
const NOT_CONFIRMED: u8 = 2;

/// Signs that the log ends at its size as it is now. Without `--yes` it only says what that means.
pub(crate) fn run(args: &FreezeArgs) -> Result<ExitCode, IssuerError> {
    let operator = EvidenceKey::read(&args.operator.operator_key)?;
    let server = &args.operator.server;
    let client = Client::with_token_file(&server.url, server.token_file.as_deref())?;
    let log = client.log()?;
    if !args.yes {
        eprint!("{}", announcement(args, &log));
        return Ok(ExitCode::from(NOT_CONFIRMED));
    }
    println!(
        "closing {}, which has {}",
        shown::line(&log.origin),
        counted(log.tree_size, "entry", "entries")
    );
    let members = json!({ "at_size": log.tree_size, "reason": args.reason, "successor": args.successor });
    let document = sign(&operator, &log.origin, "log_frozen", stated(members))?;
    let logged = client.submit(document.as_bytes())?;
    println!(
        "closed by entry {}; one index.root follows within a second if the log keeps an index, and nothing else. Everything in the log can \
         still be read and verified",
        logged.index
    );
    Ok(ExitCode::SUCCESS)
}

fn announcement(args: &FreezeArgs, log: &ServerLogFacts) -> String {
    let successor = args.successor.as_ref().map_or_else(
        || "No other log is named as the one that continues it.".to_owned(),
        |successor| {
            format!(
                "{} is named as the log that continues it.",
                shown::line(successor)
            )
        },
    );
    format!(
        "This would close the log {}, which has {}, for good. Nothing new would be taken, neither evidence nor registrations, erasure orders \
         or holds; everything in it could still be read and verified. {successor} The reason would be in the log for ever: {}\n\
         Nothing was sent. It cannot be undone: give --yes to do it.\n",
        shown::line(&log.origin),
        counted(log.tree_size, "entry", "entries"),
        shown::line(&args.reason)
    )
}
