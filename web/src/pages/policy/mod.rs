//! `/policies/{hash}`: one policy in words, who published it, what became of it, its other versions, and the jobs
//! under it.

mod rules;
pub(crate) mod versions;

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use ledger_query::QueryEngine;
use ledger_query::policy::{PolicySearchResult, PolicyWarning};
use ledger_query::projection::{JobFilter, ProjectionError};
use verifier::digest::PolicyHash;
use verifier::index::TreeSize;
use verifier::json::Value;
use verifier::kind::Kind;
use verifier::payload::{Payload, PolicyPublished};
use verifier::subject::Field;
use verifier::text::hash::HashForm;
use verifier::wpc::Policy;

use super::projected_jobs::{self, ProjectedJobs};
use super::{ROWS_MAX, answer};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::export::ExportLinks;
use crate::model::KnownRecord;
use crate::model::claims::{PageClaims, ProvableClaim};
use crate::model::document::JsonText;
use crate::model::row::EntryRow;
use crate::model::signers::SignerTable;
use crate::request::{ListQuery, PageQuery, PathSegment, next_href};
use crate::state::Pages;
use crate::text::segment;
use rules::PolicyOutline;
use versions::{Banner, Version};

/// Bytes of HTML of the policy's own text.
const POLICY_BYTES_MAX: usize = 96 << 10;
/// Jobs listed under the policy.
const JOBS_SHOWN: usize = 20;

/// The policy itself.
struct PolicyText {
    id: String,
    /// The same within an address.
    id_segment: String,
    told: PolicyOutline,
    text: JsonText,
    versions: Vec<Version>,
    versions_more: bool,
    /// Freezes of older versions that keep this one out.
    kept_out: Vec<Banner>,
    /// The version before this one, for the comparison.
    before: Option<String>,
    /// What it and the jobs of the log have to do with each other.
    /// `None` while the verdicts on jobs are made again.
    warnings: Option<Vec<PolicyWarning>>,
}

#[derive(Template)]
#[template(path = "policy.html")]
struct PolicyView {
    chrome: Chrome,
    hash: String,
    published: Option<PolicyText>,
    withdrawn: Vec<Banner>,
    frozen: Vec<Banner>,
    export: ExportLinks,
    as_of: String,
    claims: PageClaims,
    jobs: ProjectedJobs,
    acts: Vec<EntryRow>,
    /// Whether these are all that were found.
    acts_all: bool,
    rows: Vec<EntryRow>,
    next: Option<String>,
}

/// Handles `/policies/{hash}`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    segment: PathSegment,
    PageQuery(query): PageQuery<ListQuery>,
) -> Result<Html<String>, PageError> {
    let hash = segment.hash(
        ("policies", "policy hash"),
        HashForm::Base64url,
        PolicyHash::parse,
    )?;
    answer(pages, move |engine| view(engine, hash, query)).await
}

/// What is odd about a policy; `None` where nobody can tell now.
fn warnings(
    engine: &QueryEngine,
    said: &PolicyPublished,
    as_of: TreeSize,
) -> Result<Option<Vec<PolicyWarning>>, PageError> {
    match engine.policy_warnings(said, as_of) {
        Ok(warnings) => Ok(Some(warnings)),
        Err(ProjectionError::Read(error)) => Err(error.into()),
        Err(error) => {
            tracing::warn!(%error, "what is odd about a policy could not be told");
            Ok(None)
        }
    }
}

fn view(engine: &QueryEngine, hash: PolicyHash, query: ListQuery) -> Result<PolicyView, PageError> {
    let head = engine.published();
    let as_of = super::size_of(engine, query.as_of(), head.head.tree.size)?;
    let value = hash.to_string();
    let page = engine.subject(Field::Policy, &value, query.from(), as_of, false, ROWS_MAX)?;
    let (acts, acts_all) = versions::acts(engine, hash, as_of)?;
    if page.items.is_empty() && acts.is_empty() {
        return Err(PageError::NotFound { what: "policy" });
    }
    let signers = SignerTable::new(engine);
    let (withdrawn, frozen) = versions::banners(engine, &acts, hash, as_of, &signers)?;
    let said = acts
        .iter()
        .find_map(|known| Some((known.record.index, publishes(known, hash)?)));
    let published = match said {
        Some((index, said)) => {
            let (versions, versions_more) =
                versions::versions(engine, &said.policy_id, hash, as_of, &signers)?;
            Some(PolicyText {
                id: said.policy_id.clone(),
                id_segment: segment(&said.policy_id),
                told: rules::outline(&Policy::normalize(&said.policy)),
                text: JsonText::new(&Value::Object(said.policy.clone()), POLICY_BYTES_MAX),
                before: before(&versions),
                warnings: warnings(engine, said, as_of)?,
                kept_out: versions::kept_out(engine, index, as_of, &signers)?,
                versions,
                versions_more,
            })
        }
        None => None,
    };
    let filter = JobFilter {
        policy: Some(value.clone()),
        ..JobFilter::default()
    };
    let chrome = Chrome::new(Section::Policies, engine, &head);
    Ok(PolicyView {
        claims: claims(chrome.claims(as_of), &value),
        chrome,
        published,
        withdrawn,
        frozen,
        as_of: super::as_of_words(engine, as_of)?,
        jobs: projected_jobs::jobs(engine, &filter, as_of, JOBS_SHOWN),
        acts: EntryRow::all(&acts, &signers),
        acts_all,
        rows: EntryRow::all(&KnownRecord::read_all(engine, &page.items)?, &signers),
        export: super::entries::links(Some((Field::Policy, &value)), as_of),
        next: next_href(&format!("/policies/{value}"), page.next, as_of),
        hash: value,
    })
}

/// That it was never withdrawn or frozen, or all withdrawals and freezes; and all entries that name it.
fn claims(claims: PageClaims, policy: &str) -> PageClaims {
    let of_kinds = |kinds: &[Kind]| ProvableClaim::of(Field::Policy, policy, kinds);
    claims
        .with(of_kinds(&[Kind::PolicyWithdrawn]))
        .with(of_kinds(&[Kind::PolicyFrozen]))
        .with(of_kinds(&[]))
}

/// The newest version of another hash that stands before the page's policy.
fn before(versions: &[Version]) -> Option<String> {
    let older = versions.iter().skip_while(|version| !version.here);
    let mut older = older.skip_while(|version| version.here);
    older.next().map(|version| version.hash.clone())
}

fn publishes(known: &KnownRecord, hash: PolicyHash) -> Option<&PolicyPublished> {
    match known.payload()? {
        Payload::PolicyPublished(published) if published.policy_hash == hash => Some(published),
        _ => None,
    }
}
