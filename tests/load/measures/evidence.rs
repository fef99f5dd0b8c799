//! Measures clawsig verification against its signatures alone, and the verifier's cold start.

use crate::{place, report};
use harness::HarnessError;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use verifier::check::Status;
use verifier::clawsig::{ClawsigOptions, verify_proof_bundle};
use verifier::did::DidKey;
use verifier::json::{self, Value};
use verifier::signature::PublicKey;

/// Turns of the two measurements, one after the other, so that both see the same machine.
const TURNS: usize = 15;
const IN_A_TURN: u32 = 1_000;
const STARTS: usize = 101;
/// Signatures of the vector: the bundle's and its receipt's.
const SIGNATURES: f64 = 2.0;

pub(crate) fn run() -> Result<(), HarnessError> {
    let folder = std::env::var("CLAWSIG_VECTORS").unwrap_or_else(|_| "../shared/vectors/clawsig".to_owned());
    let vector = PathBuf::from(folder).join("proof_bundle_pass.json");
    let Ok(document) = std::fs::read(&vector) else {
        report::left_out(
            "verify_proof_bundle_one_thread",
            "the clawsig vectors are not here",
        );
        return Ok(());
    };
    bundle(&document)?;
    cold_start(&vector)
}

fn bundle(document: &[u8]) -> Result<(), HarnessError> {
    let signed = OuterSignature::of(document)?;
    let gateways = [signed.gateway.clone()];
    let options = ClawsigOptions {
        gateways: &gateways,
        ..ClawsigOptions::default()
    };
    let (mut strict, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let start = Instant::now();
        for _ in 0..IN_A_TURN {
            if !black_box(signed.key.verify(black_box(&signed.message), &signed.signature)) {
                return Err(HarnessError::unexpected("a signature that holds", "another"));
            }
        }
        strict.push(start.elapsed());
        let start = Instant::now();
        for _ in 0..IN_A_TURN {
            let value = json::parse(black_box(document))
                .map_err(|fault| HarnessError::unexpected("a document", fault.to_string()))?;
            verify_proof_bundle(&value, &options)
                .1
                .map_err(|failure| HarnessError::unexpected(Status::Pass.as_str(), failure.message))?;
        }
        whole.push(start.elapsed());
    }
    let (strict, whole) = (median(strict), median(whole));
    report::rate(
        "verify_strict_one_thread",
        IN_A_TURN.into(),
        strict,
        "signatures/s",
    );
    report::rate(
        "verify_proof_bundle_one_thread",
        IN_A_TURN.into(),
        whole,
        "bundles/s",
    );
    let share = SIGNATURES * strict.as_secs_f64() / whole.as_secs_f64();
    report::figure("verify_proof_bundle_of_its_signatures", share, "ratio");
    Ok(())
}

/// The outer signature of the vector.
struct OuterSignature {
    key: PublicKey,
    message: Vec<u8>,
    signature: [u8; 64],
    gateway: String,
}

impl OuterSignature {
    fn of(document: &[u8]) -> Result<Self, HarnessError> {
        let missing = || HarnessError::unexpected("a proof bundle with one receipt", "another document");
        let value =
            json::parse(document).map_err(|fault| HarnessError::unexpected("JSON", fault.to_string()))?;
        let text = |value: &Value, name: &str| {
            let member = value.as_object()?.get(name)?.as_str()?;
            Some(member.to_owned())
        };
        let receipt = value
            .as_object()
            .and_then(|envelope| {
                envelope
                    .get("payload")?
                    .as_object()?
                    .get("receipts")?
                    .as_array()?
                    .first()
            })
            .ok_or_else(missing)?;
        let signer = text(&value, "signer_did")
            .and_then(|did| DidKey::parse(&did))
            .ok_or_else(missing)?;
        let signature = text(&value, "signature_b64u").ok_or_else(missing)?;
        Ok(Self {
            key: PublicKey::from_bytes(signer.public_key()).ok_or_else(missing)?,
            message: text(&value, "payload_hash_b64u")
                .ok_or_else(missing)?
                .into_bytes(),
            signature: verifier::base64::decode_url_array(&signature).ok_or_else(missing)?,
            gateway: text(receipt, "signer_did").ok_or_else(missing)?,
        })
    }
}

/// From the start of the process to its end, on a document of two signatures.
fn cold_start(vector: &Path) -> Result<(), HarnessError> {
    let io = |source| HarnessError::Io {
        what: "run ledger-verify",
        source,
    };
    let binary = place::program("ledger-verify")?;
    let mut all = Vec::new();
    for _ in 0..STARTS {
        let start = Instant::now();
        let output = Command::new(&binary)
            .args(["evidence", "--json", "--at", "2026-02-18T00:00:00Z"])
            .arg(vector)
            .output()
            .map_err(io)?;
        all.push(start.elapsed());
        if output.stdout.is_empty() {
            return Err(HarnessError::unexpected("a report", "nothing"));
        }
    }
    report::millis("ledger_verify_evidence_process_p50", median(all));
    Ok(())
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}
