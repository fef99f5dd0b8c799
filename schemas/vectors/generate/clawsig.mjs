// clawsig documents of our own: one sound one of each kind, and for each check one that fails it and nothing
// before it. Verified at `at` with the lists in `allow`.
import { b64u, hashJcs, hashJs, jcs, sha256, signer, writeVectors } from "./common.mjs";
import { agent, approver, clawsig, exported, gateway, header, h, orchestrator, own, stranger, time } from "./documents.mjs";

const at = "2026-02-18T00:00:00Z";
const [attester, log, witness, issuer, tool, auditor] = [21, 22, 23, 24, 25, 26].map(signer);
const allow = { gateways: [gateway.did], attesters: [attester.did, log.did], witnesses: [witness.did] };
const vectors = {};
const text = (document) => (typeof document === "string" ? document : JSON.stringify(document));
const pass = (name, kind, document) => {
  vectors[`valid/${name}`] = { kind, status: "PASS", reason_code: "OK", at, allow, document: text(document) };
};
const fail = (name, kind, code, document, status = "FAIL") => {
  vectors[`invalid/${name}`] = { kind, status, reason_code: code, at, allow, document: text(document) };
};
const unknown = (name, code, document) => fail(name, "unknown", code, document, "UNKNOWN");
const copy = (value) => JSON.parse(JSON.stringify(value));
const change = (value, edit) => { const it = copy(value); edit(it); return it; };
const flip = (signature) => (signature.startsWith("A") ? "B" : "A") + signature.slice(1);

// Proof bundles: a chain of one event, and what is put into it.
function bundle(id, key, more = {}, envelope = {}, run = `run_${id}`) {
  const event = { event_id: `evt_${id}`, run_id: run, event_type: "llm_call", timestamp: time, payload_hash_b64u: h(id), prev_hash_b64u: null };
  const event_hash_b64u = hashJs(event);
  const extra = typeof more === "function" ? more(event_hash_b64u, run) : more;
  const payload = { bundle_version: "1", bundle_id: `bundle_${id}`, agent_did: key.did, event_chain: [{ ...event, event_hash_b64u }], ...extra };
  return clawsig("proof_bundle", payload, key, envelope);
}

