//! The verification result of one document, proof or pack.

use verifier::check::{
    Authenticity, Details, Expectation, Finding, Report, ReportAnswers, ReportText, Status,
};
use verifier::index::{LeafIndex, TimestampMs};
use verifier::kind::Role;
use verifier::text::misplaced::Warning;

use super::binding::DocumentBinding;
use super::jobs::EntryJobs;

/// One document, proof or pack.
#[derive(Clone, PartialEq, Debug)]
pub struct VerifiedItem {
    /// What it was taken for.
    pub kind: String,
    /// PASS, FAIL, INCOMPLETE or UNKNOWN: of the thing itself, and of its signer's role in this log.
    pub status: Status,
    /// Stable; `OK` for PASS.
    pub reason_code: String,
    /// One sentence.
    pub message: String,
    /// Whether it is genuine, and what it says.
    pub answers: ReportAnswers,
    /// The signature of the document, or of the checkpoint in a proof or pack: `valid`, `invalid`, or
    /// `not_checked` where something before it was wrong.
    pub signature: &'static str,
    /// What was looked at.
    pub details: Details,
    /// Who signed, where the signature holds and the document is one that this log takes.
    pub signer: Option<ItemSigner>,
    /// What a receipt is bound to, or which receipts and bundles in a bundle this log holds.
    pub binding: Option<DocumentBinding>,
    /// Whether this log holds it.
    pub log: LogHolding,
    /// What would have to be there for more to be known.
    pub missing: Vec<&'static str>,
    /// What its author most likely did not mean. It changes nothing.
    pub warnings: Vec<Warning>,
    /// The jobs that its entry belongs to, once they were looked for ([`super::JobLookups`]).
    pub jobs: Option<EntryJobs>,
}

/// Who signed, and what this log says about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ItemSigner {
    /// Its DID.
    pub did: String,
    /// Its registered roles.
    pub roles: Vec<Role>,
    /// `OK`, or why it was not entitled to sign this: of a document in this log as of its entry, of another as
    /// of now.
    pub reason_code: &'static str,
}

/// Where this log holds something.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LogHolding {
    /// Whether it does.
    pub found: bool,
    /// Whether it was looked up at all: of what could not be read nobody can say that it is not there.
    pub looked_up: bool,
    /// Position of the entry in the log.
    pub index: Option<LeafIndex>,
    /// When that was logged, in milliseconds since the Unix epoch.
    pub logged_at: Option<TimestampMs>,
    /// A fresh tlog-proof, with the entry in `extra`.
    pub proof: Option<String>,
}

impl VerifiedItem {
    pub(super) fn new(kind: impl Into<String>, report: Report, log: LogHolding) -> Self {
        Self {
            kind: kind.into(),
            status: report.status,
            reason_code: report.reason_code.to_owned(),
            message: report.message,
            answers: report.answers,
            signature: "not_checked",
            details: report.details,
            signer: None,
            binding: None,
            log,
            missing: Vec::new(),
            warnings: Vec::new(),
            jobs: None,
        }
    }

    /// What is nothing that can be verified.
    pub(super) fn refused(reason_code: &'static str, message: &str) -> Self {
        let report = Finding::fail(reason_code, message).into_report(Details::default());
        Self::new("unknown", report, LogHolding::default())
    }

    /// To be told in words.
    pub fn report_text(&self) -> ReportText<'_> {
        ReportText {
            kind: &self.kind,
            answers: self.answers,
            reason_code: &self.reason_code,
            message: &self.message,
            details: &self.details,
        }
    }

    /// Fails what is not what the caller expects; what fails anyway keeps its reason.
    pub fn expect(&mut self, expected: &Expectation<'_>) {
        if self.status == Status::Fail {
            return;
        }
        if let Some(finding) = expected.contradiction(&self.kind, &self.message, &self.details) {
            self.fail(finding.reason_code, &finding.message);
        }
    }

    pub(super) fn fail(&mut self, reason_code: &str, message: &str) {
        self.end(Status::Fail, reason_code, message);
    }

    /// Another end than the check by itself had. What was genuine stays it; what failed for want of that is not.
    pub(super) fn end(&mut self, status: Status, reason_code: &str, message: &str) {
        self.answers = match (self.answers.authenticity, status) {
            (Authenticity::Genuine, status) => ReportAnswers::genuine(status),
            (Authenticity::Unknown, Status::Fail) => self.answers.contradicted(),
            (Authenticity::Unknown | Authenticity::NotGenuine, _) => self.answers,
        };
        self.status = status;
        reason_code.clone_into(&mut self.reason_code);
        message.clone_into(&mut self.message);
    }

    /// Whether the report lists something as looked at and found in order.
    pub(super) fn has_checked(&self, what: &str) -> bool {
        self.details.has_checked(what)
    }
}
