//! The member names of the reference's schemas, which are facts, against our forms and schemas.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use verifier::clawsig::member_lists;

use crate::vectors::{clawsig_members, root};

/// Members of one object: all, those required, and whether others are refused.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct ObjectMembers {
    members: BTreeSet<String>,
    required: BTreeSet<String>,
    closed: bool,
}

type Paths = BTreeMap<String, ObjectMembers>;

fn names(list: &Value) -> BTreeSet<String> {
    let list = list.as_array().into_iter().flatten();
    list.map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// The reference's lists, by file and path.
fn reference() -> Option<BTreeMap<String, Paths>> {
    let all: Value = serde_json::from_slice(&clawsig_members()?).unwrap();
    let files = all["schemas"].as_object().unwrap().iter();
    let paths = |paths: &Value| {
        let paths = paths.as_object().unwrap().iter();
        let of = |object: &Value| ObjectMembers {
            members: names(&object["members"]),
            required: names(&object["required"]),
            closed: object["closed"] == true,
        };
        paths.map(|(path, object)| (path.clone(), of(object))).collect()
    };
    Some(
        files
            .map(|(file, objects)| (file.clone(), paths(objects)))
            .collect(),
    )
}

/// What one object has that the other has not, as `FILE PATH: +ours -theirs`.
fn difference(place: &str, theirs: &ObjectMembers, ours: &ObjectMembers) -> Vec<String> {
    let mut found = Vec::new();
    for (what, theirs, ours) in [
        ("member", &theirs.members, &ours.members),
        ("required", &theirs.required, &ours.required),
    ] {
        found.extend(
            theirs
                .difference(ours)
                .map(|name| format!("{place} -{what} {name}")),
        );
        found.extend(
            ours.difference(theirs)
                .map(|name| format!("{place} +{what} {name}")),
        );
    }
    if theirs.closed != ours.closed {
        found.push(format!("{place} {}", if ours.closed { "closed" } else { "open" }));
    }
    found
}

/// Every difference and every object that is not known here.
fn differences(theirs: &BTreeMap<String, Paths>, ours: &BTreeMap<String, Paths>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (file, paths) in theirs {
        let Some(known) = ours.get(file) else {
            found.insert(format!("{file} unknown"));
            continue;
        };
        for (path, object) in paths {
            match known.get(path) {
                Some(own) => found.extend(difference(&format!("{file} {path}"), object, own)),
                None => {
                    found.insert(format!("{file} {path} unknown"));
                }
            }
        }
    }
    found
}

/// The lines of the list of differences in `docs/clawsig-differences.md`, under this heading.
fn listed(heading: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("docs/clawsig-differences.md")).unwrap();
    let section = text
        .split(heading)
        .nth(1)
        .unwrap_or_else(|| panic!("no {heading}"));
    let section = section
        .split("\n## ")
        .next()
        .unwrap()
        .split("\n### ")
        .next()
        .unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split('`').next().unwrap().to_owned())
        .collect()
}

#[test]
fn every_member_that_the_reference_knows_is_known_to_our_forms_or_the_difference_is_listed() {
    let Some(theirs) = reference() else { return };
    let ours = member_lists().into_iter().map(|(file, paths)| {
        let own = |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect();
        let paths = paths.into_iter().map(|(path, list)| {
            let names = ObjectMembers {
                members: own(list.members),
                required: own(list.required),
                closed: list.closed,
            };
            (path, names)
        });
        (file, paths.collect())
    });
    let found = differences(&theirs, &ours.collect());
    assert_eq!(found, listed("### Member lists of the verifier's forms"));
}

/// Our schema for what the log takes, and where in it the reference's object stands.
const LOGGED: [(&str, &str, &str); 12] = [
    ("gateway_receipt.v1.json", "gateway_receipt", ""),
    ("tool_receipt.v1.json", "tool_receipt", "/oneOf/0"),
    ("tool_receipt.v2.json", "tool_receipt", "/oneOf/1"),
    ("side_effect_receipt.v1.json", "side_effect_receipt", ""),
    ("human_approval_receipt.v1.json", "human_approval_receipt", ""),
    ("receipt_binding.v1.json", "common", "/$defs/receipt_binding"),
    ("proof_bundle.v1.json", "proof_bundle", ""),
    ("export_bundle.v1.json", "export_bundle", ""),
    ("aggregate_bundle.v1.json", "aggregate_bundle", ""),
    ("trust_pulse.v1.json", "trust_pulse", "/properties/pulse"),
    (
        "scoped_token_claims.v1.json",
        "cst_issuance",
        "/properties/claims",
    ),
    ("export_bundle_manifest.v1.json", "common", "/$defs/manifest"),
];

/// Walks a JSON Schema as the reference's lists were made: objects by path, what other files say left out.
fn walk(schema: &Value, path: &str, paths: &mut Paths) {
    let below = |step: &str| format!("{}/{step}", path.trim_end_matches('/'));
    if let Some(properties) = schema["properties"].as_object() {
        let own = ObjectMembers {
            members: properties.keys().cloned().collect(),
            required: names(&schema["required"]),
            closed: schema["additionalProperties"] == false,
        };
        paths.insert(path.to_owned(), own);
        for (name, member) in properties {
            walk(member, &below(name), paths);
        }
    }
    if schema["items"].is_object() {
        walk(&schema["items"], &below("*"), paths);
    }
}

#[test]
fn every_member_that_the_reference_knows_is_known_to_what_the_log_takes_or_the_difference_is_listed() {
    let Some(theirs) = reference() else { return };
    let mut ours: BTreeMap<String, Paths> = BTreeMap::new();
    let mut asked: BTreeMap<String, Paths> = BTreeMap::new();
    for (file, schema, pointer) in LOGGED {
        let path = root().join(format!("schemas/{schema}.schema.json"));
        let schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let mut paths = Paths::new();
        walk(schema.pointer(pointer).unwrap(), "/", &mut paths);
        // Nested objects that our schema leaves open are the verifier's, above.
        let nested = theirs[file].iter().filter(|(path, _)| paths.contains_key(*path));
        asked.insert(
            file.to_owned(),
            nested
                .map(|(path, names)| (path.clone(), names.clone()))
                .collect(),
        );
        ours.insert(file.to_owned(), paths);
    }
    assert!(asked.values().all(|paths| paths.contains_key("/")));
    assert_eq!(
        differences(&asked, &ours),
        listed("### Member lists of what the log takes")
    );
}
