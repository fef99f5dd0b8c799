// schemas/vectors/subject-proof: whole files, from the log's key to the answer.
import assert from "node:assert";
import { array, bstr, tstr, uint } from "./cbor.mjs";
import { hex, jcs, sha256 } from "./common.mjs";
import * as d from "./documents.mjs";
import * as p from "./index-proof.mjs";
import { job, log, parts } from "./index-proof-vectors.mjs";
import * as r from "./index-runs.mjs";

const vkey = d.vkey(p.origin, d.stranger);
const genesisOf = (salt) => d.sign("log_genesis", { ...d.payloads.log_genesis, index_salt: salt.toString("base64url") });
const genesis = genesisOf(p.salt);

// RFC 6962 section 2.1, and the proof of pack.md: the largest subtrees without a record, left to right.
export const leaf = (bytes) => sha256(Buffer.concat([Buffer.from([0]), bytes]));
const node = (left, right) => sha256(Buffer.concat([Buffer.from([1]), left, right]));
export const split = (count) => 2 ** Math.floor(Math.log2(count - 1));
export const root = (leaves) => (leaves.length === 1 ? leaves[0] : node(root(leaves.slice(0, split(leaves.length))), root(leaves.slice(split(leaves.length)))));
const without = (leaves, indices, begin = 0) => {
  const end = begin + leaves.length;
  if (!indices.some((index) => begin <= index && index < end)) return [root(leaves)];
  if (leaves.length === 1) return [];
  const middle = split(leaves.length);
  return [...without(leaves.slice(0, middle), indices, begin), ...without(leaves.slice(middle), indices, begin + middle)];
};

// A checkpoint, as a signed note with one line.
export function checkpoint(size, hash, origin = p.origin) {
  const text = `${origin}\n${size}\n${hash.toString("base64")}\n`;
  const [, keyId] = d.vkey(origin, d.stranger).split("+");
  const line = Buffer.concat([Buffer.from(keyId, "hex"), Buffer.from(d.stranger.sign(text), "base64url")]);
  return `${text}\n— ${origin} ${line.toString("base64")}\n`;
}

export const entries = () => log({ digest: sha256(jcs(genesis)), signer: d.operator.did });

// What leaves a row out of the index.
export const gone = (field, value, code, index) => ({ rows: (rows) => rows.filter((row) => !row.equals(r.row(p.subjectHash(field, value).subarray(0, 16), code, index))) });

// A file, of version 2 where the answer is restricted to a `range`; `change` gets its parts before they are written.
export function file(asOf, question, options = {}, change = () => {}) {
  const all = entries();
  const given = parts(all, [8, 11], asOf, [question], options);
  const leaves = [...all, given.all.at(-1)].map((entry) => leaf(entry.bytes));
  const indices = given.records.map(([index]) => index);
  const members = {
    version: options.range ? 2 : 1, range: options.range?.map((size) => uint(size)), note: checkpoint(leaves.length, root(leaves)), asOf, question: p.questionCbor(question), proof: p.proofCbor(given.root, given.runProofs),
    records: given.records.map(([index, entry]) => [index, entry.bytes]), hashes: without(leaves, indices),
  };
  change(members);
  const records = members.records.map(([index, bytes]) => array(uint(index), bstr(bytes)));
  const written = array(uint(members.version), tstr(members.note), uint(members.asOf), members.question, ...(members.range ? [array(...members.range)] : []), members.proof, array(...records), array(...members.hashes.map(bstr)));
  return { given, bytes: options.raw ? options.raw(written) : written };
}
export const base = { vkey, genesis: JSON.stringify(genesis) };

function valid(description, asOf, question, options = {}) {
  const { range } = options;
  const { given, bytes } = file(asOf, question, options);
  const [answer] = p.verify(given);
  const [scan] = p.verify(file(asOf, question).given);
  const [from, to] = range ?? [0, asOf];
  assert.deepStrictEqual(answer, scan.filter((index) => from <= index && index < to));
  return { description, ...base, question, as_of: asOf, ...(range && { range }), file_hex: hex(bytes), answer };
}
// An answer to all of a job, or another question, restricted to a range; refused by a rule of the index, if one is named, and by no other.
function ranged(description, code, range, options = {}, change, { rule, ...more } = {}) {
  if (rule) {
    const { given } = file(more.asOf ?? 11, more.question ?? job(), { range, ...options });
    assert.throws(() => p.verify(given), (error) => error.rule === rule && error.code === code, description);
    p.verify(given, rule);
  }
  return invalid(description, code, { range, ...options }, change, more);
}
const invalid = (description, code, options, change, { asOf = 11, question = job(), ...more } = {}) =>
  ({ description, ...base, ...more, code, file_hex: hex(file(asOf, question, options, change).bytes) });

