//! What a request is answered, from the last checkpoint that was cosigned of its log. Pure.

use verifier::checkpoint::TreeHead;
use verifier::hash::empty_root;
use verifier::index::TreeSize;
use verifier::merkle::MerkleError;
use verifier::merkle::consistency::verify_consistency;
use verifier::text::shown;

use crate::checkpoint::{WitnessedCheckpoint, spelled_root};
use crate::logs::SignedRequest;
use crate::request::MalformedRequest;

/// Why a checkpoint is not cosigned: one variant for each row of the table of C2SP tlog-witness, in the order in which
/// they are looked at, and the witness's own clock.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// 400, or 413 where it is too long.
    #[error("malformed request: {0}")]
    Malformed(#[from] MalformedRequest),
    /// 404.
    #[error("no log with the origin {} is witnessed here", shown::brief(.0))]
    UnknownOrigin(String),
    /// 403.
    #[error("the checkpoint has no signature by {0}")]
    NotSigned(String),
    /// 403.
    #[error("the signature of {0} does not verify")]
    BadSignature(String),
    /// 400.
    #[error("the old size {old} is beyond the checkpoint's size {size}")]
    OldBeyondSize {
        /// The request's.
        old: TreeSize,
        /// The checkpoint's.
        size: TreeSize,
    },
    /// 409, whose body is the latest size alone.
    #[error("the latest cosigned size is {latest}, not {old}")]
    OtherSize {
        /// The request's.
        old: TreeSize,
        /// The last that was cosigned; 0 if none was.
        latest: TreeSize,
    },
    /// 422.
    #[error("a checkpoint of size 0 must have the root of the empty tree, {}", spelled_root(&empty_head()))]
    EmptyTreeRoot,
    /// 422. The log is at fault: it signed two trees of one size, and the two checkpoints prove it.
    #[error("FORK: the log signed the root {found} for size {size}, and {cosigned} was cosigned before")]
    RootDiffers {
        /// Of both.
        size: TreeSize,
        /// The root that was cosigned.
        cosigned: String,
        /// The root in the request.
        found: String,
    },
    /// 422.
    #[error(
        "the proof does not show that the checkpoint of size {size} continues the one of size {old}: {reason}"
    )]
    Inconsistent {
        /// The last cosigned size.
        old: TreeSize,
        /// The checkpoint's.
        size: TreeSize,
        /// What is wrong with the proof.
        reason: MerkleError,
    },
    /// 503: this witness is at fault, and signs nothing until its clock is right.
    #[error("this witness's clock shows {now_s} s, and it has signed a checkpoint of this log at {last_s} s")]
    ClockBehind {
        /// Seconds since the Unix epoch.
        now_s: u64,
        /// The same, of the last cosignature.
        last_s: u64,
    },
}

impl Refusal {
    /// The status of the answer, as C2SP tlog-witness lists them.
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed(MalformedRequest::TooLong) => 413,
            Self::Malformed(_) | Self::OldBeyondSize { .. } => 400,
            Self::UnknownOrigin(_) => 404,
            Self::NotSigned(_) | Self::BadSignature(_) => 403,
            Self::OtherSize { .. } => 409,
            Self::EmptyTreeRoot | Self::RootDiffers { .. } | Self::Inconsistent { .. } => 422,
            Self::ClockBehind { .. } => 503,
        }
    }

    /// The body of the answer: for 409 the latest size, otherwise one sentence.
    pub fn body(&self) -> String {
        match self {
            Self::OtherSize { latest, .. } => format!("{latest}\n"),
            other => format!("{other}\n"),
        }
    }
}

/// Whether a checkpoint may be cosigned at `now_s`, in seconds since the Unix epoch, when `latest` is the last that was
/// cosigned of the same log.
///
/// Between equal sizes the roots must be equal: the same tree may be cosigned again, at a later time.
///
/// # Errors
/// Those of [`Refusal`] that the state decides.
pub fn decide(
    latest: Option<&WitnessedCheckpoint>,
    request: &SignedRequest,
    now_s: u64,
) -> Result<(), Refusal> {
    let none_yet = empty_head();
    let known = latest.map_or(&none_yet, |latest| latest.checkpoint().head());
    let asked = request.checkpoint.head();
    if request.old != known.size {
        return Err(Refusal::OtherSize {
            old: request.old,
            latest: known.size,
        });
    }
    if asked.size == none_yet.size && asked.root != none_yet.root {
        return Err(Refusal::EmptyTreeRoot);
    }
    if asked.size == known.size && asked.root != known.root {
        return Err(Refusal::RootDiffers {
            size: known.size,
            cosigned: spelled_root(known),
            found: spelled_root(asked),
        });
    }
    verify_consistency(known.size, &known.root, asked.size, &asked.root, &request.proof).map_err(
        |reason| Refusal::Inconsistent {
            old: known.size,
            size: asked.size,
            reason,
        },
    )?;
    match latest.map(WitnessedCheckpoint::time_s) {
        Some(last_s) if now_s < last_s => Err(Refusal::ClockBehind { now_s, last_s }),
        _ => Ok(()),
    }
}

/// What every log begins with.
fn empty_head() -> TreeHead {
    TreeHead {
        size: TreeSize::new(0),
        root: empty_root(),
    }
}
