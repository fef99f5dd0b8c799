//! The manifest of an export, which the operator signs.

use super::{MANIFEST_TYPE, PROOFS_MAX, SUBJECTS_MAX, invalid};
use crate::base64::decode_standard_array;
use crate::check::{Finding, Genesis};
use crate::code::Code;
use crate::envelope;
use crate::hash::{LeafHash, NodeHash};
use crate::index::{LeafIndex, TimestampMs, TreeSize};
use crate::json::{self, Object, Value};
use crate::note::VerifierKey;
use crate::proof::PATH_HASHES_MAX;
use crate::subject::Field;
use crate::subject_index::IndexQuestion;
use crate::text::shown::brief;

#[derive(Debug)]
pub(super) struct ExportManifest {
    pub(super) from: TimestampMs,
    pub(super) to: TimestampMs,
    pub(super) lines_sha256: String,
    pub(super) scope: ManifestScope,
}

/// Which entries of the window are exported.
#[derive(Debug)]
pub(super) enum ManifestScope {
    /// All of them (version 1).
    Window(ManifestWindow),
    /// Those with all of some subjects (version 2).
    Subjects(ManifestSubjects),
}

#[derive(Debug)]
pub(super) struct ManifestWindow {
    pub(super) first: LeafIndex,
    pub(super) last: LeafIndex,
    pub(super) checkpoint: String,
    pub(super) first_path: Vec<NodeHash>,
    pub(super) last_path: Vec<NodeHash>,
}

#[derive(Debug)]
pub(super) struct ManifestSubjects {
    /// The size as of which the answers are.
    pub(super) as_of: TreeSize,
    /// 1 or 2.
    pub(super) subjects: Vec<ManifestSubject>,
}

#[derive(Debug)]
pub(super) struct ManifestSubject {
    pub(super) question: IndexQuestion,
    /// The hashes of its proofs, in their order; 1 or more.
    pub(super) pieces: Vec<LeafHash>,
}

impl ExportManifest {
    pub(super) fn open(bytes: &[u8], genesis: &Genesis, key: &VerifierKey) -> Result<Self, Finding> {
        let value = json::parse(bytes).map_err(|fault| invalid(&fault.to_string()))?;
        let envelope = envelope::verify_own(&value, MANIFEST_TYPE).map_err(|fault| match fault.code {
            Code::SignatureInvalid => Finding::fail(
                "MANIFEST_SIGNATURE_INVALID",
                "the signature of the manifest does not verify",
            ),
            _ => invalid(&fault.to_string()),
        })?;
        if *envelope.signer() != genesis.payload().operator {
            return Err(Finding::fail(
                "MANIFEST_SIGNATURE_INVALID",
                format!(
                    "the manifest is signed by {}, not by the log's operator",
                    envelope.signer()
                ),
            ));
        }
        let payload = envelope.payload();
        if payload.text("log_origin") != Some(key.name()) {
            return Err(Finding::fail("WRONG_LOG", "the manifest is of another log"));
        }
        match payload.text("event_version") {
            Some("1" | "2") => Self::read(payload).ok_or_else(|| invalid("its payload is not valid")),
            Some(later) => Err(Finding::incomplete(
                "UNKNOWN_FORMAT",
                format!(
                    "the manifest is of version {}, and 1 and 2 are known",
                    brief(later)
                ),
            )),
            None => Err(invalid("it has no version")),
        }
    }

    fn read(payload: &Object) -> Option<Self> {
        // Each member is read here or was before.
        let scope = match (payload.text("event_version")?, payload.members().len()) {
            ("1", 10) => ManifestScope::Window(ManifestWindow::read(payload)?),
            ("2", 7) => ManifestScope::Subjects(ManifestSubjects::read(payload)?),
            _ => return None,
        };
        let time = |name| Some(TimestampMs::new(payload.get(name)?.as_u64()?));
        let (from, to) = (time("from_ms")?, time("to_ms")?);
        (from < to).then_some(())?;
        Some(Self {
            from,
            to,
            lines_sha256: payload.text("lines_sha256")?.to_owned(),
            scope,
        })
    }
}

impl ManifestWindow {
    fn read(payload: &Object) -> Option<Self> {
        Some(Self {
            first: LeafIndex::new(payload.get("first_index")?.as_u64()?),
            last: LeafIndex::new(payload.get("last_index")?.as_u64()?),
            checkpoint: payload.text("checkpoint")?.to_owned(),
            first_path: path(payload.get("first_path")?)?,
            last_path: path(payload.get("last_path")?)?,
        })
    }
}

impl ManifestSubjects {
    fn read(payload: &Object) -> Option<Self> {
        let subjects = payload.get("subjects")?.as_array()?;
        let is_counted = (1..=SUBJECTS_MAX).contains(&subjects.len());
        Some(Self {
            as_of: TreeSize::new(payload.get("as_of")?.as_u64().filter(|_| is_counted)?),
            subjects: subjects
                .iter()
                .map(ManifestSubject::read)
                .collect::<Option<_>>()?,
        })
    }
}

impl ManifestSubject {
    fn read(value: &Value) -> Option<Self> {
        let subject = value.as_object().filter(|subject| subject.members().len() == 3)?;
        let pieces = subject.get("proofs_sha256")?.as_array()?;
        (1..=PROOFS_MAX).contains(&pieces.len()).then_some(())?;
        Some(Self {
            question: IndexQuestion::Subject {
                field: Field::parse(subject.text("field")?)?.into(),
                value: subject.text("value")?.to_owned(),
                kinds: Vec::new(),
            },
            pieces: pieces
                .iter()
                .map(|hash| LeafHash::parse_hex(hash.as_str()?))
                .collect::<Option<_>>()?,
        })
    }
}

fn path(value: &Value) -> Option<Vec<NodeHash>> {
    let hashes = value.as_array()?;
    if hashes.len() > PATH_HASHES_MAX {
        return None;
    }
    hashes
        .iter()
        .map(|hash| decode_standard_array(hash.as_str()?).map(NodeHash::from_bytes))
        .collect()
}
