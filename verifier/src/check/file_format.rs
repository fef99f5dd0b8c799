//! What was given to a check that reads something else: named, with the command that reads it.
//!
//! A pack is no damaged document, and a document is no damaged pack: a person who mixes them up gets an error that
//! says it, and no statement of what the file proves.

use serde::Deserialize;

use super::{Details, Finding, Report, ReportAnswers, Status};
use crate::foreign::{begins_as_pack, begins_as_proof, begins_as_subject_proof, of_start};
use crate::fork::FORK_FILE_START;

/// What a check reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FilePurpose {
    /// A document, as JSON.
    Evidence,
    /// A tlog-proof.
    Proof,
    /// A pack.
    Pack,
    /// A subject-proof.
    SubjectProof,
    /// Two checkpoints.
    Fork,
}

impl FilePurpose {
    const fn name(self) -> &'static str {
        match self {
            Self::Evidence => "document",
            Self::Proof => "tlog-proof",
            Self::Pack => "pack",
            Self::SubjectProof => "subject-proof",
            Self::Fork => "file with two checkpoints",
        }
    }
}

/// What bytes show themselves to be by how they begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum FileFormat {
    Nothing,
    Pack,
    Proof,
    SubjectProof,
    Fork,
    Json,
    Foreign(&'static str),
}

impl FileFormat {
    fn of(bytes: &[u8]) -> Option<Self> {
        let text = bytes.trim_ascii();
        if text.is_empty() {
            return Some(Self::Nothing);
        }
        if begins_as_pack(bytes) {
            return Some(Self::Pack);
        }
        if begins_as_proof(bytes) {
            return Some(Self::Proof);
        }
        if begins_as_subject_proof(bytes) {
            return Some(Self::SubjectProof);
        }
        if bytes.starts_with(FORK_FILE_START.as_bytes()) {
            return Some(Self::Fork);
        }
        if matches!(text.first(), Some(b'{' | b'[')) {
            return Some(Self::Json);
        }
        of_start(bytes).map(Self::Foreign)
    }
}

/// The report, of status UNKNOWN, on bytes that are plainly something else than what is wanted, or nothing at all.
/// `None` for anything that may be what is wanted, however damaged.
pub fn something_else(wanted: FilePurpose, bytes: &[u8]) -> Option<Report> {
    let instead = |what: &str| format!("not a {}, but {what}", wanted.name());
    let message = match (FileFormat::of(bytes)?, wanted) {
        (FileFormat::Pack, FilePurpose::Pack)
        | (FileFormat::Proof, FilePurpose::Proof)
        | (FileFormat::SubjectProof, FilePurpose::SubjectProof)
        | (FileFormat::Fork, FilePurpose::Fork)
        | (FileFormat::Json | FileFormat::Foreign(_), FilePurpose::Evidence) => return None,
        (FileFormat::Nothing, _) => "the file is empty".to_owned(),
        (FileFormat::Pack, _) => instead(r#"a pack: use "ledger-verify pack""#),
        (FileFormat::Proof, _) => instead(r#"a tlog-proof: use "ledger-verify proof""#),
        (FileFormat::SubjectProof, _) => instead(r#"a subject-proof: use "ledger-verify subject""#),
        (FileFormat::Fork, _) => instead(r#"two checkpoints: use "ledger-verify fork""#),
        (FileFormat::Json, FilePurpose::Proof) if has_proof(bytes) => {
            instead(r#"a server's answer in JSON: save the text of its member "proof" alone, and use that"#)
        }
        (FileFormat::Json, _) => instead(r#"JSON: use "ledger-verify evidence""#),
        (FileFormat::Foreign(what), _) => instead(what),
    };
    let finding = Finding {
        status: Status::Unknown,
        reason_code: "UNKNOWN_KIND",
        message,
    };
    // Whatever else it is worth, it is not what was asked about.
    Some(finding.into_report_with(ReportAnswers::NOT_GENUINE, Details::default()))
}

/// An answer of the server that holds a tlog-proof.
#[derive(Deserialize)]
struct TlogProofAnswer {
    #[serde(rename = "proof")]
    _proof: String,
}

fn has_proof(bytes: &[u8]) -> bool {
    serde_json::from_slice::<TlogProofAnswer>(bytes).is_ok()
}
