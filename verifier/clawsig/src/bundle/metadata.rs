//! Signed statements in a bundle's metadata: step 18 (`schemas/clawsig.md` §5.5, §2.3, §6.2).
//!
//! What is wrong with one fails the bundle. Where nothing is, the bundle is INCOMPLETE at best: who may sign them,
//! and what they prove of the run, is not decided here.

use crate::envelope_forms::EnvelopeMemberForms;
use crate::reason::keep_missing;
use crate::schema::MemberForm::{self, AnyObject, Closed, Constant, Text, TextOf};
use crate::schema::{self, NONE, is_url_alphabet};
use crate::signed_envelope::{check_did_syntax, check_signed_by, key_of};
use crate::{ClawsigFailure, Reason};
use evidence::did::DidKey;
use evidence::envelope::UnverifiedEnvelope;
use evidence::json::{Object, Value};
use evidence::token::js_trim;

use super::chain::EventChain;
use super::{data_handling, normal_form, policy_binding, runner, signoff, trust};

/// Members that leave a bundle incomplete, of which not all is known that they mean.
const UNVERIFIED: [&str; 6] = [
    "policy_binding",
    "data_handling",
    "data_handling_receipts",
    "runner_measurement",
    "runner_attestation_receipt",
    signoff::SIGNOFFS,
];

/// Checks what is there, in the reference's order.
pub(super) fn check(
    metadata: &Object,
    bundle_id: &str,
    agent_did: &str,
    chain: Option<&EventChain<'_>>,
) -> Result<(), ClawsigFailure> {
    let mut missing = None;
    keep_missing(&mut missing, policy_binding::check(metadata, chain))?;
    keep_missing(&mut missing, data_handling::check(metadata, agent_did, chain))?;
    keep_missing(&mut missing, runner::check_measurement(metadata))?;
    keep_missing(
        &mut missing,
        runner::check_attestation(metadata, agent_did, chain),
    )?;
    keep_missing(&mut missing, signoff::check(metadata, bundle_id, chain))?;
    let egress = egress_receipt(metadata);
    if let Some(egress) = egress {
        check_egress(egress, chain).map_err(|failure| within(EGRESS, failure))?;
    }
    if let Some(missing) = missing {
        return Err(missing);
    }
    let unverified = UNVERIFIED.into_iter().find(|name| metadata.get(name).is_some());
    match unverified.or(egress.map(|_| EGRESS)) {
        None => Ok(()),
        Some(name) => {
            let message = format!("the bundle's metadata has {name}, whose rules are not all known here");
            Err(ClawsigFailure::incomplete(Reason::EvidenceNotVerified, message))
        }
    }
}

/// base64url of any length, canonical or not.
pub(super) const ANY_BASE64URL: MemberForm = TextOf("base64url", is_url_alphabet);
/// A string with more than blanks in it.
pub(super) const NOT_BLANK: MemberForm = TextOf("a string that is not blank", is_not_blank);
/// A DID of one of the methods that the reference knows.
pub(super) const DID: MemberForm = TextOf("a did:key or did:web", is_did);

fn is_not_blank(text: &str) -> bool {
    !js_trim(text).is_empty()
}

fn is_did(text: &str) -> bool {
    check_did_syntax(text).is_ok()
}

/// The key of a signer; where there is none, the form is what is wrong.
pub(super) fn key(did: &str) -> Result<DidKey, ClawsigFailure> {
    key_of(did).map_err(|failure| match failure.reason {
        Reason::InvalidDidFormat => failure.under(Reason::SchemaValidationFailed),
        _ => failure,
    })
}

const EGRESS: &str = "egress_policy_receipt";

pub(super) fn egress_receipt(metadata: &Object) -> Option<&Value> {
    metadata.object("sentinels")?.get(EGRESS)
}

fn within(name: &str, mut failure: ClawsigFailure) -> ClawsigFailure {
    failure.message = format!("{name}: {}", failure.message);
    failure
}

