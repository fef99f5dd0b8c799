//! Labels of organizations in policies of witnesses.

use kit::cosigners::cosigner;
use verifier::cosignature::CosignerKey;
use verifier::quorum::{PolicyError, QuorumCount, QuorumPolicy, QuorumUnit};

/// How many witnesses each policy here has, w1 and so on.
const WITNESSES: u8 = 6;

/// A policy of these witnesses and further lines, the first of which is line 7.
fn parse(lines: &str) -> Result<QuorumPolicy, PolicyError> {
    let witness = |seed| format!("witness w{seed} {}\n", cosigner(seed));
    let witnesses: String = (1..=WITNESSES).map(witness).collect();
    QuorumPolicy::parse(format!("{witnesses}{lines}\n").as_bytes())
}

fn keys(seeds: &[u8]) -> Vec<CosignerKey> {
    seeds.iter().map(|seed| cosigner(*seed)).collect()
}

fn count(policy: &QuorumPolicy, seeds: &[u8]) -> QuorumCount {
    let signed = keys(seeds);
    policy.count(|key| signed.contains(key))
}

fn is_met(policy: &QuorumPolicy, seeds: &[u8]) -> bool {
    count(policy, seeds).is_met()
}

#[test]
fn a_threshold_counts_organizations_and_no_keys() {
    let group = "group two 2 w1 w2 w3\nquorum two";
    let plain = parse(group).unwrap();
    let labelled = parse(&format!("#organization alpha w1 w2\n{group}")).unwrap();
    assert!(is_met(&plain, &[1, 2]));
    assert!(!is_met(&labelled, &[1, 2]));
    for enough in [&[1, 3][..], &[2, 3], &[1, 2, 3]] {
        assert!(is_met(&labelled, enough), "{enough:?}");
    }
    let one = QuorumCount {
        reached: 1,
        needed: 2,
        unit: QuorumUnit::Organization,
    };
    assert_eq!(count(&labelled, &[1, 2]), one);
    assert_eq!(count(&labelled, &[3]), one);
}

#[test]
fn a_quorum_of_groups_counts_its_members() {
    let policy = parse("group x 2 w1 w2 w3\ngroup y any w4 w5\ngroup z all x y\nquorum z").unwrap();
    let counted = count(&policy, &[1, 2]);
    assert_eq!((counted.reached, counted.needed), (1, 2));
    assert_eq!(counted.unit, QuorumUnit::Member);
}

/// Every way to keep of some witnesses at most one of each organization.
fn choices(organizations: &[&[u8]], signed: &[u8]) -> Vec<Vec<u8>> {
    let organization = |seed: &u8| organizations.iter().position(|members| members.contains(seed));
    let mut choices = vec![Vec::new()];
    for seed in signed {
        let with: Vec<Vec<u8>> = choices
            .iter()
            .filter(|kept: &&Vec<u8>| {
                organization(seed).is_none_or(|one| kept.iter().all(|other| organization(other) != Some(one)))
            })
            .map(|kept| [kept.as_slice(), &[*seed]].concat())
            .collect();
        choices.extend(with);
    }
    choices
}

