//! The style sheets, embedded. Pages name each by its hash, so that it may be cached for ever.

use std::sync::LazyLock;

use axum::extract::RawQuery;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use verifier::digest::ArtifactHash;
use verifier::hash::sha256;

use crate::error::PageError;
use crate::request::Segment;

/// Where the assets are.
pub(crate) const ASSET_PATH: &str = "/assets/{name}";
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
const CSS: &str = "text/css; charset=utf-8";

/// One embedded file.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

static ASSETS: [Asset; 3] = [
    Asset {
        name: "base.css",
        media_type: CSS,
        bytes: include_bytes!("../assets/base.css"),
    },
    Asset {
        name: "components.css",
        media_type: CSS,
        bytes: include_bytes!("../assets/components.css"),
    },
    Asset {
        name: "print.css",
        media_type: CSS,
        bytes: include_bytes!("../assets/print.css"),
    },
];

/// The query that names the content of each asset: `v=` and its hash.
static VERSIONS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let version = |asset: &Asset| format!("v={}", ArtifactHash::from_bytes(sha256(asset.bytes)));
    ASSETS.iter().map(version).collect()
});

fn all() -> impl Iterator<Item = (&'static Asset, &'static str)> {
    ASSETS.iter().zip(VERSIONS.iter().map(String::as_str))
}

/// The addresses of the style sheets, in the order in which pages name them.
pub(crate) fn style_hrefs() -> Vec<String> {
    all()
        .filter(|(asset, _)| asset.media_type == CSS)
        .map(|(asset, version)| format!("/assets/{}?{version}", asset.name))
        .collect()
}

/// Serves an asset; for ever only under the address that names its content.
pub(crate) async fn serve(Segment(name): Segment, RawQuery(query): RawQuery) -> Result<Response, PageError> {
    let (asset, version) = all()
        .find(|(asset, _)| asset.name == name)
        .ok_or(PageError::NotFound { what: "file" })?;
    let caching = if query.as_deref() == Some(version) {
        IMMUTABLE
    } else {
        "no-cache"
    };
    let headers = [(CONTENT_TYPE, asset.media_type), (CACHE_CONTROL, caching)];
    Ok((headers, asset.bytes).into_response())
}
