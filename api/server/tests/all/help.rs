//! What the command says of itself.

use crate::process::{ledgerd, stdout};

#[test]
fn the_help_begins_with_what_the_program_does_for_people() {
    for option in ["--help", "-h"] {
        let output = ledgerd().arg(option).output().unwrap();
        let said = stdout(&output);
        assert_eq!(
            said.lines().next(),
            Some("Keep a tamper-evident log of what AI agents did, and serve verdicts and proofs from it"),
            "{said}"
        );
    }
}
