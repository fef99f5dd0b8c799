//! Verified evidence: envelope, kind, typed payload, clear subjects, identities.
//!
//! Pure: everything here follows from the document and the log's name. Whether the signer had its
//! role, and whether the same was logged before, is the log's to decide, in index order.

mod identity;
mod leaking;
mod subjects;

pub use identity::Identity;
pub use identity::of_receipt as identities_of_receipt;
pub use subjects::job_ids_of;

use crate::code::Code;
use crate::did::DidKey;
use crate::digest::{EvidenceDigest, PayloadHash};
use crate::document::Document;
use crate::envelope::{self, EnvelopeParts, VerifiedEnvelope};
use crate::fault::Fault;
use crate::id::check_id;
use crate::json::Object;
use crate::kind::{Kind, Role};
use crate::payload::{self, AgentReceipt, BundleForm, DecodedPayload, Payload};
use crate::subject::{ClearSubject, Field, IndexSalt, Subject, check_count, subject_list};
use tlog::signature::verify_each;

/// A document whose envelope, signature, signer and content hold. Only [`Evidence::verify`] and [`Evidence::verify_each`] make
/// one.
#[derive(Clone, PartialEq, Debug)]
pub struct Evidence {
    envelope: VerifiedEnvelope,
    payload: Payload,
    subjects: Vec<ClearSubject>,
    identities: Vec<Identity>,
    payload_digest: Option<PayloadHash>,
}

/// A refused document.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error("{fault}")]
pub struct RejectedDocument {
    /// What is wrong with the document, and where.
    pub fault: Fault,
    /// The signer, where the signature holds and only the content was refused.
    pub signed_by: Option<DidKey>,
    /// The job ids that the signed payload names, where readable.
    pub job_ids: Vec<String>,
}

impl Evidence {
    /// Verifies a document for the log `origin`.
    ///
    /// Nothing embedded in it is verified, and nothing outside it: a success says that the signer
    /// made this statement, not that it was entitled to, nor that the statement is true.
    ///
    /// # Errors
    /// The faults of [`envelope::verify`]; then, with `signed_by` set, those of
    /// [`payload::decode`], `WRONG_LOG` for a payload that was written for another log,
    /// `ROLE_MISMATCH` where the payload names another signer, and `SUBJECTS_TOO_MANY`.
    pub fn verify(document: &Document, origin: &str) -> Result<Self, Box<RejectedDocument>> {
        let envelope = envelope::verify(document.value()).map_err(unsigned)?;
        Self::of_envelope(envelope, origin)
    }

    /// [`verify`](Self::verify) of each of many documents, in their order: the same answers for less work
    /// ([`tlog::signature::verify_each`]).
    pub fn verify_each(documents: &[&Document], origin: &str) -> Vec<Result<Self, Box<RejectedDocument>>> {
        let read = documents.iter().map(|document| envelope::read(document.value()));
        let read: Vec<Result<EnvelopeParts, Fault>> = read.collect();
        let claims: Vec<_> = read.iter().flatten().map(EnvelopeParts::claim).collect();
        let mut holds = verify_each(&claims).into_iter();
        let verify = |parts: Result<EnvelopeParts, Fault>| {
            let envelope = parts.and_then(|parts| parts.verified(holds.next().unwrap_or(false)));
            Self::of_envelope(envelope.map_err(unsigned)?, origin)
        };
        read.into_iter().map(verify).collect()
    }

    fn of_envelope(envelope: VerifiedEnvelope, origin: &str) -> Result<Self, Box<RejectedDocument>> {
        match read_payload(&envelope, origin) {
            Ok((payload, subjects)) => {
                let identities = identity::of(&payload, envelope.signer());
                let payload_digest = (!identities.is_empty()).then(|| envelope.payload_digest());
                Ok(Self {
                    envelope,
                    payload,
                    subjects,
                    identities,
                    payload_digest,
                })
            }
            Err(fault) => Err(Box::new(RejectedDocument {
                fault,
                signed_by: Some(envelope.signer().clone()),
                job_ids: named_job_ids(envelope.payload()),
            })),
        }
    }

    /// Kind of the entry it becomes.
    pub const fn kind(&self) -> Kind {
        self.payload.kind()
    }

