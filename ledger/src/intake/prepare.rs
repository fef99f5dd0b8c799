//! What can be said about a submission from its bytes alone; the expensive part, done by workers.

use verifier::code::Code;
use verifier::context::Context;
use verifier::context::context_subject_list;
use verifier::digest::{EvidenceDigest, RawDigest};
use verifier::document::{Document, LeakingDocument, ReceivedDocument, Submission};
use verifier::evidence::{Evidence, RejectedDocument};
use verifier::fault::Fault;
use verifier::payload::Payload;
use verifier::subject::Subject;
use verifier::text::misplaced::{Warning, hex_in_base64url};

use crate::shared::LogFacts;

/// A submission that is JSON of the right form. Whether its evidence holds stands in `checked`.
pub(crate) struct PreparedSubmission {
    /// The document as received; empty where it holds a token, which goes no further than this.
    pub(crate) raw: Vec<u8>,
    pub(crate) raw_digest: RawDigest,
    pub(crate) evidence_digest: EvidenceDigest,
    pub(crate) context: Option<SubmittedContext>,
    pub(crate) checked: Result<Box<Checked>, Box<RejectedDocument>>,
    /// What the author most likely did not mean; told, and nothing else.
    pub(crate) warnings: Vec<Warning>,
}

impl PreparedSubmission {
    /// Whether this is a `log_clock` and nothing with it. Who signed it is the sequencer's to decide.
    pub(crate) fn confirms_clock(&self) -> bool {
        let is_confirmation = |checked: &Checked| matches!(checked.evidence.payload(), Payload::LogClock(_));
        self.context.is_none()
            && self
                .checked
                .as_ref()
                .is_ok_and(|checked| is_confirmation(checked))
    }
}

/// What the submitter says about the evidence.
pub(crate) struct SubmittedContext {
    pub(crate) context: Context,
    /// Its JCS, as it is stored.
    pub(crate) stored: Vec<u8>,
    pub(crate) subjects: Vec<Subject>,
}

/// Verified evidence with its subjects under this log's salt.
pub(crate) struct Checked {
    pub(crate) evidence: Evidence,
    pub(crate) subjects: Vec<Subject>,
}

/// Reads and verifies bodies, each by itself. A fault here is one that no signature vouches for: nothing is logged.
pub(crate) fn prepare_each(bodies: &[Vec<u8>], facts: &LogFacts) -> Vec<Result<PreparedSubmission, Fault>> {
    let received: Vec<_> = bodies.iter().map(|body| Submission::receive(body)).collect();
    let clean = received
        .iter()
        .flatten()
        .filter_map(|(received, _)| match received {
            ReceivedDocument::Clean(document) => Some(document),
            ReceivedDocument::Leaking(_) => None,
        });
    let documents: Vec<&Document> = clean.collect();
    let mut verified = Evidence::verify_each(&documents, &facts.origin).into_iter();
    let prepare = |received: Result<(ReceivedDocument, Option<Context>), Fault>| {
        let (received, context) = received?;
        let document = match received {
            ReceivedDocument::Clean(document) => document,
            ReceivedDocument::Leaking(leaking) => return leaked(leaking, context, facts),
        };
        let missing = || Fault::new(Code::Internal, "", "an answer for each document", "none");
        let verified = verified.next().ok_or_else(missing)?;
        prepared(&document, context, verified, facts)
    };
    received.into_iter().map(prepare).collect()
}

fn prepared(
    document: &Document,
    context: Option<Context>,
    verified: Result<Evidence, Box<RejectedDocument>>,
    facts: &LogFacts,
) -> Result<PreparedSubmission, Fault> {
    let checked = check(verified, facts);
    if let (Ok(checked), Some(_)) = (&checked, &context) {
        refuse_context_on_context(checked.evidence.payload())?;
    }
    let context = context
        .map(|context| SubmittedContext::new(context, facts))
        .transpose()?;
    Ok(PreparedSubmission {
        raw: document.raw().to_vec(),
        raw_digest: document.raw_digest(),
        evidence_digest: document.evidence_digest(),
        context,
        checked,
        warnings: hex_in_base64url(document.value()),
    })
}

/// A document with a token in it: nothing of its bytes goes on from here.
fn leaked(
    leaking: LeakingDocument,
    context: Option<Context>,
    facts: &LogFacts,
) -> Result<PreparedSubmission, Fault> {
    Ok(PreparedSubmission {
        raw: Vec::new(),
        raw_digest: leaking.raw_digest(),
        evidence_digest: leaking.evidence_digest(),
        context: context
            .map(|context| SubmittedContext::new(context, facts))
            .transpose()?,
        checked: Err(Box::new(leaking.into_rejected(&facts.origin))),
        warnings: Vec::new(),
    })
}

fn check(
    verified: Result<Evidence, Box<RejectedDocument>>,
    facts: &LogFacts,
) -> Result<Box<Checked>, Box<RejectedDocument>> {
    let evidence = verified?;
    match evidence.subject_list(&facts.salt) {
        Ok(subjects) => Ok(Box::new(Checked { evidence, subjects })),
        Err(fault) => Err(Box::new(RejectedDocument {
            fault,
            signed_by: Some(evidence.envelope().signer().clone()),
            job_ids: Vec::new(),
        })),
    }
}

/// A signed context says all that there is to say: a second one around it would contradict the signer.
fn refuse_context_on_context(payload: &Payload) -> Result<(), Fault> {
    if matches!(payload, Payload::SubmissionContext(_)) {
        return Err(Fault::new(
            Code::SchemaInvalid,
            "/context",
            "no context around a submission_context",
            "a context",
        ));
    }
    Ok(())
}

impl SubmittedContext {
    pub(super) fn new(context: Context, facts: &LogFacts) -> Result<Self, Fault> {
        Ok(Self {
            stored: context.to_stored().into_bytes(),
            subjects: context_subject_list(&facts.salt, &context)?,
            context,
        })
    }
}
