//! A disk that takes no more bytes.

use crate::log::{LEDGERD, LogProcess};
use harness::actors;
use harness::client::Client;
use kit::server::{self, Server};

/// Small enough to be reached in seconds, large enough for the server to start.
const FILE_KIB: u32 = 4 * 1024;
/// Far more than fits.
const ATTEMPTS: u64 = 40;
const BATCH: u64 = 500;

#[test]
fn a_full_disk_acknowledges_nothing_that_is_not_there_after_a_restart() {
    let mut log = LogProcess::new();
    log.server.stop();
    log.server = Server::start_with_small_disk(LEDGERD, &log.dir, FILE_KIB);
    let client = Client::new(log.server.url());

    let mut acknowledged = Vec::new();
    let mut failed = false;
    for attempt in 0..ATTEMPTS {
        let documents: Vec<String> = (attempt * BATCH..(attempt + 1) * BATCH)
            .map(|n| actors::receipt(&log.gateway, "full", n).unwrap())
            .collect();
        let Ok(answers) = client.submit_batch(&documents) else {
            failed = true;
            break;
        };
        for answer in answers {
            match answer["status"].as_u64().unwrap() {
                201 => acknowledged.push((answer["index"].clone(), answer["evidence_digest"].clone())),
                status => {
                    assert!(status == 503 || status == 500, "{answer}");
                    failed = true;
                }
            }
        }
        if failed {
            break;
        }
    }
    assert!(failed, "the limit was never reached");
    assert!(
        !log.server.wait(),
        "an unknown outcome stops the process, not with success"
    );

    let server = Server::start(LEDGERD, &log.dir);
    let client = Client::new(server.url());
    for (index, digest) in &acknowledged {
        let found = client
            .get(&format!("/v1/entries/{index}"))
            .unwrap()
            .json()
            .unwrap();
        assert_eq!(found["evidence_digest"], *digest, "entry {index}");
    }
    server.stop();
    let output = server::run(LEDGERD, &["fsck", "--dir", &log.dir.to_string_lossy()]);
    assert!(output.status.success(), "{}", server::stdout(&output));
}
