//! The entries that decisions draft (`schemas/entry.cddl`).

use verifier::code::Code;
use verifier::context::SubmitterName;
use verifier::digest::{EvidenceDigest, RawDigest};
use verifier::entry::{Entry, EntryError, StreamPosition};
use verifier::fault::Fault;
use verifier::kind::Kind;
use verifier::payload::Payload;
use verifier::subject::{IndexSalt, SUBJECTS_MAX, Subject, target_subject_list};

use super::decide::BatchDecider;
use super::prepare::{Checked, SubmittedContext};

impl BatchDecider<'_> {
    /// The entry of new evidence.
    pub(super) fn evidence_entry(
        &self,
        submitter: &SubmitterName,
        checked: &Checked,
        raw_digest: RawDigest,
        evidence_digest: EvidenceDigest,
        context: Option<&SubmittedContext>,
    ) -> Result<(Entry, Vec<u8>), Fault> {
        let signer = checked.evidence.envelope().signer().as_str();
        let stream = match checked.evidence.payload() {
            Payload::SubmissionContext(own) => own
                .context
                .stream
                .as_ref()
                .map(|claim| StreamPosition::of(signer, claim)),
            _ => context
                .and_then(|said| said.context.stream.as_ref())
                .map(|claim| StreamPosition::of(submitter.as_str(), claim)),
        };
        let entry = Entry {
            kind: checked.evidence.kind(),
            evidence_digest,
            signer: signer.to_owned(),
            logged_at: self.batch.logged_at,
            subjects: checked.subjects.clone(),
            submitter: Some(submitter.clone()),
            stream,
            covered: None,
            raw_digest: Some(raw_digest),
            context_subjects: context.map(|said| said.subjects.clone()),
            refused: None,
            index_runs: None,
        };
        check_subject_count(&entry)?;
        let bytes = encode(&entry)?;
        Ok((entry, bytes))
    }

    /// The entry of a submitter's context on the evidence of `target`.
    pub(super) fn context_entry(
        &self,
        submitter: &SubmitterName,
        target: Entry,
        said: &SubmittedContext,
    ) -> Result<(Entry, Vec<u8>), Fault> {
        let salt: &IndexSalt = &self.shared.facts.salt;
        let claim = said.context.stream.as_ref();
        let entry = Entry {
            kind: Kind::Context,
            evidence_digest: target.evidence_digest,
            signer: target.signer,
            logged_at: self.batch.logged_at,
            subjects: target_subject_list(salt, target.evidence_digest),
            submitter: Some(submitter.clone()),
            stream: claim.map(|claim| StreamPosition::of(submitter.as_str(), claim)),
            covered: None,
            raw_digest: target.raw_digest,
            context_subjects: Some(said.subjects.clone()),
            refused: None,
            index_runs: None,
        };
        let bytes = encode(&entry)?;
        Ok((entry, bytes))
    }
}

fn check_subject_count(entry: &Entry) -> Result<(), Fault> {
    let context: &[Subject] = entry.context_subjects.as_deref().unwrap_or_default();
    let count = entry.subjects.len().saturating_add(context.len());
    if count > SUBJECTS_MAX {
        return Err(Fault::new(
            Code::SubjectsTooMany,
            "",
            format!("at most {SUBJECTS_MAX} subjects of evidence and context"),
            count.to_string(),
        ));
    }
    Ok(())
}

pub(super) fn encode(entry: &Entry) -> Result<Vec<u8>, Fault> {
    entry.encode().map_err(|error| {
        let code = match error {
            EntryError::TooLarge { .. } => Code::EntryTooLarge,
            _ => Code::Internal,
        };
        Fault::new(code, "", "an entry that fits its format", error.to_string())
    })
}
