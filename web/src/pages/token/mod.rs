//! `/tokens/{hash}`: a token's life, and every use of it across jobs, by its hash. The token itself never comes
//! here. Uses are those that the assessment of each job judges, as at `/v1/tokens/{token_hash}`.

mod claims;
mod life;
mod line;
mod uses;

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use ledger_query::QueryEngine;
use ledger_query::token::{JobOfToken, TokenEntry, UseByJob};
use serde::Deserialize;
use verifier::assess::CheckStatus;
use verifier::digest::TokenHash;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::subject::Field;
use verifier::text::hash::HashForm;

use super::assessed;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::export::ExportLinks;
use crate::model::KnownRecord;
use crate::model::claims::PageClaims;
use crate::model::kinds;
use crate::model::lanes::MarkShape;
use crate::model::row::EntryRow;
use crate::model::signers::SignerTable;
use crate::model::subjects::href;
use crate::model::verdict::VerdictState as Shown;
use crate::request::{PageQuery, PathSegment};
use crate::state::Pages;
use crate::text::{Time, age, counted, grouped};
use life::TokenLifeView;
use line::LifeLine;
use uses::{UseFindings, after};

/// Uses, and entries that are none, in the tables of one page.
const USES_SHOWN: usize = 60;
const UNBOUND_SHOWN: usize = 20;

/// What is asked of the page.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenPageQuery {
    /// Where the walk over the token's jobs begins.
    from: Option<u64>,
    /// Uses of those jobs that earlier pages have shown.
    skip: Option<usize>,
    /// The tree size that the page is as of.
    as_of: Option<u64>,
}

/// One use.
struct UseRow {
    index: u64,
    /// Whether an entry stands here for the first time: two jobs may claim one.
    is_first: bool,
    number: String,
    what: &'static str,
    job: String,
    job_href: String,
    run: Option<(String, Option<String>)>,
    signed_at: Time,
    logged_at: Time,
    lateness: String,
    state: Shown,
    code: &'static str,
    revocation: Option<(u64, String)>,
    after: Option<String>,
    against: bool,
}

/// One job of the token.
struct TokenJobRow {
    id: String,
    href: String,
    uses: String,
    too_large: bool,
}

#[derive(Template)]
#[template(path = "token.html")]
struct TokenView {
    chrome: Chrome,
    hash: String,
    export: ExportLinks,
    as_of: String,
    claims: PageClaims,
    /// The same as the number of entries.
    size: String,
    permalink: String,
    state: Shown,
    words: String,
    life: TokenLifeView,
    line: LifeLine,
    line_words: String,
    jobs: Vec<TokenJobRow>,
    /// How many jobs use it, where more than one does.
    shared_by: Option<usize>,
    uses: Vec<UseRow>,
    unbound: Vec<EntryRow>,
    unbound_more: usize,
    is_first: bool,
    next: Option<String>,
    api_href: String,
}

/// Handles `/tokens/{hash}`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    segment: PathSegment,
    PageQuery(query): PageQuery<TokenPageQuery>,
) -> Result<Html<String>, PageError> {
    let hash = segment.hash(("tokens", "token hash"), HashForm::Hex, TokenHash::parse_hex)?;
    assessed(pages, move |engine| view(engine, hash, query)).await
}

fn view(engine: &QueryEngine, token: TokenHash, query: TokenPageQuery) -> Result<TokenView, PageError> {
    let published = engine.published();
    let as_of = super::size_of(engine, query.as_of, published.head.tree.size)?;
    let hash = token.to_string();
    let said = engine
        .token_life(token, as_of)?
        .ok_or(PageError::NotFound { what: "token" })?;
    let tree = engine
        .tree_of(as_of)?
        .ok_or(PageError::NotFound { what: "token" })?;
    let signers = SignerTable::new(engine);
    let from = query.from.map(LeafIndex::new);
    let page = UseFindings::of(engine, token, &said, (from, as_of))?;
    let life = TokenLifeView::of(engine, said, &signers)?;
    let skip = query.skip.unwrap_or_default();
    let unbound: Vec<LeafIndex> = page.unbound.iter().copied().take(UNBOUND_SHOWN).collect();
    let path = format!("/tokens/{hash}");
    let (state, words) = standing(&life, tree.time, &page);
    let chrome = Chrome::new(Section::None, engine, &published);
    Ok(TokenView {
        claims: claims::of(chrome.claims(as_of), engine, &hash, &life)?,
        chrome,
        as_of: super::as_of_words(engine, as_of)?,
        size: grouped(as_of.value()),
        permalink: format!("{path}?as_of={as_of}"),
        line: LifeLine::of(&life, &page),
        line_words: line_words(&life, &page),
        state,
        words,
        jobs: page.jobs.iter().map(job_row).collect(),
        shared_by: Some(page.jobs.iter().filter(|job| job.uses > 0).count()).filter(|jobs| *jobs > 1),
        uses: page
            .uses
            .iter()
            .skip(skip)
            .take(USES_SHOWN)
            .enumerate()
            .filter_map(|(position, used)| {
                let before = position
                    .checked_sub(1)
                    .and_then(|before| page.uses.get(skip + before));
                let is_first = before.is_none_or(|before| before.found.at.index != used.found.at.index);
                use_row(used, is_first, &page, &life)
            })
            .collect(),
        unbound: EntryRow::all(&KnownRecord::read_all(engine, &unbound)?, &signers),
        unbound_more: page.unbound.len().saturating_sub(unbound.len()),
        is_first: from.is_none() && skip == 0,
        export: super::entries::links(Some((Field::Token, &hash)), as_of),
        next: next(&path, as_of, query.from, skip, &page),
        api_href: format!("/v1{path}?as_of={as_of}"),
        life,
        hash,
    })
}

