//! How a witness is asked (C2SP tlog-witness): submission prefix and monitoring prefix are both the root.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::task::JoinError;

use crate::checkpoint::OriginHash;
use crate::decision::Refusal;
use crate::request::{BODY_BYTES_MAX, MalformedRequest};
use crate::service::{Witness, WitnessError};

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
/// The body is the latest cosigned size and a newline, nothing else.
const SIZE: HeaderValue = HeaderValue::from_static("text/x.tlog.size");
/// A monitor must not be shown an older checkpoint by a cache.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// The routes of a witness. A request, its body included, takes at most `request_timeout`.
pub fn router(witness: Arc<Witness>, request_timeout: Duration) -> Router {
    let limit_time = move |request: Request, next: Next| async move {
        match tokio::time::timeout(request_timeout, next.run(request)).await {
            Ok(response) => response,
            Err(_) => text(
                StatusCode::SERVICE_UNAVAILABLE,
                format!(
                    "no whole request, or no answer to it, within {} s\n",
                    request_timeout.as_secs()
                ),
            ),
        }
    };
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/{origin_hash}/checkpoint", get(latest_checkpoint))
        .route(
            "/healthz",
            get(async || text(StatusCode::OK, String::from("ok\n"))),
        )
        .fallback(async || {
            let paths =
                "a witness answers POST /add-checkpoint and GET /<hex of SHA-256 of origin>/checkpoint\n";
            text(StatusCode::NOT_FOUND, paths.to_owned())
        })
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn(limit_time))
        .with_state(witness)
}

async fn add_checkpoint(
    State(witness): State<Arc<Witness>>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return refused(&Refusal::Malformed(MalformedRequest::TooLong));
        }
        Err(rejection) => return text(rejection.status(), format!("{}\n", rejection.body_text())),
    };
    // The step goes to its end even if the asker goes away: the next request then finds it by a 409.
    let asked = Arc::clone(&witness);
    match tokio::task::spawn_blocking(move || asked.add_checkpoint(&body)).await {
        Ok(Ok(lines)) => text(StatusCode::OK, lines),
        Ok(Err(WitnessError::Refused(refusal))) => refused(&refusal),
        Ok(Err(error)) => failed(&error),
        Err(panic) => panicked(&witness, &panic),
    }
}

async fn latest_checkpoint(State(witness): State<Arc<Witness>>, Path(origin_hash): Path<String>) -> Response {
    let Some(origin_hash) = OriginHash::parse_hex(&origin_hash) else {
        let expected = "expected 64 lower-case hex digits, the SHA-256 of a log's origin, in the path\n";
        return text(StatusCode::NOT_FOUND, expected.to_owned());
    };
    let asked = Arc::clone(&witness);
    match tokio::task::spawn_blocking(move || asked.latest_note(origin_hash)).await {
        Ok(Ok(Some(note))) => text(StatusCode::OK, note),
        Ok(Ok(None)) => text(
            StatusCode::NOT_FOUND,
            String::from("no checkpoint of a log with this origin was ever cosigned here\n"),
        ),
        Ok(Err(error)) => failed(&error),
        Err(panic) => panicked(&witness, &panic),
    }
}

fn refused(refusal: &Refusal) -> Response {
    match refusal {
        Refusal::RootDiffers { .. } | Refusal::ClockBehind { .. } => {
            tracing::error!("not cosigned: {refusal}");
        }
        Refusal::NotSigned(_) | Refusal::BadSignature(_) | Refusal::Inconsistent { .. } => {
            tracing::info!("not cosigned: {refusal}");
        }
        _ => tracing::debug!("not cosigned: {refusal}"),
    }
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = text(status, refusal.body());
    if let Refusal::OtherSize { .. } = refusal {
        response.headers_mut().insert(header::CONTENT_TYPE, SIZE);
    }
    response
}

/// The reason names files, and is for the operator alone.
fn failed(error: &dyn std::error::Error) -> Response {
    tracing::error!(%error, "this witness has stopped");
    unavailable()
}

/// What is on disk is then as little known as after an error of the disk.
fn panicked(witness: &Witness, panic: &JoinError) -> Response {
    witness.stop(format!("a request was not answered: {panic}"));
    unavailable()
}

fn unavailable() -> Response {
    let body = "this witness has a fault of its own, and signs nothing until its operator has looked at it\n";
    text(StatusCode::INTERNAL_SERVER_ERROR, body.to_owned())
}

fn text(status: StatusCode, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, TEXT),
        (header::CACHE_CONTROL, NO_STORE),
        (header::X_CONTENT_TYPE_OPTIONS, NOSNIFF),
    ];
    (status, headers, body).into_response()
}
