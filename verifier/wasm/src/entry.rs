//! An entry page: the server's answer for the entry, checked as a proof with its document.

use crate::set_out::sets_out;
use crate::shown::{Difference, ShownEntry};
use crate::{PageCheck, key};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use verifier::check::{Details, Finding, ProofFiles, Report, Status, check_proof};

/// A document of 1 MiB, escaped as a string, with a proof and what else a server tells.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The parts of `/v1/entries/{index}` that are checked; every other member follows from them or is not shown.
#[derive(Deserialize)]
struct EntryParts<'a> {
    proof: String,
    evidence: Option<String>,
    #[serde(borrow)]
    context: Option<&'a RawValue>,
}

/// What the page of an entry is told.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct EntryCheck {
    /// As of every page.
    #[serde(flatten)]
    pub page: PageCheck,
    /// Whether the page sets out the document, and that one.
    pub shows_document: bool,
}

/// Checks the answer for an entry under the kept key and compares it with the page. `genesis` is the answer
/// for entry 0, which names the salt of the subjects and the operator.
pub fn check_entry(answer: &[u8], genesis: &[u8], vkey: &str, shown: &ShownEntry) -> EntryCheck {
    let mut document = None;
    let report = report(answer, genesis, vkey, &mut document)
        .unwrap_or_else(|finding| finding.into_report(Details::default()));
    // Up to here the entry itself is under the signature, whatever else is missing.
    let holds = report.status != Status::Fail && report.details.get("leaf_hash").is_some();
    let mut differences = Vec::new();
    let mut shows_document = false;
    if holds {
        differences = shown.differences(&report.details);
        if let Some(pieces) = &shown.document {
            shows_document = document.is_some_and(|document| sets_out(pieces, &document));
            if !shows_document {
                differences.push(Difference {
                    what: "document".to_owned(),
                    shown: "something".to_owned(),
                    derived: "something else: compare the download".to_owned(),
                });
            }
        }
    }
    EntryCheck {
        page: PageCheck::new("tlog_proof", report, holds, differences),
        shows_document,
    }
}

/// `document`: the evidence, where there is one, which is verified only if the report says so.
fn report(
    answer: &[u8],
    genesis: &[u8],
    vkey: &str,
    document: &mut Option<String>,
) -> Result<Report, Finding> {
    let key = key(vkey)?;
    let malformed = |what: &str| Finding::fail("ANSWER_MALFORMED", format!("the server's answer is {what}"));
    if answer.len() > ANSWER_BYTES_MAX {
        return Err(malformed("longer than 4 MiB"));
    }
    let answer: EntryParts<'_> =
        serde_json::from_slice(answer).map_err(|_| malformed("not an entry with its proof"))?;
    let submission = answer
        .evidence
        .as_ref()
        .map(|evidence| submission(evidence, answer.context));
    let files = ProofFiles {
        proof: answer.proof.as_bytes(),
        evidence: submission.as_deref().map(str::as_bytes),
        entry: None,
        genesis: Some(genesis),
    };
    *document = answer.evidence;
    Ok(check_proof(&files, &key))
}

/// The wrapper in which document and context are submitted; the document's bytes stay as they are, since
/// the entry commits to them.
fn submission(evidence: &str, context: Option<&RawValue>) -> String {
    match context {
        None => evidence.to_owned(),
        Some(context) => format!("{{\"evidence\":{evidence},\"context\":{}}}", context.get()),
    }
}
