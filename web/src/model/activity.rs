//! When a signer was last heard of, and how late its documents are logged.

use ledger_query::QueryEngine;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::payload::Payload;
use verifier::subject::Field;

use super::KnownRecord;
use crate::error::PageError;
use crate::text::{GroupedNumber, Time, age, counted};

/// Where the entries of a signer stand: under the one or the other, by what they are.
const FIELDS: [Field; 3] = [Field::Gateway, Field::Issuer, Field::Agent];

/// When a signer was last heard of, and how late its documents are logged.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Activity {
    /// The newest entry that it signed.
    pub(crate) last: Option<LastSeen>,
    /// `4 ms in the median, 2 s at most`.
    pub(crate) lateness: Option<String>,
    /// What that is about.
    pub(crate) sample: String,
}

/// The newest entry of a signer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct LastSeen {
    pub(crate) entry: GroupedNumber,
    pub(crate) time: Time,
    /// `3 h 2 min ago`.
    pub(crate) ago: String,
}

/// Looks at the newest `sample` entries that name the signer in each of the ways in which it may. `now` is the time of the
/// page: that of the newest entry would make a gateway that has been silent for a day look busy.
pub(crate) fn of(
    engine: &QueryEngine,
    did: &str,
    as_of: TreeSize,
    now: TimestampMs,
    sample: usize,
) -> Result<Activity, PageError> {
    let mut indices: Vec<LeafIndex> = Vec::new();
    for field in FIELDS {
        indices.extend(engine.subject(field, did, None, as_of, true, sample)?.items);
    }
    indices.sort_unstable();
    indices.dedup();
    let mut known = Vec::new();
    for index in indices.into_iter().rev() {
        if known.len() >= sample {
            break;
        }
        known.extend(KnownRecord::read(engine, index)?.filter(|known| known.record.entry.signer == did));
    }
    Ok(Activity {
        last: known.first().map(|known| last_seen(known, now)),
        ..lateness(&known)
    })
}

fn last_seen(known: &KnownRecord, now: TimestampMs) -> LastSeen {
    let at = known.record.entry.logged_at;
    LastSeen {
        entry: known.record.index.into(),
        time: Time::new(at),
        ago: format!("{} ago", age(now.value().saturating_sub(at.value()))),
    }
}

/// How late documents were logged, of those that state a time.
pub(crate) fn lateness(known: &[KnownRecord]) -> Activity {
    let mut late: Vec<u64> = known
        .iter()
        .filter_map(|known| {
            let stated = stated_at(known.payload()?)?;
            Some(
                known
                    .record
                    .entry
                    .logged_at
                    .value()
                    .saturating_sub(stated.value()),
            )
        })
        .collect();
    late.sort_unstable();
    let (Some(median), Some(most)) = (late.get(late.len() / 2), late.last()) else {
        return Activity::default();
    };
    Activity {
        last: None,
        lateness: Some(format!("median {}, at most {}", age(*median), age(*most))),
        sample: format!(
            "over its newest {}",
            counted(
                late.len(),
                "document that states a time",
                "documents that state a time"
            )
        ),
    }
}

/// The time that a document states for what it is about, where being late with it matters.
pub(crate) fn stated_at(payload: &Payload) -> Option<TimestampMs> {
    Some(match payload {
        Payload::GatewayReceipt(receipt) => receipt.timestamp.at(),
        Payload::ToolReceipt(receipt) | Payload::SideEffectReceipt(receipt) => receipt.timestamp.at(),
        Payload::Approval(approval) => approval.timestamp.at(),
        Payload::Decision(decision) => decision.decided_at.at(),
        Payload::JobEvent(event) => event.at.at(),
        Payload::TokenIssued(issued) => TimestampMs::new(issued.iat.saturating_mul(1_000)),
        Payload::TokenRevoked(revoked) => TimestampMs::new(revoked.revoked_at.saturating_mul(1_000)),
        _ => return None,
    })
}