// --- Tool receipts -----------------------------------------------------------------------------------------
const leafHash = (path, leaf) => h(`${path}:${jcs(leaf)}`);
function disclosure(disclosed, redacted = []) {
  const hashes = [...redacted, ...Object.entries(disclosed).map(([path, leaf]) => leafHash(path, leaf))].sort();
  return {
    disclosure_algorithm: "vir_v2_typed_lexicographical", merkle_root_b64u: h(jcs(hashes)),
    redacted_leaf_hashes_b64u: redacted, disclosed_leaves: disclosed,
  };
}
const leaves = {
  "args.query": { type: "string", value: "how many", salt_b64u: h("salt 1") },
  "args.limit": { type: "number", value: 3, salt_b64u: h("salt 2") },
  "args.deep": { type: "object", value: { "\u20ac": [null, true] }, salt_b64u: h("salt 3") },
};
const shown = disclosure(leaves, [h("hidden")]);
const toolV1 = (binding) => ({
  receipt_version: "1", receipt_id: "tr_1", tool_name: "search", args_hash_b64u: h("args"), result_hash_b64u: h("result"),
  hash_algorithm: "SHA-256", agent_did: agent.did, timestamp: time, latency_ms: 5, ...(binding && { binding }),
});
const toolV2 = (more = {}) => ({
  ...toolV1(), receipt_version: "2", args_salt_b64u: h("a"), result_salt_b64u: h("b"),
  args_hash_b64u: shown.merkle_root_b64u, args_disclosure: shown, ...more,
});
const coSigned = (payload, envelope = {}, keys = [auditor]) => {
  const hash = hashJs(payload);
  const co_signatures = keys.map((key) => ({ signature_b64u: key.sign(hash), algorithm: "Ed25519", signer_did: key.did, issued_at: time, role: "auditor" }));
  return clawsig("tool_receipt", payload, tool, { envelope_version: "2", co_signatures, ...envelope });
};
const toolKinds = { v1: clawsig("tool_receipt", toolV1(), tool), v2: coSigned(toolV2()) };
const toolFaults = {
  hash: ["HASH_MISMATCH", change(toolKinds.v2, (it) => { it.payload.latency_ms = 6; })],
  signature: ["SIGNATURE_INVALID", change(toolKinds.v2, (it) => { it.signature_b64u = flip(it.signature_b64u); })],
  "signer of another method": ["SIGNATURE_INVALID", { ...toolKinds.v2, signer_did: "did:web:example.com" }],
  "co-signature": ["CO_SIGNATURE_INVALID", change(toolKinds.v2, (it) => { it.co_signatures[0].signature_b64u = flip(it.co_signatures[0].signature_b64u); })],
  "co-signature by another": ["CO_SIGNATURE_INVALID", change(toolKinds.v2, (it) => { it.co_signatures[0].signer_did = stranger.did; })],
  "co-signature without role": ["SCHEMA_VALIDATION_FAILED", change(toolKinds.v2, (it) => { delete it.co_signatures[0].role; })],
  "17 co-signatures": ["SCHEMA_VALIDATION_FAILED", coSigned(toolV2(), {}, Array(17).fill(auditor))],
  expired: ["EXPIRED_TTL", coSigned(toolV2(), { expires_at: "2026-02-17T23:59:59Z" })],
  "hash algorithm": ["UNKNOWN_HASH_ALGORITHM", { ...toolKinds.v2, hash_algorithm: "BLAKE3" }],
  "expired in version 1": ["EXPIRED_TTL", { ...toolKinds.v1, expires_at: "2026-02-17T23:59:59Z" }],
  "disclosure of another hash": ["DISCLOSURE_ROOT_MISMATCH", coSigned(toolV2({ args_hash_b64u: h("other") }))],
  "disclosure with a changed value": ["DISCLOSURE_ROOT_MISMATCH", coSigned(toolV2({ args_disclosure: change(shown, (it) => { it.disclosed_leaves["args.limit"].value = 4; }) }))],
  "disclosure with a redacted leaf left out": ["DISCLOSURE_ROOT_MISMATCH", coSigned(toolV2({ args_disclosure: { ...shown, redacted_leaf_hashes_b64u: [] } }))],
  "disclosure of another type": ["DISCLOSURE_TYPE_MISMATCH", coSigned(toolV2({ args_disclosure: change(shown, (it) => { it.disclosed_leaves["args.limit"].type = "string"; }) }))],
  "disclosure of a type that is none": ["SCHEMA_VALIDATION_FAILED", coSigned(toolV2({ args_disclosure: change(shown, (it) => { it.disclosed_leaves["args.limit"].type = "integer"; }) }))],
  "disclosure of the result": ["DISCLOSURE_ROOT_MISMATCH", coSigned(toolV2({ result_disclosure: shown }))],
};
toolKinds["v1 with an end"] = { ...toolKinds.v1, expires_at: "2027-01-01T00:00:00Z" };
const other = { receipt_version: "3" };
for (const [name, envelope] of Object.entries(toolKinds)) {
  pass(`tool receipt ${name}`, "tool_receipt", envelope);
  pass(`bundle with tool receipt ${name}`, "proof_bundle", bundle("t", agent, { tool_receipts: [envelope] }));
}
pass("tool receipt v2 without co-signatures", "tool_receipt", coSigned(toolV2(), { co_signatures: undefined }));
pass("bundle with bare tool receipts", "proof_bundle", bundle("t", agent, { tool_receipts: [toolV1(), toolV2()] }));
for (const [name, [code, envelope]] of Object.entries(toolFaults)) {
  fail(`tool receipt, ${name}`, "tool_receipt", code, envelope);
  fail(`bundle with tool receipt, ${name}`, "proof_bundle", code, bundle("t", agent, { tool_receipts: [envelope] }));
}
const unknownAlgorithm = coSigned(toolV2({ args_disclosure: { ...shown, disclosure_algorithm: "other" } }));
fail("tool receipt, algorithm of disclosure", "tool_receipt", "DISCLOSURE_ALGORITHM_UNKNOWN", unknownAlgorithm);
fail("bundle with tool receipt, algorithm of disclosure", "proof_bundle", "SCHEMA_VALIDATION_FAILED", bundle("t", agent, { tool_receipts: [unknownAlgorithm] }));
fail("bundle with tool receipt of another version", "proof_bundle", "SCHEMA_VALIDATION_FAILED", bundle("t", agent, { tool_receipts: [{ ...toolV1(), ...other }] }));
fail("bundle with tool receipt of another agent", "proof_bundle", "PROOF_BUNDLE_AGENT_MISMATCH", bundle("t", stranger, { tool_receipts: [toolV1()] }));
fail("bundle with tool receipt of another run", "proof_bundle", "RECEIPT_BINDING_MISMATCH", bundle("t", agent, { tool_receipts: [toolV1({ run_id: "other" })] }));
fail("bundle with tool receipt of another event", "proof_bundle", "RECEIPT_BINDING_MISMATCH", bundle("t", agent, { tool_receipts: [toolV1({ event_hash_b64u: h("other") })] }));
fail("tool receipt, bare", "tool_receipt", "ENVELOPE_REQUIRED", toolV1());
fail("tool receipt, envelope of version 3", "tool_receipt", "UNKNOWN_ENVELOPE_VERSION", { ...toolKinds.v2, envelope_version: "3" });

// --- Side effects and approvals ----------------------------------------------------------------------------
const effect = {
  receipt_version: "1", receipt_id: "se_1", effect_class: "network_egress", target_hash_b64u: h("t"), request_hash_b64u: h("q"),
  response_hash_b64u: h("r"), hash_algorithm: "SHA-256", agent_did: agent.did, timestamp: time, latency_ms: 1,
};
const approval = {
  receipt_version: "1", receipt_id: "ha_1", approval_type: "explicit_approve", approver_subject: "somebody@example.com", agent_did: agent.did,
  scope_hash_b64u: h("scope"), hash_algorithm: "SHA-256", timestamp: time,
};
for (const [kind, payload, enumerated, key] of [["side_effect_receipt", effect, "effect_class", agent], ["human_approval_receipt", approval, "approval_type", approver]]) {
  const sound = clawsig(kind, payload, key);
  const list = `${kind}s`;
  pass(kind, kind, sound);
  fail(`${kind}, bare`, kind, "ENVELOPE_REQUIRED", payload);
  fail(`${kind}, class`, kind, "SCHEMA_VALIDATION_FAILED", clawsig(kind, { ...payload, [enumerated]: "other" }, key));
  fail(`${kind}, hash`, kind, "HASH_MISMATCH", change(sound, (it) => { it.payload.receipt_id = "other"; }));
  fail(`${kind}, signature`, kind, "SIGNATURE_INVALID", { ...sound, signature_b64u: flip(sound.signature_b64u) });
  fail(`bundle with ${kind}, agent`, "proof_bundle", "PROOF_BUNDLE_AGENT_MISMATCH", bundle("s", stranger, { [list]: [payload] }));
  fail(`bundle with ${kind}, class`, "proof_bundle", "SCHEMA_VALIDATION_FAILED", bundle("s", agent, { [list]: [{ ...payload, [enumerated]: "other" }] }));
}

