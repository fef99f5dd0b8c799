//! `issuer_registration` and `issuer_retirement`: the operator says who may sign what.

use std::collections::BTreeMap;

use crate::context::SubmitterName;
use crate::did::DidKey;
use crate::fault::Fault;
use crate::json::{Object, Value};
use crate::kind::Role;
use tlog::index::{LeafIndex, TimestampMs};

use super::fields::{PayloadFields, members};
use super::forms;
use super::time::Timestamp;
use crate::json::pointer::Pointer;

/// Most submitters bound to one issuer.
const SUBMITTERS_MAX: usize = 64;
/// Most external ids of one issuer.
const EXTERNAL_IDS_MAX: usize = 16;

members!(/// A signer gets roles, from its place in the log on and never before.
#[derive(Clone, PartialEq, Eq, Debug)]
IssuerRegistration of fields {
    /// The registered signer's DID.
    did: DidKey = fields.required("did", did_key)?,
    /// The signer's name for people.
    name: String = fields.required("name", forms::id)?,
    /// What it may do: at least one role, none twice.
    roles: Vec<Role> =
        fields.required("roles",forms::set(1..=Role::ALL.len(), forms::parsed("a role", Role::parse)),)?,
    /// From when on.
    not_before: TimestampMs = fields.required("not_before", forms::timestamp).map(|time| time.at())?,
    /// Until when, inclusive.
    not_after: Option<TimestampMs> =
        fields.optional("not_after", forms::timestamp)?.as_ref().map(Timestamp::at),
    /// A gateway's own name for itself.
    gateway_id: Option<String> = fields.optional("gateway_id", forms::id)?,
    /// Submitters whose context counts as this signer's.
    submitters: Vec<SubmitterName> = fields.optional("submitters", submitters)?.unwrap_or_default(),
    /// Names of the signer elsewhere: an Entra agent id, a blueprint.
    external_ids: BTreeMap<String, String> =
        fields.optional("external_ids", external_ids)?.unwrap_or_default(),
});

impl IssuerRegistration {
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<(Self, String), Fault> {
        let (registration, log_origin) = PayloadFields::own(object, at, Self::read)?;
        if registration
            .not_after
            .is_some_and(|until| until < registration.not_before)
        {
            return Err(at
                .member("not_after")
                .invalid("a time not before not_before", "an earlier time"));
        }
        Ok((registration, log_origin))
    }
}

members!(/// A signer loses its roles.
#[derive(Clone, PartialEq, Eq, Debug)]
IssuerRetirement of fields {
    /// The retired signer's DID.
    did: DidKey = fields.required("did", did_key)?,
    /// The operator's reason for the retirement.
    reason: String = fields.required("reason", forms::short_text)?,
    /// Entries of the signer from this index on count as unsigned.
    distrust_from_index: Option<LeafIndex> =
        fields.optional("distrust_from_index", forms::count)?.map(LeafIndex::new),
});

/// A did:key of an Ed25519 key that is not of small order: a weak key signs anything.
pub(crate) fn did_key(value: &Value, at: &Pointer<'_>) -> Result<DidKey, Fault> {
    forms::parsed("a did:key of an Ed25519 key", DidKey::parse)(value, at)
}

fn submitters(value: &Value, at: &Pointer<'_>) -> Result<Vec<SubmitterName>, Fault> {
    forms::set(
        0..=SUBMITTERS_MAX,
        forms::parsed("a submitter name", SubmitterName::parse),
    )(value, at)
}

fn external_ids(value: &Value, at: &Pointer<'_>) -> Result<BTreeMap<String, String>, Fault> {
    let members = forms::object(value, at)?.members();
    if members.len() > EXTERNAL_IDS_MAX {
        return Err(at.invalid(
            format!("at most {EXTERNAL_IDS_MAX} members"),
            members.len().to_string(),
        ));
    }
    let mut ids = BTreeMap::new();
    for (name, value) in members {
        let at = at.member(name);
        let known = (1..=64).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !known {
            return Err(at.invalid("a name of a-z, 0-9 and _", "another name"));
        }
        ids.insert(name.clone(), forms::id(value, &at)?);
    }
    Ok(ids)
}
