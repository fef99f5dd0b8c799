//! The checkpoint of a pack: the log's line and the cosignatures, and nothing else.

use evidence::report::Finding;
use tlog::cosignature::CosignerKey;
use tlog::note::{UnverifiedNote, VerifierKey};

use super::Pack;

/// A cosignature that verifies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cosignature {
    /// The cosigner's name and key.
    pub key: CosignerKey,
    /// When, in seconds since the Unix epoch; the cosigner's word.
    pub time_s: u64,
}

/// Verifies every line below the log's own: one for each vkey of the pack, in that order. The log's line
/// is verified with the checkpoint.
///
/// # Errors
/// `COSIGNATURE_INVALID` where a line is missing, is one too many or does not verify, or where a vkey is
/// malformed: the pack's maker is at fault.
pub fn cosignatures(pack: &Pack<'_>, key: &VerifierKey) -> Result<Vec<Cosignature>, Finding> {
    let note = UnverifiedNote::parse(pack.body.checkpoint.as_bytes())
        .map_err(|error| invalid(format!("the checkpoint is refused: {error}")))?;
    let keys = pack
        .body
        .cosigners
        .0
        .iter()
        .map(|vkey| CosignerKey::parse(vkey))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| invalid(error.to_string()))?;
    let expected =
        std::iter::once((key.name(), key.id())).chain(keys.iter().map(|key| (key.name(), key.id())));
    let found = note.lines().iter().map(|line| (line.name.as_str(), line.id));
    if !found.eq(expected) {
        return Err(invalid(
            "the checkpoint's lines are not the log's and then those of the cosigners, in order",
        ));
    }
    keys.into_iter()
        .map(|key| {
            let time_s = key.verify(&note).map_err(|error| invalid(error.to_string()))?;
            Ok(Cosignature { key, time_s })
        })
        .collect()
}

fn invalid(message: impl Into<String>) -> Finding {
    Finding::fail("COSIGNATURE_INVALID", message)
}
