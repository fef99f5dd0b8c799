// schemas/vectors/subjects: the table of subjects.md by example, and its hashes and order.
import { hashJcs, hex, sha256, writeVectors } from "./common.mjs";
import * as d from "./documents.mjs";

const salt = Buffer.alloc(32, 9);
const hash = (field, value) => sha256(Buffer.concat([Buffer.from("evidence-ledger/subject/v1\0"), salt, Buffer.from(`${field}\0${value}`)]));
// CBOR of [tstr, bstr .size 32], for texts of fewer than 24 bytes.
const cbor = ({ field, value }) => Buffer.concat([Buffer.from([0x82, 0x60 + field.length]), Buffer.from(field), Buffer.from([0x58, 32]), hash(field, value)]);

function vector(description, document, subjects) {
  const list = subjects.map(([field, value]) => ({ field, value, hash: hex(hash(field, value)) }));
  list.sort((a, b) => Buffer.compare(cbor(a), cbor(b)));
  return { description, origin: d.origin, index_salt: salt.toString("base64url"), document: JSON.stringify(document), subjects: list };
}
const p = d.payloads;
const [policy, scope] = [hashJcs(p.wpc_publication.policy), d.scopeHash(d.claims)];
const bound = [["run", "run-1"], ["nonce", "nonce-1"], ["policy", policy], ["scope", scope]];
const usual = (type, subjects) => [`valid/${type}`, vector(type, d.sign(type), subjects)];
const { agent_did, ...noAgent } = d.claims;

