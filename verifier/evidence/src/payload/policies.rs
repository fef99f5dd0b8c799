//! Policies in the log: clawsig's Work Policy Contracts, any JSON policy of our own publication,
//! and what happens to them later.

use crate::digest::PolicyHash;
use crate::fault::Fault;
use crate::json::{Object, Value, hash_jcs};

use super::fields::PayloadFields;
use super::forms;
use super::time::Timestamp;
use super::wpc;
use crate::json::pointer::Pointer;

/// A policy was published. Whatever its form, it is found by the hash of its JCS.
#[derive(Clone, PartialEq, Debug)]
pub struct PolicyPublished {
    /// The publisher's name for the policy over all its versions.
    pub policy_id: String,
    /// SHA-256 of the policy's JCS.
    pub policy_hash: PolicyHash,
    /// The policy as received.
    pub policy: Object,
}

impl PolicyPublished {
    /// `work_policy_contract`: the payload itself is the policy.
    pub(crate) fn decode_contract(object: &Object, at: &Pointer<'_>) -> Result<Self, Fault> {
        let policy_id = wpc::check(object, at)?;
        Ok(Self::new(policy_id, object.clone()))
    }

    /// `wpc_publication`: any object is a policy.
    pub(crate) fn decode_publication(object: &Object, at: &Pointer<'_>) -> Result<(Self, String), Fault> {
        let mut fields = PayloadFields::new(object, at);
        let log_origin = fields.header()?;
        let policy_id = fields.required("policy_id", forms::id)?;
        let policy = fields.required("policy", forms::object)?.clone();
        fields.finish()?;
        Ok((Self::new(policy_id, policy), log_origin))
    }

    fn new(policy_id: String, policy: Object) -> Self {
        let value = Value::Object(policy);
        let policy_hash = PolicyHash::from_bytes(hash_jcs(&value));
        let policy = if let Value::Object(policy) = value {
            policy
        } else {
            Object::default()
        };
        Self {
            policy_id,
            policy_hash,
            policy,
        }
    }
}

/// A policy is no longer to be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyWithdrawn {
    /// Hash of the withdrawn policy.
    pub policy_hash: PolicyHash,
    /// From when on, by the publisher's word.
    pub withdrawn_at: Timestamp,
    /// The publisher's reason for the withdrawal.
    pub reason: String,
    /// The policy to use instead.
    pub replaced_by: Option<PolicyHash>,
}

impl PolicyWithdrawn {
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<(Self, String), Fault> {
        let mut fields = PayloadFields::new(object, at);
        let log_origin = fields.header()?;
        let withdrawn = Self {
            policy_hash: fields.required("policy_hash_b64u", forms::policy_hash)?,
            withdrawn_at: fields.required("withdrawn_at", forms::timestamp)?,
            reason: fields.required("reason", forms::short_text)?,
            replaced_by: fields.optional("replaced_by", forms::policy_hash)?,
        };
        fields.finish()?;
        Ok((withdrawn, log_origin))
    }
}

/// No policy newer than this one is to be used in a scope.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyFrozen {
    /// Hash of the policy that stays in force.
    pub policy_hash: PolicyHash,
    /// Where the freeze holds: an id of the publisher's choice.
    pub scope: String,
    /// The publisher's reason for the freeze.
    pub reason: String,
    /// Until when, where limited.
    pub until: Option<Timestamp>,
}

impl PolicyFrozen {
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<(Self, String), Fault> {
        let mut fields = PayloadFields::new(object, at);
        let log_origin = fields.header()?;
        let frozen = Self {
            policy_hash: fields.required("policy_hash_b64u", forms::policy_hash)?,
            scope: fields.required("scope", forms::id)?,
            reason: fields.required("reason", forms::short_text)?,
            until: fields.optional("until", forms::timestamp)?,
        };
        fields.finish()?;
        Ok((frozen, log_origin))
    }
}
