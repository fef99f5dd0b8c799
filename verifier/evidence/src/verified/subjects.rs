//! Which identifiers a document is about: the code of the normative table in `schemas/subjects.md`.

use crate::payload::{
    AgentReceipt, Approval, Artifact, Binding, Bundle, BundleForm, Decision, Disposition, DispositionTarget,
    GatewayReceipt, JobAction, JobEvent, Payload, Pulse, SubmissionContext, TokenIssued, TokenRevoked,
};
use crate::subject::{ClearSubject, Field};

/// Collects subjects, each once, in the order of the table.
#[derive(Default)]
struct Subjects(Vec<ClearSubject>);

impl Subjects {
    fn add(&mut self, field: Field, value: impl Into<String>) {
        let subject = ClearSubject {
            field,
            value: value.into(),
        };
        // A handful; a hostile bundle has at most as many as it has runs.
        if !self.0.contains(&subject) {
            self.0.push(subject);
        }
    }

    fn add_if(&mut self, field: Field, value: Option<impl Into<String>>) {
        if let Some(value) = value {
            self.add(field, value);
        }
    }

    fn binding(&mut self, binding: &Binding) {
        self.add_if(Field::Run, binding.run_id.as_deref());
        self.add_if(Field::Nonce, binding.nonce.as_deref());
        self.add_if(Field::Policy, binding.policy_hash.as_deref());
        self.add_if(Field::Scope, binding.token_scope_hash.as_deref());
    }
}

/// The clear subjects of a payload signed by `signer`.
pub(super) fn of(payload: &Payload, signer: &str) -> Vec<ClearSubject> {
    let mut subjects = Subjects::default();
    let list = &mut subjects;
    match payload {
        Payload::GatewayReceipt(receipt) => gateway_receipt(list, receipt, signer),
        Payload::ToolReceipt(receipt) | Payload::SideEffectReceipt(receipt) => {
            agent_receipt(list, receipt, signer);
        }
        Payload::Approval(receipt) => approval(list, receipt),
        Payload::TokenIssued(issued) => token_issued(list, issued),
        Payload::TokenRevoked(revoked) => token_revoked(list, revoked),
        Payload::PolicyPublished(published) => {
            list.add(Field::Policy, published.policy_hash.to_string());
            list.add(Field::PolicyId, published.policy_id.as_str());
        }
        Payload::PolicyWithdrawn(withdrawn) => {
            list.add(Field::Policy, withdrawn.policy_hash.to_string());
            list.add_if(Field::Policy, withdrawn.replaced_by.map(|hash| hash.to_string()));
        }
        Payload::PolicyFrozen(frozen) => list.add(Field::Policy, frozen.policy_hash.to_string()),
        Payload::Bundle(told) => bundle(list, told),
        Payload::Decision(made) => decision(list, made),
        Payload::JobEvent(event) => job_event(list, event),
        Payload::Pulse(told) => pulse(list, told),
        Payload::Artifact(file) => artifact(list, file),
        Payload::SubmissionContext(said) => context(list, said),
        Payload::IssuerRegistered(registered) => list.add(Field::Issuer, registered.did.as_str()),
        Payload::IssuerRetired(retired) => list.add(Field::Issuer, retired.did.as_str()),
        Payload::ErasureOrdered(said) | Payload::HoldPlaced(said) | Payload::HoldReleased(said) => {
            disposition(list, said);
        }
        Payload::LogGenesis(_)
        | Payload::LogSettings(_)
        | Payload::LogClock(_)
        | Payload::LogKey(_)
        | Payload::LogFrozen(_) => {}
    }
    if signed_by_issuer(payload) {
        list.add(Field::Issuer, signer);
    }
    subjects.0
}

/// The jobs that a payload names, whatever its signer.
pub fn job_ids_of(payload: &Payload) -> Vec<String> {
    let subjects = of(payload, "").into_iter();
    let jobs = subjects.filter(|subject| subject.field == Field::Job);
    jobs.map(|subject| subject.value).collect()
}

/// Agents and gateways have fields of their own; a signed context has exactly the subjects of
/// what it says.
const fn signed_by_issuer(payload: &Payload) -> bool {
    match payload {
        Payload::GatewayReceipt(_)
        | Payload::ToolReceipt(_)
        | Payload::SideEffectReceipt(_)
        | Payload::Pulse(_)
        | Payload::SubmissionContext(_) => false,
        Payload::Bundle(bundle) => !matches!(bundle.form, BundleForm::Proof),
        _ => true,
    }
}

