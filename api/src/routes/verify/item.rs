//! What is said about one document, proof or pack, as JSON.

use crate::view::WarningView;
use ledger::verify;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use verifier::check::{Details, Status};
use verifier::index::{LeafIndex, TimestampMs};
use verifier::kind::Role;

/// One document, proof or pack.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Item {
    /// What it was taken for.
    kind: String,
    /// PASS, FAIL, INCOMPLETE, or UNKNOWN for what is not verified here: of the thing itself, and of its signer's role in this log.
    #[schema(value_type = String)]
    status: Status,
    /// Stable; `OK` for PASS.
    reason_code: String,
    /// One sentence.
    message: String,
    /// The signature of the document, or of the checkpoint in a proof or pack: `valid`, `invalid`, or
    /// `not_checked` where something before it was wrong.
    signature: &'static str,
    /// What was looked at.
    #[schema(value_type = Object)]
    details: Details,
    /// Who signed, where the signature holds and the document is one that this log takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    signer: Option<Signer>,
    /// What a receipt is bound to, or which receipts and bundles in a bundle this log holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, nullable = false)]
    binding: Option<Value>,
    /// Whether this log holds it.
    log: Place,
    /// What would have to be there for more to be known.
    missing: Vec<&'static str>,
    /// What its author most likely did not mean, at most 32. It changes nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    warnings: Vec<WarningView>,
}

/// Who signed, and what this log says about it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Signer {
    did: String,
    /// Its registered roles.
    #[schema(value_type = Vec<String>)]
    roles: Vec<Role>,
    /// `OK`, or why it was not entitled to sign this: of a document in this log as of its entry, of another as
    /// of now.
    reason_code: &'static str,
}

/// Where this log holds something.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Place {
    found: bool,
    /// Its entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    index: Option<LeafIndex>,
    /// When that was logged, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    logged_at: Option<TimestampMs>,
    /// A fresh tlog-proof, with the entry in `extra`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    proof: Option<String>,
}

impl From<verify::Item> for Item {
    fn from(item: verify::Item) -> Self {
        Self {
            kind: item.kind,
            status: item.status,
            reason_code: item.reason_code,
            message: item.message,
            signature: item.signature,
            details: item.details,
            signer: item.signer.map(|signer| Signer {
                did: signer.did,
                roles: signer.roles,
                reason_code: signer.reason_code,
            }),
            binding: item.binding,
            log: Place {
                found: item.log.found,
                index: item.log.index,
                logged_at: item.log.logged_at,
                proof: item.log.proof,
            },
            missing: item.missing,
            warnings: item.warnings.into_iter().map(WarningView::from).collect(),
        }
    }
}
