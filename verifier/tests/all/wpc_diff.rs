//! What differs between two policies.

use proptest::prelude::*;
use serde_json::{Value, json};
use verifier::json::{Object, to_jcs};
use verifier::wpc::{CHANGES_MAX, diff};

use crate::support::vector;

fn object(document: &Value) -> Object {
    let value = verifier::json::parse(document.to_string().as_bytes()).unwrap();
    value.as_object().unwrap().clone()
}

/// `[kind, pointer, old, new]` of each change.
fn changes(older: &Value, newer: &Value) -> Value {
    let diff = diff(&object(older), &object(newer));
    let read = |value: &Option<verifier::json::Value>| -> Value {
        value
            .as_ref()
            .map_or(Value::Null, |value| serde_json::from_str(&to_jcs(value)).unwrap())
    };
    let rows = diff.changes.iter();
    rows.map(|change| {
        json!([
            change.kind.as_str(),
            change.pointer,
            read(&change.old),
            read(&change.new)
        ])
    })
    .collect()
}

#[test]
fn members_are_added_removed_and_replaced_by_pointer() {
    let older = json!({ "a": 1, "b": { "c/d": true, "e": "x" }, "f": null });
    let newer = json!({ "a": 1, "b": { "c/d": false, "g": [] }, "f": 0 });
    assert_eq!(
        changes(&older, &newer),
        json!([
            ["replace", "/b/c~1d", true, false],
            ["remove", "/b/e", "x", null],
            ["add", "/b/g", null, []],
            ["replace", "/f", null, 0],
        ])
    );
}

#[test]
fn lists_of_scalars_are_sets() {
    let older = json!({ "ops": ["list", "get", "get", 1] });
    assert_eq!(changes(&older, &json!({ "ops": [1, "get", "list"] })), json!([]));
    assert_eq!(
        changes(&older, &json!({ "ops": ["update", "get", 1] })),
        json!([
            ["remove", "/ops/0", "list", null],
            ["add", "/ops/0", null, "update"]
        ])
    );
}

#[test]
fn an_entry_put_first_is_one_addition() {
    let entry = |tool: &str| json!({ "tool": tool, "ops": ["get"] });
    let older = json!({ "allow": [entry("a"), entry("b"), entry("c")] });
    let newer = json!({ "allow": [entry("x"), entry("a"), entry("b"), entry("c")] });
    assert_eq!(
        changes(&older, &newer),
        json!([["add", "/allow/0", null, entry("x")]])
    );
    assert_eq!(
        changes(&newer, &older),
        json!([["remove", "/allow/0", entry("x"), null]])
    );
    let changed = json!({ "allow": [entry("a"), { "tool": "b", "ops": ["get", "put"] }, entry("c")] });
    assert_eq!(
        changes(&older, &changed),
        json!([["add", "/allow/1/ops/1", null, "put"]])
    );
}

#[test]
fn a_published_policy_with_a_longer_token_life_differs_in_that_alone() {
    let older: Value = serde_json::from_str(&vector("policies/sentinel-triage-readonly.json")).unwrap();
    let mut newer = older.clone();
    newer["token_requirements"]["cst_ttl_seconds_max"] = json!(3600);
    assert_eq!(
        changes(&older, &newer),
        json!([["replace", "/token_requirements/cst_ttl_seconds_max", 900, 3600]])
    );
}

#[test]
fn a_diff_is_bounded_and_says_what_it_leaves_out() {
    let many: Vec<Value> = (0..CHANGES_MAX + 7).map(|n| json!(n)).collect();
    let diff = diff(&object(&json!({ "a": [] })), &object(&json!({ "a": many })));
    assert_eq!((diff.changes.len(), diff.omitted), (CHANGES_MAX, 7));
}

fn documents() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0_u32..5).prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from),
    ];
    let value = scalar.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c~/]{1,2}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("[a-c]{1,2}", value, 0..4)
        .prop_map(|map| Value::Object(map.into_iter().collect()))
}

proptest! {
    #[test]
    fn a_policy_does_not_differ_from_itself(document in documents()) {
        prop_assert_eq!(changes(&document, &document), json!([]));
    }

    #[test]
    fn turning_a_diff_round_turns_every_change_round(older in documents(), newer in documents()) {
        let forth = changes(&older, &newer).as_array().unwrap().len();
        let back = changes(&newer, &older).as_array().unwrap().len();
        prop_assert_eq!(forth, back);
    }

    #[test]
    fn every_old_value_stands_where_the_pointer_says(older in documents(), newer in documents()) {
        for change in changes(&older, &newer).as_array().unwrap() {
            let pointer = change[1].as_str().unwrap();
            let (place, value) = if change[0] == "add" { (&newer, &change[3]) } else { (&older, &change[2]) };
            prop_assert_eq!(place.pointer(pointer), Some(value));
        }
    }
}
