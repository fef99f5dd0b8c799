//! `docs/policies.md` against the vectors and the code.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;
use verifier::wpc::{DecisionCode, NotEvaluatedCode, READ_ONLY_VERBS};

fn page() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/policies.md");
    std::fs::read_to_string(path).unwrap()
}

/// Everything in backquotes.
fn quoted(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn collect(pointer: &str, value: &Value, pointers: &mut BTreeSet<String>) {
    if !pointer.is_empty() {
        pointers.insert(pointer.to_owned());
    }
    match value {
        Value::Array(items) => {
            for item in items {
                collect(&format!("{pointer}/*"), item, pointers);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect(&format!("{pointer}/{name}"), member, pointers);
            }
        }
        _ => {}
    }
}

#[test]
fn the_page_lists_every_pointer_of_every_policy_vector() {
    let page = page();
    let listed = quoted(&page);
    let vectors = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../schemas/vectors/policies");
    let mut seen = 0;
    for file in std::fs::read_dir(vectors).unwrap() {
        let path = file.unwrap().path();
        let document: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let mut pointers = BTreeSet::new();
        collect("", &document, &mut pointers);
        for pointer in &pointers {
            assert!(listed.contains(pointer.as_str()), "{}: {pointer}", path.display());
        }
        seen += pointers.len();
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn the_page_lists_every_code() {
    let page = page();
    let listed = quoted(&page);
    let codes = DecisionCode::ALL.iter().map(|code| code.as_str());
    for code in codes.chain(NotEvaluatedCode::ALL.iter().map(|code| code.as_str())) {
        assert!(listed.contains(code), "{code}");
    }
}

#[test]
fn the_page_and_the_code_have_the_same_read_only_verbs() {
    let page = page();
    let section = page.split("## Read-only operations").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let table = section.split("\n\n").last().unwrap();
    let table = if table.trim().is_empty() {
        section.split("\n\n").nth(2).unwrap()
    } else {
        table
    };
    assert_eq!(quoted(table), READ_ONLY_VERBS.iter().copied().collect());
}
