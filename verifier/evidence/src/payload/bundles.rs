//! Proof, export and aggregate bundles.
//!
//! Only the bundle's own form is decided here. What it embeds is checked when a job is assessed: a
//! bundle that embeds a bad receipt is evidence too, and refusing it would hide who signed it.

use crate::caller_text::CallerText;
use crate::fault::Fault;
use crate::id::check_id;
use crate::json::{Object, Value};

use super::fields::PayloadFields;
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
        let mut fields = PayloadFields::new(object, at);
        fields.required("bundle_version", forms::constant("1"))?;
        let bundle_id = fields.required("bundle_id", forms::id)?;
        let agent_did = fields.required("agent_did", forms::did)?;
        let mut evidence = fields.optional("urm", urm)?.is_some();
        let chain = fields.optional("event_chain", forms::list(1..=ITEMS_MAX, event_run_id))?;
        evidence |= chain.is_some();
        for &(name, items_max) in EVIDENCE {
            evidence |= fields
                .optional(name, forms::list(0..=items_max, forms::object))?
                .is_some();
        }
        fields.optional(
            "rate_limit_claims",
            forms::list(0..=RATE_LIMIT_CLAIMS_MAX, forms::object),
        )?;
        fields.optional("eip8004_agent_id", forms::parsed("decimal digits", digits))?;
        fields.optional("eip8004_registry", forms::id)?;
        fields.optional("metadata", forms::object)?;
        fields.finish()?;
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
        let mut fields = PayloadFields::new(object, at);
        fields.required("export_version", forms::constant("1"))?;
        let bundle_id = fields.required("export_id", forms::id)?;
        let author = fields.required("issuer_did", forms::did)?;
        fields.required("created_at", forms::timestamp)?;
        fields.required("issued_at", forms::timestamp)?;
        fields.optional("expires_at", forms::timestamp)?;
        fields.required("manifest", manifest)?;
        let embedded = fields.required("artifacts", export_artifacts)?;
        fields.optional("metadata", forms::object)?;
        fields.required(
            "bundle_hash_b64u",
            forms::b64u_hash(crate::digest::PayloadHash::parse),
        )?;
        fields.required("hash_algorithm", forms::constant("SHA-256"))?;
        fields.required("algorithm", forms::constant("Ed25519"))?;
        fields.required(
            "signature_b64u",
            forms::b64u_hash(tlog::base64::decode_url_array::<64>),
        )?;
        fields.finish()?;
        let (agent_did, run_ids) = embedded.map(embedded_subjects).unwrap_or_default();
        Ok(Self {
            form: BundleForm::Export,
            bundle_id,
            author,
            agent_did,
            run_ids,
        })
    }

    pub(crate) fn decode_aggregate(object: &Object, at: &Pointer<'_>) -> Result<Self, Fault> {
        let mut fields = PayloadFields::new(object, at);
        fields.required("aggregate_version", forms::constant("1"))?;
        let bundle_id = fields.required("aggregate_id", forms::id)?;
        let author = fields.required("issuer_did", forms::did)?;
        fields.required("created_at", forms::timestamp)?;
        fields.optional("expires_at", forms::timestamp)?;
        fields.required("manifest", manifest)?;
        fields.required("artifacts", |value, at| {
            let mut fields = PayloadFields::of(value, at)?;
            fields.required("member_bundles", forms::list(1..=ITEMS_MAX, forms::object))?;
            fields.finish()
        })?;
        fields.required("metadata", |value, at| {
            PayloadFields::of(value, at)?.required("fleet_summary", fleet_summary)
        })?;
        fields.finish()?;
        Ok(Self {
            form: BundleForm::Aggregate,
            bundle_id,
            author,
            agent_did: None,
            run_ids: Vec::new(),
        })
    }
}

fn digits(text: &str) -> Option<()> {
    let digits = (1..=78).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some(())
}

/// The reference to a run's manifest, which travels with the bundle.
fn urm(value: &Value, at: &Pointer<'_>) -> Result<(), Fault> {
    let mut fields = PayloadFields::of(value, at)?;
    fields.required("urm_version", forms::constant("1"))?;
    fields.required("urm_id", forms::id)?;
    fields.required("resource_type", forms::id)?;
    fields.required("resource_hash_b64u", forms::b64u)?;
    fields.optional("metadata", forms::object)?;
    fields.finish()
}

/// One event of the chain; the answer is its run.
fn event_run_id(value: &Value, at: &Pointer<'_>) -> Result<CallerText, Fault> {
    let mut fields = PayloadFields::of(value, at)?;
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
    fields.finish()?;
    Ok(run_id)
}

fn manifest(value: &Value, at: &Pointer<'_>) -> Result<(), Fault> {
    let mut fields = PayloadFields::of(value, at)?;
    fields.required("manifest_version", forms::constant("1"))?;
    fields.required("generated_at", forms::timestamp)?;
    fields.required(
        "entries",
        forms::list(1..=MANIFEST_MAX, |value, at| {
            let mut fields = PayloadFields::of(value, at)?;
            fields.required("path", forms::short_text)?;
            fields.required("sha256_b64u", forms::b64u)?;
            fields.required("content_type", forms::text(1..=256))?;
            fields.required("size_bytes", forms::count)?;
            fields.finish()
        }),
    )?;
    fields.finish()
}

/// The answer is the payload of the embedded proof bundle, where there is an object in its place.
fn export_artifacts<'a>(value: &'a Value, at: &Pointer<'_>) -> Result<Option<&'a Object>, Fault> {
    let mut fields = PayloadFields::of(value, at)?;
    let envelope = fields.required("proof_bundle_envelope", forms::object)?;
    for name in [
        "execution_attestation_envelopes",
        "derivation_attestation_envelopes",
        "audit_result_attestation_envelopes",
    ] {
        fields.optional(name, forms::list(0..=ITEMS_MAX, forms::object))?;
    }
    fields.finish()?;
    Ok(envelope.object("payload"))
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

fn fleet_summary(value: &Value, at: &Pointer<'_>) -> Result<(), Fault> {
    const TIERS: &[&str] = &["unknown", "self", "gateway", "sandbox", "tee", "witnessed_web"];
    let mut fields = PayloadFields::of(value, at)?;
    for name in ["total_members", "unique_agents", "total_runs"] {
        fields.required(name, forms::count)?;
    }
    fields.optional("fleet_proof_tier", forms::one_of(TIERS))?;
    fields.finish()
}
