// One sound document of every type, signed by keys whose seeds are 32 equal bytes.
import { b64u, hashJcs, hashJs, hex, jcs, sha256, signer } from "./common.mjs";

export const origin = "example.com/log";
export const time = "2026-02-12T00:00:00.000Z";
export const [gateway, agent, issuer, publisher, approver, orchestrator, operator, stranger] = [1, 2, 3, 4, 5, 6, 7, 8].map(signer);

const envelope = (type, payload, hash, key, more) => ({
  envelope_version: "1", envelope_type: type, payload, payload_hash_b64u: hash, hash_algorithm: "SHA-256",
  signature_b64u: key.sign(hash), algorithm: "Ed25519", signer_did: key.did, issued_at: time, ...more,
});
export const clawsig = (type, payload, key, more = {}) => envelope(type, payload, hashJs(payload), key, more);
export const contract = (payload, key = publisher) => envelope("work_policy_contract", payload, hashJcs(payload), key, {});
export function own(type, payload, key) {
  const { signature_b64u, ...unsigned } = envelope(type, payload, hashJcs(payload), key, {});
  const message = Buffer.concat([Buffer.from(`evidence-ledger/${type}/v1\n`), sha256(jcs(unsigned))]);
  return { ...unsigned, signature_b64u: key.sign(message) };
}
// log_key alone: the key in force signs the same message.
export function counterSigned(payload, key, by) {
  const signed = own("log_key", payload, key);
  const { signature_b64u, ...unsigned } = signed;
  const message = Buffer.concat([Buffer.from("evidence-ledger/log_key/v1\n"), sha256(jcs(unsigned))]);
  return { ...signed, counter_signature_b64u: by.sign(message) };
}
export function exported(unsigned, key) {
  const hash = hashJcs(unsigned);
  return { ...unsigned, bundle_hash_b64u: hash, hash_algorithm: "SHA-256", signature_b64u: key.sign(hash), algorithm: "Ed25519" };
}

export const header = { event_version: "1", log_origin: origin };
export const h = (text) => b64u(sha256(text));
export const x = (text) => hex(sha256(text));

// The scope hash, for claims without white space to trim.
export function scopeHash(claims) {
  const set = (value) => [...new Set([value].flat())].sort();
  const names = ["owner_ref", "owner_did", "controller_did", "agent_did", "policy_hash_b64u", "control_plane_policy_hash_b64u", "payment_account_did",
    "spend_cap", "mission_id", "delegation_id", "delegator_did", "delegate_did", "delegation_policy_hash_b64u", "delegation_spend_cap_minor", "delegation_expires_at"];
  const rest = Object.fromEntries(names.filter((name) => name in claims).map((name) => [name, claims[name]]));
  return hashJcs({ token_version: "1", sub: claims.sub, aud: set(claims.aud), scope: set(claims.scope), ...rest });
}

// C2SP signed-note: key id = SHA-256(name 0A type key), its first four bytes.
export function vkey(name, key) {
  const typed = Buffer.concat([Buffer.from([1]), key.raw]);
  return `${name}+${hex(sha256(Buffer.concat([Buffer.from(`${name}\n`), typed]))).slice(0, 8)}+${typed.toString("base64")}`;
}
const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const raw = (did) => {
  const number = [...did.slice("did:key:z".length)].reduce((sum, digit) => sum * 58n + BigInt(alphabet.indexOf(digit)), 0n);
  return Buffer.from(number.toString(16), "hex").subarray(2);
};
for (const key of [gateway, agent, issuer, publisher, approver, orchestrator, operator, stranger]) key.raw = raw(key.did);

// The did:key of a public key, sound or not.
export function didOf(key) {
  let text = "";
  for (let number = BigInt(`0x${hex(Buffer.concat([Buffer.from([0xed, 0x01]), key]))}`); number > 0n; number /= 58n) text = alphabet[Number(number % 58n)] + text;
  return `did:key:z${text}`;
}

const policy = { wpc_version: "v1", policy_name: "readonly", allow: [{ tool: "read", ops: ["file"] }] };
const policyHash = hashJcs(policy);
export const claims = {
  token_version: "1", sub: agent.did, aud: ["gateway.example"], scope: ["proxy:call:openai", "proxy:call:anthropic"], iat: 1770854400, exp: 1770855000,
  owner_ref: "owner-1", agent_did: agent.did, policy_hash_b64u: policyHash, spend_cap: 12.5, mission_id: "mission-1", token_lane: "canonical", jti: "jti-1",
};
const binding = { run_id: "run-1", event_hash_b64u: h("event"), nonce: "nonce-1", policy_hash: policyHash, token_scope_hash_b64u: scopeHash(claims) };
const event = (id, prev) => ({ event_id: id, run_id: "run-1", event_type: "llm_call", timestamp: time, payload_hash_b64u: h("p"), prev_hash_b64u: prev, event_hash_b64u: h(id) });
const manifest = (paths) => ({ manifest_version: "1", generated_at: time, entries: paths.map((path) => ({ path, sha256_b64u: h(path), content_type: "application/json", size_bytes: 2 })) });
const content = Buffer.from("sandbox ok\n");

