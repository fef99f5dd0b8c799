//! What a witness answered to `add-checkpoint`, as far as it holds.
//!
//! | status | body | what it says |
//! | --- | --- | --- |
//! | 200 | signature lines | the witness cosigned the checkpoint |
//! | 409 | a size in decimal, and a newline | the size that the witness cosigned last is another one |
//! | other | not looked at | it did not cosign |
//!
//! A line by a key that the policy does not name is left out, whatever it holds: a witness may sign with a second key that its
//! log does not know yet. Of the others each must hold, or nothing of the answer is kept.

use verifier::cosignature::{Cosignature, CosignatureError, CosignatureForm, CosignerKey};
use verifier::index::{TreeSize, parse_decimal};
use verifier::note::{NoteError, SignatureLine, UnverifiedNote};

/// Largest answer that is read, in bytes: sixteen lines of ML-DSA-44 take 53 KiB.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Most lines of an answer.
pub const LINES_MAX: usize = 16;
/// How far a witness's clock may be ahead, in seconds.
pub const AHEAD_S_MAX: u64 = 300;

/// A key of the witness that was asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskedKey {
    /// The key.
    pub key: CosignerKey,
    /// Time of the newest cosignature by this key that is held, in seconds since the Unix epoch; 0 before the first.
    pub held_time_s: u64,
}

/// What an answer is held against.
#[derive(Clone, Copy, Debug)]
pub struct SentCheckpoint<'a> {
    /// The text of the checkpoint that was sent, with its final newline.
    pub text: &'a str,
    /// The keys of the witness.
    pub keys: &'a [AskedKey],
    /// The time now, in seconds since the Unix epoch.
    pub now_s: u64,
}

/// What a witness said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WitnessAnswer {
    /// Its cosignatures of the checkpoint that was sent, at least one, and at most one by each of its keys.
    Cosigned(Vec<Cosignature>),
    /// It expects a proof from this size.
    LastCosigned(TreeSize),
}

/// Why an answer is of no use. The witness is at fault, or what is between it and the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// A status with which no witness cosigns.
    #[error("it answered status {status}{}", meaning(*status))]
    Status {
        /// HTTP status.
        status: u16,
    },
    /// More bytes than are read.
    #[error("its answer is longer than {ANSWER_BYTES_MAX} bytes")]
    TooLong,
    /// More lines than are read.
    #[error("its answer has more than {LINES_MAX} lines")]
    TooManyLines,
    /// Something else than signature lines.
    #[error("its answer is not a list of signature lines: {0}")]
    Malformed(#[from] NoteError),
    /// Lines with an empty line between them, which would become part of the text above.
    #[error("its answer is not a list of signature lines alone")]
    NotLinesAlone,
    /// A signature that is no cosignature.
    #[error("its answer has a signature that is as long as no cosignature")]
    NotACosignature,
    /// No line by a key of this witness.
    #[error("its answer has no cosignature by a key that the policy names for it")]
    Missing,
    /// A line by one of its keys does not hold, or there are two.
    #[error(transparent)]
    Cosignature(#[from] CosignatureError),
    /// An old cosignature was sent again.
    #[error("its cosignature is of second {found_s}, one of second {held_s} is held already")]
    Older {
        /// Of the one that is held.
        held_s: u64,
        /// Of the one in the answer.
        found_s: u64,
    },
    /// A clock that is ahead.
    #[error(
        "its cosignature is of second {found_s}, which is more than {AHEAD_S_MAX} seconds after {now_s}, the time here"
    )]
    Future {
        /// The time here.
        now_s: u64,
        /// Of the one in the answer.
        found_s: u64,
    },
    /// A conflict that does not say the size.
    #[error("it answered status 409 without a size in decimal")]
    NoSize,
}

