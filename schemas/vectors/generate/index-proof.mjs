// Entries, their rows, questions and index-proofs of schemas/index.md, with a verifier of steps 0, 1, 8 and 9.
import { array, bstr, map, tstr, uint } from "./cbor.mjs";
import { hex, sha256 } from "./common.mjs";
import * as runs from "./index-runs.mjs";

export const origin = "example.com/log";
export const salt = Buffer.alloc(32, 9);
export const did = "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw";
export const codes = Object.fromEntries([
  "receipt.gateway", "receipt.tool", "receipt.side_effect", "receipt.approval", "token.issued", "token.revoked", "policy.published",
  "policy.withdrawn", "policy.frozen", "bundle", "decision", "job.event", "pulse", "artifact", "context", "issuer.registered",
  "issuer.retired", "erasure.ordered", "hold.placed", "hold.released", "log.settings", "log.key", "log.frozen", "log.genesis", "refused", "log.clock",
].map((kind, at) => [kind, at + 1]));
export const isListed = (code) => (code >= 6 && code <= 9) || (code >= 16 && code <= 24) || code === 26;
const fields = [
  "job", "run", "agent", "gateway", "token", "revocation", "jti", "scope", "policy", "policy_id", "receipt", "nonce", "bundle", "issuer",
  "artifact", "approval", "evidence", "halt",
];

export const subjectHash = (field, value) => sha256(Buffer.concat([Buffer.from("evidence-ledger/subject/v1\0"), salt, Buffer.from(`${field}\0${value}`)]));
// A value is clear text, or the 32 bytes of a hash that is made up.
const hashOf = (field, value) => (Buffer.isBuffer(value) ? value : subjectHash(field, value));
const pair = ([field, value]) => array(tstr(field), bstr(hashOf(field, value)));
const subjects = (pairs) => array(...pairs.map(pair).sort(Buffer.compare));

// An entry, as its members and as its bytes.
export function entry(members) {
  const { kind, digest = Buffer.alloc(32), signer = did, time = 1764000000000, evidence = [], context = null, covered, list } = members;
  const isRoot = kind === "index.root";
  const all = [[0, uint(1)], [1, tstr(kind)], [2, bstr(digest)], [3, tstr(signer)], [4, uint(time)], [5, subjects(evidence)]];
  if (covered !== undefined) all.push([8, uint(covered)]);
  if (!isRoot) all.push([9, bstr(Buffer.alloc(32, 0x99))]);
  if (context !== null) all.push([10, subjects(context)]);
  if (kind === "refused") all.push([11, tstr("SCHEMA_INVALID")]);
  if (list) all.push([13, bstr(list)]);
  return { kind, digest, signer, evidence, context: context ?? [], covered, list, bytes: map(...all) };
}
export const indexRoot = (list, covered, members = {}) => entry({ kind: "index.root", signer: origin, digest: runs.listDigest(list), covered, list, ...members });

// Section 1.
const pairs = (entry) => [...entry.evidence, ...entry.context];
export function rowsOf(index, entry) {
  const code = codes[entry.kind];
  if (code === undefined) return [];
  const hashes = pairs(entry).filter(([field]) => field !== "nonce").map(([field, value]) => hashOf(field, value));
  if (entry.kind !== "refused") hashes.push(subjectHash("evidence", hex(entry.digest)));
  if (isListed(code)) hashes.push(subjectHash("kind", entry.kind));
  return runs.sorted(hashes.map((hash) => runs.row(hash.subarray(0, 16), code, index)));
}

// A question as it stands in CBOR; an evidence digest and a subject hash are written in hex here.
export const questionCbor = ([form, ...rest]) => {
  const kinds = (list) => array(...list.map(tstr));
  if (form === "kind") return array(tstr(form), tstr(rest[0]));
  if (form === "evidence") return array(tstr(form), bstr(Buffer.from(rest[0], "hex")));
  if (form === "hashed") return array(tstr(form), tstr(rest[0]), bstr(Buffer.from(rest[1], "hex")), kinds(rest[2]));
  return array(tstr(form), tstr(rest[0]), tstr(rest[1]), kinds(rest[2]));
};

