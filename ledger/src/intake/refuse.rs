//! Refusals, and the entries that keep them: a document whose signature holds is never just dropped
//! where its signer is or was registered. Its bytes are kept, for they are the only account of what was odd: nobody is to
//! keep a call out of the log by an odd value in it.

use verifier::code::Code;
use verifier::context::{Context, SubmitterName};
use verifier::digest::{EvidenceDigest, RawDigest};
use verifier::entry::Entry;
use verifier::evidence::RejectedDocument;
use verifier::fault::Fault;
use verifier::index::LeafIndex;
use verifier::json;
use verifier::kind::Kind;

use super::decide::{BatchDecider, IntakeDecision, Undecided, refused};
use super::entries::encode;
use super::prepare::SubmittedContext;
use crate::error::ReadError;
use crate::rows::{RowKey, RowSubject, Space};
use crate::shared::LogFacts;
use crate::store::LookupOrder;

/// Earlier refusals of the same bytes that are looked through before another one is logged.
const EARLIER_REFUSALS_MAX: usize = 16;

/// A refused document, as far as its entry says anything about it.
pub(super) struct RefusalDraft<'a> {
    pub(super) submitter: &'a SubmitterName,
    /// Its bytes, which are kept with the entry unless there is a token in them.
    pub(super) raw: Vec<u8>,
    pub(super) raw_digest: RawDigest,
    pub(super) context: Option<SubmittedContext>,
}

impl RefusalDraft<'_> {
    /// The context stored with the refused entry: the submitter's and, where that names no job, the job that the
    /// document was signed for, so that the job shows the refusal. `None`: nothing.
    fn stored_context(
        given: Option<SubmittedContext>,
        job_ids: &[String],
        facts: &LogFacts,
    ) -> Option<SubmittedContext> {
        if given.as_ref().is_some_and(|said| said.context.job_id.is_some()) {
            return given;
        }
        let signed = job_ids.first().and_then(|job_id| {
            let before = given.as_ref().map(|said| &said.context);
            let context = Context {
                job_id: Some(job_id.clone()),
                token_hash: before.and_then(|context| context.token_hash),
                stream: before.and_then(|context| context.stream.clone()),
            };
            // The content rules did not hold, so that the id need not be one that a context may have.
            let value = json::parse(context.to_stored().as_bytes()).ok()?;
            Context::from_json(&value, "").ok()?;
            SubmittedContext::new(context, facts).ok()
        });
        signed.or(given)
    }
}

impl BatchDecider<'_> {
    /// The answer to a document whose verification failed. A re-ordered copy of a clawsig document has the evidence digest of the
    /// original and no valid hash: the original's entry is named in the answer.
    pub(super) fn rejected(
        &mut self,
        refusal: RefusalDraft<'_>,
        evidence_digest: EvidenceDigest,
        rejected: &RejectedDocument,
    ) -> Result<IntakeDecision, Undecided> {
        let RejectedDocument {
            fault,
            signed_by,
            job_ids,
        } = rejected;
        if matches!(fault.code, Code::HashMismatch | Code::SignatureInvalid) {
            let key = RowKey::new(Space::Evidence, *evidence_digest.as_bytes());
            if let Some(known) = self.first(&key)? {
                return Ok(refused(fault.clone(), Some(known)));
            }
        }
        match signed_by {
            Some(signer) => self.refuse(refusal, signer.as_str(), job_ids, fault.clone()),
            None => Ok(refused(fault.clone(), None)),
        }
    }

    /// Refuses a document whose signature holds. Where its signer is or was registered, the refusal is
    /// logged: otherwise an operator could make a statement disappear by sending it too late.
    pub(super) fn refuse(
        &mut self,
        refusal: RefusalDraft<'_>,
        signer: &str,
        job_ids: &[String],
        fault: Fault,
    ) -> Result<IntakeDecision, Undecided> {
        if self.batch.admission.issuers.find(signer).is_none() || self.doubtful.is_some() {
            return Ok(refused(fault, None));
        }
        self.check_open()?;
        let RefusalDraft {
            submitter,
            raw,
            raw_digest,
            context,
        } = refusal;
        let said = RefusalDraft::stored_context(context, job_ids, &self.shared.facts);
        let entry = Entry {
            kind: Kind::Refused,
            evidence_digest: EvidenceDigest::from_bytes([0; 32]),
            signer: signer.to_owned(),
            logged_at: self.batch.logged_at,
            subjects: Vec::new(),
            submitter: Some(submitter.clone()),
            stream: None,
            covered: None,
            raw_digest: Some(raw_digest),
            context_subjects: said.as_ref().map(|said| said.subjects.clone()),
            refused: Some(fault.code.as_str().to_owned()),
            index_runs: None,
        };
        let refused_entry = match self.earlier_refusal(&entry)? {
            Some(index) => Some(index),
            None if !self.budget.take(submitter, self.now) => None,
            None => match encode(&entry) {
                Ok(bytes) => {
                    let stored = said.map(|said| said.stored);
                    let raw = entry.keeps_document().then_some(raw);
                    Some(self.push(entry, bytes, raw, stored, RowSubject::Nothing))
                }
                Err(_) => None,
            },
        };
        Ok(IntakeDecision::Refused {
            fault,
            refused_entry,
            known_index: None,
        })
    }

    /// The same refusal, logged before: sending the document again adds nothing. Nor does it where an order erased an
    /// earlier copy of it: its bytes do not come back.
    fn earlier_refusal(&self, entry: &Entry) -> Result<Option<LeafIndex>, ReadError> {
        let Some(raw) = &entry.raw_digest else {
            return Ok(None);
        };
        let key = RowKey::new(Space::Refused, *raw.as_bytes());
        let stored = self.stored(&key, LookupOrder::Descending, EARLIER_REFUSALS_MAX)?;
        for index in stored.into_iter().chain(self.batch.known(&key).iter()) {
            let earlier = self.entry(index)?;
            let same = Entry {
                logged_at: entry.logged_at,
                ..earlier
            };
            if same == *entry || self.order_on(index)?.is_some() {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }
}

/// Refusals by which the log is not told anything: the signer has no standing for the document, or it
/// speaks of something that is not there yet, or must stay or stay away, and may be sent again.
pub(super) fn names_no_statement(code: Code) -> bool {
    matches!(
        code,
        Code::SignerNotTrusted
            | Code::RoleMismatch
            | Code::NotFound
            | Code::ErasureNotAllowed
            | Code::EvidenceHeld
            | Code::EvidenceErased
            | Code::ClockNotInDoubt
            | Code::ClockDiffers
            | Code::ConfirmationStale
            | Code::KeyChangeRefused
            | Code::KeyNotHeld
            | Code::AtSizeAhead
    )
}
