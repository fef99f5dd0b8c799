use crate::process::{LogDirectory, ledgerd, pulse, stderr, stdout};
use ledger::signer::EvidenceKey;

#[test]
fn a_review_is_logged_if_its_signer_may_and_not_otherwise() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let stranger = place.path("stranger");
    EvidenceKey::generate().unwrap().write(&stranger).unwrap();
    let review = |key: &std::path::Path| {
        let mut command = ledgerd();
        command.args([
            "review",
            "--job",
            "job's 1",
            "--verdict",
            "FAIL",
            "--tree-size",
            "1",
        ]);
        command.args(["--reason", "the use after the revocation", "--url", server.url()]);
        command.arg("--key").arg(key).output().unwrap()
    };
    let output = review(&stranger);
    assert!(!output.status.success());
    assert!(
        stderr(&output).contains("SIGNER_NOT_TRUSTED"),
        "{}",
        stderr(&output)
    );
    let before = server.tree_size();
    let output = review(&place.log().join("operator.key"));
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stdout(&output), format!("reviewed job's 1 by entry {before}\n"));
    assert_eq!(server.tree_size(), before + 1);
    assert!(
        stderr(&output).contains("the log has no entry of job's 1 at size 1"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_review_that_differs_from_the_logs_verdict_is_logged_and_warned_of() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let file = place.write("pulse.json", &pulse("run-1"));
    let submitted = ledgerd()
        .args(["submit", "--url", server.url(), "--job", "job-1"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(submitted.status.success(), "{}", stderr(&submitted));
    let size = server.tree_size().to_string();
    let review = |verdict: &str| {
        let mut command = ledgerd();
        command.args([
            "review",
            "--job",
            "job-1",
            "--verdict",
            verdict,
            "--tree-size",
            &size,
        ]);
        command.args(["--reason", "looked at", "--url", server.url()]);
        command.arg("--key").arg(place.log().join("operator.key"));
        command.output().unwrap()
    };
    let agreed = review("INCOMPLETE");
    assert!(
        agreed.status.success() && stderr(&agreed).is_empty(),
        "{}",
        stderr(&agreed)
    );
    let other = review("PASS");
    assert!(other.status.success(), "{}", stderr(&other));
    let warned =
        format!("the log's verdict on job-1 at size {size} is INCOMPLETE, and this review says PASS");
    assert!(stderr(&other).contains(&warned), "{}", stderr(&other));
}
