//! What the pages weigh, from a real server.

use crate::log::{LEDGERD, LogProcess};
use harness::client::Client;
use harness::weight::PageWeight;
use kit::server::Server;

/// A first visit, compressed, without the verifier in WebAssembly.
const FIRST_VISIT_MAX: usize = 100 << 10;
/// Any page, uncompressed.
const PAGE_MAX: usize = 500 << 10;

fn assert_is_light(client: &Client, path: &str) {
    let visit = PageWeight::pay(client, path).unwrap();
    assert!(
        visit.transferred.len() > 5,
        "style sheets, modules and icon: {visit:?}"
    );
    assert!(
        visit.total() < FIRST_VISIT_MAX,
        "{path}: {} of {visit:?}",
        visit.total()
    );
    assert!(visit.page < PAGE_MAX, "{path}: {}", visit.page);
}

#[test]
fn a_first_visit_to_home_or_a_job_fits_its_budget() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start_demo(LEDGERD, &home.path().join("demo"));
    let client = Client::new(server.url());
    for path in [
        "/",
        "/jobs",
        "/jobs/demo-revoked-midway",
        "/jobs/demo-sentinel-write-approved",
    ] {
        assert_is_light(&client, path);
    }
}

#[test]
fn a_job_with_many_receipts_is_no_heavier() {
    let log = LogProcess::new();
    log.add_to_job("many", 1_000);
    assert_is_light(&log.client, "/jobs/many");
}

#[test]
fn pages_are_compressed_for_who_asks_and_streams_are_not() {
    let log = LogProcess::new();
    let coding = |path: &str, media_type: &str, accepted: &str| {
        let coding = log.client.coding(path, media_type, accepted);
        coding.unwrap()
    };
    let html = |accepted| coding("/", "text/html", accepted);
    assert_eq!(html("gzip, deflate, br").as_deref(), Some("gzip"));
    assert_eq!(html("identity"), None);
    assert_eq!(
        coding("/v1/events?after_index=0", "text/event-stream", "gzip"),
        None
    );
}
