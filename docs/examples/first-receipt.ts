// One model call, from its policy to a verdict: node first-receipt.ts URL KEYS JOB (Node 23.6 or later; before: npx tsx).
import { createHash, createPrivateKey, randomBytes, sign as ed25519 } from "node:crypto";
import { readFileSync } from "node:fs";

const [url, keys, job] = process.argv.slice(2);
const run = "run-of-" + job;
const iat = Math.floor(Date.now() / 1000);
const now = new Date(iat * 1000).toISOString();
const read = (file: string): string => readFileSync(`${keys}/${file}`, "utf8").trim();
const id = (): string => randomBytes(8).toString("hex");
const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();
const b64u = (text: string): string => sha256(text).toString("base64url");

/** RFC 8785, for ASCII names and whole numbers. */
function jcs(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jcs).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${jcs(member)}`).join(",")}}`;
}

async function http(path: string, body?: string): Promise<any> {
  const answer = await fetch(url + path, body ? { method: "POST", body, headers: { "content-type": "application/json" } } : {});
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

/** clawsig's types sign the hash of the payload; ours sign the whole document. */
async function sign(who: string, kind: string, payload: object, own = false): Promise<object> {
  // PKCS #8 of an Ed25519 key: a fixed prefix and the 32 bytes of the key file (RFC 8410).
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.from(read(who + ".key"), "base64url")]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  if (own) payload = { ...payload, event_version: "1", log_origin: (await http("/v1/log")).origin };
  const payload_hash_b64u = b64u(own ? jcs(payload) : JSON.stringify(payload));
  const document = {
    envelope_version: "1", envelope_type: kind, payload, payload_hash_b64u,
    hash_algorithm: "SHA-256", algorithm: "Ed25519", signer_did: read(who + ".did"), issued_at: now,
  };
  const whole = Buffer.concat([Buffer.from(`evidence-ledger/${kind}/v1\n`), sha256(jcs(document))]);
  const signature = ed25519(null, own ? whole : Buffer.from(payload_hash_b64u), key);
  return { ...document, signature_b64u: signature.toString("base64url") };
}

/** After a failure send these same bytes again: never sign twice. */
const send = (document: object, context: object = {}): Promise<any> =>
  http("/v1/evidence", JSON.stringify({ evidence: document, context: { job_id: job, ...context } }));

// The policy, and a token for the agent. The log gets the token's hash, never the token.
const policy = { wpc_version: "v1", policy_name: "first", allow: [{ tool: "tickets", ops: ["read"] }] };
const policy_hash = b64u(jcs(policy));
const permits = { token_version: "1", sub: read("agent.did"), aud: ["my-gateway"], scope: ["model:call"], policy_hash_b64u: policy_hash };
const token_scope_hash_b64u = b64u(jcs(permits));
const token_hash = sha256(randomBytes(32).toString("base64url")).toString("hex");
const claims = { ...permits, token_scope_hash_b64u, iat, exp: iat + 600, jti: id() };
await send(await sign("publisher", "wpc_publication", { policy_id: "first", policy }, true));
await send(await sign("issuer", "cst_issuance", { token_hash, claims, kid: "key-1", run_id: run, job_id: job }, true));

// The call: the agent notes it in its chain, the gateway signs what it saw, the agent hands in its account.
const request = '{"prompt":"Which tickets are open?"}'; // the bytes that went over the wire
const response = '{"answer":"Two."}';
const noted = { event_id: "event-1", run_id: run, event_type: "llm_call", timestamp: now, payload_hash_b64u: b64u(request), prev_hash_b64u: null };
const event = { ...noted, event_hash_b64u: b64u(JSON.stringify(noted)) };
const receipt = await sign("gateway", "gateway_receipt", {
  receipt_version: "1", receipt_id: id(), gateway_id: "my-gateway", provider: "openai", model: "gpt-5.2",
  request_hash_b64u: b64u(request), response_hash_b64u: b64u(response),
  tokens_input: 5, tokens_output: 1, latency_ms: 840, timestamp: now,
  binding: { run_id: run, event_hash_b64u: event.event_hash_b64u, policy_hash, token_scope_hash_b64u },
});
await send(receipt, { token_hash, stream: run, number: 0, last: true });
await send(await sign("agent", "proof_bundle", {
  bundle_version: "1", bundle_id: id(), agent_did: read("agent.did"), event_chain: [event], receipts: [receipt],
}));
console.log((await http(`/v1/jobs/${job}/assessment`)).verdict, `${url}/jobs/${job}`);
