//! Help, the API described for people, and the footer that leads to them.

use axum::http::StatusCode;
use serde_json::Value;

use crate::scripts::without_own;
use crate::site::{JOB_HREF, TestSite};

fn described() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/openapi.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[tokio::test]
async fn every_page_leads_to_help_and_the_api_and_names_the_version() {
    let (site, _) = TestSite::with_job().await;
    for path in [
        "/",
        "/jobs",
        JOB_HREF,
        "/nothing",
        "/entries/x",
        "/problems",
        "/help",
        "/api",
        "/search",
    ] {
        let body = site.get(path).await.body;
        let (_, footer) = body.split_once("<footer>").unwrap();
        for part in ["href=\"/help\"", "href=\"/api\"", env!("CARGO_PKG_VERSION")] {
            assert!(footer.contains(part), "{path}: {part}");
        }
    }
}

#[tokio::test]
async fn help_tells_how_to_read_a_verdict_and_what_the_words_mean() {
    let site = TestSite::new().await;
    let body = site.page("/help").await;
    for part in [
        "PASS",
        "FAIL",
        "INCOMPLETE",
        "Not proved",
        "href=\"/checks\"",
        "Checkpoint",
        "Scoped token (CST)",
        "Work Policy Contract (WPC)",
    ] {
        assert!(body.contains(part), "{part}");
    }
}

#[tokio::test]
async fn every_operation_of_the_api_has_a_page_with_its_parameters_answers_and_members() {
    let site = TestSite::new().await;
    let list = site.page("/api").await;
    let document = described();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for operation in methods.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(list.contains(&format!("href=\"/api/{id}\"")), "{id}");
            let page = site.page(&format!("/api/{id}")).await;
            assert!(page.contains(path) && page.len() < 200 << 10, "{id}");
            assert!(!page.contains('`') && !page.contains("U+000A"), "{id}");
            let without = without_own(&page);
            assert!(
                !without.contains("<script") && !without.contains("style="),
                "{id}"
            );
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().unwrap();
                assert!(page.contains(&format!("<code>{name}</code>")), "{id}: {name}");
            }
            for status in operation["responses"].as_object().unwrap().keys() {
                assert!(
                    page.contains(&format!("data-label=\"Status\">{status}<")),
                    "{id}: {status}"
                );
            }
        }
    }
    let jobs = site.page("/api/listJobs").await;
    for part in ["id=\"JobPage\"", "id=\"Problem\"", "next_cursor", "array of "] {
        assert!(jobs.contains(part), "{part}");
    }
    assert_eq!(site.get("/api/nothing").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn help_and_the_api_are_read_without_a_log() {
    use tower::ServiceExt;
    for path in ["/help", "/api", "/api/listJobs"] {
        let request = axum::http::Request::get(path)
            .body(axum::body::Body::empty())
            .unwrap();
        let answer = web::public().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
    }
}
