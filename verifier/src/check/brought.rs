//! What was given to a check that reads something else: named, with the command that reads it.
//!
//! A pack is no damaged document, and a document is no damaged pack: whoever mixes them up is told so, and nothing is
//! said of what the file proves.

use serde::Deserialize;

use super::{Details, Finding, Report, Status};
use crate::foreign::of_start;

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

/// What a tlog-proof begins with.
const PROOF_START: &[u8] = b"c2sp.org/tlog-proof@";

/// Whether bytes begin as a pack does: an array of two, the first of which is an array.
pub fn begins_as_pack(bytes: &[u8]) -> bool {
    matches!(bytes, [0x82, 0x80..=0x9f, ..])
}

/// Whether bytes begin as a tlog-proof does.
pub fn begins_as_proof(bytes: &[u8]) -> bool {
    bytes.starts_with(PROOF_START)
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
    let message = match (Brought::of(bytes)?, wanted) {
        (Brought::Pack, Wanted::Pack)
        | (Brought::Proof, Wanted::Proof)
        | (Brought::Json | Brought::Foreign(_), Wanted::Evidence) => return None,
        (Brought::Nothing, _) => "the file is empty".to_owned(),
        (Brought::Pack, _) => r#"this is a pack: use "ledger-verify pack""#.to_owned(),
        (Brought::Proof, _) => r#"this is a tlog-proof: use "ledger-verify proof""#.to_owned(),
        (Brought::Json, Wanted::Proof) if has_proof(bytes) => {
            r#"this is a server's answer in JSON: save the text of its member "proof" alone, and use that"#
                .to_owned()
        }
        (Brought::Json, _) => r#"this is JSON: use "ledger-verify evidence""#.to_owned(),
        (Brought::Foreign(what), wanted) => format!("this is {what}, and no {}", wanted.name()),
    };
    let finding = Finding {
        status: Status::Unknown,
        reason_code: "UNKNOWN_KIND",
        message,
    };
    Some(finding.into_report(Details::default()))
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
