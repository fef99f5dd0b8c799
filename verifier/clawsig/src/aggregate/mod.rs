//! Aggregate bundles (`schemas/clawsig.md` §7.4): the proof bundles of a fleet under one signature.

mod across;
mod member;
mod rates;

use evidence::fault::shorten;
use evidence::json::{Object, Value};
use evidence::report::Details;
use tlog::index::TimestampMs;

use super::envelope_forms::{EXPIRES, envelope};
use super::manifest::{self, ManifestArtifact, Reasons};
use super::nested;
use super::reason::keep_missing;
use super::schema::MemberForm::{
    self, AnyObject, Closed, Constant, DateTime, Did, List, Number, Open, Same, Text,
};
use super::schema::{self, NONE};
use super::signed_envelope::{self, EnvelopeForm, SKEW_MS, WellFormedEnvelope, is_past, time};
use super::{ClawsigFailure, ClawsigOptions, Reason};

use across::Across;
use member::AggregateMember;

/// Most members.
const MEMBERS_MAX: usize = 1000;

/// `aggregate_bundle_envelope.v1`, with room for any members.
pub(crate) static FORM: MemberForm = Closed(&envelope("aggregate_bundle", &PAYLOAD), EXPIRES);

static PAYLOAD: MemberForm = Closed(
    &[
        ("aggregate_version", Constant("1")),
        ("aggregate_id", Text(1)),
        ("created_at", DateTime),
        ("issuer_did", Did),
        ("manifest", Same(&manifest::FORM)),
        ("artifacts", Same(&ARTIFACTS)),
        ("metadata", Same(&METADATA)),
    ],
    &[("expires_at", DateTime)],
);

static ARTIFACTS: MemberForm = Closed(&[("member_bundles", List(1, MEMBERS_MAX, &AnyObject))], NONE);

static METADATA: MemberForm = Open(
    &[(
        "fleet_summary",
        Closed(
            &[
                ("total_members", AT_LEAST_ONE),
                ("unique_agents", AT_LEAST_ONE),
                ("total_runs", AT_LEAST_ONE),
            ],
            &[("fleet_proof_tier", Text(0))],
        ),
    )],
    NONE,
);

const AT_LEAST_ONE: MemberForm = Number(1.0, f64::MAX);

const EXPECTED: EnvelopeForm = EnvelopeForm {
    envelope_type: "aggregate_bundle",
    versions: &[("1", &FORM)],
};

const REASONS: Reasons = Reasons {
    malformed: Reason::AggregateBundleInvalid,
    missing: Reason::HashMismatch,
};

/// Verifies an aggregate bundle with every member.
pub(super) fn verify(
    document: &Value,
    options: &ClawsigOptions<'_>,
    details: &mut Details,
) -> Result<(), ClawsigFailure> {
    // Here the schema comes first, and with it everything that is a code of its own elsewhere.
    schema::check(&FORM, document)?;
    let envelope = signed_envelope::read(document, &EXPECTED)?;
    envelope.note(details);
    let artifacts = envelope.payload_member("artifacts").and_then(Value::as_object);
    let members = artifacts
        .and_then(|artifacts| artifacts.get("member_bundles")?.as_array())
        .unwrap_or_default();
    for member in members {
        member::check_form(member)?;
    }
    details.checked("schema");
    details.set("aggregate_id", shorten(envelope.payload_text("aggregate_id")));
    check_signer(&envelope)?;
    let expires_at = check_times(&envelope, options.at)?;
    envelope.check_hash(Reason::UnknownHashAlgorithm)?;
    signed_envelope::key_of(envelope.text("signer_did"))?;
    signed_envelope::check_decodes(envelope.text("signature_b64u"))?;
    envelope.check_signature()?;
    details.checked("payload_hash");
    details.checked("signature");
    if options.at.is_none() {
        details.not_checked("expiry");
    }

    check_manifest(&envelope, members)?;
    details.checked("manifest");
    let mut across = Across::new(envelope.payload_text("issuer_did"), expires_at);
    let mut missing = None;
    for (index, member) in members.iter().enumerate() {
        let result = AggregateMember::verify(member, options).and_then(|member| {
            across.add(&member, options.at)?;
            member.missing.map_or(Ok(()), Err)
        });
        let result = result.map_err(|failure| ClawsigFailure {
            message: format!("member {index}: {}", failure.message),
            ..failure
        });
        keep_missing(&mut missing, result)?;
    }
    details.checked("members");
    across.check_rates()?;
    details.checked("rate_limits");
    let summary = envelope
        .payload_member("metadata")
        .and_then(|metadata| metadata.as_object()?.object("fleet_summary"));
    across.check_summary(summary, members.len())?;
    details.checked("fleet_summary");
    across.note(members.len(), details);
    missing.map_or(Ok(()), Err)
}

fn check_signer(envelope: &WellFormedEnvelope<'_>) -> Result<(), ClawsigFailure> {
    envelope.check_signer()?;
    let issuer = envelope.payload_text("issuer_did");
    signed_envelope::check_did_syntax(issuer)?;
    if issuer == envelope.text("signer_did") {
        return Ok(());
    }
    Err(ClawsigFailure::fail(
        Reason::AggregateSignerMismatch,
        "the aggregate is signed by another than its issuer_did",
    ))
}

/// The times in the reference's order; the answer is the end that is signed.
fn check_times(
    envelope: &WellFormedEnvelope<'_>,
    at: Option<TimestampMs>,
) -> Result<Option<TimestampMs>, ClawsigFailure> {
    let created_at = time(envelope.payload_text("created_at"), "created_at")?;
    let issued_at = time(envelope.text("issued_at"), "issued_at")?;
    let end = |object: Option<&Object>| {
        let text = object.and_then(|object| object.text("expires_at"));
        text.map(|text| time(text, "expires_at")).transpose()
    };
    let signed = end(envelope.document().object("payload"))?;
    let unsigned = end(Some(envelope.document()))?;
    nested::check_order(created_at, issued_at, at)?;
    for (expires_at, what) in [(signed, "aggregate"), (unsigned, "envelope")] {
        if expires_at.is_some_and(|expires_at| is_past(expires_at, at, SKEW_MS)) {
            let message = format!("the {what} has expired");
            return Err(ClawsigFailure::fail(Reason::ExpiredTtl, message));
        }
    }
    Ok(signed)
}

/// Members are in the order of their hashes, as texts, each once, and the manifest lists them.
fn check_manifest(envelope: &WellFormedEnvelope<'_>, members: &[Value]) -> Result<(), ClawsigFailure> {
    let listed: Vec<ManifestArtifact> = members
        .iter()
        .enumerate()
        .map(|(index, member)| {
            ManifestArtifact::new(format!("artifacts/member_bundles/{index}.json"), member)
        })
        .collect();
    for (one, next) in listed.iter().zip(listed.iter().skip(1)) {
        if next.hash < one.hash {
            return Err(ClawsigFailure::fail(
                Reason::UnsortedMemberArray,
                "the members are not in the order of their hashes",
            ));
        }
        // In ascending order, equal ones are next to each other.
        if next.hash == one.hash {
            return Err(ClawsigFailure::fail(
                Reason::AggregateDuplicateMember,
                "a member is in the aggregate twice",
            ));
        }
    }
    let manifest = envelope.payload_member("manifest").and_then(Value::as_object);
    let manifest = manifest
        .ok_or_else(|| ClawsigFailure::fail(Reason::SchemaValidationFailed, "the manifest is no object"))?;
    manifest::check(manifest, &listed, &REASONS)
}
