//! What a bundle tells of its run, whether this log holds it or not: the agent's account, with the receipts that
//! others signed told apart.

use std::collections::BTreeMap;

use ledger_query::QueryEngine;
use verifier::clawsig;
use verifier::document::Document;
use verifier::envelope;
use verifier::json::{Object, Value};

use crate::error::PageError;
use crate::text::{GroupedNumber, grouped, segment, shortened};

/// Receipts listed, each of which is looked up in the log.
const RECEIPTS_SHOWN: usize = 20;
/// Rows of each other list.
const ROWS_SHOWN: usize = 30;
/// Characters of a name.
const NAME_CHARACTERS_MAX: usize = 120;

/// A gateway receipt in the bundle.
pub(super) struct ReceiptRow {
    pub(super) id: String,
    pub(super) model: String,
    pub(super) time: String,
    /// The entry that holds it.
    pub(super) entry: Option<GroupedNumber>,
}

/// What a proof bundle says about its run.
pub(super) struct BundleSummary {
    pub(super) id: String,
    pub(super) agent: Option<(String, String)>,
    pub(super) runs: Vec<(String, String)>,
    pub(super) events: String,
    pub(super) receipts: Vec<ReceiptRow>,
    pub(super) receipts_total: String,
    pub(super) receipts_more: bool,
    pub(super) tools: Vec<(String, String)>,
    pub(super) policies: Vec<String>,
}

/// `None` for a document that is no proof bundle.
pub(super) fn summary(engine: &QueryEngine, document: &Document) -> Result<Option<BundleSummary>, PageError> {
    // An export has the bundle within it.
    let outer = clawsig::unwrapped(document.value());
    let envelope = at(outer, &["artifacts", "proof_bundle_envelope"]).unwrap_or(outer);
    let payload = at(envelope, &["payload"]).and_then(Value::as_object);
    let Some(payload) = payload.filter(|payload| payload.get("bundle_version").is_some()) else {
        return Ok(None);
    };
    let list = |name: &str| payload.get(name).and_then(Value::as_array).unwrap_or_default();
    let (events, receipts) = (list("event_chain"), list("receipts"));
    let mut runs: Vec<String> = Vec::new();
    for event in events {
        if let Some(run) = text(event, &["run_id"])
            && runs.len() < ROWS_SHOWN
            && !runs.contains(&run)
        {
            runs.push(run);
        }
    }
    let mut tools: BTreeMap<String, u64> = BTreeMap::new();
    for receipt in list("tool_receipts") {
        let name = text(receipt, &["payload", "tool_name"]).or_else(|| text(receipt, &["tool_name"]));
        if let Some(name) = name.filter(|name| tools.len() < ROWS_SHOWN || tools.contains_key(name)) {
            let count = tools.entry(name).or_default();
            *count = count.saturating_add(1);
        }
    }
    let mut policies: Vec<String> = Vec::new();
    for receipt in receipts {
        if let Some(hash) = text(receipt, &["payload", "binding", "policy_hash"])
            && policies.len() < ROWS_SHOWN
            && !policies.contains(&hash)
        {
            policies.push(hash);
        }
    }
    let number = |count: usize| grouped(count);
    Ok(Some(BundleSummary {
        id: member(payload, "bundle_id").unwrap_or_default(),
        agent: member(payload, "agent_did").map(|did| (format!("/agents/{}", segment(&did)), did)),
        runs: runs
            .into_iter()
            .map(|run| (format!("/runs/{}", segment(&run)), run))
            .collect(),
        events: number(events.len()),
        receipts_total: number(receipts.len()),
        receipts_more: receipts.len() > RECEIPTS_SHOWN,
        receipts: receipts
            .iter()
            .take(RECEIPTS_SHOWN)
            .map(|receipt| row(engine, receipt))
            .collect::<Result<_, _>>()?,
        tools: tools
            .into_iter()
            .map(|(name, count)| (name, grouped(count)))
            .collect(),
        policies,
    }))
}

fn row(engine: &QueryEngine, receipt: &Value) -> Result<ReceiptRow, PageError> {
    let of = |name: &str| text(receipt, &["payload", name]).unwrap_or_else(|| "not stated".to_owned());
    // One whose signature does not hold is no statement of anybody's.
    let statement = envelope::verify(receipt)
        .ok()
        .map(|verified| verified.statement());
    let entry = statement
        .map(|statement| engine.by_statement(&statement))
        .transpose()?
        .flatten();
    Ok(ReceiptRow {
        id: of("receipt_id"),
        model: format!("{} / {}", of("provider"), of("model")),
        time: of("timestamp"),
        entry: entry.map(GroupedNumber::from),
    })
}

fn member(object: &Object, name: &str) -> Option<String> {
    let text = object.get(name)?.as_str()?;
    Some(shortened(text, NAME_CHARACTERS_MAX))
}

/// The text at a path of member names.
fn text(value: &Value, path: &[&str]) -> Option<String> {
    let found = at(value, path)?;
    Some(shortened(found.as_str()?, NAME_CHARACTERS_MAX))
}

fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter()
        .try_fold(value, |value, name| value.as_object()?.get(name))
}
