//! Policies in the log: clawsig's Work Policy Contracts, any JSON policy of our own publication,
//! and what happens to them later.

use crate::digest::PolicyHash;
use crate::fault::Fault;
use crate::json::{Object, Value, hash_jcs};

use super::fields::{PayloadFields, members};
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
        PayloadFields::own(object, at, |fields| {
            let policy_id = fields.required("policy_id", forms::id)?;
            Ok(Self::new(
                policy_id,
                fields.required("policy", forms::object)?.clone(),
            ))
        })
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

members!(/// A policy is no longer to be used.
#[derive(Clone, PartialEq, Eq, Debug)]
PolicyWithdrawn of fields {
    /// Hash of the withdrawn policy.
    policy_hash: PolicyHash = fields.required("policy_hash_b64u", forms::policy_hash)?,
    /// From when on, by the publisher's word.
    withdrawn_at: Timestamp = fields.required("withdrawn_at", forms::timestamp)?,
    /// The publisher's reason for the withdrawal.
    reason: String = fields.required("reason", forms::short_text)?,
    /// The policy to use instead.
    replaced_by: Option<PolicyHash> = fields.optional("replaced_by", forms::policy_hash)?,
});

members!(/// No policy newer than this one is to be used in a scope.
#[derive(Clone, PartialEq, Eq, Debug)]
PolicyFrozen of fields {
    /// Hash of the policy that stays in force.
    policy_hash: PolicyHash = fields.required("policy_hash_b64u", forms::policy_hash)?,
    /// Where the freeze holds: an id of the publisher's choice.
    scope: String = fields.required("scope", forms::id)?,
    /// The publisher's reason for the freeze.
    reason: String = fields.required("reason", forms::short_text)?,
    /// Until when, where limited.
    until: Option<Timestamp> = fields.optional("until", forms::timestamp)?,
});