export const payloads = {
  gateway_receipt: {
    receipt_version: "1", receipt_id: "rcpt-1", gateway_id: "did:web:gateway.example", provider: "openai", model: "gpt-5",
    request_hash_b64u: h("request"), response_hash_b64u: h("response"), tokens_input: 10, tokens_output: 20, latency_ms: 150, timestamp: time,
    binding: { ...binding, span_id: "span-1", phase: "execution", attribution_confidence: 0.5 }, metadata: { anything: [1, null] },
  },
  tool_receipt: {
    receipt_version: "1", receipt_id: "tool-1", tool_name: "read:file", tool_version: "2.1", args_hash_b64u: h("args"), result_hash_b64u: h("result"),
    result_status: "success", hash_algorithm: "SHA-256", agent_did: agent.did, timestamp: time, latency_ms: 1.5, binding,
  },
  side_effect_receipt: {
    receipt_version: "1", receipt_id: "side-1", effect_class: "external_api_write", target_hash_b64u: h("target"), vendor_id: "vendor", request_hash_b64u: h("request"),
    response_hash_b64u: h("response"), response_status: "denied", hash_algorithm: "SHA-256", agent_did: agent.did, timestamp: time, latency_ms: 3, bytes_written: 0,
    binding: { run_id: "run-1", capability_id: "cap-1" },
  },
  human_approval_receipt: {
    receipt_version: "1", receipt_id: "approval-1", approval_type: "explicit_approve", approver_subject: "alice@example.com", approver_method: "ui_click", agent_did: agent.did,
    scope_hash_b64u: h("scope"), scope_summary: "close incident 7", policy_hash_b64u: policyHash, minted_capability_id: "cap-1", minted_capability_ttl_seconds: 600,
    plan_hash_b64u: h("plan"), evidence_required: ["screenshot"], hash_algorithm: "SHA-256", timestamp: time, binding: { run_id: "run-1" },
  },
  cst_issuance: { ...header, token_hash: x("token"), claims: { ...claims, token_scope_hash_b64u: scopeHash(claims) }, kid: "0123456789abcdef", job_id: "job-1", run_id: "run-1" },
  cst_revocation: { ...header, token_hash: x("token"), jti: "jti-1", revoked_at: 1770854500, reason: "leaked", revoked_by: "alice@example.com" },
  work_policy_contract: {
    policy_version: "1", policy_id: "pol-1", issuer_did: issuer.did, allowed_providers: ["openai"], allowed_models: ["gpt-5*"], minimum_model_identity_tier: "closed_opaque",
    required_audit_packs: [h("pack")], redaction_rules: [{ path: "$.secret", action: "mask" }], receipt_privacy_mode: "hash_only", egress_allowlist: [], metadata: {},
  },
  wpc_publication: { ...header, policy_id: "readonly", policy },
  wpc_withdrawal: { ...header, policy_hash_b64u: policyHash, withdrawn_at: time, reason: "too wide", replaced_by: h("other policy") },
  wpc_freeze: { ...header, policy_hash_b64u: policyHash, scope: "production", reason: "holidays", until: "2026-03-01T00:00:00+01:00" },
  proof_bundle: {
    bundle_version: "1", bundle_id: "bundle-1", agent_did: agent.did, urm: { urm_version: "1", urm_id: "urm-1", resource_type: "universal_run_manifest", resource_hash_b64u: h("urm") },
    event_chain: [event("event-1", null), event("event-2", h("event-1"))], receipts: [{ not: "verified here" }], metadata: { harness: { id: "h", version: "1" } },
  },
  aggregate_bundle: {
    aggregate_version: "1", aggregate_id: "aggregate-1", created_at: time, issuer_did: issuer.did, manifest: manifest(["artifacts/member_bundles/0.json"]),
    artifacts: { member_bundles: [{}] }, metadata: { fleet_summary: { total_members: 1, unique_agents: 1, total_runs: 1, fleet_proof_tier: "self" } },
  },
  authorization_decision: {
    ...header, decision_id: "decision-1", run_id: "run-1", job_id: "job-1", token_hash: x("token"), policy_hash_b64u: policyHash, tool: "defender_api_call", operation: "incidents.get",
    resource: "incident/7", args_hash_b64u: h("args"), effect: "deny", reason_code: "LIMIT_EXCEEDED", statement: "/allow/0", constraint: { pointer: "/limits/rows", limit: 100, actual: 250 },
    approval_receipt_id: "approval-1", decided_at: time,
  },
  job_event: {
    ...header, job_id: "job-1", action: "opened", at: time, title: "Triage incident 7", requested_by: "bob@example.com", purpose: "triage", ticket: "CHG-7", policy_hash_b64u: policyHash,
  },
  trust_pulse: {
    ...header, job_id: "job-1",
    pulse: {
      trust_pulse_version: "1", trust_pulse_id: "pulse-1", run_id: "run-1", agent_did: agent.did, issued_at: time, started_at: time, ended_at: time, duration_ms: 12.5,
      evidence_class: "self_reported", tier_uplift: false, tools: [{ name: "read", calls: 3 }], files: [{ path: "src/..hidden/main.rs", touches: 1 }],
    },
  },
  evidence_artifact: {
    ...header, label: "runtime_audit", sha256: hex(sha256(content)), size: content.length, media_type: "text/plain; charset=utf-8", name: "audit.txt", job_id: "job-1", run_id: "run-1",
    uri: "https://example.com/audit.txt", content_b64: content.toString("base64"),
  },
  submission_context: { ...header, evidence_digest: x("evidence"), job_id: "job-1", token_hash: x("token"), stream: "stream-1", number: 0, last: false },
  issuer_registration: {
    ...header, did: gateway.did, name: "clawproxy", roles: ["gateway"], not_before: time, not_after: "2027-02-12T00:00:00Z", gateway_id: "did:web:gateway.example", submitters: ["proxy-1"],
    external_ids: { entra_agent_id: "3f0c" },
  },
  issuer_retirement: { ...header, did: gateway.did, reason: "key leaked", distrust_from_index: 12 },
  log_genesis: {
    ...header, origin, log_vkeys: [vkey(origin, stranger)], operator_did: operator.did, index_salt: h("salt"), format_versions: { entry: 1, subject: 1 },
    settings: { accept_unregistered_agents: true, clock_skew_s: 30, late_limit_s: 600 },
  },
  log_settings: { ...header, clock_skew_s: 1 },
  log_clock: { ...header, tree_size: 7, clock: time, reason: "the clock was ten years ahead" },
  erasure_order: { ...header, evidence_digest: x("evidence"), reason: "request of the data subject" },
  legal_hold: { ...header, job_id: "job-1", reason: "case 12" },
  legal_hold_release: { ...header, job_id: "job-1", reason: "case closed" },
  log_key: { ...header, action: "add", vkey: vkey(origin, approver), by_vkey: vkey(origin, stranger), reason: "yearly rotation" },
  log_frozen: { ...header, at_size: 100, reason: "moved" },
};

