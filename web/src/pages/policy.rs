//! `/policies/{hash}`: one policy, who published it, what became of it, and where it is cited.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use ledger::reader::Reader;
use verifier::digest::PolicyHash;
use verifier::index::TreeSize;
use verifier::kind::Kind;
use verifier::payload::Payload;
use verifier::subject::{Field, Subject, subject_hash};

use super::{ROWS_MAX, answer};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::model::Known;
use crate::model::document::Part;
use crate::model::row::EntryRow;
use crate::model::signers::Signers;
use crate::request::{Asked, ListQuery, Segment, next_href};
use crate::text::grouped;

/// Publications, withdrawals and freezes looked through for those of this policy, newest first: they are
/// acts of people, and many fewer than what cites a policy.
const ACTS_SEARCHED: usize = 500;
/// First entries that name the policy which are looked through for its publication.
const FIRST_SEARCHED: usize = 50;

#[derive(Template)]
#[template(path = "policy.html")]
struct PolicyView {
    chrome: Chrome,
    hash: String,
    id: Option<String>,
    policy: Option<Part>,
    as_of: String,
    acts: Vec<EntryRow>,
    rows: Vec<EntryRow>,
    next: Option<String>,
}

/// Handles `/policies/{hash}`.
pub(crate) async fn show(
    State(reader): State<Reader>,
    segment: Segment,
    Asked(query): Asked<ListQuery>,
) -> Result<Html<String>, PageError> {
    let hash = segment.parse("policy hash", "43 characters of base64url", PolicyHash::parse)?;
    answer(reader, move |reader| view(reader, hash, query)).await
}

fn view(reader: &Reader, hash: PolicyHash, query: ListQuery) -> Result<PolicyView, PageError> {
    let published = reader.published();
    let as_of = query.as_of(published.head.tree.size);
    let value = hash.to_string();
    let page = reader.subject(Field::Policy, &value, query.from(), as_of, false, ROWS_MAX)?;
    let acts = acts(reader, hash, as_of)?;
    if page.items.is_empty() && acts.is_empty() {
        return Err(PageError::NotFound { what: "policy" });
    }
    let signers = Signers::new(reader);
    let publication = acts.iter().find_map(|known| publishes(known, hash));
    Ok(PolicyView {
        chrome: Chrome::new(Section::Policies, reader, &published),
        id: publication.as_ref().map(|(id, _)| id.clone()),
        policy: publication.map(|(_, policy)| policy),
        as_of: grouped(as_of.value()),
        acts: EntryRow::all(&acts, &signers),
        rows: EntryRow::all(&Known::read_all(reader, &page.items)?, &signers),
        next: next_href(&format!("/policies/{value}"), page.next, as_of),
        hash: value,
    })
}

/// Publications, withdrawals and freezes of the policy, in log order.
fn acts(reader: &Reader, hash: PolicyHash, as_of: TreeSize) -> Result<Vec<Known>, PageError> {
    let value = hash.to_string();
    let first = reader.subject(Field::Policy, &value, None, as_of, false, FIRST_SEARCHED)?;
    let mut indices = first.items;
    for kind in [Kind::PolicyPublished, Kind::PolicyWithdrawn, Kind::PolicyFrozen] {
        indices.extend(reader.by_kind(kind, None, as_of, true, ACTS_SEARCHED)?.items);
    }
    indices.sort_unstable();
    indices.dedup();
    let subject = Subject {
        field: Field::Policy,
        hash: subject_hash(&reader.index_salt(), Field::Policy, &value),
    };
    let mut acts = Vec::new();
    for record in Known::read_all(reader, &indices)? {
        let entry = &record.record.entry;
        let is_act = matches!(
            entry.kind,
            Kind::PolicyPublished | Kind::PolicyWithdrawn | Kind::PolicyFrozen
        );
        if is_act && entry.subjects.contains(&subject) {
            acts.push(record);
        }
    }
    Ok(acts)
}

fn publishes(known: &Known, hash: PolicyHash) -> Option<(String, Part)> {
    match known.evidence.as_ref()?.payload() {
        Payload::PolicyPublished(published) if published.policy_hash == hash => {
            Some((published.policy_id.clone(), Part::of_object(&published.policy)))
        }
        _ => None,
    }
}
