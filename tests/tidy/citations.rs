//! A comment that cites a text of the project cites one that is there.

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
