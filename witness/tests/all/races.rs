//! Requests of one log at the same time.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::asked::Asked;
use crate::log::HandLog;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_requests_from_one_size_one_is_cosigned_and_nothing_rolls_back() {
    let log = Arc::new(HandLog::new(1, 0, 400));
    let asked = Arc::new(Asked::new());
    let mut size = 0;
    while size < 300 {
        // Both continue the same size. The shorter one must not follow the longer one.
        let mut both = JoinSet::new();
        for new in [size + 3, size + 7] {
            let (asked, body) = (Arc::clone(&asked), log.request(size, new));
            both.spawn(async move { (new, asked.add(body).await) });
        }
        let answers = both.join_all().await;
        let cosigned: Vec<u64> = answers
            .iter()
            .filter(|(_, answer)| answer.status == 200)
            .map(|(new, _)| *new)
            .collect();
        assert_eq!(cosigned.len(), 1, "{answers:?}");
        for (new, answer) in &answers {
            if *new == cosigned[0] {
                answer.cosigned(&log.checkpoint(*new));
            } else {
                answer.other_size(cosigned[0]);
            }
        }
        size = cosigned[0];
        assert!(asked.latest().await.body.starts_with(&log.checkpoint(size)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_histories_at_once_never_both_get_a_cosignature() {
    let (log, fork) = (Arc::new(HandLog::new(1, 0, 40)), Arc::new(HandLog::new(1, 1, 40)));
    for size in 1..40 {
        let asked = Arc::new(Asked::new());
        let mut both = JoinSet::new();
        for log in [&log, &fork] {
            let (asked, body) = (Arc::clone(&asked), log.request(0, size));
            both.spawn(async move { asked.add(body).await.status });
        }
        let mut statuses = both.join_all().await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "size {size}");
    }
}
