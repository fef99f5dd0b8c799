// What the vector generators share. Written against the texts of schemas/ and the standards that
// they cite, with nothing but what Node has; no code of the workspace is used.
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// VECTORS: another folder to write to, so that a test can compare what is made with what is there.
const root = process.env.VECTORS ?? join(dirname(fileURLToPath(import.meta.url)), "..");

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
export const hex = (bytes) => Buffer.from(bytes).toString("hex");
export const b64u = (bytes) => Buffer.from(bytes).toString("base64url");

// RFC 8785: Array.prototype.sort compares UTF-16 code units, JSON.stringify has the other rules.
export function jcs(value) {
  if (Array.isArray(value)) return `[${value.map(jcs).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${jcs(value[name])}`);
  return `{${members.join(",")}}`;
}

export const hashJs = (value) => b64u(sha256(JSON.stringify(value)));
export const hashJcs = (value) => b64u(sha256(jcs(value)));

const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
function base58(bytes) {
  let number = BigInt(`0x${hex(bytes)}`);
  let text = "";
  for (; number > 0n; number /= 58n) text = alphabet[Number(number % 58n)] + text;
  return text;
}

// A key pair from 32 equal bytes of seed.
export function signer(byte) {
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, byte)]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const raw = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
  return {
    key: raw,
    did: `did:key:z${base58(Buffer.concat([Buffer.from([0xed, 0x01]), raw]))}`,
    sign: (message) => b64u(sign(null, Buffer.from(message), key)),
  };
}

// Replaces the vectors of one format: { "valid/name": {...}, "invalid/name": {...} }.
export function writeVectors(format, vectors) {
  for (const folder of ["valid", "invalid"]) {
    rmSync(join(root, format, folder), { recursive: true, force: true });
    mkdirSync(join(root, format, folder), { recursive: true });
  }
  for (const [name, vector] of Object.entries(vectors)) {
    writeFileSync(join(root, format, `${name}.json`), `${JSON.stringify(vector, null, 2)}\n`);
  }
}
