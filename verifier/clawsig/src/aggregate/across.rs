//! What has to hold across the members of an aggregate.

use std::collections::{BTreeMap, BTreeSet};

use evidence::fault::shorten;
use evidence::json::{Object, Value, hash_jcs, jcs_of_members};
use evidence::report::Details;
use tlog::index::TimestampMs;

use crate::bundle::ProofTier;
use crate::signed_envelope::{SKEW_MS, is_past};
use crate::{ClawsigFailure, Reason, nested};

use super::member::AggregateMember;
use super::rates::Rates;

/// What was seen so far, member by member.
pub(super) struct Across<'a> {
    issuer_did: &'a str,
    expires_at: Option<TimestampMs>,
    bundle_ids: BTreeSet<String>,
    run_ids: BTreeSet<String>,
    agents: BTreeSet<String>,
    /// Receipt id → hash of the payload that has it.
    receipts: BTreeMap<String, [u8; 32]>,
    /// Namespace of the run and span id → the canonical text of the span's statements.
    spans: BTreeMap<(String, String), String>,
    rates: Rates,
    tier: Option<ProofTier>,
}

impl<'a> Across<'a> {
    pub(super) fn new(issuer_did: &'a str, expires_at: Option<TimestampMs>) -> Self {
        Self {
            issuer_did,
            expires_at,
            bundle_ids: BTreeSet::new(),
            run_ids: BTreeSet::new(),
            agents: BTreeSet::new(),
            receipts: BTreeMap::new(),
            spans: BTreeMap::new(),
            rates: Rates::default(),
            tier: None,
        }
    }

    /// Adds a member.
    ///
    /// # Errors
    /// In this order: `CAUSAL_AGGREGATE_*`, `IDENTITY_CONFLICT`, `AGGREGATE_TTL_EXCEEDS_MEMBER`,
    /// `AGGREGATE_MEMBER_INVALID`, `AGGREGATE_DUPLICATE_*`, `RATE_LIMIT_CLAIM_INCONSISTENT`.
    pub(super) fn add(
        &mut self,
        member: &AggregateMember<'_>,
        at: Option<TimestampMs>,
    ) -> Result<(), ClawsigFailure> {
        self.check_causality(member)?;
        let facts = &member.facts;
        if facts.agent_did == self.issuer_did {
            return Err(ClawsigFailure::fail(
                Reason::IdentityConflict,
                "the issuer of the aggregate is the agent of a member",
            ));
        }
        if let Some(end) = member.expires_at {
            if self.expires_at.is_some_and(|expires_at| expires_at > end) {
                return Err(ClawsigFailure::fail(
                    Reason::AggregateTtlExceedsMember,
                    "the aggregate ends after a member",
                ));
            }
            if is_past(end, at, SKEW_MS) {
                return Err(ClawsigFailure::fail(
                    Reason::AggregateMemberInvalid,
                    "it has expired",
                ));
            }
        }
        if !self.bundle_ids.insert(facts.bundle_id.clone()) {
            return Err(ClawsigFailure::fail(
                Reason::AggregateDuplicateBundleId,
                format!("bundle id {:?} occurs twice", shorten(&facts.bundle_id)),
            ));
        }
        if !self.run_ids.insert(member.run_id.to_owned()) {
            return Err(ClawsigFailure::fail(
                Reason::AggregateDuplicateRunId,
                format!("run id {:?} occurs twice", shorten(member.run_id)),
            ));
        }
        self.rates.add(&facts.agent_did, member.payload)?;
        self.agents.insert(facts.agent_did.clone());
        self.tier = Some(self.tier.map_or(member.tier, |weakest| weakest.min(member.tier)));
        Ok(())
    }

    /// One receipt id has one payload, and a span is what it is in every run of a namespace: the part of
    /// the run id before `::`.
    fn check_causality(&mut self, member: &AggregateMember<'_>) -> Result<(), ClawsigFailure> {
        let receipts = member.payload.get("receipts").and_then(Value::as_array);
        for payload in receipts.unwrap_or_default().iter().filter_map(nested::payload) {
            let receipt_id = payload.text("receipt_id");
            let hash = hash_jcs(&Value::Object(payload.clone()));
            if let Some(id) = receipt_id
                && *self.receipts.entry(id.to_owned()).or_insert(hash) != hash
            {
                return Err(ClawsigFailure::fail(
                    Reason::CausalAggregateReceiptReplay,
                    format!("receipt id {:?} has two contents", shorten(id)),
                ));
            }
            let binding = payload.object("binding");
            let Some((span_id, meaning)) = binding.and_then(span) else {
                continue;
            };
            let namespace = member.run_id.split("::").next().unwrap_or_default();
            let key = (namespace.to_owned(), span_id.to_owned());
            if *self.spans.entry(key).or_insert_with(|| meaning.clone()) != meaning {
                return Err(ClawsigFailure::fail(
                    Reason::CausalAggregateMemberConflict,
                    format!("span {:?} means two things", shorten(span_id)),
                ));
            }
        }
        Ok(())
    }

    /// No limit is exceeded by what all members together observed.
    pub(super) fn check_rates(&self) -> Result<(), ClawsigFailure> {
        self.rates.check()
    }

    /// The summary says what the members add up to.
    pub(super) fn check_summary(
        &self,
        summary: Option<&Object>,
        members: usize,
    ) -> Result<(), ClawsigFailure> {
        let number = |name: &str| summary.and_then(|summary| summary.get(name)?.as_u64());
        let counts = [
            ("total_members", members),
            ("unique_agents", self.agents.len()),
            ("total_runs", self.run_ids.len()),
        ];
        for (name, count) in counts {
            if number(name).and_then(|number| usize::try_from(number).ok()) != Some(count) {
                let message = format!("{name} of the fleet summary is not {count}");
                return Err(ClawsigFailure::fail(Reason::FleetSummaryMismatch, message));
            }
        }
        let stated = summary.and_then(|summary| summary.text("fleet_proof_tier"));
        let tier = self.tier.map(ProofTier::as_str);
        if stated.is_some() && stated != tier {
            let message = format!(
                "fleet_proof_tier of the fleet summary is not {}",
                tier.unwrap_or_default()
            );
            return Err(ClawsigFailure::fail(Reason::FleetSummaryMismatch, message));
        }
        Ok(())
    }

    /// Names what the members add up to.
    pub(super) fn note(&self, members: usize, details: &mut Details) {
        details.set("members", members);
        details.set("agents", self.agents.len());
        details.set("runs", self.run_ids.len());
        details.set("receipts", self.receipts.len());
        if let Some(tier) = self.tier {
            details.set("proof_tier", tier.as_str());
        }
    }
}

/// Both spellings of the members of a binding that say what a span is.
const MEANINGS: [(&str, &str); 4] = [
    ("parent_span_id", "parentSpanId"),
    ("tool_span_id", "toolSpanId"),
    ("phase", "phase"),
    ("attribution_confidence", "attributionConfidence"),
];

/// The span of a binding and the canonical text of its statements.
fn span(binding: &Object) -> Option<(&str, String)> {
    let either = |snake: &str, camel: &str| binding.get(snake).or_else(|| binding.get(camel));
    let span_id = either("span_id", "spanId")?.as_str()?;
    let meaning: Vec<(String, Value)> = MEANINGS
        .iter()
        .filter_map(|&(snake, camel)| Some((snake.to_owned(), either(snake, camel)?.clone())))
        .collect();
    Some((span_id, jcs_of_members(&meaning)))
}
