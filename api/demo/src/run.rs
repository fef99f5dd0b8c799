//! A run: an agent calls models through the gateway and tools by itself, and says at the end what it did.
//!
//! Every call is an event in the agent's chain first; its receipt then names the event.

use super::DemoError;
use super::documents::{BindingJson, BundleJson, EventJson, GatewayReceiptJson, LinkJson, ToolReceipt};
use super::documents::{hash_js, hash_text};
use super::policies::DemoPolicy;
use super::stage::{DemoJob, Stage};
use super::token::Grant;
use crate::fresh;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::rc::Rc;

/// Where the gateway routes a model call.
#[derive(Clone, Copy)]
pub(super) struct Route {
    pub(super) provider: &'static str,
    pub(super) model: &'static str,
}

/// Where calls go unless a story says otherwise.
const DEFAULT_ROUTE: Route = Route {
    provider: "openai",
    model: "gpt-5.2",
};

/// One execution by one agent, under one token.
pub(super) struct DemoRun<'a> {
    pub(super) stage: &'a Stage,
    pub(super) job_id: &'static str,
    pub(super) id: String,
    pub(super) grant: Rc<Grant>,
    route: Route,
    /// Hash of the policy that the receipts cite.
    pub(super) cited: String,
    chain: Vec<EventJson>,
    receipts: Vec<Box<RawValue>>,
    tool_receipts: Vec<Box<RawValue>>,
}

impl<'a> DemoRun<'a> {
    pub(super) fn start(job: &DemoJob<'a>, grant: Rc<Grant>, id: String) -> Self {
        Self {
            stage: job.stage,
            job_id: job.id,
            id,
            cited: grant.pin.clone(),
            grant,
            route: DEFAULT_ROUTE,
            chain: Vec::new(),
            receipts: Vec::new(),
            tool_receipts: Vec::new(),
        }
    }

    /// Model calls go this way from here on.
    pub(super) fn route(&mut self, route: Route) {
        self.route = route;
    }

    /// Receipts cite this policy from here on, whatever the token is pinned to.
    pub(super) fn cite(&mut self, policy: DemoPolicy) -> Result<(), DemoError> {
        self.cited = policy.hash()?;
        Ok(())
    }

    pub(super) fn grant(&self) -> &Grant {
        &self.grant
    }

    /// The agent asks a model; the gateway's receipt is next in the stream.
    pub(super) fn model_call(&mut self, prompt: &str) -> Result<(), DemoError> {
        self.gateway_receipt(prompt, false)
    }

    /// The same, and the gateway closes the stream with it.
    pub(super) fn last_model_call(&mut self, prompt: &str) -> Result<(), DemoError> {
        self.gateway_receipt(prompt, true)
    }

    /// The gateway closes the stream later: the same receipt again, with a context that says so.
    pub(super) fn close_stream(&self) -> Result<(), DemoError> {
        let newest = self
            .receipts
            .last()
            .ok_or(DemoError::Story("a stream without receipts was closed"))?;
        let number = self.receipts.len().saturating_sub(1);
        self.stage
            .cast
            .clawproxy
            .push(newest.get(), Some(&self.counted(number, true)))
            .map(drop)
    }

    fn gateway_receipt(&mut self, prompt: &str, last: bool) -> Result<(), DemoError> {
        let event_hash = self.record("llm_call", &json!({ "prompt_sha256": hash_text(prompt) }))?;
        let timestamp = fresh::now_rfc3339();
        let payload = GatewayReceiptJson {
            receipt_version: "1",
            receipt_id: format!("rcpt_{}", fresh::random_id()?),
            gateway_id: "clawproxy",
            provider: self.route.provider,
            model: self.route.model,
            request_hash_b64u: hash_text(prompt),
            response_hash_b64u: hash_text(&format!("answer to: {prompt}")),
            tokens_input: 412,
            tokens_output: 96,
            latency_ms: 840,
            timestamp: timestamp.clone(),
            binding: BindingJson {
                nonce: Some(fresh::random_id()?),
                ..self.binding(Some(event_hash))
            },
        };
        let gateway = &self.stage.cast.clawproxy;
        let document =
            gateway
                .key
                .sign_clawsig("gateway_receipt", &serde_json::to_string(&payload)?, &timestamp)?;
        let context = self.counted(self.receipts.len(), last);
        gateway.push(&document, Some(&context))?;
        self.receipts.push(RawValue::from_string(document)?);
        Ok(())
    }