export function subjectProofs() {
  const drop = (index) => (members) => { members.records = members.records.filter(([other]) => other !== index); };
  const flippedNote = (note) => note.replace(/(.)(.{10})\n$/, (_, one, rest) => `${one === "A" ? "B" : "A"}${rest}\n`);
  const asking = (question) => ({ question: p.questionCbor(question) });
  const malformed = (members) => { members.records[1][1] = flipped(members.records[1][1]).subarray(1); };
  const later = p.entry({ kind: "receipt.later", digest: sha256(Buffer.from("later")), evidence: [["job", "j1"]] }).bytes;
  // The file and its index-proof with their versions in two bytes each.
  const long = (version) => Buffer.from([0x18, version]);
  const flipped = (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([bytes.at(-1) ^ 1])]);
  return {
    "valid/job": valid("all entries of a job", 11, job()),
    "valid/job_as_of_5": valid("all entries of a job, as of five", 5, job()),
    "valid/job_by_kind": valid("the model calls of a job", 11, job("receipt.gateway")),
    "valid/never_revoked": valid("a token that was never revoked", 11, ["subject", "token", hex(sha256(Buffer.from("token 2"))), ["token.revoked"]]),
    "valid/kind": valid("every revocation", 11, ["kind", "token.revoked"]),
    "valid/evidence": valid("every entry of one evidence digest", 11, ["evidence", hex(sha256(Buffer.from("call 1")))]),
    ...rangedProofs(),
    "invalid/version_2": invalid("a later version of the file", "UNKNOWN_FORMAT", {}, (members) => { members.version = 2; }),
    "invalid/index_proof_version_2": invalid("a later version of the index-proof", "UNKNOWN_FORMAT", {}, (members) => { members.proof = Buffer.concat([members.proof.subarray(0, 1), uint(2), members.proof.subarray(2)]); }),
    "invalid/version_0": invalid("version 0 of the file", "UNKNOWN_FORMAT", {}, (members) => { members.version = 0; }),
    "invalid/version_2_long_spelling": invalid("a later version of the file, not in its shortest form", "UNKNOWN_FORMAT", { raw: (bytes) => Buffer.concat([bytes.subarray(0, 1), long(2), bytes.subarray(2)]) }),
    "invalid/version_2_tagged": invalid("a later version of the file, behind a tag", "UNKNOWN_FORMAT", { raw: (bytes) => Buffer.concat([Buffer.from([0xc1]), bytes]) }, (members) => { members.version = 2; }),
    "invalid/version_1_tagged": invalid("a file behind a tag", "INDEX_PROOF_INVALID", { raw: (bytes) => Buffer.concat([Buffer.from([0xc1]), bytes]) }),
    "invalid/version_1_long_spelling": invalid("the version of the file not in its shortest form", "INDEX_PROOF_INVALID", { raw: (bytes) => Buffer.concat([bytes.subarray(0, 1), long(1), bytes.subarray(2)]) }),
    "invalid/index_proof_version_2_long_spelling": invalid("a later version of the index-proof, not in its shortest form", "UNKNOWN_FORMAT", {}, (members) => { members.proof = Buffer.concat([members.proof.subarray(0, 1), long(2), members.proof.subarray(2)]); }),
    "invalid/trailing_byte_of_version_2": invalid("a byte behind a file of a later version", "INDEX_PROOF_INVALID", { raw: (bytes) => Buffer.concat([bytes, Buffer.from([0])]) }, (members) => { members.version = 2; }),
    "invalid/trailing_byte": invalid("a byte behind the file", "INDEX_PROOF_INVALID", { raw: (bytes) => Buffer.concat([bytes, Buffer.from([0])]) }),
    "invalid/as_of_0": invalid("as of nothing", "INDEX_PROOF_INVALID", {}, (members) => { members.asOf = 0; }),
    "invalid/question_by_hash": invalid("a question by hash, which is for packs", "INDEX_PROOF_INVALID", {}, undefined, { question: ["hashed", "job", hex(p.subjectHash("job", "j1")), ["receipt.gateway"]] }),
    "invalid/records_descend": invalid("records in another order", "INDEX_PROOF_INVALID", {}, (members) => { members.records.reverse(); }),
    "invalid/records_descend_with_later_field": invalid("records in another order, with a question about a field of later", "INDEX_PROOF_INVALID", {}, (members) => { members.records.reverse(); Object.assign(members, asking(["subject", "later", "j1", []])); }),
    "invalid/record_of_no_bytes": invalid("a record of no bytes", "INDEX_PROOF_INVALID", {}, (members) => { members.records[1][1] = Buffer.alloc(0); }),
    "invalid/record_of_4097_bytes": invalid("a record of 4,097 bytes", "INDEX_PROOF_INVALID", {}, (members) => { members.records[1][1] = Buffer.alloc(4097); }),
    "invalid/later_field_and_bad_signature": invalid("a question about a field of later, and a signature that does not verify", "UNKNOWN_FORMAT", {}, (members) => { Object.assign(members, asking(["subject", "later", "j1", []])); members.note = flippedNote(members.note); }),
    "invalid/field_kind_and_bad_signature": invalid("a question about kind as a field, and a signature that does not verify", "CHECKPOINT_SIGNATURE_INVALID", {}, (members) => { Object.assign(members, asking(["subject", "kind", "j1", []])); members.note = flippedNote(members.note); }),
    "invalid/field_nonce_and_bad_signature": invalid("a question about a nonce, and a signature that does not verify", "CHECKPOINT_SIGNATURE_INVALID", {}, (members) => { Object.assign(members, asking(["subject", "nonce", "j1", []])); members.note = flippedNote(members.note); }),
    "invalid/kinds_257_and_bad_signature": invalid("a question with 257 kinds, and a signature that does not verify", "INDEX_PROOF_INVALID", {}, (members) => { Object.assign(members, asking(job(...Array(257).fill("bundle")))); members.note = flippedNote(members.note); }),
    "invalid/kinds_256_and_bad_signature": invalid("a question with 256 kinds, and a signature that does not verify", "CHECKPOINT_SIGNATURE_INVALID", {}, (members) => { Object.assign(members, asking(job(...Array(256).fill("bundle")))); members.note = flippedNote(members.note); }),
    "invalid/field_kind": invalid("a question about kind as a field", "INDEX_PROOF_INVALID", {}, (members) => { Object.assign(members, asking(["subject", "kind", "j1", []])); }),
    "invalid/later_entry_behind_malformed": invalid("a record that is no entry, and behind it one of a kind of later", "UNKNOWN_FORMAT", {}, (members) => { malformed(members); members.records[2][1] = later; }),
    "invalid/malformed_and_bad_signature": invalid("a record that is no entry, and a signature that does not verify", "ENTRY_MALFORMED", {}, (members) => { malformed(members); members.note = flippedNote(members.note); }),
    "invalid/as_of_beyond_checkpoint": invalid("as of more than the checkpoint has", "CHECKPOINT_MALFORMED", {}, (members) => { members.asOf = 13; }),
    "invalid/line_of_another_key": invalid("a second line in the checkpoint, which nobody signed", "COSIGNATURE_INVALID", {}, (members) => { members.note += `— witness.example/w ${Buffer.alloc(68, 1).toString("base64")}\n`; }),
    "invalid/line_twice": invalid("the log's line twice in the checkpoint", "COSIGNATURE_INVALID", {}, (members) => { members.note += members.note.slice(members.note.indexOf("— ")); }),
    "invalid/record_twice": invalid("a record twice", "INDEX_PROOF_INVALID", {}, (members) => { members.records.splice(1, 0, members.records[0]); }),
    "invalid/checkpoint_signature": invalid("a checkpoint of another root under the same signature", "CHECKPOINT_SIGNATURE_INVALID", {}, (members) => { members.note = members.note.replace(/\n12\n./, (text) => text.slice(0, -1) + (text.endsWith("A") ? "B" : "A")); }),
    "invalid/hash_of_proof": invalid("one bit of a hash of the proof of the records", "INCLUSION_FAILED", {}, (members) => { members.hashes[0] = flipped(members.hashes[0]); }),
    "invalid/hash_too_many": invalid("a hash too many", "INCLUSION_FAILED", {}, (members) => { members.hashes.push(members.hashes[0]); }),
    "invalid/last_entry_missing": invalid("without the entry as-of − 1", "INCLUSION_FAILED", { records: (index) => index !== 10 }),
    "invalid/entry_malformed": invalid("a record that is no entry", "ENTRY_MALFORMED", {}, malformed),
    "invalid/genesis_missing": invalid("without entry 0", "GENESIS_INVALID", { records: (index) => index !== 0 }),
    "invalid/genesis_of_another_salt": invalid("a log.genesis with another salt", "GENESIS_INVALID", {}, undefined, { genesis: JSON.stringify(genesisOf(Buffer.alloc(32, 8))) }),
    "invalid/entry_left_out_of_file": invalid("an entry of the answer that is not in the file", "INDEX_PROOF_INVALID", { records: (index) => index !== 9 }),
    "invalid/entry_left_out_by_index": invalid("an entry that the index leaves out", "INDEX_OMITS", { ...gone("job", "j1", 1, 9), also: [9] }),
    "invalid/entry_made_up_by_index": invalid("a row that its entry does not have", "INDEX_FALSE", { rows: (rows) => [...rows, r.row(p.subjectHash("job", "j1").subarray(0, 16), 2, 3)] }),
    "invalid/record_superfluous": invalid("a record that the answer does not need", "RECORD_SUPERFLUOUS", { also: [7] }),
  };
}

