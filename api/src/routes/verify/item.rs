//! The verification result of one document, proof or pack, as JSON.

use super::binding::Binding;
use crate::view::WarningView;
use ledger_query::verify::{EntryJobs, VerifiedItem};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::check::{Authenticity, Details, Status};
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
    /// `genuine`; `not_genuine` for what is forged, altered, damaged, of another log or another kind of file; `unknown` for
    /// what cannot be judged here. A pack of a failed job is as genuine as any other.
    #[schema(value_type = String)]
    authenticity: Authenticity,
    /// What the genuine thing says: PASS, FAIL or INCOMPLETE, of a pack the verdict on its job. Null where it is not known to
    /// be genuine.
    #[schema(value_type = Option<String>)]
    verdict: Option<Status>,
    /// The first answer in words: `Pack: genuine, under key …`, `Pack: NOT genuine: …`.
    first_line: String,
    /// The second: `Verdict on the job: FAIL, decided by …`.
    verdict_line: String,
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
    #[schema(nullable = false)]
    binding: Option<Binding>,
    /// Whether this log holds it.
    log: LogPlace,
    /// What would have to be there for more to be known.
    missing: Vec<&'static str>,
    /// What its author most likely did not mean, at most 32. It changes nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    warnings: Vec<WarningView>,
    /// The jobs that its entry belongs to. Looked for where this log holds it, for the first 16 things of a request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    jobs: Option<EntryJobs>,
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
#[schema(as = Place)]
pub(crate) struct LogPlace {
    found: bool,
    /// False where the thing could not be read so far that anything could be looked up; otherwise left out.
    #[serde(skip_serializing_if = "std::clone::Clone::clone")]
    #[schema(required = false)]
    looked_up: bool,
    /// Position of the entry in the log.
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

impl From<VerifiedItem> for Item {
    fn from(item: VerifiedItem) -> Self {
        let told = item.report_text();
        Self {
            first_line: told.first_line(),
            verdict_line: told.verdict_line(),
            authenticity: item.answers.authenticity,
            verdict: item.answers.verdict,
            jobs: item.jobs,
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
            binding: item.binding.map(Binding::from),
            log: LogPlace {
                found: item.log.found,
                looked_up: item.log.looked_up,
                index: item.log.index,
                logged_at: item.log.logged_at,
                proof: item.log.proof,
            },
            missing: item.missing,
            warnings: item.warnings.into_iter().map(WarningView::from).collect(),
        }
    }
}
