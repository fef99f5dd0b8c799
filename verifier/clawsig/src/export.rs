//! Export bundles (`schemas/clawsig.md` §7.3): one proof bundle with attestations about it, signed by the
//! exporter. Unlike an envelope, an export bundle signs its own header.

use evidence::fault::shorten;
use evidence::json::{Object, Value, jcs_without};
use evidence::report::Details;
use tlog::base64::encode_url;
use tlog::hash::sha256;
use tlog::index::TimestampMs;

use super::attestation_envelope::{self, Attestation, AttestationSubject};
use super::bundle::BundleFacts;
use super::envelope_forms::{AUDIT_RESULT_ENVELOPE, DERIVATION_ENVELOPE, EXECUTION_ENVELOPE};
use super::hashed::{Hashed, JCS};
use super::manifest::{self, ManifestArtifact, Reasons};
use super::nested::{self, NestedBundle};
use super::reason::keep_missing;
use super::schema::MemberForm::{self, AnyObject, Base64url, Closed, Constant, DateTime, Did, Same, Text};
use super::schema::{self, list_of};
use super::signed_envelope::{
    SKEW_MS, check_decodes, check_detached, check_did_syntax, is_past, key_of, time,
};
use super::{ClawsigFailure, ClawsigOptions, Reason};

/// `export_bundle.v1`, with room for any proof bundle.
pub(super) static FORM: MemberForm = Closed(
    &[
        ("export_version", Constant("1")),
        ("export_id", Text(1)),
        ("created_at", DateTime),
        ("issuer_did", Did),
        ("manifest", Same(&manifest::FORM)),
        ("artifacts", Same(&ARTIFACTS)),
        ("bundle_hash_b64u", Base64url),
        ("hash_algorithm", Constant("SHA-256")),
        ("signature_b64u", Base64url),
        ("algorithm", Constant("Ed25519")),
        ("issued_at", DateTime),
    ],
    &[("expires_at", DateTime), ("metadata", AnyObject)],
);

static ARTIFACTS: MemberForm = Closed(
    &[("proof_bundle_envelope", AnyObject)],
    &[
        ("execution_attestation_envelopes", list_of(&EXECUTION_ENVELOPE)),
        ("derivation_attestation_envelopes", list_of(&DERIVATION_ENVELOPE)),
        (
            "audit_result_attestation_envelopes",
            list_of(&AUDIT_RESULT_ENVELOPE),
        ),
    ],
);

/// The lists of attestations, in the order in which they are verified.
const ATTESTATIONS: [(&str, Attestation); 3] = [
    ("execution_attestation_envelopes", Attestation::Execution),
    ("derivation_attestation_envelopes", Attestation::Derivation),
    ("audit_result_attestation_envelopes", Attestation::AuditResult),
];

/// What the bundle's hash leaves out.
const UNSIGNED: [&str; 4] = [
    "bundle_hash_b64u",
    "hash_algorithm",
    "signature_b64u",
    "algorithm",
];

const REASONS: Reasons = Reasons {
    malformed: Reason::MalformedEnvelope,
    missing: Reason::MissingRequiredField,
};

/// An export bundle's artifacts.
struct Artifacts<'a>(&'a Object);

impl<'a> Artifacts<'a> {
    fn proof_bundle(&self) -> &'a Value {
        self.0.get("proof_bundle_envelope").unwrap_or(&Value::Null)
    }

    fn attestations(&self, list: &str) -> &'a [Value] {
        self.0.items(list)
    }

    /// All of them as the manifest has to list them.
    fn listed(&self) -> Vec<ManifestArtifact> {
        let path = "artifacts/proof_bundle_envelope.json".to_owned();
        let mut listed = vec![ManifestArtifact::new(path, self.proof_bundle())];
        for (list, _) in ATTESTATIONS {
            for (index, envelope) in self.attestations(list).iter().enumerate() {
                listed.push(ManifestArtifact::new(
                    format!("artifacts/{list}/{index}.json"),
                    envelope,
                ));
            }
        }
        listed
    }
}

/// The proof bundle of an export bundle, where it is in its place.
pub(super) fn proof_bundle(document: &Value) -> Option<&Value> {
    let artifacts = document.as_object()?.object("artifacts")?;
    artifacts.get("proof_bundle_envelope")
}

/// Holds an export bundle against its schema, its proof bundle included.
pub(super) fn check_form(document: &Value) -> Result<(), ClawsigFailure> {
    schema::check(&FORM, document)?;
    nested::check_form(proof_bundle(document).unwrap_or(&Value::Null))
}

