//! The bundle's envelope: steps 1 to 9 and 13 to 15 of the reference's order (`schemas/clawsig.md` §5.5).

use evidence::digest::{StatementDigest, statement_digest};
use evidence::fault::shorten;
use evidence::json::{Object, Value};
use evidence::rfc3339;
use tlog::index::TimestampMs;

use crate::schema::{MemberForm, is_url_alphabet};
use crate::signed_envelope::{EnvelopeForm, WellFormedEnvelope, is_past, key_of, read_header};
use crate::{ClawsigFailure, Reason};

/// The members that make the reference take a document for an envelope.
const DETECTED_BY: [&str; 3] = ["envelope_version", "payload", "signature_b64u"];

/// The reference's registry knows other types too, and refuses them under the same code. The schema is checked later.
const EXPECTED: EnvelopeForm = EnvelopeForm {
    envelope_type: "proof_bundle",
    versions: &[("1", &MemberForm::Any)],
};

/// An envelope whose header is in order; nothing of it is verified.
pub(super) struct BundleHeader<'a> {
    envelope: WellFormedEnvelope<'a>,
    /// What it says is signed.
    pub(super) payload: &'a Value,
    /// Unsigned.
    pub(super) issued_at: Option<TimestampMs>,
}

/// Members, version, type, algorithms, signer's syntax, times, base64url: in that order.
pub(super) fn read(document: &Value, at: Option<TimestampMs>) -> Result<BundleHeader<'_>, ClawsigFailure> {
    let Some(envelope) = document.as_object() else {
        return Err(ClawsigFailure::fail(
            Reason::SchemaValidationFailed,
            "the document is no object",
        ));
    };
    if let Some(missing) = DETECTED_BY.iter().find(|name| envelope.get(name).is_none()) {
        return Err(without_envelope(envelope, missing));
    }
    let (envelope, _) = read_header(envelope, &EXPECTED)?;
    envelope.check_signer()?;
    let issued_at = rfc3339::parse(envelope.text("issued_at"));
    let header = BundleHeader {
        payload: envelope.payload(),
        envelope,
        issued_at,
    };
    header.check_times(at)?;
    for name in ["payload_hash_b64u", "signature_b64u"] {
        if !is_url_alphabet(header.envelope.text(name)) {
            let message = format!("{name} is not base64url");
            return Err(ClawsigFailure::fail(Reason::MalformedEnvelope, message));
        }
    }
    Ok(header)
}

/// Without one of three members the reference takes a document for the payload itself. It refuses what does not
/// look like one; what does, it would pass unsigned.
fn without_envelope(document: &Object, missing: &str) -> ClawsigFailure {
    let is_payload = document.text_or_empty("bundle_version") == "1"
        && !document.text_or_empty("bundle_id").is_empty()
        && document.text_or_empty("agent_did").starts_with("did:")
        && (document.get("urm").is_some()
            || ["event_chain", "receipts", "attestations"]
                .iter()
                .any(|name| !document.items(name).is_empty()));
    if is_payload {
        let message = "the bundle has no signed envelope around it: nobody vouches for what it says";
        return ClawsigFailure::fail(Reason::EnvelopeRequired, message);
    }
    let message = format!("the document has no {missing}, and is no bundle without an envelope either");
    ClawsigFailure::fail(Reason::SchemaValidationFailed, message)
}

impl BundleHeader<'_> {
    /// An unsigned `expires_at` can only make the bundle fail: a person who strips it gains what he could have
    /// had by signing without it.
    fn check_times(&self, at: Option<TimestampMs>) -> Result<(), ClawsigFailure> {
        let malformed = |name: &str| {
            let message = format!("{name} is not a time");
            ClawsigFailure::fail(Reason::MalformedEnvelope, message)
        };
        if self.issued_at.is_none() && !is_loose_date(self.envelope.text("issued_at")) {
            return Err(malformed("issued_at"));
        }
        let Some(expires_at) = self.envelope.document().get("expires_at") else {
            return Ok(());
        };
        let expires_at = expires_at.as_str().unwrap_or_default();
        match rfc3339::parse(expires_at) {
            Some(expires_at) if is_past(expires_at, at, 0) => {
                let message = "the bundle's envelope says that it has expired";
                Err(ClawsigFailure::fail(Reason::ExpiredTtl, message))
            }
            None if !is_loose_date(expires_at) => Err(malformed("expires_at")),
            _ => Ok(()),
        }
    }

    /// Signer, hash and signature.
    pub(super) fn verify(&self, agent_did: &str) -> Result<StatementDigest, ClawsigFailure> {
        let signer = self.envelope.text("signer_did");
        if signer != agent_did {
            let message = format!(
                "{:?} signed the bundle of {:?}",
                shorten(signer),
                shorten(agent_did)
            );
            return Err(ClawsigFailure::fail(Reason::InvalidDidFormat, message));
        }
        self.envelope.check_hash(Reason::HashMismatch)?;
        if self.envelope.is_signed_by(&key_of(signer)?) {
            let message = self.envelope.text("payload_hash_b64u").as_bytes();
            return Ok(statement_digest(EXPECTED.envelope_type, signer, message));
        }
        let message = "no signature by the bundle's agent over the hash of its payload";
        Err(ClawsigFailure::fail(Reason::SignatureInvalid, message))
    }

    /// Refuses a signature that is not written in the one text that its bytes have.
    pub(super) fn check_canonical(&self) -> Result<(), ClawsigFailure> {
        if self.envelope.has_canonical_signature() {
            return Ok(());
        }
        let message = "the signature holds, but is not written in canonical base64url";
        Err(ClawsigFailure::fail(Reason::InvalidBase64url, message))
    }
}

/// Texts that are no RFC 3339 time, but that the reference's first look (`Date.parse`) takes for a date:
/// without offset, or without time. Its schema refuses them a step later, under another code.
fn is_loose_date(text: &str) -> bool {
    let completions = ["Z", "T00:00:00Z", "-01T00:00:00Z", "-01-01T00:00:00Z", ":00Z"];
    text.is_ascii()
        && completions
            .iter()
            .any(|completion| rfc3339::parse(&format!("{text}{completion}")).is_some())
}
