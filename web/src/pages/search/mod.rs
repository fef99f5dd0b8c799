//! `/search`: whatever id, address or beginning of a name somebody has in hand. The page about an id that was typed whole
//! opens at once; everything else is listed, with what it is: nothing opens the page of another id by itself.
//!
//! The form sends by POST, so that a secret pasted into it gets into no address. What is harmless is then answered with
//! the address of the question, `/search?q=`, which can be kept and shared; see [`secret`] for what is harmless.

mod address;
mod find;
pub(crate) mod secret;
mod suggest;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::response::{IntoResponse, Redirect, Response};
use ledger::shared::PublishedHead;
use ledger_query::QueryEngine;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use verifier::assess::CheckId;
use verifier::caller_text::is_caller_text;
use verifier::code::guide_to;
use verifier::compact_jws::contains_compact_jws;
use verifier::id::ID_BYTES_MAX;
use verifier::text::invisible;

use super::{asked, filled};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::model::claims::{PageClaims, ProvableClaim};
use crate::model::row::EntryRow;
use crate::request::PageQuery;
use crate::state::Pages;
use crate::text::{Time, segment, shortened};
use address::{Address, IdPage};
use secret::{SecretLikeness, look};
use suggest::NearNames;

/// Characters of a text that is too long for an id, as the page repeats it.
const ECHO_CHARACTERS_MAX: usize = 80;
/// Largest form, in bytes: the longest text of a caller, percent-encoded.
pub(crate) const FORM_BYTES_MAX: usize = 16 << 10;

/// What somebody looks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchQuery {
    /// Any id, address or beginning of a name; nothing for the empty form.
    #[serde(default)]
    q: String,
}

/// How the question came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum QuestionOrigin {
    /// It stands in the address already.
    InAddress,
    /// A form sent it, and no address has it yet.
    InForm,
}

/// A page of ours that is about the id.
pub(super) struct IdLink {
    href: String,
    text: String,
    detail: String,
    /// Whether the page is the one about the very id that was typed, in whatever spelling of a hash.
    own: bool,
}

/// The hits of one kind.
pub(super) struct HitGroup {
    title: &'static str,
    links: Vec<IdLink>,
    /// Entries that have no page of their own but the entry's.
    rows: Vec<EntryRow>,
    /// Whether there are more.
    cut: bool,
}

impl HitGroup {
    /// Each page, and whether it is about the id itself; of an entry that states the id as its own, it is.
    fn pages(&self) -> impl Iterator<Item = (String, bool)> {
        let rows = self
            .rows
            .iter()
            .map(|row| (format!("/entries/{}", row.index), true));
        self.links
            .iter()
            .map(|link| (link.href.clone(), link.own))
            .chain(rows)
    }
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchView {
    chrome: Chrome,
    query: String,
    groups: Vec<HitGroup>,
    near: Vec<NearNames>,
    /// What an id of this form was looked up as.
    searched: Vec<&'static str>,
    /// As what of that it is not proved that there is none.
    unproved: String,
    /// Where names that begin alike were looked for.
    looked: Vec<String>,
    /// What the pasted address is about, where that is not here.
    missing: Option<IdPage>,
    too_long: bool,
    /// Whether the text may be a secret, so that the address of this page does not have it.
    unaddressed: bool,
    /// The same without what stands around it or what nobody sees in it: another text, which a link leads to.
    plain: Option<(String, String)>,
    as_of: String,
    claims: PageClaims,
    time: Time,
}

/// Handles `GET /search`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    PageQuery(query): PageQuery<SearchQuery>,
) -> Result<Response, PageError> {
    asked(pages, move |engine| {
        answer(engine, &query.q, QuestionOrigin::InAddress)
    })
    .await
}

/// Handles `POST /search`. It changes nothing, so that it needs no proof of who sends it.
pub(crate) async fn send(
    State(pages): State<Pages>,
    form: Result<Form<SearchQuery>, FormRejection>,
) -> Result<Response, PageError> {
    let Form(query) = form.map_err(|_| PageError::Query {
        detail: format!("A search sends one field, q, in at most {FORM_BYTES_MAX} bytes."),
    })?;
    asked(pages, move |engine| {
        answer(engine, &query.q, QuestionOrigin::InForm)
    })
    .await
}

/// What a text looks like in a form that asks about this log: what the log knows as an id is no secret.
pub(crate) fn looks_in_log<'t>(engine: &QueryEngine, text: &'t str) -> Result<SecretLikeness<'t>, PageError> {
    let looks = look(text);
    if looks == SecretLikeness::Plain || contains_compact_jws(text) || !is_caller_text(text) {
        return Ok(looks);
    }
    let known = find::all(engine, text.trim(), engine.published().head.tree.size)?;
    Ok(if known.groups.is_empty() {
        looks
    } else {
        SecretLikeness::Plain
    })
}

