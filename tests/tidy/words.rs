//! Texts that people read are in plain words: pages, errors, sentences of checks, help of commands, documentation.

use std::path::Path;

use crate::tree;

/// Phrases that no shown text has, each with why, and what to write instead.
const BANNED: &[(&str, &str)] = &[
    ("is so", "say what is the case"),
    ("are so", "say what is the case"),
    ("not so", "say what is the case"),
    ("beside", "\"next to\", \"together with\" or \"other\""),
    ("whoever", "name the person: \"the signer\", \"a person who\""),
    ("said of", "say it: \"Verification result\""),
    ("for no other", "say what is missing or that nothing is"),
    ("another form", "\"not valid\", or name the form that is expected"),
    ("stands", "\"is\", \"is in\", \"is at\""),
    ("nothing here", "name the part that does not do it"),
    ("what nothing", "\"rules that are not checked\""),
    ("goes when", "\"disappears when\""),
    ("is told", "\"is shown\" or \"says\""),
    ("are told", "\"is shown\" or \"says\""),
    ("this log told", "\"gave you\""),
    ("the very one", "\"the same\""),
    ("nobody sees", "\"invisible\""),
    ("save for", "\"except\""),
    ("an address of ours", "\"page not found\""),
    ("where it lies", "\"on your computer\""),
];

/// Phrases that no comment and no schema has either.
const BANNED_IN_COMMENTS: &[(&str, &str)] = &[
    (
        "beside",
        "\"stored with\", \"next to\", \"together with\" or \"other\"",
    ),
    (
        "whoever",
        "name the person or program: \"the caller\", \"a client that\"",
    ),
    ("what is said of", "name the value: \"the verification result\""),
    (
        "what is said about",
        "name the value: \"the verification result\"",
    ),
    ("nobody in particular", "name the value that stands for it"),
    ("where that is so", "say what `None` means"),
    ("see the module", "a sentence of its own"),
];

/// A phrase of a shown text that is banned.
fn banned_in(text: &str) -> Option<&'static (&'static str, &'static str)> {
    phrase_in(text, BANNED)
}

fn phrase_in<'p>(text: &str, phrases: &'p [(&'p str, &'p str)]) -> Option<&'p (&'p str, &'p str)> {
    let words = text
        .to_lowercase()
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let padded = format!(" {words} ");
    phrases
        .iter()
        .find(|(phrase, _)| padded.contains(&format!(" {phrase} ")))
}

/// The literals of Rust code that are sentences, each with its line; tests at the end of a file aside.
fn literals(source: &str) -> Vec<(usize, String)> {
    let shipped = source.split("#[cfg(test)]\nmod tests").next().unwrap();
    let mut found = Vec::new();
    let mut text: Option<(usize, String)> = None;
    let mut characters = shipped.chars().peekable();
    let (mut line, mut before) = (1, '\n');
    while let Some(character) = characters.next() {
        line += usize::from(character == '\n');
        match (&mut text, character) {
            (Some((_, text)), '\\') => {
                let escaped = characters.next().unwrap_or_default();
                line += usize::from(escaped == '\n');
                text.push(' ');
            }
            (Some(_), '"') => found.extend(text.take()),
            (Some((_, text)), other) => text.push(other),
            (None, '/') if characters.peek() == Some(&'/') => {
                // A comment, up to the end of its line.
                while characters.next_if(|next| *next != '\n').is_some() {}
            }
            (None, '"') if before != '\'' => text = Some((line, String::new())),
            (None, _) => {}
        }
        before = character;
    }
    found.retain(|(_, text)| text.trim().contains(' '));
    found
}

/// The words of a template: without its tags, and without what askama fills in.
fn words_of_template(source: &str) -> Vec<(usize, String)> {
    let line = |(number, line): (usize, &str)| {
        let mut words = String::new();
        let mut depth = 0_usize;
        for character in line.chars() {
            match character {
                '<' | '{' => depth += 1,
                '>' | '}' => depth = depth.saturating_sub(1),
                other if depth == 0 => words.push(other),
                _ => {}
            }
            if matches!(character, '>' | '}') {
                words.push('|');
            }
        }
        (number + 1, words)
    };
    source.lines().enumerate().map(line).collect()
}

