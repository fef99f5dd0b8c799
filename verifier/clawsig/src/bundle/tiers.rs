//! What a bundle that verifies is worth: step 29 (`schemas/clawsig.md` §5.4).

use evidence::json::{Object, Value, hash_jcs, to_js_string};
use evidence::texts;
use tlog::base64;
use tlog::hash::sha256;

texts!(
/// Who vouches for the bundle's account.
ProofTier {
    /// The agent alone.
    SelfReported => "self",
    /// A gateway's bound receipt.
    Gateway => "gateway",
    /// A named attester.
    Sandbox => "sandbox",
});

texts!(
/// Which parts of the bundle are there and hold. The reference's higher tiers need the attestation of a runner,
/// which is not verified here.
TrustTier {
    /// Only the envelope.
    Basic => "basic",
    /// The event chain, or every receipt.
    Verified => "verified",
});

texts!(
/// What is known of the models, weakest first.
ModelIdentityTier {
    /// Nothing that holds.
    Unknown => "unknown",
    /// A provider's name for it.
    ClosedOpaque => "closed_opaque",
    /// A manifest of the provider.
    ClosedProviderManifest => "closed_provider_manifest",
    /// The hash of the weights.
    OpenweightsHashable => "openweights_hashable",
    /// A measurement of the machine.
    TeeMeasured => "tee_measured",
});

/// The tiers of one bundle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tiers {
    /// Who vouches for it.
    pub proof: ProofTier,
    /// What holds.
    pub trust: TrustTier,
    /// The weakest identity of a model among the receipts that count.
    pub model_identity: ModelIdentityTier,
}

/// The weakest of the receipts' tiers; unknown without receipts.
pub(super) fn model_identity<'a>(receipts: impl Iterator<Item = &'a Object>) -> ModelIdentityTier {
    receipts
        .map(|receipt| of_receipt(receipt).unwrap_or(ModelIdentityTier::Unknown))
        .min()
        .unwrap_or(ModelIdentityTier::Unknown)
}

/// The tier that a receipt claims, where its claim is of this model, has the stated hash and the evidence that
/// the tier asks for. A receipt without a claim is opaque. The receipt was held against its schema, and with it
/// the claim.
fn of_receipt(receipt: &Object) -> Option<ModelIdentityTier> {
    let metadata = receipt.object("metadata");
    let member = |name: &str| metadata.and_then(|metadata| metadata.get(name));
    let stated = member("model_identity_hash_b64u").and_then(Value::as_str);
    let is_hash = |hash: [u8; 32]| stated.is_none_or(|stated| stated == base64::encode_url(&hash));
    let Some(claim) = member("model_identity") else {
        return is_hash(opaque_hash(receipt)).then_some(ModelIdentityTier::ClosedOpaque);
    };
    if !is_hash(hash_jcs(claim)) {
        return None;
    }
    let claim = claim.as_object()?;
    let model = claim.object("model")?;
    let same = model.get("provider") == receipt.get("provider") && model.get("name") == receipt.get("model");
    if !same {
        return None;
    }
    let tier = ModelIdentityTier::parse(claim.text("tier")?)?;
    let artifacts = claim.object("artifacts");
    has_evidence(tier, artifacts).then_some(tier)
}

/// SHA-256 of the JCS of the claim that a receipt without one is taken to make.
fn opaque_hash(receipt: &Object) -> [u8; 32] {
    let text = |name: &str| to_js_string(receipt.get(name).unwrap_or(&Value::Null));
    let claim = format!(
        "{{\"model\":{{\"name\":{},\"provider\":{}}},\"model_identity_version\":\"1\",\"tier\":\"closed_opaque\"}}",
        text("model"),
        text("provider")
    );
    sha256(claim.as_bytes())
}

fn has_evidence(tier: ModelIdentityTier, artifacts: Option<&Object>) -> bool {
    let artifact = |name: &str| artifacts?.object(name);
    let is_hash = |object: &Object, name: &str| {
        let text = object.text(name);
        text.is_some_and(|text| text.len() >= 8 && base64::decode_url(text).is_some())
    };
    match tier {
        ModelIdentityTier::Unknown => false,
        ModelIdentityTier::ClosedOpaque => true,
        ModelIdentityTier::ClosedProviderManifest => {
            artifact("provider_manifest").is_some_and(|manifest| is_hash(manifest, "hash_b64u"))
        }
        ModelIdentityTier::OpenweightsHashable => {
            let weights = artifact("openweights").and_then(|weights| weights.get("weights")?.as_array());
            weights.is_some_and(|weights| {
                !weights.is_empty()
                    && weights
                        .iter()
                        .all(|file| file.as_object().is_some_and(|file| is_hash(file, "hash_b64u")))
            })
        }
        ModelIdentityTier::TeeMeasured => {
            let report = artifact("tee_measurement").and_then(|tee| tee.object("attestation_report_ref"));
            report.is_some_and(|report| is_hash(report, "resource_hash_b64u"))
        }
    }
}
