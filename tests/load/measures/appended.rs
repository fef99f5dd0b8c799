//! The log without a network, in this process, while no server has it open.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use harness::HarnessError;
use harness::load::traffic::{BATCH, RequestMaker, Traffic};
use ledger::clock::SystemClock;
use ledger::config::Limits;
use ledger::handle::{Ledger, PreparedBatch, SubmissionOutcome};
use ledger::high_water::HighWaterFile;
use ledger::recovery;
use ledger::signer::LogKey;
use ledger_rocks::RocksStore;
use tokio::task::JoinSet;
use verifier::context::SubmitterName;
use verifier::index::{LeafIndex, TreeSize};

use crate::plan::Plan;
use crate::process::{ALL, ProcessorTime, WORKERS, report_cpu};
use crate::report;
use crate::world::at;

/// How long entries wait for an index.root, as a server is configured.
const INDEX_AFTER: Duration = Duration::from_millis(700);
/// Batches that are under way at once.
const UNDER_WAY: u64 = 16;
/// Far beyond what the format allows.
const COVERED_WITHIN: Duration = Duration::from_secs(10);
const PROOFS: u64 = 30_000;
/// A prime.
const STRIDE: u64 = 7_919;

/// Opens the log, proves entries of it, and appends to it what was verified before; how many bytes of documents.
pub(crate) fn run(log: &Path, plan: &Plan, size: u64) -> Result<u64, HarnessError> {
    let runtime = tokio::runtime::Runtime::new().map_err(|source| HarnessError::Io {
        what: "start a runtime",
        source,
    })?;
    runtime.block_on(async {
        let start = Instant::now();
        let ledger = open(log)?;
        report::seconds(&format!("opened_in_process{}", at(size)), start.elapsed());
        let measured = match proofs(&ledger, size) {
            Ok(()) => append(&ledger, plan, size).await,
            Err(error) => Err(error),
        };
        ledger.shutdown().await;
        measured
    })
}

fn open(log: &Path) -> Result<Ledger, HarnessError> {
    let refused = |error: String| HarnessError::unexpected("a log that opens", error);
    let store = RocksStore::open_existing(&log.join("db")).map_err(|error| refused(error.to_string()))?;
    let key = LogKey::read(&log.join("log.key"))?;
    let limits = Limits {
        index_after: Some(INDEX_AFTER),
        ..Limits::default()
    };
    recovery::open(
        Arc::new(store),
        Arc::new(key),
        Box::new(HighWaterFile::new(high_water(log))),
        Arc::new(SystemClock::new()),
        limits,
    )
    .map_err(|error| refused(error.to_string()))
}

/// The file is next to the directory.
fn high_water(log: &Path) -> PathBuf {
    let mut name = log.file_name().unwrap_or_default().to_owned();
    name.push(".high-water");
    log.with_file_name(name)
}

/// Proofs of entries all over the log, on one thread.
fn proofs(ledger: &Ledger, size: u64) -> Result<(), HarnessError> {
    let reader = ledger.reader();
    let entries: TreeSize = reader.published().head.tree.size;
    let start = Instant::now();
    for turn in 0..PROOFS {
        let index = LeafIndex::new(turn * STRIDE % entries.value());
        let proof = reader.inclusion_proof(index, entries);
        proof.map_err(|error| HarnessError::unexpected("a proof", error.to_string()))?;
    }
    let name = format!("inclusion_proof_in_process{}", at(size));
    report::rate(&name, PROOFS, start.elapsed(), "proofs/s");
    Ok(())
}

/// Appends in rounds, since what is verified takes much memory while it waits. The time of verifying is in neither figure.
async fn append(ledger: &Ledger, plan: &Plan, size: u64) -> Result<u64, HarnessError> {
    let run = format!("appended-{size}");
    let maker = RequestMaker::new(Traffic::Loose { run, batch: BATCH })?;
    let used_now = || ProcessorTime::of(std::process::id());
    let (begin, mut elapsed, mut workers) = (used_now(), Duration::ZERO, Duration::ZERO);
    let (mut next, mut bytes) = (0, 0);
    while next * BATCH < plan.appended {
        let mut prepared = Vec::new();
        for number in next..next + UNDER_WAY {
            let bodies = bodies(&maker, number)?;
            bytes += bodies.iter().map(Vec::len).sum::<usize>();
            prepared.push(ledger.prepare(bodies).await);
        }
        next += UNDER_WAY;
        let (before, start) = (used_now(), Instant::now());
        append_all(ledger, prepared).await?;
        elapsed += start.elapsed();
        let used = used_now().since(&before);
        workers += used
            .iter()
            .filter(|(group, _)| *group == WORKERS)
            .map(|(_, time)| *time)
            .sum::<Duration>();
    }
    covered(ledger).await?;
    // What the threads of the log do goes on while the next round is verified.
    let mut used = used_now().since(&begin);
    used.retain(|(group, _)| *group != ALL && *group != WORKERS);
    let all = used.iter().map(|(_, time)| *time).sum::<Duration>() + workers;
    used.extend([(ALL, all), (WORKERS, workers)]);
    let count = next * BATCH;
    report::rate(
        &format!("appended_in_process{}", at(size)),
        count,
        elapsed,
        "entries/s",
    );
    report_cpu("appended_in_process", &at(size), &used, count);
    Ok(u64::try_from(bytes).unwrap_or(u64::MAX))
}

/// Waits until the index covers all that was appended.
async fn covered(ledger: &Ledger) -> Result<(), HarnessError> {
    let (reader, start) = (ledger.reader(), Instant::now());
    let entries = reader.published().head.tree.size;
    while reader.index_covered() < entries {
        if start.elapsed() > COVERED_WITHIN {
            return Err(HarnessError::unexpected("an index.root", "none in 10 s"));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

fn bodies(maker: &RequestMaker, number: u64) -> Result<Vec<Vec<u8>>, HarnessError> {
    let request = maker.request(number)?;
    let body = request.body.map(|(_, body)| body).unwrap_or_default();
    Ok(body.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect())
}

/// All batches at once, as many submitters send them.
async fn append_all(ledger: &Ledger, prepared: Vec<PreparedBatch>) -> Result<(), HarnessError> {
    let submitter = SubmitterName::parse("local");
    let submitter = submitter.ok_or_else(|| HarnessError::unexpected("a name", "none"))?;
    let mut under_way = JoinSet::new();
    for batch in prepared {
        let (ledger, submitter) = (ledger.clone(), submitter.clone());
        under_way.spawn(async move { ledger.append(&submitter, batch).await });
    }
    while let Some(answers) = under_way.join_next().await {
        let answers = answers.map_err(|error| HarnessError::unexpected("answers", error.to_string()))?;
        for answer in answers {
            match answer {
                Ok(ack) if ack.outcome == SubmissionOutcome::Created && !ack.proof.is_empty() => {}
                other => return Err(HarnessError::unexpected("a new entry", format!("{other:?}"))),
            }
        }
    }
    Ok(())
}