// --- Web receipts ------------------------------------------------------------------------------------------
const web = {
  receipt_version: "1", receipt_id: "web_1", witness_id: "witness", source: "claude_web", request_hash_b64u: h("q"), response_hash_b64u: h("r"), timestamp: time,
};
const webSound = clawsig("web_receipt", web, witness);
pass("web receipt", "web_receipt", webSound);
pass("web receipt in a wrapping", "web_receipt", { vector_version: "1", envelope: webSound });
const headerFaults = (kind, sound, list) => {
  fail(`${kind}, member missing`, kind, "MALFORMED_ENVELOPE", change(sound, (it) => { delete it.hash_algorithm; }));
  fail(`${kind}, version`, kind, "UNKNOWN_ENVELOPE_VERSION", { ...sound, envelope_version: "9" });
  fail(`${kind}, algorithm`, kind, "UNKNOWN_ALGORITHM", { ...sound, algorithm: "ES256" });
  fail(`${kind}, hash algorithm`, kind, "UNKNOWN_HASH_ALGORITHM", { ...sound, hash_algorithm: "MD5" });
  fail(`${kind}, surplus member`, kind, "SCHEMA_VALIDATION_FAILED", { ...sound, more: 1 });
  fail(`${kind}, no offset`, kind, "SCHEMA_VALIDATION_FAILED", { ...sound, issued_at: "2026-02-12T00:00:00" });
  fail(`${kind}, DID`, kind, "INVALID_DID_FORMAT", { ...sound, signer_did: "did:example:1" });
  if (list) fail(`${kind}, signer`, kind, "CLAIM_NOT_FOUND", clawsig(sound.envelope_type, sound.payload, stranger));
  fail(`${kind}, leap second`, kind, "MALFORMED_ENVELOPE", { ...sound, issued_at: "2016-12-31T23:59:60Z" });
  fail(`${kind}, hash`, kind, "HASH_MISMATCH", { ...sound, payload_hash_b64u: h("other") });
  fail(`${kind}, signature`, kind, "SIGNATURE_INVALID", { ...sound, signature_b64u: flip(sound.signature_b64u) });
};
headerFaults("web_receipt", webSound, true);
fail("web receipt, BLAKE3", "web_receipt", "HASH_MISMATCH", { ...webSound, hash_algorithm: "BLAKE3" });
fail("web receipt, source", "web_receipt", "SCHEMA_VALIDATION_FAILED", clawsig("web_receipt", { ...web, source: "elsewhere" }, witness));
const last = webSound.signature_b64u.slice(-1);
const alias = { A: "B", Q: "R", g: "h", w: "x" }[last];
fail("web receipt, second text of the signature", "web_receipt", "INVALID_BASE64URL", { ...webSound, signature_b64u: webSound.signature_b64u.slice(0, -1) + alias });

// --- Legacy log proofs -------------------------------------------------------------------------------------
const node = (left, right) => sha256(Buffer.concat([left, right]));
const leafNodes = [..."abcde"].map((letter) => sha256(letter));
function logProof(leaves, index, key, more = {}) {
  let level = leaves, position = index;
  const path = [];
  while (level.length > 1) {
    path.push(b64u(level[position ^ 1] ?? level[position]));
    level = level.flatMap((left, i) => (i % 2 ? [] : [node(left, level[i + 1] ?? left)]));
    position >>= 1;
  }
  const root = b64u(level[0]);
  return {
    proof_version: "1", log_id: "log", tree_size: leaves.length, leaf_hash_b64u: b64u(leaves[index]), root_hash_b64u: root, audit_path: path,
    root_published_at: time, root_signature: { signer_did: key.did, sig_b64u: key.sign(root) }, metadata: { leaf_index: index }, ...more,
  };
}
const proof = logProof(leafNodes, 3, log);
const about = (it, leaf = it.leaf_hash_b64u) => ({ vector_version: "1", target_leaf_hash_b64u: leaf, inclusion_proof_v1: it });
const legacy = "legacy_log_proof";
pass("log proof of an expected leaf", legacy, about(proof));
fail("log proof of nothing known", legacy, "EVIDENCE_NOT_VERIFIED", proof, "INCOMPLETE");
fail("log proof of another leaf", legacy, "LOG_LEAF_MISMATCH", about(proof, h("other")));
fail("log proof, schema", legacy, "SCHEMA_VALIDATION_FAILED", about({ ...proof, more: 1 }, proof.leaf_hash_b64u));
fail("log proof, leap second", legacy, "INCLUSION_PROOF_INVALID", about({ ...proof, root_published_at: "2016-12-31T23:59:60Z" }));
fail("log proof, no index", legacy, "INCLUSION_PROOF_INVALID", about({ ...proof, metadata: {} }));
fail("log proof, empty tree", legacy, "INCLUSION_PROOF_INVALID", about({ ...proof, tree_size: 0 }));
fail("log proof, index beyond the tree", legacy, "INCLUSION_PROOF_INVALID", about({ ...proof, metadata: { leaf_index: 5 } }));
fail("log proof, length of the path", legacy, "INCLUSION_PROOF_INVALID", about({ ...proof, audit_path: proof.audit_path.slice(1) }));
fail("log proof, DID", legacy, "INVALID_DID_FORMAT", about({ ...proof, root_signature: { ...proof.root_signature, signer_did: "did:web:example.com" } }));
fail("log proof, signature", legacy, "SIGNATURE_INVALID", about({ ...proof, root_signature: { ...proof.root_signature, sig_b64u: flip(proof.root_signature.sig_b64u) } }));
fail("log proof, root of a stranger", legacy, "LOG_KEY_NOT_TRUSTED", about(logProof(leafNodes, 3, stranger)));
fail("log proof, path", legacy, "INCLUSION_PROOF_INVALID", about({ ...proof, metadata: { leaf_index: 2 } }));
fail("log proof, leaf of 30 bytes", legacy, "INCLUSION_PROOF_INVALID", about(logProof([Buffer.alloc(30, 1), ...leafNodes], 0, log)));
fail("log proof of the last leaf of five", legacy, "LOG_PROOF_AMBIGUOUS", about(logProof(leafNodes, 4, log)), "INCOMPLETE");
fail("log proof of the last leaf of five as the sixth", legacy, "LOG_PROOF_AMBIGUOUS", about({ ...logProof(leafNodes, 4, log), tree_size: 6, metadata: { leaf_index: 5 } }), "INCOMPLETE");
fail("log proof of the last leaf of five for another leaf", legacy, "LOG_LEAF_MISMATCH", about(logProof(leafNodes, 4, log), h("other")));
const inner = logProof(leafNodes, 0, log);
fail("log proof of an inner node", legacy, "LOG_LEAF_MISMATCH", about({
  ...inner, tree_size: 3, leaf_hash_b64u: b64u(node(leafNodes[0], leafNodes[1])), audit_path: inner.audit_path.slice(1),
}, inner.leaf_hash_b64u));
// Whatever an envelope's key signed is the root of a tree of one leaf.
fail("log proof made of an envelope", legacy, "LOG_PROOF_AMBIGUOUS", about({
  ...proof, tree_size: 1, leaf_hash_b64u: hashJs(web), root_hash_b64u: hashJs(web), audit_path: [],
  root_signature: { signer_did: attester.did, sig_b64u: attester.sign(hashJs(web)) }, metadata: { leaf_index: 0 },
}), "INCOMPLETE");

