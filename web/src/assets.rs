//! The style sheets and scripts of the pages, and the verifier for browsers, embedded.
//!
//! All of them stand under one address that names the hash of their contents together: modules import
//! each other by relative address, so a page never mixes two versions, and each may be cached for ever.
//! Another version is not found; a page that was left open across an upgrade then says so. Style sheets alone are given to
//! such a page too, since it is read rather with those of today than with none.

use std::sync::LazyLock;

use verifier::digest::ArtifactHash;
use verifier::hash::sha256;

/// Where they are.
pub(crate) const PATH: &str = "/assets/{version}/{name}";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";
const WASM: &str = "application/wasm";
/// Hex digits of the hash that an address shows: 64 bits tell versions apart.
const VERSION_DIGITS: usize = 16;

/// Name, media type and content.
type AssetFile = (&'static str, &'static str, &'static [u8]);

macro_rules! files {
    ($($name:literal as $media_type:ident),* $(,)?) => {
        &[$(($name, $media_type, include_bytes!(concat!("../assets/", $name)))),*]
    };
}

const FILES: &[AssetFile] = files![
    "app.js" as JAVASCRIPT,
    "asked.js" as JAVASCRIPT,
    "base.css" as CSS,
    "check.css" as CSS,
    "check.js" as JAVASCRIPT,
    "check-alert.js" as JAVASCRIPT,
    "check-claims.js" as JAVASCRIPT,
    "check-pages.js" as JAVASCRIPT,
    "check-view.js" as JAVASCRIPT,
    "check-witnesses.js" as JAVASCRIPT,
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
const VERIFIER: &[AssetFile] = files!["verifier.wasm" as WASM];
#[cfg(not(verifier_wasm))]
const VERIFIER: &[AssetFile] = &[];

/// The same, compressed once: it is thirty times as large as anything else that a visitor loads.
#[cfg(verifier_wasm)]
const COMPRESSED_VERIFIER: Option<&[u8]> = Some(include_bytes!("../assets/verifier.wasm.gz"));
#[cfg(not(verifier_wasm))]
const COMPRESSED_VERIFIER: Option<&[u8]> = None;

fn all() -> impl Iterator<Item = &'static AssetFile> {
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

/// A file as it is served.
pub(crate) struct Asset {
    pub(crate) media_type: &'static str,
    pub(crate) content: &'static [u8],
    /// The same compressed by gzip, where it was compressed beforehand.
    pub(crate) compressed: Option<&'static [u8]>,
    /// Whether the address is that of this version, under which the content never changes.
    pub(crate) is_current: bool,
}

/// The file at an address; of another version only style sheets.
pub(crate) fn find(version: &str, name: &str) -> Option<Asset> {
    let is_current = version == *VERSION;
    let (_, media_type, content) =
        all().find(|(known, media_type, _)| *known == name && (is_current || *media_type == CSS))?;
    Some(Asset {
        media_type,
        content,
        compressed: COMPRESSED_VERIFIER.filter(|_| *media_type == WASM),
        is_current,
    })
}
