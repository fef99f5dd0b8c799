//! The event chain: step 16 (`schemas/clawsig.md` §5.2).

use std::collections::{BTreeMap, BTreeSet};

use crate::hashed::Hashed;
use crate::tool;
use crate::{ClawsigFailure, Reason};
use evidence::json::{Object, Value, to_js_string};
use evidence::rfc3339;
use tlog::base64;
use tlog::hash::sha256;
use tlog::index::TimestampMs;

/// An event of a chain that holds.
#[derive(Clone, Copy)]
pub(super) struct ChainEvent<'a> {
    pub(super) kind: &'a str,
    pub(super) hash: &'a str,
    pub(super) timestamp: TimestampMs,
}

/// A chain whose links and hashes hold.
pub(super) struct EventChain<'a> {
    /// The run of every event.
    pub(super) run_id: &'a str,
    /// Hash of the first event, which clawsig calls the root.
    pub(super) root: &'a str,
    /// In order.
    pub(super) hashes: Vec<&'a str>,
    /// The same, to look up.
    pub(super) known: BTreeSet<&'a str>,
    /// By `event_id`.
    pub(super) events: BTreeMap<&'a str, ChainEvent<'a>>,
}

impl EventChain<'_> {
    /// The form in which receipts of tools are held against it.
    pub(super) fn for_tools(&self) -> tool::ToolChain<'_> {
        tool::ToolChain {
            run_id: self.run_id,
            event_hashes: &self.known,
        }
    }
}

/// The members that an event's hash covers, in the order in which they are hashed.
const HASHED: [&str; 6] = [
    "event_id",
    "run_id",
    "event_type",
    "timestamp",
    "payload_hash_b64u",
    "prev_hash_b64u",
];

/// First the structure of the whole chain, then every hash; `None` for a bundle without a chain.
pub(super) fn verify(payload: &Object) -> Result<Option<EventChain<'_>>, ClawsigFailure> {
    let events: Vec<&Object> = payload
        .items("event_chain")
        .iter()
        .filter_map(Value::as_object)
        .collect();
    let Some(first) = events.first() else {
        return Ok(None);
    };
    let mut chain = EventChain {
        run_id: first.text_or_empty("run_id"),
        root: first.text_or_empty("event_hash_b64u"),
        hashes: Vec::with_capacity(events.len()),
        known: BTreeSet::new(),
        events: BTreeMap::new(),
    };
    for event in &events {
        link(&mut chain, event)?;
    }
    for (position, event) in events.iter().enumerate() {
        if hash(event) != event.text_or_empty("event_hash_b64u") {
            let message = format!("event {position} of the chain has another hash than it says");
            return Err(ClawsigFailure::fail(Reason::HashMismatch, message));
        }
    }
    Ok(Some(chain))
}

/// Appends an event that continues the chain.
fn link<'a>(chain: &mut EventChain<'a>, event: &'a Object) -> Result<(), ClawsigFailure> {
    let position = chain.hashes.len();
    let malformed = |what: &str| {
        let message = format!("event {position} of the chain {what}");
        ClawsigFailure::fail(Reason::MalformedEnvelope, message)
    };
    // A leap second passes the schema.
    let timestamp = rfc3339::parse(event.text_or_empty("timestamp"))
        .ok_or_else(|| malformed("has no time to compare with"))?;
    if event.text_or_empty("run_id") != chain.run_id {
        return Err(malformed("is of another run than the first"));
    }
    let previous = event.text("prev_hash_b64u");
    if previous != chain.hashes.last().copied() {
        return Err(malformed("does not name the hash of the event before it"));
    }
    let event_hash = event.text_or_empty("event_hash_b64u");
    chain.hashes.push(event_hash);
    chain.known.insert(event_hash);
    chain.events.insert(
        event.text_or_empty("event_id"),
        ChainEvent {
            kind: event.text_or_empty("event_type"),
            hash: event_hash,
            timestamp,
        },
    );
    Ok(())
}

/// `H_js` of the six members in their fixed order.
fn hash(event: &Object) -> String {
    base64::encode_url(&sha256(hashed_text(event).as_bytes()))
}

/// The hash that each event of a bundle states, and the text that it has to be of.
pub(crate) fn hashed_events(payload: &Object) -> impl Iterator<Item = Hashed> {
    let events = payload.items("event_chain").iter().enumerate();
    events.filter_map(|(position, event)| {
        let event = event.as_object()?;
        Some(Hashed {
            pointer: format!("/payload/event_chain/{position}/event_hash_b64u"),
            rule: EVENT_RULE,
            stated: event.text_or_empty("event_hash_b64u").to_owned(),
            text: hashed_text(event),
        })
    })
}

const EVENT_RULE: &str = "js_order: SHA-256 of JSON.stringify of six members of the event, in this order";

fn hashed_text(event: &Object) -> String {
    let mut hashed = String::with_capacity(HASHED_BYTES);
    let mut separator = '{';
    for name in HASHED {
        hashed.push(separator);
        separator = ',';
        hashed.push('"');
        hashed.push_str(name);
        hashed.push_str("\":");
        hashed.push_str(&to_js_string(event.get(name).unwrap_or(&Value::Null)));
    }
    hashed.push('}');
    hashed
}

/// Room for what is hashed of a usual event.
const HASHED_BYTES: usize = 384;
