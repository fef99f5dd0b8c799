//! `make bench-large`: how the costs of one log grow with its size, up to ten million receipts.

mod process;
mod standing;
mod traffic;

use std::path::Path;
use std::time::{Duration, Instant};

use harness::HarnessError;
use harness::client::Client;
use kit::cast::Cast;
use kit::server::{self, Server};
use ledger::signer::EvidenceKey;

use crate::http::{ledgerd, registered, scratch};
use crate::report;
use process::ProcessorTime;
use traffic::Traffic;

/// Of how many receipts the log is measured, as parts of all.
const PARTS: [u64; 3] = [100, 10, 1];
/// Receipts in front of each such size over which rate and processor time are measured.
const SPAN: u64 = 50_000;

/// Fills a log with `receipts` and measures it on its way.
pub(crate) fn run(receipts: u64) -> Result<(), HarnessError> {
    let binary = ledgerd()?;
    let dir = scratch()?;
    let log = dir.path().join("log");
    let cast = Cast::on_loopback(EvidenceKey::read(&server::init(&binary, &log))?);
    let server = Server::start_indexing(&binary, &log);
    let client = registered(&server, &cast)?;
    let mut traffic = Traffic::new(&cast);
    for part in PARTS {
        let size = receipts / part;
        let span = SPAN.min(size / 2);
        traffic.send_to(server.url(), size.saturating_sub(span))?;
        sustained(&server, &mut traffic, size)?;
        standing::measure(&client, &server, &log, &traffic)?;
    }
    server.stop();
    reopened(&binary, &log, traffic.receipts())
}

/// The rate and the processor time of the last receipts up to a size.
fn sustained(server: &Server, traffic: &mut Traffic<'_>, size: u64) -> Result<(), HarnessError> {
    let used = ProcessorTime::of(server.id());
    let (start, first) = (Instant::now(), traffic.receipts());
    traffic.send_to(server.url(), size)?;
    let elapsed = start.elapsed();
    let at = traffic.receipts();
    let count = u32::try_from(at.saturating_sub(first)).unwrap_or(u32::MAX);
    report::rate(&named("batches_of_256", at), count, elapsed, "receipts/s");
    for (group, time) in ProcessorTime::of(server.id()).since(&used).by_group() {
        let micros = time.as_secs_f64() * 1e6 / f64::from(count.max(1));
        report::figure(&named(&format!("cpu_{group}"), at), micros, "CPU-us/receipt");
    }
    Ok(())
}

/// How long a server needs until it serves a log of this size.
fn reopened(binary: &str, log: &Path, at: u64) -> Result<(), HarnessError> {
    let start = Instant::now();
    let server = Server::start_indexing(binary, log);
    Client::new(server.url()).get("/v1/log")?;
    report::figure(&named("reopened", at), start.elapsed().as_secs_f64(), "s");
    server.stop();
    Ok(())
}

/// The name of a figure of a log with so many receipts.
fn named(figure: &str, receipts: u64) -> String {
    format!("{figure}_at_{receipts}")
}

fn seconds(name: &str, at: u64, elapsed: Duration) {
    report::figure(&named(name, at), elapsed.as_secs_f64(), "s");
}
