//! What an approval approves, told from its hash alone.

use std::collections::BTreeSet;

use verifier::assess::approval_scope::{Gate, ScopeObject, Scopes, scope_hash, scope_hash_of_call};
use verifier::base64::encode_url;
use verifier::hash::sha256;

const POLICY: &str = "DWaJzVvXVpAtMq2KFWFuHcUnh0DT1XU4OHVaneXnbTM";

fn gate<'a>(listed: &[&'a str], used: &[&'a str]) -> Gate<'a> {
    Gate {
        listed: listed.iter().copied().collect(),
        used: used.iter().copied().collect(),
        ..Gate::new("sentinel-write-approval")
    }
}

fn hash_of(operations: &[&str]) -> String {
    let operations = operations.iter().copied();
    encode_url(&scope_hash(
        "sentinel-write-approval",
        "job-1",
        operations,
        POLICY,
    ))
}

fn approved<'a>(scopes: &'a Scopes<'a>, operations: &[&str]) -> Option<&'a BTreeSet<&'a str>> {
    scopes.find(&hash_of(operations)).map(|scope| &scope.operations)
}

#[test]
fn the_hash_is_that_of_the_canonical_text() {
    let text = format!(
        r#"{{"gate":"sentinel-write-approval","job_id":"job-1","operations":["incidents.close","incidents.update"],"policy_hash_b64u":"{POLICY}"}}"#
    );
    let stated = encode_url(&sha256(text.as_bytes()));
    assert_eq!(hash_of(&["incidents.update", "incidents.close"]), stated);
    assert_eq!(
        hash_of(&["incidents.close", "incidents.update", "incidents.close"]),
        stated
    );
}

#[test]
fn every_set_of_a_short_list_is_recognized_and_nothing_else() {
    let scopes = Scopes::new("job-1", POLICY, [gate(&["a", "b", "c"], &["a"])]);
    for operations in [&["a"][..], &["b"], &["a", "c"], &["a", "b", "c"]] {
        let expected: BTreeSet<&str> = operations.iter().copied().collect();
        assert_eq!(approved(&scopes, operations), Some(&expected));
    }
    assert_eq!(approved(&scopes, &[]), None);
    assert_eq!(approved(&scopes, &["a", "d"]), None);
    let other_job = encode_url(&scope_hash("sentinel-write-approval", "job-2", ["a"], POLICY));
    assert_eq!(scopes.find(&other_job), None);
    let other_policy = encode_url(&scope_hash("sentinel-write-approval", "job-1", ["a"], "x"));
    assert_eq!(scopes.find(&other_policy), None);
    assert_eq!(scopes.find("no hash"), None);
}

#[test]
fn an_operation_that_no_list_names_is_recognized_because_the_job_used_it() {
    let scopes = Scopes::new("job-1", POLICY, [gate(&[], &["incidents.update"])]);
    assert!(approved(&scopes, &["incidents.update"]).is_some());
    assert!(approved(&scopes, &["incidents.close"]).is_none());
}

#[test]
fn of_a_long_list_what_was_used_and_the_whole_are_recognized() {
    let names: Vec<String> = (0..5_000).map(|number| format!("op.{number}")).collect();
    let listed: Vec<&str> = names.iter().map(String::as_str).collect();
    let scopes = Scopes::new("job-1", POLICY, [gate(&listed, &["op.7", "op.9"])]);
    for operations in [&["op.7"][..], &["op.9"], &["op.7", "op.9"], &listed] {
        assert!(approved(&scopes, operations).is_some());
    }
    assert!(approved(&scopes, &["op.8"]).is_none());
}

#[test]
fn when_much_was_used_each_alone_and_all_together_are_recognized() {
    let names: Vec<String> = (0..100).map(|number| format!("op.{number}")).collect();
    let used: Vec<&str> = names.iter().map(String::as_str).collect();
    let scopes = Scopes::new("job-1", POLICY, [gate(&[], &used)]);
    assert!(approved(&scopes, &["op.42"]).is_some());
    assert!(approved(&scopes, &used).is_some());
    assert!(approved(&scopes, &["op.1", "op.2"]).is_none());
}

#[test]
fn the_hash_of_one_call_is_that_of_the_canonical_text_with_its_arguments() {
    let text = format!(
        r#"{{"args_hash_b64u":"AAAA","gate":"sentinel-write-approval","job_id":"job-1","operations":["a"],"policy_hash_b64u":"{POLICY}"}}"#
    );
    let hash = scope_hash_of_call("sentinel-write-approval", "job-1", ["a"], POLICY, "AAAA");
    assert_eq!(hash, sha256(text.as_bytes()));
}

#[test]
fn an_approval_of_one_call_is_recognized_for_the_calls_of_the_job_only() {
    let mut asked = gate(&["a", "b"], &["a"]);
    asked.calls = [("a", "args-1")].into_iter().collect();
    let scopes = Scopes::new("job-1", POLICY, [asked]);
    let of_call = |operations: &[&str], args: &str| {
        let operations = operations.iter().copied();
        let hash = scope_hash_of_call("sentinel-write-approval", "job-1", operations, POLICY, args);
        let found = scopes.find(&encode_url(&hash)).map(|scope| scope.args_hash);
        found.flatten()
    };
    assert_eq!(of_call(&["a"], "args-1"), Some("args-1"));
    assert_eq!(of_call(&["a", "b"], "args-1"), Some("args-1"));
    assert_eq!(of_call(&["a"], "args-2"), None);
    assert_eq!(of_call(&["b"], "args-1"), None);
    let any = scopes.find(&hash_of(&["a"])).map(|scope| scope.args_hash);
    assert_eq!(any, Some(None));
}

#[test]
fn no_number_of_calls_makes_more_than_16384_hashes() {
    let hashes: Vec<String> = (0..20_000).map(|number| format!("args-{number:05}")).collect();
    let mut asked = gate(&[], &["a"]);
    asked.calls = hashes.iter().map(|hash| ("a", hash.as_str())).collect();
    let scopes = Scopes::new("job-1", POLICY, [asked]);
    let known = |args: &str| {
        let hash = scope_hash_of_call("sentinel-write-approval", "job-1", ["a"], POLICY, args);
        scopes.find(&encode_url(&hash)).is_some()
    };
    assert!(known("args-00000") && known("args-08191"));
    assert!(!known("args-08192"));
    assert!(scopes.find(&hash_of(&["a"])).is_some());
}

#[test]
fn a_scope_in_clear_has_no_members_but_those_that_are_known() {
    let read = |text: &str| ScopeObject::read(&verifier::json::parse(text.as_bytes()).unwrap());
    let sound =
        r#"{"gate":"g","job_id":"j","operations":["a"],"policy_hash_b64u":"p","limits":{"max_amount":5}}"#;
    assert_eq!(read(sound).unwrap().limits.len(), 1);
    for other in [
        r#"{"gate":"g","job_id":"j","operations":["a"],"policy_hash_b64u":"p","only_on":"Monday"}"#,
        r#"{"gate":"g","job_id":"j","operations":["a"],"policy_hash_b64u":"p","limits":{"amount":null}}"#,
        r#"{"gate":"g","job_id":"j","operations":"a","policy_hash_b64u":"p"}"#,
        r#"{"gate":"g","operations":["a"],"policy_hash_b64u":"p"}"#,
        "[]",
    ] {
        assert_eq!(read(other), None, "{other}");
    }
}
