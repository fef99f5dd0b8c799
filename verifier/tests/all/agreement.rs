//! The JSON Schemas and the typed decoders accept the same documents.
//!
//! What a schema refuses, the decoder refuses. What the decoder refuses for its form, the schema
//! refuses too, but for the rules that a schema cannot say; these are listed in
//! [`beyond_schema`] and in `schemas/payloads.md`.

use std::sync::LazyLock;

use jsonschema::{Registry, Resource, Validator};
use proptest::prelude::*;
use serde_json::{Value, json};
use verifier::code::Code;
use verifier::fault::Fault;
use verifier::json::Value as StrictValue;
use verifier::payload::decode;

use crate::vectors::{Vector, root, vectors};
use kit::key::parse;

/// Every schema, by the name of its file.
static SCHEMAS: LazyLock<Vec<(String, Value)>> = LazyLock::new(|| {
    let mut schemas = Vec::new();
    for entry in std::fs::read_dir(root().join("schemas")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if let Some(name) = name.strip_suffix(".schema.json") {
            let schema = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            schemas.push((name.to_owned(), schema));
        }
    }
    schemas
});

/// Compiled offline: every reference is to another schema of the folder.
static VALIDATORS: LazyLock<Vec<(String, Validator)>> = LazyLock::new(|| {
    let mut registry = Registry::new();
    for (_, schema) in SCHEMAS.iter() {
        let id = schema["$id"].as_str().unwrap();
        registry = registry.add(id, Resource::from_contents(schema.clone())).unwrap();
    }
    let registry = registry.prepare().unwrap();
    let compile = |schema| {
        jsonschema::options()
            .with_registry(&registry)
            .build(schema)
            .unwrap()
    };
    SCHEMAS
        .iter()
        .map(|(name, schema)| (name.clone(), compile(schema)))
        .collect()
});

fn schema_accepts(id: &str, value: &Value) -> bool {
    let (_, validator) = VALIDATORS.iter().find(|(known, _)| known == id).unwrap();
    validator.is_valid(value)
}

/// What the decoder makes of a payload.
enum DecoderResult {
    Accepted,
    /// A schema could refuse this, too.
    WrongForm(Fault),
    /// A fault of the content, which no schema sees. Decoding ended there, so nothing is known about
    /// the form of what follows.
    WrongContent,
}

fn decoded(envelope_type: &str, payload: &Value) -> DecoderResult {
    let StrictValue::Object(object) = parse(payload) else {
        panic!("a payload is an object")
    };
    match decode(envelope_type, &object, "") {
        Ok(_) => DecoderResult::Accepted,
        Err(fault) => match fault.code {
            Code::SchemaInvalid | Code::InvalidId | Code::InvalidBase64url | Code::SecondsExpected => {
                DecoderResult::WrongForm(fault)
            }
            _ => DecoderResult::WrongContent,
        },
    }
}

/// Where a decoder may refuse what its schema accepts.
fn beyond_schema(envelope_type: &str, fault: &Fault) -> bool {
    // The length of an id in bytes.
    let id = fault.code == Code::InvalidId && fault.expected == "an id of 1 to 256 bytes";
    // Days that do not exist; times before 1970 by their offset.
    let time = fault.expected.starts_with("an RFC 3339 time");
    // Keys that are no points, or weak; two members that contradict each other; claims of white space; names that no
    // checkpoint can have.
    let member = matches!(
        (envelope_type, fault.pointer.as_str()),
        ("issuer_registration" | "issuer_retirement", "/did")
            | ("issuer_registration", "/not_after")
            | (
                "log_genesis",
                "/operator_did" | "/origin" | "/log_vkeys/0" | "/log_vkeys/1"
            )
            | ("log_key", "/vkey" | "/by_vkey")
            | ("cst_issuance", "/claims")
            | ("log_frozen", "/successor")
    );
    id || time || member
}

fn assert_agreement(envelope_type: &str, payload: &Value) {
    let accepted = schema_accepts(envelope_type, payload);
    match decoded(envelope_type, payload) {
        DecoderResult::Accepted => assert!(accepted, "{envelope_type}: only the schema refuses {payload}"),
        DecoderResult::WrongForm(fault) => assert!(
            !accepted || beyond_schema(envelope_type, &fault),
            "{envelope_type}: only the decoder refuses {payload}: {fault}"
        ),
        DecoderResult::WrongContent => {}
    }
}

/// The payload of a document: an export bundle is its own.
fn typed_payload(document: &Value) -> (String, Value) {
    match document["envelope_type"].as_str() {
        Some(envelope_type) => (envelope_type.to_owned(), document["payload"].clone()),
        None => ("export_bundle".to_owned(), document.clone()),
    }
}

fn document(vector: &Vector) -> Value {
    serde_json::from_str(vector.text("document")).unwrap()
}

#[test]
fn every_schema_compiles_and_is_named_like_its_file() {
    assert_eq!(VALIDATORS.len(), SCHEMAS.len());
    for (name, schema) in SCHEMAS.iter() {
        let id = schema["$id"].as_str().unwrap();
        assert!(id.ends_with(&format!("/{name}.schema.json")), "{name}: {id}");
    }
}

#[test]
fn the_document_schema_accepts_the_valid_vectors() {
    for vector in &vectors("payload/valid") {
        assert!(schema_accepts("document", &document(vector)), "{}", vector.name);
    }
}

#[test]
fn the_document_schema_refuses_the_invalid_vectors_that_it_can_judge() {
    for vector in &vectors("payload/invalid") {
        let accepted = schema_accepts("document", &document(vector));
        assert_eq!(accepted, vector.text("schema") == "accepts", "{}", vector.name);
    }
}

