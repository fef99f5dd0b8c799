//! Reading the vectors of `schemas/vectors`.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// A vector and the name of its file.
pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) members: Value,
}

impl Vector {
    /// A text member, which must be there.
    pub(crate) fn text(&self, member: &str) -> &str {
        self.members[member]
            .as_str()
            .unwrap_or_else(|| panic!("{}: no text {member:?}", self.name))
    }

    /// The document's bytes, written as text or as base64url where they are no UTF-8.
    pub(crate) fn document(&self) -> Vec<u8> {
        match self.members["document"].as_str() {
            Some(text) => text.as_bytes().to_vec(),
            None => verifier::base64::decode_url(self.text("document_b64u")).unwrap(),
        }
    }
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The vectors of a folder such as `json/valid`, by name.
pub(crate) fn vectors(folder: &str) -> Vec<Vector> {
    let folder = root().join("schemas/vectors").join(folder);
    let mut vectors: Vec<Vector> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|file| {
            let path = file.unwrap().path();
            let members = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            Vector {
                name: path.file_stem().unwrap().to_string_lossy().into_owned(),
                members,
            }
        })
        .collect();
    vectors.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(!vectors.is_empty(), "no vectors in {}", folder.display());
    vectors
}

/// A conformance vector of clawsig, which is other people's data and may be absent.
pub(crate) fn clawsig_vector(file: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("CLAWSIG_VECTORS")
        .map_or_else(|| root().join("../shared/vectors/clawsig"), PathBuf::from);
    let read = std::fs::read(folder.join(file));
    if read.is_err() {
        eprintln!(
            "LEFT OUT: {file} is not in {} (set CLAWSIG_VECTORS)",
            folder.display()
        );
    }
    read.ok()
}

/// The member names of the reference's schemas, which are other people's facts and may be absent.
pub(crate) fn clawsig_members() -> Option<Vec<u8>> {
    let file = std::env::var_os("CLAWSIG_MEMBERS").map_or_else(
        || root().join("../shared/vectors/clawsig-members.json"),
        PathBuf::from,
    );
    let read = std::fs::read(&file);
    if read.is_err() {
        eprintln!("LEFT OUT: {} is not there (set CLAWSIG_MEMBERS)", file.display());
    }
    read.ok()
}

/// Lower-case hex of bytes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Bytes of hex.
pub(crate) fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}
