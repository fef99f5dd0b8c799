//! `issuer`: the operator says in the log whom it trusts.
//!
//! The operator's key stays on this side: the server gets a signed document like any other.

use crate::args::{IssuerAction, IssuerArgs, OperatorArgs, RegisterArgs, RetireArgs, ServerArgs};
use crate::wall_clock;
use ledger::signer::{EvidenceKey, KeyError};
use ledger_client::log::{Acknowledged, Client, ClientError};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use verifier::text::shown;

/// Why nothing was registered, retired or listed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IssuerError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Runs one of the `issuer` commands.
pub(crate) fn run(args: &IssuerArgs) -> Result<(), IssuerError> {
    match &args.action {
        IssuerAction::Register(args) => register(args),
        IssuerAction::Retire(args) => retire(args),
        IssuerAction::List(args) => list(args),
    }
}

fn register(args: &RegisterArgs) -> Result<(), IssuerError> {
    let not_before = args.not_before.clone().unwrap_or_else(wall_clock::now_rfc3339);
    let members = json!({
        "did": args.did,
        "name": args.name,
        "roles": args.roles,
        "not_before": not_before,
        "not_after": args.not_after,
        "gateway_id": args.gateway_id,
        "submitters": (!args.submitters.is_empty()).then_some(&args.submitters),
    });
    let logged = send(&args.operator, "issuer_registration", stated(members))?;
    println!("registered {} as entry {}", shown::line(&args.did), logged.index);
    Ok(())
}

fn retire(args: &RetireArgs) -> Result<(), IssuerError> {
    let members = json!({
        "did": args.did,
        "reason": args.reason,
        "distrust_from_index": args.distrust_from_index,
    });
    let logged = send(&args.operator, "issuer_retirement", stated(members))?;
    println!("retired {} by entry {}", shown::line(&args.did), logged.index);
    Ok(())
}

/// One page of `GET /v1/issuers`.
#[derive(Deserialize)]
struct IssuerListPage {
    issuers: Vec<serde_json::Value>,
    next_cursor: Option<String>,
}

/// One JSON object a line, in the order of registration.
fn list(args: &ServerArgs) -> Result<(), IssuerError> {
    let client = Client::with_token_file(&args.url, args.token_file.as_deref())?;
    let mut path = String::from("/v1/issuers");
    loop {
        let page: IssuerListPage = client.get_json(&path)?;
        for issuer in page.issuers {
            println!("{}", shown::json(&issuer.to_string()));
        }
        let Some(cursor) = page.next_cursor else {
            return Ok(());
        };
        path = format!("/v1/issuers?cursor={cursor}");
    }
}

/// The members of a document that are stated: null stands for one that is not.
pub(crate) fn stated(members: Value) -> Map<String, Value> {
    let Value::Object(mut members) = members else {
        return Map::new();
    };
    members.retain(|_, value| !value.is_null());
    members
}

pub(crate) fn send(
    args: &OperatorArgs,
    envelope_type: &str,
    members: Map<String, Value>,
) -> Result<Acknowledged, IssuerError> {
    let operator = EvidenceKey::read(&args.operator_key)?;
    let client = Client::with_token_file(&args.server.url, args.server.token_file.as_deref())?;
    let origin = client.log()?.origin;
    let document = sign(&operator, &origin, envelope_type, members)?;
    Ok(client.submit(document.as_bytes())?)
}

/// A signed document of our own envelope types: `members` with the two that every payload of ours carries.
pub(crate) fn sign(
    key: &EvidenceKey,
    origin: &str,
    envelope_type: &str,
    mut members: Map<String, Value>,
) -> Result<String, KeyError> {
    members.entry("event_version").or_insert_with(|| json!("1"));
    members.insert("log_origin".into(), json!(origin));
    key.sign_own(envelope_type, &Value::Object(members), &wall_clock::now_rfc3339())
}
