//! Inside a package no two folders import each other, by whatever way.

use crate::tree;
use std::collections::{BTreeMap, BTreeSet};

/// Which top-level modules of a package each of them names.
type Imports = BTreeMap<String, BTreeSet<String>>;

/// The modules of each package and what they name, and which of them are folders.
fn packages() -> BTreeMap<String, (Imports, BTreeSet<String>)> {
    let mut packages: BTreeMap<String, (Imports, BTreeSet<String>)> = BTreeMap::new();
    for file in tree::shipped_sources() {
        let Some((package, path)) = file.split_once("/src/") else {
            continue;
        };
        let (module, folder) = match path.split_once('/') {
            Some((folder, _)) => (folder, true),
            None => (path.trim_end_matches(".rs"), false),
        };
        let (imports, folders) = packages.entry(package.to_owned()).or_default();
        if folder {
            folders.insert(module.to_owned());
        }
        imports
            .entry(module.to_owned())
            .or_default()
            .extend(named(&tree::read(&file)));
    }
    packages
}

/// The modules behind each `crate::` of a file that is in no comment.
fn named(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = lines.flat_map(|line| [line, "\n"]).collect();
    code.split("crate::").skip(1).flat_map(names_behind).collect()
}

/// The first name, or the first of each path of a group.
fn names_behind(code: &str) -> Vec<String> {
    let Some(group) = code.strip_prefix('{') else {
        return vec![first_name(code)];
    };
    let mut depth = 0;
    let mut names = vec![first_name(group)];
    for (at, sign) in group.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(first_name(&group[at + 1..])),
            _ => {}
        }
    }
    names
}

fn first_name(code: &str) -> String {
    let code = code.trim_start();
    code.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// All that a module leads to.
fn reached<'a>(imports: &'a Imports, from: &'a str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = vec![from];
    while let Some(module) = next.pop() {
        let others = imports.get(module).into_iter().flatten();
        let others = others.map(String::as_str).filter(|other| *other != module);
        for other in others.filter(|other| imports.contains_key(*other)) {
            if reached.insert(other) {
                next.push(other);
            }
        }
    }
    reached
}

#[test]
fn no_two_folders_of_a_package_import_each_other() {
    let mut compared = 0;
    for (package, (imports, folders)) in &packages() {
        for one in folders {
            let from_one = reached(imports, one);
            for other in folders.range(one.clone()..).skip(1) {
                let back = reached(imports, other);
                let is_circle = from_one.contains(other.as_str()) && back.contains(one.as_str());
                assert!(!is_circle, "{package}: {one} and {other} lead to each other");
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "only {compared} pairs of folders were compared");
}