// --- Attestations ------------------------------------------------------------------------------------------
const exportedBundle = bundle("x", agent);
const bundleHash = exportedBundle.payload_hash_b64u;
const execution = (more = {}) => ({
  attestation_version: "1", attestation_id: "att_1", execution_type: "sandbox_execution", agent_did: agent.did, attester_did: attester.did,
  run_id: "run_x", proof_bundle_hash_b64u: bundleHash, issued_at: time, ...more,
});
const model = { model_identity_version: "1", tier: "closed_opaque", model: { provider: "p", name: "m" } };
const derivation = (more = {}) => ({
  derivation_version: "1", derivation_id: "drv_1", issued_at: time, input_model: model, output_model: model, transform: { kind: "other" }, ...more,
});
const audit = (more = {}) => ({
  audit_version: "1", audit_id: "aud_1", issued_at: time, model, audit_code: { code_hash_b64u: h("c") },
  dataset: { dataset_id: "d", dataset_hash_b64u: h("d"), access: "public" }, protocol: { name: "n", config_hash_b64u: h("p") },
  result: { status: "pass", results_hash_b64u: h("r") }, ...more,
});
const [EXE, DRV, AUD] = ["execution_attestation", "derivation_attestation", "audit_result_attestation"];
for (const [kind, payload] of [[EXE, execution()], [DRV, derivation()], [AUD, audit()]]) {
  pass(kind, kind, clawsig(kind, payload, attester));
}
pass("derivation attestation with a log proof", DRV, clawsig(DRV, derivation({ clawlogs: { inclusion_proof: proof } }), attester));
headerFaults(DRV, clawsig(DRV, derivation(), attester), true);
const environment = (more, measured) => execution({ execution_type: "tee_execution", runtime_metadata: { tee: {
  attestation_type: "generic_tee", root_id: "r", tcb_version: "1", evidence_ref: { resource_type: "report", resource_hash_b64u: h("report") },
  measurements: { measurement_hash_b64u: h("measurement"), ...measured }, ...more,
} } });
const executionFaults = {
  "environment with a nonce and weights": ["DEPENDENCY_NOT_CONFIGURED", environment({ nonce_binding_b64u: h("nonce") }, { model_weights_digest_b64u: h("weights") })],
  "no run": ["SCHEMA_VALIDATION_FAILED", execution({ run_id: " " })],
  attester: ["SIGNATURE_INVALID", execution({ attester_did: log.did })],
  expired: ["EXPIRED_TTL", execution({ expires_at: "2026-02-17T23:54:59Z" })],
  "no claims of the environment": ["SCHEMA_VALIDATION_FAILED", execution({ execution_type: "tee_execution" })],
  "environment without a list": ["DEPENDENCY_NOT_CONFIGURED", execution({ execution_type: "tee_execution", runtime_metadata: { tee: {
    attestation_type: "generic_tee", root_id: "r", tcb_version: "1",
    evidence_ref: { resource_type: "report", resource_hash_b64u: h("report") }, measurements: { measurement_hash_b64u: h("measurement") },
  } } })],
  "environment without a measurement": ["SCHEMA_VALIDATION_FAILED", execution({ execution_type: "tee_execution", runtime_metadata: { tee: { root_id: "r", tcb_version: "1" } } })],
};
for (const [name, [code, payload]] of Object.entries(executionFaults)) fail(`${EXE}, ${name}`, EXE, code, clawsig(EXE, payload, attester));
const logFaults = {
  "log root of a stranger": ["LOG_KEY_NOT_TRUSTED", { inclusion_proof: logProof(leafNodes, 3, stranger) }],
  "log proof that does not hold": ["INCLUSION_PROOF_INVALID", { inclusion_proof: { ...proof, metadata: { leaf_index: 1 } } }],
  "log proof of another entry": ["LOG_LEAF_MISMATCH", { log_entry_hash_b64u: h("other"), inclusion_proof: proof }],
};
for (const [name, [code, clawlogs]] of Object.entries(logFaults)) {
  fail(`${DRV}, ${name}`, DRV, code, clawsig(DRV, derivation({ clawlogs }), attester));
  fail(`${AUD}, ${name}`, AUD, code, clawsig(AUD, audit({ clawlogs }), attester));
}

