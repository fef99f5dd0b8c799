//! Policies of witnesses.

use ed25519_dalek::SigningKey;
use serde_json::json;
use verifier::cosignature::CosignerKey;
use verifier::quorum::{QuorumPolicy, QuorumUnit};

fn witness(seed: u8) -> CosignerKey {
    let key = SigningKey::from_bytes(&[seed; 32]).verifying_key().to_bytes();
    CosignerKey::new(&format!("w{seed}.example"), key).unwrap()
}

/// A policy of five witnesses and further lines.
fn policy(lines: &str) -> Option<QuorumPolicy> {
    let witnesses: Vec<String> = (1..=5)
        .map(|seed| format!("witness w{seed} {} https://w\n", witness(seed)))
        .collect();
    let witnesses = witnesses.concat();
    QuorumPolicy::parse(format!("# witnesses\n \t# indented\n\n{witnesses}{lines}\n").as_bytes()).ok()
}

fn satisfied(lines: &str, seeds: &[u8]) -> bool {
    let signed: Vec<CosignerKey> = seeds.iter().map(|seed| witness(*seed)).collect();
    policy(lines).unwrap().is_satisfied(|key| signed.contains(key))
}

#[test]
fn a_quorum_is_reached_by_the_witnesses_that_it_names() {
    assert!(satisfied("quorum none", &[]));
    assert!(satisfied("quorum w1", &[1]));
    assert!(!satisfied("quorum w1", &[2, 3]));
    let two = "group x 2 w1 w2 w3\nquorum x";
    assert!(satisfied(two, &[1, 3]));
    assert!(!satisfied(two, &[1, 4]));
    let nested = "group x 2 w1 w2 w3\ngroup y any w4 w5\ngroup z all x y\nquorum z";
    assert!(satisfied(nested, &[2, 3, 5]));
    assert!(!satisfied(nested, &[1, 2, 3]));
    assert!(!satisfied(nested, &[1, 4, 5]));
}

#[test]
fn what_could_count_somebody_twice_is_refused() {
    for lines in [
        "",
        "quorum none\nquorum none",
        "quorum w9",
        "quorum x\ngroup x any w1",
        "group x any x\nquorum x",
        "group x any none\nquorum x",
        "group x any w1 w1\nquorum x",
        "group x any w1\ngroup y any w1\nquorum y",
        "group x 0 w1\nquorum x",
        "group x 2 w1\nquorum x",
        "group x 01 w1\nquorum x",
        "group x some w1\nquorum x",
        "group x all\nquorum x",
        "group w1 any w2\nquorum w1",
        "group none any w2\nquorum none",
        "quorum none # not a comment",
        "quorum none\r",
        "quorum",
        "witnesses none\nquorum none",
        "log w1.example\nquorum none",
    ] {
        assert!(policy(lines).is_none(), "{lines:?}");
    }
    let again = format!("witness again {}\nquorum none", witness(1));
    assert!(policy(&again).is_none(), "the same key under another name");
    let renamed = CosignerKey::new(
        "other.example",
        SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes(),
    )
    .unwrap();
    assert!(policy(&format!("witness again {renamed}\nquorum none")).is_none());
    assert!(
        QuorumPolicy::parse(b"quorum none").is_err(),
        "the last line has no end"
    );
}

#[test]
fn octets_of_names_are_opaque() {
    let text = [
        b"witness \xff\xfe ".as_slice(),
        witness(1).to_string().as_bytes(),
        b"\nquorum \xff\xfe\n",
    ]
    .concat();
    assert!(
        QuorumPolicy::parse(&text)
            .unwrap()
            .is_satisfied(|key| *key == witness(1))
    );
}

#[test]
fn each_witness_is_given_out_with_its_key_url_and_line() {
    let lines = format!(
        "# two organizations\nwitness a {} https://a.example/w\n\nwitness b {}\nquorum b\n",
        witness(1),
        witness(2)
    );
    let policy = QuorumPolicy::parse(lines.as_bytes()).unwrap();
    let found: Vec<_> = policy
        .witnesses()
        .iter()
        .map(|one| (one.key.clone(), one.url.as_deref(), one.line))
        .collect();
    assert_eq!(
        found,
        [
            (witness(1), Some("https://a.example/w"), 2),
            (witness(2), None, 4)
        ]
    );
}

#[test]
fn policies_are_counted_as_the_vectors_say() {
    for vector in crate::vectors::vectors("witness-policy/valid") {
        let policy = QuorumPolicy::parse(vector.text("policy").as_bytes()).unwrap();
        for (signed, reached) in vector.members["reached"].as_object().unwrap() {
            let names: Vec<&str> = signed.split_whitespace().collect();
            let has_signed = |key: &CosignerKey| names.contains(&key.name().rsplit('/').next().unwrap());
            let counted = policy.count(has_signed);
            let unit = match counted.unit {
                QuorumUnit::Organization => "organizations",
                QuorumUnit::Member => "members",
            };
            let found = json!([counted.reached, counted.needed, unit]);
            let expected = json!([reached, vector.members["needed"], vector.members["counted"]]);
            assert_eq!(found, expected, "{}: {signed}", vector.name);
        }
    }
}

#[test]
fn policies_are_refused_at_the_line_that_the_vectors_say() {
    for vector in crate::vectors::vectors("witness-policy/invalid") {
        let error = QuorumPolicy::parse(vector.text("policy").as_bytes()).unwrap_err();
        assert_eq!(
            json!(error.line),
            vector.members["line"],
            "{}: {error}",
            vector.name
        );
    }
}
