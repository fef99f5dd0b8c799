//! Selective disclosure of a tool receipt's arguments and results (`schemas/clawsig.md` §5.6): a list of leaf
//! hashes, some of them given with what they are the hashes of.

use evidence::code::Code;
use evidence::fault::Fault;
use evidence::json::{Object, Value, jcs_of_array, jcs_of_object, to_jcs};
use tlog::base64::encode_url;
use tlog::hash::sha256;

use super::schema::MemberForm::{self, Any, Base64url, Closed, Map, OneOf, Text};
use super::schema::{NONE, list_of};
use super::{ClawsigFailure, Reason};

/// The only way of disclosing that there is.
const ALGORITHM: &str = "vir_v2_typed_lexicographical";

/// `selective_disclosure.v1`, but for the name of the algorithm, which has a reason code of its own.
pub(super) static FORM: MemberForm = Closed(
    &[
        ("disclosure_algorithm", Text(0)),
        ("merkle_root_b64u", Base64url),
        ("redacted_leaf_hashes_b64u", list_of(&Base64url)),
        ("disclosed_leaves", Map(&LEAF)),
    ],
    NONE,
);

static LEAF: MemberForm = Closed(
    &[
        (
            "type",
            OneOf(&["string", "number", "boolean", "null", "array", "object"]),
        ),
        ("value", Any),
        ("salt_b64u", Base64url),
    ],
    NONE,
);

/// The one thing that the schema says and [`FORM`] does not.
pub(super) fn check_algorithm(disclosure: &Object) -> Result<(), Fault> {
    let algorithm = disclosure.text_or_empty("disclosure_algorithm");
    if algorithm == ALGORITHM {
        return Ok(());
    }
    Err(Fault::new(
        Code::SchemaInvalid,
        "/disclosure_algorithm",
        format!("{ALGORITHM:?}"),
        evidence::fault::shorten(algorithm),
    ))
}

/// Whether the leaves hash to the root that the receipt commits to. The disclosure has [`FORM`].
pub(super) fn verify(disclosure: &Object, committed: &str) -> Result<(), ClawsigFailure> {
    check_algorithm(disclosure)
        .map_err(|fault| ClawsigFailure::of_fault(Reason::DisclosureAlgorithmUnknown, &fault))?;
    let root = disclosure.text_or_empty("merkle_root_b64u");
    if root != committed {
        return Err(ClawsigFailure::fail(
            Reason::DisclosureRootMismatch,
            "the root of a disclosure is not the hash that the receipt commits to",
        ));
    }
    let mut leaves: Vec<String> = disclosure
        .items("redacted_leaf_hashes_b64u")
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let disclosed = disclosure.object("disclosed_leaves");
    for (path, leaf) in disclosed.map(Object::members).unwrap_or_default() {
        leaves.push(leaf_hash(path, leaf)?);
    }
    leaves.sort_unstable();
    let leaves: Vec<Value> = leaves.into_iter().map(Value::String).collect();
    if encode_url(&sha256(jcs_of_array(&leaves).as_bytes())) != root {
        return Err(ClawsigFailure::fail(
            Reason::DisclosureRootMismatch,
            "the leaves of a disclosure do not hash to its root",
        ));
    }
    Ok(())
}

/// base64url(SHA-256(path ":" JCS({`salt_b64u`, type, value}))), once the value is of the stated type.
fn leaf_hash(path: &str, leaf: &Value) -> Result<String, ClawsigFailure> {
    let stated = leaf.as_object().map_or("", |leaf| leaf.text_or_empty("type"));
    let value = leaf.as_object().and_then(|leaf| leaf.get("value"));
    if value.map(type_of) != Some(stated) {
        let path = evidence::fault::shorten(path);
        return Err(ClawsigFailure::fail(
            Reason::DisclosureTypeMismatch,
            format!("the disclosed leaf {path:?} is not of the type that it states"),
        ));
    }
    let jcs = leaf.as_object().map_or_else(|| to_jcs(leaf), jcs_of_object);
    Ok(encode_url(&sha256(format!("{path}:{jcs}").as_bytes())))
}

/// The type of a value by the names of the format.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
