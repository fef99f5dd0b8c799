// schemas/vectors/payload: signed documents whose payload is sound or not. `signed` says whether
// the signature holds and only the content is refused; `schema` whether document.schema.json
// refuses the document too, or cannot say what is wrong.
import { readFileSync } from "node:fs";
import { hashJcs, hex, sha256, writeVectors } from "./common.mjs";
import * as d from "./documents.mjs";

const kinds = {
  gateway_receipt: "receipt.gateway", tool_receipt: "receipt.tool", side_effect_receipt: "receipt.side_effect", human_approval_receipt: "receipt.approval", cst_issuance: "token.issued",
  cst_revocation: "token.revoked", work_policy_contract: "policy.published", wpc_publication: "policy.published", wpc_withdrawal: "policy.withdrawn", wpc_freeze: "policy.frozen",
  proof_bundle: "bundle", aggregate_bundle: "bundle", authorization_decision: "decision", job_event: "job.event", trust_pulse: "pulse", evidence_artifact: "artifact",
  submission_context: "context", issuer_registration: "issuer.registered", issuer_retirement: "issuer.retired", log_genesis: "log.genesis", log_settings: "log.settings", log_clock: "log.clock", log_key: "log.key",
  erasure_order: "erasure.ordered", legal_hold: "hold.placed", legal_hold_release: "hold.released",
  log_frozen: "log.frozen",
};

// Identities: SHA-256(tag 00, then each part after its length as a 64-bit number).
function identity(kind, author, name, ...values) {
  const parts = [kind, author, name, ...values].flatMap((part) => {
    const bytes = Buffer.from(part);
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(bytes.length));
    return [length, bytes];
  });
  return hex(sha256(Buffer.concat([Buffer.from("evidence-ledger/identity/v1\0"), ...parts])));
}
const p = d.payloads;
const identities = {
  gateway_receipt: [
    identity("receipt.gateway", p.gateway_receipt.gateway_id, "receipt_id", "rcpt-1"),
    identity("receipt.gateway", p.gateway_receipt.gateway_id, "nonce", "run-1", "nonce-1"),
  ],
  cst_issuance: [identity("token.issued", d.issuer.did, "token_hash", d.x("token")), identity("token.issued", d.issuer.did, "jti", "jti-1")],
  proof_bundle: [identity("bundle", d.agent.did, "bundle_id", "bundle-1")],
  aggregate_bundle: [identity("bundle", d.issuer.did, "aggregate_id", "aggregate-1")],
};

