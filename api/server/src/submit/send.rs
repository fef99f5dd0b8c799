//! Sends groups of documents, and tries again what a later attempt can better.

use super::OutgoingDocument;
use ledger_client::log::{Acknowledged, BatchAnswerLine, Client, ClientError, KNOWN, ServerWarning};
use ledger_client::repeat;
use std::time::Duration;

/// Half of what the server takes in one request, so that a group is never the largest possible.
pub(super) const BATCH_LINES_MAX: usize = 500;
/// Half of the server's limit, for the same reason.
pub(super) const BATCH_BYTES_MAX: usize = 8 << 20;

const BATCH_PATH: &str = "/v1/evidence/batch";

/// What the log said about one document.
#[derive(Debug)]
pub(super) enum SendResult {
    /// By the entry at this index; of a context with the entry of the evidence that it is about, which was there before.
    Logged {
        index: u64,
        about: Option<u64>,
        /// What its author most likely did not mean.
        warnings: Vec<String>,
    },
    /// Nothing new: that entry, likewise.
    Known { index: u64, about: Option<u64> },
    /// The entry was erased by the order in another one. Nothing of what was sent was kept.
    Erased { index: u64, order: u64 },
    /// Nothing of it holds a place in the log: status 4xx.
    Refused(String),
}

impl SendResult {
    /// The same with what is odd about what was logged.
    fn warned(self, list: Vec<ServerWarning>) -> Self {
        match self {
            Self::Logged { index, about, .. } => Self::Logged {
                index,
                about,
                warnings: list.into_iter().map(ServerWarning::sentence).collect(),
            },
            other => other,
        }
    }

    /// What is odd about what was logged, in sentences.
    pub(super) fn warnings(&self) -> &[String] {
        match self {
            Self::Logged { warnings, .. } => warnings,
            Self::Known { .. } | Self::Erased { .. } | Self::Refused(_) => &[],
        }
    }

    fn of(index: u64, about: Option<u64>, erased_by: Option<u64>, was_known: bool) -> Self {
        match erased_by {
            Some(order) => Self::Erased { index, order },
            None if was_known => Self::Known { index, about },
            None => Self::Logged {
                index,
                about,
                warnings: Vec::new(),
            },
        }
    }
}

/// Sends documents to one log until each has a verdict.
#[derive(Debug)]
pub(super) struct Sender {
    client: Client,
    retry_for: Duration,
}

impl Sender {
    /// `retry_for` bounds the time spent waiting between the attempts of one request.
    pub(super) fn new(client: Client, retry_for: Duration) -> Self {
        Self { client, retry_for }
    }

    /// The page of an entry.
    pub(super) fn entry_address(&self, index: u64) -> String {
        self.client.entry_address(index)
    }

    /// One verdict for each item, in order. An error means that the outcome of some is not known; sending them
    /// again is safe, since the log answers a repetition with the entry it has.
    pub(super) fn send(&self, items: &[OutgoingDocument]) -> Result<Vec<SendResult>, ClientError> {
        let mut verdicts: Vec<Option<SendResult>> = Vec::new();
        verdicts.resize_with(items.len(), || None);
        // A line feed inside a document is part of its bytes, which are kept: such a document goes alone.
        let (mut together, mut alone) = (Vec::new(), Vec::new());
        for slot in items.iter().zip(verdicts.iter_mut()) {
            if slot.0.body.contains(&b'\n') {
                alone.push(slot);
            } else {
                together.push(slot);
            }
        }
        if together.len() == 1 {
            alone.append(&mut together);
        }
        for (item, verdict) in alone {
            *verdict = Some(self.send_one(item)?);
        }
        while !together.is_empty() {
            together = self.send_batch(together)?;
        }
        Ok(verdicts.into_iter().flatten().collect())
    }

    fn send_one(&self, item: &OutgoingDocument) -> Result<SendResult, ClientError> {
        match repeat::patiently(self.retry_for, || self.client.submit(&item.body)) {
            Ok(Acknowledged {
                index,
                about_index,
                erased_by,
                was_known,
                warnings,
                ..
            }) => Ok(SendResult::of(index, about_index, erased_by, was_known).warned(warnings)),
            Err(refused @ ClientError::Refused { .. }) if is_about_the_document(&refused) => {
                Ok(SendResult::Refused(refused.to_string()))
            }
            Err(error) => Err(error),
        }
    }

    /// Sends a batch and returns the lines that the log had no room for.
    fn send_batch<'a>(&self, mut batch: Vec<Slot<'a>>) -> Result<Vec<Slot<'a>>, ClientError> {
        let mut lines = Vec::new();
        for (item, _) in &batch {
            lines.extend_from_slice(&item.body);
            lines.push(b'\n');
        }
        let expected = batch.len();
        let answer = repeat::patiently(self.retry_for, || {
            let answer = self.client.submit_batch(&lines)?;
            if answer.len() != expected {
                let reason = format!("{} lines, expected {expected}", answer.len());
                return Err(ClientError::Unreadable {
                    url: String::from(BATCH_PATH),
                    reason,
                });
            }
            // A retry is worth a pause only if the whole batch found the door closed.
            if let Some(busy) = answer.iter().all(is_busy).then(|| answer.first()).flatten() {
                let detail = busy
                    .problem
                    .as_ref()
                    .map_or_else(String::new, |problem| problem.detail.clone());
                return Err(ClientError::Busy {
                    status: busy.status,
                    retry_after: None,
                    detail,
                });
            }
            Ok(answer)
        })?;
        let mut left = Vec::new();
        for (line, slot) in answer.into_iter().zip(batch.drain(..)) {
            if is_busy(&line) {
                left.push(slot);
            } else {
                *slot.1 = Some(verdict(line)?);
            }
        }
        Ok(left)
    }
}

type Slot<'a> = (&'a OutgoingDocument, &'a mut Option<SendResult>);

/// 401 and the like are about who asks, not about what is sent: nothing may be set aside for them.
fn is_about_the_document(error: &ClientError) -> bool {
    match error {
        ClientError::Refused { status, code, .. } => match status {
            400 | 413 | 415 | 422 => true,
            403 | 409 | 410 => !code.is_empty(),
            _ => false,
        },
        _ => false,
    }
}

fn is_busy(line: &BatchAnswerLine) -> bool {
    matches!(line.status, 429 | 503)
}

fn verdict(line: BatchAnswerLine) -> Result<SendResult, ClientError> {
    match (line.status, line.index) {
        (200 | 201, Some(index)) => {
            Ok(
                SendResult::of(index, line.about_index, line.erased_by, line.status == KNOWN)
                    .warned(line.warnings),
            )
        }
        (200 | 201, None) => Err(ClientError::Unreadable {
            url: String::from(BATCH_PATH),
            reason: String::from("a line of a document that was logged names no index"),
        }),
        // What the server could not do says nothing about the document, which may be logged.
        (status @ 500.., _) => {
            let problem = line.problem.unwrap_or_default();
            Err(ClientError::Refused {
                status,
                code: problem.code,
                detail: problem.detail,
                pointer: problem.pointer,
                next_range: problem.next_range,
            })
        }
        (status, _) => {
            let problem = line.problem.unwrap_or_default();
            Ok(SendResult::Refused(format!(
                "{status} {}: {} {}",
                problem.code, problem.detail, problem.pointer
            )))
        }
    }
}
