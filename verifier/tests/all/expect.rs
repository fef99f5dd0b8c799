//! The caller says what it expects; a file does not decide what is checked.

use verifier::check::{Details, Expectation, Finding, Report, Status};

fn report(signer: Option<&str>, tier: Option<&str>) -> Report {
    let mut details = Details::default();
    for (name, value) in [("signer", signer), ("proof_tier", tier)] {
        if let Some(value) = value {
            details.set(name, value);
        }
    }
    Report::pass("it verifies", details)
}

fn code(kinds: &[&str], signers: &[&str], kind: &str, report: Report) -> (Status, &'static str) {
    let own = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let (kinds, signers) = (own(kinds), own(signers));
    let expected = Expectation {
        kinds: &kinds,
        signers: &signers,
    };
    let report = expected.hold_at_gate(kind, report);
    (report.status, report.reason_code)
}

#[test]
fn a_document_of_another_kind_or_signer_fails_and_a_fault_keeps_its_reason() {
    let pass = || report(Some("did:key:a"), Some("gateway"));
    assert_eq!(
        code(&["proof_bundle"], &[], "proof_bundle", pass()),
        (Status::Pass, "OK")
    );
    assert_eq!(
        code(
            &["commit_sig", "proof_bundle"],
            &["did:key:a"],
            "proof_bundle",
            pass()
        ),
        (Status::Pass, "OK")
    );
    assert_eq!(
        code(&["proof_bundle"], &[], "commit_sig", pass()),
        (Status::Fail, "UNEXPECTED_KIND")
    );
    assert_eq!(
        code(&["proof_bundle"], &["did:key:b"], "proof_bundle", pass()),
        (Status::Fail, "UNEXPECTED_SIGNER")
    );
    assert_eq!(
        code(
            &["proof_bundle"],
            &["did:key:b"],
            "proof_bundle",
            report(None, None)
        ),
        (Status::Fail, "UNEXPECTED_SIGNER"),
        "where no signature was verified nobody signed"
    );
    let forged = Finding::fail("SIGNATURE_INVALID", "forged").into_report(Details::default());
    assert_eq!(
        code(&["proof_bundle"], &[], "commit_sig", forged),
        (Status::Fail, "SIGNATURE_INVALID")
    );
}

#[test]
fn what_only_its_signer_vouches_for_does_not_pass_unasked() {
    for kind in [
        "commit_sig",
        "artifact_sig",
        "commit_proof",
        "web_receipt",
        "tool_receipt",
        "legacy_log_proof",
        "execution_attestation",
        "job_event",
        "evidence_artifact",
    ] {
        let tier = Some("witnessed_web");
        assert_eq!(
            code(&[], &["did:key:a"], kind, report(Some("did:key:a"), tier)),
            (Status::Incomplete, "EXPECTATION_NEEDED"),
            "{kind}"
        );
        assert_eq!(
            code(&[kind], &[], kind, report(Some("did:key:a"), tier)),
            (Status::Pass, "OK"),
            "{kind}"
        );
    }
}

#[test]
fn a_bundle_keeps_its_verdict_whatever_its_tier_and_names_the_tier() {
    for kind in ["proof_bundle", "export_bundle", "aggregate_bundle"] {
        for tier in ["self", "gateway"] {
            let bundle = report(Some("did:key:a"), Some(tier));
            assert_eq!(
                code(&[], &[], kind, bundle),
                (Status::Pass, "OK"),
                "{kind} {tier}"
            );
        }
    }
}