fn gateway_receipt(list: &mut Subjects, receipt: &GatewayReceipt, signer: &str) {
    list.add(Field::Receipt, receipt.receipt_id.as_str());
    list.add(Field::Gateway, signer);
    list.binding(&receipt.binding);
}

fn agent_receipt(list: &mut Subjects, receipt: &AgentReceipt, signer: &str) {
    list.add(Field::Receipt, receipt.receipt_id.as_str());
    list.add(Field::Agent, receipt.agent_did.as_str());
    if receipt.agent_did != signer {
        list.add(Field::Gateway, signer);
    }
    list.binding(&receipt.binding);
}

fn approval(list: &mut Subjects, approval: &Approval) {
    list.add(Field::Approval, approval.receipt_id.as_str());
    list.add(Field::Agent, approval.agent_did.as_str());
    list.add(Field::Scope, approval.scope_hash.as_str());
    list.add_if(Field::Policy, approval.policy_hash.as_deref());
    list.binding(&approval.binding);
}

fn token_issued(list: &mut Subjects, issued: &TokenIssued) {
    list.add(Field::Token, issued.token_hash.to_string());
    list.add(Field::Scope, issued.scope_hash.to_string());
    list.add(Field::Agent, issued.agent.as_str());
    list.add_if(Field::Jti, issued.jti.as_deref());
    list.add_if(Field::Policy, issued.policy_hash.map(|hash| hash.to_string()));
    list.add_if(Field::Job, issued.job_id.as_deref());
    list.add_if(Field::Run, issued.run_id.as_deref());
}

fn token_revoked(list: &mut Subjects, revoked: &TokenRevoked) {
    let token_hash = revoked.token_hash.to_string();
    list.add(Field::Token, token_hash.as_str());
    list.add(Field::Revocation, token_hash.as_str());
    list.add(Field::Halt, token_hash);
    list.add_if(Field::Jti, revoked.jti.as_deref());
}

fn bundle(list: &mut Subjects, bundle: &Bundle) {
    list.add(Field::Bundle, bundle.bundle_id.as_str());
    list.add_if(Field::Agent, bundle.agent_did.as_deref());
    for run_id in &bundle.run_ids {
        list.add(Field::Run, run_id.as_str());
    }
}

fn decision(list: &mut Subjects, decision: &Decision) {
    list.add(Field::Run, decision.run_id.as_str());
    list.add_if(Field::Job, decision.job_id.as_deref());
    list.add_if(Field::Token, decision.token_hash.map(|hash| hash.to_string()));
    list.add(Field::Policy, decision.policy_hash.to_string());
    list.add_if(Field::Approval, decision.approval_receipt_id.as_deref());
}

fn job_event(list: &mut Subjects, event: &JobEvent) {
    list.add(Field::Job, event.job_id.as_str());
    list.add_if(Field::Job, event.related_job_id.as_deref());
    if event.action == JobAction::Halted {
        list.add(Field::Halt, event.job_id.as_str());
    }
    list.add_if(Field::Policy, event.policy_hash.map(|hash| hash.to_string()));
    list.add_if(
        Field::Evidence,
        event.evidence_digest.map(|digest| digest.to_string()),
    );
}

fn pulse(list: &mut Subjects, pulse: &Pulse) {
    list.add(Field::Run, pulse.run_id.as_str());
    list.add(Field::Agent, pulse.agent_did.as_str());
    list.add_if(Field::Job, pulse.job_id.as_deref());
}

fn artifact(list: &mut Subjects, artifact: &Artifact) {
    list.add(Field::Artifact, artifact.sha256.to_string());
    list.add_if(Field::Job, artifact.job_id.as_deref());
    list.add_if(Field::Run, artifact.run_id.as_deref());
}

fn disposition(list: &mut Subjects, said: &Disposition) {
    match &said.target {
        DispositionTarget::Evidence(digest) => list.add(Field::Evidence, digest.to_string()),
        DispositionTarget::Job(job_id) => list.add(Field::Job, job_id.as_str()),
    }
}

fn context(list: &mut Subjects, said: &SubmissionContext) {
    list.add(Field::Evidence, said.evidence_digest.to_string());
    list.add_if(Field::Job, said.context.job_id.as_deref());
    list.add_if(Field::Token, said.context.token_hash.map(|hash| hash.to_string()));
}