writeVectors("subjects", {
  ...Object.fromEntries([
    usual("gateway_receipt", [["receipt", "rcpt-1"], ["gateway", d.gateway.did], ...bound]),
    usual("tool_receipt", [["receipt", "tool-1"], ["agent", d.agent.did], ...bound]),
    usual("side_effect_receipt", [["receipt", "side-1"], ["agent", d.agent.did], ["run", "run-1"]]),
    usual("human_approval_receipt", [["approval", "approval-1"], ["agent", d.agent.did], ["scope", d.h("scope")], ["policy", policy], ["run", "run-1"], ["issuer", d.approver.did]]),
    usual("cst_issuance", [["token", d.x("token")], ["scope", scope], ["agent", d.agent.did], ["jti", "jti-1"], ["policy", policy], ["job", "job-1"], ["run", "run-1"], ["issuer", d.issuer.did]]),
    usual("cst_revocation", [["token", d.x("token")], ["revocation", d.x("token")], ["halt", d.x("token")], ["jti", "jti-1"], ["issuer", d.issuer.did]]),
    usual("work_policy_contract", [["policy", hashJcs(p.work_policy_contract)], ["policy_id", "pol-1"], ["issuer", d.publisher.did]]),
    usual("wpc_publication", [["policy", policy], ["policy_id", "readonly"], ["issuer", d.publisher.did]]),
    usual("wpc_withdrawal", [["policy", policy], ["policy", d.h("other policy")], ["issuer", d.publisher.did]]),
    usual("wpc_freeze", [["policy", policy], ["issuer", d.publisher.did]]),
    usual("proof_bundle", [["bundle", "bundle-1"], ["agent", d.agent.did], ["run", "run-1"]]),
    usual("aggregate_bundle", [["bundle", "aggregate-1"], ["issuer", d.issuer.did]]),
    usual("authorization_decision", [["run", "run-1"], ["job", "job-1"], ["token", d.x("token")], ["policy", policy], ["approval", "approval-1"], ["issuer", d.gateway.did]]),
    usual("job_event", [["job", "job-1"], ["policy", policy], ["issuer", d.orchestrator.did]]),
    usual("trust_pulse", [["run", "run-1"], ["agent", d.agent.did], ["job", "job-1"]]),
    usual("evidence_artifact", [["artifact", p.evidence_artifact.sha256], ["job", "job-1"], ["run", "run-1"], ["issuer", d.orchestrator.did]]),
    usual("submission_context", [["evidence", d.x("evidence")], ["job", "job-1"], ["token", d.x("token")]]),
    usual("issuer_registration", [["issuer", d.gateway.did], ["issuer", d.operator.did]]),
    usual("issuer_retirement", [["issuer", d.gateway.did], ["issuer", d.operator.did]]),
    usual("erasure_order", [["evidence", d.x("evidence")], ["issuer", d.operator.did]]),
    usual("legal_hold", [["job", "job-1"], ["issuer", d.operator.did]]),
    usual("legal_hold_release", [["job", "job-1"], ["issuer", d.operator.did]]),
    usual("log_genesis", [["issuer", d.operator.did]]),
    usual("log_settings", [["issuer", d.operator.did]]),
    usual("log_clock", [["issuer", d.operator.did]]),
    usual("log_key", [["issuer", d.operator.did]]),
    usual("log_frozen", [["issuer", d.operator.did]]),
  ]),
  "valid/export_bundle": vector("the embedded bundle's agent and runs are the export's too", d.exported(d.unsignedExport, d.issuer),
    [["bundle", "export-1"], ["agent", d.agent.did], ["run", "run-1"], ["issuer", d.issuer.did]]),
  "valid/export_bundle_odd": vector("what is no id in the embedded bundle is passed over", d.exported({ ...d.unsignedExport, artifacts: { proof_bundle_envelope: { payload: { agent_did: 7, event_chain: [{ run_id: "" }, { run_id: "run-2" }, 3] } } } }, d.issuer),
    [["bundle", "export-1"], ["run", "run-2"], ["issuer", d.issuer.did]]),
  "valid/tool_receipt_by_gateway": vector("another signer than the agent is a gateway", d.sign("tool_receipt", p.tool_receipt, d.gateway), [["receipt", "tool-1"], ["agent", d.agent.did], ["gateway", d.gateway.did], ...bound]),
  "valid/cst_issuance_sub": vector("without agent_did the agent is sub; an issuer need not name job or run", d.sign("cst_issuance", { event_version: "1", token_hash: d.x("token"), claims: { ...noAgent, sub: "worker 7" }, kid: "k" }),
    [["token", d.x("token")], ["scope", d.scopeHash({ ...noAgent, sub: "worker 7" })], ["agent", "worker 7"], ["jti", "jti-1"], ["policy", policy], ["issuer", d.issuer.did]]),
  "valid/job_event_halted": vector("a halt is findable as such", d.sign("job_event", { ...d.header, job_id: "job-1", action: "halted", at: d.time }), [["job", "job-1"], ["halt", "job-1"], ["issuer", d.orchestrator.did]]),
  "valid/job_event_rollback_of": vector("found under both jobs", d.sign("job_event", { ...d.header, job_id: "job-2", action: "rollback_of", at: d.time, related_job_id: "job-1" }), [["job", "job-2"], ["job", "job-1"], ["issuer", d.orchestrator.did]]),
  "valid/job_event_about_itself": vector("a subject stands once", d.sign("job_event", { ...d.header, job_id: "job-1", action: "supersedes", at: d.time, related_job_id: "job-1" }), [["job", "job-1"], ["issuer", d.orchestrator.did]]),
  "valid/job_event_reviewed": vector("a review is about evidence", d.sign("job_event", { ...d.header, job_id: " Job Ä ", action: "reviewed", at: d.time, evidence_digest: d.x("evidence") }), [["job", " Job Ä "], ["evidence", d.x("evidence")], ["issuer", d.orchestrator.did]]),
  "invalid/too_many": {
    description: "33 runs, a bundle and an agent", origin: d.origin, index_salt: salt.toString("base64url"), code: "SUBJECTS_TOO_MANY", pointer: "",
    document: JSON.stringify(d.sign("proof_bundle", { ...p.proof_bundle, event_chain: Array.from({ length: 33 }, (_, i) => ({ ...p.proof_bundle.event_chain[0], run_id: `run-${i}` })) })),
  },
});
