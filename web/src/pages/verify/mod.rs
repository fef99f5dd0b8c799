//! `/verify`: what can be said about any bundle, receipt, proof or pack that somebody brings. A form without scripts,
//! answered through the verifier; nothing of it is logged or kept.

mod bundle;
mod form;
mod item;
mod jobs;
mod pulses;

use std::sync::Arc;

use askama::Template;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use ledger_query::QueryEngine;
use ledger_query::share::Caller;
use ledger_query::verify::{self, SentForm, VerifyError};
use verifier::pack::is_pack_name;

use super::{answer, at_gate, filled};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::request::{NoQuery, PageQuery};
use crate::state::Pages;
use crate::text::{as_of, grouped};
pub(crate) use form::FORM_BYTES_MAX;
use form::FormItem;
use item::ItemView;
use pulses::{PulseBudget, PulsePanel};

/// Things shown whole; of the others only their number.
const ITEMS_SHOWN: usize = 30;
/// The things that were verified: the first ones whole, the others counted.
struct VerifyResultView {
    items: Vec<ItemView>,
    /// How many more there were, by their answers.
    more: Vec<(&'static str, String)>,
    total: String,
}

#[derive(Template)]
#[template(path = "verify.html")]
struct VerifyView {
    chrome: Chrome,
    origin: String,
    /// Under which the browser checks a pack, unless it keeps another key or the reader types one.
    vkey: String,
    as_of: String,
    size: String,
    /// Why nothing was looked at.
    problem: Option<String>,
    found: Option<VerifyResultView>,
}

impl VerifyView {
    fn new(engine: &QueryEngine) -> Self {
        let published = engine.published();
        Self {
            chrome: Chrome::new(Section::Verify, engine, &published),
            origin: engine.origin().to_owned(),
            vkey: engine.verifier_key().to_string(),
            size: grouped(published.head.tree.size.value()),
            as_of: as_of(published.head.time, published.head.tree.size.value()),
            problem: None,
            found: None,
        }
    }
}

/// Handles `GET /verify`: the empty form.
pub(crate) async fn show(
    State(pages): State<Pages>,
    PageQuery(_): PageQuery<NoQuery>,
) -> Result<Html<String>, PageError> {
    answer(pages, |engine| Ok(VerifyView::new(engine))).await
}

/// Handles `POST /verify`.
pub(crate) async fn check(
    State(pages): State<Pages>,
    fields: Result<Multipart, MultipartRejection>,
) -> Result<Response, PageError> {
    let mut room = pages.pools.question_bytes.begin(&Caller::current())?;
    let Ok(fields) = fields else {
        let why = "This is not what the form on this page sends.";
        return problem(&pages.engine, StatusCode::UNSUPPORTED_MEDIA_TYPE, why.to_owned());
    };
    let brought = match form::read(fields, &mut room).await {
        Ok(brought) => brought,
        Err(unread) => return problem(&pages.engine, unread.status, unread.why),
    };
    let gate = Arc::clone(&pages.pools.verifications);
    let asking = pages.clone();
    at_gate(&gate, &asking, move |engine| {
        let _room = room;
        let pages = Pages {
            engine: engine.clone(),
            ..pages
        };
        found(&pages, &brought)
    })
    .await
}

/// The form again, with what is wrong.
fn problem(engine: &QueryEngine, status: StatusCode, why: String) -> Result<Response, PageError> {
    let view = VerifyView {
        problem: Some(why),
        ..VerifyView::new(engine)
    };
    Ok((status, filled(&view)?).into_response())
}

fn found(pages: &Pages, brought: &[FormItem]) -> Result<Response, PageError> {
    if brought
        .iter()
        .any(|thing| verify::holds_token(thing.form, &thing.bytes))
    {
        return Err(PageError::TokenSent);
    }
    let engine = &pages.engine;
    let mut turn = PulseBudget::new(pages);
    let mut views = Vec::new();
    let mut more = [0_u64; item::ANSWERS.len()];
    let mut total = 0_u64;
    let judged = match judged(engine, brought) {
        Ok(judged) => judged,
        Err(FormRefusal::Sent(why)) => return problem(engine, StatusCode::UNPROCESSABLE_ENTITY, why),
        Err(FormRefusal::Page(error)) => return Err(error),
    };
    for ItemResult { name, document, item } in judged {
        total = total.saturating_add(1);
        if views.len() < ITEMS_SHOWN {
            views.push(item::view(engine, name, document, &item, &mut turn)?);
        } else if let Some(count) = more.get_mut(item::order(item.answers)) {
            *count = count.saturating_add(1);
        }
    }
    let view = VerifyView {
        found: Some(VerifyResultView {
            items: views,
            more: item::ANSWERS
                .into_iter()
                .zip(more)
                .filter(|(_, count)| *count > 0)
                .map(|(word, count)| (word, grouped(count)))
                .collect(),
            total: grouped(total),
        }),
        ..VerifyView::new(engine)
    };
    Ok(filled(&view)?.into_response())
}

/// One thing, and what was found.
struct ItemResult<'a> {
    name: String,
    document: Option<&'a [u8]>,
    item: verify::VerifiedItem,
}

fn judged<'a>(engine: &QueryEngine, brought: &'a [FormItem]) -> Result<Vec<ItemResult<'a>>, FormRefusal> {
    // A proof and a document that come together are taken for each other.
    if let [one, other] = brought {
        for (proof, document) in [(one, other), (other, one)] {
            if proof.form == SentForm::Proof && document.form == SentForm::Json {
                let item = verify::with_evidence(engine, &proof.bytes, &document.bytes)?;
                let name = format!("{} with {}", proof.name, document.name);
                return Ok(vec![ItemResult {
                    name,
                    document: Some(&document.bytes),
                    item,
                }]);
            }
        }
    }
    let mut all = Vec::new();
    for thing in brought {
        let items = items(engine, thing)?;
        let document = (thing.form == SentForm::Json).then_some(thing.bytes.as_slice());
        let many = items.len() > 1;
        for (position, item) in items.into_iter().enumerate() {
            let name = if many {
                format!("{}, document {}", thing.name, position.saturating_add(1))
            } else {
                thing.name.clone()
            };
            all.push(ItemResult { name, document, item });
        }
    }
    Ok(all)
}

/// Verifies one file or text. What is called a pack is read as one, and what cannot be read has a result like
/// everything else.
fn items(engine: &QueryEngine, thing: &FormItem) -> Result<Vec<verify::VerifiedItem>, VerifyError> {
    if is_pack_name(&thing.name) {
        return Ok(vec![verify::pack(engine, &thing.bytes)?]);
    }
    match verify::items(engine, thing.form, &thing.bytes) {
        Err(VerifyError::Malformed(fault)) => Ok(vec![verify::unreadable(&fault)]),
        items => items,
    }
}

/// What is wrong with what was sent, where it is not the log's fault: the form says so.
enum FormRefusal {
    Sent(String),
    Page(PageError),
}

impl From<VerifyError> for FormRefusal {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::TokenLeaked(_) => Self::Page(PageError::TokenSent),
            VerifyError::TooLarge { max, unit } => Self::Sent(format!(
                "At most {} {unit} of one file are looked at.",
                grouped(max)
            )),
            VerifyError::Read(error) => Self::Page(error.into()),
            other => Self::Page(PageError::Internal(other.to_string())),
        }
    }
}
