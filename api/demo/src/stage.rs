//! Where the stories play: the log, the cast, and a job as the services see it.

use super::DemoError;
use super::actors::{Cast, DemoActor};
use super::documents;
use super::policies::DemoPolicy;
use super::run::DemoRun;
use super::token::{Grant, Request};
use crate::fresh;
use ledger::signer::EvidenceKey;
use ledger_client::log::Acknowledged;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The log and everybody who sends it evidence.
pub(super) struct Stage {
    pub(super) origin: String,
    pub(super) cast: Cast,
    /// Each policy is signed once; a registry that is asked again shows the same document.
    publications: RefCell<BTreeMap<&'static str, String>>,
}

impl Stage {
    pub(super) fn new(origin: String, cast: Cast) -> Self {
        Self {
            origin,
            cast,
            publications: RefCell::new(BTreeMap::new()),
        }
    }

    /// The orchestrator opens a job.
    pub(super) fn open(&self, id: &'static str, title: &str) -> Result<DemoJob<'_>, DemoError> {
        let job = DemoJob { stage: self, id };
        job.event(
            "opened",
            json!({
                "title": title,
                "requested_by": "soc-lead@contoso.example",
                "purpose": "security operations",
            }),
        )?;
        Ok(job)
    }

    /// Signs one of our own documents in an actor's name and sends it.
    pub(super) fn sign_and_push(
        &self,
        actor: &DemoActor,
        envelope_type: &str,
        members: Value,
        context: Option<&Value>,
    ) -> Result<Acknowledged, DemoError> {
        actor.push(&self.sign(&actor.key, envelope_type, members)?, context)
    }

    /// Signs one of our own documents with an agent's key; the agents' harness sends it.
    pub(super) fn push_for_agent(
        &self,
        agent: &EvidenceKey,
        envelope_type: &str,
        members: Value,
    ) -> Result<(), DemoError> {
        self.cast
            .push_for_agent(&self.sign(agent, envelope_type, members)?, None)
            .map(drop)
    }

    fn sign(&self, key: &EvidenceKey, envelope_type: &str, members: Value) -> Result<String, DemoError> {
        documents::sign(key, &self.origin, envelope_type, members)
    }

    fn publication(&self, policy: DemoPolicy) -> Result<String, DemoError> {
        if let Some(document) = self.publications.borrow().get(policy.id()) {
            return Ok(document.clone());
        }
        let registry = &self.cast.clawcontrols;
        let document = if policy == DemoPolicy::ClawsigV1 {
            registry
                .key
                .sign_clawsig("work_policy_contract", policy.text(), &fresh::now_rfc3339())?
        } else {
            let members = json!({
                "policy_id": policy.id(),
                "policy": serde_json::from_str::<Value>(policy.text())?,
            });
            with_policy_text(
                &self.sign(&registry.key, "wpc_publication", members)?,
                policy.text(),
            )?
        };
        self.publications
            .borrow_mut()
            .insert(policy.id(), document.clone());
        Ok(document)
    }
}

/// Puts the author's own bytes into a signed publication. What is signed is the policy's canonical form, so the
/// signature holds for every spelling of it.
fn with_policy_text(document: &str, policy: &str) -> Result<String, DemoError> {
    let mut envelope: BTreeMap<String, Box<RawValue>> = serde_json::from_str(document)?;
    let payload = envelope
        .get("payload")
        .ok_or(DemoError::Story("a signed document has no payload"))?;
    let mut payload: BTreeMap<String, Box<RawValue>> = serde_json::from_str(payload.get())?;
    payload.insert(String::from("policy"), RawValue::from_string(policy.to_owned())?);
    envelope.insert(
        String::from("payload"),
        serde_json::value::to_raw_value(&payload)?,
    );
    Ok(serde_json::to_string(&envelope)?)
}

/// A file that belongs to a job.
pub(super) struct DemoFile {
    pub(super) label: &'static str,
    pub(super) name: &'static str,
    pub(super) media_type: &'static str,
    pub(super) content: &'static str,
}

/// One unit of authorized work.
pub(super) struct DemoJob<'a> {
    pub(super) stage: &'a Stage,
    pub(super) id: &'static str,
}

impl<'a> DemoJob<'a> {
    /// Something happens to the job, by the orchestrator's word.
    pub(super) fn event(&self, action: &str, mut members: Value) -> Result<(), DemoError> {
        if let Some(members) = members.as_object_mut() {
            members.insert("job_id".into(), json!(self.id));
            members.insert("action".into(), json!(action));
            members.insert("at".into(), json!(fresh::now_rfc3339()));
        }
        self.stage
            .sign_and_push(&self.stage.cast.orchestrator, "job_event", members, None)
            .map(drop)
    }

    /// The registry publishes a policy for this job. A second publication of the same bytes adds the job to the
    /// entry that is there.
    pub(super) fn publish(&self, policy: DemoPolicy) -> Result<(), DemoError> {
        let document = self.stage.publication(policy)?;
        let context = json!({ "job_id": self.id });
        self.stage
            .cast
            .clawcontrols
            .push(&document, Some(&context))
            .map(drop)
    }

    /// A run of a fresh agent, by a token for this job alone, pinned to `policy`.
    pub(super) fn authorize(&self, policy: DemoPolicy) -> Result<DemoRun<'a>, DemoError> {
        let run_id = format!("run_{}", self.id);
        let request = Request {
            job_id: Some(self.id),
            run_id: &run_id,
            policy,
        };
        let grant = Grant::issue(self.stage, &request)?;
        Ok(DemoRun::start(self, Rc::new(grant), run_id))
    }

    /// A run by a token that somebody was given before.
    pub(super) fn run_with(&self, grant: &Rc<Grant>) -> DemoRun<'a> {
        DemoRun::start(self, Rc::clone(grant), format!("run_{}", self.id))
    }

    /// The orchestrator attaches a file, whole.
    pub(super) fn attach(&self, file: &DemoFile) -> Result<(), DemoError> {
        let bytes = file.content.as_bytes();
        let hash = verifier::digest::ArtifactHash::from_bytes(verifier::hash::sha256(bytes));
        let members = json!({
            "label": file.label,
            "sha256": hash.to_string(),
            "size": bytes.len(),
            "media_type": file.media_type,
            "name": file.name,
            "job_id": self.id,
            "content_b64": verifier::base64::encode_standard(bytes),
        });
        self.stage
            .sign_and_push(&self.stage.cast.orchestrator, "evidence_artifact", members, None)
            .map(drop)
    }
}
