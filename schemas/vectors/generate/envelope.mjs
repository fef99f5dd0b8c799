// schemas/vectors/envelope: documents as bytes, signed by keys whose seeds are 32 equal bytes.
import { b64u, hashJcs, hashJs, hex, jcs, sha256, signer, writeVectors } from "./common.mjs";

const [alice, bob, carol] = [1, 2, 3].map(signer);
const issued_at = "2026-02-12T00:00:00.000Z";

// The nine members in the order in which gateways write them.
const envelope = (type, payload, hash, key, more = {}) => ({
  envelope_version: "1",
  envelope_type: type,
  payload,
  payload_hash_b64u: hash,
  hash_algorithm: "SHA-256",
  signature_b64u: key.sign(hash),
  algorithm: "Ed25519",
  signer_did: key.did,
  issued_at,
  ...more,
});
const clawsig = (type, payload, key = alice, more = {}) => envelope(type, payload, hashJs(payload), key, more);
const policy = (payload, key = alice) => envelope("work_policy_contract", payload, hashJcs(payload), key);

const ownMessage = (type, unsigned) =>
  Buffer.concat([Buffer.from(`evidence-ledger/${type}/v1\n`), sha256(jcs(unsigned))]);
function own(type, payload, key = alice, more = {}) {
  const { signature_b64u, ...unsigned } = envelope(type, payload, hashJcs(payload), key, more);
  return { ...unsigned, signature_b64u: key.sign(ownMessage(type, unsigned)) };
}

const unsignedExport = {
  export_version: "1", export_id: "exp_1", created_at: issued_at, issuer_did: alice.did,
  manifest: { manifest_version: "1", generated_at: issued_at, entries: [] }, artifacts: { proof_bundle_envelope: {} }, issued_at,
};
const bundleHash = hashJcs(unsignedExport);
const exported = { ...unsignedExport, bundle_hash_b64u: bundleHash, hash_algorithm: "SHA-256", signature_b64u: alice.sign(bundleHash), algorithm: "Ed25519" };

const receipt = {
  receipt_version: "1", receipt_id: "rcpt_1", gateway_id: "did:web:gateway.example", provider: "openai", model: "gpt-5",
  request_hash_b64u: b64u(sha256("request")), response_hash_b64u: b64u(sha256("response")),
  tokens_input: 10, tokens_output: 20, latency_ms: 1.5, timestamp: issued_at, binding: { run_id: "run_1", "9": "nine", "10": "ten" },
};
const detached = (payload) => {
  const signed = clawsig("gateway_receipt", payload);
  const log_inclusion_proof = { proof_version: "1", leaf_hash_b64u: signed.payload_hash_b64u };
  return { ...signed, payload: { ...payload, metadata: { ...payload.metadata, log_inclusion_proof } } };
};
const tool = { receipt_version: "2", receipt_id: "tool_1", tool_name: "search" };
const cosign = (key, hash, more = {}) => ({ signature_b64u: key.sign(hash), algorithm: "Ed25519", signer_did: key.did, issued_at, role: "auditor", ...more });
const toolV2 = (co_signatures, key = alice) => ({ ...clawsig("tool_receipt", tool, key), envelope_version: "2", co_signatures });
const jobEvent = { event_version: "1", log_origin: "example.com/log", job_id: "job-1", action: "opened", at: issued_at };

const nonCanonical = (text, digits) => text.slice(0, -1) + digits[digits.indexOf(text.at(-1)) + 1];
const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const statement = (type, did, message) => hex(sha256(Buffer.concat([Buffer.from(`evidence-ledger/statement/v1\0${type}\0${did}\0`), Buffer.from(message)])));
function valid(description, document, rule, message, more = {}) {
  const text = more.text ?? JSON.stringify(document);
  const type = document.envelope_type ?? "export_bundle";
  const did = document.signer_did ?? document.issuer_did;
  const appendix = document.co_signatures ? jcs(document.co_signatures) : "";
  return {
    description, document: text, envelope_type: type, rule, signer_did: did,
    payload_hash_b64u: document.payload_hash_b64u ?? document.bundle_hash_b64u,
    signed_message_hex: hex(Buffer.from(message)),
    statement_digest: statement(type, did, Buffer.concat([Buffer.from(message), Buffer.from(appendix)])),
    evidence_digest: hex(sha256(jcs(JSON.parse(text)))),
    raw_digest: hex(sha256(text.trim())),
  };
}
const validClawsig = (description, document, rule = "clawsig_js", more = {}) => valid(description, document, rule, document.payload_hash_b64u, more);
function validOwn(description, document) {
  const { signature_b64u, counter_signature_b64u, ...unsigned } = document;
  return valid(description, document, "own", ownMessage(document.envelope_type, unsigned));
}
const invalid = (description, document, code, pointer) => ({ description, document: JSON.stringify(document), code, pointer });

