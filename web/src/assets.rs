//! The one style sheet, embedded. Pages name it by its hash, so that it may be cached for ever.

use std::sync::LazyLock;

use axum::extract::RawQuery;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use verifier::hash::sha256;

/// Where the style sheet is.
pub(crate) const STYLE_PATH: &str = "/assets/style.css";
const STYLE: &str = include_str!("../assets/style.css");
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// `v=` and the hash of the style sheet.
static STYLE_VERSION: LazyLock<String> = LazyLock::new(|| {
    let hash = verifier::digest::ArtifactHash::from_bytes(sha256(STYLE.as_bytes()));
    format!("v={hash}")
});

/// The address that pages use.
pub(crate) fn style_href() -> String {
    format!("{STYLE_PATH}?{}", *STYLE_VERSION)
}

/// Serves the style sheet; for ever only under the address that names its content.
pub(crate) async fn style(RawQuery(query): RawQuery) -> impl IntoResponse {
    let named = query.as_deref() == Some(STYLE_VERSION.as_str());
    let caching = if named { IMMUTABLE } else { "no-cache" };
    (
        [
            (CONTENT_TYPE, "text/css; charset=utf-8"),
            (CACHE_CONTROL, caching),
        ],
        STYLE,
    )
}