    /// The jobs that the signed document names.
    pub fn job_ids(&self) -> Vec<String> {
        let jobs = self.subjects.iter().filter(|subject| subject.field == Field::Job);
        jobs.map(|subject| subject.value.clone()).collect()
    }

    /// The verified envelope.
    pub const fn envelope(&self) -> &VerifiedEnvelope {
        &self.envelope
    }

    /// The typed payload.
    pub const fn payload(&self) -> &Payload {
        &self.payload
    }

    /// Clear subjects by `schemas/subjects.md`, each once, at most
    /// [`SUBJECTS_MAX`](crate::subject::SUBJECTS_MAX).
    pub fn subjects(&self) -> &[ClearSubject] {
        &self.subjects
    }

    /// Member 5 of the evidence's entry: a pure function of document and salt.
    ///
    /// # Errors
    /// As [`subject_list`].
    pub fn subject_list(&self, salt: &IndexSalt) -> Result<Vec<Subject>, Fault> {
        subject_list(salt, &self.subjects)
    }

    /// What two statements of one author must not share if their payloads differ; empty for kinds without.
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    /// SHA-256(JCS(payload)), for kinds with identities: two documents with one digest say the same, whatever rule
    /// hashed them, apart from signer and time.
    pub const fn payload_digest(&self) -> Option<PayloadHash> {
        self.payload_digest
    }

    /// What the signer must be at the entry's log position.
    pub fn signer_rule(&self) -> SignerRule {
        use Role::{
            Agent, Approver, EnforcementPoint, Gateway, Operator, Orchestrator, PolicyPublisher, TokenIssuer,
        };
        match &self.payload {
            Payload::GatewayReceipt(_) => SignerRule::AnyOf(&[Gateway]),
            Payload::ToolReceipt(receipt) | Payload::SideEffectReceipt(receipt) => {
                if receipt.agent_did == self.envelope.signer().as_str() {
                    SignerRule::AnyOf(&[Agent, Gateway])
                } else {
                    // Only who stood between may say what another did.
                    SignerRule::AnyOf(&[Gateway, EnforcementPoint])
                }
            }
            Payload::Approval(_) => SignerRule::AnyOf(&[Approver, Gateway]),
            Payload::TokenIssued(_) | Payload::TokenRevoked(_) => SignerRule::AnyOf(&[TokenIssuer]),
            Payload::PolicyPublished(_) | Payload::PolicyWithdrawn(_) | Payload::PolicyFrozen(_) => {
                SignerRule::AnyOf(&[PolicyPublisher])
            }
            Payload::Bundle(bundle) => match bundle.form {
                BundleForm::Proof => SignerRule::AnyOf(&[Agent]),
                BundleForm::Export | BundleForm::Aggregate => SignerRule::AnyRegistered,
            },
            Payload::Decision(_) => SignerRule::AnyOf(&[EnforcementPoint, Gateway]),
            Payload::JobEvent(_) => SignerRule::AnyOf(&[Orchestrator, Approver, Operator]),
            Payload::Pulse(_) => SignerRule::AnyOf(&[Agent]),
            Payload::Artifact(_) => SignerRule::AnyRegistered,
            Payload::SubmissionContext(context) => SignerRule::SignerOf(context.evidence_digest),
            Payload::IssuerRegistered(_)
            | Payload::IssuerRetired(_)
            | Payload::ErasureOrdered(_)
            | Payload::HoldPlaced(_)
            | Payload::HoldReleased(_)
            | Payload::LogGenesis(_)
            | Payload::LogSettings(_)
            | Payload::LogClock(_)
            | Payload::LogKey(_)
            | Payload::LogFrozen(_) => SignerRule::AnyOf(&[Operator]),
        }
    }
}

/// What a signer must be, which only the log's state at the entry's position can decide.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignerRule {
    /// A registration with one of these roles. The operator named in log.genesis holds
    /// [`Role::Operator`] without one. Where [`Role::Agent`] is among them, a DID without any
    /// registration satisfies the rule while `accept_unregistered_agents` holds.
    AnyOf(&'static [Role]),
    /// A registration, whatever its roles.
    AnyRegistered,
    /// The signer of the logged evidence with this digest.
    SignerOf(EvidenceDigest),
}

