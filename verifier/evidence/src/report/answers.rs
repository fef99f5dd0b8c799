//! The two answers on anything that was checked: is it genuine, and if so, what does it say?
//!
//! "Genuine" means that the bytes are what somebody signed: the checksum, the log's signature, the proofs, and every
//! hash and signature that was looked at hold. Evidence of a failed job is as genuine as that of a job that passed.

use serde::Serialize;
use serde_json::Value;

use super::{Details, Finding, Report, Status};

/// The detail that names the log's key, as origin and key id.
pub(crate) const LOG_KEY: &str = "log_key";

/// The kind of a proof.
const PROOF: &str = "tlog_proof";
/// Codes of a proof whose entry commits to another document than the one that came with it.
const OTHER_DOCUMENT: [&str; 3] = [
    "EVIDENCE_DIGEST_MISMATCH",
    "RAW_DIGEST_MISMATCH",
    "EVIDENCE_MISMATCH",
];
/// The code of a genuine pack that is of another job than the caller asked for. Its verdict is not that on the job
/// asked for, so that its FAIL lets nothing through and says nothing else.
pub const UNEXPECTED_JOB: &str = "UNEXPECTED_JOB";

/// Codes with which a check convicts the log's operator (`docs/verifying.md`, "What convicts the operator"): what he signed contradicts
/// itself, and everything else that was looked at holds. So what shows it is genuine, whatever kind of file it is.
const CONVICTING_CODES: [&str; 5] = [
    "EXPORT_ADDS",
    "EXPORT_OMITS",
    "INDEX_FALSE",
    "INDEX_OMITS",
    "LOG_FORKED",
];

/// Whether a check that ends with this code convicts the log's operator.
pub fn convicts_operator(reason_code: &str) -> bool {
    CONVICTING_CODES.contains(&reason_code)
}

/// Whether a thing is what it says it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Authenticity {
    /// It is what was signed.
    Genuine,
    /// Forged, altered, damaged, of another log, or something else than it is taken for.
    NotGenuine,
    /// Nobody can tell here: a later format, or something that the check needs is missing.
    Unknown,
}

/// Both answers. As JSON: `authenticity` and `verdict`, which is null where the thing is not known to be genuine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct ReportAnswers {
    /// Whether it is genuine.
    pub authenticity: Authenticity,
    /// What the genuine thing says: PASS, FAIL or INCOMPLETE.
    pub verdict: Option<Status>,
}

impl ReportAnswers {
    /// Of a thing that nobody can judge here.
    pub const UNKNOWN: Self = Self {
        authenticity: Authenticity::Unknown,
        verdict: None,
    };
    /// Of a forged, altered or mistaken thing.
    pub const NOT_GENUINE: Self = Self {
        authenticity: Authenticity::NotGenuine,
        verdict: None,
    };

    /// Of a genuine thing.
    pub const fn genuine(verdict: Status) -> Self {
        Self {
            authenticity: Authenticity::Genuine,
            verdict: Some(verdict),
        }
    }

    /// Of a check that looks at nothing but authenticity.
    pub const fn of(status: Status) -> Self {
        match status {
            Status::Pass => Self::genuine(Status::Pass),
            Status::Fail => Self::NOT_GENUINE,
            Status::Incomplete | Status::Unknown => Self::UNKNOWN,
        }
    }

    /// Of a check that looks at nothing but authenticity, and ended with this finding.
    pub fn of_finding(finding: &Finding) -> Self {
        if convicts_operator(finding.reason_code) {
            Self::genuine(finding.status)
        } else {
            Self::of(finding.status)
        }
    }

    /// Of a thing that is not what the caller asked for: a genuine one of another job, kind or signer fails; what
    /// nobody could judge is not the thing that was asked for.
    #[must_use]
    pub const fn contradicted(self) -> Self {
        match self.authenticity {
            Authenticity::Genuine => Self::genuine(Status::Fail),
            Authenticity::NotGenuine | Authenticity::Unknown => Self::NOT_GENUINE,
        }
    }

    /// The exit status that says the same: 0 genuine and PASS, 1 genuine and FAIL, 2 INCOMPLETE or not to be judged,
    /// 3 not genuine.
    pub const fn exit_status(self) -> u8 {
        match (self.authenticity, self.verdict) {
            (Authenticity::Genuine, Some(Status::Pass)) => 0,
            (Authenticity::Genuine, Some(Status::Fail)) => 1,
            (Authenticity::Genuine | Authenticity::Unknown, _) => 2,
            (Authenticity::NotGenuine, _) => 3,
        }
    }
}

