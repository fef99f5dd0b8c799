//! `/policies/diff?from=&to=`: what changed between two policies, field by field.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use ledger_query::QueryEngine;
use ledger_query::policy::{PolicySearchResult, Publication};
use ledger_query::projection::JobFilter;
use serde::Deserialize;
use verifier::digest::PolicyHash;
use verifier::index::TreeSize;
use verifier::json::{Value, to_jcs};
use verifier::text::hash::{HashForm, SpelledHash};
use verifier::wpc::{ChangeKind, PolicyChange};

use super::answer;
use super::policy::versions::withdrawal_row;
use super::projected_jobs::{self, ProjectedJobs};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::faults::FormFaults;
use crate::model::signers::{EntrySigner, SignerTable};
use crate::pages::filters::{FilterForm, FilterQuery};
use crate::state::Pages;
use crate::text::{GroupedNumber, Time, grouped, shortened};

/// Changes on the page; the API has up to 1,000.
const CHANGES_SHOWN: usize = 150;
/// Characters of a value, and of a JSON pointer.
const VALUE_CHARACTERS_MAX: usize = 240;
/// Jobs counted under each side.
const JOBS_COUNTED: usize = 20;

/// The hashes of the two policies that are compared.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DiffPageQuery {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

/// One of the two.
struct PolicySide {
    word: &'static str,
    hash: String,
    id: String,
    index: GroupedNumber,
    time: Time,
    signer: EntrySigner,
    withdrawn: PolicySearchResult<GroupedNumber>,
    jobs: ProjectedJobs,
}

/// One difference.
struct ChangeRow {
    /// Glyph and word: never a colour alone.
    glyph: &'static str,
    word: &'static str,
    class: &'static str,
    pointer: String,
    old: Option<String>,
    new: Option<String>,
}

/// Both sides and what differs.
struct PolicyComparison {
    /// From, then to.
    sides: Vec<PolicySide>,
    from: String,
    to: String,
    title: String,
    changes: Vec<ChangeRow>,
    more: String,
}

#[derive(Template)]
#[template(path = "policy_diff.html")]
struct DiffView {
    chrome: Chrome,
    from: String,
    to: String,
    as_of: String,
    /// Why nothing is compared, where both hashes were given.
    problem: Option<String>,
    compared: Option<PolicyComparison>,
    faults: FormFaults,
}

/// Handles `/policies/diff`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    FilterQuery(query, faults): FilterQuery<DiffPageQuery>,
) -> Result<Response, PageError> {
    let status = faults.status();
    let page = answer(pages, move |engine| view(engine, &query, faults)).await?;
    Ok((status, page).into_response())
}

impl FilterForm for DiffPageQuery {
    const FIELDS: &'static [&'static str] = &["from", "to"];
}

fn view(engine: &QueryEngine, query: &DiffPageQuery, faults: FormFaults) -> Result<DiffView, PageError> {
    let published = engine.published();
    let as_of = published.head.tree.size;
    let (from, to) = (query.from.trim(), query.to.trim());
    let (compared, problem) = if from.is_empty() || to.is_empty() {
        (None, None)
    } else {
        match (side_of(engine, from, as_of)?, side_of(engine, to, as_of)?) {
            (Ok(from), Ok(to)) => (Some(compare(engine, from, to, as_of)?), None),
            (Err(problem), _) | (_, Err(problem)) => (None, Some(problem)),
        }
    };
    Ok(DiffView {
        chrome: Chrome::new(Section::Policies, engine, &published),
        from: shortened(from, VALUE_CHARACTERS_MAX),
        to: shortened(to, VALUE_CHARACTERS_MAX),
        as_of: super::as_of_words(engine, as_of)?,
        problem,
        compared,
        faults,
    })
}

/// The publication under a hash, or why there is none.
fn side_of(
    engine: &QueryEngine,
    text: &str,
    as_of: TreeSize,
) -> Result<Result<Publication, String>, PageError> {
    let shown = shortened(text, VALUE_CHARACTERS_MAX);
    let spelled = SpelledHash::read(text).map(|hash| hash.to(HashForm::Base64url));
    let Some(hash) = spelled.and_then(|text| PolicyHash::parse(&text)) else {
        return Ok(Err(format!(
            "“{shown}” is not a policy hash, which has 43 characters of base64url."
        )));
    };
    Ok(match engine.policy_publication(hash, as_of)? {
        PolicySearchResult::Found(publication) => Ok(publication),
        PolicySearchResult::Nothing => Err(format!(
            "The policy {shown} was not published, as far as this server knows at size {as_of}."
        )),
        PolicySearchResult::Unsearched => Err(format!(
            "Too many entries cite {shown}, so its publication was not looked up."
        )),
    })
}

fn compare(
    engine: &QueryEngine,
    from: Publication,
    to: Publication,
    as_of: TreeSize,
) -> Result<PolicyComparison, PageError> {
    let diff = verifier::wpc::diff(&from.said.policy, &to.said.policy);
    let more = diff
        .changes
        .len()
        .saturating_sub(CHANGES_SHOWN)
        .saturating_add(diff.omitted);
    let signers = SignerTable::new(engine);
    Ok(PolicyComparison {
        changes: diff.changes.iter().take(CHANGES_SHOWN).map(change).collect(),
        more: if more == 0 { String::new() } else { grouped(more) },
        title: if from.said.policy_id == to.said.policy_id {
            format!("What changed in {}", to.said.policy_id)
        } else {
            format!("{} and {}", from.said.policy_id, to.said.policy_id)
        },
        from: from.said.policy_hash.to_string(),
        to: to.said.policy_hash.to_string(),
        sides: vec![
            side(engine, "From", from, as_of, &signers)?,
            side(engine, "To", to, as_of, &signers)?,
        ],
    })
}

fn side(
    engine: &QueryEngine,
    word: &'static str,
    publication: Publication,
    as_of: TreeSize,
    signers: &SignerTable,
) -> Result<PolicySide, PageError> {
    let index = publication.index;
    let record = engine
        .entry(index)?
        .ok_or_else(|| PageError::Internal(format!("entry {index} is listed and not there")))?;
    let hash = publication.said.policy_hash;
    let filter = JobFilter {
        policy: Some(hash.to_string()),
        ..JobFilter::default()
    };
    Ok(PolicySide {
        word,
        hash: hash.to_string(),
        id: publication.said.policy_id,
        index: index.into(),
        time: Time::new(publication.logged_at),
        signer: signers.of(&record.entry, index),
        withdrawn: withdrawal_row(engine, hash, as_of)?,
        jobs: projected_jobs::jobs(engine, &filter, as_of, JOBS_COUNTED),
    })
}

fn change(change: &PolicyChange) -> ChangeRow {
    let text = |value: &Option<Value>| {
        let value = value.as_ref()?;
        Some(shortened(&to_jcs(value), VALUE_CHARACTERS_MAX))
    };
    let (glyph, word, class) = match change.kind {
        ChangeKind::Add => ("+", "added", "good"),
        ChangeKind::Remove => ("−", "removed", "bad"),
        ChangeKind::Replace => ("≠", "changed", "open"),
    };
    ChangeRow {
        glyph,
        word,
        class,
        pointer: shortened(&change.pointer, VALUE_CHARACTERS_MAX),
        old: text(&change.old),
        new: text(&change.new),
    }
}
