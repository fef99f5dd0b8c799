//! What the log says about one run, summed over its entries: for the run's own page, and for the comparison with
//! another one.

use std::collections::{BTreeMap, BTreeSet};

use ledger_query::QueryEngine;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::json::Value;
use verifier::payload::{AgentReceipt, Binding, GatewayReceipt, Payload, TokenIssued};
use verifier::subject::Field;

use super::KnownRecord;
use super::signers::SignerTable;
use super::standing::EvidenceStanding;
use crate::error::PageError;

/// Entries of a run that are summed; what lies behind them is said to be left out.
pub(crate) const RUN_ENTRIES_MAX: usize = 1_000;
/// Different values kept of one list.
const VALUES_MAX: usize = 200;

/// Calls of one model.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Calls {
    pub(crate) count: u64,
    pub(crate) tokens_input: u64,
    pub(crate) tokens_output: u64,
}

/// A tool as somebody used it: name, what was done, and whose word it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) what: &'static str,
    pub(crate) word: EvidenceStanding,
}

/// What the log says about one run, summed over its entries.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct RunFacts {
    /// Entries that name the run, as far as they were read.
    pub(crate) entries: u64,
    /// Whether there are more.
    pub(crate) cut: bool,
    /// `logged_at` of the first and the last entry read.
    pub(crate) logged: Option<(TimestampMs, TimestampMs)>,
    /// First and last time that a use states.
    pub(crate) stated: Option<(TimestampMs, TimestampMs)>,
    pub(crate) jobs: BTreeSet<String>,
    pub(crate) agents: BTreeSet<String>,
    pub(crate) gateways: BTreeSet<String>,
    pub(crate) policies: BTreeSet<String>,
    pub(crate) tokens: BTreeSet<String>,
    /// Those of them for which the log has a revocation.
    pub(crate) revoked: BTreeSet<String>,
    /// Scopes of the tokens that were issued for the run, in clear.
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) scope_hashes: BTreeSet<String>,
    pub(crate) models: BTreeMap<String, Calls>,
    pub(crate) tools: BTreeMap<Tool, u64>,
    pub(crate) decisions: BTreeMap<&'static str, u64>,
    pub(crate) bundles: Vec<LeafIndex>,
    /// Seconds that the longest-lived token was issued for.
    pub(crate) lifetime: Option<u64>,
    /// Sum over model calls, in milliseconds.
    pub(crate) latency_ms: u64,
}

impl RunFacts {
    /// Reads and sums a run's entries below a size; `None` if none names it.
    pub(crate) fn of(engine: &QueryEngine, run_id: &str, as_of: TreeSize) -> Result<Option<Self>, PageError> {
        let page = engine.subject(Field::Run, run_id, None, as_of, false, RUN_ENTRIES_MAX)?;
        if page.items.is_empty() {
            return Ok(None);
        }
        let signers = SignerTable::new(engine);
        let mut run = Self {
            cut: page.next.is_some(),
            ..Self::default()
        };
        // One document in memory at a time.
        for index in page.items {
            let known = KnownRecord::read(engine, index)?
                .ok_or_else(|| PageError::Internal(format!("entry {index} is listed and not there")))?;
            run.add(&known, &signers, run_id);
        }
        for token in &run.tokens {
            let revocations = engine.subject(Field::Revocation, token, None, as_of, false, 1)?;
            if !revocations.items.is_empty() {
                run.revoked.insert(token.clone());
            }
        }
        Ok(Some(run))
    }

    /// Model calls in all.
    pub(crate) fn calls(&self) -> Calls {
        let mut sum = Calls::default();
        for calls in self.models.values() {
            sum.count = sum.count.saturating_add(calls.count);
            sum.tokens_input = sum.tokens_input.saturating_add(calls.tokens_input);
            sum.tokens_output = sum.tokens_output.saturating_add(calls.tokens_output);
        }
        sum
    }

