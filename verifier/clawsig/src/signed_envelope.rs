//! What clawsig's signed envelopes have in common (`schemas/clawsig.md` §1, §4.3): the first checks in their order,
//! and hash and signature.

use std::ops::Deref;

use evidence::did::DidKey;
use evidence::digest::{StatementDigest, statement_digest};
use evidence::envelope::{ENVELOPE_MEMBERS, UnverifiedEnvelope};
use evidence::fault::shorten;
use evidence::json::{Object, Value};
use evidence::report::Details;
use evidence::rfc3339;
use tlog::base64;
use tlog::index::TimestampMs;

use super::schema::{self, MemberForm};
use super::{ClawsigFailure, Reason};

/// The members that no signature covers, as reports name them.
fn unauthenticated() -> impl Iterator<Item = &'static str> {
    const SIGNED: [&str; 3] = ["payload", "payload_hash_b64u", "signature_b64u"];
    let header = ENVELOPE_MEMBERS.into_iter().filter(|name| !SIGNED.contains(name));
    header.chain(["expires_at"])
}

/// What an envelope has to be before its schema is looked at.
pub(super) struct EnvelopeForm {
    /// `envelope_type`.
    pub(super) envelope_type: &'static str,
    /// `envelope_version`, with the schema of each.
    pub(super) versions: &'static [(&'static str, &'static MemberForm)],
}

/// An envelope of the right form whose hash and signature are still to be checked.
pub(super) struct WellFormedEnvelope<'a> {
    envelope: UnverifiedEnvelope<'a>,
    envelope_type: &'static str,
}

impl<'a> Deref for WellFormedEnvelope<'a> {
    type Target = UnverifiedEnvelope<'a>;

    fn deref(&self) -> &Self::Target {
        &self.envelope
    }
}

/// An envelope whose hash and signature hold.
pub(super) struct CheckedEnvelope {
    /// The signer's key.
    pub(super) signer: DidKey,
    /// `payload_hash_b64u`, the message that was signed.
    pub(super) message: String,
}

impl CheckedEnvelope {
    /// The statement; `appendix` is what it covers in addition to the message.
    pub(super) fn statement(&self, envelope_type: &str, appendix: &str) -> StatementDigest {
        let message = format!("{}{appendix}", self.message);
        statement_digest(envelope_type, self.signer.as_str(), message.as_bytes())
    }
}

/// Members, version, type, algorithms, schema: in that order.
pub(super) fn read<'a>(
    document: &'a Value,
    expected: &EnvelopeForm,
) -> Result<WellFormedEnvelope<'a>, ClawsigFailure> {
    let object = document
        .as_object()
        .ok_or_else(|| ClawsigFailure::fail(Reason::MalformedEnvelope, "the document is no object"))?;
    let (envelope, form) = read_header(object, expected)?;
    schema::check(form, document)?;
    Ok(envelope)
}

/// Members, version, type, algorithms, without the schema of the version, which is returned.
pub(super) fn read_header<'a>(
    document: &'a Object,
    expected: &EnvelopeForm,
) -> Result<(WellFormedEnvelope<'a>, &'static MemberForm), ClawsigFailure> {
    let envelope = WellFormedEnvelope {
        envelope: UnverifiedEnvelope::new(document),
        envelope_type: expected.envelope_type,
    };
    if let Some(missing) = envelope.missing() {
        let message = format!("the envelope has no {missing}");
        return Err(ClawsigFailure::fail(Reason::MalformedEnvelope, message));
    }
    let unknown = |reason: Reason, name: &str| {
        let message = format!("{name} is {:?}", shorten(envelope.text(name)));
        ClawsigFailure::fail(reason, message)
    };
    let version = envelope.text("envelope_version");
    let form = expected.versions.iter().find(|(known, _)| *known == version);
    let Some((_, form)) = form else {
        return Err(unknown(Reason::UnknownEnvelopeVersion, "envelope_version"));
    };
    let known: [(&str, &[&str], Reason); 3] = [
        (
            "envelope_type",
            &[expected.envelope_type],
            Reason::UnknownEnvelopeType,
        ),
        ("algorithm", &["Ed25519"], Reason::UnknownAlgorithm),
        (
            "hash_algorithm",
            &["SHA-256", "BLAKE3"],
            Reason::UnknownHashAlgorithm,
        ),
    ];
    for (name, values, reason) in known {
        if !values.contains(&envelope.text(name)) {
            return Err(unknown(reason, name));
        }
    }
    Ok((envelope, form))
}

