//! Witnesses that answer anything: none delays another, and nothing of what they say is kept.

use std::net::TcpListener;
use std::sync::mpsc::channel;

use kit::cosigners::{cosignature, cosigner};
use kit::witness_server::{Reply, WitnessServer};
use ledger_witnesses::policy::WitnessPolicy;
use verifier::note::UnverifiedNote;

use crate::support::{NOW_S, Watched, good, log_key, policy, until};

/// The witness that misbehaves.
const HOSTILE: u8 = 23;

/// The text of the checkpoint in a request.
fn text_of(body: &str) -> String {
    let (_, note) = body.split_once("\n\n").unwrap();
    let note = UnverifiedNote::parse(note.as_bytes()).unwrap();
    note.danger_text().to_owned()
}

fn signed(seed: u8, text: &str, time_s: u64) -> Vec<u8> {
    cosignature(seed, text, time_s).to_string().into_bytes()
}

/// Two witnesses that cosign, and one that answers by a script: the log gets its quorum of two for each head, with nothing by the
/// third, whose error is named.
async fn require_harmless(code: &str, script: impl FnMut(&str) -> Reply + Send + 'static) {
    let (first, second) = (good(&[21]), good(&[22]));
    let hostile = WitnessServer::start(script);
    let asked: [(&WitnessServer, &[u8]); 3] = [(&first, &[21]), (&second, &[22]), (&hostile, &[HOSTILE])];
    let mut log = Watched::start(&policy(2, &asked)).await;
    for _ in 0..3 {
        let size = log.grow().await;
        log.until_quorum(size).await;
        assert_eq!(log.cosigned_by(&[21, 22, HOSTILE]), (vec![21, 22], 3), "{code}");
    }
    let failed = || log.state(HOSTILE).and_then(|state| state.last_error) == Some(code);
    until(code, failed).await;
    let state = log.state(HOSTILE).unwrap();
    assert_eq!(state.newest, None, "{code}");
    assert_eq!(log.cosigned_by(&[21, 22, HOSTILE]), (vec![21, 22], 3), "{code}");
    log.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_other_than_200_keeps_nothing_whatever_comes_with_it() {
    for (status, code) in [
        (403, "WITNESS_STATUS_403"),
        (404, "WITNESS_STATUS_404"),
        (422, "WITNESS_STATUS_422"),
        (429, "WITNESS_STATUS_429"),
        (500, "WITNESS_STATUS_5XX"),
        (302, "WITNESS_STATUS_OTHER"),
    ] {
        require_harmless(code, move |body| (status, signed(HOSTILE, &text_of(body), NOW_S))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_keeps_nothing() {
    require_harmless("WITNESS_ANSWER_MALFORMED", |_| (200, vec![0xff; 1_000])).await;
    require_harmless("WITNESS_ANSWER_MALFORMED", |_| (200, Vec::new())).await;
    require_harmless("WITNESS_ANSWER_MALFORMED", |_| {
        (409, b"<html>conflict</html>".to_vec())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_megabytes_are_not_read_to_their_end() {
    require_harmless("WITNESS_ANSWER_TOO_LONG", |body| {
        let line = signed(HOSTILE, &text_of(body), NOW_S);
        (200, line.iter().copied().cycle().take(10 << 20).collect())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cosignature_of_another_size_is_refused() {
    require_harmless("WITNESS_COSIGNATURE_INVALID", |body| {
        let text = text_of(body);
        let size = text.lines().nth(1).unwrap();
        let other = text.replacen(&format!("\n{size}\n"), "\n3\n", 1);
        (200, signed(HOSTILE, &other, NOW_S + 100))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cosignature_by_another_key_is_refused() {
    // By a key that nobody knows, and by one that the policy knows as another witness's.
    for seed in [29, 21] {
        require_harmless("WITNESS_COSIGNATURE_MISSING", move |body| {
            (200, signed(seed, &text_of(body), NOW_S + 200))
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cosignature_from_the_future_is_refused() {
    require_harmless("WITNESS_CLOCK_AHEAD", |body| {
        (200, signed(HOSTILE, &text_of(body), NOW_S + 86_400))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_to_an_earlier_request_is_refused() {
    // The first answer holds, for the first head; it is sent again for ever.
    let mut first: Option<Vec<u8>> = None;
    let hostile = WitnessServer::start(move |body| {
        let answer = first.get_or_insert_with(|| signed(HOSTILE, &text_of(body), NOW_S));
        (200, answer.clone())
    });
    let mut log = Watched::start(&policy(1, &[(&hostile, &[HOSTILE])])).await;
    log.until_quorum(7).await;
    log.grow().await;
    let failed = || log.state(HOSTILE).and_then(|state| state.last_error);
    until("a refusal", || failed() == Some("WITNESS_COSIGNATURE_INVALID")).await;
    assert_eq!(log.quorum(), 7);
    assert_eq!(log.cosigned_by(&[HOSTILE]), (vec![], 1));
    log.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn surplus_lines_are_left_out() {
    let hostile = WitnessServer::start(|body| {
        let text = text_of(body);
        let lines = [31, HOSTILE, 32].map(|seed| signed(seed, &text, NOW_S));
        (200, lines.concat())
    });
    let log = Watched::start(&policy(1, &[(&hostile, &[HOSTILE])])).await;
    log.until_quorum(7).await;
    assert_eq!(log.cosigned_by(&[31, HOSTILE, 32]), (vec![HOSTILE], 2));
    log.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_keeps_its_request_waiting_delays_nobody_and_gets_no_second_one() {
    let (first, second) = (good(&[21]), good(&[22]));
    let (release, released) = channel::<()>();
    let slow = WitnessServer::start(move |_| {
        // Fails once the test lets it go.
        let _ = released.recv();
        (500, Vec::new())
    });
    let asked: [(&WitnessServer, &[u8]); 3] = [(&first, &[21]), (&second, &[22]), (&slow, &[HOSTILE])];
    let mut log = Watched::start(&policy(2, &asked)).await;
    until("a request", || slow.bodies().len() == 1).await;
    for _ in 0..3 {
        let size = log.grow().await;
        log.until_quorum(size).await;
    }
    assert_eq!(slow.bodies().len(), 1);
    drop(release);
    log.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_where_nobody_listens_delays_nobody() {
    let (first, second) = (good(&[21]), good(&[22]));
    // The port of a listener that is closed again.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let lines = |seed: u8, url: &str| format!("witness k{seed} {} {url}\n", cosigner(seed));
    let witnesses = [
        lines(21, &first.url()),
        lines(22, &second.url()),
        lines(HOSTILE, &format!("http://{nobody}")),
    ];
    let text = format!(
        "{}group two 2 k21 k22 k{HOSTILE}\nquorum two\n",
        witnesses.concat()
    );
    let policy = WitnessPolicy::parse(text.as_bytes(), &log_key()).unwrap();
    let mut log = Watched::start(&policy).await;
    let size = log.grow().await;
    log.until_quorum(size).await;
    let failed = || log.state(HOSTILE).and_then(|state| state.last_error);
    until("a failure", || failed() == Some("WITNESS_UNREACHABLE")).await;
    log.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_names_one_size_after_the_other_gets_two_requests_and_a_pause() {
    let mut size = 0;
    require_harmless("WITNESS_UNSETTLED", move |_| {
        size = (size + 1) % 7;
        (409, format!("{size}\n").into_bytes())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_cosigned_more_than_the_log_has_is_named_as_ahead() {
    require_harmless("WITNESS_AHEAD", |_| (409, b"1000000\n".to_vec())).await;
    require_harmless("WITNESS_AHEAD", |_| (409, b"18446744073709551615\n".to_vec())).await;
}
