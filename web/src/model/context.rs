//! What a submitter said about an entry, and how far that word carries.

use verifier::context::Context;

use super::KnownRecord;
use super::signers::SignerTable;
use crate::text::{grouped, segment};

/// A context in words.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct ContextView {
    pub(crate) job_id: Option<String>,
    pub(crate) job_href: String,
    /// Whether it names the job that the page is about, whose id is then left out.
    pub(crate) here: bool,
    pub(crate) token_hash: Option<String>,
    /// `stream s, number 4, last`.
    pub(crate) stream: Option<String>,
    /// Whose word it is.
    pub(crate) by: String,
}

impl ContextView {
    /// The context of an entry; `None` if it has none.
    pub(crate) fn of(known: &KnownRecord, signers: &SignerTable) -> Option<Self> {
        let entry = &known.record.entry;
        let context = known.record.context.as_ref()?;
        let by = match &entry.submitter {
            Some(name) if signers.linked(entry, known.record.index).is_ok() => {
                format!(
                    "submitted by {}, which the operator has linked to this signer",
                    name.as_str()
                )
            }
            Some(name) => format!(
                "submitted by “{}”, which is not linked to this signer, so this context does not count",
                name.as_str()
            ),
            None => "no submitter is named, so this context does not count".to_owned(),
        };
        Some(Self::new(context, by))
    }

    fn new(context: &Context, by: String) -> Self {
        let stream = context.stream.as_ref().map(|claim| {
            let last = if claim.last { ", last" } else { "" };
            format!("stream {}, number {}{last}", claim.stream, grouped(claim.number))
        });
        Self {
            job_id: context.job_id.clone(),
            job_href: context
                .job_id
                .as_deref()
                .map(|id| format!("/jobs/{}", segment(id)))
                .unwrap_or_default(),
            here: false,
            token_hash: context.token_hash.map(|hash| hash.to_string()),
            stream,
            by,
        }
    }
}
