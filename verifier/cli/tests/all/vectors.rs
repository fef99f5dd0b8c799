//! The vectors of whole files, written out as files.

use std::path::Path;

use serde_json::Value;

use crate::run::CheckFiles;

/// A vector, by the name of its file.
pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) members: Value,
}

impl Vector {
    pub(crate) fn text(&self, member: &str) -> &str {
        self.members[member]
            .as_str()
            .unwrap_or_else(|| panic!("{}: no text {member:?}", self.name))
    }

    /// The bytes of the subject-proof.
    pub(crate) fn file(&self) -> Vec<u8> {
        let text = self.text("file_hex");
        (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
            .collect()
    }

    /// Writes the subject-proof and log.genesis; the paths of both.
    pub(crate) fn write(&self, files: &CheckFiles) -> (String, String) {
        let genesis = files.write("genesis.json", self.text("genesis"));
        (files.write("answer.proof", self.file()), genesis)
    }
}

/// The vectors of a folder such as `subject-proof/valid`.
pub(crate) fn vectors(folder: &str) -> Vec<Vector> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/vectors");
    let files = std::fs::read_dir(root.join(folder)).unwrap();
    let mut vectors: Vec<Vector> = files
        .map(|file| {
            let path = file.unwrap().path();
            Vector {
                name: path.file_stem().unwrap().to_string_lossy().into_owned(),
                members: serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap(),
            }
        })
        .collect();
    vectors.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(!vectors.is_empty(), "no vectors in {folder}");
    vectors
}

/// The vector of a name.
pub(crate) fn vector(folder: &str, name: &str) -> Vector {
    vectors(folder)
        .into_iter()
        .find(|vector| vector.name == name)
        .unwrap()
}
