//! What visitors are told while the server has as much to do as it takes at once.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::header::RETRY_AFTER;
use ledger_query::share::{Caller, PoolLimits, Pools};

use crate::site::TestSite;

#[tokio::test]
async fn a_page_that_there_is_no_room_for_says_so_in_plain_words() {
    let limits = PoolLimits {
        pages: 1,
        waiting: 1,
        ..PoolLimits::default()
    };
    let pools = Arc::new(Pools::new(&limits));
    let site = TestSite::new_with(Arc::clone(&pools)).await;
    let others = [1, 2].map(|last| Caller::peer(IpAddr::from([192, 0, 2, last])));
    let running = pools.pages.enter(&others[0]).await.unwrap();
    let gate = Arc::clone(&pools.pages);
    let waiting = tokio::spawn(async move { gate.enter(&others[1]).await.map(drop) });
    while pools.pages.numbers().held < 2 {
        tokio::task::yield_now().await;
    }
    for path in ["/", "/jobs", "/log", "/entries/0", "/search?q=x"] {
        let busy = site.get(path).await;
        assert_eq!(busy.status, 503, "{path}");
        assert_eq!(busy.headers[RETRY_AFTER], "1");
        assert!(
            busy.body.contains("Too busy for this page just now"),
            "{}",
            busy.body
        );
        assert!(busy.body.contains("load the page again"));
    }
    drop(running);
    waiting.await.unwrap().unwrap();
    assert_eq!(site.get("/jobs").await.status, 200);
}
