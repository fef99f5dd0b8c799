"""One model call, from its policy to a verdict: first_receipt.py URL KEYS JOB"""
import base64, hashlib, json, secrets, sys, time, urllib.error, urllib.request
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
url, keys, job = sys.argv[1:4]
run, iat, now = "run-of-" + job, int(time.time()), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
did = {who: open(f"{keys}/{who}.did").read().strip() for who in ("gateway", "agent", "publisher", "issuer")}
b64u = lambda data: base64.urlsafe_b64encode(data).decode().rstrip("=")
sha256 = lambda text: hashlib.sha256(text.encode()).digest()
text = lambda value, sort=False: json.dumps(value, sort_keys=sort, separators=(",", ":"), ensure_ascii=False)  # sorted: RFC 8785
def http(path, body=None):
    try:
        return json.load(urllib.request.urlopen(urllib.request.Request(url + path, body, {"content-type": "application/json"})))
    except urllib.error.HTTPError as problem:
        sys.exit(problem.read().decode())
def sign(who, kind, payload, own=False):  # clawsig's types sign the hash of the payload; ours sign the whole document
    key = Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(open(f"{keys}/{who}.key").read().strip() + "="))
    payload = payload | ({"event_version": "1", "log_origin": http("/v1/log")["origin"]} if own else {})
    document = {"envelope_version": "1", "envelope_type": kind, "payload": payload, "payload_hash_b64u": b64u(sha256(text(payload, own))),
                "hash_algorithm": "SHA-256", "algorithm": "Ed25519", "signer_did": did[who], "issued_at": now}
    own_message = f"evidence-ledger/{kind}/v1\n".encode() + sha256(text(document, True))
    return document | {"signature_b64u": b64u(key.sign(own_message if own else document["payload_hash_b64u"].encode()))}
def send(document, **context):  # after a failure send these same bytes again: never sign twice
    return http("/v1/evidence", text({"evidence": document, "context": {"job_id": job} | context}).encode())
policy = {"wpc_version": "v1", "policy_name": "first", "allow": [{"tool": "tickets", "ops": ["read"]}]}
policy_hash, token = b64u(sha256(text(policy, True))), secrets.token_urlsafe()  # the log gets the token's hash, never the token
permits = {"token_version": "1", "sub": did["agent"], "aud": ["my-gateway"], "scope": ["model:call"], "policy_hash_b64u": policy_hash}
scope, token_hash = b64u(sha256(text(permits, True))), sha256(token).hex()
claims = permits | {"token_scope_hash_b64u": scope, "iat": iat, "exp": iat + 600, "jti": secrets.token_hex(8)}
send(sign("publisher", "wpc_publication", {"policy_id": "first", "policy": policy}, own=True))
send(sign("issuer", "cst_issuance", {"token_hash": token_hash, "claims": claims, "kid": "key-1", "run_id": run, "job_id": job}, own=True))
request, response = '{"prompt":"Which tickets are open?"}', '{"answer":"Two."}'  # the bytes that went over the wire
event = {"event_id": "event-1", "run_id": run, "event_type": "llm_call", "timestamp": now, "payload_hash_b64u": b64u(sha256(request)), "prev_hash_b64u": None}
event["event_hash_b64u"] = b64u(sha256(text(event)))  # of the six members before it, in this order
binding = {"run_id": run, "event_hash_b64u": event["event_hash_b64u"], "policy_hash": policy_hash, "token_scope_hash_b64u": scope}
receipt = sign("gateway", "gateway_receipt", {"receipt_version": "1", "receipt_id": secrets.token_hex(8), "gateway_id": "my-gateway",
    "provider": "openai", "model": "gpt-5.2", "request_hash_b64u": b64u(sha256(request)), "response_hash_b64u": b64u(sha256(response)),
    "tokens_input": 5, "tokens_output": 1, "latency_ms": 840, "timestamp": now, "binding": binding})
send(receipt, token_hash=token_hash, stream=run, number=0, last=True)
send(sign("agent", "proof_bundle", {"bundle_version": "1", "bundle_id": secrets.token_hex(8), "agent_did": did["agent"], "event_chain": [event], "receipts": [receipt]}))
print(http(f"/v1/jobs/{job}/assessment")["verdict"], f"{url}/jobs/{job}")
