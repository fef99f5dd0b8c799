//! `/search?q=`: whatever id somebody has in hand. One exact hit leads straight to its page, several are listed by
//! kind, and none says what was searched.

mod find;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use ledger::reader::Reader;
use serde::Deserialize;
use verifier::caller_text::is_caller_text;
use verifier::id::ID_BYTES_MAX;
use verifier::text::invisible;
use verifier::token::contains_compact_jws;

use super::{asked, filled};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::model::row::EntryRow;
use crate::request::Asked;
use crate::state::Pages;
use crate::text::{Time, grouped, segment, shortened};

/// Characters of a text that is too long for an id, as the page repeats it.
const ECHO_CHARACTERS_MAX: usize = 80;

/// What somebody looks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchQuery {
    /// Any id; nothing for the empty form.
    #[serde(default)]
    q: String,
}

/// A page of ours that is about the id.
pub(super) struct Link {
    href: String,
    text: String,
    detail: String,
}

/// The hits of one kind.
pub(super) struct Group {
    title: &'static str,
    links: Vec<Link>,
    /// Entries that have no page of their own but the entry's.
    rows: Vec<EntryRow>,
    /// Whether there are more.
    cut: bool,
}

impl Group {
    fn hrefs(&self) -> impl Iterator<Item = String> {
        let rows = self.rows.iter().map(|row| format!("/entries/{}", row.index));
        self.links.iter().map(|link| link.href.clone()).chain(rows)
    }
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchView {
    chrome: Chrome,
    query: String,
    groups: Vec<Group>,
    /// What an id of this form was looked up as.
    searched: Vec<&'static str>,
    too_long: bool,
    /// The same without what stands around it or what nobody sees in it: another text, which a link leads to.
    plain: Option<(String, String)>,
    size: String,
    time: Time,
}

/// Handles `/search`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    Asked(query): Asked<SearchQuery>,
) -> Result<Response, PageError> {
    // What is found leads to a permanent address; what was typed is never part of one unless it was found.
    // An id with a space around it is another id: nothing is trimmed.
    let wanted = query.q;
    if contains_compact_jws(&wanted) {
        return Err(PageError::TokenLeaked);
    }
    asked(pages, move |reader| answer(reader, &wanted)).await
}

fn answer(reader: &Reader, wanted: &str) -> Result<Response, PageError> {
    let published = reader.published();
    let size = published.head.tree.size;
    // What callers choose, such as a run, may be longer than an id.
    let found = if is_caller_text(wanted) && !wanted.trim().is_empty() {
        find::all(reader, wanted, size)?
    } else {
        find::Found::default()
    };
    let too_long = wanted.len() > ID_BYTES_MAX && found.groups.is_empty();
    let mut hrefs: Vec<String> = found.groups.iter().flat_map(Group::hrefs).collect();
    hrefs.sort_unstable();
    hrefs.dedup();
    if let ([href], false) = (hrefs.as_slice(), found.groups.iter().any(|group| group.cut)) {
        return Ok(Redirect::to(href).into_response());
    }
    let view = SearchView {
        chrome: Chrome::new(Section::None, reader, &published),
        query: if too_long {
            shortened(wanted, ECHO_CHARACTERS_MAX)
        } else {
            wanted.to_owned()
        },
        plain: plain(wanted),
        groups: found.groups,
        searched: found.searched,
        too_long,
        size: grouped(size.value()),
        time: Time::new(published.head.time),
    };
    Ok(filled(&view)?.into_response())
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
