//! What a document stands in connection with, as far as this log holds it.

use verifier::digest::EvidenceDigest;
use verifier::envelope;
use verifier::index::LeafIndex;
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

/// What this log holds of the things that a document is connected with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DocumentBinding {
    /// Of a receipt.
    Receipt(ReceiptBinding),
    /// Of a document that is a proof bundle or contains some.
    Bundles(BundleBinding),
}

/// Whether a bundle of this log shows the event that a receipt is bound to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReceiptBinding {
    /// The receipt names no run, or no event of it.
    Unbound,
    /// It names both.
    Event {
        /// The run.
        run_id: String,
        /// Hash of the event, as the receipt states it.
        event_hash: String,
        /// The newest bundle of the run with this event in its chain.
        bundle: Result<LeafIndex, NoBundle>,
    },
}

/// Why there is no bundle with an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoBundle {
    /// There are more bundles of the run than are read for one request.
    NotLookedUp,
    /// This log holds no bundle of the run.
    NoBundle,
    /// No bundle of the run has the event in its chain.
    NotInBundle,
}

/// Which proof bundles in a document, and which gateway receipts in those, this log holds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BundleBinding {
    /// Where each bundle was logged, in the order of the document; `None` where the document is the one bundle itself.
    pub bundles: Option<Vec<Option<LeafIndex>>>,
    /// Gateway receipts in the bundles.
    pub receipts: usize,
    /// Those of them that were looked up: a request has a limit.
    pub looked_up: usize,
    /// Receipts that this log holds, known by their statement, each with its entry.
    pub logged: Vec<(ReceiptPosition, LeafIndex)>,
    /// Receipts that it does not hold.
    pub not_logged: Vec<ReceiptPosition>,
    /// Receipts whose hash or signature does not hold.
    pub refused: Vec<ReceiptPosition>,
}

/// Where a receipt is in a document: both counted from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReceiptPosition {
    /// Its bundle.
    pub bundle: usize,
    /// The receipt in that bundle.
    pub position: usize,
}

/// Run and event of a receipt, and the bundle of this log that has the event in its chain.
pub(super) fn receipt(
    desk: &mut RequestBudget<'_>,
    payload: &Object,
    missing: &mut Vec<&'static str>,
) -> Result<ReceiptBinding, ReadError> {
    let binding = payload.get("binding").and_then(|binding| binding.as_object());
    let text = |name: &str| binding.and_then(|binding| binding.get(name)?.as_str());
    let (Some(run_id), Some(event_hash)) = (text("run_id"), text("event_hash_b64u")) else {
        missing.push("binding");
        return Ok(ReceiptBinding::Unbound);
    };
    let size = desk.reader.published().head.tree.size;
    let run = desk.runs.bundles(desk.reader, run_id, size)?;
    let bundle = run.with_event(event_hash);
    if bundle.is_err() {
        missing.push("bundle");
    }
    Ok(ReceiptBinding::Event {
        run_id: run_id.to_owned(),
        event_hash: event_hash.to_owned(),
        bundle,
    })
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
) -> Result<Option<BundleBinding>, ReadError> {
    let members = proof_bundles(document);
    if members.is_empty() {
        return Ok(None);
    }
    let mut found = BundleBinding::default();
    let mut entries = Vec::with_capacity(members.len());
    for (position, bundle) in members.iter().enumerate() {
        let digest = EvidenceDigest::from_bytes(hash_jcs(bundle));
        entries.push(own_entry(desk.reader, &digest)?.map(|record| record.index));
        found.look_up(desk, position, bundle)?;
    }
    if !found.not_logged.is_empty() || !found.refused.is_empty() {
        missing.push("receipts");
    }
    let is_itself = members.iter().any(|bundle| std::ptr::eq(*bundle, document));
    found.bundles = (!is_itself).then_some(entries);
    Ok(Some(found))
}

impl BundleBinding {
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
            let at = ReceiptPosition { bundle, position };
            let Ok(verified) = envelope::verify(receipt) else {
                self.refused.push(at);
                continue;
            };
            match desk.reader.by_statement(&verified.statement())? {
                Some(index) => self.logged.push((at, index)),
                None => self.not_logged.push(at),
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
