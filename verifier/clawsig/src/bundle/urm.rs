//! The universal run manifest that belongs to a bundle: step 20 (`schemas/clawsig.md` §5.5, §7.1).

use crate::schema::{self, Form, is_uri};
use crate::{Failure, Reason};
use evidence::digest::ArtifactHash;
use evidence::json::{Object, Value, hash_js};
use evidence::token::js_trim;
use tlog::base64;

use super::chain::Chain;

/// Holds the manifest that was supplied against the bundle's reference to it. `URM_MISSING` is INCOMPLETE:
/// nothing is wrong with the bundle, only something is not there to look at.
pub(super) fn check(
    reference: &Object,
    urm: Option<&Value>,
    agent_did: &str,
    chain: Option<&Chain<'_>>,
) -> Result<(), Failure> {
    let Some(urm) = urm else {
        let message = "the bundle refers to a run manifest that was not supplied";
        return Err(Failure::incomplete(Reason::UrmMissing, message));
    };
    schema::check(&URM, urm)?;
    let text = |name: &str| {
        let text = urm.as_object().and_then(|urm| urm.get(name));
        text.and_then(Value::as_str).map(js_trim)
    };
    let mut bindings = vec![
        ("urm_id", reference.get("urm_id").and_then(Value::as_str)),
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
            return Err(Failure::fail(Reason::UrmMismatch, message));
        }
    }
    let stated = reference.get("resource_hash_b64u").and_then(Value::as_str);
    if stated == Some(base64::encode_url(&hash_js(urm)).as_str()) {
        return Ok(());
    }
    let message = "the run manifest has another hash than the bundle says";
    Err(Failure::fail(Reason::HashMismatch, message))
}

const ROOT: &str = "event_chain_root_hash_b64u";

pub(crate) static URM: Form = Form::Closed(
    &[
        ("urm_version", Form::Constant("1")),
        ("urm_id", Form::Text(1)),
        ("run_id", Form::Text(1)),
        ("agent_did", Form::Did),
        ("issued_at", Form::DateTime),
        ("harness", Form::Same(&HARNESS)),
        ("inputs", RESOURCES),
        ("outputs", RESOURCES),
    ],
    &[
        (ROOT, Form::Base64url),
        ("receipts_root_hash_b64u", Form::Base64url),
        ("proof_bundle_hash_b64u", Form::Base64url),
        ("metadata", Form::Object),
    ],
);

static HARNESS: Form = Form::Closed(
    &[("id", Form::Text(1)), ("version", Form::Text(1))],
    &[
        ("runtime", Form::Text(0)),
        ("config_hash_b64u", Form::Base64url),
        ("metadata", Form::Object),
    ],
);

const RESOURCES: Form = Form::List(0, usize::MAX, &RESOURCE);

static RESOURCE: Form = Form::Closed(
    &[("type", Form::Text(1)), ("hash_b64u", Form::Base64url)],
    &[
        ("content_type", Form::Text(0)),
        ("uri", Form::TextOf("a URI", is_uri)),
        ("path", Form::Text(0)),
        ("size_bytes", Form::Count),
        ("metadata", Form::Object),
    ],
);

/// The hash by which a proof bundle refers to its manifest.
pub fn urm_hash(bundle: &Value) -> Option<ArtifactHash> {
    let payload = bundle.as_object()?.get("payload")?.as_object()?;
    let hash = payload.get("urm")?.as_object()?.get("resource_hash_b64u")?;
    base64::decode_url_array(hash.as_str()?).map(ArtifactHash::from_bytes)
}
