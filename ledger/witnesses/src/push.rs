//! One checkpoint, one witness: ask, read the answer, keep what holds.

use ledger::cosigning::KeepError;
use ledger::error::ReadError;
use ledger::shared::PublishedHead;
use ledger_client::transport::{Transport, TransportFailure, TransportLimits};
use verifier::checkpoint::checkpoint_text;
use verifier::index::TreeSize;

use crate::answer::{ANSWER_BYTES_MAX, AnswerError, AskedKey, SentCheckpoint, WitnessAnswer, read_answer};
use crate::log_access::LogAccess;
use crate::policy::Witness;
use crate::request::{ProofTooLong, add_checkpoint_body};

/// Requests for one checkpoint: one to learn what the witness cosigned last, and one from there.
const REQUESTS_MAX: u32 = 2;
const CONTENT_TYPE: &str = "text/plain; charset=utf-8";
const MS_PER_S: u64 = 1_000;

/// Why a checkpoint was not cosigned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// No answer: the network or the witness is at fault.
    #[error("it does not answer: {0}")]
    NoAnswer(#[from] TransportFailure),
    /// An answer of no use: the witness is at fault.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The witness cosigned more than this log has. The log was set back to an older copy, or its key signs elsewhere, too.
    #[error(
        "it says that it cosigned size {cosigned}, and this log has size {published}: was the log set back to an older \
         copy, or is its key in use elsewhere?"
    )]
    Ahead {
        /// What the witness says.
        cosigned: TreeSize,
        /// The size that was sent.
        published: TreeSize,
    },
    /// The witness does not stay with what it said.
    #[error("it keeps answering status 409, last with size {cosigned}")]
    Unsettled {
        /// What it said last.
        cosigned: TreeSize,
    },
    /// The proof could not be made: the log's storage is at fault.
    #[error("the consistency proof cannot be made: {0}")]
    Proof(#[from] ReadError),
    /// The proof is longer than any can be.
    #[error(transparent)]
    ProofTooLong(#[from] ProofTooLong),
    /// The cosignatures hold, and could not be kept.
    #[error("its cosignature cannot be kept: {0}")]
    Keep(#[from] KeepError),
    /// The log was closed meanwhile.
    #[error("the log is closed")]
    Closed,
}

impl PushError {
    /// Whether the witness says that it has seen another history of this log, or more of it.
    pub(crate) const fn is_alarm(&self) -> bool {
        matches!(
            self,
            Self::Ahead { .. } | Self::Answer(AnswerError::Status { status: 422 })
        )
    }

    /// The stable code, for metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoAnswer(TransportFailure::Address(_)) => "WITNESS_URL_INVALID",
            Self::NoAnswer(_) => "WITNESS_UNREACHABLE",
            Self::Answer(error) => error.code(),
            Self::Ahead { .. } => "WITNESS_AHEAD",
            Self::Unsettled { .. } => "WITNESS_UNSETTLED",
            Self::Proof(_) | Self::ProofTooLong(_) => "LOG_UNREADABLE",
            Self::Keep(_) => "COSIGNATURE_NOT_KEPT",
            Self::Closed => "LOG_CLOSED",
        }
    }
}

/// The log's side of one witness. It blocks while it asks.
#[derive(Debug)]
pub(crate) struct WitnessClient {
    witness: Witness,
    transport: Transport,
    log: LogAccess,
    /// The size that the witness cosigned last, as far as is known.
    cosigned: TreeSize,
}

impl WitnessClient {
    pub(crate) fn new(witness: Witness, limits: TransportLimits, log: LogAccess) -> Self {
        Self {
            witness,
            transport: Transport::new(None, limits),
            log,
            cosigned: TreeSize::new(0),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.witness.name
    }

    /// Has a head cosigned, and keeps the cosignatures. The head's checkpoint has the log's own lines alone.
    pub(crate) fn push(&mut self, head: &PublishedHead) -> Result<(), PushError> {
        for _ in 0..REQUESTS_MAX {
            match self.add_checkpoint(head)? {
                WitnessAnswer::Cosigned(cosignatures) => {
                    let kept = self
                        .log
                        .ask(|reader| reader.keep_cosignatures(head, &cosignatures));
                    kept.ok_or(PushError::Closed)??;
                    self.cosigned = head.head.tree.size;
                    return Ok(());
                }
                WitnessAnswer::LastCosigned(cosigned) => self.learn(cosigned, head.head.tree.size)?,
            }
        }
        Err(PushError::Unsettled {
            cosigned: self.cosigned,
        })
    }

    fn add_checkpoint(&self, head: &PublishedHead) -> Result<WitnessAnswer, PushError> {
        let size = head.head.tree.size;
        let proof = self
            .log
            .ask(|reader| reader.consistency_proof(self.cosigned, size))
            .ok_or(PushError::Closed)??;
        let body = add_checkpoint_body(self.cosigned, &proof, &head.checkpoint)?;
        let answer =
            self.transport
                .post(&self.witness.url, CONTENT_TYPE, body.as_bytes(), ANSWER_BYTES_MAX)?;
        let (text, keys, now_s) = self
            .log
            .ask(|reader| {
                let text = checkpoint_text(reader.origin(), &head.head.tree);
                let now_s = reader.now().value() / MS_PER_S;
                let cosigning = reader.cosigning();
                let keys = self.witness.keys.iter().map(|key| AskedKey {
                    key: key.clone(),
                    held_time_s: cosigning.as_ref().map_or(0, |held| held.newest_time_s(key)),
                });
                (text, keys.collect::<Vec<_>>(), now_s)
            })
            .ok_or(PushError::Closed)?;
        let sent = SentCheckpoint {
            text: &text,
            keys: &keys,
            now_s,
        };
        Ok(read_answer(answer.status.as_u16(), &answer.body, &sent)?)
    }

    /// Takes over the size that the witness says, for the next proof.
    fn learn(&mut self, cosigned: TreeSize, published: TreeSize) -> Result<(), PushError> {
        if cosigned > published {
            return Err(PushError::Ahead { cosigned, published });
        }
        if cosigned == self.cosigned {
            return Err(PushError::Unsettled { cosigned });
        }
        self.cosigned = cosigned;
        Ok(())
    }
}
