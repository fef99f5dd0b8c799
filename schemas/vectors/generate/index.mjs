// schemas/vectors/index-rows, index-runs, index-proof, subject-proof, omission: the authenticated index of schemas/index.md. Every invalid vector is
// held against the verifier next to this file: it is refused by its rule, and accepted where that rule alone is left out,
// except where the bytes after the fault no longer have a meaning.
import { hex, sha256, writeVectors } from "./common.mjs";
import * as proof from "./index-proof.mjs";
import { invalidProofs, validProofs } from "./index-proof-vectors.mjs";
import { invalidRuns, validRuns } from "./index-runs-vectors.mjs";
import { omissions } from "./omission-vectors.mjs";
import { subjectProofs } from "./subject-proof-vectors.mjs";

const hash = (text) => sha256(Buffer.from(text));
const rowVector = (description, index, members) => {
  const entry = proof.entry(members);
  return { description, index_salt: proof.salt.toString("base64url"), index, cbor_hex: hex(entry.bytes), rows: proof.rowsOf(index, entry).map(hex) };
};
const everyKind = Object.keys(proof.codes).map((kind) => [
  `valid/kind_${kind.replace(".", "_")}`,
  rowVector(`code ${proof.codes[kind]}${proof.isListed(proof.codes[kind]) ? ", listed by its kind" : ""}`, proof.codes[kind] * 1000, {
    kind, digest: kind === "refused" ? Buffer.alloc(32) : hash(kind), evidence: kind === "refused" ? [] : [["issuer", "i"]],
  }),
]);

writeVectors("index-rows", {
  ...Object.fromEntries(everyKind),
  "valid/index_root": rowVector("index.root has no rows", 7, { kind: "index.root", signer: proof.origin, covered: 7 }),
  "valid/both_lists": rowVector("a subject in both lists is one row, and nonce is none", 2 ** 32, {
    kind: "receipt.gateway", digest: hash("d"), evidence: [["job", "j"], ["run", "r"], ["nonce", "n"]], context: [["job", "j"], ["token", "t"]],
  }),
  "valid/own_digest": rowVector("an entry about its own digest has one row of it", 3, {
    kind: "job.event", digest: hash("d"), evidence: [["evidence", hex(hash("d"))], ["job", "j"]],
  }),
  "valid/shared_16_bytes": rowVector("two subjects whose hashes share 16 bytes are one row", 4, {
    kind: "pulse", digest: hash("d"), evidence: [["job", "j"], ["run", Buffer.concat([proof.subjectHash("job", "j").subarray(0, 16), Buffer.alloc(16)])]],
  }),
  "valid/refused_with_context": rowVector("what was refused has the rows of its context", 5, { kind: "refused", context: [["job", "j"]] }),
  "valid/last_index": rowVector("the largest index that a run can have, 2^56 - 2", "72057594037927934", { kind: "bundle", digest: hash("d") }),
});
writeVectors("index-runs", { ...validRuns(), ...invalidRuns() });
writeVectors("index-proof", { ...validProofs(), ...invalidProofs() });
writeVectors("subject-proof", subjectProofs());
writeVectors("omission", omissions());