const signers = {
  gateway_receipt: gateway, tool_receipt: agent, side_effect_receipt: agent, human_approval_receipt: approver, cst_issuance: issuer, cst_revocation: issuer, wpc_publication: publisher,
  wpc_withdrawal: publisher, wpc_freeze: publisher, proof_bundle: agent, aggregate_bundle: issuer, authorization_decision: gateway, job_event: orchestrator, trust_pulse: agent,
  evidence_artifact: orchestrator, submission_context: gateway, issuer_registration: operator, issuer_retirement: operator, log_genesis: operator, log_settings: operator, log_clock: operator, log_key: operator,
  erasure_order: operator, legal_hold: operator, legal_hold_release: operator, log_frozen: operator,
};
const clawsigTypes = ["gateway_receipt", "tool_receipt", "side_effect_receipt", "human_approval_receipt", "proof_bundle", "aggregate_bundle"];

// Signs a payload as its type is signed, by the usual signer or another.
export function sign(type, payload = payloads[type], key = signers[type]) {
  if (type === "work_policy_contract") return contract(payload, key);
  if (type === "log_key") return counterSigned(payload, key, stranger);
  return clawsigTypes.includes(type) ? clawsig(type, payload, key) : own(type, payload, key);
}

export const unsignedExport = {
  export_version: "1", export_id: "export-1", created_at: time, issuer_did: issuer.did, manifest: manifest(["artifacts/proof_bundle_envelope.json"]),
  artifacts: { proof_bundle_envelope: sign("proof_bundle") }, issued_at: time,
};