// Version 2. The runs are [0, 8) and [8, 11); the entries of the job are 1, 2, 5 and 9.
function rangedProofs() {
  const at = (range, code, index) => ({ ...gone("job", "j1", code, index), range, also: [index] });
  const all = [0, 11];
  const numbers = (...sizes) => (members) => { members.range = sizes.map((size) => uint(size)); };
  const raw = (change) => ({ raw: change });
  const second = (bytes) => (written) => Buffer.concat([written.subarray(0, 1), Buffer.from(bytes), written.subarray(2)]);
  return {
    "valid/range_in_one_run": valid("the entries of a job in a range within one run", 11, job(), { range: [2, 6] }),
    "valid/range_over_two_runs": valid("the entries of a job in a range of two runs", 11, job(), { range: [2, 10] }),
    "valid/range_of_first_run": valid("a range that ends where a run does", 11, job(), { range: [0, 8] }),
    "valid/range_of_last_run": valid("a range that begins where a run does", 11, job(), { range: [8, 11] }),
    "valid/range_of_one_entry": valid("a range of one entry", 11, job(), { range: [5, 6] }),
    "valid/range_without_entries": valid("a range without entries of the job", 11, job(), { range: [3, 5] }),
    "valid/range_of_all": valid("a range of everything below as-of", 11, job(), { range: all }),
    "valid/range_by_kind": valid("the model calls of a job in a range", 11, job("receipt.gateway"), { range: [3, 11] }),
    "valid/range_of_kind": valid("entry 0, which every file has, is outside the range", 11, ["kind", "log.genesis"], { range: [1, 11] }),
    "valid/range_of_evidence": valid("an evidence digest in a range", 11, ["evidence", hex(sha256(Buffer.from("call 1")))], { range: [2, 3] }),
    "valid/range_as_of_5": valid("a range, as of five", 5, job(), { range: [1, 3] }),
    "valid/range_beside_a_record_of_the_job": valid("entry as-of − 1 is of the job, and outside the range", 10, job(), { range: [1, 9] }),
    "invalid/range_without_numbers": ranged("a range without numbers", "INDEX_PROOF_INVALID", [2, 6], {}, numbers()),
    "invalid/range_of_one_number": ranged("a range of one number", "INDEX_PROOF_INVALID", [2, 6], {}, numbers(2)),
    "invalid/range_of_three_numbers": ranged("a range of three numbers", "INDEX_PROOF_INVALID", [2, 6], {}, numbers(2, 6, 6)),
    "invalid/range_empty": ranged("a range that ends where it begins", "INDEX_PROOF_INVALID", [2, 2]),
    "invalid/range_reversed": ranged("a range that ends before it begins", "INDEX_PROOF_INVALID", [6, 2]),
    "invalid/range_beyond_as_of": ranged("a range that ends beyond as-of", "INDEX_PROOF_INVALID", [2, 11], {}, undefined, { asOf: 10 }),
    "invalid/range_in_version_1": ranged("a range in a file of version 1", "INDEX_PROOF_INVALID", [2, 6], {}, (members) => { members.version = 1; }),
    "invalid/range_number_long_spelling": ranged("a number of the range not in its shortest form", "INDEX_PROOF_INVALID", [2, 6], {}, (members) => { members.range[0] = Buffer.from([0x18, 2]); }),
    "invalid/range_version_long_spelling": ranged("version 2 of eight members, not in its shortest form", "INDEX_PROOF_INVALID", [2, 6], raw(second([0x18, 2]))),
    "invalid/range_tagged": ranged("a file of version 2 behind a tag", "INDEX_PROOF_INVALID", [2, 6], raw((written) => Buffer.concat([Buffer.from([0xc1]), written]))),
    "invalid/range_trailing_byte": ranged("a byte behind a file of version 2", "INDEX_PROOF_INVALID", [2, 6], raw((written) => Buffer.concat([written, Buffer.from([0])]))),
    "invalid/range_of_version_3": ranged("a later version of eight members", "UNKNOWN_FORMAT", [2, 6], {}, (members) => { members.version = 3; }),
    "invalid/range_index_proof_version_2": ranged("a later version of the index-proof in a file of version 2", "UNKNOWN_FORMAT", [2, 6], {}, (members) => { members.proof = Buffer.concat([members.proof.subarray(0, 1), uint(2), members.proof.subarray(2)]); }),
    "invalid/range_question_by_hash": ranged("a question by hash in a file of version 2", "INDEX_PROOF_INVALID", [2, 6], {}, undefined, { question: ["hashed", "job", hex(p.subjectHash("job", "j1")), ["receipt.gateway"]] }),
    "invalid/range_as_of_beyond_covered": ranged("as of more than is covered, though the range is covered", "INDEX_PROOF_INVALID", [2, 6], {}, undefined, { asOf: 12 }),
    "invalid/range_proof_of_all": ranged("a proof that opens more than the range", "INDEX_PROOF_INVALID", [8, 11], { opened: [2, 11] }),
    "invalid/range_proof_of_less": ranged("a proof that opens less than the range", "INDEX_PROOF_INVALID", [2, 11], { opened: [8, 11] }),
    "invalid/range_proof_of_run_before": ranged("a run-proof of a run in front of the range", "INDEX_PROOF_INVALID", [8, 11], { opened: [7, 11] }),
    "invalid/range_proof_of_run_behind": ranged("a run-proof of a run behind the range", "INDEX_PROOF_INVALID", [2, 8], { opened: [2, 9] }),
    "invalid/range_first_entry_left_out_of_file": ranged("the first entry of the range is not in the file", "INDEX_PROOF_INVALID", [2, 10], { records: (index) => index !== 2 }, undefined, { rule: "8.1" }),
    "invalid/range_last_entry_left_out_of_file": ranged("the last entry of the range is not in the file", "INDEX_PROOF_INVALID", [2, 10], { records: (index) => index !== 9 }, undefined, { rule: "8.1" }),
    "invalid/range_first_entry_left_out_by_index": ranged("an entry at the beginning of the range that the index leaves out", "INDEX_OMITS", [2, 10], at([2, 10], 1, 2), undefined, { rule: "9.1" }),
    "invalid/range_last_entry_left_out_by_index": ranged("an entry at the end of the range that the index leaves out", "INDEX_OMITS", [2, 10], at([2, 10], 1, 9), undefined, { rule: "9.1" }),
    "invalid/range_entry_made_up_by_index": ranged("a row in the range that its entry does not have", "INDEX_FALSE", [2, 6], { rows: (rows) => [...rows, r.row(p.subjectHash("job", "j1").subarray(0, 16), 2, 3)] }, undefined, { rule: "8.2" }),
    "invalid/range_entry_in_front": ranged("an entry of the answer in front of the range", "RECORD_SUPERFLUOUS", [2, 10], { also: [1] }),
    "invalid/range_entry_behind": ranged("an entry of the answer behind the range", "RECORD_SUPERFLUOUS", [2, 9], { also: [9] }),
  };
}
