//! What becomes of a spooled document, and of its number in a stream, once the log has answered.

use super::counter::StreamCounter;
use super::send::SendResult;
use super::spool::Spool;
use super::{OutgoingDocument, SubmitFailure};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// A spooled document with what the caller says about it.
#[derive(Deserialize)]
struct WrappedDocument<'a> {
    #[serde(borrow)]
    evidence: &'a RawValue,
    context: PositionClaim,
}

/// The place in a stream that a context claims.
#[derive(Deserialize)]
struct PositionClaim {
    stream: String,
    number: u64,
    #[serde(default)]
    last: bool,
}

/// The spool, and the counters of the streams that its documents are of.
pub(super) struct StreamPositions<'a> {
    spool: &'a Spool,
    counters: HashMap<String, StreamCounter>,
}

impl<'a> StreamPositions<'a> {
    pub(super) fn new(spool: &'a Spool) -> Self {
        Self {
            spool,
            counters: HashMap::new(),
        }
    }

    /// Takes a document out of the spool, and writes down what that means for its number; first the number, so that a
    /// restart in between repeats the question and loses nothing. What is to be told of a refused one.
    pub(super) fn settle(
        &mut self,
        item: &OutgoingDocument,
        verdict: &SendResult,
    ) -> Result<String, SubmitFailure> {
        let Some(name) = &item.spooled else {
            return Ok(String::new());
        };
        let claim = serde_json::from_slice::<WrappedDocument<'_>>(&item.body).ok();
        let SendResult::Refused(reason) = verdict else {
            if let Some(WrappedDocument { evidence, context }) = claim {
                let place = (context.number, context.last);
                self.counter(context.stream)?
                    .acknowledge(evidence.get().as_bytes(), place)?;
            }
            self.spool.remove(name)?;
            return Ok(String::new());
        };
        let kept = self.spool.refused_path(name);
        let mut note = format!("; it is kept in {}", kept.display());
        if let Some(WrappedDocument { evidence, context }) = claim {
            note = format!(
                "{note}; number {} of stream {:?} goes to the next document that is sent in it",
                context.number, context.stream
            );
            self.counter(context.stream)?
                .refuse(evidence.get().as_bytes(), context.number)?;
        }
        self.spool.set_aside(name, reason)?;
        Ok(note)
    }

    fn counter(&mut self, stream: String) -> Result<&mut StreamCounter, SubmitFailure> {
        match self.counters.entry(stream) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(vacant) => {
                let counter = StreamCounter::open(&self.spool.streams(), vacant.key())?;
                Ok(vacant.insert(counter))
            }
        }
    }
}