/// Verifies an export bundle with all that it holds; what is missing is in the answer.
pub(super) fn verify(
    document: &Value,
    options: &ClawsigOptions<'_>,
    details: &mut Details,
) -> Result<NestedBundle, ClawsigFailure> {
    check_form(document)?;
    let object = document
        .as_object()
        .ok_or_else(|| ClawsigFailure::fail(Reason::SchemaValidationFailed, "the document is no object"))?;
    let text = |name: &str| object.text_or_empty(name);
    details.set("export_id", shorten(text("export_id")));
    details.set("issuer_did", shorten(text("issuer_did")));
    check_did_syntax(text("issuer_did"))?;
    check_times(object, options.at)?;
    details.checked("schema");

    let manifest = object.object("manifest");
    let artifacts = object.object("artifacts");
    let (Some(manifest), Some(artifacts)) = (manifest, artifacts.map(Artifacts)) else {
        return Err(ClawsigFailure::fail(
            Reason::SchemaValidationFailed,
            "an artifact is missing",
        ));
    };
    manifest::check(manifest, &artifacts.listed(), &REASONS)?;
    details.checked("manifest");
    check_signature(object, text("bundle_hash_b64u"), text("issuer_did"))?;
    details.checked("bundle_hash");
    details.checked("signature");
    if options.at.is_none() {
        details.not_checked("expiry");
    }

    let mut nested = nested::verify(artifacts.proof_bundle(), options)?;
    details.checked("proof_bundle");
    verify_attestations(&artifacts, &mut nested, options, details)?;
    details.checked("attestations");
    nested.facts.note(details);
    Ok(nested)
}

fn check_times(object: &Object, at: Option<TimestampMs>) -> Result<(), ClawsigFailure> {
    let text = |name: &str| object.text(name);
    let created_at = time(text("created_at").unwrap_or_default(), "created_at")?;
    let issued_at = time(text("issued_at").unwrap_or_default(), "issued_at")?;
    let expires_at = text("expires_at")
        .map(|text| time(text, "expires_at"))
        .transpose()?;
    nested::check_order(created_at, issued_at, at)?;
    if expires_at.is_some_and(|expires_at| is_past(expires_at, at, SKEW_MS)) {
        return Err(ClawsigFailure::fail(
            Reason::ExpiredTtl,
            "the export bundle has expired",
        ));
    }
    Ok(())
}

/// The hash that an export bundle states, and the text that it has to be of; `None` for another document.
pub(super) fn hashed(object: &Object) -> Option<Hashed> {
    Some(Hashed {
        pointer: "/bundle_hash_b64u".to_owned(),
        rule: JCS,
        stated: object.text("bundle_hash_b64u")?.to_owned(),
        text: jcs_without(object, &UNSIGNED),
    })
}

fn check_signature(object: &Object, stated: &str, issuer_did: &str) -> Result<(), ClawsigFailure> {
    let computed = encode_url(&sha256(jcs_without(object, &UNSIGNED).as_bytes()));
    if computed != stated {
        return Err(ClawsigFailure::fail(
            Reason::HashMismatch,
            format!(
                "the bundle's hash is {computed}, bundle_hash_b64u says {:?}",
                shorten(stated)
            ),
        ));
    }
    let signature = object.text("signature_b64u");
    let signature = signature.unwrap_or_default();
    let signer = key_of(issuer_did)?;
    check_decodes(signature)?;
    check_detached(&signer, signature, stated, Reason::SignatureInvalid)
}

fn verify_attestations(
    artifacts: &Artifacts<'_>,
    nested: &mut NestedBundle,
    options: &ClawsigOptions<'_>,
    details: &mut Details,
) -> Result<(), ClawsigFailure> {
    let bundle_hash = nested::payload_hash(artifacts.proof_bundle());
    for (list, attestation) in ATTESTATIONS {
        let envelopes = artifacts.attestations(list);
        for envelope in envelopes {
            let result = attestation_envelope::verify(envelope, attestation, options)
                .and_then(|about| check_about(&about, bundle_hash, &nested.facts));
            keep_missing(&mut nested.missing, result)?;
        }
        details.set(list, envelopes.len());
    }
    Ok(())
}

/// What an attestation says has to be about this bundle; what it does not say is no contradiction.
fn check_about(
    about: &AttestationSubject<'_>,
    bundle_hash: &str,
    facts: &BundleFacts,
) -> Result<(), ClawsigFailure> {
    let run_id = facts.run_id.as_deref();
    let compared = [
        ("proof bundle", about.proof_bundle_hash, Some(bundle_hash)),
        ("run", about.run_id.filter(|_| run_id.is_some()), run_id),
        ("agent", about.agent_did, Some(facts.agent_did.as_str())),
    ];
    for (what, stated, expected) in compared {
        if stated.is_some() && stated != expected {
            let message = format!("an attestation is about another {what}");
            return Err(ClawsigFailure::fail(Reason::HashMismatch, message));
        }
    }
    Ok(())
}
