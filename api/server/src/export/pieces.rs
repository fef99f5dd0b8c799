//! The answer of the log's index about a subject, in pieces that follow each other, each a file.

use super::ExportError;
use super::window::{WindowTimes, first_since};
use ledger_client::log::{Client, ClientError};
use verifier::check::{SubjectAnswer, SubjectExpectation, check_subject};
use verifier::note::VerifierKey;
use verifier::subject::Field;
use verifier::subject_index::{IndexQuestion, SUBJECT_PROOF_BYTES_MAX, SubjectProof};

/// A subject that all entries of the export have.
#[derive(Clone, Copy)]
pub(super) struct ExportedSubject<'a> {
    pub(super) field: Field,
    pub(super) value: &'a str,
}

/// A piece: a subject-proof, and what it answers.
pub(super) struct AnswerPiece {
    pub(super) file: Vec<u8>,
    pub(super) answer: SubjectAnswer,
    /// The size where its range ends.
    end: u64,
}

/// The log's index, as its server shows it.
pub(super) struct ShownIndex<'a> {
    pub(super) client: &'a Client,
    pub(super) genesis: &'a [u8],
    pub(super) key: &'a VerifierKey,
    /// Most entries of one piece. The server has a limit of its own.
    pub(super) entries_max: usize,
}

/// Where a period is in the log, as far as the index goes.
#[derive(Clone, Copy)]
pub(super) struct PeriodSpan {
    /// The first entry of the period, or `as_of`.
    first: u64,
    /// The size as of which all answers are: with the entry that shows that the period was over, if the index covers it.
    pub(super) as_of: u64,
}

impl ShownIndex<'_> {
    /// Where the period is. `subject` is any subject: what the index covers, only an answer says.
    pub(super) fn span(
        &self,
        subject: ExportedSubject<'_>,
        times: WindowTimes,
    ) -> Result<PeriodSpan, ExportError> {
        let covered = self.ask(subject, None, (0, 1))?.answer.as_of.value();
        let end = first_since(self.client, times.to, covered)?;
        Ok(PeriodSpan {
            first: first_since(self.client, times.from, covered)?,
            as_of: covered.min(end.saturating_add(1)),
        })
    }

    /// Hands over the pieces of the answer one after the other.
    pub(super) fn each_piece(
        &self,
        subject: ExportedSubject<'_>,
        span: PeriodSpan,
        mut take: impl FnMut(AnswerPiece) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let mut since = self.begin(subject, span)?;
        while since < span.as_of {
            let piece = self.piece(subject, span.as_of, (since, span.as_of))?;
            since = piece.end;
            take(piece)?;
        }
        Ok(())
    }

    /// Where the first piece begins: with the subject's last entry in front of the period, which shows that nothing in front of it
    /// belongs there; without one, at the beginning of the log. It is looked for in twice as many entries each time.
    fn begin(&self, subject: ExportedSubject<'_>, span: PeriodSpan) -> Result<u64, ExportError> {
        let PeriodSpan { first, as_of } = span;
        if first >= as_of {
            // Nothing of the period is covered, as the last entry shows.
            return Ok(as_of.saturating_sub(1));
        }
        let mut back = 1;
        while back < first {
            let mut since = first.saturating_sub(back);
            while since < first {
                let piece = self.piece(subject, as_of, (since, first))?;
                if let Some((last, _)) = piece.answer.entries.last() {
                    return Ok(last.value());
                }
                since = piece.end;
            }
            back = back.saturating_mul(2);
        }
        Ok(0)
    }

    /// The answer about the beginning of a range, or all of it.
    fn piece(
        &self,
        subject: ExportedSubject<'_>,
        as_of: u64,
        (since, mut to): (u64, u64),
    ) -> Result<AnswerPiece, ExportError> {
        loop {
            let narrower = match self.ask(subject, Some(as_of), (since, to)) {
                Ok(piece) => match piece.answer.entries.get(self.entries_max) {
                    Some((too_many, _)) => too_many.value(),
                    None => return Ok(piece),
                },
                Err(ExportError::NotProved {
                    source:
                        ClientError::Refused {
                            next_range: Some(next),
                            ..
                        },
                    ..
                }) => next.to,
                Err(error) => return Err(error),
            };
            if !(since < narrower && narrower < to) {
                return Err(ExportError::Answer("a range that is no part of what was asked"));
            }
            to = narrower;
        }
    }

    /// One answer, which holds; as of all that the index covers, where no size is given.
    fn ask(
        &self,
        ExportedSubject { field, value }: ExportedSubject<'_>,
        as_of: Option<u64>,
        (since, to): (u64, u64),
    ) -> Result<AnswerPiece, ExportError> {
        let name = field.as_str();
        let question = IndexQuestion::Subject {
            field: field.into(),
            value: value.to_owned(),
            kinds: Vec::new(),
        };
        // A question by value always has an address.
        let address = question.address().unwrap_or_default();
        let as_of = as_of.map(|as_of| format!("&as_of={as_of}")).unwrap_or_default();
        let path = format!("{address}since={since}&to={to}{as_of}");
        let asked = self.client.get_file(&path, SUBJECT_PROOF_BYTES_MAX);
        let file = asked.map_err(|error| match error {
            ClientError::Refused {
                status: 409 | 413, ..
            } => ExportError::NotProved {
                field: name,
                source: error,
            },
            error => error.into(),
        })?;
        let check = check_subject(&file, self.genesis, self.key, &SubjectExpectation::default());
        let is_asked = SubjectProof::decode(&file)
            .ok()
            .and_then(|proof| proof.range)
            .is_some_and(|range| (range.begin().value(), range.end().value()) == (since, to));
        let answer = check
            .answer
            .filter(|_| is_asked)
            .ok_or(ExportError::Answer("a subject-proof that does not hold"))?;
        Ok(AnswerPiece {
            file,
            answer,
            end: to,
        })
    }
}