fn unsigned(fault: Fault) -> Box<RejectedDocument> {
    Box::new(RejectedDocument {
        fault,
        signed_by: None,
        job_ids: Vec::new(),
    })
}

/// The payload that the signer signed for this log, and its subjects.
fn read_payload(envelope: &VerifiedEnvelope, origin: &str) -> Result<(Payload, Vec<ClearSubject>), Fault> {
    let pointer = payload_pointer(envelope.envelope_type());
    let DecodedPayload { payload, log_origin } =
        payload::decode(envelope.envelope_type(), envelope.payload(), pointer)?;
    if let Some(found) = log_origin.filter(|found| found != origin) {
        let at = format!("{pointer}/log_origin");
        return Err(Fault::new(
            Code::WrongLog,
            at,
            format!("{origin:?}"),
            format!("{found:?}"),
        ));
    }
    check_author(&payload, envelope.signer(), pointer)?;
    let subjects = subjects::of(&payload, envelope.signer().as_str());
    check_count(&subjects)?;
    Ok((payload, subjects))
}

/// An export bundle is its own payload; everything else is in an envelope.
fn payload_pointer(envelope_type: &str) -> &'static str {
    if envelope_type == "export_bundle" {
        ""
    } else {
        "/payload"
    }
}

/// Where a payload names who has to have signed it, the signer is that DID: nobody speaks in
/// another's name, whatever its roles.
fn check_author(payload: &Payload, signer: &DidKey, pointer: &str) -> Result<(), Fault> {
    let (member, author) = match payload {
        Payload::Bundle(bundle) => match bundle.form {
            BundleForm::Proof => ("agent_did", bundle.author.as_str()),
            BundleForm::Export | BundleForm::Aggregate => ("issuer_did", bundle.author.as_str()),
        },
        Payload::Pulse(pulse) => ("pulse/agent_did", pulse.agent_did.as_str()),
        Payload::ToolReceipt(receipt) | Payload::SideEffectReceipt(receipt) => {
            return check_seen(receipt, signer, pointer);
        }
        Payload::LogGenesis(genesis) => ("operator_did", genesis.operator.as_str()),
        // These name no author: any signer with the role may sign them.
        Payload::GatewayReceipt(_)
        | Payload::Approval(_)
        | Payload::TokenIssued(_)
        | Payload::TokenRevoked(_)
        | Payload::PolicyPublished(_)
        | Payload::PolicyWithdrawn(_)
        | Payload::PolicyFrozen(_)
        | Payload::Decision(_)
        | Payload::JobEvent(_)
        | Payload::Artifact(_)
        | Payload::SubmissionContext(_)
        | Payload::IssuerRegistered(_)
        | Payload::IssuerRetired(_)
        | Payload::ErasureOrdered(_)
        | Payload::HoldPlaced(_)
        | Payload::HoldReleased(_)
        | Payload::LogSettings(_)
        | Payload::LogClock(_)
        | Payload::LogKey(_)
        | Payload::LogFrozen(_) => return Ok(()),
    };
    if author == signer.as_str() {
        return Ok(());
    }
    let expected = format!("the signer, {signer}");
    Err(Fault::new(
        Code::RoleMismatch,
        format!("{pointer}/{member}"),
        expected,
        author,
    ))
}

/// An agent knows what it did; an observer may not have seen what the hashes are of.
fn check_seen(receipt: &AgentReceipt, signer: &DidKey, pointer: &str) -> Result<(), Fault> {
    match receipt.unseen {
        Some(member) if receipt.agent_did == signer.as_str() => Err(Fault::new(
            Code::SchemaInvalid,
            format!("{pointer}/{member}"),
            "a member, in a receipt that the agent signs itself",
            "none",
        )),
        _ => Ok(()),
    }
}

/// The job that a refused document names: its jobs have to know of the refusal.
fn named_job_ids(payload: &Object) -> Vec<String> {
    let job_id = payload.text("job_id");
    job_id
        .filter(|text| check_id(text, "").is_ok())
        .map(str::to_owned)
        .into_iter()
        .collect()
}