impl AnswerError {
    /// The stable code, for metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Status { status } => match status {
                400 => "WITNESS_STATUS_400",
                403 => "WITNESS_STATUS_403",
                404 => "WITNESS_STATUS_404",
                422 => "WITNESS_STATUS_422",
                429 => "WITNESS_STATUS_429",
                500..=599 => "WITNESS_STATUS_5XX",
                _ => "WITNESS_STATUS_OTHER",
            },
            Self::TooLong | Self::TooManyLines => "WITNESS_ANSWER_TOO_LONG",
            Self::Malformed(_) | Self::NotLinesAlone | Self::NoSize => "WITNESS_ANSWER_MALFORMED",
            Self::NotACosignature | Self::Cosignature(_) => "WITNESS_COSIGNATURE_INVALID",
            Self::Missing => "WITNESS_COSIGNATURE_MISSING",
            Self::Older { .. } => "WITNESS_COSIGNATURE_OLD",
            Self::Future { .. } => "WITNESS_CLOCK_AHEAD",
        }
    }
}

/// What C2SP tlog-witness says that a status means.
fn meaning(status: u16) -> &'static str {
    match status {
        400 => ": it could not read the request",
        403 => ": it does not trust the key of this log",
        404 => ": it does not know the origin of this log",
        422 => ": it refuses the consistency proof or the root",
        429 => ": it is asked too often",
        _ => "",
    }
}

/// Reads an answer. The caller may cut the body after [`ANSWER_BYTES_MAX`] bytes and one.
///
/// # Errors
/// [`AnswerError`] with the first rule that the answer breaks; then nothing of it is kept.
pub fn read_answer(
    status: u16,
    body: &[u8],
    sent: &SentCheckpoint<'_>,
) -> Result<WitnessAnswer, AnswerError> {
    match status {
        200 => cosignatures(body, sent).map(WitnessAnswer::Cosigned),
        409 => last_cosigned(body).map(WitnessAnswer::LastCosigned),
        _ => Err(AnswerError::Status { status }),
    }
}

fn last_cosigned(body: &[u8]) -> Result<TreeSize, AnswerError> {
    std::str::from_utf8(body)
        .ok()
        .and_then(|text| parse_decimal(text.strip_suffix('\n')?))
        .map(TreeSize::new)
        .ok_or(AnswerError::NoSize)
}

fn cosignatures(body: &[u8], sent: &SentCheckpoint<'_>) -> Result<Vec<Cosignature>, AnswerError> {
    if body.len() > ANSWER_BYTES_MAX {
        return Err(AnswerError::TooLong);
    }
    // What follows the last newline is a piece, too.
    if body.split(|byte| *byte == b'\n').nth(LINES_MAX + 1).is_some() {
        return Err(AnswerError::TooManyLines);
    }
    let note = UnverifiedNote::parse(&[sent.text.as_bytes(), b"\n", body].concat())?;
    // A note parts at its last empty line: one in the answer would move lines of it into the text.
    if note.danger_text() != sent.text {
        return Err(AnswerError::NotLinesAlone);
    }
    let is_asked = |line: &&SignatureLine| {
        let mut keys = sent.keys.iter();
        keys.any(|asked| asked.key.name() == line.name && asked.key.id() == line.id)
    };
    let mut asked = note.lines().iter().filter(is_asked);
    if asked.any(|line| CosignatureForm::of(line).is_none()) {
        return Err(AnswerError::NotACosignature);
    }
    let mut held = Vec::new();
    for asked in sent.keys {
        match asked.key.open(&note) {
            Ok(cosignature) => held.push(in_time(cosignature, asked, sent.now_s)?),
            Err(CosignatureError::NoCosignature { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if held.is_empty() {
        return Err(AnswerError::Missing);
    }
    Ok(held)
}

fn in_time(cosignature: Cosignature, asked: &AskedKey, now_s: u64) -> Result<Cosignature, AnswerError> {
    let found_s = cosignature.time_s();
    if found_s < asked.held_time_s {
        return Err(AnswerError::Older {
            held_s: asked.held_time_s,
            found_s,
        });
    }
    if found_s > now_s.saturating_add(AHEAD_S_MAX) {
        return Err(AnswerError::Future { now_s, found_s });
    }
    Ok(cosignature)
}