#[test]
fn decoders_and_schemas_agree_on_every_vector() {
    for folder in [
        "payload/valid",
        "payload/invalid",
        "subjects/valid",
        "subjects/invalid",
    ] {
        for vector in &vectors(folder) {
            let (envelope_type, payload) = typed_payload(&document(vector));
            assert_agreement(&envelope_type, &payload);
        }
    }
}

/// Values that stand where others are expected.
fn replacements() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(7200),
        json!(9_007_199_254_740_991_u64),
        json!(""),
        json!(" "),
        json!("1"),
        json!("2"),
        json!("a"),
        json!("AAAAAAAA"),
        json!("AAAAAAAAA"),
        json!("AAAAAAAAAA"),
        json!("A".repeat(43)),
        json!("A".repeat(128)),
        json!("A".repeat(129)),
        json!("a".repeat(256)),
        json!("ü".repeat(129)),
        json!("ü".repeat(1025)),
        json!("0".repeat(64)),
        json!("A".repeat(64)),
        json!("line\nbreak"),
        json!("\u{202e}"),
        json!("did:"),
        json!("did:x:y"),
        json!("did:key:z6Mk"),
        json!("2020-01-01T00:00:00Z"),
        json!("2020-01-01 00:00:00Z"),
        json!("2020-01-01T24:00:00Z"),
        json!("2020-01-01T00:00:00.+01:00"),
        json!("1969-12-31T23:30:00-01:00"),
        json!("/a~0/b~1"),
        json!("/a~2"),
        json!("a/b"),
        json!("a/b; c=d"),
        json!("../a"),
        json!("~a"),
        json!("AA=="),
        json!("AB=="),
        json!("success"),
        json!("opened"),
        json!("rollback_of"),
        json!("gateway"),
        json!([]),
        json!([null]),
        json!(["a"]),
        json!(["gateway", "gateway"]),
        json!([{}]),
        json!({}),
        json!({ "a": 1 }),
        json!({ "a b": "c" }),
        json!({ "urm": {} }),
    ]
}

/// One change somewhere in a document.
#[derive(Clone, Debug)]
enum Mutation {
    Replace(Value),
    Remove,
    Add(String, Value),
    Repeat,
}

/// Members that some payload has, and one that none has.
const NAMES: [&str; 10] = [
    "a",
    "nonce",
    "metadata",
    "reason",
    "last",
    "number",
    "stream",
    "args_salt_b64u",
    "log_origin",
    "urm",
];

/// Every change that can be made at one place.
fn mutations() -> Vec<Mutation> {
    let mut mutations = vec![Mutation::Remove, Mutation::Repeat];
    for value in replacements() {
        mutations.extend(NAMES.map(|name| Mutation::Add(name.to_owned(), value.clone())));
        mutations.push(Mutation::Replace(value));
    }
    mutations
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let name = proptest::sample::select(NAMES.to_vec());
    let replacement = || proptest::sample::select(replacements());
    prop_oneof![
        4 => replacement().prop_map(Mutation::Replace),
        2 => Just(Mutation::Remove),
        2 => (name, replacement()).prop_map(|(name, value)| Mutation::Add(name.to_owned(), value)),
        1 => Just(Mutation::Repeat),
    ]
}

/// The pointers of every value below the root, in document order.
fn pointers(value: &Value, prefix: &str, found: &mut Vec<String>) {
    let steps: Vec<(String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| (index.to_string(), item))
            .collect(),
        _ => Vec::new(),
    };
    for (step, value) in steps {
        let pointer = format!("{prefix}/{step}");
        found.push(pointer.clone());
        pointers(value, &pointer, found);
    }
}

fn places(payload: &Value) -> Vec<String> {
    let mut places = Vec::new();
    pointers(payload, "", &mut places);
    places
}

fn mutate(payload: &mut Value, pointer: &str, mutation: Mutation) {
    let (parent, step) = pointer.rsplit_once('/').unwrap();
    match mutation {
        Mutation::Replace(value) => *payload.pointer_mut(pointer).unwrap() = value,
        Mutation::Remove => match payload.pointer_mut(parent).unwrap() {
            Value::Object(members) => {
                members.remove(&step.replace("~1", "/").replace("~0", "~"));
            }
            Value::Array(items) => {
                items.remove(step.parse().unwrap());
            }
            _ => unreachable!("a parent has children"),
        },
        Mutation::Add(name, value) => {
            if let Value::Object(members) = payload.pointer_mut(parent).unwrap() {
                members.insert(name, value);
            }
        }
        Mutation::Repeat => {
            if let Value::Array(items) = payload.pointer_mut(parent).unwrap() {
                let item = items[step.parse::<usize>().unwrap()].clone();
                items.push(item);
            }
        }
    }
}

static SOUND: LazyLock<Vec<(String, Value)>> = LazyLock::new(|| {
    let vectors = vectors("payload/valid");
    vectors
        .iter()
        .map(|vector| typed_payload(&document(vector)))
        .collect()
});

/// Two changes at once are drawn below; each single one is tried here, so that no disagreement
/// about one member waits for a lucky draw.
#[test]
fn decoders_and_schemas_agree_on_every_single_change() {
    for (envelope_type, sound) in SOUND.iter() {
        for pointer in places(sound) {
            for change in mutations() {
                let mut payload = sound.clone();
                mutate(&mut payload, &pointer, change);
                assert_agreement(envelope_type, &payload);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn decoders_and_schemas_agree_on_changed_payloads(
        sound in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), mutation()), 1..3),
    ) {
        let (envelope_type, mut payload) = sound.get(&SOUND).clone();
        for (place, change) in changes {
            if payload.as_object().is_some_and(|members| !members.is_empty()) {
                let pointer = place.get(&places(&payload)).clone();
                mutate(&mut payload, &pointer, change);
            }
        }
        assert_agreement(&envelope_type, &payload);
    }
}
