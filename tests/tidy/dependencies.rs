//! The dependency rule, read from `cargo metadata`.

use crate::tree;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// What each package of the pure core may import. Of our own packages each names those below it.
const CORE_MAY: &[(&str, &[&str])] = &[
    (
        "tlog",
        &[
            "base64",
            "curve25519-dalek",
            "ed25519-dalek",
            "lru",
            "ml-dsa",
            "rs_merkle",
            "serde",
            "sha2",
            "thiserror",
        ],
    ),
    (
        "evidence",
        &[
            "base64",
            "bs58",
            "icu_properties",
            "percent-encoding",
            "ryu-js",
            "serde",
            "serde_cbor_2",
            "serde_json",
            "sha2",
            "thiserror",
            "time",
            "tlog",
            "unicode-normalization",
            "unicode-security",
        ],
    ),
    (
        "clawsig",
        &["evidence", "fluent-uri", "serde", "serde_json", "tlog"],
    ),
    (
        "assess",
        &["clawsig", "evidence", "serde", "serde_json", "thiserror", "tlog"],
    ),
    (
        "verifier",
        &[
            "assess",
            "clawsig",
            "evidence",
            "serde",
            "serde_json",
            "thiserror",
            "tlog",
        ],
    ),
];

/// Direct normal dependencies of each workspace package, by package name.
fn direct_dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
            "--locked",
        ])
        .current_dir(tree::root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut all = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        let normal = package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|dependency| dependency["kind"].is_null())
            .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
            .collect();
        all.insert(package["name"].as_str().unwrap().to_owned(), normal);
    }
    all
}

fn of<'a>(all: &'a BTreeMap<String, BTreeSet<String>>, package: &str) -> &'a BTreeSet<String> {
    all.get(package).unwrap_or_else(|| panic!("no package {package}"))
}

#[test]
fn the_verifier_imports_only_what_a_pure_core_needs() {
    let all = direct_dependencies();
    for (package, allowed) in CORE_MAY {
        let allowed: BTreeSet<String> = allowed.iter().map(|&name| name.to_owned()).collect();
        let surplus: Vec<_> = of(&all, package).difference(&allowed).collect();
        assert!(surplus.is_empty(), "{package} may not depend on {surplus:?}");
    }
}

#[test]
fn the_ledger_and_its_queries_know_neither_http_nor_html_nor_a_database() {
    let all = direct_dependencies();
    for package in ["ledger", "ledger-query"] {
        for banned in [
            "axum",
            "tower",
            "tower-http",
            "askama",
            "ureq",
            "api",
            "web",
            "hyper",
            "clap",
            "rocksdb",
            "ledger-rocks",
        ] {
            assert!(
                !of(&all, package).contains(banned),
                "{package} depends on {banned}"
            );
        }
    }
    assert!(!of(&all, "ledger").contains("ledger-query"));
    assert!(!of(&all, "ledger-rocks").contains("ledger-query"));
}

#[test]
fn api_and_web_are_siblings_that_know_no_storage_and_no_signing() {
    let all = direct_dependencies();
    for (package, sibling) in [("api", "web"), ("web", "api")] {
        for banned in [
            sibling,
            "rocksdb",
            "ledger-rocks",
            "ed25519-dalek",
            "rs_merkle",
            "serde_cbor_2",
        ] {
            assert!(
                !of(&all, package).contains(banned),
                "{package} depends on {banned}"
            );
        }
    }
    assert!(!of(&all, "api").contains("askama"));
}

#[test]
fn the_witness_knows_nothing_of_our_own_log_but_its_formats_its_clock_and_key_files() {
    let all = direct_dependencies();
    for banned in [
        "api",
        "web",
        "ledger-query",
        "ledger-rocks",
        "ledger-client",
        "rocksdb",
        "ed25519-dalek",
        "hyper",
        "clap",
    ] {
        assert!(
            !of(&all, "witness").contains(banned),
            "witness depends on {banned}"
        );
    }
}

#[test]
fn what_asks_witnesses_knows_no_storage_no_signing_and_no_server() {
    let all = direct_dependencies();
    for banned in [
        "rocksdb",
        "ledger-rocks",
        "ledger-query",
        "ed25519-dalek",
        "axum",
        "api",
        "web",
        "ureq",
    ] {
        assert!(
            !of(&all, "ledger-witnesses").contains(banned),
            "ledger-witnesses depends on {banned}"
        );
    }
}

#[test]
fn the_offline_verifier_needs_no_server_code() {
    let all = direct_dependencies();
    for package in ["ledger-verify", "ledger-client"] {
        for banned in ["ledger", "api", "web", "ledgerd", "rocksdb", "tokio", "axum"] {
            assert!(
                !of(&all, package).contains(banned),
                "{package} depends on {banned}"
            );
        }
    }
}

#[test]
fn the_monitor_asks_logs_through_its_caller_and_needs_no_server_code() {
    let all = direct_dependencies();
    for banned in [
        "ledger", "api", "web", "ledgerd", "rocksdb", "axum", "ureq", "clap", "redb",
    ] {
        assert!(
            !of(&all, "monitor").contains(banned),
            "monitor depends on {banned}"
        );
    }
}

#[test]
fn the_verifier_for_browsers_adds_nothing_but_its_calling_convention() {
    let all = direct_dependencies();
    let expected = ["serde", "serde_json", "verifier", "wasm-minimal-protocol"];
    assert!(of(&all, "verifier-wasm").iter().eq(expected));
}

#[test]
fn every_package_takes_the_lints_of_the_workspace() {
    // What libFuzzer's macro expands to is not safe Rust.
    const FUZZ: &str = "verifier/fuzz/Cargo.toml";
    let manifests = tree::files();
    let manifests = manifests.iter().filter(|file| file.ends_with("/Cargo.toml"));
    for manifest in manifests.filter(|manifest| *manifest != FUZZ) {
        assert!(
            tree::read(manifest).contains("[lints]\nworkspace = true"),
            "{manifest} has its own lints"
        );
    }
}
