use crate::process::{Place, ledgerd, stderr, stdout};
use ledger::signer::EvidenceKey;

#[test]
fn a_review_is_logged_if_its_signer_may_and_not_otherwise() {
    let place = Place::with_log();
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
        command.args(["--reason", "the use after the revocation", "--url", &server.url]);
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
}
