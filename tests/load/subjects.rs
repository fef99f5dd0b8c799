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
    let key = key_of(client)?;
    let genesis = got(client, "/v1/entries/0")?.body;
    for (figure, job) in [
        ("subject_proof_of_40_receipts", small),
        ("subject_proof_of_nothing", "no-such-job"),
    ] {
        let path = format!("/v1/subjects/job/{job}/proof");
        report::latencies(figure, views_of(client, &path, VIEWS)?);
        let file = got(client, &path)?.body;
        report::bytes(&format!("{figure}_size"), file.len());
        let check = || {
            check_subject(&file, &genesis, &key, &SubjectExpectation::default())
                .report
                .reason_code
        };
        checked(figure, CHECKS, check)?;
    }
    for (figure, job) in [("pack_of_40_receipts", small), ("pack_of_10000_receipts", large)] {
        let pack = got(client, &format!("/v1/jobs/{job}/pack"))?.body;
        report::bytes(&format!("{figure}_size"), pack.len());
        checked(figure, PACK_CHECKS, || {
            let proved = check_pack(&pack, &key, None).report.details;
            if proved
                .get("completeness")
                .is_some_and(|found| found["proved"] == true)
            {
                "OK"
            } else {
                "NOT_PROVED"
            }
        })?;
    }
    lag(client, gateway)
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
fn lag(client: &Client, gateway: &EvidenceKey) -> Result<(), HarnessError> {
    let mut all = Vec::new();
    for document in documents(gateway, "lag", ENTRIES)? {
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
