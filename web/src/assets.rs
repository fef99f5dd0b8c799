//! The style sheets and scripts of the pages, and the verifier for browsers, embedded.
//!
//! All of them stand under one address that names the hash of their contents together: modules import
//! each other by relative address, so a page never mixes two versions, and each may be cached for ever.
//! Another version is not found; a page that was left open across an upgrade then says so. Style sheets alone are given to
//! such a page too, since it is read rather with those of today than with none.

use std::convert::Infallible;
use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::Request;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, VARY};
use axum::response::{IntoResponse, Response};
use tower::{ServiceExt, service_fn};
use tower_http::compression::Compression;
use verifier::digest::ArtifactHash;
use verifier::hash::sha256;

use crate::error::PageError;

/// Where they are.
pub(crate) const PATH: &str = "/assets/{version}/{name}";
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";
const WASM: &str = "application/wasm";
const GZIP: &str = "gzip";
/// Long enough that it is worth compressing.
const PROBE: &str = "Is gzip what this client asked for? This text is never sent to anybody.";
/// Hex digits of the hash that an address shows: 64 bits tell versions apart.
const VERSION_DIGITS: usize = 16;

/// Name, media type and content.
type File = (&'static str, &'static str, &'static [u8]);

macro_rules! files {
    ($($name:literal as $media_type:ident),* $(,)?) => {
        &[$(($name, $media_type, include_bytes!(concat!("../assets/", $name)))),*]
    };
}

const FILES: &[File] = files![
    "app.js" as JAVASCRIPT,
    "base.css" as CSS,
    "check.css" as CSS,
    "check.js" as JAVASCRIPT,
    "check-alert.js" as JAVASCRIPT,
    "check-pages.js" as JAVASCRIPT,
    "check-view.js" as JAVASCRIPT,
    "components.css" as CSS,
    "copy.js" as JAVASCRIPT,
    "dom.js" as JAVASCRIPT,
    "drop.js" as JAVASCRIPT,
    "fetch.js" as JAVASCRIPT,
    "file-hash.js" as JAVASCRIPT,
    "file-pack.js" as JAVASCRIPT,
    "files.js" as JAVASCRIPT,
    "icon.svg" as SVG,
    "kept.js" as JAVASCRIPT,
    "live.js" as JAVASCRIPT,
    "live-job.js" as JAVASCRIPT,
    "print.css" as CSS,
    "search.js" as JAVASCRIPT,
    "shown.js" as JAVASCRIPT,
    "verifier.js" as JAVASCRIPT,
    "verifier-worker.js" as JAVASCRIPT,
    "wasm.js" as JAVASCRIPT,
    "zone.js" as JAVASCRIPT,
];

/// The style sheets, each before those that build on it: last the one of what scripts insert.
const STYLES: [&str; 4] = ["base.css", "components.css", "print.css", "check.css"];

/// Absent where it was not built.
#[cfg(verifier_wasm)]
const VERIFIER: &[File] = files!["verifier.wasm" as WASM];
#[cfg(not(verifier_wasm))]
const VERIFIER: &[File] = &[];

/// The same, compressed once: it is thirty times as large as anything else that a visitor loads.
#[cfg(verifier_wasm)]
const COMPRESSED_VERIFIER: Option<&[u8]> = Some(include_bytes!("../assets/verifier.wasm.gz"));
#[cfg(not(verifier_wasm))]
const COMPRESSED_VERIFIER: Option<&[u8]> = None;

fn all() -> impl Iterator<Item = &'static File> {
    FILES.iter().chain(VERIFIER)
}

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut names = Vec::new();
    for (name, _, content) in all() {
        names.extend(name.as_bytes());
        names.extend(sha256(content));
    }
    let mut version = ArtifactHash::from_bytes(sha256(&names)).to_string();
    version.truncate(VERSION_DIGITS);
    version
});

/// The addresses that every page names.
pub(crate) struct Hrefs {
    /// The module that starts all others.
    pub(crate) entry: String,
    /// The style sheets, in their order.
    pub(crate) styles: [String; 4],
    pub(crate) icon: String,
    /// The verifier; absent where it was not built.
    pub(crate) verifier: Option<String>,
}

/// Where they are in this version.
pub(crate) fn hrefs() -> Hrefs {
    let href = |name: &str| format!("/assets/{}/{name}", *VERSION);
    Hrefs {
        entry: href("app.js"),
        styles: STYLES.map(href),
        icon: href("icon.svg"),
        verifier: VERIFIER.first().map(|(name, _, _)| href(name)),
    }
}

/// Serves one of them.
pub(crate) async fn serve(
    path: Result<Path<(String, String)>, PathRejection>,
    request: HeaderMap,
) -> Result<Response, PageError> {
    let Ok(Path((version, name))) = path else {
        return Err(PageError::NotFound { what: "file" });
    };
    let current = version == *VERSION;
    let (_, media_type, content) = all()
        .find(|(known, media_type, _)| *known == name && (current || *media_type == CSS))
        .ok_or(PageError::NotFound { what: "file" })?;
    let headers = [
        (CONTENT_TYPE, *media_type),
        (CACHE_CONTROL, if current { IMMUTABLE } else { "no-cache" }),
        (VARY, "accept-encoding"),
    ];
    Ok(match COMPRESSED_VERIFIER {
        Some(compressed) if *media_type == WASM && takes_gzip(&request).await => {
            (headers, [(CONTENT_ENCODING, GZIP)], compressed).into_response()
        }
        _ => (headers, *content).into_response(),
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