/// Form, hash, signature, and run and event of the binding.
fn check_egress(envelope: &Value, chain: Option<&EventChain<'_>>) -> Result<(), ClawsigFailure> {
    schema::check(&ENVELOPE, envelope)?;
    let Some(envelope) = envelope.as_object() else {
        return Ok(());
    };
    let envelope = UnverifiedEnvelope::new(envelope);
    if envelope.text("envelope_type") != EGRESS {
        let message = format!("the envelope is not a {EGRESS}");
        return Err(ClawsigFailure::fail(Reason::SchemaValidationFailed, message));
    }
    if !envelope.has_payload_hash() {
        let message = "the payload has another hash than the envelope says";
        return Err(ClawsigFailure::fail(Reason::HashMismatch, message));
    }
    check_signed_by(envelope, &key_of(envelope.text("signer_did"))?)?;
    let Some(payload) = envelope.payload().as_object() else {
        return Ok(());
    };
    check_bound(payload.object("binding"), chain)?;
    trust::check_logged(payload, egress_leaf)
}

/// What the log has of an egress receipt: its members in a fixed order, without the proof.
fn egress_leaf(payload: &Object) -> Result<Value, ClawsigFailure> {
    let version = Value::String("egress_policy_receipt_v1".to_owned());
    let mut members = vec![("leaf_version", version)];
    for name in EGRESS_MEMBERS {
        let value = payload.get(name).cloned();
        // Only this one is null where it is not there.
        let absent = (name == "effective_policy_hash_b64u").then_some(Value::Null);
        members.extend(value.or(absent).map(|value| (name, value)));
    }
    let binding = payload.object("binding");
    let binding = trust::picked(binding, &["run_id", "event_hash_b64u"]);
    members.push(("binding", normal_form::object(binding)?));
    normal_form::object(members)
}

const EGRESS_MEMBERS: [&str; 15] = [
    "receipt_version",
    "receipt_id",
    "policy_version",
    "policy_hash_b64u",
    "effective_policy_hash_b64u",
    "proofed_mode",
    "clawproxy_url",
    "allowed_proxy_destinations",
    "allowed_child_destinations",
    "direct_provider_access_blocked",
    "blocked_attempt_count",
    "blocked_attempts_observed",
    "hash_algorithm",
    "agent_did",
    "timestamp",
];

/// Whether a binding is to the chain's run and one of its events.
pub(super) fn check_bound(
    binding: Option<&Object>,
    chain: Option<&EventChain<'_>>,
) -> Result<(), ClawsigFailure> {
    let bound = |name: &str| binding?.text(name);
    let Some(chain) = chain else {
        let message = "there is no event chain that it could be bound to";
        return Err(ClawsigFailure::fail(Reason::ReceiptBindingMismatch, message));
    };
    let event = bound("event_hash_b64u").is_some_and(|event_hash| chain.known.contains(event_hash));
    if bound("run_id") == Some(chain.run_id) && event {
        return Ok(());
    }
    let message = "it is bound to another run or event than the bundle's";
    Err(ClawsigFailure::fail(Reason::ReceiptBindingMismatch, message))
}

/// What the schemas of the receipts in a bundle's metadata say about their envelopes.
pub(super) const fn header(envelope_type: &'static str, payload: MemberForm) -> EnvelopeMemberForms {
    EnvelopeMemberForms {
        hash: ANY_BASE64URL,
        hash_algorithm: SHA_256,
        signer: DID,
        ..EnvelopeMemberForms::new(envelope_type, payload)
    }
}

const SHA_256: MemberForm = Constant("SHA-256");

static ENVELOPE: MemberForm = Closed(
    &EnvelopeMemberForms {
        envelope_type: Text(1),
        hash_algorithm: SHA_256,
        ..EnvelopeMemberForms::new(EGRESS, AnyObject)
    }
    .members(),
    NONE,
);
