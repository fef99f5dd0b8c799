//! The submitter's context against members 7 and 10 of its entry.

use super::RecordError;
use crate::context::context_subject_list;
use crate::context::{Context, SubmitterName};
use crate::entry::{Entry, StreamPosition};
use crate::json;
use crate::kind::Kind;
use crate::subject::IndexSalt;

/// The text of a context without a member. Only a refusal has it, whose stream is not kept.
const EMPTY: &[u8] = b"{}";

/// Reads the context that is stored for an entry, and holds it against the entry's context subjects and stream position.
/// `None` where the entry has none.
///
/// A `refused` entry names jobs and tokens but commits to no stream position, so that one in its stored context proves
/// nothing: it is left out.
///
/// # Errors
/// `ContextMissing`, `ContextUnexpected`, `ContextMalformed`, `ContextSpelling`, `ContextSubjects`, `ContextStream`.
pub fn verify_context(
    entry: &Entry,
    stored: Option<&[u8]>,
    salt: &IndexSalt,
) -> Result<Option<Context>, RecordError> {
    let Some(stored) = stored else {
        // The stream position of a signed context is in its document.
        let is_signed = entry.kind == Kind::Context && entry.keeps_document();
        let is_due = entry.context_subjects.is_some() || (entry.stream.is_some() && !is_signed);
        return if is_due {
            Err(RecordError::ContextMissing)
        } else {
            Ok(None)
        };
    };
    let Some(expected) = &entry.context_subjects else {
        return Err(RecordError::ContextUnexpected);
    };
    let mut context = read(stored, entry.kind)?;
    if entry.kind == Kind::Refused {
        context.stream = None;
    }
    check(entry, &context, expected, salt)?;
    Ok(Some(context))
}

/// Holds a context that was read before against its entry, as [`verify_context`] does.
pub(super) fn check_again(
    entry: &Entry,
    context: Option<&Context>,
    salt: &IndexSalt,
) -> Result<(), RecordError> {
    match (context, &entry.context_subjects) {
        (None, _) => verify_context(entry, None, salt).map(|_| ()),
        (Some(_), None) => Err(RecordError::ContextUnexpected),
        (Some(context), Some(expected)) => check(entry, context, expected, salt),
    }
}

fn check(
    entry: &Entry,
    context: &Context,
    expected: &[crate::subject::Subject],
    salt: &IndexSalt,
) -> Result<(), RecordError> {
    let subjects = context_subject_list(salt, context).map_err(RecordError::ContextMalformed)?;
    if subjects != expected {
        return Err(RecordError::ContextSubjects);
    }
    let owner = entry.submitter.as_ref().map(SubmitterName::as_str);
    let position = context
        .stream
        .as_ref()
        .zip(owner)
        .map(|(claim, owner)| StreamPosition::of(owner, claim));
    if position != entry.stream || (context.stream.is_some() && position.is_none()) {
        return Err(RecordError::ContextStream);
    }
    Ok(())
}

/// One text for one context: what is stored is hashed nowhere, so another spelling would go unseen.
fn read(stored: &[u8], kind: Kind) -> Result<Context, RecordError> {
    if kind == Kind::Refused && stored == EMPTY {
        return Ok(Context {
            job_id: None,
            token_hash: None,
            stream: None,
        });
    }
    let value = json::parse(stored).map_err(RecordError::ContextMalformed)?;
    let context = Context::from_json(&value, "").map_err(RecordError::ContextMalformed)?;
    if context.to_stored().as_bytes() != stored {
        return Err(RecordError::ContextSpelling);
    }
    Ok(context)
}
