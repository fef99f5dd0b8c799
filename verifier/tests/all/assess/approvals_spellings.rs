//! `policy.approvals`: no spelling of a name makes two persons of one.

use serde_json::{Value, json};
use verifier::assess::CheckStatus;

use super::approvals_persons::{RequestedJob, story};
use super::scenario::ScenarioActor;

const MISSING: (CheckStatus, &str) = (CheckStatus::Fail, "APPROVAL_MISSING");
const NOT_COMPARABLE: (CheckStatus, &str) = (CheckStatus::Incomplete, "APPROVER_NOT_COMPARABLE");

/// Asserts that nobody is told apart from the requester by these spellings of the requester's name.
fn never_told_apart(requested: &str, spellings: &[&str]) {
    for approver in spellings {
        for (requested, approver) in [(requested, *approver), (*approver, requested)] {
            let found = story(requested, approver).told();
            assert!(
                [MISSING, NOT_COMPARABLE].contains(&found),
                "{requested:?} {approver:?} {found:?}"
            );
        }
    }
}

#[test]
fn no_spelling_of_an_address_tells_its_owner_apart_from_herself() {
    never_told_apart(
        "alice@example.com",
        &[
            "alice@example.com (Alice)",
            "\"alice@example.com\"",
            "'alice@example.com'",
            "'alice'@example.com",
            "[alice@example.com]",
            "(alice@example.com)",
            "{alice@example.com}",
            "alice(finance)@example.com",
            "alice@[example.com]",
            "alice@example\u{3002}com",
            "Alice Smith alice@example.com",
            "Alice: alice@example.com",
            "auth0|alice@example.com",
            "alice@example.com|okta",
            "CORP\\alice@example.com",
            "https://idp.example/users/alice@example.com",
            "urn:email:alice@example.com",
            "acct:mailto:alice@example.com",
            "slack:T1:alice@example.com",
            "alice:pw@example.com",
            "user=alice@example.com",
            "alice@example.com&cc=x",
            "mailto:robin@example.com?cc=alice@example.com",
            "robin@example.com,alice@example.com",
            "robin@example.com?for=alice",
            "Alice <alice@example.com> <a@b>",
            "alice@example.com <robin@example.com>",
            "did:key:x <robin@example.com>",
            "alice%2540example.com",
            "robin%alice@example.com",
            "example.com!alice@relay.example",
            "alice_example.com#EXT#@tenant.example",
            "bounces+alice=example.com@relay.example",
            "\u{430}lice@example.com",
            "alice",
        ],
    );
}

#[test]
fn no_spelling_of_a_plain_name_or_id_tells_its_owner_apart_from_herself() {
    never_told_apart(
        "alice",
        &[
            "@alice",
            "\"alice\"",
            "'alice'",
            "<alice",
            "alice>",
            "(alice)",
            "CN=Alice,OU=Fin",
            "Alice (CFO)",
            "Smith, Alice",
            "Alice Smith",
            "alice.smith",
            "alice2",
            "CORP\\alice",
            "alic\u{435}",
        ],
    );
    never_told_apart(
        "CORP\\alice",
        &["corp.example\\alice", "CORP\\alice smith", "CORP/alice"],
    );
    never_told_apart(
        "4711",
        &[
            "#4711",
            "04711",
            "47-11",
            "4711.0",
            "(4711)",
            "\u{664}\u{667}\u{661}\u{661}",
        ],
    );
    never_told_apart(
        "+49 170 1234567",
        &["+49-170-1234567", "0049 170 1234567", "+49(170)1234567"],
    );
    let uuid = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
    never_told_apart(
        uuid,
        &[
            "{3fa85f64-5717-4562-b3fc-2c963f66afa6}",
            "urn:uuid:3fa85f64-5717-4562-b3fc-2c963f66afa6",
        ],
    );
    let bare = uuid.replace('-', "");
    assert_eq!(story(uuid, &bare.to_uppercase()).told(), MISSING);
}

