//! Bundles that hold a copy of erased evidence. They are named, not erased: an order says what it is about.
//!
//! An embedded envelope is matched by its statement, as intake matches whole documents, from the members that
//! the statement is made of. Its hash and signature are not verified: a copy that does not verify is one too.

use std::collections::HashSet;

use verifier::digest::{PayloadHash, StatementDigest, statement_digest};
use verifier::document::Document;
use verifier::index::{LeafIndex, TreeSize};
use verifier::json::{Value, to_jcs};
use verifier::kind::Kind;
use verifier::subject::Field;

use crate::error::ReadError;
use crate::reader::{EntryRecord, Reader};

/// Entries of kind bundle that are looked at for one answer.
const BUNDLES_VISITED_MAX: usize = 10_000;
/// Bundles whose document is read for one answer: at most as many MiB.
const DOCUMENTS_READ_MAX: usize = 256;
/// Indices read at a time.
const PAGE: usize = 500;

/// Bundles that embed one of the statements, ascending, and whether all of the log was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EmbeddingBundles {
    pub(crate) entries: Vec<LeafIndex>,
    pub(crate) complete: bool,
}

/// Looks through the bundles of the runs that the evidence was about, and those that name no run. `runs` are
/// hashes of subjects; empty: evidence that names none, which any bundle may embed.
pub(crate) fn embedding(
    reader: &Reader,
    statements: &HashSet<StatementDigest>,
    runs: &HashSet<[u8; 32]>,
    as_of: TreeSize,
) -> Result<EmbeddingBundles, ReadError> {
    let mut found = EmbeddingBundles {
        entries: Vec::new(),
        complete: true,
    };
    if statements.is_empty() {
        return Ok(found);
    }
    let (mut visited, mut read) = (0_usize, 0_usize);
    let mut from = None;
    loop {
        let page = reader.by_kind(Kind::Bundle, from, as_of, true, PAGE)?;
        for index in page.items {
            if visited >= BUNDLES_VISITED_MAX || read >= DOCUMENTS_READ_MAX {
                found.complete = false;
                found.entries.sort_unstable();
                return Ok(found);
            }
            visited = visited.saturating_add(1);
            let entry = reader.entry_of(index)?;
            let mut named = entry
                .subjects
                .iter()
                .filter(|subject| subject.field == Field::Run)
                .peekable();
            let may_embed = runs.is_empty()
                || named.peek().is_none()
                || named.any(|run| runs.contains(run.hash.as_bytes()));
            if may_embed {
                read = read.saturating_add(1);
                let record = reader.entry(index)?;
                if record.is_some_and(|record| embeds(&record, statements)) {
                    found.entries.push(index);
                }
            }
        }
        match page.next {
            Some(next) => from = Some(next),
            None => break,
        }
    }
    found.entries.sort_unstable();
    Ok(found)
}

fn embeds(record: &EntryRecord, statements: &HashSet<StatementDigest>) -> bool {
    let document = record.evidence.as_deref().map(Document::parse);
    let Some(Ok(document)) = document else {
        return false;
    };
    // The document itself is no copy of itself: only what stands in it.
    let mut left: Vec<&Value> = children(document.value());
    while let Some(value) = left.pop() {
        if statement_of(value).is_some_and(|statement| statements.contains(&statement)) {
            return true;
        }
        left.extend(children(value));
    }
    false
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(object) => object.members().iter().map(|(_, value)| value).collect(),
        Value::Array(items) => items.iter().collect(),
        _ => Vec::new(),
    }
}

/// The statement digest of a clawsig envelope (`schemas/signing.md`); `None` for what is none.
fn statement_of(value: &Value) -> Option<StatementDigest> {
    let object = value.as_object()?;
    let text = |name| object.text(name);
    let (envelope_type, signer) = (text("envelope_type")?, text("signer_did")?);
    let hash = PayloadHash::parse(text("payload_hash_b64u")?)?;
    let mut message = hash.to_string().into_bytes();
    if let Some(signatures) = object.get("co_signatures") {
        message.extend_from_slice(to_jcs(signatures).as_bytes());
    }
    Some(statement_digest(envelope_type, signer, &message))
}
