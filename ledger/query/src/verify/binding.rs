//! What a document stands in connection with, as far as this log holds it.

use serde_json::{Value as Json, json};
use verifier::digest::EvidenceDigest;
use verifier::envelope;
use verifier::json::{Object, Value, hash_jcs};
use verifier::kind::Kind;

use super::document::RequestBudget;
use crate::QueryEngine;
use ledger::error::ReadError;
use ledger::reader::EntryRecord;

/// Bundles in one aggregate that are looked up: as many as it may have.
const MEMBERS_MAX: usize = 1_000;

/// The entry of a document itself.
pub(super) fn own_entry(
    reader: &QueryEngine,
    digest: &EvidenceDigest,
) -> Result<Option<EntryRecord>, ReadError> {
    let Some(index) = reader.first_by_evidence(digest)? else {
        return Ok(None);
    };
    // A submitter's context on the document cites its digest, too, and only once the document is there.
    let is_word =
        |record: &EntryRecord| record.entry.kind == Kind::Context && record.entry.context_subjects.is_some();
    Ok(reader.entry(index)?.filter(|record| !is_word(record)))
}

/// Run and event of a receipt, and the bundle of this log that has the event in its chain.
pub(super) fn receipt(
    desk: &mut RequestBudget<'_>,
    payload: &Object,
    missing: &mut Vec<&'static str>,
) -> Result<Json, ReadError> {
    let binding = payload.get("binding").and_then(|binding| binding.as_object());
    let text = |name: &str| binding.and_then(|binding| binding.get(name)?.as_str());
    let (Some(run_id), Some(event_hash)) = (text("run_id"), text("event_hash_b64u")) else {
        missing.push("binding");
        return Ok(json!({"status": "none"}));
    };
    let size = desk.reader.published().head.tree.size;
    let run = desk.runs.bundles(desk.reader, run_id, size)?;
    if let Some(bundle) = run.with_event(event_hash) {
        return Ok(
            json!({"status": "bound", "run_id": run_id, "event_hash_b64u": event_hash, "bundle": bundle}),
        );
    }
    missing.push("bundle");
    Ok(json!({"status": run.without(), "run_id": run_id, "event_hash_b64u": event_hash}))
}

/// The run of a bundle's first event.
pub(super) fn first_run(bundle: &Value) -> Option<&str> {
    let events = at(bundle, &["payload", "event_chain"])?.as_array()?;
    at(events.first()?, &["run_id"])?.as_str()
}

/// Which of the proof bundles in a document, and which of their gateway receipts, this log holds. `None` for
/// what is no bundle.
pub(super) fn bundles(
    desk: &mut RequestBudget<'_>,
    document: &Value,
    missing: &mut Vec<&'static str>,
) -> Result<Option<Json>, ReadError> {
    let members = proof_bundles(document);
    if members.is_empty() {
        return Ok(None);
    }
    let mut found = ReceiptBindings::default();
    let mut held = Vec::new();
    for (position, bundle) in members.iter().enumerate() {
        let digest = EvidenceDigest::from_bytes(hash_jcs(bundle));
        let entry = own_entry(desk.reader, &digest)?.map(|record| record.index);
        held.push(json!({"bundle": position, "index": entry}));
        found.look_up(desk, position, bundle)?;
    }
    if !found.not_logged.is_empty() || !found.refused.is_empty() {
        missing.push("receipts");
    }
    let mut answer = json!({
        "receipts": found.receipts, "looked_up": found.looked_up,
        "logged": found.logged, "not_logged": found.not_logged, "refused": found.refused,
    });
    // A proof bundle alone is the document itself, whose place is `log`.
    if !members.iter().any(|bundle| std::ptr::eq(*bundle, document))
        && let Some(answer) = answer.as_object_mut()
    {
        answer.insert("bundles".to_owned(), json!(held));
    }
    Ok(Some(answer))
}

/// Gateway receipts in bundles, each with the positions of its bundle and of itself.
#[derive(Default)]
struct ReceiptBindings {
    receipts: usize,
    looked_up: usize,
    /// Known by their statement.
    logged: Vec<Json>,
    not_logged: Vec<Json>,
    /// Those whose hash or signature does not hold.
    refused: Vec<Json>,
}

impl ReceiptBindings {
    fn look_up(
        &mut self,
        desk: &mut RequestBudget<'_>,
        bundle: usize,
        envelope: &Value,
    ) -> Result<(), ReadError> {
        let receipts = at(envelope, &["payload", "receipts"]).and_then(Value::as_array);
        for (position, receipt) in receipts.unwrap_or_default().iter().enumerate() {
            desk.reader.wanted().check()?;
            self.receipts += 1;
            if desk.receipts_left == 0 {
                continue;
            }
            desk.receipts_left -= 1;
            self.looked_up += 1;
            let Ok(verified) = envelope::verify(receipt) else {
                self.refused.push(json!({"bundle": bundle, "position": position}));
                continue;
            };
            match desk.reader.by_statement(&verified.statement())? {
                Some(index) => self
                    .logged
                    .push(json!({"bundle": bundle, "position": position, "index": index})),
                None => self
                    .not_logged
                    .push(json!({"bundle": bundle, "position": position})),
            }
        }
        Ok(())
    }
}

/// The proof bundle that a document is, has, or that its members are or have.
pub(super) fn proof_bundles(document: &Value) -> Vec<&Value> {
    let members = at(document, &["payload", "artifacts", "member_bundles"]).and_then(Value::as_array);
    let outer = match members {
        Some(members) => members.iter().take(MEMBERS_MAX).collect(),
        None => vec![document],
    };
    let inner = |member| at(member, &["artifacts", "proof_bundle_envelope"]).unwrap_or(member);
    outer
        .into_iter()
        .map(inner)
        .filter(|bundle| at(bundle, &["payload", "bundle_version"]).is_some())
        .collect()
}

pub(super) fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter()
        .try_fold(value, |value, name| value.as_object()?.get(name))
}