// --- Export bundles ----------------------------------------------------------------------------------------
const entry = (path, value) => ({ path, sha256_b64u: hashJcs(value), content_type: "application/json", size_bytes: Buffer.byteLength(jcs(value)) });
function exportOf(artifacts, edit = () => {}, key = issuer) {
  const entries = [entry("artifacts/proof_bundle_envelope.json", artifacts.proof_bundle_envelope)];
  for (const [list, envelopes] of Object.entries(artifacts).slice(1)) envelopes.forEach((it, i) => entries.push(entry(`artifacts/${list}/${i}.json`, it)));
  const unsigned = {
    export_version: "1", export_id: "exp_1", created_at: time, issuer_did: key.did, manifest: { manifest_version: "1", generated_at: time, entries },
    artifacts, issued_at: time,
  };
  edit(unsigned);
  return exported(unsigned, key);
}
const EXP = "export_bundle";
const whole = {
  proof_bundle_envelope: exportedBundle,
  execution_attestation_envelopes: [clawsig(EXE, execution(), attester)],
  derivation_attestation_envelopes: [clawsig(DRV, derivation({ execution: { proof_bundle_hash_b64u: bundleHash } }), attester)],
  audit_result_attestation_envelopes: [clawsig(AUD, audit(), attester)],
};
const soundExport = exportOf(whole);
pass("export bundle", EXP, soundExport);
pass("export bundle in a wrapping", EXP, { bundle: soundExport });
pass("export bundle just not expired", EXP, exportOf(whole, (it) => { it.expires_at = "2026-02-17T23:55:00Z"; }));
const exportFaults = {
  schema: ["SCHEMA_VALIDATION_FAILED", { ...soundExport, more: 1 }],
  "schema of the bundle": ["SCHEMA_VALIDATION_FAILED", exportOf({ proof_bundle_envelope: { ...exportedBundle, envelope_version: "2" } })],
  "schema of an attestation": ["SCHEMA_VALIDATION_FAILED", exportOf({ ...whole, derivation_attestation_envelopes: [clawsig(DRV, derivation({ more: 1 }), attester)] })],
  DID: ["INVALID_DID_FORMAT", exportOf(whole, (it) => { it.issuer_did = "did:example:1"; })],
  "leap second": ["MALFORMED_ENVELOPE", exportOf(whole, (it) => { it.created_at = "2016-12-31T23:59:60Z"; })],
  "created after issue": ["CAUSAL_CLOCK_CONTRADICTION", exportOf(whole, (it) => { it.created_at = "2026-02-12T00:00:00.001Z"; })],
  "issued in the future": ["FUTURE_TIMESTAMP_POISONING", exportOf(whole, (it) => { it.issued_at = "2026-02-18T00:05:00.001Z"; })],
  expired: ["EXPIRED_TTL", exportOf(whole, (it) => { it.expires_at = "2026-02-17T23:54:59.999Z"; })],
  "path twice": ["MALFORMED_ENVELOPE", exportOf(whole, (it) => { it.manifest.entries[1].path = it.manifest.entries[0].path; })],
  "entry missing": ["MISSING_REQUIRED_FIELD", exportOf(whole, (it) => { it.manifest.entries.pop(); })],
  "entry of another path": ["MISSING_REQUIRED_FIELD", exportOf(whole, (it) => { it.manifest.entries[0].path = "artifacts/other.json"; })],
  "hash of an entry": ["HASH_MISMATCH", exportOf(whole, (it) => { it.manifest.entries[0].sha256_b64u = h("other"); })],
  "type of an entry": ["MALFORMED_ENVELOPE", exportOf(whole, (it) => { it.manifest.entries[0].content_type = "text/plain"; })],
  "size of an entry": ["HASH_MISMATCH", exportOf(whole, (it) => { it.manifest.entries[0].size_bytes += 1; })],
  "hash of the bundle": ["HASH_MISMATCH", { ...soundExport, export_id: "other" }],
  "key of another method": ["INVALID_DID_FORMAT", exportOf(whole, (it) => { it.issuer_did = "did:web:example.com"; })],
  signature: ["SIGNATURE_INVALID", { ...soundExport, signature_b64u: flip(soundExport.signature_b64u) }],
  "signature of the proof bundle": ["SIGNATURE_INVALID", exportOf({ proof_bundle_envelope: { ...exportedBundle, signature_b64u: flip(exportedBundle.signature_b64u) } })],
  "run manifest": ["URM_MISSING", exportOf({ proof_bundle_envelope: bundle("x", agent, { urm: { urm_version: "1", urm_id: "u", resource_type: "universal_run_manifest", resource_hash_b64u: h("urm") } }) })],
  "attester unknown": ["CLAIM_NOT_FOUND", exportOf({ ...whole, derivation_attestation_envelopes: [clawsig(DRV, derivation(), stranger)] })],
  "attestation of another bundle": ["HASH_MISMATCH", exportOf({ ...whole, execution_attestation_envelopes: [clawsig(EXE, execution({ proof_bundle_hash_b64u: h("other") }), attester)] })],
  "attestation of another run": ["HASH_MISMATCH", exportOf({ ...whole, execution_attestation_envelopes: [clawsig(EXE, execution({ run_id: "other" }), attester)] })],
  "attestation of another agent": ["HASH_MISMATCH", exportOf({ ...whole, execution_attestation_envelopes: [clawsig(EXE, execution({ agent_did: stranger.did }), attester)] })],
  "derivation of another bundle": ["HASH_MISMATCH", exportOf({ ...whole, derivation_attestation_envelopes: [clawsig(DRV, derivation({ execution: { proof_bundle_hash_b64u: h("other") } }), attester)] })],
  "log root of a stranger": ["LOG_KEY_NOT_TRUSTED", exportOf({ ...whole, derivation_attestation_envelopes: [clawsig(DRV, derivation({ clawlogs: { inclusion_proof: logProof(leafNodes, 3, stranger) } }), attester)] })],
};
for (const [name, [code, document]] of Object.entries(exportFaults)) fail(`export bundle, ${name}`, EXP, code, document);

