//! What one kind of request, or one caller, leaves for the others.

use crate::support::{ApiLog, from_peer, get, open_loopback, post};
use api::HostLimits;
use api::limits::BodyPace;
use axum::body::{Body, Bytes};
use axum::http::{Request, header};
use futures_util::stream;
use ledger_query::share::{Caller, PoolLimits};
use std::convert::Infallible;
use std::net::IpAddr;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Of every body that is sent here.
const SENT_BYTES: usize = 4 << 10;

fn limited(pools: PoolLimits) -> HostLimits {
    HostLimits {
        pools,
        ..HostLimits::default()
    }
}

fn held(log: &ApiLog, pool: &str) -> usize {
    let numbers = log.state.pools().numbers();
    numbers.iter().find(|numbers| numbers.name == pool).unwrap().held
}

/// A request that announces 16 MiB, sends a little, and then nothing.
fn stalled(path: &str) -> Request<Body> {
    let sent = Ok::<_, Infallible>(Bytes::from(vec![b' '; SENT_BYTES]));
    let first = stream::iter([sent]);
    let body = Body::from_stream(futures_util::StreamExt::chain(first, stream::pending()));
    let mut request = post(path, "application/json", body);
    let announced = (16 << 20).to_string().parse().unwrap();
    request.headers_mut().insert(header::CONTENT_LENGTH, announced);
    request
}

/// Sends it, and waits until what was sent of it has come.
async fn under_way(log: &ApiLog, request: Request<Body>, pool: &str) -> JoinHandle<u16> {
    let before = held(log, pool);
    let router = api::router(log.state.clone());
    let answer = tokio::spawn(async move {
        let answer = tower::ServiceExt::oneshot(router, request).await.unwrap();
        answer.status().as_u16()
    });
    while held(log, pool) == before {
        tokio::task::yield_now().await;
    }
    answer
}

#[tokio::test]
async fn bodies_to_verify_take_room_as_they_come_and_none_from_submissions() {
    let pools = PoolLimits {
        question_bytes: 4 * SENT_BYTES,
        ..PoolLimits::default()
    };
    let log = ApiLog::start_with(limited(pools)).await;
    let pool = "bytes to verify";
    let mut open = Vec::new();
    for last in [1, 1, 2, 2] {
        open.push(under_way(&log, from_peer(stalled("/v1/verify"), last), pool).await);
    }
    assert_eq!(
        held(&log, pool),
        4 * SENT_BYTES,
        "what was announced takes nothing"
    );
    let receipt = log.receipt("rcpt-1", "run-1");
    let verify = || post("/v1/verify", "application/json", receipt.clone());
    assert_eq!(log.send(verify()).await.code(), "UNAVAILABLE");
    assert_eq!(log.post(&receipt).await.status, 201);
    for request in open {
        request.abort();
        assert!(request.await.unwrap_err().is_cancelled());
    }
    assert_eq!(held(&log, pool), 0, "a caller that leaves gives its room back");
    assert_eq!(log.send(verify()).await.status, 200);
}

#[tokio::test]
async fn one_callers_bodies_leave_half_of_the_room_to_others() {
    let pools = PoolLimits {
        question_bytes: 4 * SENT_BYTES,
        ..PoolLimits::default()
    };
    let log = ApiLog::start_with(limited(pools)).await;
    let mut open = Vec::new();
    for _ in 0..2 {
        open.push(under_way(&log, from_peer(stalled("/v1/verify"), 1), "bytes to verify").await);
    }
    let verify = |last| {
        from_peer(
            post("/v1/verify", "application/json", log.receipt("r", "run")),
            last,
        )
    };
    let refused = log.send(verify(1)).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (429, "TOO_MANY_REQUESTS")
    );
    assert_eq!(refused.header(header::RETRY_AFTER), "1");
    assert_eq!(log.send(verify(2)).await.status, 200);
    for request in open {
        request.abort();
    }
}