#[test]
fn a_policy_is_met_exactly_where_one_witness_of_each_organization_is_enough_without_labels() {
    let nested = "group x 2 w1 w2 w3\ngroup y any w4 w5\ngroup z all x y\nquorum z";
    let pairs = "group x any w1 w2\ngroup y any w3 w4\ngroup z all x y\nquorum z";
    let three = "group x any w1 w2\ngroup y any w3 w4\ngroup v any w5 w6\ngroup z 2 x y v\nquorum z";
    let mixed = "group x 2 w1 w2 w3\ngroup z 2 x w4 w5\nquorum z";
    let cases: [(&[&[u8]], &str); 9] = [
        (&[&[1, 2]], "group q 2 w1 w2 w3\nquorum q"),
        (&[&[1, 2], &[3, 4]], "group q 2 w1 w2 w3 w4 w5\nquorum q"),
        (&[&[1, 4]], nested),
        (&[&[1, 4], &[2, 5]], nested),
        (&[&[1, 3], &[2, 4]], pairs),
        (&[&[1, 3, 5]], three),
        (&[&[1, 3, 5], &[2, 4, 6]], three),
        (&[&[1, 2, 4]], mixed),
        (&[&[1, 2]], "quorum w1"),
    ];
    for (organizations, lines) in cases {
        let labels: Vec<String> = organizations
            .iter()
            .enumerate()
            .map(|(number, members)| {
                let names: Vec<String> = members.iter().map(|seed| format!("w{seed}")).collect();
                format!("#organization o{number} {}\n", names.join(" "))
            })
            .collect();
        let labels = labels.concat();
        let (labelled, plain) = (parse(&format!("{labels}{lines}")).unwrap(), parse(lines).unwrap());
        for set in 0_u32..1 << WITNESSES {
            let signed: Vec<u8> = (1..=WITNESSES)
                .filter(|seed| set & (1 << (seed - 1)) != 0)
                .collect();
            let expected = choices(organizations, &signed)
                .iter()
                .any(|kept| is_met(&plain, kept));
            assert_eq!(
                is_met(&labelled, &signed),
                expected,
                "{labels}{lines}: {signed:?}"
            );
        }
    }
}

#[test]
fn what_a_label_cannot_be_is_refused_with_its_line() {
    for (line, lines, reason) in [
        (7, "#organization a w9", "not defined before"),
        (
            7,
            "#organization a w7\nwitness w7 KEY\nquorum w7",
            "not defined before",
        ),
        (
            8,
            "#organization a w1\n#organization b w1\nquorum none",
            "has an organization already",
        ),
        (
            7,
            "#organization a w1 w1\nquorum none",
            "has an organization already",
        ),
        (
            8,
            "#organization a w1\n#organization a w2\nquorum none",
            "has its witnesses already",
        ),
        (7, "#organization a\nquorum none", "without witnesses"),
        (7, "#organization\nquorum none", "begins like a label"),
        (7, "#organization w1 w2 w3\nquorum none", "the name of a witness"),
        (
            8,
            "#organization w7 w1\nwitness w7 KEY\nquorum none",
            "the name of an organization",
        ),
        (8, "group g any w1\n#organization a g\nquorum g", "with a group"),
        (8, "group g any w1\n#organization a w1\nquorum g", "below a group"),
        (7, "#organisation a w1\nquorum none", "begins like a label"),
        (7, "#Organization a w1\nquorum none", "begins like a label"),
        (7, "#organizations a w1\nquorum none", "begins like a label"),
    ] {
        let lines = lines.replace("KEY", &cosigner(7).to_string());
        let error = parse(&lines).unwrap_err();
        assert_eq!(error.line, line, "{lines}: {error}");
        assert!(error.reason.contains(reason), "{lines}: {error}");
    }
}

#[test]
fn a_policy_that_no_signatures_can_meet_is_refused_with_its_line() {
    for (line, lines) in [
        (7, "group g 4 w1 w2 w3\nquorum g"),
        (8, "#organization a w1 w2\ngroup g 3 w1 w2 w3\nquorum g"),
        (8, "#organization a w1 w2\ngroup g all w1 w2 w3\nquorum g"),
        // Both groups need the same organization.
        (
            11,
            "#organization a w1 w3\ngroup x any w1\ngroup y any w3\ngroup z all x y\nquorum z",
        ),
    ] {
        let error = parse(lines).unwrap_err();
        assert_eq!(error.line, line, "{lines}: {error}");
        assert!(
            error.reason.contains("threshold") || error.reason.contains("cannot be met"),
            "{error}"
        );
    }
    // With a witness of another organization in one of the groups it can.
    let lines = "#organization a w1 w3\ngroup x any w1 w2\ngroup y any w3\ngroup z all x y\nquorum z";
    assert!(is_met(&parse(lines).unwrap(), &[2, 3]));
}

