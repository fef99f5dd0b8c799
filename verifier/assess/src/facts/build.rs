//! From records to facts.

use std::collections::{BTreeMap, BTreeSet};

use super::agent_tokens::AgentTokens;
use super::bundles::{self, Manifests};
use super::context_statements::ContextStatements;
use super::entry_document::EntryDocument;
use super::in_clear::ClearTexts;
use super::links::{Link, Links};
use super::receipt_jobs::UseToken;
use super::trust::Trust;
use super::{
    AgentAct, JobFacts, LogStatement, OtherUse, TokenUseFact, approved, conflicts, policies, streams,
};
use crate::closure::Closure;
use evidence::payload::{AgentReceipt, Approval, ApprovalType, Decision, GatewayReceipt, Payload};

/// What documents are read with.
struct Sources<'a> {
    manifests: Manifests,
    tokens: AgentTokens<'a>,
}

impl<'a> JobFacts<'a> {
    /// Sorts what counts.
    pub(crate) fn of(
        closure: &'a Closure,
        docs: &'a [&'a EntryDocument],
        trust: &'a Trust,
        words: &'a ContextStatements<'a>,
        links: &'a Links<'a>,
    ) -> Self {
        let all = policies::of(docs, trust);
        let mut families: BTreeMap<&'a str, Vec<policies::LoggedPolicy<'a>>> = BTreeMap::new();
        for published in all.values().flat_map(|policy| &policy.published) {
            families
                .entry(&published.said.policy_id)
                .or_default()
                .push(*published);
        }
        for versions in families.values_mut() {
            versions.sort_unstable_by_key(|published| published.index);
        }
        let cited = links.cited_policies(docs.iter().copied());
        let mut facts = Self {
            job_id: &closure.job_id,
            as_of: closure.as_of,
            settings: trust.settings,
            closure,
            docs,
            trust,
            words,
            links,
            issuances: links.of_job().copied().collect(),
            revocations: Vec::new(),
            uses: Vec::new(),
            other_uses: Vec::new(),
            other_acts: Vec::new(),
            runs: &links.runs,
            agents: &links.agents,
            policies: cited
                .into_iter()
                .map(|hash| {
                    let policy = all.get(&hash).cloned().unwrap_or_default();
                    (hash, policy)
                })
                .collect(),
            all_policies: all,
            families,
            approvals: Vec::new(),
            refusals: Vec::new(),
            decisions: Vec::new(),
            other_decisions: Vec::new(),
            events: Vec::new(),
            artifacts: Vec::new(),
            in_clear: ClearTexts::default(),
            bundles: Vec::new(),
            streams: streams::of(docs, words),
            conflicts: Vec::new(),
            ambiguous: links.ambiguous.iter().copied().collect(),
            early: BTreeSet::new(),
            refused: Vec::new(),
            erased: Vec::new(),
            unsound: Vec::new(),
            unbound: Vec::new(),
        };
        let sources = Sources {
            manifests: Manifests::of(docs.iter().copied(), trust),
            tokens: AgentTokens::of(&facts.issuances),
        };
        for doc in docs.iter().copied().filter(|doc| trust.counts(doc)) {
            facts.add(doc, &sources);
        }
        // A payload that was signed again, or came with other unsigned bytes, is one use: that of the first entry.
        let mut payloads = BTreeSet::new();
        facts
            .uses
            .retain(|used| used.payload_digest.is_none_or(|payload| payloads.insert(payload)));
        facts.in_clear = ClearTexts::of(&facts.uses, &facts.approvals, &facts.artifacts);
        facts.other_acts();
        facts.rest();
        facts.conflicts = conflicts::of(closure, docs, trust, links, &facts.erased);
        facts
    }

    fn add(&mut self, doc: &'a EntryDocument, sources: &Sources<'a>) {
        let Some(payload) = doc.payload() else { return };
        let Some(&link) = self.links.linked.get(&doc.index) else {
            self.add_other(doc, payload);
            return;
        };
        if !self.trust.trusted_when_signed(doc) {
            self.early.insert(doc.index);
        }
        match payload {
            Payload::GatewayReceipt(receipt) => self.add_receipt(doc, receipt, link),
            Payload::ToolReceipt(receipt) => {
                self.add_act(doc, receipt, AgentAct::Tool(receipt), link, sources);
            }
            Payload::SideEffectReceipt(receipt) => {
                self.add_act(doc, receipt, AgentAct::SideEffect(receipt), link, sources);
            }
            Payload::Decision(decision) => {
                self.decisions.push(LogStatement::of(doc, &**decision));
                if decision.allow {
                    self.add_allowed(doc, decision, link, sources);
                }
            }
            Payload::Approval(approval) => self.approvals.push(LogStatement::of(doc, approval)),
            Payload::JobEvent(event) => self.events.push(LogStatement::of(doc, &**event)),
            Payload::Artifact(artifact) => self.artifacts.push(LogStatement::of(doc, artifact)),
            Payload::Bundle(bundle) => {
                self.bundles
                    .push(bundles::verify(doc, bundle, self.trust, &sources.manifests));
            }
            _ => {}
        }
    }

    fn add_receipt(&mut self, doc: &'a EntryDocument, receipt: &'a GatewayReceipt, link: Link) {
        let places = self.links.receipts.get(&doc.index);
        let mut tokens = places
            .into_iter()
            .flatten()
            .filter(|place| place.job_id == self.job_id)
            .map(|place| place.token);
        let first = tokens.next().unwrap_or(UseToken::Unknown(None));
        // Contexts that name two tokens contradict each other.
        let token = if tokens.all(|token| token == first) {
            first
        } else {
            UseToken::Ambiguous
        };
        self.add_other_uses(doc, receipt);
        self.uses.push(TokenUseFact {
            index: doc.index,
            logged_at: doc.logged_at,
            signed_at: receipt.timestamp.at(),
            signer: &doc.signer,
            payload_digest: doc.statement().and_then(|said| said.payload_digest),
            run: receipt.binding.run_id.as_deref(),
            policy: receipt.binding.policy_hash.as_deref(),
            token,
            link,
            act: AgentAct::Model(receipt),
        });
    }

    fn add_act(
        &mut self,
        doc: &'a EntryDocument,
        receipt: &'a AgentReceipt,
        act: AgentAct<'a>,
        link: Link,
        sources: &Sources<'a>,
    ) {
        let skew_ms = self.settings.clock_skew_s.saturating_mul(1000);
        self.uses.push(TokenUseFact {
            index: doc.index,
            logged_at: doc.logged_at,
            signed_at: receipt.timestamp.at(),
            signer: &doc.signer,
            payload_digest: doc.statement().and_then(|said| said.payload_digest),
            run: receipt.binding.run_id.as_deref(),
            policy: receipt.binding.policy_hash.as_deref(),
            token: sources.tokens.of_receipt(receipt, skew_ms),
            link,
            act,
        });
    }

    fn add_allowed(
        &mut self,
        doc: &'a EntryDocument,
        decision: &'a Decision,
        link: Link,
        sources: &Sources<'a>,
    ) {
        let token = match decision.token_hash {
            Some(token) if self.links.first_issuance(token).is_some() => UseToken::Known(token),
            Some(token) => UseToken::Unknown(Some(token)),
            None => sources.tokens.of_run(&decision.run_id),
        };
        self.uses.push(TokenUseFact {
            index: doc.index,
            logged_at: doc.logged_at,
            signed_at: decision.decided_at.at(),
            signer: &doc.signer,
            payload_digest: None,
            run: Some(&decision.run_id),
            policy: None,
            token,
            link,
            act: AgentAct::Allowed(decision),
        });
    }

    /// What is not the job's but says something about its tokens.
    fn add_other(&mut self, doc: &'a EntryDocument, payload: &'a Payload) {
        match payload {
            Payload::TokenRevoked(revoked) if self.links.may_use(revoked.token_hash) => {
                self.revocations.push(LogStatement::of(doc, revoked));
            }
            Payload::GatewayReceipt(receipt) => self.add_other_uses(doc, receipt),
            Payload::Decision(decision) => self.add_other_decision(doc, decision),
            Payload::Approval(approval) => self.add_refusal(doc, approval),
            _ => {}
        }
    }

    /// The other jobs for which a receipt used tokens of this one.
    fn add_other_uses(&mut self, doc: &'a EntryDocument, receipt: &'a GatewayReceipt) {
        let places = self.links.receipts.get(&doc.index).into_iter().flatten();
        for place in places.filter(|place| place.job_id != self.job_id) {
            let token = place.token.hash();
            if let Some(token) = token.filter(|token| self.links.tokens.contains(token)) {
                self.other_uses.push(OtherUse {
                    index: doc.index,
                    job_id: place.job_id,
                    run: receipt.binding.run_id.as_deref(),
                    token,
                });
            }
        }
    }

    /// A refusal that nothing ties to the job may be of its actions all the same, unless it names another job.
    fn add_refusal(&mut self, doc: &'a EntryDocument, approval: &'a Approval) {
        let refuses = approval.approval_type == ApprovalType::ExplicitDeny;
        let named = self.words.counted(doc.digest).filter_map(|word| word.job_id);
        if refuses
            && self.agents.contains(approval.agent_did.as_str())
            && named.count() == 0
            && !approved::names_another_job(approval, self.job_id)
        {
            self.refusals.push(LogStatement::of(doc, approval));
        }
    }

    fn add_other_decision(&mut self, doc: &'a EntryDocument, decision: &'a Decision) {
        self.other_decisions.push(LogStatement::of(doc, decision));
        let token = decision
            .token_hash
            .filter(|token| self.links.tokens.contains(token));
        if let (true, Some(token), Some(job_id)) = (decision.allow, token, decision.job_id.as_deref()) {
            self.other_uses.push(OtherUse {
                index: doc.index,
                job_id,
                run: Some(&decision.run_id),
                token,
            });
        }
    }

    /// The tools that the job's agents called in the runs in which other jobs used its tokens.
    fn other_acts(&mut self) {
        let runs: BTreeSet<&str> = self.other_uses.iter().filter_map(|used| used.run).collect();
        if runs.is_empty() {
            return;
        }
        for doc in self.docs.iter().filter(|doc| self.trust.counts(doc)) {
            let Some(Payload::ToolReceipt(receipt)) = doc.payload() else {
                continue;
            };
            let of_run = receipt
                .binding
                .run_id
                .as_deref()
                .is_some_and(|run| runs.contains(run));
            if of_run
                && self.agents.contains(receipt.agent_did.as_str())
                && !self.links.linked.contains_key(&doc.index)
            {
                self.other_acts.push(LogStatement::of(doc, receipt));
            }
        }
    }
}
