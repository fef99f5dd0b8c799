//! `/policies`: published policies, newest first; or the versions of one id.

mod line;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use ledger::reader::LookupPage;
use ledger_query::QueryEngine;
use ledger_query::policy::{self, PolicyList, PolicySearchResult};
use serde::Deserialize;
use verifier::index::{LeafIndex, TreeSize};

use super::policy::versions::withdrawal_row;
use super::{ROWS_MAX, asked, filled};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::export::{ExportLinks, Format, ListPage, whole};
use crate::faults::FormFaults;
use crate::model::KnownRecord;
use crate::model::row::EntryRow;
use crate::model::signers::SignerTable;
use crate::pages::filters::{FilterForm, FilterQuery};
use crate::state::Pages;
use crate::text::{GroupedNumber, segment};
use line::PolicyLine;

/// Which policies, and which page of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PoliciesPageQuery {
    /// Only the versions of this id.
    policy_id: Option<String>,
    from: Option<u64>,
    as_of: Option<u64>,
    format: Option<String>,
}

/// One publication.
struct PolicyListRow {
    id: String,
    id_href: String,
    hash: String,
    withdrawn: PolicySearchResult<GroupedNumber>,
    entry: EntryRow,
}

#[derive(Template)]
#[template(path = "policies.html")]
struct PoliciesView {
    chrome: Chrome,
    as_of: String,
    policy_id: String,
    policies: Vec<PolicyListRow>,
    next: Option<String>,
    export: ExportLinks,
    faults: FormFaults,
}

/// Handles `/policies`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    FilterQuery(query, faults): FilterQuery<PoliciesPageQuery>,
) -> Result<Response, PageError> {
    let faults = query.faults(faults)?;
    match Format::read(query.format.as_deref().unwrap_or_default())? {
        Some(format) if faults.is_empty() => exported(pages, query, format).await,
        _ => {
            asked(pages, move |engine| {
                let view = view(engine, &query, faults)?;
                Ok((view.faults.status(), filled(&view)?).into_response())
            })
            .await
        }
    }
}

impl FilterForm for PoliciesPageQuery {
    const FIELDS: &'static [&'static str] = &["policy_id"];
}

/// The whole list from the cursor on.
async fn exported(pages: Pages, query: PoliciesPageQuery, format: Format) -> Result<Response, PageError> {
    let as_of = query.as_of.map(TreeSize::new);
    let as_of = asked(pages.clone(), move |engine| {
        Ok(as_of.unwrap_or(engine.published().head.tree.size))
    })
    .await?;
    whole(
        pages,
        (format, "policies", as_of),
        move |engine, next: Option<LeafIndex>| {
            let from = next.or(query.from.map(LeafIndex::new));
            let page = engine.policy_list(query.list(), (from, as_of), ROWS_MAX)?;
            let lines = page
                .items
                .into_iter()
                .map(|row| PolicyLine::of(engine, row, as_of));
            Ok(ListPage {
                items: lines.collect::<Result<_, _>>()?,
                next: page.next,
            })
        },
    )
    .await
}

impl PoliciesPageQuery {
    /// The id whose versions are wanted. A field left empty in the form is no filter.
    fn wanted(&self) -> Option<&str> {
        self.policy_id.as_deref().filter(|id| !id.is_empty())
    }

    fn faults(&self, mut faults: FormFaults) -> Result<FormFaults, PageError> {
        if let Some(text) = self.wanted() {
            faults.check("policy_id", crate::request::id("policy id", text))?;
        }
        Ok(faults)
    }

    fn list(&self) -> PolicyList<'_> {
        PolicyList {
            policy_id: self.wanted(),
            newest_first: true,
        }
    }
}

fn view(
    engine: &QueryEngine,
    query: &PoliciesPageQuery,
    faults: FormFaults,
) -> Result<PoliciesView, PageError> {
    let published = engine.published();
    let as_of = query.as_of.map_or(published.head.tree.size, TreeSize::new);
    let page = if faults.is_empty() {
        engine.policy_entries(query.list(), (query.from.map(LeafIndex::new), as_of), ROWS_MAX)?
    } else {
        LookupPage {
            items: Vec::new(),
            next: None,
            as_of,
        }
    };
    let signers = SignerTable::new(engine);
    let known = KnownRecord::read_all(engine, &page.items)?;
    let filter = query
        .wanted()
        .map(|id| format!("policy_id={}&", segment(id)))
        .unwrap_or_default();
    Ok(PoliciesView {
        chrome: Chrome::new(Section::Policies, engine, &published),
        as_of: super::as_of_words(engine, as_of)?,
        policies: known
            .iter()
            .filter_map(|known| row(engine, known, &signers, as_of).transpose())
            .collect::<Result<_, _>>()?,
        next: page
            .next
            .map(|from| format!("/policies?{filter}from={from}&as_of={as_of}")),
        export: ExportLinks::of(&format!("/policies?{filter}as_of={as_of}")),
        policy_id: query.wanted().unwrap_or_default().to_owned(),
        faults,
    })
}

/// `None` for what publishes no policy.
fn row(
    engine: &QueryEngine,
    known: &KnownRecord,
    signers: &SignerTable,
    as_of: TreeSize,
) -> Result<Option<PolicyListRow>, PageError> {
    let payload = known.payload();
    let Some(published) = payload.and_then(|payload| policy::PolicyRow::of(&known.record, payload)) else {
        return Ok(None);
    };
    Ok(Some(PolicyListRow {
        id_href: format!("/policies?policy_id={}", segment(&published.policy_id)),
        id: published.policy_id,
        withdrawn: withdrawal_row(engine, published.policy_hash_b64u, as_of)?,
        entry: EntryRow::new(known, signers),
        hash: published.policy_hash_b64u.to_string(),
    }))
}