#[test]
fn organizations_in_more_groups_than_can_be_counted_are_refused() {
    // 11 organizations with a witness in each of two groups: 2^11 ways to count them.
    let pairs: Vec<(u8, u8)> = (20..42).step_by(2).map(|seed| (seed, seed + 1)).collect();
    let organization = |(left, right): &(u8, u8)| {
        let (first, second) = (cosigner(*left), cosigner(*right));
        format!(
            "witness v{left} {first}\nwitness v{right} {second}\n#organization o{left} v{left} v{right}\n"
        )
    };
    let organizations: String = pairs.iter().map(organization).collect();
    let (left, right): (Vec<String>, Vec<String>) = pairs
        .iter()
        .map(|(left, right)| (format!("v{left}"), format!("v{right}")))
        .unzip();
    let (left, right) = (left.join(" "), right.join(" "));
    let lines = format!("{organizations}group x 2 {left}\ngroup y 2 {right}\ngroup z all x y\n");
    let error = parse(&format!("{lines}quorum z")).unwrap_err();
    assert!(error.reason.contains("too many groups"), "{error}");
    // Groups that the quorum does not rest on are not counted.
    assert!(parse(&format!("{lines}quorum x")).is_ok());
    assert!(parse(&format!("{lines}quorum none")).is_ok());
}

#[test]
fn other_comments_are_comments() {
    for comment in [
        "# organization a w9",
        "#",
        "#org a w9",
        "##organization a w9",
        "# #organization a w9",
    ] {
        let policy = parse(&format!("{comment}\ngroup g 2 w1 w2\nquorum g")).unwrap();
        assert_eq!(policy, parse("group g 2 w1 w2\nquorum g").unwrap(), "{comment}");
    }
}

#[test]
fn only_witnesses_that_the_quorum_rests_on_are_counted() {
    let names = |lines: &str| -> Vec<String> {
        let policy = parse(lines).unwrap();
        policy
            .counted_witnesses()
            .map(|witness| witness.name.clone())
            .collect()
    };
    let nested = "group x any w1 w2\ngroup y any w3\ngroup z all x w4\n";
    assert_eq!(names(&format!("{nested}quorum z")), ["w1", "w2", "w4"]);
    assert_eq!(names(&format!("{nested}quorum y")), ["w3"]);
    assert_eq!(names(&format!("{nested}quorum w5")), ["w5"]);
    assert_eq!(
        names(&format!("{nested}quorum none")),
        ["w1", "w2", "w3", "w4", "w5", "w6"]
    );
}

#[test]
fn a_log_that_would_be_its_own_witness_is_refused_and_its_second_key_is_its_own() {
    let log = kit::log::log_key();
    let second = cosigner(kit::cosigners::LOG_ITSELF);
    let text = format!("log {log}\nlog {second}\nwitness w2 {}\nquorum w2\n", cosigner(2));
    let policy = QuorumPolicy::parse(text.as_bytes()).unwrap();
    assert!(policy.allows_log(&log));
    assert_eq!(policy.second_keys(&log).collect::<Vec<_>>(), [&second]);
    // A log that is named by its second key alone has no first line that counts.
    let text = format!("log {second}\nquorum none\n");
    assert!(!QuorumPolicy::parse(text.as_bytes()).unwrap().allows_log(&log));
    let text = format!("log {second}\nwitness w {second}\nquorum w\n");
    let error = QuorumPolicy::parse(text.as_bytes()).unwrap_err();
    assert_eq!((error.line, error.reason), (2, "a key of a log or witness twice"));
    let text = format!("log {}\nquorum none\n", cosigner(1));
    let error = QuorumPolicy::parse(text.as_bytes()).unwrap_err();
    assert!(error.reason.contains("type 0x01, or 0x06"), "{error}");
}
