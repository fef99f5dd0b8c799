//! `/issuers`: who may sign what, until when, when each was last heard of, and what of theirs was refused.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use ledger::shared::PublishedHead;
use ledger_query::QueryEngine;
use ledger_query::issuers::{IssuerFilter, IssuerPage, has_role};
use serde::Deserialize;
use verifier::index::{LeafIndex, TreeSize};
use verifier::issuers::Issuer;
use verifier::kind::Role;
use verifier::subject::Field;

use std::sync::Arc;

use super::{at_gate, filled};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::faults::FormFaults;
use crate::model::activity::{self, Activity};
use crate::model::claims::{PageClaims, ProvableClaim};
use crate::model::refusals::{RefusalRow, Refusals};
use crate::model::registration::{RegistrationRow, RetirementRow, SignerHistory};
use crate::model::signers::SignerTable;
use crate::pages::filters::{FilterForm, FilterQuery};
use crate::state::Pages;
use crate::text::{grouped, segment};

/// Signers on one page.
const ISSUERS_SHOWN: usize = 20;
/// Registrations and retirements of one signer; rotation gives a signer a new DID, so that they are few.
const REGISTRATIONS_SHOWN: usize = 5;
/// Entries of a signer that are looked at for its lateness.
const SAMPLE: usize = 10;

/// Which signers; a form sends what was left empty, too.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssuersPageQuery {
    did: Option<String>,
    role: Option<String>,
    /// Where the page begins: the first registration of its first signer.
    from: Option<u64>,
}

/// One signer.
struct IssuerRow {
    did: String,
    name: String,
    href: Option<String>,
    registrations: Vec<RegistrationRow>,
    registrations_more: usize,
    retirements: Vec<RetirementRow>,
    activity: Activity,
    refused: Vec<RefusalRow>,
}

#[derive(Template)]
#[template(path = "issuers.html")]
struct IssuersView {
    chrome: Chrome,
    as_of: String,
    claims: PageClaims,
    did: String,
    role: String,
    faults: FormFaults,
    roles: Vec<(&'static str, String)>,
    issuers: Vec<IssuerRow>,
    total: String,
    refusals_cut: bool,
    refusals_read: String,
    next: Option<String>,
}

/// Handles `/issuers`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    FilterQuery(query, faults): FilterQuery<IssuersPageQuery>,
) -> Result<Response, PageError> {
    // Hundreds of signatures are verified: a few such pages at a time.
    let gate = Arc::clone(&pages.pools.assessments);
    at_gate(&gate, &pages, move |engine| {
        let view = view(engine, &query, faults)?;
        Ok((view.faults.status(), filled(&view)?).into_response())
    })
    .await
}

impl FilterForm for IssuersPageQuery {
    const FIELDS: &'static [&'static str] = &["did", "role"];
}

fn view(
    engine: &QueryEngine,
    query: &IssuersPageQuery,
    mut faults: FormFaults,
) -> Result<IssuersView, PageError> {
    let published = engine.published();
    let as_of = super::size_of(engine, None, published.head.tree.size)?;
    let did = query.did.as_deref().unwrap_or_default();
    if !did.is_empty() {
        faults.check("did", crate::request::did("DID", did))?;
    }
    let role = match query.role.as_deref().unwrap_or_default().trim() {
        "" => None,
        text => {
            let role = Role::parse(text).ok_or(PageError::Malformed {
                what: "role",
                expected: "a role of a signer, as gateway or token_issuer",
            });
            faults.check("role", role)?
        }
    };
    let filter = IssuerFilter {
        did: Some(did).filter(|did| !did.is_empty()),
        role,
    };
    let from = query.from.map(LeafIndex::new);
    let page = if faults.is_empty() {
        engine.issuer_list(filter, (from, as_of), ISSUERS_SHOWN)
    } else {
        IssuerPage::default()
    };
    let next = page.next.map(|first| {
        let role = role.map_or("", Role::as_str);
        format!("/issuers?did={}&role={role}&from={first}", segment(did))
    });
    let refusals = Refusals::of(engine, as_of)?;
    let signers = SignerTable::new(engine);
    let mut issuers = Vec::with_capacity(page.issuers.len());
    for issuer in &page.issuers {
        issuers.push(row(engine, issuer, &published, &refusals, &signers)?);
    }
    let chrome = Chrome::new(Section::Log, engine, &published);
    Ok(IssuersView {
        claims: match page.issuers.as_slice() {
            [one] if !did.is_empty() => signed_by(chrome.claims(as_of), one),
            _ => chrome.claims(as_of),
        },
        chrome,
        as_of: super::as_of_words(engine, as_of)?,
        did: did.to_owned(),
        role: query.role.clone().unwrap_or_default().trim().to_owned(),
        faults,
        roles: Role::ALL
            .iter()
            .map(|role| (role.as_str(), role.as_str().replace('_', " ")))
            .collect(),
        issuers,
        total: grouped(page.total),
        refusals_cut: refusals.cut,
        refusals_read: refusals.read,
        next,
    })
}

/// All entries that name a key as their issuer or gateway. What it signs in another role is none of them.
fn signed_by(claims: PageClaims, issuer: &Issuer) -> PageClaims {
    let claims = claims.with(ProvableClaim::of(Field::Issuer, &issuer.did, &[]));
    if has_role(issuer, Role::Gateway) {
        claims.with(ProvableClaim::of(Field::Gateway, &issuer.did, &[]))
    } else {
        claims
    }
}

fn row(
    engine: &QueryEngine,
    issuer: &Issuer,
    published: &PublishedHead,
    refusals: &Refusals,
    signers: &SignerTable,
) -> Result<IssuerRow, PageError> {
    let (as_of, now): (TreeSize, _) = (published.head.tree.size, published.head.time);
    let history = SignerHistory::of(issuer, now, REGISTRATIONS_SHOWN);
    Ok(IssuerRow {
        name: history.name.unwrap_or_default(),
        href: page_of(issuer, signers),
        registrations: history.registrations,
        registrations_more: history.registrations_more,
        retirements: history.retirements,
        activity: activity::of(engine, &issuer.did, as_of, crate::text::now(), SAMPLE)?,
        refused: refusals.by(&issuer.did),
        did: issuer.did.clone(),
    })
}

/// A page of its own, where its role has one.
fn page_of(issuer: &Issuer, signers: &SignerTable) -> Option<String> {
    if has_role(issuer, Role::Agent) {
        return Some(format!("/agents/{}", segment(&issuer.did)));
    }
    signers
        .href(&issuer.did)
        .filter(|href| href.starts_with("/gateways/"))
}
