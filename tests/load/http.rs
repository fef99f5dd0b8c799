//! Verified receipts over HTTP into a durable log, by a real server process.

use crate::jobs::ROLES;
use crate::{growing, pages, report};
use harness::client::Client;
use harness::{HarnessError, actors};
use kit::cast::Cast;
use kit::server::{self, ORIGIN, Server};
use ledger::signer::EvidenceKey;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const BATCHES: u32 = 80;
pub(crate) const BATCH: u32 = 500;
pub(crate) const BATCH_CLIENTS: u32 = 4;
const SINGLES: u32 = 4_000;
const SINGLE_CLIENTS: u32 = 32;
const LATENCIES: u32 = 500;
/// The thread that builds and joins the runs of the index.
const INDEXER: &str = "indexer";
/// Steps through the log that meet old and new entries, and hardly a tile twice in a row.
const READ_STRIDE: u64 = 7_919;

pub(crate) fn run() -> Result<(), HarnessError> {
    let binary = ledgerd()?;
    let dir = scratch()?;
    without_index(&binary, &dir.path().join("without-index"))?;
    let log = dir.path().join("log");
    let operator = EvidenceKey::read(&server::init(&binary, &log))?;
    let cast = Cast::on_loopback(operator);
    let gateway = &cast.gateway;
    let server = Server::start_indexing(&binary, &log);
    let client = registered(&server, &cast)?;

    latency(&client, gateway)?;
    let singles = documents(gateway, "single", SINGLES)?;
    let elapsed = in_parallel(server.url(), &singles, SINGLE_CLIENTS, 1)?;
    report::rate("http_singles", SINGLES, elapsed, "receipts/s");
    let batched = documents(gateway, "batch", BATCHES * BATCH)?;
    let before = server.thread_cpu_time(INDEXER);
    let elapsed = in_parallel(server.url(), &batched, BATCH_CLIENTS, BATCH)?;
    report::rate("http_batches_of_500", BATCHES * BATCH, elapsed, "receipts/s");
    let spent = server.thread_cpu_time(INDEXER).saturating_sub(before);
    let micros = spent.as_secs_f64() * 1e6 / f64::from(BATCHES * BATCH);
    report::figure("index_cpu_in_batches_of_500", micros, "CPU-us/receipt");
    reads(&client)?;
    growing::run(&client, &server, &cast)?;
    pages::run(&client, server.url(), &cast)?;
    server.stop();
    Ok(())
}

/// The path of the server's binary.
pub(crate) fn ledgerd() -> Result<String, HarnessError> {
    let binary = std::env::current_exe()
        .map(|bench| bench.with_file_name("ledgerd"))
        .map_err(|source| HarnessError::Io {
            what: "find ledgerd beside this program",
            source,
        })?;
    Ok(binary.to_string_lossy().into_owned())
}

/// A directory that is gone after the run.
pub(crate) fn scratch() -> Result<TempDir, HarnessError> {
    tempfile::tempdir().map_err(|source| HarnessError::Io {
        what: "make a directory",
        source,
    })
}

/// What the index costs shows against a log that keeps none.
fn without_index(binary: &str, log: &Path) -> Result<(), HarnessError> {
    let cast = Cast::on_loopback(EvidenceKey::read(&server::init(binary, log))?);
    let server = Server::start(binary, log);
    registered(&server, &cast)?;
    // The other log has taken as much before it is measured.
    let singles = documents(&cast.gateway, "single", SINGLES)?;
    in_parallel(server.url(), &singles, SINGLE_CLIENTS, 1)?;
    let batched = documents(&cast.gateway, "batch", BATCHES * BATCH)?;
    let elapsed = in_parallel(server.url(), &batched, BATCH_CLIENTS, BATCH)?;
    report::rate(
        "http_batches_of_500_without_index",
        BATCHES * BATCH,
        elapsed,
        "receipts/s",
    );
    server.stop();
    Ok(())
}

/// A client of a server whose operator registered everybody.
pub(crate) fn registered(server: &Server, cast: &Cast) -> Result<Client, HarnessError> {
    let client = Client::new(server.url());
    for registration in cast.registrations(ORIGIN, &ROLES, &actors::now()?) {
        client.submit(&registration)?;
    }
    Ok(client)
}

pub(crate) fn documents(gateway: &EvidenceKey, run: &str, count: u32) -> Result<Vec<String>, HarnessError> {
    (0..u64::from(count))
        .map(|n| actors::receipt(gateway, run, n))
        .collect()
}

/// One client, one document at a time: what a gateway waits for.
fn latency(client: &Client, gateway: &EvidenceKey) -> Result<(), HarnessError> {
    let mut all = Vec::new();
    for document in documents(gateway, "latency", LATENCIES)? {
        let start = Instant::now();
        let answer = client.submit(&document)?;
        all.push(start.elapsed());
        if answer.status != 201 {
            return Err(HarnessError::unexpected("status 201", answer.text()));
        }
    }
    report::latencies("http_acknowledgement", all);
    Ok(())
}

/// One client that reads entries all over the log, each with its proof.
fn reads(client: &Client) -> Result<(), HarnessError> {
    let size = size(client)?;
    let mut all = Vec::new();
    for turn in 0..u64::from(LATENCIES) {
        let index = turn * READ_STRIDE % size;
        let start = Instant::now();
        let answer = client.get(&format!("/v1/entries/{index}"))?;
        all.push(start.elapsed());
        if answer.status != 200 {
            return Err(HarnessError::unexpected("status 200", answer.text()));
        }
    }
    report::latencies("http_entry", all);
    Ok(())
}

pub(crate) fn size(client: &Client) -> Result<u64, HarnessError> {
    client
        .get("/v1/log")?
        .json()?
        .get("tree_size")
        .and_then(serde_json::Value::as_u64)
        .ok_or_else(|| HarnessError::unexpected("a tree size", "none"))
}

/// Sends all documents from `clients` threads, `batch` at a time, and requires that each is logged.
pub(crate) fn in_parallel(
    url: &str,
    all: &[String],
    clients: u32,
    batch: u32,
) -> Result<Duration, HarnessError> {
    let batch = usize::try_from(batch).unwrap_or(1);
    let share = all.len().div_ceil(usize::try_from(clients).unwrap_or(1));
    let start = Instant::now();
    std::thread::scope(|scope| {
        let workers: Vec<_> = all
            .chunks(share)
            .map(|mine| scope.spawn(move || send(&Client::new(url), mine, batch)))
            .collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|_| Err(HarnessError::unexpected("a client that ends", "a panic")))
        })
    })?;
    Ok(start.elapsed())
}

fn send(client: &Client, documents: &[String], batch: usize) -> Result<(), HarnessError> {
    for documents in documents.chunks(batch) {
        if let [document] = documents {
            let answer = client.submit(document)?;
            if answer.status != 201 {
                return Err(HarnessError::unexpected("status 201", answer.text()));
            }
            continue;
        }
        require_logged(client, documents)?;
    }
    Ok(())
}

/// Sends documents as one batch, and requires that each is logged.
pub(crate) fn require_logged(client: &Client, documents: &[String]) -> Result<(), HarnessError> {
    for answer in client.submit_batch(documents)? {
        if answer.get("status").and_then(serde_json::Value::as_u64) != Some(201) {
            return Err(HarnessError::unexpected("status 201", answer.to_string()));
        }
    }
    Ok(())
}