const valid = (description, document, kind, more = {}) => ({ description, origin: d.origin, document: JSON.stringify(document), kind, identities: [], ...more });
const vectors = {};
for (const [type, kind] of Object.entries(kinds)) {
  const more = type in identities ? { identities: identities[type] } : {};
  if (type === "cst_issuance") more.scope_hash_b64u = d.scopeHash(d.claims);
  if (type === "wpc_publication") more.policy_hash_b64u = hashJcs(p.wpc_publication.policy);
  if (type === "work_policy_contract") more.policy_hash_b64u = hashJcs(p.work_policy_contract);
  vectors[`valid/${type}`] = valid(type, d.sign(type), kind, more);
}
const published = (policy_id, policy) => valid(`the policy ${policy_id}`, d.sign("wpc_publication", { ...d.header, policy_id, policy }), "policy.published", { policy_hash_b64u: hashJcs(policy) });
for (const name of ["defender-agent-readonly", "secure-agent-execution", "sentinel-triage-readonly"]) {
  vectors[`valid/wpc_publication_${name.replaceAll("-", "_")}`] = published(name, JSON.parse(readFileSync(new URL(`../policies/${name}.json`, import.meta.url), "utf8")));
}
const example = JSON.parse(readFileSync(new URL("../policies/clawsig-v1-example.json", import.meta.url), "utf8"));
const contractV2 = {
  policy_version: "2", policy_id: "pol-2", issuer_did: d.issuer.did, inherits: "pol-1", coverage_enforcement: "warn", metadata: {},
  statements: [{ sid: "s1", effect: "Deny", actions: ["tool:*"], resources: ["**"], conditions: { StringLike: { "Tool:Name": "exec*" }, Bool: { "Request:HasHumanApproval": "false" } } }],
  witnessed_web_policy: { mode: "warn", quorum: { m: 2, n: 3 }, transparency: { mode: "enforce", required_after: d.time } },
};
const toolV2 = { ...p.tool_receipt, receipt_version: "2", args_salt_b64u: d.h("salt a"), result_salt_b64u: d.h("salt r"), args_disclosure: {}, result_disclosure: {} };
const unseen = (payload, ...names) => Object.fromEntries(Object.entries(payload).filter(([name]) => !names.includes(name)));
const { log_origin, ...noOrigin } = p.cst_issuance;
const { content_b64, ...noContent } = p.evidence_artifact;
const minimalReceipt = { ...p.gateway_receipt };
delete minimalReceipt.binding;
delete minimalReceipt.metadata;
const exportIdentity = { identities: [identity("bundle", d.issuer.did, "export_id", "export-1")] };
Object.assign(vectors, {
  "valid/export_bundle": valid("flat, signed by its issuer", d.exported(d.unsignedExport, d.issuer), "bundle", exportIdentity),
  "valid/gateway_receipt_minimal": valid("without binding and metadata", d.sign("gateway_receipt", minimalReceipt), "receipt.gateway",
    { identities: [identity("receipt.gateway", p.gateway_receipt.gateway_id, "receipt_id", "rcpt-1")] }),
  "valid/tool_receipt_v2": valid("salts and disclosures", { ...d.sign("tool_receipt", toolV2), envelope_version: "2" }, "receipt.tool"),
  "valid/tool_receipt_by_gateway": valid("a gateway tells what an agent did", d.sign("tool_receipt", p.tool_receipt, d.gateway), "receipt.tool"),
  "valid/tool_receipt_observed": valid("a host saw neither arguments nor result", d.sign("tool_receipt", unseen(p.tool_receipt, "args_hash_b64u", "result_hash_b64u"), d.gateway), "receipt.tool"),
  "valid/side_effect_receipt_observed": valid("a host saw that something was sent", d.sign("side_effect_receipt", unseen(p.side_effect_receipt, "target_hash_b64u", "request_hash_b64u", "response_hash_b64u"), d.gateway), "receipt.side_effect"),
  "valid/cst_issuance_ends_last": valid("the last second of the year 9999", d.sign("cst_issuance", { ...p.cst_issuance, claims: { ...d.claims, exp: 253402300799 } }), "token.issued", { identities: identities.cst_issuance, scope_hash_b64u: d.scopeHash({ ...d.claims, exp: 253402300799 }) }),
  "valid/work_policy_contract_v2": valid("version 2 in the same envelope", d.contract(contractV2), "policy.published", { policy_hash_b64u: hashJcs(contractV2) }),
  "valid/work_policy_contract_example": valid("a policy whose hash others have published", d.contract(example), "policy.published", { policy_hash_b64u: "DWaJzVvXVpAtMq2KFWFuHcUnh0DT1XU4OHVaneXnbTM" }),
  "valid/cst_issuance_without_origin": valid("the issuer need not know the log", d.sign("cst_issuance", noOrigin), "token.issued", { identities: identities.cst_issuance, scope_hash_b64u: d.scopeHash(d.claims) }),
  "valid/erasure_order_job": valid("an order about a job", d.sign("erasure_order", { ...d.header, job_id: "job-1", reason: "retention period over" }), "erasure.ordered"),
  "valid/job_event_halted": valid("halted", d.sign("job_event", { ...d.header, job_id: "job-1", action: "halted", at: d.time, reason: "stop" }), "job.event"),
  "valid/job_event_reviewed": valid("reviewed", d.sign("job_event", { ...d.header, job_id: "job-1", action: "reviewed", at: d.time, verdict: "INCOMPLETE", tree_size: 9, evidence_digest: d.x("evidence") }), "job.event"),
  "valid/job_event_rollback_of": valid("a rollback names the other job", d.sign("job_event", { ...d.header, job_id: "job-2", action: "rollback_of", at: d.time, related_job_id: "job-1" }), "job.event"),
  "valid/evidence_artifact_by_hash": valid("content elsewhere", d.sign("evidence_artifact", noContent), "artifact"),
  "valid/submission_context_job_only": valid("no stream", d.sign("submission_context", { ...d.header, evidence_digest: d.x("evidence"), job_id: "job-1" }), "context"),
  "valid/log_genesis_approval_lifetime": valid("every setting stated", d.sign("log_genesis", { ...p.log_genesis, settings: { ...p.log_genesis.settings, approval_lifetime_s: 3600 } }), "log.genesis"),
  "valid/log_settings_approval_lifetime": valid("no approval without an end of its own", d.sign("log_settings", { ...d.header, approval_lifetime_s: 0 }), "log.settings"),
  "valid/log_frozen_successor": valid("another log goes on", d.sign("log_frozen", { ...p.log_frozen, successor: "example.com/log-2" }), "log.frozen"),
  "valid/job_event_time_with_offset": valid("lower-case letters and an offset", d.sign("job_event", { ...p.job_event, at: "1970-01-01t05:00:00.123456789+05:00" }), "job.event"),
});

