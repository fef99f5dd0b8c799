//! Proof, export and aggregate bundles.
//!
//! Only the bundle's own form is decided here. What it embeds is checked when a job is assessed: a
//! bundle that embeds a bad receipt is evidence too, and refusing it would hide who signed it.

use crate::caller_text::CallerText;
use crate::digest::PayloadHash;
use crate::fault::Fault;
use crate::id::check_id;
use crate::json::{Object, Value};
use tlog::base64::decode_url_array;

use super::fields::{PayloadFields, members_of};
use super::forms;
use crate::json::pointer::Pointer;

/// Most events of a chain, embedded receipts of a kind, and members of an aggregate.
const ITEMS_MAX: usize = 1000;
/// Most attestations of a bundle.
const ATTESTATIONS_MAX: usize = 100;
/// Most rate-limit claims of a bundle.
const RATE_LIMIT_CLAIMS_MAX: usize = 256;
/// Most entries of a manifest: the members of the largest aggregate, with room for attestations.
const MANIFEST_MAX: usize = 4096;

/// Embedded evidence: arrays of objects. A proof bundle needs a URM or one of these.
const EVIDENCE: &[(&str, usize)] = &[
    ("receipts", ITEMS_MAX),
    ("tool_receipts", ITEMS_MAX),
    ("side_effect_receipts", ITEMS_MAX),
    ("human_approval_receipts", ITEMS_MAX),
    ("delegation_receipts", ITEMS_MAX),
    ("vir_receipts", ITEMS_MAX),
    ("web_receipts", ITEMS_MAX),
    ("coverage_attestations", ITEMS_MAX),
    ("binary_semantic_evidence_attestations", ITEMS_MAX),
    ("attestations", ATTESTATIONS_MAX),
];

/// Which of clawsig's three bundles.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BundleForm {
    /// `proof_bundle`: an agent's own account of a run.
    Proof,
    /// The flat export bundle around one proof bundle.
    Export,
    /// `aggregate_bundle`: many proof bundles.
    Aggregate,
}

/// Any bundle.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bundle {
    /// Which of the three forms of bundle it is.
    pub form: BundleForm,
    /// `bundle_id`, `export_id` or `aggregate_id`.
    pub bundle_id: String,
    /// Who has to have signed it: `agent_did`, or `issuer_did`.
    pub author: String,
    /// The agent whose run it tells; of an export, by the word of the embedded bundle.
    pub agent_did: Option<String>,
    /// The runs of its event chain, each once, in order; of an export, of the embedded bundle.
    pub run_ids: Vec<CallerText>,
}

impl Bundle {
    pub(crate) fn decode_proof(object: &Object, at: &Pointer<'_>) -> Result<Self, Fault> {
        let (bundle_id, agent_did, chain, evidence) = PayloadFields::all(object, at, |fields| {
            fields.required("bundle_version", forms::constant("1"))?;
            let bundle_id = fields.required("bundle_id", forms::id)?;
            let agent_did = fields.required("agent_did", forms::did)?;
            let mut evidence = fields.optional("urm", members_of(urm))?.is_some();
            let events = forms::list(1..=ITEMS_MAX, members_of(event_run_id));
            let chain = fields.optional("event_chain", events)?;
            evidence |= chain.is_some();
            for &(name, items_max) in EVIDENCE {
                evidence |= fields
                    .optional(name, forms::list(0..=items_max, forms::object))?
                    .is_some();
            }
            let claims = forms::list(0..=RATE_LIMIT_CLAIMS_MAX, forms::object);
            fields.optional("rate_limit_claims", claims)?;
            fields.optional("eip8004_agent_id", forms::parsed("decimal digits", digits))?;
            fields.optional("eip8004_registry", forms::id)?;
            fields.optional("metadata", forms::object)?;
            Ok((bundle_id, agent_did, chain, evidence))
        })?;
        if !evidence {
            return Err(at.invalid("a urm, an event chain or embedded evidence", "none of them"));
        }
        let mut run_ids = Vec::new();
        for run_id in chain.unwrap_or_default() {
            // A sound chain has one run, so its last run is nearly always the same.
            if !run_ids.contains(&run_id) {
                run_ids.push(run_id);
            }
        }
        let author = agent_did.clone();
        Ok(Self {
            form: BundleForm::Proof,
            bundle_id,
            author,
            agent_did: Some(agent_did),
            run_ids,
        })
    }

    /// The whole document is the payload: an export bundle is not an envelope.
    pub(crate) fn decode_export(object: &Object, at: &Pointer<'_>) -> Result<Self, Fault> {
        PayloadFields::all(object, at, |fields| {
            fields.required("export_version", forms::constant("1"))?;
            let bundle_id = fields.required("export_id", forms::id)?;
            let author = fields.required("issuer_did", forms::did)?;
            fields.required("created_at", forms::timestamp)?;
            fields.required("issued_at", forms::timestamp)?;
            fields.optional("expires_at", forms::timestamp)?;
            fields.required("manifest", members_of(manifest))?;
            let embedded = fields.required("artifacts", export_artifacts)?;
            fields.optional("metadata", forms::object)?;
            fields.required("bundle_hash_b64u", forms::b64u_hash(PayloadHash::parse))?;
            fields.required("hash_algorithm", forms::constant("SHA-256"))?;
            fields.required("algorithm", forms::constant("Ed25519"))?;
            fields.required("signature_b64u", forms::b64u_hash(decode_url_array::<64>))?;
            let (agent_did, run_ids) = embedded.map(embedded_subjects).unwrap_or_default();
            Ok(Self {
                form: BundleForm::Export,
                bundle_id,
                author,
                agent_did,
                run_ids,
            })
        })
    }

