//! `/help`: how to read a verdict, and the words that the pages use. Nothing of the log is in it.

use askama::Template;
use axum::response::Html;

use super::filled;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::request::{NoQuery, PageQuery};

/// The words of the pages, in the order of the alphabet, each with what it means.
const GLOSSARY: [(&str, &str); 21] = [
    (
        "Alarm",
        "Something that a person should look at. A check of a job raises it, or an entry does by itself.",
    ),
    (
        "Approval",
        "A signed statement that a named person allowed or refused an action.",
    ),
    (
        "Attested",
        "Signed by somebody other than the agent, who is registered in the log to sign it, or written by the log itself.",
    ),
    (
        "Bundle",
        "The agent's own signed report of a run. It lists the receipts that the run should have.",
    ),
    (
        "Checkpoint",
        "The log's signed statement of its size and root hash at one time. Also called a signed tree head.",
    ),
    (
        "Context",
        "What a submitter adds to a document, such as its job. It is not covered by the document's signature.",
    ),
    (
        "Entry",
        "One line of the log. Entries are counted from 0, and are never changed or removed.",
    ),
    (
        "Evidence",
        "A signed document in the log, kept byte for byte as it was received.",
    ),
    (
        "Gateway",
        "The service that an agent's calls pass through. It signs a receipt for each of them.",
    ),
    (
        "Job",
        "One task of an agent, with everything in the log that is tied to it.",
    ),
    (
        "Pack",
        "One file with all evidence of a job and its proofs. It can be checked without this server.",
    ),
    (
        "Policy",
        "The signed rules for a job: which tools, models and actions are allowed, and which need an approval. Its document is a Work Policy Contract (WPC).",
    ),
    (
        "Receipt",
        "A signed record of one call: of a model, of a tool, or of an effect on another system.",
    ),
    (
        "Revocation",
        "A signed statement that a token must not be used any more.",
    ),
    (
        "Root hash",
        "One hash over all entries. Changing any entry changes it.",
    ),
    (
        "Scoped token (CST)",
        "The token of an agent: what it may do, and until when. The log keeps its SHA-256, never the token.",
    ),
    (
        "Self-reported",
        "The agent's own word, or that of a signer whom the log does not know.",
    ),
    (
        "Stream",
        "The numbered receipts of one gateway. A missing number is a missing receipt.",
    ),
    (
        "Submitter's statement",
        "Said, but not signed, by a submitter whom the operator has linked to the signer. Without that link it does not count.",
    ),
    (
        "Trust Pulse",
        "The name of these pages, and of a run's summary that an agent may sign itself.",
    ),
    (
        "Work Policy Contract (WPC)",
        "The document of a policy, named by its hash.",
    ),
];

#[derive(Template)]
#[template(path = "help.html")]
struct HelpView {
    chrome: Chrome,
    glossary: &'static [(&'static str, &'static str)],
}

/// Handles `GET /help`.
pub(crate) async fn show(PageQuery(_): PageQuery<NoQuery>) -> Result<Html<String>, PageError> {
    filled(&HelpView {
        chrome: Chrome::bare(Section::None),
        glossary: &GLOSSARY,
    })
}
