//! What is said about one document, proof or pack.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use verifier::check::{Details, Report, Status};
use verifier::index::{LeafIndex, TimestampMs};
use verifier::kind::Role;

/// One document, proof or pack.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Item {
    /// What it was taken for.
    pub(super) kind: String,
    /// PASS, FAIL or INCOMPLETE: of the thing itself, and of its signer's role in this log.
    #[schema(value_type = String)]
    pub(super) status: Status,
    /// Stable; `OK` for PASS.
    pub(super) reason_code: String,
    /// One sentence.
    pub(super) message: String,
    /// The signature of the document, or of the checkpoint in a proof or pack: `valid`, `invalid`, or
    /// `not_checked` where something before it was wrong.
    pub(super) signature: &'static str,
    /// What was looked at.
    #[schema(value_type = Object)]
    pub(super) details: Details,
    /// Who signed, where the signature holds and the document is one that this log takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) signer: Option<Signer>,
    /// What a receipt is bound to, or which receipts and bundles in a bundle this log holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, nullable = false)]
    pub(super) binding: Option<Value>,
    /// Whether this log holds it.
    pub(super) log: Place,
    /// What would have to be there for more to be known.
    pub(super) missing: Vec<&'static str>,
}

/// Who signed, and what this log says about it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Signer {
    pub(super) did: String,
    /// Its registered roles.
    #[schema(value_type = Vec<String>)]
    pub(super) roles: Vec<Role>,
    /// `OK`, or why it was not entitled to sign this: of a document in this log as of its entry, of another as
    /// of now.
    pub(super) reason_code: &'static str,
}

/// Where this log holds something.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Place {
    pub(super) found: bool,
    /// Its entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    pub(super) index: Option<LeafIndex>,
    /// When that was logged, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    pub(super) logged_at: Option<TimestampMs>,
    /// A fresh tlog-proof, with the entry in `extra`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) proof: Option<String>,
}

impl Item {
    pub(super) fn new(kind: impl Into<String>, report: Report, log: Place) -> Self {
        Self {
            kind: kind.into(),
            status: report.status,
            reason_code: report.reason_code.to_owned(),
            message: report.message,
            signature: "not_checked",
            details: report.details,
            signer: None,
            binding: None,
            log,
            missing: Vec::new(),
        }
    }

    /// What is nothing that can be verified.
    pub(super) fn refused(reason_code: &str, message: &str) -> Self {
        let mut item = Self::new("unknown", Report::pass("", Details::default()), Place::default());
        item.end(Status::Fail, reason_code, message);
        item
    }

    pub(super) fn fail(&mut self, reason_code: &str, message: &str) {
        self.end(Status::Fail, reason_code, message);
    }

    pub(super) fn end(&mut self, status: Status, reason_code: &str, message: &str) {
        self.status = status;
        reason_code.clone_into(&mut self.reason_code);
        message.clone_into(&mut self.message);
    }

    /// Whether the report lists something as looked at and found in order.
    pub(super) fn has_checked(&self, what: &str) -> bool {
        let checked = self.details.get("checked").and_then(Value::as_array);
        checked.is_some_and(|checked| checked.iter().any(|item| item == what))
    }
}