#[test]
fn no_spelling_of_a_did_tells_its_owner_apart_from_herself() {
    never_told_apart(
        "did:ion:EiClkZMDxPKqC9c",
        &[
            "did:ion:EiClkZMDxPKqC9c:eyJkZWx0YSI6e30",
            "did:ion:test:EiClkZMDxPKqC9c",
        ],
    );
    never_told_apart(
        "did:ion:EiClkZMDxPKqC9c:eyJkZWx0YSI6e30",
        &["did:ion:EiClkZMDxPKqC9c:eyJwYXRjaCI6e30"],
    );
    never_told_apart("did:jwk:eyJrdHkiOiJPS1AifQ", &["did:jwk:eyJjcnYiOiJFZCJ9"]);
    never_told_apart(
        "did:ethr:0xb9c5714089478a327f09197987f16f9e5d936e8a",
        &[
            "did:ethr:mainnet:0xb9c5714089478a327f09197987f16f9e5d936e8a",
            "did:ethr:0x1:0xb9c5714089478a327f09197987f16f9e5d936e8a",
            "did:ethr:0x0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
        ],
    );
    never_told_apart("did:ethr:mainnet:0xb9c5", &["did:ethr:0x1:0xb9c5"]);
    never_told_apart(
        "did:web:example.com",
        &[
            "did:web:example.com%3A443",
            "did:web:example.com.",
            "did:web:example.com:",
        ],
    );
    never_told_apart(
        "did:web:example.com:lead",
        &["did:web:example.com%3A443:lead", "did:web:example.com.:lead"],
    );
    for same in [
        "did:web:example.com:lead.",
        "did:web:example.com:lead:",
        "did%3Aweb%3Aexample.com%3Alead",
    ] {
        assert_eq!(story("did:web:example.com:lead", same).told(), MISSING, "{same}");
    }
}

#[test]
fn uris_that_differ_in_query_or_fragment_only_are_neither_one_person_nor_two() {
    for (requested, approver) in [
        (
            "https://example.com/people#alice",
            "https://example.com/people#bob",
        ),
        (
            "https://example.com/people?id=alice",
            "https://example.com/people?id=bob",
        ),
        ("https://example.com/alice?v=/1", "https://example.com/alice?v=/2"),
        ("https://example.com/alice", "https://example.com/alice#me"),
    ] {
        assert_eq!(story(requested, approver).told(), NOT_COMPARABLE, "{approver}");
    }
    let slash = story("https://example.com/alice", "https://example.com/alice/").told();
    assert_eq!(slash, MISSING);
}

#[test]
fn a_console_that_is_registered_under_a_plain_name_tells_nobody_apart() {
    let approver = ScenarioActor::OtherAgent.did();
    let registered = |members: Value| RequestedJob {
        registered: vec![(ScenarioActor::OtherAgent, members)],
        ..story("dana", &approver)
    };
    assert_eq!(registered(json!({ "name": "approvals" })).told(), NOT_COMPARABLE);
    let external = json!({ "name": "desk 7", "external_ids": { "okta": "robin" } });
    assert_eq!(registered(external).told(), NOT_COMPARABLE);
    assert_eq!(registered(json!({ "name": "dana" })).told(), MISSING);
}

#[test]
fn an_agents_key_in_another_base_is_the_agents() {
    let key = *verifier::did::DidKey::parse(&ScenarioActor::Agent.did())
        .unwrap()
        .public_key();
    let bytes = [&[0xed, 0x01][..], &key[..]].concat();
    let hex = format!("ed01{}", verifier::digest::ArtifactHash::from_bytes(key));
    let url = verifier::base64::encode_url(&bytes);
    let standard = verifier::base64::encode_standard(&bytes);
    let base58 = ScenarioActor::Agent
        .did()
        .trim_start_matches("did:key:")
        .to_owned();
    for id in [
        format!("f{hex}"),
        format!("F{}", hex.to_uppercase()),
        format!("u{url}"),
        format!("U{url}=="),
        format!("m{}", standard.trim_end_matches('=')),
        format!("M{standard}"),
        format!("1.1:{base58}"),
        format!("1.1:f{hex}"),
        format!("{base58}."),
        base58.replacen('z', "%7A", 1),
        base58.to_lowercase(),
    ] {
        for spelling in [
            format!("did:key:{id}"),
            format!("DID:KEY:{id}#key-1"),
            format!("<did:key:{id}>"),
        ] {
            assert_eq!(story("lead@example.com", &spelling).told(), MISSING, "{spelling}");
        }
    }
    assert_eq!(story("lead@example.com", &format!("f{hex}")).told(), MISSING);
    // Base 32 is not read; nobody can say whose key it is, not even where nobody requested the job.
    let unread = RequestedJob {
        requested_by: None,
        ..story(
            "",
            "did:key:b5ua4kjfnwdw2cxn2gcs5m2xrvt5ksanyk5ibqjgvwlmqxhk3zxwoq",
        )
    };
    assert_eq!(unread.told(), NOT_COMPARABLE);
}

#[test]
fn whom_the_agent_acts_for_does_not_approve_in_another_spelling() {
    for approver in [
        "owner@example.com (Owner)",
        "auth0|owner@example.com",
        "\"owner@example.com\"",
    ] {
        let sub = RequestedJob {
            token: |members| members["claims"]["sub"] = json!("mailto:Owner@example.com"),
            requested_by: None,
            ..story("", approver)
        };
        assert_eq!(sub.told(), NOT_COMPARABLE, "{approver}");
    }
}
