//! `/assets/{version}/{name}`: the files that pages load.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::Request;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, VARY};
use axum::response::{IntoResponse, Response};
use tower::{ServiceExt, service_fn};
use tower_http::compression::Compression;

use crate::assets::find;
use crate::error::PageError;

const IMMUTABLE: &str = "public, max-age=31536000, immutable";
const GZIP: &str = "gzip";
/// Long enough that it is worth compressing.
const PROBE: &str = "Is gzip what this client asked for? This text is never sent to anybody.";

/// Serves one of them.
pub(crate) async fn serve(
    path: Result<Path<(String, String)>, PathRejection>,
    request: HeaderMap,
) -> Result<Response, PageError> {
    let asset = match &path {
        Ok(Path((version, name))) => find(version, name),
        Err(_) => None,
    };
    let asset = asset.ok_or(PageError::NotFound { what: "file" })?;
    let headers = [
        (CONTENT_TYPE, asset.media_type),
        (
            CACHE_CONTROL,
            if asset.is_current { IMMUTABLE } else { "no-cache" },
        ),
        (VARY, "accept-encoding"),
    ];
    Ok(match asset.compressed {
        Some(compressed) if takes_gzip(&request).await => {
            (headers, [(CONTENT_ENCODING, GZIP)], compressed).into_response()
        }
        _ => (headers, asset.content).into_response(),
    })
}

/// Whether the client takes gzip, and rather than the plain file: asked of the layer that compresses the pages, which
/// weighs `Accept-Encoding` by RFC 9110.
async fn takes_gzip(request: &HeaderMap) -> bool {
    let plain = service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(Body::from(PROBE))) });
    let mut probe = Request::new(());
    for value in request.get_all(ACCEPT_ENCODING) {
        probe.headers_mut().append(ACCEPT_ENCODING, value.clone());
    }
    let Ok(answer) = Compression::new(plain).oneshot(probe).await;
    answer
        .headers()
        .get(CONTENT_ENCODING)
        .is_some_and(|coding| coding == GZIP)
}
