// schemas/vectors/omission: the proof of an entry, and an answer of the index that has it, leaves it out, or is not about it.
import { hex, sha256 } from "./common.mjs";
import * as p from "./index-proof.mjs";
import { job } from "./index-proof-vectors.mjs";
import { base, checkpoint, entries, file, gone, leaf, root, split } from "./subject-proof-vectors.mjs";

// RFC 6962 section 2.1.1: the sibling of the leaf first.
function path(leaves, index) {
  if (leaves.length === 1) return [];
  const middle = split(leaves.length);
  const [left, right] = [leaves.slice(0, middle), leaves.slice(middle)];
  return index < middle ? [...path(left, index), root(right)] : [...path(right, index - middle), root(left)];
}

// The tlog-proof of an entry in the tree of all entries; `change` gets its parts before they are written.
function proof(all, index, change = () => {}, origin = p.origin) {
  const leaves = all.map((entry) => leaf(entry.bytes));
  const members = { extra: all[index].bytes, index, path: path(leaves, index), note: checkpoint(leaves.length, root(leaves), origin) };
  change(members);
  const hashes = members.path.map((hash) => `${hash.toString("base64")}\n`).join("");
  return `c2sp.org/tlog-proof@v1\nextra ${members.extra.toString("base64")}\nindex ${members.index}\n${hashes}\n${members.note}`;
}

const more = (count) => Array.from({ length: count }, (_, at) => p.entry({ kind: "log.clock", digest: sha256(Buffer.from(`clock ${at}`)), evidence: [] }));
const flipped = (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([bytes.at(-1) ^ 1])]);

// The answer as of eleven and the tree of its checkpoint, which ends in the index.root.
function answer(question = job(), options = {}, asOf = 11, change = () => {}) {
  const { given, bytes } = file(asOf, question, options, change);
  return { file_hex: hex(bytes), all: given.all };
}
// Another history: the entry at nine, of the same job, is another one.
const otherwise = (all) => all.map((entry, index) => (index === 9 ? p.entry({ kind: "receipt.gateway", digest: sha256(Buffer.from("call 3")), evidence: [["job", "j1"]] }) : entry));

