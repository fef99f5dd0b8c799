//! SIGKILL under load, again and again, on one log.
//!
//! After every kill: each entry that was ever acknowledged has its index still, each checkpoint that was
//! ever served is consistent with the newest one. After some kills and at the end `fsck` is clean, which computes every
//! index.root again: the index is carried on all the time, so that kills fall into building, joining and naming of runs.
//! `CRASH_ROUNDS` sets how many kills (default 10). When the kill falls is left to chance, what must hold is not.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod witness;

use harness::actors;
use harness::client::Client;
use kit::server::{self, INDEX_AFTER_MS, ORIGIN, Server};
use ledger::signer::EvidenceKey;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use verifier::checkpoint::{Checkpoint, TreeHead};
use verifier::hash::NodeHash;
use verifier::merkle::consistency::verify_consistency;
use verifier::note::VerifierKey;

const LEDGERD: &str = env!("CARGO_BIN_EXE_ledgerd-under-test");
const WRITERS: u64 = 3;
const BATCH: u64 = 20;
/// After each kill the newest acknowledged entries are all looked up, and a share of the older ones that
/// moves on with every round; at the end every one of them.
const NEWEST: usize = 200;
const SHARE: usize = 101;

/// What the server has promised.
#[derive(Default)]
struct ServerPromises {
    digests: BTreeMap<u64, String>,
    heads: BTreeMap<u64, TreeHead>,
    /// Up to this size every head was found consistent with the next.
    consistent_to: u64,
}

#[test]
fn nothing_acknowledged_is_lost_and_no_checkpoint_is_contradicted_by_kills_under_load() {
    let rounds: u64 = std::env::var("CRASH_ROUNDS")
        .ok()
        .map_or(10, |text| text.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log");
    let operator = EvidenceKey::read(&server::init(LEDGERD, &log)).unwrap();
    let gateway = Arc::new(EvidenceKey::from_seed([7; 32]).unwrap());
    let promises = Arc::new(Mutex::new(ServerPromises::default()));

    let first = serve(&log);
    let client = Client::new(first.url());
    let registration = actors::registration(&operator, ORIGIN, &gateway, "clawproxy", &["gateway"]).unwrap();
    let answer = client.submit(&registration).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text());
    let key = VerifierKey::parse(
        client.get("/v1/log").unwrap().json().unwrap()["vkey"]
            .as_str()
            .unwrap(),
    )
    .unwrap();
    first.kill();

    for round in 0..rounds {
        let server = serve(&log);
        check_promises(
            &Client::new(server.url()),
            &key,
            &mut promises.lock().unwrap(),
            round,
        );
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (url, gateway) = (server.url().to_owned(), Arc::clone(&gateway));
                let (promises, key) = (Arc::clone(&promises), key.clone());
                std::thread::spawn(move || write_until_killed(&url, &gateway, &key, &promises, round, writer))
            })
            .collect();
        std::thread::sleep(Duration::from_millis(120 + (round * 37) % 260));
        server.kill();
        for writer in writers {
            writer.join().unwrap();
        }
        if round % 4 == 1 {
            check_with_fsck(&log);
        }
    }

    let server = serve(&log);
    let mut promises = promises.lock().unwrap();
    check_promises(&Client::new(server.url()), &key, &mut promises, rounds);
    let index_roots = check_every_entry(&Client::new(server.url()), &promises);
    assert!(index_roots > rounds, "the index was hardly carried on");
    server.stop();
    assert!(
        promises.digests.len() > usize::try_from(rounds).unwrap(),
        "hardly anything was written"
    );
    check_with_fsck(&log);
    println!(
        "{rounds} kills, {} acknowledged entries, {index_roots} index.roots, {} checkpoints: all there, all consistent",
        promises.digests.len(),
        promises.heads.len()
    );
}

/// A server that covers entries as soon as it can.
fn serve(log: &Path) -> Server {
    let mut command = server::command(LEDGERD);
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
        .arg(log);
    Server::from_command(command.env(INDEX_AFTER_MS, "1").stderr(Stdio::piped()))
}

