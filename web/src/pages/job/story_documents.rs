//! The documents of the job that tell its story: few, and read whole, where receipts may be many.

use std::collections::BTreeMap;

use ledger_query::QueryEngine;
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::payload::{JobAction, JobEvent, Payload};

use super::page_verdict::PageVerdict;
use super::parts::ListingReason;
use crate::error::PageError;
use crate::model::KnownRecord;

/// Most events of the job that are read, the newest: whether a dispute or a halt stands is for them to say.
const EVENTS_MAX: usize = 600;
/// Most policies, issuances and revocations, the first: what is cited comes before what cites it.
const ACTS_MAX: usize = 300;
/// Most events of other jobs that name this one, and most files. Nobody can crowd out anything else with them.
const OTHERS_MAX: usize = 100;

/// The documents that tell the job's story: events, policies, tokens and files, each read whole, up to a limit of each.
pub(super) struct StoryDocuments {
    known: Vec<KnownRecord>,
    /// Whether there are more than were read.
    pub(super) cut: bool,
}

impl StoryDocuments {
    pub(super) fn of(
        engine: &QueryEngine,
        judged: &PageVerdict,
        listed: &BTreeMap<LeafIndex, ListingReason>,
    ) -> Result<Self, PageError> {
        let (mut events, mut acts, mut others, mut files) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (&index, part) in listed {
            let kind = judged
                .closure()
                .records
                .get(&index)
                .map(|record| record.entry.kind);
            match (kind, part) {
                (Some(Kind::JobEvent), ListingReason::Linked(_)) => events.push(index),
                (Some(Kind::JobEvent), _) => others.push(index),
                (Some(Kind::PolicyPublished | Kind::TokenIssued | Kind::TokenRevoked), _) => acts.push(index),
                (Some(Kind::Artifact), _) => files.push(index),
                _ => {}
            }
        }
        let all = [&events, &acts, &others, &files]
            .iter()
            .map(|indices| indices.len())
            .sum::<usize>();
        acts.truncate(ACTS_MAX);
        files.truncate(OTHERS_MAX);
        let mut wanted: Vec<LeafIndex> = newest(&events, EVENTS_MAX).to_vec();
        wanted.extend(newest(&others, OTHERS_MAX));
        wanted.extend(acts);
        wanted.extend(files);
        wanted.sort_unstable();
        Ok(Self {
            cut: wanted.len() < all,
            known: KnownRecord::read_all(engine, &wanted)?,
        })
    }

    /// What each says, in log order.
    pub(super) fn payloads(&self) -> impl Iterator<Item = (&KnownRecord, &Payload)> {
        self.known
            .iter()
            .filter_map(|known| Some((known, known.payload()?)))
    }

    /// The job's events: those that its assessment counts.
    pub(super) fn events<'s>(
        &'s self,
        judged: &'s PageVerdict,
    ) -> impl Iterator<Item = (&'s KnownRecord, &'s JobEvent)> {
        self.payloads().filter_map(|(known, payload)| match payload {
            Payload::JobEvent(event) if judged.examined().linked.contains_key(&known.record.index) => {
                Some((known, &**event))
            }
            _ => None,
        })
    }

    /// Where the job was halted.
    pub(super) fn halts<'s>(&'s self, judged: &'s PageVerdict) -> impl Iterator<Item = LeafIndex> + 's {
        self.events(judged)
            .filter(|(_, event)| event.action == JobAction::Halted)
            .map(|(known, _)| known.record.index)
    }
}

fn newest(indices: &[LeafIndex], most: usize) -> &[LeafIndex] {
    let from = indices.len().saturating_sub(most);
    indices.get(from..).unwrap_or_default()
}
