//! Proved answers of the index: how soon they come, how large they are, and what checking them costs.

use std::time::{Duration, Instant};

use harness::HarnessError;
use harness::client::{Client, ClientAnswer};
use verifier::check::{Genesis, SubjectExpectation, check_subject};
use verifier::checkpoint::Checkpoint;
use verifier::entry::Entry;
use verifier::note::VerifierKey;
use verifier::subject_index::{RecordsOfFile, SubjectProof};

use super::lookups::{usual_job, usual_jobs};
use crate::plan::Plan;
use crate::report;
use crate::world::{World, at, views_of};

const CHECKS: u32 = 200;
/// How often the lag of an index.root is measured.
const ENTRIES: u64 = 5;
/// Receipts of the job whose number of these begins.
const LAG_JOB: u64 = 999_000_000;
const POLL: Duration = Duration::from_millis(5);
/// Far beyond what the format allows.
const COVERED_WITHIN: Duration = Duration::from_secs(10);

/// All entries of a usual job, and of a job that is not in the log.
pub(crate) fn run(world: &World, plan: &Plan, size: u64) -> Result<(), HarnessError> {
    let job = usual_job(usual_jobs(world) / 2);
    for (figure, job) in [
        ("subject_proof_of_16_entries", job.id.as_str()),
        ("subject_proof_of_nothing", "no-such-job"),
    ] {
        subject(
            world.client(),
            plan,
            &format!("/v1/subjects/job/{job}/proof"),
            figure,
            size,
        )?;
    }
    lag(world, size)
}

fn subject(client: &Client, plan: &Plan, path: &str, figure: &str, size: u64) -> Result<(), HarnessError> {
    let (key, genesis) = (key_of(client)?, got(client, "/v1/entries/0")?.body);
    report::latencies(
        &format!("{figure}{}", at(size)),
        views_of(client, path, plan.views)?,
    );
    let file = got(client, path)?.body;
    report::bytes(&format!("{figure}_size{}", at(size)), file.len());
    let start = Instant::now();
    for _ in 0..CHECKS {
        let check = check_subject(&file, &genesis, &key, &SubjectExpectation::default());
        let code = check.report.reason_code;
        if code != "OK" {
            return Err(HarnessError::unexpected("a proof that holds", code));
        }
    }
    report::millis(
        &format!("{figure}_verified{}", at(size)),
        start.elapsed() / CHECKS,
    );
    index_proof((&file, &genesis), &key, figure, size)
}

/// The part of a file that is the index's own: a file also has its entries, their paths and a checkpoint, and checking it
/// includes the signatures of the checkpoint and of log.genesis.
fn index_proof(
    (file, genesis): (&[u8], &[u8]),
    key: &VerifierKey,
    figure: &str,
    size: u64,
) -> Result<(), HarnessError> {
    let fault = |what: &'static str| move |error: String| HarnessError::unexpected(what, error);
    let file = SubjectProof::decode(file).map_err(|error| fault("a subject-proof")(error.to_string()))?;
    let genesis = Genesis::open(genesis, key).map_err(|error| fault("a genesis")(error.to_string()))?;
    let checkpoint = Checkpoint::open(file.checkpoint.as_bytes(), key);
    let checkpoint = checkpoint.map_err(|error| fault("a checkpoint")(error.to_string()))?;
    let records = file.entries.iter().map(|(index, bytes)| {
        let entry = Entry::decode(bytes).map_err(|error| fault("an entry")(error.to_string()))?;
        Ok((*index, entry))
    });
    let records: Vec<_> = records.collect::<Result<_, HarnessError>>()?;
    let questions = [file.question.clone()];
    let start = Instant::now();
    for _ in 0..CHECKS {
        RecordsOfFile {
            origin: key.name(),
            salt: &genesis.payload().index_salt,
            size: checkpoint.head().size,
            as_of: file.as_of,
            records: &records,
        }
        .prove(&questions, &file.index_proof)
        .map_err(|error| fault("an index-proof")(error.to_string()))?;
    }
    let name = |part: &str| format!("{figure}_index_proof_{part}{}", at(size));
    report::millis(&name("verified"), start.elapsed() / CHECKS);
    report::bytes(&name("size"), file.index_proof.encode().unwrap_or_default().len());
    Ok(())
}

/// How long one entry in a quiet log waits for its index.root.
fn lag(world: &World, size: u64) -> Result<(), HarnessError> {
    let client = world.client();
    let job = harness::load::jobs::LoadJob::new(LAG_JOB + size, 0);
    let mut all = Vec::new();
    for number in 0..ENTRIES {
        let answer = client.submit(&job.call(world.gateways(), number)?)?.json()?;
        let start = Instant::now();
        let index = answer.get("index").and_then(serde_json::Value::as_u64);
        let index = index.ok_or_else(|| HarnessError::unexpected("an index", answer.to_string()))?;
        covered(client, index.saturating_add(1))?;
        all.push(start.elapsed());
    }
    report::latencies(&format!("index_root_after_an_entry{}", at(size)), all);
    Ok(())
}

/// Waits until the index covers all entries that are published now.
pub(crate) fn all_covered(client: &Client) -> Result<(), HarnessError> {
    let log = got(client, "/v1/log")?.json()?;
    let size = log.get("tree_size").and_then(serde_json::Value::as_u64);
    covered(client, size.unwrap_or_default())
}

fn covered(client: &Client, size: u64) -> Result<(), HarnessError> {
    let start = Instant::now();
    loop {
        let log = got(client, "/v1/log")?.json()?;
        let covered = log.get("index_covered").and_then(serde_json::Value::as_u64);
        let covered = covered.ok_or_else(|| HarnessError::unexpected("index_covered", log.to_string()))?;
        // An index.root ends what it covers, and needs to be covered by none.
        let last_is_root = covered.saturating_add(1) >= size;
        if covered >= size || (last_is_root && ends_with_root(client, size)?) {
            return Ok(());
        }
        if start.elapsed() > COVERED_WITHIN {
            return Err(HarnessError::unexpected("an index.root", "none in 10 s"));
        }
        std::thread::sleep(POLL);
    }
}

fn ends_with_root(client: &Client, size: u64) -> Result<bool, HarnessError> {
    let entry = got(client, &format!("/v1/entries/{}", size.saturating_sub(1)))?.json()?;
    Ok(entry.get("kind").is_some_and(|kind| kind == "index.root"))
}

pub(crate) fn key_of(client: &Client) -> Result<VerifierKey, HarnessError> {
    let log = got(client, "/v1/log")?.json()?;
    let text = log
        .get("vkey")
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default();
    VerifierKey::parse(text).map_err(|error| HarnessError::unexpected("a verifier key", error.to_string()))
}

pub(crate) fn got(client: &Client, path: &str) -> Result<ClientAnswer, HarnessError> {
    let answer = client.get(path)?;
    if answer.status == 200 {
        return Ok(answer);
    }
    Err(HarnessError::unexpected("status 200", answer.text()))
}
