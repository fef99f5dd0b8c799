//! Packs, verified as somebody does who has only the file and the log's key.

use std::time::{Duration, Instant};

use harness::HarnessError;
use harness::load::jobs::LoadJob;
use harness::load::mission::Pace;
use harness::load::traffic::{BATCH, Traffic};
use verifier::check::{Genesis, check_pack};
use verifier::checkpoint::Checkpoint;
use verifier::note::VerifierKey;
use verifier::pack::{self, Pack};
use verifier::subject_index::IndexProof;

use super::subjects::{got, key_of};
use super::verdicts::large_job;
use crate::report;
use crate::world::{World, at};

/// Receipts of jobs whose closures are proved.
const CLOSURES: [u64; 2] = [40, 1_000];
/// Numbers of these jobs, above those of all others, so many for each size of the log.
const CLOSURE_JOBS: u64 = 600_000_000;
const TURNS: u32 = 5;

/// Adds jobs, and checks their packs: the whole file, and the index-proof alone.
pub(crate) fn closures(world: &mut World, turn: u64, size: u64) -> Result<(), HarnessError> {
    let mut jobs = Vec::new();
    for (number, receipts) in (CLOSURE_JOBS + turn * 10..).zip(CLOSURES) {
        let job = LoadJob::new(number, receipts);
        let batches = job.documents().div_ceil(BATCH);
        let mission = world.mission(
            Traffic::Job { number, receipts },
            batches,
            Pace::Closed { connections: 1 },
        );
        world.send(&mission)?;
        jobs.push(job);
    }
    world.verdicts_known()?;
    super::subjects::all_covered(world.client())?;
    for job in &jobs {
        closure(world, job, size)?;
    }
    Ok(())
}

fn closure(world: &World, job: &LoadJob, size: u64) -> Result<(), HarnessError> {
    let key = key_of(world.client())?;
    let file = got(world.client(), &format!("/v1/jobs/{}/pack", job.id))?.body;
    let genesis = got(world.client(), "/v1/entries/0")?.body;
    let named = |part: &str| format!("closure_of_{}_receipts_{part}{}", job.receipts(), at(size));
    report::bytes(&named("pack_size"), file.len());
    report::millis(&named("pack_verified"), checked(&file, &key)?);

    let fault = |what: &'static str| move |error: String| HarnessError::unexpected(what, error);
    let pack = Pack::open(&file).map_err(|error| fault("a pack")(error.to_string()))?;
    let entries = pack::entries(&pack).map_err(|finding| fault("entries")(finding.message))?;
    let checkpoint = Checkpoint::open(pack.checkpoint().as_bytes(), &key);
    let checkpoint = checkpoint.map_err(|error| fault("a checkpoint")(error.to_string()))?;
    let genesis = Genesis::open(&genesis, &key).map_err(|error| fault("a genesis")(error.to_string()))?;
    let salt = genesis.payload().index_salt;
    let start = Instant::now();
    for _ in 0..TURNS {
        let found = pack::check_index(&pack, &entries, (key.name(), &salt), checkpoint.head().size);
        let found = found.map_err(|finding| fault("an index-proof")(finding.message))?;
        if matches!(found, pack::PackCompleteness::NotProved(_)) {
            return Err(HarnessError::unexpected("an index-proof", "none"));
        }
    }
    report::millis(&named("index_proof_verified"), start.elapsed() / TURNS);
    let proof = pack.index_proof().and_then(IndexProof::encode);
    report::bytes(&named("index_proof_size"), proof.unwrap_or_default().len());
    Ok(())
}

/// The time of one check of a file, which must prove that nothing is missing.
fn checked(file: &[u8], key: &VerifierKey) -> Result<Duration, HarnessError> {
    let start = Instant::now();
    for _ in 0..TURNS {
        let details = check_pack(file, key, None).report.details;
        if details
            .get("completeness")
            .is_none_or(|found| found["proved"] != true)
        {
            return Err(HarnessError::unexpected(
                "a pack whose index-proof holds",
                "another",
            ));
        }
    }
    Ok(start.elapsed() / TURNS)
}

/// How fast the pack of the large job is verified, by one thread.
pub(crate) fn entries_verified(world: &World, size: u64) -> Result<(), HarnessError> {
    let key = key_of(world.client())?;
    let job = large_job();
    super::subjects::all_covered(world.client())?;
    let file = got(world.client(), &format!("/v1/jobs/{}/pack", job.id))?.body;
    let elapsed = checked(&file, &key)?;
    report::bytes(&format!("pack_of_10000_receipts_size{}", at(size)), file.len());
    let name = format!("pack_entries_verified{}", at(size));
    report::rate(&name, job.documents(), elapsed, "entries/s/core");
    Ok(())
}
