//! The conformance vectors of clawsig, each with its expected validity and code at its time of verification.

use serde_json::Value;
use verifier::check::Status;
use verifier::clawsig::{self, ClawsigOptions};

use crate::vectors::clawsig_vector;

/// Texts of an array.
fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[test]
fn every_vector_gives_its_validity_and_code_at_its_time() {
    let Some(manifest) = clawsig_vector("manifest.json") else {
        return;
    };
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let at = verifier::rfc3339::parse(manifest["verification_time"].as_str().unwrap());
    assert!(at.is_some());
    let gateways = texts(&manifest["config"]["allowlists"]["gateway_receipt_signer_dids"]);
    let attesters = texts(&manifest["config"]["allowlists"]["derivation_attestation_signer_dids"]);
    let options = ClawsigOptions {
        at,
        gateways: &gateways,
        attesters: &attesters,
        ..ClawsigOptions::default()
    };
    for vector in manifest["vectors"].as_array().unwrap() {
        let name = &vector["name"];
        let bytes = clawsig_vector(vector["file"].as_str().unwrap()).unwrap();
        let verification = clawsig::verify(&bytes, &options);
        let report = &verification.report;
        assert_eq!(verification.kind.as_str(), vector["kind"], "{name}");
        let valid = vector["expected"]["valid"] == true;
        assert_eq!(report.status == Status::Pass, valid, "{name}: {report:?}");
        let codes = texts(&vector["expected"]["reason_code"]);
        assert!(
            codes.iter().any(|expected| expected == report.reason_code),
            "{name}: {report:?}"
        );
    }
}
