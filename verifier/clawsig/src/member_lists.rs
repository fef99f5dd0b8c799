//! The member names of clawsig's forms, by the reference's schema files: what a comparison with the reference's own
//! schemas needs, so that a member that the reference knows is never missed here without anybody having decided so.

use std::collections::{BTreeMap, BTreeSet};

use super::bundle::{forms, policy_binding, prompts, urm};
use super::receipt_forms;
use super::schema::{MemberForm, MemberTable};
use super::{
    aggregate, disclosure, envelope_forms, evidence_forms, export, manifest, model_forms, tool_forms,
};

/// The members of one object.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MemberList {
    /// All that are known.
    pub members: BTreeSet<&'static str>,
    /// Those that must be there.
    pub required: BTreeSet<&'static str>,
    /// Whether others are refused.
    pub closed: bool,
}

/// The objects of a schema by their paths: `/` is the document, `/*` an item of a list.
type MemberPaths = BTreeMap<String, MemberList>;

/// Every form that a schema file of the reference describes, under the file's name.
pub fn member_lists() -> BTreeMap<String, MemberPaths> {
    let mut lists = MemberListFile::default();
    bundles(&mut lists);
    receipts(&mut lists);
    attestations(&mut lists);
    lists.0
}

fn bundles(lists: &mut MemberListFile) {
    lists.envelope("aggregate_bundle", &aggregate::FORM);
    lists.add("export_bundle.v1.json", "/", &export::FORM);
    lists.add("export_bundle_manifest.v1.json", "/", &manifest::FORM);
    lists.add("proof_bundle_envelope.v1.json", "/", &forms::ENVELOPE);
    lists.add("proof_bundle.v1.json", "/", &forms::PAYLOAD);
    lists.add("proof_bundle.v1.json", "/receipts/*", &receipt_forms::RECEIPT);
    lists.add("urm.v1.json", "/", &urm::URM);
    lists.add("prompt_pack.v1.json", "/", &prompts::PROMPT_PACK);
    lists.add("system_prompt_report.v1.json", "/", &prompts::REPORT);
    lists.envelope("signed_policy_bundle", &policy_binding::ENVELOPE);
}

fn receipts(lists: &mut MemberListFile) {
    lists.envelope("gateway_receipt", &receipt_forms::RECEIPT);
    let further = &receipt_forms::FURTHER_METADATA;
    lists.add("gateway_receipt.v1.json", "/metadata", further);
    lists.add("kinematic_fingerprint.v1.json", "/", &receipt_forms::FINGERPRINT);
    lists.add("sentinel_anomaly_report.v1.json", "/", &receipt_forms::ANOMALIES);
    lists.add("model_identity.v1.json", "/", &model_forms::MODEL_IDENTITY);
    lists.add("receipt_binding.v1.json", "/", &tool_forms::BINDING);
    lists.envelope("tool_receipt", &tool_forms::ENVELOPE_V1);
    lists.add("tool_receipt.v2.json", "/", &tool_forms::PAYLOAD_V2);
    lists.add("tool_receipt_envelope.v2.json", "/", &tool_forms::ENVELOPE_V2);
    lists.add("co_signature.v1.json", "/", &tool_forms::CO_SIGNATURE);
    lists.add("selective_disclosure.v1.json", "/", &disclosure::FORM);
    lists.envelope("side_effect_receipt", &envelope_forms::SIDE_EFFECT_ENVELOPE);
    lists.envelope("human_approval_receipt", &envelope_forms::APPROVAL_ENVELOPE);
    lists.envelope("web_receipt", &envelope_forms::WEB_RECEIPT_ENVELOPE);
    lists.envelope("vir", &evidence_forms::VIR_ENVELOPE_V1);
    lists.add("vir_envelope.v2.json", "/", &evidence_forms::VIR_ENVELOPE_V2);
    lists.payload_of("vir.v2.json", &evidence_forms::VIR_ENVELOPE_V2);
}

fn attestations(lists: &mut MemberListFile) {
    lists.envelope("execution_attestation", &envelope_forms::EXECUTION_ENVELOPE);
    lists.envelope("derivation_attestation", &envelope_forms::DERIVATION_ENVELOPE);
    lists.envelope("audit_result_attestation", &envelope_forms::AUDIT_RESULT_ENVELOPE);
    lists.envelope("coverage_attestation", &evidence_forms::COVERAGE_ENVELOPE);
    lists.envelope("binary_semantic_evidence", &evidence_forms::BINARY_ENVELOPE);
    lists.add("log_inclusion_proof.v1.json", "/", &envelope_forms::LOG_PROOF);
    lists.payload_of("commit_proof.v1.json", &envelope_forms::COMMIT_PROOF_ENVELOPE);
}

#[derive(Default)]
struct MemberListFile(BTreeMap<String, MemberPaths>);

impl MemberListFile {
    /// An envelope of version 1 and its payload, which have a file each.
    fn envelope(&mut self, name: &str, form: &MemberForm) {
        self.add(&format!("{name}_envelope.v1.json"), "/", form);
        self.payload_of(&format!("{name}.v1.json"), form);
    }

    fn payload_of(&mut self, file: &str, envelope: &MemberForm) {
        if let Some(payload) = payload(envelope) {
            self.add(file, "/", payload);
        }
    }

    /// Adds the objects of a form, which is at `path`; what two forms say about one object is joined.
    fn add(&mut self, file: &str, path: &str, form: &MemberForm) {
        walk(form, path, self.0.entry(file.to_owned()).or_default());
    }
}

fn payload(envelope: &MemberForm) -> Option<&MemberForm> {
    let (MemberForm::Closed(required, _) | MemberForm::Open(required, _)) = envelope else {
        return None;
    };
    required
        .iter()
        .find(|(name, _)| *name == "payload")
        .map(|(_, form)| form)
}

/// The depth is that of a table, which does not refer to itself.
fn walk(form: &MemberForm, path: &str, paths: &mut MemberPaths) {
    let below = |step: &str| format!("{}/{step}", path.trim_end_matches('/'));
    match form {
        MemberForm::Closed(required, optional) | MemberForm::Open(required, optional) => {
            let list = paths.entry(path.to_owned()).or_default();
            let names = |members: MemberTable| members.iter().map(|(name, _)| *name);
            list.members.extend(names(required).chain(names(optional)));
            list.required.extend(names(required));
            list.closed |= matches!(form, MemberForm::Closed(..));
            for (name, member) in required.iter().chain(*optional) {
                walk(member, &below(name), paths);
            }
        }
        MemberForm::List(_, _, item) | MemberForm::Map(item) => walk(item, &below("*"), paths),
        MemberForm::Same(form) | MemberForm::Nullable(form) => walk(form, path, paths),
        _ => {}
    }
}
