//! What the pages load on top of their style sheets.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};

use verifier::kind::Kind;

use crate::site::TestSite;

/// A page without the one script that it is meant to load.
pub(crate) fn without_own(body: &str) -> String {
    let tag = "<script type=\"module\" src=\"";
    let Some((before, rest)) = body.split_once(tag) else {
        panic!("the page loads no script");
    };
    let (href, after) = rest.split_once("\"></script>").unwrap();
    assert!(
        href.starts_with("/assets/") && href.ends_with("/app.js") && href.len() < 40,
        "{href}"
    );
    format!("{before}{after}")
}

/// The folder that names the version.
async fn folder(site: &TestSite) -> String {
    let body = site.page("/").await;
    let (_, rest) = body.split_once("src=\"/assets/").unwrap();
    format!("/assets/{}", rest.split('/').next().unwrap())
}

#[tokio::test]
async fn every_module_and_what_it_imports_is_served_and_may_be_kept_for_ever() {
    let site = TestSite::new().await;
    let folder = folder(&site).await;
    let mut known = vec!["app.js".to_owned(), "verifier-worker.js".to_owned()];
    let mut bytes = 0;
    let mut at = 0;
    while let Some(name) = known.get(at).cloned() {
        at += 1;
        let answer = site.get(&format!("{folder}/{name}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}");
        assert_eq!(
            answer.headers[CONTENT_TYPE], "text/javascript; charset=utf-8",
            "{name}"
        );
        assert!(
            answer.headers[CACHE_CONTROL]
                .to_str()
                .unwrap()
                .contains("immutable")
        );
        for import in answer.body.split(" from \"./").skip(1) {
            let import = import.split('"').next().unwrap().to_owned();
            if !known.contains(&import) {
                known.push(import);
            }
        }
        bytes += answer.body.len();
    }
    // Uncompressed, of the budget of 100 KiB compressed for a first page.
    assert!(bytes < 88 << 10, "the scripts have {bytes} bytes");
    assert!(known.len() > 10);
}

#[tokio::test]
async fn scripts_make_no_markup_of_text_and_load_nothing_from_elsewhere() {
    let assets = concat!(env!("CARGO_MANIFEST_DIR"), "/assets");
    for file in std::fs::read_dir(assets).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "js") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "DOMParser",
            "eval(",
            "new Function",
            "http:",
            "https:",
            "import(",
            ".style.",
            "setAttribute(\"style\"",
        ] {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}

#[tokio::test]
async fn another_version_is_not_found_and_the_verifier_is_named_only_where_it_is_served() {
    let site = TestSite::new().await;
    let folder = folder(&site).await;
    for path in [
        "/assets/0000000000000000/app.js".to_owned(),
        format!("{folder}/none.js"),
        format!("{folder}/..%2Fapp.js"),
    ] {
        assert_eq!(site.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let named = site.page("/").await.contains("<meta name=\"verifier\"");
    let found = site.get(&format!("{folder}/verifier.wasm")).await;
    assert_eq!(named, found.status == StatusCode::OK);
    if named {
        assert_eq!(found.headers[CONTENT_TYPE], "application/wasm");
    }
}

#[tokio::test]
async fn a_page_that_follows_the_log_hears_of_entries_of_every_kind() {
    let site = TestSite::new().await;
    let script = site.get(&format!("{}/live.js", folder(&site).await)).await.body;
    for kind in Kind::ALL {
        assert!(script.contains(&format!("\"{kind}\"")), "{kind}");
    }
}
