//! The log's own page: its growth, and whether one size is the beginning of another.

use axum::http::StatusCode;
use kit::documents;
use kit::test_ledger::ORIGIN;
use verifier::index::TreeSize;

use crate::site::TestSite;

#[tokio::test]
async fn consistency_between_any_two_sizes_is_shown_with_its_hashes_and_holds() {
    let (site, _) = TestSite::with_job().await;
    let reader = &site.engine;
    let newest = site.newest();
    for first in 1..=newest {
        let body = site.page(&format!("/log?first={first}&second={newest}")).await;
        assert!(body.contains(&format!("Size {first} is the beginning of size {newest}")));
        assert!(body.contains("This server has verified the proof"));
        let proof = reader
            .consistency_proof(TreeSize::new(first), TreeSize::new(newest))
            .unwrap();
        for hash in &proof {
            assert!(body.contains(&format!("<code class=\"id\">{hash}</code>")));
        }
        let root = reader.tree_of(TreeSize::new(first)).unwrap().unwrap().root;
        assert!(body.contains(&root.to_string()));
    }
}

#[tokio::test]
async fn the_order_of_two_sizes_does_not_matter_and_one_alone_is_held_against_the_newest() {
    let (site, _) = TestSite::with_job().await;
    let body = site.page("/log?first=9&second=4").await;
    assert!(body.contains("Size 4 is the beginning of size 9"));
    let newest = site.newest();
    let body = site.page("/log?first=4&second=").await;
    assert!(body.contains(&format!("Size 4 is the beginning of size {newest}")));
    let body = site.page("/log?first=&second=").await;
    assert!(!body.contains("is the beginning of size"));
}

#[tokio::test]
async fn sizes_that_no_tree_has_say_what_is_wrong() {
    let site = TestSite::new().await;
    let beyond = site.get("/log?first=1&second=9999").await;
    assert_eq!(beyond.status, StatusCode::CONFLICT);
    assert!(beyond.body.contains("The log has 7 entries"));
    for query in ["first=x&second=3", "first=-1", "first=0&second=3"] {
        let answer = site.get(&format!("/log?{query}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert!(answer.body.contains("tree size"), "{query}");
    }
}

#[tokio::test]
async fn growth_is_drawn_from_genesis_to_the_newest_head() {
    let (site, _) = TestSite::with_job().await;
    let body = site.page("/log").await;
    assert!(body.contains("<path class=\"growth\" d=\"M"));
    assert!(body.contains(&format!("to {} entries at", site.newest())));
    assert!(body.contains("Each dot is a checkpoint."));
    assert!(
        body.contains("✓ the key above"),
        "genesis names the key that signs"
    );
    assert!(body.contains("No setting or key has been changed since"));
}

#[tokio::test]
async fn a_log_with_many_heads_is_drawn_with_few_points() {
    let site = TestSite::new().await;
    for second in 0..90 {
        site.log.clock.advance(1_000);
        let document = site.log.receipt(second);
        site.submit("clawproxy", document).await;
    }
    let body = site.page("/log").await;
    let picture = body.split("<path class=\"growth\"").nth(1).unwrap();
    let points = picture.split("</svg>").next().unwrap().matches("<circle").count();
    assert!((40..=61).contains(&points), "{points}");
    assert!(body.contains("sampled evenly"));
    // All heads are listed, page after page.
    let next = body.split("href=\"/log?upto=").nth(1).unwrap();
    let upto: u64 = next.split('#').next().unwrap().parse().unwrap();
    assert!(
        site.page(&format!("/log?upto={upto}"))
            .await
            .contains("Back to the newest")
    );
}

#[tokio::test]
async fn a_log_that_nobody_writes_to_is_idle() {
    let site = TestSite::new().await;
    let body = site.page("/log").await;
    // The test clock stands in the past.
    assert!(body.contains("<span class=\"tag\">idle</span>"));
    assert!(body.contains("no new entries since"));
}

#[tokio::test]
async fn a_log_that_was_closed_says_so_on_the_first_page_and_on_its_own() {
    let site = TestSite::new().await;
    for path in ["/", "/log"] {
        assert!(!site.page(path).await.contains("Log closed"), "{path}");
    }
    let reason = "moved <script>alert(1)</script> \u{202e}to others";
    let freeze = documents::freeze(ORIGIN, site.newest(), reason).with("/successor", "log.example/<b>&next");
    let index = site.log_draft(&site.log.cast.operator, freeze).await;
    for path in ["/", "/log"] {
        let body = site.page(path).await;
        let (_, banner) = body.split_once("<b>Log closed</b>").expect(path);
        let banner = banner.split("</div>").next().unwrap();
        assert!(banner.contains("This log was closed on "), "{banner}");
        assert!(
            banner.contains(&format!(
                "<a href=\"/entries/{index}\">entry {index}</a>: “<bdi>moved "
            )),
            "{banner}"
        );
        assert!(banner.contains("⟨U+202E⟩to others</bdi>”"), "{banner}");
        assert!(
            !banner.contains("<script>") && !banner.contains("<b>&"),
            "{banner}"
        );
        assert!(
            banner.contains("It is continued by <bdi class=\"id\">log.example/"),
            "{banner}"
        );
        assert!(
            banner.contains("; everything in it can still be verified."),
            "{banner}"
        );
    }
    let body = site.page(&format!("/entries/{index}")).await;
    assert!(
        body.contains("Log frozen") && !body.contains("<script>alert"),
        "{body}"
    );
}

#[tokio::test]
async fn a_log_that_was_closed_without_a_successor_names_none() {
    let site = TestSite::new().await;
    let freeze = documents::freeze(ORIGIN, 0, "over");
    site.log_draft(&site.log.cast.operator, freeze).await;
    let body = site.page("/log").await;
    assert!(
        body.contains("“<bdi>over</bdi>”. Everything in it can still be verified."),
        "{body}"
    );
    assert!(!body.contains("continued by"));
}
