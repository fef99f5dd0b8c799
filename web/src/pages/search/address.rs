//! Addresses of pages like ours that somebody pasted, from this server or another one.
//!
//! The host is never followed: what an address names is looked up here, and the page is ours.

use axum::http::Uri;
use ledger_query::parameter::whole_number;
use percent_encoding::{CONTROLS, percent_decode_str, utf8_percent_encode};
use verifier::text::hash::{HashForm, SpelledHash};

use crate::text::segment;

/// Pages without an id of their own.
const LISTS: [&str; 11] = [
    "/",
    "/jobs",
    "/policies",
    "/policies/diff",
    "/alarms",
    "/log",
    "/issuers",
    "/compare",
    "/verify",
    "/problems",
    "/checks",
];

/// What a pasted address leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Address {
    /// A page without an id, by its address on this site.
    Page(String),
    /// The page about an id.
    About(IdPage),
}

/// The page about an id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct IdPage {
    /// Of which kind, as its page calls it.
    pub(super) title: &'static str,
    /// In the spelling of ours.
    pub(super) id: String,
    /// The address of the page, without a query.
    pub(super) href: String,
    /// As of which size, where the address says so and the page takes it.
    as_of: Option<u64>,
}

impl IdPage {
    /// The address of the page as of the size that was asked for.
    pub(super) fn whole_href(&self) -> String {
        match self.as_of {
            Some(size) => format!("{}?as_of={size}", self.href),
            None => self.href.clone(),
        }
    }
}

/// The address that a text is; `None` for any other text.
pub(super) fn read(text: &str) -> Option<Address> {
    let text = text.trim();
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    let whole = lower.starts_with("http://") || lower.starts_with("https://");
    if !whole && !text.starts_with('/') {
        return None;
    }
    let uri: Uri = text.parse().ok()?;
    let path = match uri.path() {
        "/" => "/",
        path => path.trim_end_matches('/'),
    };
    if LISTS.contains(&path) {
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let href = format!("{path}{query}");
        return Some(Address::Page(utf8_percent_encode(&href, CONTROLS).to_string()));
    }
    let path = path.strip_prefix("/v1").unwrap_or(path);
    let mut segments = path.trim_start_matches('/').split('/');
    let (section, id) = (segments.next()?, segments.next()?);
    let id = percent_decode_str(id).decode_utf8().ok()?;
    about(section, &id, as_of(uri.query())).map(Address::About)
}

fn as_of(query: Option<&str>) -> Option<u64> {
    let mut pairs = query?.split('&');
    pairs.find_map(|pair| pair.strip_prefix("as_of=").and_then(whole_number))
}

fn about(section: &str, id: &str, as_of: Option<u64>) -> Option<IdPage> {
    let hash = |form| SpelledHash::read(id).map_or_else(|| id.to_owned(), |hash| hash.to(form));
    // As the groups of what is found are titled.
    let (title, section, id, takes_size) = match section {
        "jobs" => ("Job", "jobs", id.to_owned(), true),
        "runs" => ("Run", "runs", id.to_owned(), true),
        "entries" => ("Entry", "entries", id.to_owned(), false),
        "agents" => ("Agent", "agents", id.to_owned(), true),
        "gateways" => ("Gateway", "gateways", id.to_owned(), false),
        "tokens" => ("Token hash", "tokens", hash(HashForm::Hex), true),
        "e" | "evidence" => ("Evidence digest", "e", hash(HashForm::Hex), true),
        "artifacts" => ("Artifact", "artifacts", hash(HashForm::Hex), true),
        "policies" => ("Policy hash", "policies", hash(HashForm::Base64url), true),
        "problems" => ("Code", "problems", id.to_owned(), false),
        "checks" => ("Check", "checks", id.to_owned(), false),
        _ => return None,
    };
    (!id.is_empty()).then(|| IdPage {
        title,
        href: format!("/{section}/{}", segment(&id)),
        id,
        as_of: as_of.filter(|_| takes_size),
    })
}