impl WellFormedEnvelope<'_> {
    /// The syntax of the signer's DID.
    pub(super) fn check_signer(&self) -> Result<(), ClawsigFailure> {
        check_did_syntax(self.text("signer_did"))
    }

    /// Whether the signer is one of those that count: an empty list is no list.
    pub(super) fn check_allowed(&self, allowed: &[String], whom: &str) -> Result<(), ClawsigFailure> {
        if allowed.is_empty() {
            return Err(ClawsigFailure::fail(
                Reason::DependencyNotConfigured,
                format!("no {whom} was named whose signature counts"),
            ));
        }
        let signer = self.text("signer_did");
        if allowed.iter().any(|did| did == signer) {
            return Ok(());
        }
        Err(ClawsigFailure::fail(
            Reason::ClaimNotFound,
            format!("{:?} is not among the named {whom}s", shorten(signer)),
        ))
    }

    /// `issued_at`, as far as its schema leaves open whether it is a time.
    pub(super) fn check_issued_at(&self) -> Result<(), ClawsigFailure> {
        time(self.text("issued_at"), "issued_at").map(|_| ())
    }

    /// Recomputes the payload's hash. BLAKE3 is a name that the reference knows and cannot compute;
    /// `other_algorithm` is what it then says.
    pub(super) fn check_hash(&self, other_algorithm: Reason) -> Result<(), ClawsigFailure> {
        if self.text("hash_algorithm") != "SHA-256" {
            return Err(ClawsigFailure::fail(
                other_algorithm,
                "the payload's hash is of an algorithm that is not computed here",
            ));
        }
        let computed = self.payload_hash();
        let stated = self.text("payload_hash_b64u");
        if computed == stated {
            return Ok(());
        }
        Err(ClawsigFailure::fail(
            Reason::HashMismatch,
            format!(
                "the payload's hash is {computed}, payload_hash_b64u says {:?}",
                shorten(stated)
            ),
        ))
    }

    /// Checks the signature over the characters of the payload's hash.
    pub(super) fn check_signature(&self) -> Result<CheckedEnvelope, ClawsigFailure> {
        let signer = key_of(self.text("signer_did"))?;
        check_signed_by(self.envelope, &signer)?;
        let message = self.text("payload_hash_b64u").to_owned();
        Ok(CheckedEnvelope { signer, message })
    }

    /// Names the members that nobody signed, with their values.
    pub(super) fn note(&self, details: &mut Details) {
        note_header(self.document(), details);
        details.set("envelope_type", self.envelope_type);
    }
}

/// Names the members of an envelope that nobody signed, with their values.
pub(super) fn note_header(document: &Object, details: &mut Details) {
    let header: serde_json::Map<String, serde_json::Value> = unauthenticated()
        .filter_map(|name| {
            let text = document.text(name)?;
            Some((name.to_owned(), shorten(text).into()))
        })
        .collect();
    details.set("unauthenticated", header);
}

/// `^did:(key|web):[a-zA-Z0-9._%-]+$`
pub(super) fn check_did_syntax(did: &str) -> Result<(), ClawsigFailure> {
    let rest = did
        .strip_prefix("did:key:")
        .or_else(|| did.strip_prefix("did:web:"));
    let sound = |rest: &str| {
        !rest.is_empty()
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%' | b'-'))
    };
    if rest.is_some_and(sound) {
        return Ok(());
    }
    Err(not_a_did(did))
}

/// The key of a did:key. Bytes that are no key, under the name of one, verify nothing: `SIGNATURE_INVALID`, as where
/// a key is only looked at once it is used.
pub(super) fn key_of(did: &str) -> Result<DidKey, ClawsigFailure> {
    DidKey::parse(did).ok_or_else(|| {
        if !DidKey::says_ed25519(did) {
            return not_a_did(did);
        }
        let message = format!(
            "no signature verifies under {:?}, which holds no sound key",
            shorten(did)
        );
        ClawsigFailure::fail(Reason::SignatureInvalid, message)
    })
}

/// Refuses a text that is base64url of no bytes, whatever else a decoder lets pass. Where signatures are not looked
/// at in one step, this is one of its own.
pub(super) fn check_decodes(signature: &str) -> Result<(), ClawsigFailure> {
    if signature.len() % 4 != 1 {
        return Ok(());
    }
    let message = "a signature is not the base64url of any bytes";
    Err(ClawsigFailure::fail(Reason::MalformedEnvelope, message))
}

fn not_a_did(did: &str) -> ClawsigFailure {
    ClawsigFailure::fail(
        Reason::InvalidDidFormat,
        format!("{:?} is not the did:key of an Ed25519 key", shorten(did)),
    )
}

/// Checks an envelope's signature over the characters of its payload's hash; the hash itself is another check.
pub(super) fn check_signed_by(
    envelope: UnverifiedEnvelope<'_>,
    signer: &DidKey,
) -> Result<(), ClawsigFailure> {
    check_detached(
        signer,
        envelope.text("signature_b64u"),
        envelope.text("payload_hash_b64u"),
        Reason::SignatureInvalid,
    )
}

/// Checks an Ed25519 signature in base64url over a message of ASCII characters.
///
/// A signature that holds, in a text that is not the only text of its 64 bytes, is refused under a reason of
/// ours: the reference takes it, and two different documents would then be one statement.
pub(super) fn check_detached(
    signer: &DidKey,
    signature: &str,
    message: &str,
    invalid: Reason,
) -> Result<(), ClawsigFailure> {
    let lenient = base64::decode_url_array_lenient::<64>(signature);
    if !lenient.is_some_and(|bytes| signer.verify(message.as_bytes(), &bytes)) {
        return Err(ClawsigFailure::fail(
            invalid,
            format!("no signature by {signer} over the hash of the payload"),
        ));
    }
    if base64::decode_url_array::<64>(signature).is_none() {
        return Err(ClawsigFailure::fail(
            Reason::InvalidBase64url,
            "a signature holds, but is not written in canonical base64url",
        ));
    }
    Ok(())
}

/// A time of the document; `MALFORMED_ENVELOPE` for a leap second, which its schema lets pass.
pub(super) fn time(text: &str, name: &str) -> Result<TimestampMs, ClawsigFailure> {
    rfc3339::parse(text).ok_or_else(|| {
        ClawsigFailure::fail(
            Reason::MalformedEnvelope,
            format!("{name} is no time to compare with"),
        )
    })
}

/// How far two clocks may differ before a time counts as past or as ahead, in milliseconds.
pub(super) const SKEW_MS: u64 = 300_000;

/// Whether `at` is after a time by more than the skew; never without `at`.
pub(super) fn is_past(time: TimestampMs, at: Option<TimestampMs>, skew_ms: u64) -> bool {
    at.is_some_and(|at| at.value() > time.value().saturating_add(skew_ms))
}