/// The rest of these jobs' uses, else the next jobs.
fn next(path: &str, as_of: TreeSize, from: Option<u64>, skip: usize, page: &UseFindings) -> Option<String> {
    let shown = skip.saturating_add(USES_SHOWN);
    if page.uses.len() > shown {
        let from = from.map(|from| format!("&from={from}")).unwrap_or_default();
        return Some(format!("{path}?as_of={as_of}{from}&skip={shown}#uses"));
    }
    let from = page.next?;
    Some(format!("{path}?as_of={as_of}&from={from}#uses"))
}

/// Where the token stands at the time of the tree, in a word and a sentence.
fn standing(life: &TokenLifeView, now: TimestampMs, page: &UseFindings) -> (Shown, String) {
    let bad = page.count(|used| used.found.row.status() == CheckStatus::Fail);
    let entries = page.count(|_| true);
    let all = counted(entries, "use", "uses");
    let used = match (entries, bad) {
        (0, _) => "No job is known to have used it.".to_owned(),
        (_, 0) => format!("{all} by {}, all of them valid.", jobs(page)),
        (_, bad) => format!(
            "{all} by {}; {}.",
            jobs(page),
            counted(bad, "was invalid", "were invalid")
        ),
    };
    let state = |glyph, word, class| Shown { glyph, word, class };
    if let Some(revoked) = life.revoked_at.first() {
        let number = grouped(revoked.index.value());
        return (
            state("✕", "revoked", "is-fail"),
            format!("Revoked at entry {number}. {used}"),
        );
    }
    match life.expires_at {
        None => (
            state("?", "not issued in this log", "is-incomplete"),
            format!("The log does not show that it was issued. {used}"),
        ),
        Some(end) if end < now => (
            state("–", "expired", "is-none"),
            format!("It had expired when the newest entry was logged. {used}"),
        ),
        Some(_) => (
            state("✓", "not revoked, not expired", "is-pass"),
            format!("It could still be used when the newest entry was logged. {used}"),
        ),
    }
}

fn jobs(page: &UseFindings) -> String {
    let jobs = page.jobs.iter().filter(|job| job.uses > 0).count();
    counted(u64::try_from(jobs).unwrap_or(u64::MAX), "job", "jobs")
}

fn line_words(life: &TokenLifeView, page: &UseFindings) -> String {
    let at = |what: &str, acts: &[TokenEntry]| match acts.first() {
        Some(act) => format!("{what} at entry {}", grouped(act.index.value())),
        None => format!("not {what} here"),
    };
    let count = |status| grouped(page.count(|used| used.found.row.status() == status));
    format!(
        "The token was {}; valid uses: {}, perhaps valid: {}, invalid: {}; it was {}.",
        at("issued", &life.issued_at),
        count(CheckStatus::Pass),
        count(CheckStatus::Incomplete),
        count(CheckStatus::Fail),
        at("revoked", &life.revoked_at)
    )
}

fn job_row(job: &JobOfToken) -> TokenJobRow {
    TokenJobRow {
        href: href(Field::Job, &job.job_id).unwrap_or_default(),
        id: job.job_id.clone(),
        uses: counted(u64::try_from(job.uses).unwrap_or(u64::MAX), "use", "uses"),
        too_large: job.is_too_large,
    }
}

fn use_row(used: &UseByJob, is_first: bool, page: &UseFindings, life: &TokenLifeView) -> Option<UseRow> {
    let job = page.jobs.get(used.job)?.job_id.clone();
    let (after, kind, used) = (
        after(used, |index| revoked_at(life, index)),
        used.kind,
        &used.found,
    );
    let late = used.at.lateness_ms();
    let span = age(late.unsigned_abs());
    Some(UseRow {
        index: used.at.index.value(),
        is_first,
        number: grouped(used.at.index.value()),
        what: kinds::label(kind),
        job_href: href(Field::Job, &job)?,
        job,
        run: used
            .run_id
            .clone()
            .map(|run| (run.clone(), href(Field::Run, &run))),
        signed_at: Time::new(used.at.signed_at),
        logged_at: Time::new(used.at.logged_at),
        lateness: if late < 0 {
            format!("logged {span} before its stated time")
        } else {
            format!("logged {span} after it")
        },
        state: used.row.status().into(),
        code: used.row.as_str(),
        revocation: used
            .revocation
            .map(|index| (index.value(), grouped(index.value()))),
        after: after.map(age),
        against: used.row.status() == CheckStatus::Fail,
    })
}

/// When the revocation was logged that stands at an entry.
fn revoked_at(life: &TokenLifeView, index: LeafIndex) -> Option<TimestampMs> {
    let mut acts = life.revoked_at.iter();
    acts.find(|act| act.index == index).map(|act| act.logged_at)
}