#[tokio::test]
async fn a_body_that_stalls_is_told_that_it_came_too_slowly() {
    let limits = HostLimits {
        body_pace: BodyPace {
            window: Duration::from_millis(20),
            bytes: 2 * SENT_BYTES,
        },
        ..HostLimits::default()
    };
    let log = ApiLog::bare(open_loopback(), limits);
    for path in ["/v1/evidence", "/v1/verify"] {
        let mut request = stalled(path);
        request.headers_mut().remove(header::CONTENT_LENGTH);
        let answer = log.send(request).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (408, "BODY_TOO_SLOW"),
            "{path}"
        );
        assert!(answer.json()["detail"].as_str().unwrap().contains("every 0.02 s"));
    }
}

#[tokio::test]
async fn one_callers_streams_and_long_polls_leave_half_to_others() {
    let pools = PoolLimits {
        streams: 4,
        ..PoolLimits::default()
    };
    let log = ApiLog::start_with(limited(pools)).await;
    let stream = |last| {
        let request = get("/v1/events").header(header::ACCEPT, "text/event-stream");
        from_peer(request.body(Body::empty()).unwrap(), last)
    };
    let (first, second) = (log.open(stream(1)).await, log.open(stream(1)).await);
    assert_eq!((first.status().as_u16(), second.status().as_u16()), (200, 200));
    let refused = log.send(stream(1)).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (429, "TOO_MANY_REQUESTS")
    );
    let poll = get("/v1/events?wait_s=1").body(Body::empty()).unwrap();
    assert_eq!(log.send(from_peer(poll, 1)).await.status, 429);
    let other = log.open(stream(2)).await;
    assert_eq!(other.status(), 200);
    drop(first);
    assert_eq!(log.open(stream(1)).await.status(), 200);
}

#[tokio::test]
async fn verifications_that_wait_stop_neither_reads_nor_submissions() {
    let pools = PoolLimits {
        verifications: 1,
        waiting: 1,
        ..PoolLimits::default()
    };
    let log = ApiLog::start_with(limited(pools)).await;
    let caller = |last| Caller::peer(IpAddr::from([192, 0, 2, last]));
    let running = log.state.pools().verifications.enter(&caller(1)).await.unwrap();
    let verify = |last| {
        from_peer(
            post("/v1/verify", "application/json", log.receipt("r", "run")),
            last,
        )
    };
    let waiting = under_way(&log, verify(2), "verifications").await;
    let refused = log.send(verify(3)).await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "UNAVAILABLE"));
    assert_eq!(log.get("/v1/entries").await.status, 200);
    assert_eq!(log.get("/log/tile/0/000.p/1").await.status, 200);
    assert_eq!(log.post(&log.receipt("r", "run")).await.status, 201);
    drop(running);
    assert_eq!(waiting.await.unwrap(), 200);
}

#[tokio::test]
async fn the_metrics_say_how_full_each_pool_is_and_how_often_it_gave_nothing() {
    let pools = PoolLimits {
        streams: 2,
        ..PoolLimits::default()
    };
    let log = ApiLog::start_with(limited(pools)).await;
    let open = log
        .open(
            get("/v1/events")
                .header(header::ACCEPT, "text/event-stream")
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(log.get_as("/v1/events", "text/event-stream").await.status, 429);
    let text = log.get("/metrics").await;
    for line in [
        "evidence_ledger_pool_held{pool=\"event streams\"} 1",
        "evidence_ledger_pool_capacity{pool=\"event streams\"} 2",
        "evidence_ledger_pool_refusals_total{pool=\"event streams\"} 1",
        "evidence_ledger_pool_abandoned_total{pool=\"verifications\"} 0",
        "evidence_ledger_connections_open 0",
    ] {
        assert!(
            text.text().lines().any(|found| found == line),
            "{line} in {}",
            text.text()
        );
    }
    drop(open);
}
