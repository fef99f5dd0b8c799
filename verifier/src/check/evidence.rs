//! Does the entry say of a document what the document is?

use super::{Details, Finding, Genesis};
use crate::code::Code;
use crate::context::context_subject_list;
use crate::document::Submission;
use crate::entry::Entry;
use crate::evidence::{Evidence, RejectedDocument, SignerRule};
use crate::kind::{Kind, Role};
use crate::note::VerifierKey;
use crate::subject::target_subject_list;

/// The evidence, once its digests, kind, signer and signature agree with the entry.
pub(super) fn matching_evidence(
    submission: &Submission,
    entry: &Entry,
    key: &VerifierKey,
    details: &mut Details,
) -> Result<Evidence, Finding> {
    let document = &submission.document;
    let digest = document.evidence_digest();
    if digest != entry.evidence_digest {
        return Err(Finding::fail(
            "EVIDENCE_DIGEST_MISMATCH",
            format!(
                "this is another document, or it was changed: its evidence digest is {digest}, the entry commits to {}",
                entry.evidence_digest
            ),
        ));
    }
    details.checked("evidence_digest");
    let same_bytes = entry.raw_digest == Some(document.raw_digest());
    details.set(
        "raw_bytes",
        if same_bytes {
            "as logged"
        } else {
            "another spelling of the same document"
        },
    );
    let evidence =
        Evidence::verify(document, key.name()).map_err(|rejected| unverified(&rejected, same_bytes))?;
    details.checked("signature");
    let signer = evidence.envelope().signer();
    if signer.as_str() != entry.signer {
        return Err(signer_mismatch(entry, signer.as_str()));
    }
    // A submitter's context entry commits to the evidence that it is about.
    if entry.kind != evidence.kind() && entry.kind != Kind::Context {
        return Err(Finding::fail(
            "KIND_MISMATCH",
            format!(
                "the document is of kind {}, the entry says {}",
                evidence.kind(),
                entry.kind
            ),
        ));
    }
    details.checked("kind");
    details.checked("signer");
    Ok(evidence)
}

/// Where the bytes are those that were logged, a fault is the document's. Where only their order
/// or spacing differs, one hash rule cannot hold for the copy, though it held for the original.
fn unverified(rejected: &RejectedDocument, same_bytes: bool) -> Finding {
    let fault = &rejected.fault;
    match fault.code {
        Code::HashMismatch | Code::SignatureInvalid if !same_bytes => Finding::incomplete(
            "RAW_BYTES_DIFFER",
            "the entry commits to this document, but in another spelling, and the signature covers the spelling",
        ),
        code => Finding::fail(code.as_str(), format!("the evidence is refused: {fault}")),
    }
}

pub(super) fn signer_mismatch(entry: &Entry, found: &str) -> Finding {
    Finding::fail(
        "SIGNER_MISMATCH",
        format!(
            "the document is signed by {found}, the entry says {}",
            entry.signer
        ),
    )
}

/// Subject hashes are salted with what log.genesis says.
pub(super) fn check_subjects(
    submission: &Submission,
    evidence: &Evidence,
    entry: &Entry,
    genesis: Option<&Genesis>,
    details: &mut Details,
) -> Result<(), Finding> {
    let Some(genesis) = genesis else {
        details.not_checked("subjects");
        return Ok(());
    };
    let salt = &genesis.payload().index_salt;
    let mismatch = |what: &str| {
        Finding::fail(
            "SUBJECTS_MISMATCH",
            format!("the entry's {what} are not those of it"),
        )
    };
    let is_submitters_context = entry.kind == Kind::Context && evidence.kind() != Kind::Context;
    let expected = if is_submitters_context {
        target_subject_list(salt, entry.evidence_digest)
    } else {
        evidence
            .subject_list(salt)
            .map_err(|fault| Finding::fail(fault.code.as_str(), fault.to_string()))?
    };
    if expected != entry.subjects {
        return Err(mismatch("subjects"));
    }
    details.checked("subjects");
    match (&submission.context, &entry.context_subjects) {
        (Some(context), Some(found)) => {
            let expected = context_subject_list(salt, context)
                .map_err(|fault| Finding::fail(fault.code.as_str(), fault.to_string()))?;
            if expected != *found {
                return Err(mismatch("context subjects"));
            }
            details.checked("context_subjects");
        }
        (None, Some(_)) => details.not_checked("context_subjects"),
        (Some(_), None) => details.not_checked("context"),
        (None, None) => {}
    }
    Ok(())
}

/// log.genesis names the operator; who else had which role, only the log up to the entry tells.
pub(super) fn check_role(
    evidence: &Evidence,
    genesis: Option<&Genesis>,
    details: &mut Details,
) -> Result<(), Finding> {
    let is_operators = evidence.signer_rule() == SignerRule::AnyOf(&[Role::Operator]);
    match genesis {
        Some(genesis) if evidence.kind() == Kind::LogGenesis => {
            if evidence.envelope().signer() != &genesis.payload().operator {
                return Err(Finding::fail(
                    "ROLE_MISMATCH",
                    "log.genesis is not signed by the operator that it names",
                ));
            }
            details.checked("roles");
        }
        Some(genesis) if is_operators && evidence.envelope().signer() == &genesis.payload().operator => {
            details.checked("roles");
        }
        _ => details.not_checked("roles"),
    }
    Ok(())
}
