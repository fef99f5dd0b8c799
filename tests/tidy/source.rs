//! Rules on the text of the sources.

use crate::tree;
use std::path::Path;

/// A file beyond this is split by idea.
const FILE_LINES_MAX: usize = 500;

/// Folders and files that may stand at the root.
const ROOT: &[&str] = &[
    ".cargo",
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "Makefile",
    "README.md",
    "api",
    "clippy.toml",
    "deny.toml",
    "docs",
    "ledger",
    "rustfmt.toml",
    "schemas",
    "tests",
    "verifier",
    "web",
    "witness",
];

fn sources_naming(word: &str) -> Vec<String> {
    let mut found = tree::shipped_sources();
    found.retain(|file| {
        tree::read(file)
            .lines()
            .any(|line| !line.trim_start().starts_with("//") && line.contains(word))
    });
    found
}

#[test]
fn the_root_holds_only_what_belongs_there() {
    for file in tree::files() {
        let top = file.split('/').next().unwrap();
        assert!(ROOT.contains(&top), "{file} does not belong at the root");
    }
}

#[test]
fn rocksdb_is_named_in_one_folder() {
    let naming = sources_naming("rocksdb::");
    let elsewhere = naming
        .iter()
        .filter(|file| !file.starts_with("ledger/rocks/src/engine/"));
    assert_eq!(elsewhere.collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn redb_is_named_in_one_file() {
    assert_eq!(sources_naming("redb::"), ["witness/src/store.rs"]);
}

#[test]
fn serde_cbor_is_named_in_one_file() {
    assert_eq!(sources_naming("serde_cbor::"), ["verifier/evidence/src/cbor.rs"]);
}

#[test]
fn rs_merkle_is_only_the_second_path() {
    assert_eq!(
        sources_naming("rs_merkle::"),
        ["verifier/log/src/merkle/oracle.rs"]
    );
}

#[test]
fn http_is_asked_by_one_package() {
    for file in sources_naming("ureq::") {
        assert!(file.starts_with("api/client/src/"), "{file} names ureq");
    }
}

/// Packages whose functions depend on their arguments alone.
const PURE: [&str; 5] = [
    "verifier/src/",
    "verifier/log/src/",
    "verifier/evidence/src/",
    "verifier/clawsig/src/",
    "verifier/assess/src/",
];

#[test]
fn the_verifier_touches_no_world_outside() {
    const BANNED: &[&str] = &[
        "std::fs",
        "std::net",
        "std::env",
        "std::time",
        "std::thread",
        "std::process",
        "tokio",
        "getrandom",
        "SigningKey",
        "SystemTime",
        "println!",
        "eprintln!",
        "tracing::",
    ];
    for file in tree::shipped_sources() {
        if !PURE.iter().any(|folder| file.starts_with(folder)) {
            continue;
        }
        let text = tree::read(&file);
        for word in BANNED {
            assert!(!text.contains(word), "{file} names {word}");
        }
    }
}

#[test]
fn html_is_made_only_in_web() {
    for file in sources_naming("askama::") {
        assert!(file.starts_with("web/src/"), "{file} names askama");
    }
}

#[test]
fn files_stay_readable() {
    for file in tree::files() {
        if Path::new(&file).extension().is_some_and(|e| e == "rs") {
            let lines = tree::read(&file).lines().count();
            assert!(
                lines <= FILE_LINES_MAX,
                "{file} has {lines} lines: split it by idea"
            );
        }
    }
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file does not name what it bans.
    let banned = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
    ];
    for file in tree::files() {
        let extension = Path::new(&file)
            .extension()
            .and_then(|extension| extension.to_str());
        if !matches!(extension, Some("rs" | "md" | "html" | "css" | "sh")) {
            continue;
        }
        let text = tree::read(&file);
        for word in banned {
            assert!(!text.contains(word), "{file} has {word}");
        }
    }
}

#[test]
fn shipped_code_expects_its_lint_exceptions() {
    for file in tree::shipped_sources() {
        let allowed = tree::read(&file)
            .lines()
            .any(|line| line.trim_start().starts_with("#[allow("));
        assert!(
            !allowed,
            "{file}: use #[expect(lint, reason = …)], which fails when it is no longer needed"
        );
    }
}
