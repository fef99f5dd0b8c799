//! `erase` and `hold`: the operator says in the log what goes and what stays.

use crate::args::{EraseArgs, HoldAction, HoldArgs, OperatorArgs, SubjectArgs};
use crate::issuer::{IssuerError, send, stated};
use serde_json::json;

/// Orders an erasure.
pub(crate) fn erase(args: &EraseArgs) -> Result<(), IssuerError> {
    let order = submit(&args.operator, "erasure_order", &args.subject)?;
    println!("ordered by entry {order}; GET /v1/erasures/{order} shows when it is done");
    Ok(())
}

/// Runs one of the `hold` commands.
pub(crate) fn hold(args: &HoldArgs) -> Result<(), IssuerError> {
    let (what, args, envelope_type) = match &args.action {
        HoldAction::Place(args) => ("held", args, "legal_hold"),
        HoldAction::Release(args) => ("released", args, "legal_hold_release"),
    };
    let index = submit(&args.operator, envelope_type, &args.subject)?;
    println!("{what} by entry {index}");
    Ok(())
}

fn submit(operator: &OperatorArgs, envelope_type: &str, subject: &SubjectArgs) -> Result<u64, IssuerError> {
    let members = json!({
        "evidence_digest": subject.evidence,
        "job_id": subject.job,
        "reason": subject.reason,
    });
    Ok(send(operator, envelope_type, stated(members))?.index)
}
