//! Scope hashes, and tokens found where none may be.

use proptest::prelude::*;
use verifier::base64::encode_url;
use verifier::compact_jws::contains_compact_jws;
use verifier::json;
use verifier::token::scope_hash;

fn scope(claims: &str) -> Option<String> {
    let value = json::parse(claims.as_bytes()).unwrap();
    scope_hash(value.as_object().unwrap()).map(|hash| hash.to_string())
}

const PUBLISHED: &str = "vClPILZPClCr8SdExl-bEgd0IczRtiXxUr5Yz36AtEM";

#[test]
fn published_scope_hash_comes_out() {
    let claims = r#"{"aud":["clawproxy.com","staging.clawproxy.com"],"mission_id":"mission_123","policy_hash_b64u":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","scope":["clawproxy:call:anthropic","clawproxy:call:openai"],"spend_cap":1,"sub":"did:key:zWorker","token_version":"1"}"#;
    assert_eq!(scope(claims).as_deref(), Some(PUBLISHED));
}

#[test]
fn spelling_times_and_identifiers_do_not_change_the_scope_hash() {
    let claims = r#"{"token_version":"1","sub":"  did:key:zWorker\ufeff","aud":["staging.clawproxy.com "," clawproxy.com","","clawproxy.com"],"scope":["clawproxy:call:openai","clawproxy:call:anthropic"],"iat":1,"exp":2,"owner_ref":"  ","policy_hash_b64u":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","spend_cap":1.0,"mission_id":"mission_123","delegation_expires_at":0,"token_lane":"canonical","jti":"j","nonce":"n"}"#;
    assert_eq!(scope(claims).as_deref(), Some(PUBLISHED));
}

#[test]
fn every_permission_changes_the_scope_hash() {
    let base = r#""token_version":"1","sub":"s","aud":"a","scope":["x"]"#;
    let mut hashes = vec![scope(&format!("{{{base}}}")).unwrap()];
    for name in [
        "owner_ref",
        "owner_did",
        "controller_did",
        "agent_did",
        "policy_hash_b64u",
        "control_plane_policy_hash_b64u",
        "payment_account_did",
        "mission_id",
        "delegation_id",
        "delegator_did",
        "delegate_did",
        "delegation_policy_hash_b64u",
        "delegation_spend_cap_minor",
    ] {
        hashes.push(scope(&format!(r#"{{{base},"{name}":"7"}}"#)).unwrap());
    }
    for name in ["spend_cap", "delegation_expires_at"] {
        hashes.push(scope(&format!(r#"{{{base},"{name}":7}}"#)).unwrap());
    }
    let count = hashes.len();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), count);
}

#[test]
fn claims_of_another_form_have_no_scope_hash() {
    for claims in [
        r#"{"sub":"s","aud":"a","scope":["x"]}"#,
        r#"{"token_version":"2","sub":"s","aud":"a","scope":["x"]}"#,
        r#"{"token_version":"1","sub":" ","aud":"a","scope":["x"]}"#,
        r#"{"token_version":"1","sub":"s","aud":"a","scope":"x"}"#,
        r#"{"token_version":"1","sub":"s","aud":"a","scope":[]}"#,
        r#"{"token_version":"1","sub":"s","aud":[1],"scope":["x"]}"#,
        r#"{"token_version":"1","sub":"s","aud":"a","scope":["x"],"spend_cap":-1}"#,
        r#"{"token_version":"1","sub":"s","aud":"a","scope":["x"],"delegation_spend_cap_minor":"1.5"}"#,
        r#"{"token_version":"1","sub":"s","aud":"a","scope":["x"],"owner_ref":null}"#,
    ] {
        assert_eq!(scope(claims), None, "{claims}");
    }
}

fn jws(header: &str) -> String {
    format!(
        "{}.{}.{}",
        encode_url(header.as_bytes()),
        encode_url(br#"{"sub":"a"}"#),
        encode_url(&[7; 64])
    )
}

#[test]
fn finds_tokens_wherever_they_stand() {
    for header in [
        r#"{"alg":"EdDSA"}"#,
        "{ \"typ\":\"JWT\",\"alg\":\"none\"}",
        "{\n\"alg\":1}",
        r#"{"kid":"k","alg":"EdDSA"}"#,
    ] {
        let token = jws(header);
        for text in [
            token.clone(),
            format!("Authorization: Bearer {token}"),
            format!("https://example.com/?t={token}&x=1"),
            format!("\"{token}\","),
            format!("token_{token}.more.parts"),
            format!("a.b.{token}"),
            format!("日本{token}語"),
        ] {
            assert!(contains_compact_jws(&text), "{text}");
        }
    }
}

#[test]
fn takes_nothing_else_for_a_token() {
    let token = jws(r#"{"alg":"EdDSA"}"#);
    let two_parts = token.rsplit_once('.').unwrap().0;
    for text in [
        "",
        "1.2.3",
        "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw",
        "did:web:eyJ.example.com",
        "https://eyJhbGciOi.example.com/a.b",
        "eyJhbGciOiJFZERTQSJ9",
        "eyJub3QiOiJhIGhlYWRlciJ9.eyJzdWIiOiJhIn0.c2ln",
        two_parts,
        &token.replace('.', ". "),
        &token.replace('.', ".."),
        &encode_url(&[0x7B; 3000]),
    ] {
        assert!(!contains_compact_jws(text), "{text}");
    }
}

/// What would be quadratic would not end in the time that anybody waits for a test.
#[test]
fn hostile_texts_are_searched_in_linear_time() {
    let nested = encode_url(r#"{"a":"#.repeat(180_000).as_bytes());
    for text in [
        "eyJ".repeat(340_000) + ".a.b",
        "eyJ.".repeat(250_000),
        format!("{nested}.a.b"),
        ".".repeat(1_000_000),
        ("eyJ".repeat(2700) + ".").repeat(120),
    ] {
        assert!(!contains_compact_jws(&text));
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_search_panic(text in "(eyJ|ewo|[.]|\\PC|[a-zA-Z0-9_-]){0,60}") {
        let _ = contains_compact_jws(&text);
    }
}
