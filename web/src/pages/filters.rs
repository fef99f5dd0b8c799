//! Forms that narrow a list or name what to compare. They send by POST, so that nothing that was typed gets into an
//! address before the server has looked at it: addresses stand in histories, logs and tickets. What is harmless is
//! answered with the address of the list, which can be kept and shared. The rule is the search's: [`looks_in_log`].

use axum::extract::{FromRequest, Request};
use axum::http::Method;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, RequestExt};
use serde::de::DeserializeOwned;
use verifier::digest::TokenHash;
use verifier::hash::sha256;

use super::asked;
use super::search::secret::SecretLikeness;
use super::search::{FORM_BYTES_MAX, looks_in_log};
use crate::error::PageError;
use crate::faults::FormFaults;
use crate::request::{PageQuery, query_of};
use crate::state::Pages;
use crate::text::segment;

/// The query of a page that has such a form.
pub(crate) trait FilterForm: DeserializeOwned + Send + 'static {
    /// The fields of the form.
    const FIELDS: &'static [&'static str];
}

/// The query of such a page: from its address, or from a form with fields that must get into no address, without them and
/// with the fault of each. Every other form is answered before it gets to the page.
pub(crate) struct FilterQuery<Q>(pub(crate) Q, pub(crate) FormFaults);

impl<Q: FilterForm> FromRequest<Pages> for FilterQuery<Q> {
    type Rejection = Response;

    async fn from_request(mut request: Request, pages: &Pages) -> Result<Self, Response> {
        if request.method() != Method::POST {
            let query = request.extract_parts::<PageQuery<Q>>().await;
            let PageQuery(query) = query.map_err(IntoResponse::into_response)?;
            return Ok(Self(query, FormFaults::default()));
        }
        let path = request.uri().path().to_owned();
        let form: Result<Form<Vec<(String, String)>>, _> = Form::from_request(request, pages).await;
        let Form(sent) = form.map_err(|_| {
            let detail = format!("A form sends its fields, in at most {FORM_BYTES_MAX} bytes.");
            PageError::Query { detail }.into_response()
        })?;
        let sent = each_once(sent, Q::FIELDS).map_err(IntoResponse::into_response)?;
        let sifted = sift(pages.clone(), sent).await;
        let (kept, faults) = sifted.map_err(IntoResponse::into_response)?;
        let pairs: Vec<String> = kept
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{}={}", segment(name), segment(value)))
            .collect();
        let address = if pairs.is_empty() {
            path
        } else {
            format!("{path}?{}", pairs.join("&"))
        };
        if faults.is_empty() {
            return Err(Redirect::to(&address).into_response());
        }
        let query = query_of(&address).map_err(IntoResponse::into_response)?;
        Ok(Self(query, faults))
    }
}

type Pairs = Vec<(&'static str, String)>;

/// The fields of the form, each at most once. A name that is none of them may itself be a secret: it is not repeated.
fn each_once(sent: Vec<(String, String)>, fields: &'static [&'static str]) -> Result<Pairs, PageError> {
    let mut pairs = Pairs::with_capacity(fields.len());
    for (name, value) in sent {
        let field = fields.iter().copied().find(|field| *field == name);
        let field = field.ok_or_else(|| PageError::Query {
            detail: "The form of this page has no such field.".to_owned(),
        })?;
        if pairs.iter().any(|(earlier, _)| *earlier == field) {
            return Err(PageError::Query {
                detail: format!("The field {field:?} was sent more than once."),
            });
        }
        pairs.push((field, value));
    }
    Ok(pairs)
}

/// The fields that may be in an address, and the faults of the others.
async fn sift(pages: Pages, sent: Pairs) -> Result<(Pairs, FormFaults), PageError> {
    asked(pages, move |engine| {
        let mut faults = FormFaults::default();
        let mut kept = Pairs::new();
        for (field, value) in sent {
            let sentence = match looks_in_log(engine, &value)? {
                SecretLikeness::Plain => {
                    kept.push((field, value));
                    continue;
                }
                SecretLikeness::Secret(secret) => format!(
                    "What you typed looks like a token, a key or a password, and no id in this log is spelled so. It was \
                     not put into an address. A token is found by its SHA-256: {}.",
                    TokenHash::from_bytes(sha256(secret.as_bytes()))
                ),
                SecretLikeness::Doubtful => "This log knows no such hash, so nothing matches it. What you typed may also be a secret, \
                                    and the two look the same, so it was not put into an address."
                    .to_owned(),
            };
            faults.withhold(field, sentence);
        }
        Ok((kept, faults))
    })
    .await
}
