//! A comment that cites a text of the project cites one that is there.

use std::collections::BTreeSet;
use std::path::Path;

use crate::tree;

fn is_of_type(file: &str, extension: &str) -> bool {
    Path::new(file).extension().is_some_and(|it| it == extension)
}

/// The comments of a source: one text for all lines that follow each other.
fn comments(source: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for line in source.lines() {
        match (line.trim().strip_prefix("//"), found.last_mut()) {
            (Some(text), Some(comment)) => comment.extend([text.trim_start_matches(['/', '!']), " "]),
            _ => found.push(String::new()),
        }
    }
    found
}

/// What one part of a comment cites: a file below `schemas/` or `docs/`, and the numbers of its sections.
fn citation(part: &str) -> Option<(&str, Vec<&str>)> {
    let is_mark = |character: char| !character.is_alphanumeric() && character != '§';
    let words = part.split_whitespace().map(|word| word.trim_matches(is_mark));
    let is_text = |word: &&str| word.starts_with("schemas/") || word.starts_with("docs/");
    let file = words
        .clone()
        .find(|word| is_text(word) && is_of_type(word, "md"))?;
    Some((file, words.filter_map(|word| word.strip_prefix('§')).collect()))
}

#[test]
fn what_comments_cite_is_there() {
    let mut wrong = Vec::new();
    for source in tree::files().iter().filter(|file| is_of_type(file, "rs")) {
        let comments = comments(&tree::read(source));
        let parts = comments.iter().flat_map(|text| text.split(['(', ')', ';']));
        for (file, sections) in parts.filter_map(citation) {
            let text = std::fs::read_to_string(tree::root().join(file)).unwrap_or_default();
            let headings = text.lines().filter(|line| line.starts_with('#'));
            let numbers: Vec<&str> = headings
                .filter_map(|line| Some(line.split_whitespace().nth(1)?.trim_end_matches('.')))
                .collect();
            if text.is_empty() || !sections.iter().all(|section| numbers.contains(section)) {
                wrong.push(format!("{source} cites {file} {sections:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The codes that a text names: words in capitals that underscores join, each written as code.
fn codes(text: &str) -> Vec<&str> {
    let is_code = |word: &&str| {
        let is_capital = |part: &str| {
            let mut characters = part.chars();
            characters.next().is_some_and(|first| first.is_ascii_uppercase())
                && characters.all(|other| other.is_ascii_uppercase() || other.is_ascii_digit())
        };
        word.contains('_') && word.split('_').all(is_capital)
    };
    text.split('`').skip(1).step_by(2).filter(is_code).collect()
}

/// `CONTEXT_NOT_COUNTED` as the name of a variant, which serde writes in capitals.
fn variant(code: &str) -> String {
    let word = |part: &str| part[..1].to_owned() + &part[1..].to_ascii_lowercase();
    code.split('_').map(word).collect()
}

/// The words of what ships, comments aside.
fn words_of_code() -> BTreeSet<String> {
    let mut sources = tree::shipped_sources();
    let scripts = tree::files().into_iter();
    sources.extend(scripts.filter(|file| file.starts_with("web/assets/") && is_of_type(file, "js")));
    let mut words = BTreeSet::new();
    for source in sources {
        let text = tree::read(&source);
        let lines = text.lines().filter(|line| !line.trim().starts_with("//"));
        for line in lines {
            let parts = line.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
            words.extend(parts.map(str::to_owned));
        }
    }
    words
}

#[test]
fn codes_that_documents_name_are_those_of_the_code() {
    let words = words_of_code();
    let is_document = |file: &&String| {
        let is_of_today = !["docs/adr/", "schemas/README.md", "schemas/CHANGELOG.md"]
            .iter()
            .any(|other| file.starts_with(other));
        is_of_type(file, "md") && is_of_today && (file.starts_with("docs/") || file.starts_with("schemas/"))
    };
    let mut wrong = Vec::new();
    let mut found = 0;
    for document in tree::files().iter().filter(is_document) {
        let text = tree::read(document);
        // Keys of the configuration in the environment are no codes.
        for code in codes(&text)
            .into_iter()
            .filter(|code| !code.starts_with("LEDGERD_"))
        {
            found += 1;
            if !words.contains(code) && !words.contains(&variant(code)) {
                wrong.push(format!("{document} names {code}"));
            }
        }
    }
    assert!(found > 100, "found only {found} codes");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