    pub(crate) fn decode_aggregate(object: &Object, at: &Pointer<'_>) -> Result<Self, Fault> {
        PayloadFields::all(object, at, |fields| {
            fields.required("aggregate_version", forms::constant("1"))?;
            let bundle_id = fields.required("aggregate_id", forms::id)?;
            let author = fields.required("issuer_did", forms::did)?;
            fields.required("created_at", forms::timestamp)?;
            fields.optional("expires_at", forms::timestamp)?;
            fields.required("manifest", members_of(manifest))?;
            let members = |fields: &mut PayloadFields<'_, '_>| {
                fields
                    .required("member_bundles", forms::list(1..=ITEMS_MAX, forms::object))
                    .map(drop)
            };
            fields.required("artifacts", members_of(members))?;
            fields.required("metadata", |value, at| {
                PayloadFields::open(value, at, |fields| {
                    fields.required("fleet_summary", members_of(fleet_summary))
                })
            })?;
            Ok(Self {
                form: BundleForm::Aggregate,
                bundle_id,
                author,
                agent_did: None,
                run_ids: Vec::new(),
            })
        })
    }
}

fn digits(text: &str) -> Option<()> {
    let digits = (1..=78).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some(())
}

/// The reference to a run's manifest, which travels with the bundle.
fn urm(fields: &mut PayloadFields<'_, '_>) -> Result<(), Fault> {
    fields.required("urm_version", forms::constant("1"))?;
    fields.required("urm_id", forms::id)?;
    fields.required("resource_type", forms::id)?;
    fields.required("resource_hash_b64u", forms::b64u)?;
    fields.optional("metadata", forms::object)?;
    Ok(())
}

/// One event of the chain; the answer is its run.
fn event_run_id(fields: &mut PayloadFields<'_, '_>) -> Result<CallerText, Fault> {
    fields.required("event_id", forms::caller_text)?;
    let run_id = fields.required("run_id", forms::caller_text)?;
    fields.required("event_type", forms::caller_text)?;
    fields.required("timestamp", forms::timestamp)?;
    fields.required("payload_hash_b64u", forms::b64u)?;
    fields.required("prev_hash_b64u", |value, at| match value {
        Value::Null => Ok(None),
        _ => forms::b64u(value, at).map(Some),
    })?;
    fields.required("event_hash_b64u", forms::b64u)?;
    Ok(run_id)
}

fn manifest(fields: &mut PayloadFields<'_, '_>) -> Result<(), Fault> {
    fields.required("manifest_version", forms::constant("1"))?;
    fields.required("generated_at", forms::timestamp)?;
    fields.required(
        "entries",
        forms::list(1..=MANIFEST_MAX, members_of(manifest_entry)),
    )?;
    Ok(())
}

fn manifest_entry(fields: &mut PayloadFields<'_, '_>) -> Result<(), Fault> {
    fields.required("path", forms::short_text)?;
    fields.required("sha256_b64u", forms::b64u)?;
    fields.required("content_type", forms::text(1..=256))?;
    fields.required("size_bytes", forms::count)?;
    Ok(())
}

/// The answer is the payload of the embedded proof bundle, where there is an object in its place.
fn export_artifacts<'a>(value: &'a Value, at: &Pointer<'_>) -> Result<Option<&'a Object>, Fault> {
    PayloadFields::of(value, at, |fields| {
        let envelope = fields.required("proof_bundle_envelope", forms::object)?;
        for name in [
            "execution_attestation_envelopes",
            "derivation_attestation_envelopes",
            "audit_result_attestation_envelopes",
        ] {
            fields.optional(name, forms::list(0..=ITEMS_MAX, forms::object))?;
        }
        Ok(envelope.object("payload"))
    })
}

/// The agent and the runs that an embedded bundle names. It is not verified, so whatever is not an
/// id, or too much, is passed over rather than refused.
fn embedded_subjects(payload: &Object) -> (Option<String>, Vec<CallerText>) {
    let id = |value: &Value| {
        value
            .as_str()
            .filter(|text| check_id(text, "").is_ok())
            .map(str::to_owned)
    };
    let events = payload.items("event_chain");
    let mut run_ids = Vec::new();
    for event in events {
        let run_id = event
            .as_object()
            .and_then(|event| event.text("run_id"))
            .and_then(CallerText::parse);
        if let Some(run_id) = run_id.filter(|run_id| !run_ids.contains(run_id)) {
            run_ids.push(run_id);
            if run_ids.len() == EMBEDDED_RUNS_MAX {
                break;
            }
        }
    }
    (payload.get("agent_did").and_then(id), run_ids)
}

/// Most runs taken from an embedded bundle, so that a bundle with a senseless chain still leaves
/// room in the entry for its other subjects.
const EMBEDDED_RUNS_MAX: usize = 16;

fn fleet_summary(fields: &mut PayloadFields<'_, '_>) -> Result<(), Fault> {
    const TIERS: &[&str] = &["unknown", "self", "gateway", "sandbox", "tee", "witnessed_web"];
    for name in ["total_members", "unique_agents", "total_runs"] {
        fields.required(name, forms::count)?;
    }
    fields.optional("fleet_proof_tier", forms::one_of(TIERS))?;
    Ok(())
}
