//! Policies for a log: which are followed, and why others are refused.

use kit::cosigners::{FIRST_ML_DSA, cosigner};
use ledger_witnesses::policy::WitnessPolicy;
use verifier::cosignature::CosignerKey;
use verifier::ml_dsa::MlDsaPublicKey;
use verifier::note::VerifierKey;

use crate::support::log_key;

/// An ML-DSA-44 key of the witness whose Ed25519 key the seed 21 gives.
fn second_key() -> CosignerKey {
    let key = MlDsaPublicKey::from_bytes(cosigner(FIRST_ML_DSA).public_key()).unwrap();
    CosignerKey::new_ml_dsa(cosigner(21).name(), key).unwrap()
}

#[test]
fn a_witness_with_two_keys_is_asked_once() {
    let (first, second, other) = (cosigner(21), second_key(), cosigner(22));
    let text = format!(
        "log {}\nwitness a {first} https://a.example/log/\nwitness b {other} https://b.example\n\
         witness c {second} https://a.example/log\n#organization alpha a c\ngroup any-two 2 a b c\nquorum any-two\n",
        log_key()
    );
    let policy = WitnessPolicy::parse(text.as_bytes(), &log_key()).unwrap();
    let witnesses = policy.witnesses();
    assert_eq!(witnesses.len(), 2);
    assert_eq!(witnesses[0].url, "https://a.example/log/add-checkpoint");
    assert_eq!(witnesses[0].keys, [first, second]);
    assert_eq!(witnesses[1].url, "https://b.example/add-checkpoint");
    assert_eq!(witnesses[1].keys, [other]);
}

#[test]
fn a_policy_of_another_log_is_refused() {
    let other = VerifierKey::new("ledger.example/other", *log_key().public_key()).unwrap();
    let said = refusal(&format!(
        "log {other}\nwitness a {} https://a.example\nquorum a\n",
        cosigner(21)
    ));
    assert!(said.contains("do not include this one"), "{said}");
}

#[test]
fn a_witness_with_the_name_of_the_log_is_refused() {
    let log = log_key();
    let key = CosignerKey::new(log.name(), *log.public_key()).unwrap();
    let said = refusal(&format!("witness a {key} https://a.example\nquorum a\n"));
    assert!(
        said.contains("line 2") && said.contains("the name of this log"),
        "{said}"
    );
}

/// Why a policy of these lines is refused.
fn refusal(lines: &str) -> String {
    let policy = format!("# witnesses\n{lines}");
    WitnessPolicy::parse(policy.as_bytes(), &log_key())
        .unwrap_err()
        .to_string()
}

#[test]
fn a_policy_that_cannot_be_followed_is_refused_with_line_and_reason() {
    let key = |seed: u8| cosigner(seed).to_string();
    let (one, two) = (key(21), key(22));
    let other_log = "log ledger.example/other+00000000+AAAA";
    for (lines, line, reason) in [
        (format!("witness a {one}\nquorum a\n"), "line 2", "without a URL"),
        (
            format!("witness a {one} https://a.example\nwitness b {one} https://b.example\nquorum a\n"),
            "line 3",
            "witness twice",
        ),
        (
            format!("witness a {one} https://a.example\nwitness b {two} https://a.example/\nquorum a\n"),
            "line 3",
            "a URL with two names",
        ),
        (
            "witness a AAAA https://a.example\nquorum a\n".to_owned(),
            "line 2",
            "not a verifier key",
        ),
        (
            format!("witness a {one} ftp://a.example\nquorum a\n"),
            "line 2",
            "neither https:// nor http://",
        ),
        (
            format!("witness a {one} /path\nquorum a\n"),
            "line 2",
            "without a host",
        ),
        (
            format!("witness a {one} https://user:secret@a.example\nquorum a\n"),
            "line 2",
            "a user, a query or a fragment",
        ),
        (
            format!("witness a {one} https://a.example\ngroup g 2 a\nquorum g\n"),
            "line 3",
            "a threshold",
        ),
        (
            format!("{other_log}\nquorum none\n"),
            "line 2",
            "not a verifier key of a log",
        ),
        ("quorum none\n".to_owned(), "the whole", "no witness"),
        (
            format!("witness a {one} https://a.example\nquorum none\n"),
            "the whole",
            "needs no witness",
        ),
        (
            format!(
                "witness a {one} https://a.example\nwitness b {} https://a.example\ngroup g 2 a b\nquorum g\n",
                second_key()
            ),
            "line 2",
            "two keys of one witness",
        ),
        (String::new(), "the whole", "no quorum"),
    ] {
        let said = refusal(&lines);
        assert!(said.starts_with(line) && said.contains(reason), "{lines}{said}");
        assert!(!said.contains("secret"), "{said}");
    }
}
