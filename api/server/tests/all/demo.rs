use crate::process::{LogDirectory, Server, ledgerd, stderr};
use verifier::check::check_pack;
use verifier::note::VerifierKey;

#[test]
fn replaces_no_directory_that_a_demo_did_not_make() {
    let place = LogDirectory::with_log();
    let output = ledgerd()
        .args(["demo", "--listen", "127.0.0.1:0", "--dir"])
        .arg(place.log())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("was not made by a demo"),
        "{}",
        stderr(&output)
    );
    assert!(place.log().join("log.key").exists());
}

/// What a job must hold for its story to be told; the pulse is nobody's evidence but the agent's.
fn assert_is_told(server: &Server, job_id: &str) {
    let kinds = &server.get(&format!("/v1/jobs/{job_id}"))["kinds"];
    let count = |kind: &str| kinds[kind].as_u64().unwrap_or(0);
    assert!(count("job.event") > 0, "{job_id}: {kinds}");
    if job_id == "demo-pulse-only" {
        assert_eq!(count("pulse"), 1, "{kinds}");
        assert_eq!(count("receipt.gateway"), 0, "{kinds}");
        return;
    }
    for kind in ["receipt.gateway", "receipt.tool", "bundle"] {
        assert!(count(kind) > 0, "{job_id} has no {kind}: {kinds}");
    }
    // A token that two jobs share names none of them; their calls name it.
    assert!(
        count("token.issued") == 1 || job_id.starts_with("demo-shared-token"),
        "{job_id}: {kinds}"
    );
}

#[test]
fn fills_a_log_with_every_job_and_replaces_its_own_directory() {
    let place = LogDirectory::empty();
    for _ in 0..2 {
        let server = place.demo();
        let jobs = server.get("/v1/jobs?limit=200");
        let jobs = jobs["jobs"].as_array().unwrap();
        assert_eq!(jobs.len(), 14);
        for job in jobs {
            assert_is_told(&server, job["job_id"].as_str().unwrap());
        }
        server.stop();
    }
}

/// The jobs of the demo and the verdicts that their evidence was written for.
const VERDICTS: [(&str, &str, &str); 14] = [
    ("job-2026-02-11-001", "PASS", ""),
    ("demo-defender-triage", "PASS", ""),
    ("demo-sentinel-triage", "PASS", ""),
    ("demo-sentinel-write-approved", "PASS", ""),
    (
        "demo-sentinel-write-unapproved",
        "FAIL",
        "policy.approvals APPROVAL_MISSING",
    ),
    ("demo-revoked-midway", "FAIL", "token.valid REVOKED_BEFORE_USE"),
    (
        "demo-shared-token-a",
        "FAIL",
        "token.job_bound TOKEN_USED_BY_OTHER_JOB",
    ),
    (
        "demo-shared-token-b",
        "FAIL",
        "token.job_bound TOKEN_USED_BY_OTHER_JOB",
    ),
    (
        "demo-omitted-receipt",
        "INCOMPLETE",
        "receipts.complete RECEIPT_NOT_IN_BUNDLE",
    ),
    ("demo-policy-swap", "FAIL", "policy.pinned POLICY_PIN_MISMATCH"),
    ("demo-denied-executed", "FAIL", "decisions DENIED_ACTION_EXECUTED"),
    ("demo-pulse-only", "INCOMPLETE", "NO_VERIFIED_EVIDENCE"),
    ("demo-halted-clean", "PASS", ""),
    ("demo-rollback-of-halted", "PASS", ""),
];

#[test]
fn judges_every_job_as_it_was_meant_and_a_pack_says_the_same_as_of_every_size() {
    let place = LogDirectory::empty();
    let server = place.demo();
    let vkey = server.get("/v1/log")["vkey"].as_str().unwrap().to_owned();
    let key = VerifierKey::parse(&vkey).unwrap();
    let size = server.tree_size();
    for (job_id, verdict, reason) in VERDICTS {
        let newest = server.get(&format!("/v1/jobs/{job_id}/assessment"));
        assert_eq!(newest["verdict"], verdict, "{job_id}: {newest:#}");
        let parts = [&newest["check"], &newest["code"]];
        let said: Vec<&str> = parts.iter().filter_map(|part| part.as_str()).collect();
        assert!(
            verdict == "PASS" || said.join(" ") == reason,
            "{job_id}: {newest:#}"
        );

        let first = server.get(&format!("/v1/jobs/{job_id}/entries"))["entries"][0]["index"]
            .as_u64()
            .unwrap();
        for as_of in first + 1..=size {
            let online = server.get_bytes(&format!("/v1/jobs/{job_id}/assessment?as_of={as_of}"));
            let pack = server.get_bytes(&format!("/v1/jobs/{job_id}/pack?as_of={as_of}"));
            let offline = check_pack(&pack, &key, None);
            let Some(assessment) = offline.assessment else {
                panic!("{job_id} as of {as_of}: {:?}", offline.report);
            };
            assert!(
                online == assessment.as_bytes(),
                "{job_id} as of {as_of}:\n{}\n{assessment}",
                String::from_utf8_lossy(&online)
            );
        }
    }
    server.stop();
}
