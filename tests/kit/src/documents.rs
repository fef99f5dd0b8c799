//! One builder for each kind of document. Each states the least that its kind must say; a test changes what it is about.

use serde::Serialize;
use serde_json::{Value, json};
use verifier::base64::{encode_standard, encode_url};
use verifier::digest::{ArtifactHash, EvidenceDigest, TokenHash};
use verifier::hash::sha256;
use verifier::json::hash_jcs;

use crate::key::{Rule, Signer, TIME, envelope, parse};

/// A document in the making.
#[derive(Clone, Debug)]
pub struct Draft {
    rule: Rule,
    envelope_type: &'static str,
    payload: Value,
    issued_at: String,
}

impl Draft {
    /// A document of a clawsig type.
    pub fn clawsig(envelope_type: &'static str, payload: Value) -> Self {
        Self {
            rule: Rule::Clawsig,
            envelope_type,
            payload,
            issued_at: TIME.to_owned(),
        }
    }

    /// A document of one of our own types, for the log `origin`.
    pub fn own(origin: &str, envelope_type: &'static str, mut payload: Value) -> Self {
        payload["event_version"] = json!("1");
        payload["log_origin"] = json!(origin);
        Self {
            rule: Rule::Own,
            ..Self::clawsig(envelope_type, payload)
        }
    }

    /// The payload with another value at a JSON pointer. The object that it is in must be there.
    #[must_use]
    pub fn with(mut self, pointer: &str, value: impl Serialize) -> Self {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        self.payload.pointer_mut(parent).unwrap()[name] = json!(value);
        self
    }

    /// The payload without a member of its own.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.payload.as_object_mut().unwrap().remove(name).unwrap();
        self
    }

    /// The payload after any change.
    #[must_use]
    pub fn changed(mut self, change: impl FnOnce(&mut Value)) -> Self {
        change(&mut self.payload);
        self
    }

    /// The time that the document states: when its envelope was issued, and what its payload says, if it says so.
    #[must_use]
    pub fn at(mut self, time: &str) -> Self {
        for name in ["timestamp", "at", "decided_at"] {
            if let Some(stated) = self.payload.get_mut(name) {
                *stated = json!(time);
            }
        }
        self.issued_at(time)
    }

    /// When the envelope was issued, whatever the payload says.
    #[must_use]
    pub fn issued_at(mut self, time: &str) -> Self {
        time.clone_into(&mut self.issued_at);
        self
    }

    /// What it says.
    pub fn payload(&self) -> &Value {
        &self.payload
    }

    /// The signed document, with the members of its payload in the order in which gateways emit them.
    pub fn sign<S: Signer + ?Sized>(&self, signer: &S) -> String {
        self.around(signer, &ordered(&self.payload))
    }

    /// The signed document as a value, whose text has sorted members; this is what is signed.
    pub fn signed<S: Signer + ?Sized>(&self, signer: &S) -> Value {
        serde_json::from_str(&self.around(signer, &self.payload.to_string())).unwrap()
    }

    fn around<S: Signer + ?Sized>(&self, signer: &S, payload: &str) -> String {
        envelope(signer, self.rule, self.envelope_type, payload, &self.issued_at)
    }
}

/// The members of receipts in the order of clawsig's formats, on which `H_js` depends.
const ORDER: [&str; 17] = [
    "receipt_version",
    "receipt_id",
    "gateway_id",
    "provider",
    "model",
    "request_hash_b64u",
    "response_hash_b64u",
    "tokens_input",
    "tokens_output",
    "latency_ms",
    "timestamp",
    "binding",
    "run_id",
    "event_hash_b64u",
    "nonce",
    "policy_hash",
    "token_scope_hash_b64u",
];