// Nothing verifies web receipts in a bundle: that is missing, and what is wrong is still looked for.
const unverified = { web_receipts: [webSound] };
const withWeb = { proof_bundle_envelope: bundle("x", agent, unverified) };
fail("export bundle, bundle with web receipts", EXP, "EVIDENCE_NOT_VERIFIED", exportOf(withWeb), "INCOMPLETE");
fail("export bundle, bundle with web receipts and attester unknown", EXP, "CLAIM_NOT_FOUND", exportOf({ ...withWeb, derivation_attestation_envelopes: [clawsig(DRV, derivation(), stranger)] }));

// --- Aggregate bundles -------------------------------------------------------------------------------------
const agents = [31, 32, 33].map(signer);
const AGG = "aggregate_bundle";
const sorted = (members) => [...members].sort((a, b) => (hashJcs(a) < hashJcs(b) ? -1 : 1));
const payloadOf = (member) => (member.artifacts?.proof_bundle_envelope ?? member).payload;
function aggregate(members, edit = () => {}, envelope = {}, key = issuer) {
  const payload = {
    aggregate_version: "1", aggregate_id: "agg_1", created_at: time, issuer_did: key.did,
    manifest: { manifest_version: "1", generated_at: time, entries: members.map((it, i) => entry(`artifacts/member_bundles/${i}.json`, it)) },
    artifacts: { member_bundles: members },
    metadata: { fleet_summary: {
      total_members: members.length, unique_agents: new Set(members.map((it) => payloadOf(it).agent_did)).size,
      total_runs: new Set(members.map((it) => payloadOf(it).event_chain?.[0].run_id)).size,
    } },
  };
  edit(payload);
  return clawsig(AGG, payload, key, envelope);
}
const fleet = sorted([bundle("1", agents[0]), bundle("2", agents[1]), exportOf({ proof_bundle_envelope: bundle("3", agents[2]) })]);
const soundAggregate = aggregate(fleet, (it) => { it.metadata.fleet_summary.fleet_proof_tier = "self"; });
pass("aggregate bundle", AGG, soundAggregate);
pass("aggregate bundle with an end", AGG, aggregate(fleet, (it) => { it.expires_at = "2026-02-17T23:55:00Z"; }));
const claim = (observed, more = {}) => ({
  rate_limit_claims: [{ claim_version: "1", scope: "model", scope_key: "m", window_start: time, window_end: "2026-02-12T01:00:00Z", max_requests: 10, observed_requests: observed, ...more }],
});
const twoOf = (one, two) => sorted([bundle("1", agents[0], one), bundle("2", agents[0], two)]);
pass("aggregate bundle within a limit", AGG, aggregate(twoOf(claim(5), claim(5))));
const receiptOf = (id, more = {}) => (event_hash_b64u, run_id) => ({
  receipts: [clawsig("gateway_receipt", {
    receipt_version: "1", receipt_id: id, gateway_id: "gw", provider: "p", model: "m", request_hash_b64u: h(run_id), response_hash_b64u: h("r"),
    tokens_input: 1, tokens_output: 1, latency_ms: 1, timestamp: time, binding: { run_id, event_hash_b64u, ...more },
  }, gateway)],
});
const span = (phase) => ({ span_id: "span", phase, attribution_confidence: 0.5 });
const inRun = (run, agent, id, more) => bundle(run, agent, receiptOf(id, more), {}, `ns::${run}`);
const gatewayFleet = sorted([inRun("1", agents[0], "r1", span("execution")), inRun("2", agents[1], "r2", span("execution"))]);
pass("aggregate bundle of gateway tier", AGG, aggregate(gatewayFleet, (it) => { it.metadata.fleet_summary.fleet_proof_tier = "gateway"; }));
const edited = (edit) => aggregate(fleet, edit);
const ending = bundle("1", agents[0], {}, { expires_at: "2026-03-01T00:00:00Z" });
const chainless = clawsig("proof_bundle", change(payloadOf(bundle("1", agents[0], receiptOf("r"))), (it) => { delete it.event_chain; }), agents[0]);
const aggregateFaults = {
  schema: ["SCHEMA_VALIDATION_FAILED", { ...soundAggregate, more: 1 }],
  "envelope version": ["SCHEMA_VALIDATION_FAILED", { ...soundAggregate, envelope_version: "2" }],
  "schema of a member": ["SCHEMA_VALIDATION_FAILED", aggregate([{ ...fleet[0], envelope_type: "other" }])],
  "no member": ["SCHEMA_VALIDATION_FAILED", aggregate([])],
  DID: ["INVALID_DID_FORMAT", { ...soundAggregate, signer_did: "did:example:1" }],
  signer: ["AGGREGATE_SIGNER_MISMATCH", clawsig(AGG, soundAggregate.payload, stranger)],
  "leap second": ["MALFORMED_ENVELOPE", edited((it) => { it.created_at = "2016-12-31T23:59:60Z"; })],
  "created after issue": ["CAUSAL_CLOCK_CONTRADICTION", edited((it) => { it.created_at = "2026-02-12T00:00:00.001Z"; })],
  "issued in the future": ["FUTURE_TIMESTAMP_POISONING", { ...soundAggregate, issued_at: "2026-02-18T00:05:00.001Z" }],
  expired: ["EXPIRED_TTL", edited((it) => { it.expires_at = "2026-02-17T23:54:59Z"; })],
  "envelope expired": ["EXPIRED_TTL", { ...soundAggregate, expires_at: "2026-02-17T23:54:59Z" }],
  BLAKE3: ["UNKNOWN_HASH_ALGORITHM", { ...soundAggregate, hash_algorithm: "BLAKE3" }],
  hash: ["HASH_MISMATCH", change(soundAggregate, (it) => { it.payload.aggregate_id = "other"; })],
  signature: ["SIGNATURE_INVALID", { ...soundAggregate, signature_b64u: flip(soundAggregate.signature_b64u) }],
  unsorted: ["UNSORTED_MEMBER_ARRAY", aggregate([...fleet].reverse())],
  "member twice": ["AGGREGATE_DUPLICATE_MEMBER", aggregate([fleet[0], fleet[0]])],
  "path twice": ["AGGREGATE_BUNDLE_INVALID", edited((it) => { it.manifest.entries[1].path = it.manifest.entries[0].path; })],
  "entry missing": ["HASH_MISMATCH", edited((it) => { it.manifest.entries.pop(); })],
  "entry of another path": ["HASH_MISMATCH", edited((it) => { it.manifest.entries[0].path = "other"; })],
  "hash of an entry": ["HASH_MISMATCH", edited((it) => { it.manifest.entries[0].sha256_b64u = h("other"); })],
  "type of an entry": ["AGGREGATE_BUNDLE_INVALID", edited((it) => { it.manifest.entries[0].content_type = "text/plain"; })],
  "size of an entry": ["HASH_MISMATCH", edited((it) => { it.manifest.entries[0].size_bytes += 1; })],
  "member without a run": ["INCONSISTENT_RUN_ID", aggregate([chainless], (it) => { it.metadata.fleet_summary.total_runs = 1; })],
  "member that does not verify": ["AGGREGATE_MEMBER_INVALID", aggregate([{ ...fleet[0], ...(fleet[0].artifacts ? {} : {}), signature_b64u: flip(fleet[0].signature_b64u) }])],
  "receipt of a stranger": ["AGGREGATE_MEMBER_INVALID", aggregate([bundle("1", agents[0], (e, r) => change(receiptOf("r")(e, r), (it) => { it.receipts = [clawsig("gateway_receipt", it.receipts[0].payload, stranger)]; }))])],
  "receipt id with two contents": ["CAUSAL_AGGREGATE_RECEIPT_REPLAY", aggregate(sorted([inRun("1", agents[0], "r1"), inRun("2", agents[1], "r1")]))],
  "span with two meanings": ["CAUSAL_AGGREGATE_MEMBER_CONFLICT", aggregate(sorted([inRun("1", agents[0], "r1", span("execution")), inRun("2", agents[1], "r2", span("planning"))]))],
  "issuer is an agent": ["IDENTITY_CONFLICT", aggregate(sorted([bundle("1", issuer), bundle("2", agents[1])]))],
  "ends after a member": ["AGGREGATE_TTL_EXCEEDS_MEMBER", aggregate([ending], (it) => { it.expires_at = "2026-03-01T00:00:01Z"; })],
  "bundle id twice": ["AGGREGATE_DUPLICATE_BUNDLE_ID", aggregate(sorted([bundle("1", agents[0]), bundle("1", agents[1], {}, {}, "run_other")]))],
  "run id twice": ["AGGREGATE_DUPLICATE_RUN_ID", aggregate(sorted([bundle("1", agents[0]), bundle("2", agents[1], {}, {}, "run_1")]))],
  "limits of two members": ["RATE_LIMIT_CLAIM_INCONSISTENT", aggregate(twoOf(claim(1), claim(1, { max_requests: 11 })))],
  "limit exceeded together": ["RATE_LIMIT_EXCEEDED", aggregate(twoOf(claim(5), claim(6)))],
  "tokens exceeded together": ["RATE_LIMIT_EXCEEDED", aggregate(twoOf(...[6, 5].map((tokens) => claim(1, { max_tokens_input: 10, observed_tokens_input: tokens }))))],
  "number of members": ["FLEET_SUMMARY_MISMATCH", edited((it) => { it.metadata.fleet_summary.total_members = 2; })],
  "number of agents": ["FLEET_SUMMARY_MISMATCH", edited((it) => { it.metadata.fleet_summary.unique_agents = 2; })],
  "number of runs": ["FLEET_SUMMARY_MISMATCH", edited((it) => { it.metadata.fleet_summary.total_runs = 2; })],
  tier: ["FLEET_SUMMARY_MISMATCH", edited((it) => { it.metadata.fleet_summary.fleet_proof_tier = "gateway"; })],
};
for (const [name, [code, document]] of Object.entries(aggregateFaults)) fail(`aggregate bundle, ${name}`, AGG, code, document);

