//! Manifests of export and aggregate bundles: path, SHA-256 and size of the JCS of each artifact
//! (`schemas/clawsig.md` §7.3, §7.4).

use std::collections::BTreeMap;

use evidence::fault::shorten;
use evidence::json::{Object, Value, to_jcs};
use tlog::base64::encode_url;
use tlog::hash::sha256;

use super::schema::MemberForm::{self, Base64url, Closed, Constant, DateTime, List, Text};
use super::schema::{NONE, NOT_NEGATIVE};
use super::{ClawsigFailure, Reason};

/// `export_bundle_manifest.v1`.
pub(super) static FORM: MemberForm = Closed(
    &[
        ("manifest_version", Constant("1")),
        ("generated_at", DateTime),
        ("entries", List(1, usize::MAX, &ENTRY)),
    ],
    NONE,
);

static ENTRY: MemberForm = Closed(
    &[
        ("path", Text(1)),
        ("sha256_b64u", Base64url),
        ("content_type", Text(1)),
        ("size_bytes", NOT_NEGATIVE),
    ],
    NONE,
);

/// What a manifest has to say of one artifact.
pub(super) struct ManifestArtifact {
    path: String,
    /// base64url of SHA-256(JCS(artifact)).
    pub(super) hash: String,
    size: usize,
}

impl ManifestArtifact {
    pub(super) fn new(path: String, value: &Value) -> Self {
        let jcs = to_jcs(value);
        Self {
            path,
            hash: encode_url(&sha256(jcs.as_bytes())),
            size: jcs.len(),
        }
    }
}

/// The reason codes of the two kinds of bundle, which differ.
pub(super) struct Reasons {
    /// A path that occurs twice, or another content type.
    pub(super) malformed: Reason,
    /// Another number of entries, or an artifact without one.
    pub(super) missing: Reason,
}

/// Compares a manifest, of [`FORM`], with the artifacts that are there: both ways, by path.
pub(super) fn check(
    manifest: &Object,
    artifacts: &[ManifestArtifact],
    reasons: &Reasons,
) -> Result<(), ClawsigFailure> {
    let listed = manifest.items("entries");
    let mut entries: BTreeMap<&str, &Object> = BTreeMap::new();
    for entry in listed.iter().filter_map(Value::as_object) {
        let path = entry.text_or_empty("path");
        if entries.insert(path, entry).is_some() {
            let message = format!("the manifest lists {:?} twice", shorten(path));
            return Err(ClawsigFailure::fail(reasons.malformed, message));
        }
    }
    if entries.len() != artifacts.len() {
        return Err(ClawsigFailure::fail(
            reasons.missing,
            format!(
                "the manifest lists {} artifacts of {}",
                entries.len(),
                artifacts.len()
            ),
        ));
    }
    // In the order of the paths, as the reference goes through them.
    let mut expected: Vec<&ManifestArtifact> = artifacts.iter().collect();
    expected.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    for artifact in expected {
        let entry = entries.get(artifact.path.as_str()).ok_or_else(|| {
            ClawsigFailure::fail(
                reasons.missing,
                format!("the manifest does not list {}", artifact.path),
            )
        })?;
        check_entry(entry, artifact, reasons)?;
    }
    Ok(())
}

fn check_entry(entry: &Object, artifact: &ManifestArtifact, reasons: &Reasons) -> Result<(), ClawsigFailure> {
    let text = |name: &str| entry.text(name);
    let size = entry.get("size_bytes").and_then(Value::as_u64);
    let failure = |reason, what: &str| {
        Err(ClawsigFailure::fail(
            reason,
            format!("{what} of {} is not what the manifest says", artifact.path),
        ))
    };
    if text("sha256_b64u") != Some(artifact.hash.as_str()) {
        return failure(Reason::HashMismatch, "the hash");
    }
    if text("content_type") != Some("application/json") {
        return failure(reasons.malformed, "the type");
    }
    if size.and_then(|size| usize::try_from(size).ok()) != Some(artifact.size) {
        return failure(Reason::HashMismatch, "the size");
    }
    Ok(())
}
