//! C2SP tlog-tiles: what a log client that knows nothing of `/v1` reads.

use crate::support::ApiLog;
use axum::http::header;
use verifier::checkpoint::Checkpoint;
use verifier::entry::entry_leaf_hash;
use verifier::hash::NodeHash;
use verifier::merkle::oracle::root_of;
use verifier::tile::{decode_bundle, decode_tile};

const WIDTH: u64 = 256;

/// A log of `size` entries.
async fn grown_to(size: u64) -> ApiLog {
    let log = ApiLog::start().await;
    let lines: Vec<String> = (log.size()..size)
        .map(|n| log.job_event(&format!("job-{n}"), "opened"))
        .collect();
    let answer = log.post_batch(&lines.join("\n")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(log.size(), size);
    log
}

/// The path of tile or bundle `n` below `prefix` at `size`.
fn path(prefix: &str, n: u64, size: u64) -> String {
    let width = (size - n * WIDTH).min(WIDTH);
    let partial = if width < WIDTH {
        format!(".p/{width}")
    } else {
        String::new()
    };
    format!("/log/tile/{prefix}/{n:03}{partial}")
}

#[tokio::test]
async fn tiles_and_bundles_give_the_root_of_the_checkpoint_around_tile_borders() {
    for size in [255, 256, 257] {
        let log = grown_to(size).await;
        let note = log.get("/log/checkpoint").await;
        let checkpoint = Checkpoint::open(&note.body, &log.state.engine().verifier_key()).unwrap();
        let (mut from_tiles, mut from_bundles) = (Vec::new(), Vec::new());
        for n in 0..size.div_ceil(WIDTH) {
            let tile = log.get(&path("0", n, size)).await;
            from_tiles.extend(decode_tile(&tile.body).unwrap());
            let bundle = log.get(&path("entries", n, size)).await;
            let entries = decode_bundle(&bundle.body).unwrap();
            from_bundles.extend(
                entries
                    .into_iter()
                    .map(|entry| NodeHash::from(entry_leaf_hash(entry))),
            );
        }
        assert_eq!(checkpoint.head().size.value(), size);
        assert_eq!(root_of(&from_tiles), checkpoint.head().root);
        assert_eq!(from_tiles, from_bundles);
        if size >= WIDTH {
            let above = log.get("/log/tile/1/000.p/1").await;
            assert_eq!(
                decode_tile(&above.body).unwrap(),
                [NodeHash::from(root_of(&from_tiles[..256]))]
            );
        }
    }
}

#[tokio::test]
async fn a_tile_has_exactly_the_width_asked_and_none_past_the_head() {
    let log = grown_to(260).await;
    let full = log.get("/log/tile/0/000").await;
    for width in [1, 2, 100, 255] {
        let tile = log.get(&format!("/log/tile/0/000.p/{width}")).await;
        assert_eq!(tile.body, full.body[..width * 32]);
    }
    assert_eq!(log.get("/log/tile/0/001.p/4").await.status, 200);
    for path in [
        "/log/tile/0/001.p/5",
        "/log/tile/0/001",
        "/log/tile/0/002.p/1",
        "/log/tile/1/000.p/2",
        "/log/tile/2/000.p/1",
        "/log/tile/0/000.p/256",
        "/log/tile/0/000.p/0",
        "/log/tile/0/000.p/01",
        "/log/tile/0/0",
        "/log/tile/64/000",
        "/log/tile/entries/001.p/5",
        "/log/tile/entries/x001",
        "/log/tile/data/000",
        "/log/tile/entries/entries/000",
    ] {
        let answer = log.get(path).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "NOT_FOUND"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn content_types_and_cache_rules_are_those_of_the_specification() {
    let log = grown_to(8).await;
    let note = log.get("/log/checkpoint").await;
    assert_eq!(note.header(header::CONTENT_TYPE), "text/plain; charset=utf-8");
    assert_eq!(note.header(header::CACHE_CONTROL), "no-cache");
    for path in ["/log/tile/0/000.p/8", "/log/tile/entries/000.p/8"] {
        let tile = log.get(path).await;
        assert_eq!(tile.header(header::CONTENT_TYPE), "application/octet-stream");
        assert_eq!(
            tile.header(header::CACHE_CONTROL),
            "public, max-age=31536000, immutable"
        );
    }
}