    fn add(&mut self, known: &KnownRecord, signers: &SignerTable, run_id: &str) {
        let record = &known.record;
        let at = record.entry.logged_at;
        self.entries = self.entries.saturating_add(1);
        self.logged = Some(self.logged.map_or((at, at), |(first, _)| (first, at)));
        if let Some(context) = &record.context {
            insert(&mut self.jobs, context.job_id.as_deref());
            insert(
                &mut self.tokens,
                context.token_hash.map(|hash| hash.to_string()).as_deref(),
            );
        }
        let Some(evidence) = &known.evidence else {
            return;
        };
        let word = signers.of(&record.entry, record.index).word;
        match evidence.payload() {
            Payload::GatewayReceipt(receipt) => {
                insert(&mut self.gateways, Some(&record.entry.signer));
                self.model_call(receipt);
            }
            Payload::ToolReceipt(receipt) => self.tool(receipt, "tool call", word),
            Payload::SideEffectReceipt(receipt) => self.tool(receipt, "side effect", word),
            Payload::Approval(approval) => {
                insert(&mut self.agents, Some(&approval.agent_did));
                self.binding(&approval.binding);
                self.count("approvals");
            }
            Payload::Decision(decision) => {
                insert(&mut self.jobs, decision.job_id.as_deref());
                insert(&mut self.policies, Some(&decision.policy_hash.to_string()));
                insert(
                    &mut self.tokens,
                    decision.token_hash.map(|hash| hash.to_string()).as_deref(),
                );
                self.count(if decision.allow {
                    "allowed before it ran"
                } else {
                    "denied"
                });
            }
            Payload::TokenIssued(issued) => self.token(issued),
            Payload::Bundle(bundle) => {
                insert(&mut self.agents, bundle.agent_did.as_deref());
                self.bundles.push(record.index);
            }
            Payload::Pulse(pulse) => {
                insert(&mut self.agents, Some(&pulse.agent_did));
                insert(&mut self.jobs, pulse.job_id.as_deref());
            }
            Payload::Artifact(artifact) if artifact.run_id.as_deref() == Some(run_id) => {
                insert(&mut self.jobs, artifact.job_id.as_deref());
            }
            _ => {}
        }
    }

    fn count(&mut self, what: &'static str) {
        let count = self.decisions.entry(what).or_default();
        *count = count.saturating_add(1);
    }

    fn seen(&mut self, at: TimestampMs) {
        self.stated = Some(
            self.stated
                .map_or((at, at), |(first, last)| (first.min(at), last.max(at))),
        );
    }

    fn binding(&mut self, binding: &Binding) {
        insert(&mut self.policies, binding.policy_hash.as_deref());
        insert(&mut self.scope_hashes, binding.token_scope_hash.as_deref());
    }

    fn model_call(&mut self, receipt: &GatewayReceipt) {
        self.binding(&receipt.binding);
        self.seen(receipt.timestamp.at());
        self.latency_ms = self.latency_ms.saturating_add(receipt.latency_ms);
        let name = format!("{}/{}", receipt.provider, receipt.model);
        if self.models.len() >= VALUES_MAX && !self.models.contains_key(&name) {
            self.cut = true;
            return;
        }
        let calls = self.models.entry(name).or_default();
        calls.count = calls.count.saturating_add(1);
        calls.tokens_input = calls.tokens_input.saturating_add(receipt.tokens_input);
        calls.tokens_output = calls.tokens_output.saturating_add(receipt.tokens_output);
    }

    fn tool(&mut self, receipt: &AgentReceipt, what: &'static str, word: EvidenceStanding) {
        self.binding(&receipt.binding);
        insert(&mut self.agents, Some(&receipt.agent_did));
        self.seen(receipt.timestamp.at());
        let tool = Tool {
            name: receipt.what.to_string(),
            what,
            word,
        };
        if self.tools.len() >= VALUES_MAX && !self.tools.contains_key(&tool) {
            self.cut = true;
            return;
        }
        let count = self.tools.entry(tool).or_default();
        *count = count.saturating_add(1);
    }

    fn token(&mut self, issued: &TokenIssued) {
        insert(&mut self.tokens, Some(&issued.token_hash.to_string()));
        insert(&mut self.scope_hashes, Some(&issued.scope_hash.to_string()));
        insert(&mut self.agents, Some(&issued.agent));
        insert(&mut self.jobs, issued.job_id.as_deref());
        insert(
            &mut self.policies,
            issued.policy_hash.map(|hash| hash.to_string()).as_deref(),
        );
        let lifetime = issued.exp.saturating_sub(issued.iat);
        self.lifetime = self.lifetime.max(Some(lifetime));
        let scopes = issued
            .claims
            .get("scope")
            .and_then(Value::as_array)
            .unwrap_or_default();
        for scope in scopes {
            insert(&mut self.scopes, scope.as_str());
        }
    }
}

/// Adds a value that is there, as long as the list is short.
fn insert(values: &mut BTreeSet<String>, value: Option<&str>) {
    if let Some(value) = value.filter(|_| values.len() < VALUES_MAX) {
        values.insert(value.to_owned());
    }
}
