//! A scope in clear: the object whose hash an approval states, where the log shows it.

use std::collections::{BTreeMap, BTreeSet};

use evidence::json::{self, Value};
use evidence::payload::Approval;
use evidence::text::hash::SpelledHash;
use evidence::wpc::Limit;
use tlog::hash::sha256;

/// Members of a scope, by any of which a person takes an object for one.
const MEMBERS: [&str; 6] = [
    "args_hash_b64u",
    "gate",
    "job_id",
    "limits",
    "operations",
    "policy_hash_b64u",
];

/// What an approval is for, told by the object itself.
#[derive(Clone, PartialEq, Debug)]
pub struct ScopeObject {
    /// Name of the gate in the policy.
    pub gate: String,
    /// Id of the job that the approval is for.
    pub job_id: String,
    /// The operations, as the policy's list spells them, without the tool.
    pub operations: BTreeSet<String>,
    /// The policy, as approvals and uses cite it.
    pub policy_hash: String,
    /// Hash of the arguments of the one call that is approved.
    pub args_hash: Option<String>,
    /// What the arguments have to keep to.
    pub limits: Vec<Limit>,
}

impl ScopeObject {
    /// Reads one; `None` for anything with another member, which might narrow it, or a member of another form.
    pub fn read(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        let text = |name: &str| object.text(name).map(str::to_owned);
        let operations = object.get("operations")?.as_array()?;
        let operations: Option<BTreeSet<String>> = operations
            .iter()
            .map(|operation| operation.as_str().map(str::to_owned))
            .collect();
        let mut scope = Self {
            gate: text("gate")?,
            job_id: text("job_id")?,
            operations: operations?,
            policy_hash: text("policy_hash_b64u")?,
            args_hash: None,
            limits: Vec::new(),
        };
        for (name, value) in object.members() {
            match name.as_str() {
                "gate" | "job_id" | "operations" | "policy_hash_b64u" => {}
                "args_hash_b64u" => scope.args_hash = Some(value.as_str()?.to_owned()),
                "limits" => scope.limits = Limit::read_all(value, "/limits")?,
                _ => return None,
            }
        }
        Some(scope)
    }

    /// Whether it is about a job under a policy.
    pub fn is_for(&self, job_id: &str, policy_hash: &str) -> bool {
        self.job_id == job_id && self.policy_hash == policy_hash
    }
}

/// The scopes that the log shows in clear, by hash.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ScopeObjects(BTreeMap<[u8; 32], ScopeObject>);

impl ScopeObjects {
    /// Adds what a JSON value says, if it is a scope.
    pub fn add(&mut self, value: &Value) {
        if let Some(scope) = ScopeObject::read(value) {
            self.0.insert(json::hash_jcs(value), scope);
        }
    }

    /// The scope of a hash, from its text as received.
    pub fn get(&self, scope_hash: &str) -> Option<&ScopeObject> {
        self.0.get(&tlog::base64::decode_url_array(scope_hash)?)
    }
}

/// Whether the summary of an approval reads as a scope, by a member of one in whatever case, and is not the object
/// whose hash the approval states: the approver read something else.
pub fn says_another_scope(approval: &Approval) -> bool {
    let Some(text) = approval.scope_summary.as_deref() else {
        return false;
    };
    let Ok(value) = json::parse(text.as_bytes()) else {
        return false;
    };
    let is_member = |name: &str| MEMBERS.iter().any(|member| member.eq_ignore_ascii_case(name));
    let reads_so = value
        .as_object()
        .is_some_and(|object| object.members().iter().any(|(name, _)| is_member(name)));
    let stated = SpelledHash::read(&approval.scope_hash).map(|hash| hash.bytes());
    let hashes = || {
        [
            json::hash_jcs(&value),
            json::hash_js(&value),
            sha256(text.as_bytes()),
        ]
    };
    reads_so && !stated.is_some_and(|stated| hashes().contains(&stated))
}
