//! Forms that the pages of a session send.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, FromRequest, Request};
use axum::http::StatusCode;
use axum::response::Response;
use serde::de::DeserializeOwned;

use super::pages::PageRefusal;
use super::sign_in::AccessControl;
use crate::session::SignedIn;

/// A form that repeats the token of its session in a field.
pub(super) trait SessionForm: DeserializeOwned {
    /// The session's token, as the form repeats it.
    fn csrf(&self) -> &str;

    /// The answer where a field is missing or has another form.
    fn unreadable(entrance: &AccessControl) -> Response {
        entrance.refused(StatusCode::FORBIDDEN, &PageRefusal::NotTheForm)
    }
}

/// Extractor: a form of the session that it comes with. The one place that decides whether a form was sent by a page of
/// its sender's session; that no other site sent it, [`super::recognise()`] has seen before.
pub(super) struct OwnForm<T> {
    pub(super) signed_in: SignedIn,
    pub(super) form: T,
}

impl<T: SessionForm> FromRequest<AccessControl> for OwnForm<T> {
    type Rejection = Response;

    async fn from_request(request: Request, entrance: &AccessControl) -> Result<Self, Response> {
        let signed_in = request.extensions().get::<SignedIn>().cloned();
        let read: Result<Form<T>, FormRejection> = Form::from_request(request, entrance).await;
        let Ok(Form(form)) = read else {
            return Err(T::unreadable(entrance));
        };
        match signed_in.filter(|signed_in| signed_in.is_repeated(form.csrf())) {
            Some(signed_in) => Ok(Self { signed_in, form }),
            None => Err(entrance.refused(StatusCode::FORBIDDEN, &PageRefusal::NotTheForm)),
        }
    }
}