const fleetWithWeb = sorted([bundle("1", agents[0], unverified), bundle("2", agents[1])]);
fail("aggregate bundle, member with web receipts", AGG, "AGGREGATE_MEMBER_INVALID", aggregate(fleetWithWeb), "INCOMPLETE");
fail("aggregate bundle, member with web receipts and tier", AGG, "FLEET_SUMMARY_MISMATCH", aggregate(fleetWithWeb, (it) => { it.metadata.fleet_summary.fleet_proof_tier = "gateway"; }));

// --- Commits -----------------------------------------------------------------------------------------------
const padded = (key, members) => {
  const unsigned = { ...members, signature: "" };
  return { ...unsigned, signature: Buffer.from(key.sign(jcs(unsigned)), "base64url").toString("base64") };
};
const commit = { version: "m1", type: "message_signature", algo: "ed25519", did: agent.did, message: "commit:135016bbeda0a95d5745ff9031c1287263ea0a06", createdAt: time };
const signedCommit = (more) => padded(agent, { ...commit, ...more });
const soundCommit = signedCommit({});
pass("commit signature", "commit_sig", soundCommit);
pass("commit signature in capitals", "commit_sig", signedCommit({ message: "COMMIT:ABCDEF0" }));
pass("commit signature with a member of its own", "commit_sig", signedCommit({ note: { z: 1, a: 2 } }));
pass("artifact signature", "artifact_sig", padded(agent, { version: "m1", type: "artifact_signature", algo: "ed25519", did: agent.did, hash: { algo: "sha256", value: "00" }, artifact: { name: "a", size: 1 }, createdAt: time, metadata: {} }));
const commitFaults = {
  version: ["UNKNOWN_VERSION", signedCommit({ version: "m2" })],
  "no version": ["UNKNOWN_VERSION", change(soundCommit, (it) => { delete it.version; })],
  type: ["UNKNOWN_TYPE", signedCommit({ type: "other" })],
  algorithm: ["UNKNOWN_ALGO", signedCommit({ algo: "ES256" })],
  message: ["COMMIT_MESSAGE_INVALID", signedCommit({ message: "135016bb" })],
  "short hash": ["COMMIT_MESSAGE_INVALID", signedCommit({ message: "commit:abcdef" })],
  "line after the hash": ["COMMIT_MESSAGE_INVALID", signedCommit({ message: "commit:abcdef0\n" })],
  DID: ["INVALID_DID_FORMAT", signedCommit({ did: "did:web:example.com:agent:1" })],
  "no signature": ["MALFORMED_ENVELOPE", change(soundCommit, (it) => { delete it.signature; })],
  "base64url": ["MALFORMED_ENVELOPE", { ...soundCommit, signature: Buffer.from(soundCommit.signature, "base64").toString("base64url") }],
  "63 bytes": ["MALFORMED_ENVELOPE", { ...soundCommit, signature: Buffer.from(soundCommit.signature, "base64").subarray(1).toString("base64") }],
  "another commit": ["SIGNATURE_INVALID", { ...soundCommit, message: "commit:abcdef0" }],
  "member added": ["SIGNATURE_INVALID", { ...soundCommit, note: 1 }],
  "another signer": ["SIGNATURE_INVALID", { ...soundCommit, did: stranger.did }],
};
for (const [name, [code, document]] of Object.entries(commitFaults)) fail(`commit signature, ${name}`, "commit_sig", code, document);
const commitProof = { proof_version: "1", repo_claim_id: "claim_1", commit_sha: "135016bbeda0a95d5745ff9031c1287263ea0a06", repository: "example/repo" };
pass("commit proof", "commit_proof", clawsig("commit_proof", commitProof, agent));
headerFaults("commit_proof", clawsig("commit_proof", commitProof, agent), false);
fail("commit proof, hash of the commit", "commit_proof", "SCHEMA_VALIDATION_FAILED", clawsig("commit_proof", { ...commitProof, commit_sha: "not a hash" }, agent));