const good = clawsig("gateway_receipt", receipt);
const goodOwn = own("job_event", jobEvent);
const without = (object, name) => Object.fromEntries(Object.entries(object).filter(([member]) => member !== name));
const reordered = { ...good, payload: Object.fromEntries(Object.entries(receipt).reverse()) };
const hash = good.payload_hash_b64u;

writeVectors("envelope", {
  "valid/gateway_receipt": validClawsig("H_js, with array-index names in the payload", good),
  "valid/gateway_receipt_header_changed": validClawsig("the header is unsigned: the same statement", { ...good, issued_at: "2030-01-01T00:00:00+01:00", expires_at: issued_at }),
  "valid/gateway_receipt_pretty": validClawsig("white space outside strings changes the raw digest only", good, "clawsig_js", { text: `\n${JSON.stringify(good, null, 2)} ` }),
  "valid/gateway_receipt_log_proof": validClawsig("a log proof put into metadata after signing", detached({ ...receipt, metadata: { a: 1 } })),
  "valid/gateway_receipt_log_proof_in_empty_metadata": validClawsig("the same where metadata was empty", detached({ ...receipt, metadata: {} })),
  "valid/gateway_receipt_log_proof_in_new_metadata": validClawsig("the same where there was no metadata", detached(receipt)),
  "valid/tool_receipt_v2": validClawsig("co-signatures are part of the statement", toolV2([cosign(bob, hashJs(tool)), cosign(carol, hashJs(tool))])),
  "valid/proof_bundle": validClawsig("a proof bundle", clawsig("proof_bundle", { bundle_version: "1", bundle_id: "b1", agent_did: alice.did })),
  "valid/work_policy_contract": validClawsig("H_jcs", policy({ policy_version: "1", policy_id: "p", issuer_did: bob.did }), "clawsig_jcs"),
  "valid/export_bundle": valid("flat", exported, "export_bundle", bundleHash),
  "valid/job_event": validOwn("our own rule", goodOwn),
  "valid/job_event_expires": validOwn("every member is signed", own("job_event", jobEvent, bob, { expires_at: "2030-01-01T00:00:00Z" })),
  "valid/log_key": validOwn("counter-signed", { ...own("log_key", { event_version: "1", from_size: 5 }), counter_signature_b64u: bob.sign("the log's to check") }),

  "invalid/no_type": invalid("no envelope_type", without(good, "envelope_type"), "UNKNOWN_ENVELOPE_TYPE", "/envelope_type"),
  "invalid/unknown_type": invalid("a type that is not taken", clawsig("web_receipt", receipt), "UNKNOWN_ENVELOPE_TYPE", "/envelope_type"),
  "invalid/type_not_text": invalid("a number as type", { ...good, envelope_type: 1 }, "UNKNOWN_ENVELOPE_TYPE", "/envelope_type"),
  "invalid/version_2": invalid("version 2 of another type", { ...good, envelope_version: "2" }, "SCHEMA_INVALID", "/envelope_version"),
  "invalid/missing_payload": invalid("no payload", without(good, "payload"), "SCHEMA_INVALID", "/payload"),
  "invalid/missing_issued_at": invalid("no issued_at", without(good, "issued_at"), "SCHEMA_INVALID", "/issued_at"),
  "invalid/surplus_member": invalid("a member too many", { ...good, "no/te": 1 }, "SCHEMA_INVALID", "/no~1te"),
  "invalid/payload_not_object": invalid("a list as payload", { ...good, payload: [] }, "SCHEMA_INVALID", "/payload"),
  "invalid/co_signatures_on_v1": invalid("co-signatures belong to version 2", { ...clawsig("tool_receipt", tool), co_signatures: [cosign(bob, hashJs(tool))] }, "SCHEMA_INVALID", "/co_signatures"),
  "invalid/expires_at_on_policy": invalid("a policy contract has no expires_at", { ...policy({ policy_version: "1" }), expires_at: issued_at }, "SCHEMA_INVALID", "/expires_at"),
  "invalid/algorithm": invalid("another signature algorithm", { ...good, algorithm: "ES256" }, "SCHEMA_INVALID", "/algorithm"),
  "invalid/hash_algorithm": invalid("another hash", { ...good, hash_algorithm: "BLAKE3" }, "SCHEMA_INVALID", "/hash_algorithm"),
  "invalid/hash_too_short": invalid("42 characters", { ...good, payload_hash_b64u: hash.slice(1) }, "INVALID_BASE64URL", "/payload_hash_b64u"),
  "invalid/hash_padded": invalid("padding", { ...good, payload_hash_b64u: `${hash}=` }, "INVALID_BASE64URL", "/payload_hash_b64u"),
  "invalid/signature_trailing_bits": invalid("trailing bits that are not zero", { ...good, signature_b64u: nonCanonical(good.signature_b64u, digits) }, "INVALID_BASE64URL", "/signature_b64u"),
  "invalid/signer_control_character": invalid("a control character in the DID", { ...good, signer_did: `${alice.did}\n` }, "INVALID_ID", "/signer_did"),
  "invalid/signer_did_web": invalid("another DID method", { ...good, signer_did: "did:web:gateway.example" }, "SCHEMA_INVALID", "/signer_did"),
  "invalid/signer_small_order": invalid("a key of small order", { ...good, signer_did: "did:key:z6MkeXATEjyXENzBXBxgC5EHk2JE5aqd7qMGGtDpLUH1e2Sj" }, "SCHEMA_INVALID", "/signer_did"),
  "invalid/issued_at_without_offset": invalid("a time without offset", { ...good, issued_at: "2026-02-12T00:00:00" }, "SCHEMA_INVALID", "/issued_at"),
  "invalid/issued_at_space": invalid("a space in a time", { ...good, issued_at: "2026-02-12 00:00:00Z" }, "SCHEMA_INVALID", "/issued_at"),
  "invalid/issued_at_no_such_day": invalid("30 February", { ...good, issued_at: "2026-02-30T00:00:00Z" }, "SCHEMA_INVALID", "/issued_at"),
  "invalid/expires_at_not_time": invalid("expires_at is no time", { ...good, expires_at: "soon" }, "SCHEMA_INVALID", "/expires_at"),
  "invalid/payload_changed": invalid("another payload", { ...good, payload: { ...receipt, tokens_output: 21 } }, "HASH_MISMATCH", "/payload_hash_b64u"),
  "invalid/payload_reordered": invalid("a re-ordered payload under H_js", reordered, "HASH_MISMATCH", "/payload_hash_b64u"),
  "invalid/jcs_hash_under_js_rule": invalid("the hash of the other rule", envelope("gateway_receipt", receipt, hashJcs(receipt), alice), "HASH_MISMATCH", "/payload_hash_b64u"),
  "invalid/log_proof_of_another_receipt": invalid("an attached proof of another hash", { ...good, payload: { ...receipt, metadata: { log_inclusion_proof: { leaf_hash_b64u: hashJs({}) } } } }, "HASH_MISMATCH", "/payload_hash_b64u"),
  "invalid/log_proof_on_tool_receipt": invalid("only gateways attach proofs", { ...detached(receipt), envelope_type: "tool_receipt" }, "HASH_MISMATCH", "/payload_hash_b64u"),
  "invalid/signature_of_another_key": invalid("another key", { ...good, signature_b64u: bob.sign(hash) }, "SIGNATURE_INVALID", "/signature_b64u"),
  "invalid/signature_over_digest_bytes": invalid("the 32 bytes instead of the 43 characters", { ...good, signature_b64u: alice.sign(Buffer.from(hash, "base64url")) }, "SIGNATURE_INVALID", "/signature_b64u"),
  "invalid/co_signature": invalid("a co-signature by another key", toolV2([cosign(bob, hashJs(tool)), { ...cosign(carol, hashJs(tool)), signer_did: bob.did }]), "SIGNATURE_INVALID", "/co_signatures/1/signature_b64u"),
  "invalid/co_signature_member": invalid("a co-signature with a member too many", toolV2([cosign(bob, hashJs(tool), { note: "x" })]), "SCHEMA_INVALID", "/co_signatures/0/note"),
  "invalid/co_signatures_empty": invalid("no co-signature at all", toolV2([]), "SCHEMA_INVALID", "/co_signatures"),
  "invalid/own_header_changed": invalid("our header is signed", { ...goodOwn, issued_at: "2030-01-01T00:00:00Z" }, "SIGNATURE_INVALID", "/signature_b64u"),
  "invalid/own_expires_at_added": invalid("so is what was not there", { ...goodOwn, expires_at: issued_at }, "SIGNATURE_INVALID", "/signature_b64u"),
  "invalid/own_signed_as_clawsig": invalid("clawsig's message for our type", envelope("job_event", jobEvent, hashJcs(jobEvent), alice), "SIGNATURE_INVALID", "/signature_b64u"),
  "invalid/own_signed_as_other_type": invalid("the tag of another type", (() => { const { signature_b64u, ...unsigned } = goodOwn; return { ...unsigned, signature_b64u: alice.sign(ownMessage("legal_hold", unsigned)) }; })(), "SIGNATURE_INVALID", "/signature_b64u"),
  "invalid/log_key_without_counter_signature": invalid("log_key is counter-signed", own("log_key", { event_version: "1" }), "SCHEMA_INVALID", "/counter_signature_b64u"),
  "invalid/export_changed": invalid("another export bundle", { ...exported, export_id: "exp_2" }, "HASH_MISMATCH", "/bundle_hash_b64u"),
  "invalid/export_signature": invalid("an export bundle signed by another key", { ...exported, signature_b64u: bob.sign(bundleHash) }, "SIGNATURE_INVALID", "/signature_b64u"),
  "invalid/export_surplus_member": invalid("a member too many", { ...exported, note: 1 }, "SCHEMA_INVALID", "/note"),
});