fn write_until_killed(
    url: &str,
    gateway: &EvidenceKey,
    key: &VerifierKey,
    promises: &Mutex<ServerPromises>,
    round: u64,
    writer: u64,
) {
    let client = Client::new(url);
    for batch in 0.. {
        let run = format!("run-{round}-{writer}");
        let documents: Vec<String> = (batch * BATCH..(batch + 1) * BATCH)
            .map(|n| actors::receipt(gateway, &run, n).unwrap())
            .collect();
        // The connection breaks when the server is killed: what was not answered was not promised.
        let Ok(answers) = client.submit_batch(&documents) else {
            return;
        };
        let mut promises = promises.lock().unwrap();
        for answer in answers {
            if answer["status"] == 503 {
                continue;
            }
            assert_eq!(answer["status"], 201, "{answer}");
            let digest = answer["evidence_digest"].as_str().unwrap().to_owned();
            let earlier = promises.digests.insert(answer["index"].as_u64().unwrap(), digest);
            assert!(earlier.is_none(), "index given twice: {answer}");
            let note = answer["checkpoint"].as_str().unwrap();
            let head = Checkpoint::open(note.as_bytes(), key).unwrap().head().clone();
            let size = head.size.value();
            if let Some(earlier) = promises.heads.insert(size, head.clone()) {
                assert_eq!(earlier, head, "two heads of size {size}");
            }
        }
    }
}

fn check_promises(client: &Client, key: &VerifierKey, promises: &mut ServerPromises, round: u64) {
    let note = client.get("/log/checkpoint").unwrap();
    let newest = Checkpoint::open(&note.body, key).unwrap().head().clone();
    // Consistency is transitive: each head with the next one served, the last with the newest.
    let served: Vec<TreeHead> = promises
        .heads
        .range(promises.consistent_to..)
        .map(|(_, head)| head.clone())
        .collect();
    for (place, head) in served.iter().enumerate() {
        check_consistency(client, head, served.get(place + 1).unwrap_or(&newest), round);
    }
    promises.consistent_to = newest.size.value();
    promises.heads.insert(newest.size.value(), newest);
    let skip = promises.digests.len().saturating_sub(NEWEST);
    for (place, (index, digest)) in promises.digests.iter().enumerate() {
        if place < skip && place % SHARE != usize::try_from(round).unwrap() % SHARE {
            continue;
        }
        let answer = client.get(&format!("/v1/entries/{index}")).unwrap();
        assert_eq!(
            answer.status,
            200,
            "round {round}: entry {index} is gone: {}",
            answer.text()
        );
        let found = answer.json().unwrap();
        assert_eq!(
            found["evidence_digest"].as_str(),
            Some(digest.as_str()),
            "round {round}: entry {index}"
        );
    }
}

/// Every acknowledged entry, from the list of all entries; the number of index.roots among them.
fn check_every_entry(client: &Client, promises: &ServerPromises) -> u64 {
    let mut missing = promises.digests.clone();
    let (mut from, mut index_roots) = (0, 0);
    loop {
        let answer = client
            .get(&format!("/v1/entries?from={from}&limit=200"))
            .unwrap()
            .json()
            .unwrap();
        let entries = answer["entries"].as_array().unwrap();
        let Some(last) = entries.last() else { break };
        from = last["index"].as_u64().unwrap() + 1;
        for entry in entries {
            index_roots += u64::from(entry["kind"] == "index.root");
            let expected = missing.remove(&entry["index"].as_u64().unwrap());
            assert!(
                expected.is_none_or(|digest| entry["evidence_digest"] == digest.as_str()),
                "{entry}"
            );
        }
    }
    assert!(
        missing.is_empty(),
        "{} acknowledged entries are gone: {missing:?}",
        missing.len()
    );
    index_roots
}

fn check_consistency(client: &Client, earlier: &TreeHead, later: &TreeHead, round: u64) {
    let (first, second) = (earlier.size, later.size);
    assert!(
        first <= second,
        "round {round}: size {first} was served, now {second}"
    );
    let path = format!("/v1/proofs/consistency?first={first}&second={second}");
    let answer = client.get(&path).unwrap().json().unwrap();
    let hashes: Vec<NodeHash> = answer["hashes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hash| {
            let bytes = verifier::base64::decode_standard(hash.as_str().unwrap()).unwrap();
            NodeHash::from_bytes(bytes.try_into().unwrap())
        })
        .collect();
    verify_consistency(first, &earlier.root, second, &later.root, &hashes)
        .unwrap_or_else(|error| panic!("round {round}: {first} -> {second}: {error}"));
}

fn check_with_fsck(log: &Path) {
    let output = server::run(LEDGERD, &["fsck", "--dir", &log.to_string_lossy(), "--json"]);
    assert!(output.status.success(), "fsck: {}", server::stdout(&output));
}