// --- A bundle's manifest of its run, which travels beside it: in the member urm -----------------------------
const urm = {
  urm_version: "1", urm_id: "urm_1", run_id: "run_u", agent_did: agent.did, issued_at: time, harness: { id: "harness", version: "1" }, inputs: [], outputs: [],
};
const referring = bundle("u", agent, { urm: { urm_version: "1", urm_id: "urm_1", resource_type: "universal_run_manifest", resource_hash_b64u: hashJs(urm) } });
fail("bundle without its manifest", "proof_bundle", "URM_MISSING", referring, "INCOMPLETE");
vectors["invalid/bundle without its manifest"].urm = text(urm);

// --- Whatever else -----------------------------------------------------------------------------------------
const event = own("job_event", { ...header, job_id: "job-1", action: "opened", at: time }, orchestrator);
pass("job event", "job_event", event);
pass("job event in a wrapping", "job_event", { envelope: event });
fail("job event, changed header", "job_event", "SIGNATURE_INVALID", { ...event, issued_at: "2026-02-13T00:00:00.000Z" });
fail("bare bundle", "proof_bundle", "ENVELOPE_REQUIRED", exportedBundle.payload);
fail("bundle under another type", "proof_bundle", "UNKNOWN_ENVELOPE_TYPE", { ...exportedBundle, envelope_type: "gateway_receipt" });
unknown("envelope of an unknown type", "UNKNOWN_ENVELOPE_TYPE", clawsig("something_else", { a: 1 }, agent));
fail("envelope of an unknown type and version", "unknown", "UNKNOWN_ENVELOPE_VERSION", clawsig("something_else", { a: 1 }, agent, { envelope_version: "7" }));
fail("two documents in one", "proof_bundle", "SCHEMA_VALIDATION_FAILED", { ...exportedBundle, envelope: exportedBundle });
unknown("two documents in a wrapping", "UNKNOWN_KIND", { envelope: exportedBundle, bundle: soundExport });
unknown("no document", "UNKNOWN_KIND", { hello: "world" });
unknown("an array", "UNKNOWN_KIND", [exportedBundle]);
unknown("receipt in an answer", "UNKNOWN_KIND", { id: "chatcmpl-1", object: "chat.completion", choices: [], _receipt_envelope: exportedBundle });
unknown("DSSE envelope", "UNKNOWN_KIND", { payloadType: "application/vnd.in-toto+json", payload: "e30=", signatures: [{ sig: "AA==" }] });
fail("compiled report", "compiled_evidence_report", "EVIDENCE_NOT_VERIFIED", clawsig("compiled_evidence_report", { a: 1 }, agent), "INCOMPLETE");
fail("no JSON", "unknown", "MALFORMED_JSON", "{");
fail("a member twice", "unknown", "DUPLICATE_KEY", text(webSound).replace('"source":"claude_web"', '"source":"claude_web","source":"claude_web"'));

writeVectors("clawsig-own", Object.fromEntries(Object.entries(vectors).map(([name, vector]) => [name.replaceAll(/[ ,]+/g, "-"), vector])));
console.log(Object.keys(vectors).length);
