//! What was given to a check that reads something else: named, with the command that reads it.
//!
//! A pack is no damaged document, and a document is no damaged pack: a person who mixes them up is told, and nothing is
//! said of what the file proves.

use serde::Deserialize;

use super::{Answers, Details, Finding, Report, Status};
use crate::foreign::{begins_as_pack, begins_as_proof, of_start};

/// What a check reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// A document, as JSON.
    Evidence,
    /// A tlog-proof.
    Proof,
    /// A pack.
    Pack,
}

impl Wanted {
    const fn name(self) -> &'static str {
        match self {
            Self::Evidence => "document",
            Self::Proof => "tlog-proof",
            Self::Pack => "pack",
        }
    }
}

/// What bytes show themselves to be by how they begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Brought {
    Nothing,
    Pack,
    Proof,
    Json,
    Foreign(&'static str),
}

impl Brought {
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
        if matches!(text.first(), Some(b'{' | b'[')) {
            return Some(Self::Json);
        }
        of_start(bytes).map(Self::Foreign)
    }
}

/// The report, of status UNKNOWN, on bytes that are plainly something else than what is wanted, or nothing at all.
/// `None` for anything that may be what is wanted, however damaged.
pub fn something_else(wanted: Wanted, bytes: &[u8]) -> Option<Report> {
    let instead = |what: &str| format!("not a {}, but {what}", wanted.name());
    let message = match (Brought::of(bytes)?, wanted) {
        (Brought::Pack, Wanted::Pack)
        | (Brought::Proof, Wanted::Proof)
        | (Brought::Json | Brought::Foreign(_), Wanted::Evidence) => return None,
        (Brought::Nothing, _) => "the file is empty".to_owned(),
        (Brought::Pack, _) => instead(r#"a pack: use "ledger-verify pack""#),
        (Brought::Proof, _) => instead(r#"a tlog-proof: use "ledger-verify proof""#),
        (Brought::Json, Wanted::Proof) if has_proof(bytes) => {
            instead(r#"a server's answer in JSON: save the text of its member "proof" alone, and use that"#)
        }
        (Brought::Json, _) => instead(r#"JSON: use "ledger-verify evidence""#),
        (Brought::Foreign(what), _) => instead(what),
    };
    let finding = Finding {
        status: Status::Unknown,
        reason_code: "UNKNOWN_KIND",
        message,
    };
    // Whatever else it is worth, it is not what was asked about.
    Some(finding.into_report_with(Answers::NOT_GENUINE, Details::default()))
}

/// An answer of the server that holds a tlog-proof.
#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "proof")]
    _proof: String,
}

fn has_proof(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Answer>(bytes).is_ok()
}
