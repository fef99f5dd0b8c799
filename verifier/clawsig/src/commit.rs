//! Signatures of commits: Protocol M's `commit.sig.json`, and envelopes of type `commit_proof`
//! (`schemas/clawsig.md` §7.5).

use evidence::fault::shorten;
use evidence::json::{Object, Value, jcs_of_object};
use evidence::report::Details;
use tlog::base64;

use super::envelope_forms::COMMIT_PROOF_ENVELOPE;
use super::signed_envelope::{self, EnvelopeForm, check_did_syntax, key_of};
use super::{ClawsigFailure, Reason};

/// What a Protocol M signature is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum SignedContent {
    /// `commit:<hash>`
    Message,
    /// The SHA-256 of a file.
    Artifact,
}

/// Verifies a Protocol M signature: Ed25519 over the JCS of all members with an empty `signature`. So members
/// that nobody knows are signed, too.
pub(super) fn verify(
    document: &Value,
    signed: SignedContent,
    details: &mut Details,
) -> Result<(), ClawsigFailure> {
    let object = document
        .as_object()
        .ok_or_else(|| ClawsigFailure::fail(Reason::MalformedEnvelope, "the document is no object"))?;
    let text = |name: &str| object.text_or_empty(name);
    let types = match signed {
        SignedContent::Message => "message_signature",
        SignedContent::Artifact => "artifact_signature",
    };
    let allowed = [
        ("version", "m1", Reason::UnknownVersion),
        ("type", types, Reason::UnknownType),
        ("algo", "ed25519", Reason::UnknownAlgo),
    ];
    for (name, one, reason) in allowed {
        if text(name) != one {
            let message = format!("{name} is {:?}, not {one:?}", shorten(text(name)));
            return Err(ClawsigFailure::fail(reason, message));
        }
    }
    match signed {
        SignedContent::Message => {
            let commit = commit_of(text("message")).ok_or_else(|| {
                let message = "the message is not \"commit:\" and 7 to 64 hexadecimal digits";
                ClawsigFailure::fail(Reason::CommitMessageInvalid, message)
            })?;
            details.set("commit_sha", commit.to_ascii_lowercase());
            details.not_checked("commit");
        }
        SignedContent::Artifact => details.not_checked("artifact"),
    }
    details.set("signer_did", shorten(text("did")));
    check_signature(object, text("did"), text("signature"))?;
    for checked in ["signature", "every member"] {
        details.checked(checked);
    }
    details.not_checked("role of the signer");
    Ok(())
}

/// The hash of `^commit:([a-f0-9]{7,64})$`, whatever the case of the letters.
fn commit_of(message: &str) -> Option<&str> {
    let (tag, hash) = message.split_once(':')?;
    let sound = tag.eq_ignore_ascii_case("commit") && is_commit_hash(hash);
    sound.then_some(hash)
}

fn is_commit_hash(hash: &str) -> bool {
    (7..=64).contains(&hash.len()) && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn check_signature(object: &Object, did: &str, signature: &str) -> Result<(), ClawsigFailure> {
    check_did_syntax(did)?;
    let signer = key_of(did)?;
    let signature = base64::decode_standard_array::<64>(signature).ok_or_else(|| {
        ClawsigFailure::fail(
            Reason::MalformedEnvelope,
            "signature is not padded base64 of 64 bytes",
        )
    })?;
    let unsigned = object.with("signature", &Value::String(String::new()));
    if signer.verify(jcs_of_object(&unsigned).as_bytes(), &signature) {
        return Ok(());
    }
    Err(ClawsigFailure::fail(
        Reason::SignatureInvalid,
        format!("no signature by {signer} over the members"),
    ))
}

const PROOF: EnvelopeForm = EnvelopeForm {
    envelope_type: "commit_proof",
    versions: &[("1", &COMMIT_PROOF_ENVELOPE)],
};

/// Verifies a commit proof in its envelope. Whether the signer may speak for the repository is not decided here.
pub(super) fn verify_proof(document: &Value, details: &mut Details) -> Result<(), ClawsigFailure> {
    let envelope = signed_envelope::read(document, &PROOF)?;
    envelope.note(details);
    if !is_commit_hash(envelope.payload_text("commit_sha")) {
        return Err(ClawsigFailure::fail(
            Reason::SchemaValidationFailed,
            "commit_sha is not 7 to 64 hexadecimal digits",
        ));
    }
    envelope.check_signer()?;
    envelope.check_issued_at()?;
    envelope.check_hash(Reason::HashMismatch)?;
    envelope.check_signature()?;
    for checked in ["schema", "payload_hash", "signature"] {
        details.checked(checked);
    }
    for name in ["commit_sha", "repository", "repo_claim_id"] {
        details.set(name, shorten(envelope.payload_text(name)));
    }
    details.not_checked("commit");
    details.not_checked("role of the signer");
    Ok(())
}