/// Whether a file's doc comments are what `--help` shows.
fn is_of_help(file: &str) -> bool {
    const OF_VERIFIER: [&str; 4] = ["args.rs", "pack.rs", "proof.rs", "evidence.rs"];
    let of_verifier = file.strip_prefix("verifier/cli/src/");
    file.starts_with("api/server/src/args/") || of_verifier.is_some_and(|name| OF_VERIFIER.contains(&name))
}

fn doc_comments(source: &str) -> Vec<(usize, String)> {
    let line =
        |(number, line): (usize, &str)| Some((number + 1, line.trim().strip_prefix("/// ")?.to_owned()));
    source.lines().enumerate().filter_map(line).collect()
}

/// The lines of comments, each without what it writes as code; rows of tables, which name keys, aside.
fn comments(source: &str) -> Vec<(usize, String)> {
    let words = |text: &str| text.split('`').step_by(2).collect::<Vec<_>>().join(" ");
    let line = |(number, line): (usize, &str)| {
        let text = line.trim().strip_prefix("//")?;
        let is_row = text.trim_start_matches(['/', '!', ' ']).starts_with('|');
        (!is_row).then(|| (number + 1, words(text)))
    };
    source.lines().enumerate().filter_map(line).collect()
}

#[test]
fn comments_and_schemas_name_who_acts_and_what_a_value_is() {
    let mut found = Vec::new();
    for file in tree::files() {
        let has_extension = |wanted| Path::new(&file).extension().is_some_and(|it| it == wanted);
        let lines = if has_extension("rs") {
            comments(&tree::read(&file))
        } else if file.starts_with("schemas/") && has_extension("md") {
            let text = tree::read(&file);
            text.lines()
                .enumerate()
                .map(|(number, line)| (number + 1, line.to_owned()))
                .collect()
        } else {
            continue;
        };
        for (line, text) in lines {
            if let Some((phrase, instead)) = phrase_in(&text, BANNED_IN_COMMENTS) {
                found.push(format!(
                    "{file}:{line}: {phrase:?}; write {instead}: {}",
                    text.trim()
                ));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Whether a file is read as it is.
fn is_prose(file: &str) -> bool {
    let of_docs = file.starts_with("docs/") && !file.starts_with("docs/adr/");
    let is_markdown = Path::new(file)
        .extension()
        .is_some_and(|extension| extension == "md");
    ["README.md", "CONTRIBUTING.md"].contains(&file) || (of_docs && is_markdown)
}

#[test]
fn texts_that_people_read_are_in_plain_words() {
    let mut found = Vec::new();
    for file in tree::files() {
        let text = || tree::read(&file);
        let of_test = file.starts_with("tests/") || file.contains("/tests/") || file.contains("/conformance");
        let shown = if file.starts_with("web/templates/") {
            words_of_template(&text())
        } else if is_prose(&file) {
            text()
                .lines()
                .enumerate()
                .map(|(number, line)| (number + 1, line.to_owned()))
                .collect()
        } else if Path::new(&file)
            .extension()
            .is_some_and(|extension| extension == "rs")
            && !of_test
        {
            let mut shown = literals(&text());
            if is_of_help(&file) {
                shown.extend(doc_comments(&text()));
            }
            shown
        } else {
            continue;
        };
        for (line, text) in shown {
            if let Some((phrase, instead)) = banned_in(&text) {
                found.push(format!(
                    "{file}:{line}: {phrase:?}; write {instead}: {}",
                    text.trim()
                ));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_banned_phrase_is_found_in_a_literal_and_in_a_template() {
    let source = "fn f() { g(\"What can be said of it\") } // Said of a comment.\n";
    assert_eq!(literals(source), [(1, "What can be said of it".to_owned())]);
    assert!(banned_in("What can be said of it").is_some() && banned_in("He understands").is_none());
    let comment = "    /// Kept beside `it`.\n//! | beside | `it` |\n";
    assert_eq!(comments(comment), [(1, "/ Kept beside  .".to_owned())]);
    assert!(phrase_in("/ Kept beside  .", BANNED_IN_COMMENTS).is_some());
    let template = words_of_template("<p title=\"beside\">{{ beside }}A <b>stands</b></p>");
    assert_eq!(template, [(1, "|||A |stands||".to_owned())]);
}