/// The text of an object with those members first.
fn ordered(value: &Value) -> String {
    let Value::Object(members) = value else {
        return value.to_string();
    };
    let first = ORDER.iter().filter_map(|name| members.get_key_value(*name));
    let others = members.iter().filter(|(name, _)| !ORDER.contains(&name.as_str()));
    let text = |(name, value): (&String, &Value)| format!("{}:{}", json!(name), ordered(value));
    format!(
        "{{{}}}",
        first.chain(others).map(text).collect::<Vec<_>>().join(",")
    )
}

/// A gateway's receipt of a model call. Receipts of different ids share no identity.
pub fn gateway_receipt(id: &str, run: &str) -> Draft {
    let payload = json!({
        "receipt_version": "1", "receipt_id": id, "gateway_id": "gateway", "provider": "anthropic", "model": "claude-test",
        "request_hash_b64u": hash(&format!("request of {id}")), "response_hash_b64u": hash(&format!("response of {id}")),
        "tokens_input": 10, "tokens_output": 20, "latency_ms": 12, "timestamp": TIME,
        "binding": { "run_id": run, "event_hash_b64u": hash(&format!("event of {id}")), "nonce": format!("nonce-{id}") },
    });
    Draft::clawsig("gateway_receipt", payload)
}

/// The receipt of the model call of a number, in the run `run_test`.
pub fn model_call(number: u64) -> Draft {
    gateway_receipt(&format!("rcpt_{number}"), "run_test")
}

/// An agent's receipt of a tool call, whose arguments are the tool's name.
pub fn tool_receipt(id: &str, run: &str, agent_did: &str, tool: &str) -> Draft {
    let payload = json!({
        "receipt_version": "1", "receipt_id": id, "tool_name": tool, "args_hash_b64u": hash(tool),
        "result_hash_b64u": hash("result"), "result_status": "success", "hash_algorithm": "SHA-256",
        "agent_did": agent_did, "timestamp": TIME, "latency_ms": 10,
        "binding": { "run_id": run, "event_hash_b64u": hash(&format!("event of {id}")) },
    });
    Draft::clawsig("tool_receipt", payload)
}

/// A person's approval of what a scope says.
pub fn approval(id: &str, agent_did: &str, scope: &Value, policy_hash: Option<&str>) -> Draft {
    let payload = json!({
        "receipt_version": "1", "receipt_id": id, "approval_type": "explicit_approve",
        "approver_subject": "manager@example", "agent_did": agent_did,
        "scope_hash_b64u": encode_url(&hash_jcs(&parse(scope))), "policy_hash_b64u": policy_hash,
        "minted_capability_ttl_seconds": 300, "hash_algorithm": "SHA-256", "timestamp": TIME,
    });
    Draft::clawsig("human_approval_receipt", payload)
}

/// An agent's bundle of a run. Without tool receipts it has no such member.
pub fn bundle(
    id: &str,
    agent_did: &str,
    chain: &[Value],
    receipts: &[Value],
    tool_receipts: &[Value],
) -> Draft {
    let mut payload = json!({
        "bundle_version": "1", "bundle_id": id, "agent_did": agent_did, "event_chain": chain, "receipts": receipts,
    });
    if !tool_receipts.is_empty() {
        payload["tool_receipts"] = json!(tool_receipts);
    }
    Draft::clawsig("proof_bundle", payload)
}

/// The operator's registration of a signer, with a submitter of the signer's name.
pub fn registration(origin: &str, did: &str, name: &str, roles: &[&str]) -> Draft {
    let payload = json!({
        "did": did, "name": name, "roles": roles, "not_before": "2020-01-01T00:00:00Z", "submitters": [name],
    });
    Draft::own(origin, "issuer_registration", payload)
}

/// The operator's retirement of a signer.
pub fn retirement(origin: &str, did: &str) -> Draft {
    Draft::own(
        origin,
        "issuer_retirement",
        json!({ "did": did, "reason": "rotated" }),
    )
}

/// A registry's publication of a policy.
pub fn publication(origin: &str, policy_id: &str, policy: &Value) -> Draft {
    Draft::own(
        origin,
        "wpc_publication",
        json!({ "policy_id": policy_id, "policy": policy }),
    )
}

