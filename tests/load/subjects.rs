//! Proved answers of the index, on the log that pages are measured on: how soon they come, how large they are, and what checking them
//! costs.

use crate::http::documents;
use crate::pages::views_of;
use crate::report;
use harness::HarnessError;
use harness::client::{Client, ClientAnswer};
use ledger::signer::EvidenceKey;
use std::time::{Duration, Instant};
use verifier::check::{SubjectExpectation, check_pack, check_subject};
use verifier::note::VerifierKey;

const VIEWS: u32 = 200;
const CHECKS: u32 = 200;
const PACK_CHECKS: u32 = 3;
/// How often the lag of an index.root is measured.
const ENTRIES: u32 = 10;
const POLL: Duration = Duration::from_millis(5);
/// Far beyond what the format allows.
const COVERED_WITHIN: Duration = Duration::from_secs(10);

pub(crate) fn run(
    client: &Client,
    gateway: &EvidenceKey,
    small: &str,
    large: &str,
) -> Result<(), HarnessError> {
    let checks = Checks::new(client)?;
    checks.subject("subject_proof_of_40_receipts", small)?;
    checks.subject("subject_proof_of_nothing", "no-such-job")?;
    checks.pack("pack_of_40_receipts", small)?;
    checks.pack("pack_of_10000_receipts", large)?;
    lag(client, gateway, "lag")
}

/// Asks a server for proofs, and checks them as its key and its genesis say.
pub(crate) struct Checks<'a> {
    client: &'a Client,
    key: VerifierKey,
    genesis: Vec<u8>,
}

impl<'a> Checks<'a> {
    pub(crate) fn new(client: &'a Client) -> Result<Self, HarnessError> {
        Ok(Self {
            client,
            key: key_of(client)?,
            genesis: got(client, "/v1/entries/0")?.body,
        })
    }

    /// The proof of all entries of a job.
    pub(crate) fn subject(&self, figure: &str, job: &str) -> Result<(), HarnessError> {
        let path = format!("/v1/subjects/job/{job}/proof");
        report::latencies(figure, views_of(self.client, &path, VIEWS)?);
        let file = got(self.client, &path)?.body;
        report::bytes(&format!("{figure}_size"), file.len());
        checked(figure, CHECKS, || {
            check_subject(&file, &self.genesis, &self.key, &SubjectExpectation::default())
                .report
                .reason_code
        })
    }

    /// The pack of a job, with the index-proof of its closure.
    pub(crate) fn pack(&self, figure: &str, job: &str) -> Result<(), HarnessError> {
        let pack = got(self.client, &format!("/v1/jobs/{job}/pack"))?.body;
        report::bytes(&format!("{figure}_size"), pack.len());
        checked(figure, PACK_CHECKS, || {
            let proved = check_pack(&pack, &self.key, None).report.details;
            if proved
                .get("completeness")
                .is_some_and(|found| found["proved"] == true)
            {
                "OK"
            } else {
                "NOT_PROVED"
            }
        })
    }
}

/// The time of a check, which must end with OK.
fn checked(figure: &str, times: u32, check: impl Fn() -> &'static str) -> Result<(), HarnessError> {
    let start = Instant::now();
    for _ in 0..times {
        let code = check();
        if code != "OK" {
            return Err(HarnessError::unexpected("OK", code));
        }
    }
    let each = start.elapsed().as_secs_f64() * 1000.0 / f64::from(times);
    report::figure(&format!("{figure}_checked"), each, "ms");
    Ok(())
}

/// How long one entry in a quiet log waits for its index.root.
pub(crate) fn lag(client: &Client, gateway: &EvidenceKey, run: &str) -> Result<(), HarnessError> {
    let mut all = Vec::new();
    for document in documents(gateway, run, ENTRIES)? {
        let answer = client.submit(&document)?.json()?;
        let start = Instant::now();
        let index = answer.get("index").and_then(serde_json::Value::as_u64);
        let index = index.ok_or_else(|| HarnessError::unexpected("an index", answer.to_string()))?;
        while covered(client)? <= index {
            if start.elapsed() > COVERED_WITHIN {
                return Err(HarnessError::unexpected("an index.root", "none in 10 s"));
            }
            std::thread::sleep(POLL);
        }
        all.push(start.elapsed());
    }
    report::latencies("index_root_after_an_entry", all);
    Ok(())
}

fn covered(client: &Client) -> Result<u64, HarnessError> {
    let log = got(client, "/v1/log")?.json()?;
    let covered = log.get("index_covered").and_then(serde_json::Value::as_u64);
    covered.ok_or_else(|| HarnessError::unexpected("index_covered", log.to_string()))
}

fn key_of(client: &Client) -> Result<VerifierKey, HarnessError> {
    let log = got(client, "/v1/log")?.json()?;
    let text = log
        .get("vkey")
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default();
    VerifierKey::parse(text).map_err(|error| HarnessError::unexpected("a verifier key", error.to_string()))
}

fn got(client: &Client, path: &str) -> Result<ClientAnswer, HarnessError> {
    let answer = client.get(path)?;
    if answer.status == 200 {
        return Ok(answer);
    }
    Err(HarnessError::unexpected("status 200", answer.text()))
}
