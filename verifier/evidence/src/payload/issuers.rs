//! `issuer_registration` and `issuer_retirement`: the operator says who may sign what.

use std::collections::BTreeMap;

use crate::context::SubmitterName;
use crate::did::DidKey;
use crate::fault::Fault;
use crate::json::{Object, Value};
use crate::kind::Role;
use tlog::index::{LeafIndex, TimestampMs};

use super::fields::PayloadFields;
use super::forms;
use super::time::Timestamp;
use crate::json::pointer::Pointer;

/// Most submitters bound to one issuer.
const SUBMITTERS_MAX: usize = 64;
/// Most external ids of one issuer.
const EXTERNAL_IDS_MAX: usize = 16;

/// A signer gets roles, from its place in the log on and never before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssuerRegistration {
    /// The registered signer's DID.
    pub did: DidKey,
    /// The signer's name for people.
    pub name: String,
    /// What it may do: at least one role, none twice.
    pub roles: Vec<Role>,
    /// From when on.
    pub not_before: TimestampMs,
    /// Until when, inclusive.
    pub not_after: Option<TimestampMs>,
    /// A gateway's own name for itself.
    pub gateway_id: Option<String>,
    /// Submitters whose context counts as this signer's.
    pub submitters: Vec<SubmitterName>,
    /// Names of the signer elsewhere: an Entra agent id, a blueprint.
    pub external_ids: BTreeMap<String, String>,
}

impl IssuerRegistration {
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<(Self, String), Fault> {
        let mut fields = PayloadFields::new(object, at);
        let log_origin = fields.header()?;
        let registration = Self {
            did: fields.required("did", did_key)?,
            name: fields.required("name", forms::id)?,
            roles: fields.required(
                "roles",
                forms::set(1..=Role::ALL.len(), forms::parsed("a role", Role::parse)),
            )?,
            not_before: fields
                .required("not_before", forms::timestamp)
                .map(|time| time.at())?,
            not_after: fields
                .optional("not_after", forms::timestamp)?
                .as_ref()
                .map(Timestamp::at),
            gateway_id: fields.optional("gateway_id", forms::id)?,
            submitters: fields.optional("submitters", submitters)?.unwrap_or_default(),
            external_ids: fields.optional("external_ids", external_ids)?.unwrap_or_default(),
        };
        fields.finish()?;
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

/// A signer loses its roles.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssuerRetirement {
    /// The retired signer's DID.
    pub did: DidKey,
    /// The operator's reason for the retirement.
    pub reason: String,
    /// Entries of the signer from this index on count as unsigned.
    pub distrust_from_index: Option<LeafIndex>,
}

impl IssuerRetirement {
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<(Self, String), Fault> {
        let mut fields = PayloadFields::new(object, at);
        let log_origin = fields.header()?;
        let retirement = Self {
            did: fields.required("did", did_key)?,
            reason: fields.required("reason", forms::short_text)?,
            distrust_from_index: fields
                .optional("distrust_from_index", forms::count)?
                .map(LeafIndex::new),
        };
        fields.finish()?;
        Ok((retirement, log_origin))
    }
}

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