/// The claims of a token: what it is for and until when, in seconds since the Unix epoch.
pub fn claims(sub: &str, jti: &str, scope: &[&str], iat: u64, exp: u64) -> Value {
    json!({
        "token_version": "1", "sub": sub, "aud": "gateway", "scope": scope, "iat": iat, "exp": exp, "jti": jti,
    })
}

/// An issuer's record of a token for a job and a run.
pub fn issuance(origin: &str, token_hash: &str, claims: &Value, job: &str, run: &str) -> Draft {
    let payload = json!({
        "token_hash": token_hash, "claims": claims, "kid": "0123456789abcdef", "job_id": job, "run_id": run,
    });
    Draft::own(origin, "cst_issuance", payload)
}

/// An issuer's revocation of a token, at a second since the Unix epoch.
pub fn revocation(origin: &str, token_hash: &str, revoked_at: u64) -> Draft {
    let payload = json!({ "token_hash": token_hash, "revoked_at": revoked_at });
    Draft::own(origin, "cst_revocation", payload)
}

/// Something happens to a job, by the orchestrator's word.
pub fn job_event(origin: &str, job: &str, action: &str) -> Draft {
    let payload = json!({ "job_id": job, "action": action, "at": TIME });
    Draft::own(origin, "job_event", payload)
}

/// A file that belongs to a job, whole.
pub fn artifact(origin: &str, job: &str, name: &str, media_type: &str, content: &[u8]) -> Draft {
    let payload = json!({
        "label": "other", "sha256": ArtifactHash::from_bytes(sha256(content)).to_string(), "size": content.len(),
        "media_type": media_type, "name": name, "job_id": job, "content_b64": encode_standard(content),
    });
    Draft::own(origin, "evidence_artifact", payload)
}

/// An erasure order, hold or release (`kind`) about a target: [`evidence_target`], or a job's id.
pub fn disposition(origin: &str, kind: &'static str, target: &Value, reason: &str) -> Draft {
    Draft::own(origin, kind, target.clone()).with("/reason", reason)
}

/// The operator closes a log of at least a size; the index of the entry must not be less.
pub fn freeze(origin: &str, at_size: u64, reason: &str) -> Draft {
    Draft::own(
        origin,
        "log_frozen",
        json!({ "at_size": at_size, "reason": reason }),
    )
}

/// One document as the target of a [`disposition`].
pub fn evidence_target(digest: EvidenceDigest) -> Value {
    json!({ "evidence_digest": digest })
}

/// An agent's pulse of a run, which any log takes from an agent that it does not know.
pub fn pulse(origin: &str, run: &str, agent_did: &str) -> Draft {
    let pulse = json!({
        "trust_pulse_version": "1", "run_id": run, "agent_did": agent_did, "issued_at": TIME,
        "evidence_class": "self_reported", "tier_uplift": false, "tools": [], "files": [],
    });
    Draft::own(origin, "trust_pulse", json!({ "pulse": pulse }))
}

/// A document with what its submitter says about it, as one body.
pub fn wrap(document: &str, context: &Value) -> String {
    format!(r#"{{"evidence":{document},"context":{context}}}"#)
}

/// SHA-256 of a text, in base64url: a request, an event, arguments.
pub fn hash(text: &str) -> String {
    encode_url(&sha256(text.as_bytes()))
}

/// The hash of the token of a name.
pub fn token_hash(name: &str) -> String {
    TokenHash::from_bytes(sha256(name.as_bytes())).to_string()
}

/// The address of a policy.
pub fn policy_hash(policy: &Value) -> String {
    encode_url(&hash_jcs(&parse(policy)))
}

/// The scope hash of a token's claims.
pub fn scope_hash(claims: &Value) -> String {
    verifier::token::scope_hash(parse(claims).as_object().unwrap())
        .unwrap()
        .to_string()
}