/// One thing that was checked, to be told in words. Command line, pages, API and browser tell it through this.
#[derive(Clone, Copy, Debug)]
pub struct ReportText<'a> {
    /// What it was taken for: `pack`, `tlog_proof`, `subject_proof`, `proof_and_answer`, `consistency`, `export`, `log`, or a kind of
    /// document.
    pub kind: &'a str,
    /// Both answers.
    pub answers: ReportAnswers,
    /// Of the report.
    pub reason_code: &'a str,
    /// Of the report.
    pub message: &'a str,
    /// Of the report.
    pub details: &'a Details,
}

impl Report {
    /// The report, to be told of a thing of some kind.
    pub fn text_of_kind<'a>(&'a self, kind: &'a str) -> ReportText<'a> {
        ReportText {
            kind,
            answers: self.answers,
            reason_code: self.reason_code,
            message: &self.message,
            details: &self.details,
        }
    }
}

impl ReportText<'_> {
    /// The first answer: `Pack: genuine, under key log.example/one+1a2b3c4d`, `Pack: NOT genuine: <why>` or
    /// `Pack: cannot be judged: <why>`.
    pub fn first_line(&self) -> String {
        let name = self.name();
        let message = self.message.trim_end_matches('.');
        match self.answers.authenticity {
            Authenticity::Genuine => format!("{name}: genuine{}", self.under()),
            Authenticity::NotGenuine if self.is_of_another_document() => {
                format!("{name}: does not belong to this document: {message}")
            }
            Authenticity::NotGenuine => format!("{name}: NOT genuine: {message}"),
            Authenticity::Unknown => format!("{name}: cannot be judged: {message}"),
        }
    }

    /// The second answer, without the sentence: `Verdict on the job: FAIL, decided by token.valid
    /// (REVOKED_BEFORE_USE)`.
    pub fn verdict_line(&self) -> String {
        let what = if self.kind == "pack" {
            "Verdict on the job"
        } else {
            "Verdict"
        };
        let code = self.reason_code;
        if let Some(why) = self.why_no_verdict_on_the_job() {
            return format!("{what}: none, because {why} ({code})");
        }
        let Some(verdict) = self.answers.verdict else {
            let why = match self.answers.authenticity {
                _ if self.is_of_another_document() => "the proof does not belong to this document",
                Authenticity::Unknown => "it cannot be judged",
                Authenticity::Genuine | Authenticity::NotGenuine => "it is not genuine",
            };
            return format!("{what}: none, because {why} ({code})");
        };
        match (verdict, self.deciding_check()) {
            (Status::Pass, _) => format!("{what}: PASS"),
            (_, Some(check)) => format!("{what}: {}, decided by {check} ({code})", verdict.as_str()),
            (_, None) => format!("{what}: {} ({code})", verdict.as_str()),
        }
    }

    /// Why a pack that fails says nothing about the job.
    fn why_no_verdict_on_the_job(&self) -> Option<&'static str> {
        if self.reason_code == UNEXPECTED_JOB {
            return Some("this pack is of another job than the one asked for");
        }
        let is_genuine_pack = self.kind == "pack" && self.answers.authenticity == Authenticity::Genuine;
        (is_genuine_pack && convicts_operator(self.reason_code))
            .then_some("what the log's operator signed contradicts itself")
    }

    /// The check of the assessment whose code this is; none where something else decides.
    pub fn deciding_check(&self) -> Option<&str> {
        let assessment = self.details.get("assessment")?;
        let text = |value: &Value, name: &str| value.get(name)?.as_str().map(str::to_owned);
        if text(assessment, "code").as_deref() != Some(self.reason_code) {
            return None;
        }
        let checks = assessment.get("checks")?.as_array()?;
        let deciding = checks
            .iter()
            .find(|check| text(check, "code").as_deref() == Some(self.reason_code))?;
        deciding.get("id")?.as_str()
    }

    /// Whether the proof may be sound, and the document that came with it is not the one that it proves.
    fn is_of_another_document(&self) -> bool {
        self.kind == PROOF && OTHER_DOCUMENT.contains(&self.reason_code)
    }

    /// What is called genuine or not.
    pub fn name(&self) -> String {
        match self.kind {
            "unknown" => "File".to_owned(),
            PROOF => "Proof".to_owned(),
            other => {
                let mut words = other.replace(['_', '.'], " ");
                if let Some(first) = words.get_mut(..1) {
                    first.make_ascii_uppercase();
                }
                words
            }
        }
    }

    /// Under whose key it is genuine.
    fn under(&self) -> String {
        let text = |name| self.details.get(name).and_then(Value::as_str);
        match (text(LOG_KEY), text("signer")) {
            (Some(key), _) => format!(", under key {key}"),
            // Anybody can sign an account of himself, so who vouches for a bundle belongs next to its signer.
            (None, Some(signer)) => match text("proof_tier") {
                Some(tier) => format!(", signed by {signer}, proof tier {tier}"),
                None => format!(", signed by {signer}"),
            },
            (None, None) => String::new(),
        }
    }
}
