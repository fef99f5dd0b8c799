//! The universal run manifest that belongs to a bundle: step 20 (`schemas/clawsig.md` §5.5, §7.1).

use crate::schema::MemberForm::{
    self, AnyObject, Base64url, Closed, Constant, Count, DateTime, Did, Same, Text, TextOf,
};
use crate::schema::{self, is_uri, list_of};
use crate::{ClawsigFailure, Reason};
use evidence::digest::ArtifactHash;
use evidence::json::{Object, Value, hash_js};
use evidence::token::js_trim;
use tlog::base64;

use super::chain::EventChain;

/// Holds the manifest that was supplied against the bundle's reference to it. `URM_MISSING` is INCOMPLETE:
/// nothing is wrong with the bundle, only something is not there to look at.
pub(super) fn check(
    reference: &Object,
    urm: Option<&Value>,
    agent_did: &str,
    chain: Option<&EventChain<'_>>,
) -> Result<(), ClawsigFailure> {
    let Some(urm) = urm else {
        let message = "the bundle refers to a run manifest that was not supplied";
        return Err(ClawsigFailure::incomplete(Reason::UrmMissing, message));
    };
    schema::check(&URM, urm)?;
    let text = |name: &str| {
        let text = urm.as_object().and_then(|urm| urm.get(name));
        text.and_then(Value::as_str).map(js_trim)
    };
    let mut bindings = vec![
        ("urm_id", reference.text("urm_id")),
        ("agent_did", Some(agent_did)),
    ];
    if let Some(chain) = chain {
        bindings.push(("run_id", Some(chain.run_id)));
        if text(ROOT).is_some_and(|root| !root.is_empty()) {
            bindings.push((ROOT, Some(chain.root)));
        }
    }
    for (name, expected) in bindings {
        if text(name) != expected {
            let message = format!("the run manifest has another {name} than the bundle");
            return Err(ClawsigFailure::fail(Reason::UrmMismatch, message));
        }
    }
    let stated = reference.text("resource_hash_b64u");
    if stated == Some(base64::encode_url(&hash_js(urm)).as_str()) {
        return Ok(());
    }
    let message = "the run manifest has another hash than the bundle says";
    Err(ClawsigFailure::fail(Reason::HashMismatch, message))
}

const ROOT: &str = "event_chain_root_hash_b64u";

pub(crate) static URM: MemberForm = Closed(
    &[
        ("urm_version", Constant("1")),
        ("urm_id", Text(1)),
        ("run_id", Text(1)),
        ("agent_did", Did),
        ("issued_at", DateTime),
        ("harness", Same(&HARNESS)),
        ("inputs", RESOURCES),
        ("outputs", RESOURCES),
    ],
    &[
        (ROOT, Base64url),
        ("receipts_root_hash_b64u", Base64url),
        ("proof_bundle_hash_b64u", Base64url),
        ("metadata", AnyObject),
    ],
);

static HARNESS: MemberForm = Closed(
    &[("id", Text(1)), ("version", Text(1))],
    &[
        ("runtime", Text(0)),
        ("config_hash_b64u", Base64url),
        ("metadata", AnyObject),
    ],
);

const RESOURCES: MemberForm = list_of(&RESOURCE);

static RESOURCE: MemberForm = Closed(
    &[("type", Text(1)), ("hash_b64u", Base64url)],
    &[
        ("content_type", Text(0)),
        ("uri", TextOf("a URI", is_uri)),
        ("path", Text(0)),
        ("size_bytes", Count),
        ("metadata", AnyObject),
    ],
);

/// The hash by which a proof bundle refers to its manifest.
pub fn urm_hash(bundle: &Value) -> Option<ArtifactHash> {
    let payload = bundle.as_object()?.object("payload")?;
    let hash = payload.object("urm")?.get("resource_hash_b64u")?;
    base64::decode_url_array(hash.as_str()?).map(ArtifactHash::from_bytes)
}