export function omissions() {
  const without = () => answer(job(), gone("job", "j1", 1, 9));
  // A pair; `tree` says in which tree the entry is proved, by default that of the answer.
  const pair = (description, code, index, { file_hex, all }, tree = (all) => all, change, origin) =>
    ({ description, ...base, code, proof: proof(tree(all), index, change, origin), file_hex });
  const first = (size) => (all) => all.slice(0, size);
  const otherFirst = (size) => (all) => otherwise(all).slice(0, size);
  return {
    "valid/contained": pair("an entry that the answer has", "OK", 9, answer()),
    "valid/contained_earlier_tree": pair("an entry that the answer has, in an earlier tree", "OK", 9, answer(), first(10)),
    "valid/contained_by_collision": pair("an entry that shares 16 bytes with what is asked, and is in the file", "OK", 4, answer()),
    "valid/left_out": pair("an entry that the index leaves out, in the same tree", "INDEX_OMITS", 9, without()),
    "valid/left_out_as_of_tree": pair("the same in the tree as of which is asked", "INDEX_OMITS", 9, without(), first(11)),
    "valid/left_out_earlier_tree": pair("the same in an earlier tree", "INDEX_OMITS", 9, without(), first(10)),
    "valid/left_out_later_tree": pair("the same in a later tree", "INDEX_OMITS", 9, without(), (all) => [...all, ...more(3)]),
    "valid/left_out_of_context": pair("an entry that the index leaves out of those of its context's job", "INDEX_OMITS", 2, answer(job("receipt.gateway"), gone("job", "j1", 1, 2))),
    "valid/left_out_of_kind": pair("a revocation that the index leaves out of its kind", "INDEX_OMITS", 6, answer(["kind", "token.revoked"], gone("kind", "token.revoked", 6, 6))),
    "valid/left_out_of_token": pair("a revocation that the index leaves out of those of its token", "INDEX_OMITS", 6, answer(["subject", "token", "t1", ["token.revoked"]], gone("token", "t1", 6, 6))),
    "valid/left_out_of_evidence": pair("a receipt that the index leaves out of its digest", "INDEX_OMITS", 2, answer(["evidence", hex(sha256(Buffer.from("call 1")))], gone("evidence", hex(sha256(Buffer.from("call 1"))), 1, 2))),
    "valid/left_out_by_another_history": pair("an entry of an earlier tree of another history, whose root the answer does not have", "INDEX_OMITS", 9, without(), otherFirst(10)),
    "valid/left_out_and_in_file": pair("an answer that proves by itself that its index leaves an entry out", "INDEX_OMITS", 9, answer(job(), { ...gone("job", "j1", 1, 9), also: [9] })),
    "valid/forked_same_size": pair("an entry of another tree of the same size", "LOG_FORKED", 9, answer(), otherwise),
    "valid/forked_as_of": pair("an entry of another tree of the size as of which is asked", "LOG_FORKED", 9, answer(), otherFirst(11)),
    "valid/forked_entry": pair("another entry than the file has at this index, in an earlier tree", "LOG_FORKED", 9, answer(), otherFirst(10)),
    "valid/beyond_as_of": pair("an entry beyond the size as of which is asked", "ENTRY_NOT_COVERED", 9, answer(job(), {}, 9)),
    "valid/beyond_answer": pair("an entry behind the answer's index.root", "ENTRY_NOT_COVERED", 13, answer(), (all) => [...all, ...more(3)]),
    "valid/contained_in_range": pair("an entry that the answer of a range has", "OK", 9, answer(job(), { range: [5, 10] })),
    "valid/left_out_of_range": pair("an entry that the index leaves out of a range", "INDEX_OMITS", 9, answer(job(), { ...gone("job", "j1", 1, 9), range: [5, 10] })),
    "valid/in_front_of_range": pair("an entry of the job in front of the range", "ENTRY_NOT_COVERED", 1, answer(job(), { range: [5, 10] })),
    "valid/behind_range": pair("an entry of the job behind the range", "ENTRY_NOT_COVERED", 9, answer(job(), { range: [5, 9] })),
    "valid/forked_outside_range": pair("another entry than the file has, outside the range", "LOG_FORKED", 9, answer(job(), { range: [1, 5] }, 10), otherFirst(10)),
    "valid/another_subject": pair("an entry that does not have the subject", "ENTRY_NOT_ASKED_FOR", 3, answer()),
    "valid/another_kind": pair("an entry of a kind that is not asked for", "ENTRY_NOT_ASKED_FOR", 1, answer(job("receipt.gateway"))),
    "valid/index_root": pair("an index.root, which has no rows", "ENTRY_NOT_ASKED_FOR", 8, answer()),
    "invalid/proof_of_another_log": pair("the proof of an entry of another log", "CHECKPOINT_NOT_SIGNED_BY_KEY", 9, without(), undefined, undefined, "example.com/other"),
    "invalid/proof_path": pair("one bit of the audit path", "INCLUSION_FAILED", 9, without(), undefined, (members) => { members.path[0] = flipped(members.path[0]); }),
    "invalid/proof_of_another_index": pair("another index", "INCLUSION_FAILED", 9, without(), undefined, (members) => { members.index = 8; }),
    "invalid/proof_of_another_entry": pair("another entry", "INCLUSION_FAILED", 9, without(), undefined, (members) => { members.extra = more(1)[0].bytes; }),
    "invalid/answer_hash": pair("one bit of the proof of the answer's records", "INCLUSION_FAILED", 9, answer(job(), gone("job", "j1", 1, 9), 11, (members) => { members.hashes[0] = flipped(members.hashes[0]); })),
    "invalid/answer_superfluous": pair("an answer with a record that it does not need", "RECORD_SUPERFLUOUS", 9, answer(job(), { ...gone("job", "j1", 1, 9), also: [7] })),
    "invalid/answer_without_entry": pair("an answer whose index has the entry, and whose file does not", "INDEX_PROOF_INVALID", 9, answer(job(), { records: (index) => index !== 9 })),
  };
}