const refused = (description, document, code, pointer, more = {}) => ({ description, origin: d.origin, document: JSON.stringify(document), code, pointer, signed: true, schema: "refuses", ...more });
const accepts = { schema: "accepts" };
const change = (type, members) => d.sign(type, { ...p[type], ...members });
const drop = (type, name) => {
  const { [name]: _, ...rest } = p[type];
  return d.sign(type, rest);
};
const claim = (members) => d.sign("cst_issuance", { ...p.cst_issuance, claims: { ...d.claims, ...members } });
const bind = (members) => change("gateway_receipt", { binding: members });
const pulse = (members) => change("trust_pulse", { pulse: { ...p.trust_pulse.pulse, ...members } });

// What a caller chose, as odd as it may be: it keeps no receipt out of the log.
const oddRun = "r".repeat(304);
const oddNonce = "n\u0000\u200b\u202e";
const oddBinding = { ...p.gateway_receipt.binding, run_id: oddRun, event_hash_b64u: "abcdefghi", nonce: oddNonce, policy_hash: "sha256:" + d.x("p"), token_scope_hash_b64u: d.x("s").slice(0, 61), span_id: "s".repeat(4096) };
vectors["valid/gateway_receipt_odd_caller"] = valid(
  "a run id of 304 bytes, an event hash of 9 characters, a model of 300 characters, characters that nobody sees",
  d.sign("gateway_receipt", { ...p.gateway_receipt, provider: "o\u200bpenai", model: "m".repeat(300), binding: oddBinding }),
  "receipt.gateway",
  { identities: [identities.gateway_receipt[0], identity("receipt.gateway", p.gateway_receipt.gateway_id, "nonce", oddRun, oddNonce)] },
);
vectors["valid/gateway_receipt_longest_run"] = valid(
  "a run id of 4096 bytes",
  d.sign("gateway_receipt", { ...p.gateway_receipt, binding: { run_id: "ü".repeat(2048) } }),
  "receipt.gateway",
  { identities: [identities.gateway_receipt[0]] },
);
vectors["valid/tool_receipt_odd_caller"] = valid(
  "hashes of no form, a tool of 300 characters with a zero-width space",
  d.sign("tool_receipt", { ...p.tool_receipt, tool_name: "exec\u200b" + "c".repeat(295), tool_version: "v".repeat(300), args_hash_b64u: "sha256:abc", result_hash_b64u: "?", binding: { run_id: oddRun, event_hash_b64u: "A".repeat(44) } }),
  "receipt.tool",
);
vectors["valid/authorization_decision_odd_caller"] = valid(
  "the run, the tool, the operation and the resource are the caller's",
  d.sign("authorization_decision", { ...p.authorization_decision, run_id: oddRun, tool: "t\u200b".repeat(300), operation: "o".repeat(4096), resource: "https://x.example/" + "a".repeat(2000) }),
  "decision",
);
vectors["valid/proof_bundle_odd_run"] = valid(
  "events of a run of 304 bytes",
  d.sign("proof_bundle", { ...p.proof_bundle, event_chain: p.proof_bundle.event_chain.map((event) => ({ ...event, run_id: oddRun, event_id: "e".repeat(300), event_type: "t\u200b" })) }),
  "bundle",
  { identities: identities.proof_bundle },
);
const structural = {
  gateway_receipt: ["provider", "request_hash_b64u"], tool_receipt: ["tool_name"], side_effect_receipt: ["effect_class"], human_approval_receipt: ["scope_hash_b64u"], cst_issuance: ["claims", "kid"],
  cst_revocation: ["revoked_at"], work_policy_contract: ["issuer_did"], wpc_publication: ["policy"], wpc_withdrawal: ["withdrawn_at"], wpc_freeze: ["scope"], proof_bundle: ["agent_did"],
  aggregate_bundle: ["manifest"], authorization_decision: ["args_hash_b64u"], job_event: ["at"], trust_pulse: ["pulse"], evidence_artifact: ["label"], submission_context: ["evidence_digest"],
  issuer_registration: ["roles"], issuer_retirement: ["reason"], log_genesis: ["index_salt", "format_versions"], log_settings: ["log_origin"], log_clock: ["tree_size", "clock", "reason"], log_key: ["action", "vkey", "by_vkey", "reason"],
  erasure_order: ["reason"], legal_hold: ["reason"], legal_hold_release: ["reason"],
  log_frozen: ["at_size", "reason"],
};
for (const [type, names] of Object.entries(structural)) {
  for (const name of names) vectors[`invalid/${type}_without_${name}`] = refused(`${type} without ${name}`, drop(type, name), "SCHEMA_INVALID", `/payload/${name}`);
  vectors[`invalid/${type}_surplus_member`] = refused(`${type} with a member of no meaning`, change(type, { "a/b~c": 1 }), "SCHEMA_INVALID", "/payload/a~1b~0c");
}
const rotation = d.payloads.log_key;
vectors["valid/log_key_retire"] = { ...vectors["valid/log_key"], description: "a key is retired by the one that follows it", document: JSON.stringify(d.counterSigned({ ...rotation, action: "retire" }, d.operator, d.stranger)) };
vectors["invalid/log_key_action"] = refused("an action that there is not", d.sign("log_key", { ...rotation, action: "replace" }), "SCHEMA_INVALID", "/payload/action");
vectors["invalid/log_key_vkey"] = refused("a key id of another key", d.sign("log_key", { ...rotation, vkey: rotation.vkey.replace(/[+]........[+]/, "+00000000+") }), "SCHEMA_INVALID", "/payload/vkey", accepts);
vectors["invalid/log_key_by_another_key"] = refused("counter-signed by another key than it names", d.counterSigned(rotation, d.operator, d.agent), "SIGNATURE_INVALID", "/counter_signature_b64u", { signed: false, ...accepts });
for (const [name, successor, schema] of [["itself", d.origin, accepts], ["with_space", "example.com/new log", accepts], ["with_plus", "example.com/log+2", accepts], ["empty", "", {}]]) {
  const code = successor === "" ? "INVALID_ID" : "SCHEMA_INVALID";
  vectors[`invalid/log_frozen_successor_${name}`] = refused("the log that continues this one is another, with a name that a checkpoint can have", change("log_frozen", { successor }), code, "/payload/successor", schema);
}
vectors["invalid/log_frozen_at_size_negative"] = refused("a size is not less than 0", change("log_frozen", { at_size: -1 }), "SCHEMA_INVALID", "/payload/at_size");
for (const type of ["erasure_order", "legal_hold", "legal_hold_release"]) {
  vectors[`invalid/${type}_two_targets`] = refused("a digest and a job", d.sign(type, { ...d.header, evidence_digest: d.x("evidence"), job_id: "job-1", reason: "r" }), "SCHEMA_INVALID", "/payload");
  vectors[`invalid/${type}_no_target`] = refused("neither a digest nor a job", d.sign(type, { ...d.header, reason: "r" }), "SCHEMA_INVALID", "/payload");
}
const elsewhere = { ...d.header, log_origin: "example.com/other" };
for (const type of Object.keys(kinds).filter((type) => "log_origin" in p[type] && type !== "log_genesis")) {
  vectors[`invalid/${type}_other_log`] = refused("written for another log", change(type, elsewhere), "WRONG_LOG", "/payload/log_origin", accepts);
}
Object.assign(vectors, {
  "invalid/unsigned": refused("a fault of the signature is not the signer's", { ...d.sign("job_event"), signature_b64u: d.sign("log_settings").signature_b64u }, "SIGNATURE_INVALID", "/signature_b64u", { signed: false, ...accepts }),
  "invalid/log_genesis_other_log": refused("genesis of another log", d.sign("log_genesis", { ...p.log_genesis, ...elsewhere, origin: elsewhere.log_origin, log_vkeys: [d.vkey(elsewhere.log_origin, d.stranger)] }), "WRONG_LOG", "/payload/log_origin", accepts),
  "invalid/id_empty": refused("an empty id", change("job_event", { job_id: "" }), "INVALID_ID", "/payload/job_id"),
  "invalid/id_control": refused("a control character", change("job_event", { job_id: "job\u0007" }), "INVALID_ID", "/payload/job_id"),
  ...Object.fromEntries(Object.entries({
    nul: "job\u0000", zero_width_space: "job\u200b-1", zero_width_joiner: "job\u200d-1", soft_hyphen: "job\u00ad-1", grapheme_joiner: "job\u034f",
    variation_selector: "job\ufe0f", variation_selector_17: "job\u{e0100}", tag_letter: "job\u{e0041}", hangul_filler: "job\u3164",
    halfwidth_hangul_filler: "job\uffa0", hangul_choseong_filler: "job\u115f", line_separator: "job\u2028", word_joiner: "job\u2060",
    annotation: "job\ufff9", byte_order_mark: "job\ufeff", braille_blank: "job\u2800", noncharacter: "job\ufdd0",
    dot: ".", dots: "..",
  }).map(([name, job_id]) => [`invalid/id_${name}`, refused(`an id with ${name.replaceAll("_", " ")}`, change("job_event", { job_id }), "INVALID_ID", "/payload/job_id")])),
  "invalid/id_bidi": refused("text direction", change("gateway_receipt", { receipt_id: "rcpt\u202e1" }), "INVALID_ID", "/payload/receipt_id"),
  "invalid/id_bytes": refused("fewer than 256 characters and more than 256 bytes", change("job_event", { job_id: "ü".repeat(129) }), "INVALID_ID", "/payload/job_id", accepts),
  "invalid/id_not_text": refused("a number as id", change("job_event", { job_id: 1 }), "SCHEMA_INVALID", "/payload/job_id"),
  "invalid/null_member": refused("null is a value, not an absence", change("job_event", { title: null }), "SCHEMA_INVALID", "/payload/title"),
  "invalid/hex_upper_case": refused("upper-case hexadecimal", change("cst_revocation", { token_hash: d.x("token").toUpperCase() }), "SCHEMA_INVALID", "/payload/token_hash"),
  "invalid/b64u_padded": refused("padding", change("wpc_freeze", { policy_hash_b64u: `${d.h("p")}=` }), "INVALID_BASE64URL", "/payload/policy_hash_b64u"),
  "invalid/b64u_trailing_bits": refused("bits that no byte has", change("gateway_receipt", { request_hash_b64u: `${"A".repeat(42)}B` }), "INVALID_BASE64URL", "/payload/request_hash_b64u"),
  "invalid/b64u_short": refused("fewer than eight characters", bind({ event_hash_b64u: "AAAA" }), "INVALID_BASE64URL", "/payload/binding/event_hash_b64u"),
  "invalid/caller_text_empty": refused("an empty run", bind({ run_id: "" }), "SCHEMA_INVALID", "/payload/binding/run_id"),
  "invalid/caller_text_long": refused("4097 characters of a model", change("gateway_receipt", { model: "m".repeat(4097) }), "SCHEMA_INVALID", "/payload/model"),
  "invalid/caller_text_not_text": refused("a number as run", bind({ run_id: 1 }), "SCHEMA_INVALID", "/payload/binding/run_id"),
  "invalid/caller_hash_alphabet": refused("a hash that clawsig's pattern does not take", bind({ event_hash_b64u: "sha256:abc" }), "INVALID_BASE64URL", "/payload/binding/event_hash_b64u"),
  "invalid/time_without_offset": refused("no offset", change("job_event", { at: "2026-02-12T00:00:00" }), "SCHEMA_INVALID", "/payload/at"),
  "invalid/time_no_such_day": refused("30 February", change("job_event", { at: "2026-02-30T00:00:00Z" }), "SCHEMA_INVALID", "/payload/at", accepts),
  "invalid/time_leap_second": refused("a leap second", change("job_event", { at: "2016-12-31T23:59:60Z" }), "SCHEMA_INVALID", "/payload/at"),
  "invalid/time_before_1970": refused("before the epoch", change("job_event", { at: "1960-01-01T00:00:00Z" }), "SCHEMA_INVALID", "/payload/at"),
  "invalid/event_version": refused("another version", change("job_event", { event_version: "2" }), "SCHEMA_INVALID", "/payload/event_version"),
  "invalid/gateway_receipt_tokens": refused("more than ten million tokens", change("gateway_receipt", { tokens_input: 10000001 }), "SCHEMA_INVALID", "/payload/tokens_input"),
  "invalid/gateway_receipt_latency": refused("half a millisecond", change("gateway_receipt", { latency_ms: 0.5 }), "SCHEMA_INVALID", "/payload/latency_ms"),
  "invalid/binding_surplus_member": refused("capabilities are a side effect's", bind({ capability_id: "cap-1" }), "SCHEMA_INVALID", "/payload/binding/capability_id"),
  "invalid/binding_phase": refused("no such phase", bind({ phase: "lunch" }), "SCHEMA_INVALID", "/payload/binding/phase"),
  "invalid/binding_confidence": refused("above one", bind({ attributionConfidence: 1.5 }), "SCHEMA_INVALID", "/payload/binding/attributionConfidence"),
  "invalid/tool_receipt_v1_with_salt": refused("salts are version 2's", change("tool_receipt", { args_salt_b64u: d.h("s") }), "SCHEMA_INVALID", "/payload/args_salt_b64u"),
  "invalid/tool_receipt_v2_without_salt": refused("version 2 has salts", change("tool_receipt", { receipt_version: "2" }), "SCHEMA_INVALID", "/payload/args_salt_b64u"),
  "invalid/tool_receipt_without_args_hash_b64u": refused("an agent knows the arguments", drop("tool_receipt", "args_hash_b64u"), "SCHEMA_INVALID", "/payload/args_hash_b64u", accepts),
  "invalid/tool_receipt_without_result_hash_b64u": refused("an agent knows the result", drop("tool_receipt", "result_hash_b64u"), "SCHEMA_INVALID", "/payload/result_hash_b64u", accepts),
  "invalid/tool_receipt_v2_observed_without_hash": refused("salts are of nothing without their hashes", d.sign("tool_receipt", unseen(toolV2, "args_hash_b64u"), d.gateway), "SCHEMA_INVALID", "/payload/args_hash_b64u"),
  "invalid/side_effect_receipt_without_target_hash_b64u": refused("an agent knows the target", drop("side_effect_receipt", "target_hash_b64u"), "SCHEMA_INVALID", "/payload/target_hash_b64u", accepts),
  "invalid/side_effect_receipt_class": refused("no such class", change("side_effect_receipt", { effect_class: "mind_reading" }), "SCHEMA_INVALID", "/payload/effect_class"),
  "invalid/human_approval_receipt_type": refused("no such type", change("human_approval_receipt", { approval_type: "nod" }), "SCHEMA_INVALID", "/payload/approval_type"),
  "invalid/cst_issuance_nonce": refused("the nonce stays out", claim({ nonce: "n" }), "SCHEMA_INVALID", "/payload/claims/nonce"),
  "invalid/cst_issuance_no_scope": refused("a token for nothing", claim({ scope: [] }), "SCHEMA_INVALID", "/payload/claims/scope"),
  "invalid/cst_issuance_spend_cap": refused("a negative cap", claim({ spend_cap: -1 }), "SCHEMA_INVALID", "/payload/claims/spend_cap"),
  "invalid/cst_issuance_scope_hash": refused("the scope hash of other claims", claim({ token_scope_hash_b64u: d.h("other") }), "TOKEN_SCOPE_HASH_MISMATCH", "/payload/claims/token_scope_hash_b64u", accepts),
  "invalid/cst_issuance_ends_at_once": refused("an end that is no later than the beginning", claim({ exp: d.claims.iat }), "EXP_NOT_AFTER_IAT", "/payload/claims/exp", accepts),
  "invalid/cst_issuance_ends_before": refused("an end before the beginning", claim({ exp: 0 }), "EXP_NOT_AFTER_IAT", "/payload/claims/exp", accepts),
  "invalid/cst_issuance_iat_milliseconds": refused("milliseconds", claim({ iat: d.claims.iat * 1000, exp: d.claims.exp * 1000 }), "SECONDS_EXPECTED", "/payload/claims/iat"),
  "invalid/cst_issuance_exp_milliseconds": refused("an end in milliseconds", claim({ exp: d.claims.exp * 1000 }), "SECONDS_EXPECTED", "/payload/claims/exp"),
  "invalid/cst_issuance_exp_year_10000": refused("one second more than the year 9999 has", claim({ exp: 253402300800 }), "SECONDS_EXPECTED", "/payload/claims/exp"),
  "invalid/cst_issuance_delegation_milliseconds": refused("a delegation's end in milliseconds", claim({ delegation_expires_at: d.claims.exp * 1000 }), "SECONDS_EXPECTED", "/payload/claims/delegation_expires_at"),
  "invalid/cst_revocation_milliseconds": refused("milliseconds", change("cst_revocation", { revoked_at: 1770854500000 }), "SECONDS_EXPECTED", "/payload/revoked_at"),
  "invalid/work_policy_contract_provider": refused("no such provider", change("work_policy_contract", { allowed_providers: ["acme"] }), "SCHEMA_INVALID", "/payload/allowed_providers/0"),
  "invalid/work_policy_contract_version": refused("no such version", change("work_policy_contract", { policy_version: "3" }), "SCHEMA_INVALID", "/payload/policy_version"),
  "invalid/work_policy_contract_operator": refused("no such operator", d.contract({ ...contractV2, statements: [{ ...contractV2.statements[0], conditions: { Sometimes: {} } }] }), "SCHEMA_INVALID", "/payload/statements/0/conditions/Sometimes"),
  "invalid/work_policy_contract_context_key": refused("no such key", d.contract({ ...contractV2, statements: [{ ...contractV2.statements[0], conditions: { Bool: { "Moon:Full": "true" } } }] }), "SCHEMA_INVALID", "/payload/statements/0/conditions/Bool/Moon:Full"),
  "invalid/wpc_publication_policy_text": refused("a policy is an object", change("wpc_publication", { policy: "anything" }), "SCHEMA_INVALID", "/payload/policy"),
  "invalid/proof_bundle_other_signer": refused("nobody speaks for another agent", d.sign("proof_bundle", p.proof_bundle, d.stranger), "ROLE_MISMATCH", "/payload/agent_did", accepts),
  "invalid/proof_bundle_empty_chain": refused("a chain of no events", change("proof_bundle", { event_chain: [] }), "SCHEMA_INVALID", "/payload/event_chain"),
  "invalid/proof_bundle_no_evidence": refused("nothing in it", d.sign("proof_bundle", { bundle_version: "1", bundle_id: "b", agent_did: d.agent.did }), "SCHEMA_INVALID", "/payload"),
  "invalid/proof_bundle_event": refused("an event with a surplus member", change("proof_bundle", { event_chain: [{ ...p.proof_bundle.event_chain[0], note: "" }] }), "SCHEMA_INVALID", "/payload/event_chain/0/note"),
  "invalid/proof_bundle_runs": refused("an entry holds 32 subjects", change("proof_bundle", { event_chain: Array.from({ length: 33 }, (_, i) => ({ ...p.proof_bundle.event_chain[0], run_id: `run-${i}` })) }), "SUBJECTS_TOO_MANY", "", accepts),
  "invalid/export_bundle_content_type": refused("a number as content type", d.exported({ ...d.unsignedExport, manifest: { ...d.unsignedExport.manifest, entries: [{ ...d.unsignedExport.manifest.entries[0], content_type: 1 }] } }, d.issuer), "SCHEMA_INVALID", "/manifest/entries/0/content_type"),
  "invalid/aggregate_bundle_other_signer": refused("not its issuer", d.sign("aggregate_bundle", p.aggregate_bundle, d.stranger), "ROLE_MISMATCH", "/payload/issuer_did", accepts),
  "invalid/authorization_decision_effect": refused("neither allow nor deny", change("authorization_decision", { effect: "maybe" }), "SCHEMA_INVALID", "/payload/effect"),
  "invalid/authorization_decision_statement": refused("no JSON pointer", change("authorization_decision", { statement: "allow/0" }), "SCHEMA_INVALID", "/payload/statement"),
  "invalid/authorization_decision_limit": refused("a limit is a scalar", change("authorization_decision", { constraint: { pointer: "", limit: [] } }), "SCHEMA_INVALID", "/payload/constraint/limit"),
  "invalid/job_event_action": refused("no such action", change("job_event", { action: "paused" }), "SCHEMA_INVALID", "/payload/action"),
  "invalid/job_event_supersedes_nothing": refused("which job?", change("job_event", { action: "supersedes" }), "SCHEMA_INVALID", "/payload/related_job_id"),
  "invalid/trust_pulse_other_signer": refused("nobody reports for another agent", d.sign("trust_pulse", p.trust_pulse, d.stranger), "ROLE_MISMATCH", "/payload/pulse/agent_did", accepts),
  "invalid/trust_pulse_uplift": refused("self-reports never uplift", pulse({ tier_uplift: true }), "SCHEMA_INVALID", "/payload/pulse/tier_uplift"),
  "invalid/trust_pulse_path": refused("upwards", pulse({ files: [{ path: "a/../b", touches: 1 }] }), "SCHEMA_INVALID", "/payload/pulse/files/0/path"),
  "invalid/evidence_artifact_hash": refused("the hash of other bytes", change("evidence_artifact", { sha256: d.x("other") }), "ARTIFACT_HASH_MISMATCH", "/payload/sha256", accepts),
  "invalid/evidence_artifact_size": refused("another length", change("evidence_artifact", { size: 5 }), "ARTIFACT_HASH_MISMATCH", "/payload/size", accepts),
  "invalid/evidence_artifact_label": refused("no such label", change("evidence_artifact", { label: "misc" }), "SCHEMA_INVALID", "/payload/label"),
  "invalid/evidence_artifact_base64": refused("base64url", change("evidence_artifact", { content_b64: "__8=" }), "SCHEMA_INVALID", "/payload/content_b64"),
  "invalid/evidence_artifact_media_type": refused("no subtype", change("evidence_artifact", { media_type: "text" }), "SCHEMA_INVALID", "/payload/media_type"),
  "invalid/submission_context_empty": refused("says nothing", d.sign("submission_context", { ...d.header, evidence_digest: d.x("evidence") }), "SCHEMA_INVALID", "/payload"),
  "invalid/submission_context_number": refused("a stream has a number", d.sign("submission_context", { ...d.header, evidence_digest: d.x("evidence"), stream: "s" }), "SCHEMA_INVALID", "/payload/number"),
  "invalid/issuer_registration_no_role": refused("no role", change("issuer_registration", { roles: [] }), "SCHEMA_INVALID", "/payload/roles"),
  "invalid/issuer_registration_role_twice": refused("a role twice", change("issuer_registration", { roles: ["gateway", "gateway"] }), "SCHEMA_INVALID", "/payload/roles/1"),
  "invalid/issuer_registration_weak_key": refused("a key of small order", change("issuer_registration", { did: d.didOf(Buffer.concat([Buffer.from([1]), Buffer.alloc(31)])) }), "SCHEMA_INVALID", "/payload/did", accepts),
  "invalid/issuer_registration_did_web": refused("no did:key", change("issuer_registration", { did: "did:web:gateway.example" }), "SCHEMA_INVALID", "/payload/did"),
  "invalid/issuer_registration_window": refused("ends before it starts", change("issuer_registration", { not_after: "2020-01-01T00:00:00Z" }), "SCHEMA_INVALID", "/payload/not_after", accepts),
  "invalid/issuer_registration_submitter": refused("no submitter name", change("issuer_registration", { submitters: ["Proxy 1"] }), "SCHEMA_INVALID", "/payload/submitters/0"),
  "invalid/log_genesis_other_signer": refused("not the operator", d.sign("log_genesis", p.log_genesis, d.stranger), "ROLE_MISMATCH", "/payload/operator_did", accepts),
  "invalid/log_genesis_origin": refused("two origins", change("log_genesis", { origin: "example.com/other" }), "SCHEMA_INVALID", "/payload/origin", accepts),
  "invalid/log_genesis_vkey": refused("a key of another name", change("log_genesis", { log_vkeys: [d.vkey("example.com/other", d.stranger)] }), "SCHEMA_INVALID", "/payload/log_vkeys/0", accepts),
  "invalid/log_genesis_format": refused("a format of later", change("log_genesis", { format_versions: { entry: 2, subject: 1 } }), "SCHEMA_INVALID", "/payload/format_versions/entry"),
  "invalid/log_settings_approval_lifetime": refused("more than 366 days", change("log_settings", { approval_lifetime_s: 31622401 }), "SCHEMA_INVALID", "/payload/approval_lifetime_s"),
  "invalid/log_genesis_setting": refused("an unknown setting", change("log_genesis", { settings: { ...p.log_genesis.settings, colour: "red" } }), "SCHEMA_INVALID", "/payload/settings/colour"),
  "invalid/log_settings_empty": refused("no setting", d.sign("log_settings", { ...d.header }), "SCHEMA_INVALID", "/payload"),
  "invalid/log_settings_range": refused("two hours", change("log_settings", { clock_skew_s: 7200 }), "SCHEMA_INVALID", "/payload/clock_skew_s"),
});
vectors["invalid/work_policy_contract_surplus_member"].pointer = "/payload/a~1b~0c";
writeVectors("payload", vectors);
