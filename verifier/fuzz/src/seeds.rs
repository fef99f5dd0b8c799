//! Writes a corpus for each target from `schemas/vectors`: `seeds VECTORS CORPUS`.
//!
//! A vector is an object; its member `document` (or `document_b64u`, `cbor_hex`, `proof_hex`, `file_hex`, `output`) is what a
//! decoder is given. A file
//! that is no vector, such as a policy or a proof, is a seed as it stands.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Which folders of vectors are seeds of which targets.
const SEEDS: &[(&str, &[&str])] = &[
    ("json", &["json", "anything"]),
    ("payload", &["document", "payload"]),
    ("envelope", &["document"]),
    ("subjects", &["document", "payload"]),
    ("entry", &["entry"]),
    ("index-rows", &["entry"]),
    ("index-proof", &["index"]),
    ("subject-proof", &["index"]),
    ("clawsig-own", &["clawsig", "document", "anything"]),
    ("policies", &["policy"]),
    ("openclaw", &["anything"]),
    ("tlog", &["note", "proof", "anything"]),
];

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(vectors), Some(corpus)) = (arguments.next(), arguments.next()) else {
        return Err(std::io::Error::other("usage: seeds VECTORS CORPUS"));
    };
    for (folder, targets) in SEEDS {
        for (number, file) in files(&vectors.join(folder))?.into_iter().enumerate() {
            let seed = seed(&fs::read(&file)?);
            for target in *targets {
                let place = corpus.join(target);
                fs::create_dir_all(&place)?;
                fs::write(place.join(format!("{folder}-{number}")), &seed)?;
            }
        }
    }
    Ok(())
}

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn seed(file: &[u8]) -> Vec<u8> {
    let vector: Value = serde_json::from_slice(file).unwrap_or_default();
    let text = |member: &str| vector.get(member).and_then(Value::as_str);
    let encoded = text("document_b64u").and_then(verifier::base64::decode_url);
    let encoded = encoded.or_else(|| {
        text("cbor_hex")
            .or_else(|| text("proof_hex"))
            .and_then(bytes_of_hex)
    });
    encoded
        .or_else(|| {
            text("document")
                .or_else(|| text("output"))
                .map(|text| text.as_bytes().to_vec())
        })
        .unwrap_or_else(|| file.to_vec())
}

fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = (0..text.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}