/// What is found leads to a permanent address; what was typed is never part of one unless it was found or is harmless.
/// An id with a space around it is another id: nothing is trimmed.
fn answer(engine: &QueryEngine, wanted: &str, sent: QuestionOrigin) -> Result<Response, PageError> {
    let decoded = percent_decode_str(wanted).decode_utf8_lossy();
    if contains_compact_jws(wanted) || contains_compact_jws(&decoded) {
        return Err(refusal(&decoded, sent));
    }
    let published = engine.published();
    let size = published.head.tree.size;
    let pasted = address::read(wanted);
    let about = match &pasted {
        Some(Address::About(about)) => Some(about),
        Some(Address::Page(_)) | None => None,
    };
    let looked_up = about.map_or(wanted, |about| about.id.as_str());
    // What callers choose, such as a run, may be longer than an id.
    let found = if is_caller_text(looked_up) && !looked_up.trim().is_empty() {
        find::all(engine, looked_up, size)?
    } else {
        find::SearchHits::default()
    };
    // The query of an address may hold a secret where its path holds an id.
    let rest = match &pasted {
        Some(Address::Page(href)) => href.as_str(),
        Some(Address::About(_)) => wanted.split_once('?').map_or("", |(_, query)| query),
        None => "",
    };
    let looks = match look(rest) {
        SecretLikeness::Secret(part) => SecretLikeness::Secret(part),
        _ if !found.groups.is_empty() || matches!(pasted, Some(Address::Page(_))) => SecretLikeness::Plain,
        _ => look(looked_up),
    };
    if let SecretLikeness::Secret(part) = looks {
        return Err(refusal(part, sent));
    }
    if let Some(href) = leads_to(&found, pasted.as_ref()) {
        return Ok(Redirect::to(&href).into_response());
    }
    if sent == QuestionOrigin::InForm && looks == SecretLikeness::Plain {
        let query = if wanted.is_empty() { "" } else { "?q=" };
        return Ok(Redirect::to(&format!("/search{query}{}", segment(wanted))).into_response());
    }
    let unaddressed = sent == QuestionOrigin::InForm;
    let view = view(
        engine,
        &published,
        (wanted, looked_up),
        found,
        about.cloned(),
        unaddressed,
    )?;
    Ok(filled(&view)?.into_response())
}

fn refusal(secret: &str, sent: QuestionOrigin) -> PageError {
    match sent {
        QuestionOrigin::InAddress => PageError::TokenLeaked,
        QuestionOrigin::InForm => PageError::SecretSought {
            sha256: verifier::digest::TokenHash::from_bytes(verifier::hash::sha256(secret.as_bytes()))
                .to_string(),
        },
    }
}

/// The one page about the id that was typed whole, or about what a pasted address names.
fn leads_to(found: &find::SearchHits, pasted: Option<&Address>) -> Option<String> {
    let pages = || found.groups.iter().flat_map(HitGroup::pages);
    match pasted {
        Some(Address::Page(href)) => found.groups.is_empty().then(|| href.clone()),
        Some(Address::About(about)) => {
            let is_here = pages().any(|(href, own)| own && href == about.href)
                || (about.title == "Code" && guide_to(&about.id).is_some())
                || (about.title == "Check" && CheckId::parse(&about.id).is_some());
            is_here.then(|| about.whole_href())
        }
        None => {
            let mut all: Vec<(String, bool)> = pages().collect();
            all.sort_unstable();
            all.dedup();
            let cut = found.groups.iter().any(|group| group.cut);
            match all.as_slice() {
                [(href, true)] if !cut => Some(href.clone()),
                _ => None,
            }
        }
    }
}

fn view(
    engine: &QueryEngine,
    published: &PublishedHead,
    (wanted, looked_up): (&str, &str),
    found: find::SearchHits,
    missing: Option<IdPage>,
    unaddressed: bool,
) -> Result<SearchView, PageError> {
    let size = published.head.tree.size;
    let visible = invisible::without(looked_up);
    let suggested = suggest::all(engine, visible.trim(), size)?;
    let too_long = wanted.len() > ID_BYTES_MAX && found.groups.is_empty();
    let listed: Vec<String> = found
        .groups
        .iter()
        .flat_map(HitGroup::pages)
        .map(|(href, _)| href)
        .collect();
    let mut near = suggested.near;
    for kind in &mut near {
        kind.links.retain(|link| !listed.contains(&link.href));
    }
    near.retain(|kind| !kind.links.is_empty());
    let chrome = Chrome::new(Section::None, engine, published);
    let claims = chrome.claims(super::size_of(engine, None, size)?);
    Ok(SearchView {
        // What may be a secret gets into no address, and so not into that of a proof.
        claims: if found.groups.is_empty() && !too_long && !unaddressed {
            claims.with(ProvableClaim::none_of(&found.subjects))
        } else {
            claims
        },
        chrome,
        query: if too_long {
            shortened(wanted, ECHO_CHARACTERS_MAX)
        } else {
            wanted.to_owned()
        },
        plain: plain(wanted).filter(|_| !unaddressed),
        groups: found.groups,
        near,
        searched: found.searched,
        unproved: found.unproved.join(", "),
        looked: suggested.looked,
        missing,
        too_long,
        unaddressed,
        as_of: super::as_of_words(engine, size)?,
        time: Time::new(published.head.time),
    })
}

/// What was most likely meant, where the text has white space around it or characters that nobody sees; with its
/// address.
fn plain(wanted: &str) -> Option<(String, String)> {
    let plain = invisible::without(wanted).trim().to_owned();
    let differs = plain != wanted && !plain.is_empty();
    differs.then(|| {
        (
            format!("/search?q={}", segment(&plain)),
            shortened(&plain, ECHO_CHARACTERS_MAX),
        )
    })
}
