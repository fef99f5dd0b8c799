//! What the caller expects to be shown: a file says itself what it is, and so does not decide what is checked.

use serde_json::Value;

use super::{Details, Finding, Report, Status};
use crate::kind::Kind;

/// Which kinds, and whose signatures, the caller asked for. An empty list asks for nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expectation<'a> {
    /// Kinds, as reports name them.
    pub kinds: &'a [String],
    /// DIDs of signers.
    pub signers: &'a [String],
}

impl Expectation<'_> {
    /// The report under this expectation: a document of another kind, or by another signer, fails with
    /// `UNEXPECTED_KIND` or `UNEXPECTED_SIGNER`. What fails anyway keeps its reason.
    pub fn hold(&self, kind: &str, report: Report) -> Report {
        if report.status == Status::Fail {
            return report;
        }
        match self.contradiction(kind, &report.message, &report.details) {
            Some(finding) => report.contradicted(finding),
            None => report,
        }
    }

    /// What contradicts this expectation, in a thing of a kind whose check ended with a message and details.
    pub fn contradiction(&self, kind: &str, message: &str, details: &Details) -> Option<Finding> {
        if !self.kinds.is_empty() && !self.kinds.iter().any(|expected| expected == kind) {
            let expected = self.kinds.join(" or ");
            let message = format!("expected {expected}, found {kind}: {message}");
            return Some(Finding::fail("UNEXPECTED_KIND", message));
        }
        let signer = details.get("signer").and_then(Value::as_str);
        let is_listed = signer.is_some_and(|signer| self.signers.iter().any(|did| did == signer));
        if self.signers.is_empty() || is_listed {
            return None;
        }
        let message = format!(
            "expected the signature of {}, found that of {}",
            self.signers.join(" or "),
            signer.unwrap_or("nobody")
        );
        Some(Finding::fail("UNEXPECTED_SIGNER", message))
    }

    /// [`hold`](Self::hold) for a gate, which lets through what passes: without an expected kind only a bundle, whose
    /// report names its proof tier, and a receipt of a gateway that the caller named pass. Anybody can sign a commit,
    /// an attestation or an account of himself, and none of them shows what an agent did, so those are INCOMPLETE,
    /// `EXPECTATION_NEEDED`.
    pub fn hold_at_gate(&self, kind: &str, report: Report) -> Report {
        let report = self.hold(kind, report);
        if report.status != Status::Pass || !self.kinds.is_empty() || proves_by_itself(kind) {
            return report;
        }
        let message = format!(
            "{}, which proves nothing by itself: say --expect {kind} if that is what you ask for",
            report.message
        );
        Finding::incomplete("EXPECTATION_NEEDED", message).into_report_of_genuine(report.details)
    }

    /// [`hold`](Self::hold) for the proof of an entry, whose kind and signer stand in the report. That a document was
    /// refused, or that somebody added a word to one, is in the log as well, and passes only where it is asked for.
    pub fn hold_proof_at_gate(&self, report: Report) -> Report {
        let kind = report.details.get("kind").and_then(Value::as_str);
        let kind = kind.unwrap_or("unknown").to_owned();
        let report = match kind.as_str() {
            // Nothing is known of the entry, so nothing contradicts what was expected.
            "unknown" => report,
            kind => self.hold(kind, report),
        };
        let is_evidence = !matches!(
            Kind::parse(&kind),
            Some(Kind::Refused | Kind::Context | Kind::IndexRoot)
        );
        if report.status != Status::Pass || !self.kinds.is_empty() || is_evidence {
            return report;
        }
        let message = format!(
            "{}; that proves no evidence: say --expect {kind} if that is what you ask for",
            report.message
        );
        Finding::incomplete("EXPECTATION_NEEDED", message).into_report_of_genuine(report.details)
    }
}

/// Whether documents of this kind answer the question that `evidence` asks, what a run did, without a word of the caller.
fn proves_by_itself(kind: &str) -> bool {
    matches!(
        kind,
        "gateway_receipt" | "proof_bundle" | "export_bundle" | "aggregate_bundle"
    )
}