    /// The agent calls a tool, spelled `tool:operation`, and signs what it did.
    pub(super) fn tool_call(&mut self, tool: &str, args: &Value) -> Result<(), DemoError> {
        let event_hash = self.record("tool_call", &json!({ "tool": tool }))?;
        let timestamp = fresh::now_rfc3339();
        let payload = ToolReceipt {
            receipt_version: "1",
            receipt_id: format!("tool_{}", fresh::random_id()?),
            tool_name: tool.to_owned(),
            args_hash_b64u: hash_js(args)?,
            result_hash_b64u: hash_text(&format!("result of {tool}")),
            result_status: "success",
            hash_algorithm: "SHA-256",
            agent_did: self.grant.agent.did().to_string(),
            timestamp: timestamp.clone(),
            latency_ms: 130,
            binding: self.binding(Some(event_hash)),
        };
        let document =
            self.grant
                .agent
                .sign_clawsig("tool_receipt", &serde_json::to_string(&payload)?, &timestamp)?;
        self.stage.cast.push_for_agent(&document, Some(&self.named()))?;
        self.tool_receipts.push(RawValue::from_string(document)?);
        Ok(())
    }

    /// The agent hands in its account of the run.
    pub(super) fn submit_bundle(&self) -> Result<(), DemoError> {
        self.bundle(self.receipts.iter().map(AsRef::as_ref).collect())
    }

    /// The same account with one gateway receipt left out; its event stays in the chain.
    pub(super) fn submit_bundle_without(&self, omitted: usize) -> Result<(), DemoError> {
        let kept = self
            .receipts
            .iter()
            .enumerate()
            .filter(|(number, _)| *number != omitted);
        self.bundle(kept.map(|(_, receipt)| receipt.as_ref()).collect())
    }

    fn bundle(&self, receipts: Vec<&RawValue>) -> Result<(), DemoError> {
        let payload = BundleJson {
            bundle_version: "1",
            bundle_id: format!("bundle_{}", fresh::random_id()?),
            agent_did: self.grant.agent.did().as_str(),
            event_chain: &self.chain,
            receipts,
            tool_receipts: &self.tool_receipts,
        };
        let text = serde_json::to_string(&payload)?;
        let document = self
            .grant
            .agent
            .sign_clawsig("proof_bundle", &text, &fresh::now_rfc3339())?;
        self.stage
            .cast
            .push_for_agent(&document, Some(&self.named()))
            .map(drop)
    }

    /// Adds an event to the chain and returns its hash.
    fn record(&mut self, event_type: &'static str, payload: &Value) -> Result<String, DemoError> {
        let link = LinkJson {
            event_id: format!("evt_{}", fresh::random_id()?),
            run_id: self.id.clone(),
            event_type,
            timestamp: fresh::now_rfc3339(),
            payload_hash_b64u: hash_js(payload)?,
            prev_hash_b64u: self.chain.last().map(|event| event.event_hash_b64u.clone()),
        };
        let event_hash_b64u = hash_js(&link)?;
        self.chain.push(EventJson {
            link,
            event_hash_b64u: event_hash_b64u.clone(),
        });
        Ok(event_hash_b64u)
    }

    pub(super) fn binding(&self, event_hash_b64u: Option<String>) -> BindingJson {
        BindingJson {
            run_id: self.id.clone(),
            event_hash_b64u,
            nonce: None,
            policy_hash: self.cited.clone(),
            token_scope_hash_b64u: self.grant.scope_hash.clone(),
        }
    }

    /// The gateway's context: which job and token, and its place in the gateway's counter for this run:
    /// another run of the job counts from 0 again, in a stream of its own.
    fn counted(&self, number: usize, last: bool) -> Value {
        json!({
            "job_id": self.job_id,
            "token_hash": self.grant.token_hash,
            "stream": format!("calls-of-{}", self.id),
            "number": number,
            "last": last,
        })
    }

    /// A context that only helps to find the evidence.
    pub(super) fn named(&self) -> Value {
        json!({ "job_id": self.job_id })
    }
}