// What a question asks for: a key, the codes, and what an entry that is an answer must have.
export function lookup([form, ...rest], check = runs.must(null)) {
  const known = (kind) => check("0.3", codes[kind] !== undefined || kind === "index.root", "UNKNOWN_FORMAT");
  const codesOf = (kinds) => kinds.map((kind) => codes[kind]);
  // A kind without code is passed over where the rule against it is left out.
  const asked = (kinds) => codesOf(kinds).filter((code) => code !== undefined);
  if (form === "kind") {
    known(rest[0]);
    check("0.5", isListed(codes[rest[0]]));
    return { key: subjectHash("kind", rest[0]).subarray(0, 16), codes: asked([rest[0]]), fits: (entry) => entry.kind === rest[0] };
  }
  if (form === "evidence") {
    return { key: subjectHash("evidence", rest[0]).subarray(0, 16), codes: [], fits: (entry) => hex(entry.digest) === rest[0] && entry.kind !== "refused" };
  }
  const [field, value, kinds] = rest;
  check("0.4", form !== "hashed" || kinds.length > 0);
  check("0.3", fields.includes(field) || field === "kind", "UNKNOWN_FORMAT");
  kinds.forEach(known);
  check("0.6", field !== "nonce" && field !== "kind");
  check("0.7", codesOf(kinds).every((code, at, all) => code !== undefined && (at === 0 || all[at - 1] < code)));
  const hash = form === "hashed" ? Buffer.from(value, "hex") : subjectHash(field, value);
  const has = (entry) => pairs(entry).some(([name, value]) => name === field && hashOf(name, value).equals(hash));
  return { key: hash.subarray(0, 16), codes: asked(kinds), fits: has };
}

// All that is asked of the runs: one set of codes for each key.
export function merged(lookups) {
  const all = new Map();
  for (const one of lookups) {
    const set = all.get(hex(one.key)) ?? { key: one.key, codes: new Set() };
    const every = Array.from({ length: 255 }, (_, at) => at + 1);
    (one.codes.length === 0 ? every : one.codes).forEach((code) => set.codes.add(code));
    all.set(hex(one.key), set);
  }
  return [...all.values()].map(({ key, codes }) => ({ key, codes: [...codes] }));
}

export const proofCbor = (root, runProofs, version = 1) => array(uint(version), uint(root), array(...runProofs.map(bstr)));

// Steps 0, 1, 8 and 9; `records` is [[index, entry]]. Gives the answer to each question, of the entries in `range` alone if there is one.
export function verify({ size, asOf, range = [0, asOf], questions, records, root, runProofs, version = 1 }, skip = null) {
  const check = runs.must(skip);
  check("0.1", version === 1, "UNKNOWN_FORMAT");
  records.forEach(([, entry]) => check("0.2", codes[entry.kind] !== undefined || entry.kind === "index.root", "UNKNOWN_FORMAT"));
  const lookups = questions.map((question) => lookup(question, check));
  check("0.8", new Set(questions.map((question) => hex(questionCbor(question)))).size === questions.length);
  const found = records.find(([index]) => index === root);
  check("1.1", found !== undefined);
  const entry = found?.[1];
  check("1.2", entry.kind === "index.root");
  check("1.3", entry.list !== undefined);
  check("1.4", entry.signer === origin);
  check("1.5", root === size - 1);
  check("1.6", asOf >= 1);
  check("1.7", asOf <= entry.covered);
  check("1.8", entry.covered <= root);
  const rows = runs.verifyRuns({ covered: entry.covered, list: entry.list, digest: entry.digest, asOf: range, asked: merged(lookups), runProofs, rowsMax: 34 * records.length }, skip);
  const at = (row) => Number(BigInt(`0x${hex(row.subarray(17))}`));
  const record = (row) => records.find(([index]) => index === at(row))?.[1];
  rows.forEach((row) => check("8.1", record(row) !== undefined));
  const held = rows.filter((row) => record(row) !== undefined);
  held.forEach((row) => check("8.2", rowsOf(at(row), record(row)).some((other) => other.equals(row)), "INDEX_FALSE"));
  const answers = lookups.map((one) => {
    const answer = held.filter((row) => runs.isAsked([one], range, row) && one.fits(record(row))).map(at);
    return answer.sort((a, b) => a - b);
  });
  for (const [index, entry] of records.filter(([index]) => index < range[1])) {
    const asked = rowsOf(index, entry).filter((row) => runs.isAsked(lookups, range, row));
    asked.forEach((row) => check("9.1", rows.some((other) => other.equals(row)), "INDEX_OMITS"));
  }
  return answers;
}
