//! The body of `add-checkpoint` (C2SP tlog-witness), as a log sends it:
//!
//! ```text
//! old 3
//! ApjRIpBtz8EIkstTpzmS/FufST6kybrbJ7eRtBJ6f+c=
//! B1Bqhf2d0vEg62lPhgEeW7RmLlxBWmKRcDPUqWJEh+c=
//! +sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=
//! a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=
//!
//! example.com/log42
//! 8
//! XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=
//!
//! — example.com/log42 +vl8/RmdczvwlL7wH7C642tl2hebWt9MW/efi1Gy9mmwBAyXNqTDtY5E/O+89YAswtfXuSJkU3P5AUC95fQMn5YLDA8=
//! ```
//!
//! The size that the witness cosigned last, as far as the log knows; a consistency proof from there; an empty line; the
//! checkpoint.

use std::fmt::Write as _;

use verifier::base64::encode_standard;
use verifier::hash::NodeHash;
use verifier::index::TreeSize;

/// Most hashes of a consistency proof that a witness takes.
pub const HASHES_MAX: usize = 63;

/// A consistency proof that no witness takes: the caller is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a consistency proof of {found} hashes, where a witness takes at most {HASHES_MAX}")]
pub struct ProofTooLong {
    /// Hashes of the proof.
    pub found: usize,
}

/// The body that asks for cosignatures of a checkpoint, a whole note. `proof` leads from the tree of size `old` to that of
/// the checkpoint; it is empty where `old` is 0 or the checkpoint's own size.
///
/// # Errors
/// [`ProofTooLong`].
pub fn add_checkpoint_body(
    old: TreeSize,
    proof: &[NodeHash],
    checkpoint: &str,
) -> Result<String, ProofTooLong> {
    if proof.len() > HASHES_MAX {
        return Err(ProofTooLong { found: proof.len() });
    }
    let mut body = format!("old {old}\n");
    for hash in proof {
        // Writing to a string cannot fail.
        let _ = writeln!(body, "{}", encode_standard(hash.as_bytes()));
    }
    body.push('\n');
    body.push_str(checkpoint);
    Ok(body)
}
