// schemas/vectors/index-proof: entries, the index.root over them, and what an index-proof answers.
import assert from "node:assert";
import { array, bstr, head, uint } from "./cbor.mjs";
import { hex, sha256 } from "./common.mjs";
import * as p from "./index-proof.mjs";
import * as r from "./index-runs.mjs";

const digest = (text) => sha256(Buffer.from(text));
const operator = ["issuer", "did:key:operator"];
// Shares 16 bytes with the hash of job j1, and no more.
const collision = Buffer.concat([p.subjectHash("job", "j1").subarray(0, 16), Buffer.alloc(16, 0xcc)]);

// A log of eleven entries; entry 8 is an index.root over the first eight, and the twelfth is one over all.
export function log(genesis = { digest: digest("genesis") }) {
  const entries = [
    { kind: "log.genesis", evidence: [operator], ...genesis },
    { kind: "token.issued", digest: digest("token"), evidence: [["token", "t1"], ["job", "j1"], ["run", "r1"], ["scope", "s1"]] },
    { kind: "receipt.gateway", digest: digest("call 1"), evidence: [["run", "r1"], ["nonce", "n1"], ["scope", "s1"]], context: [["job", "j1"], ["token", "t1"]] },
    { kind: "receipt.tool", digest: digest("tool 1"), evidence: [["run", "r1"], ["nonce", "n1"]] },
    { kind: "receipt.gateway", digest: digest("collides"), evidence: [["run", "r2"], ["job", collision]] },
    { kind: "refused", evidence: [], context: [["job", "j1"]] },
    { kind: "token.revoked", digest: digest("revocation"), evidence: [["token", "t1"], ["revocation", "t1"], ["halt", "t1"]] },
    { kind: "policy.published", digest: digest("policy"), evidence: [["policy", "p1"], operator] },
  ].map(p.entry);
  const rows = entries.flatMap((entry, index) => p.rowsOf(index, entry));
  const list = r.list([r.runOf(0, 8, rows)]);
  const later = [p.indexRoot(list, 8), ...[
    { kind: "receipt.gateway", digest: digest("call 2"), evidence: [["run", "r1"], ["scope", "s1"]], context: [["job", "j1"]] },
    { kind: "log.clock", digest: digest("clock"), evidence: [operator] },
  ].map(p.entry)];
  return [...entries, ...later];
}

// The parts of a file that answers questions about a log: `ends` of runs, and what is changed of rows, list, index.root, records;
// the `range` to which the answer is restricted, and the one that the proof opens where that is another one.
export function parts(entries, ends, asOf, questions, change = {}) {
  const { rows: changed = (rows) => rows, root: members = {}, records: kept = () => true, also = [], range } = change;
  const rows = changed(entries.flatMap((entry, index) => p.rowsOf(index, entry)));
  const at = (row) => Number(BigInt(`0x${hex(row.subarray(17))}`));
  const runs = ends.map((end, i) => r.runOf(ends[i - 1] ?? 0, end, rows.filter((row) => (ends[i - 1] ?? 0) <= at(row) && at(row) < end)));
  const root = entries.length;
  const all = [...entries, p.indexRoot(r.list(runs), ends.at(-1), members)];
  const asked = change.asked ?? p.merged(questions.map((question) => p.lookup(question)));
  const runProofs = r.proveAll(runs, asked, change.opened ?? range ?? asOf);
  const found = rows.filter((row) => r.isAsked(asked, range ?? asOf, row)).map(at);
  const needed = [...new Set([0, asOf - 1, root, ...found, ...also])].filter((index) => index >= 0).sort((a, b) => a - b);
  const records = needed.map((index) => [index, all[index]]).filter(([index]) => kept(index));
  return { all, size: all.length, asOf, range, questions, records, root, runProofs, ...change.over };
}
const written = (given) => ({
  origin: p.origin, index_salt: p.salt.toString("base64url"), tree_size: given.size, as_of: given.asOf, questions: given.questions,
  questions_cbor_hex: given.questions.map((question) => hex(p.questionCbor(question))),
  records: given.records.map(([index, entry]) => ({ index, cbor_hex: hex(entry.bytes) })),
  proof_hex: hex(given.proof ?? p.proofCbor(given.root, given.runProofs, given.version)),
});

function valid(description, asOf, questions, change) {
  const entries = log();
  const given = parts(entries, [8, 11], asOf, questions, change);
  const answers = p.verify(given);
  const scan = questions.map((question) => {
    const one = p.lookup(question);
    const fits = (entry, index) => index < asOf && one.fits(entry) && p.codes[entry.kind] && (one.codes.length === 0 || one.codes.includes(p.codes[entry.kind]));
    return entries.map((entry, index) => (fits(entry, index) ? index : -1)).filter((index) => index >= 0);
  });
  assert.deepStrictEqual(answers, scan, description);
  return { description, ...written(given), answers };
}

function invalid(description, rule, asOf, questions, change = {}, alone = true) {
  const given = parts(change.entries ?? log(), change.ends ?? [8, 11], asOf, questions, change);
  let code = change.code;
  if (change.code === undefined) {
    assert.throws(() => p.verify(given), (error) => { code = error.code; return error.rule === rule; }, `${description}: ${rule}`);
    if (alone) p.verify(given, rule);
  }
  return { description, rule, alone: alone && change.code === undefined, code, ...written(given) };
}

export const job = (...kinds) => ["subject", "job", "j1", kinds];

export function validProofs() {
  const all = [
    ["kind", "log.genesis"], ["kind", "log.settings"], ["kind", "log.clock"], ["kind", "token.revoked"], ["evidence", hex(digest("call 1"))],
    job(), job("receipt.gateway"), ["subject", "run", "r1", ["receipt.tool"]], ["subject", "token", "t1", ["token.revoked"]], ["subject", "token", "t2", []],
    ["hashed", "job", hex(collision), ["receipt.gateway"]],
  ];
  return {
    ...Object.fromEntries([1, 2, 7, 8, 9, 10, 11].map((asOf) => [`valid/all_as_of_${asOf}`, valid(`every form of question, as of ${asOf}`, asOf, all)])),
    "valid/absent": valid("a token that was never revoked", 11, [["subject", "revocation", "t2", []]]),
    "valid/kind_without_entries": valid("a kind that the log has none of", 11, [["kind", "log.frozen"]]),
    "valid/collision_of_16_bytes": valid("an entry that shares 16 bytes with what is asked is in the file and in no answer", 8, [job("receipt.gateway")]),
    "valid/refused_of_job": valid("what was refused in a context of the job", 11, [job("refused")]),
    "valid/two_questions_of_one_key": valid("each question has the codes that it asks", 11, [job("receipt.gateway"), job("token.issued")]),
    "valid/record_from_as_of_on": valid("a record from as-of on takes no part", 9, [job()], { also: [9] }),
    "valid/no_question": valid("no question", 11, []),
  };
}

export function invalidProofs() {
  const row = (field, value, code, index) => r.row(p.subjectHash(field, value).subarray(0, 16), code, index);
  const without = (gone) => ({ rows: (rows) => rows.filter((row) => !row.equals(gone)) });
  const withRow = (added) => ({ rows: (rows) => [...rows, added] });
  const later = (members) => [...log().slice(0, 10), p.entry(members)];
  const proof = (...items) => ({ code: "INDEX_PROOF_INVALID", over: { proof: array(...items) } });
  const good = parts(log(), [8, 11], 11, [job()]);
  const bytes = p.proofCbor(good.root, good.runProofs);
  const raw = (proof) => ({ code: "INDEX_PROOF_INVALID", over: { proof } });
  const unprovable = (description, rule, question, alone = true) =>
    invalid(description, rule, 11, [question], { asked: alone ? p.merged([p.lookup(question, r.must(rule))]) : [] }, alone);
  const runProofs = array(...good.runProofs.map(bstr));
  return {
    "invalid/version_2": invalid("a later version of the proof", "0.1", 11, [job()], { over: { version: 2 } }),
    "invalid/version_2_of_other_members": invalid("a later version, whatever follows", "0.1", 11, [job()], { code: "UNKNOWN_FORMAT", over: { proof: array(uint(2), array(), array()) } }),
    "invalid/entry_of_later_kind": invalid("an entry of a kind of later", "0.2", 11, [job()], { entries: later({ kind: "receipt.later", digest: digest("later"), evidence: [["job", "j2"]] }) }),
    "invalid/question_about_later_kind": unprovable("a question about a kind of later", "0.3", ["kind", "receipt.later"], false),
    "invalid/question_about_later_field": unprovable("a question about a field of later", "0.3", ["subject", "later", "j1", []], false),
    "invalid/question_with_later_kind": unprovable("a question with a kind of later", "0.3", ["subject", "job", "j1", ["receipt.later"]], false),
    "invalid/two_members": invalid("a proof of two members", "0.4", 11, [job()], proof(uint(1), uint(good.root))),
    "invalid/four_members": invalid("a proof of four members", "0.4", 11, [job()], proof(uint(1), uint(good.root), runProofs, runProofs)),
    "invalid/trailing_byte": invalid("a byte behind the proof", "0.4", 11, [job()], raw(Buffer.concat([bytes, Buffer.from([0])]))),
    "invalid/long_integer": invalid("an integer not in its shortest form", "0.4", 11, [job()], proof(uint(1), Buffer.from([0x18, good.root]), runProofs)),
    "invalid/indefinite_array": invalid("an array of indefinite length", "0.4", 11, [job()], raw(Buffer.concat([Buffer.from([0x9f]), bytes.subarray(1), Buffer.from([0xff])]))),
    "invalid/run_proof_of_text": invalid("a run-proof that is a text", "0.4", 11, [job()], proof(uint(1), uint(good.root), array(...good.runProofs.map((proof) => Buffer.concat([head(3, proof.length), Buffer.alloc(proof.length, 0x61)]))))),
    "invalid/runs_33": invalid("33 run-proofs", "0.4", 11, [job()], proof(uint(1), uint(good.root), array(...Array.from({ length: 33 }, () => bstr(Buffer.alloc(0)))))),
    "invalid/hashed_without_kinds": unprovable("a question by hash without kinds", "0.4", ["hashed", "job", hex(p.subjectHash("job", "j1")), []]),
    "invalid/kind_without_rows": unprovable("a question about a kind that is not listed: there are no rows to prove it by", "0.5", ["kind", "receipt.gateway"]),
    "invalid/kind_index_root": unprovable("a question about index.root, which has no rows", "0.5", ["kind", "index.root"]),
    "invalid/subject_nonce": unprovable("a question about a nonce, which has no rows", "0.6", ["subject", "nonce", "n1", []]),
    "invalid/subject_kind": unprovable("a question about kind as a field", "0.6", ["subject", "kind", "token.revoked", []]),
    "invalid/kinds_descend": unprovable("kinds in another order", "0.7", job("receipt.tool", "receipt.gateway")),
    "invalid/kind_twice": unprovable("a kind twice", "0.7", job("receipt.tool", "receipt.tool")),
    "invalid/kinds_with_index_root": unprovable("index.root among the kinds", "0.7", job("receipt.gateway", "index.root")),
    "invalid/kinds_of_index_root": unprovable("index.root as the only kind", "0.7", job("index.root")),
    "invalid/question_twice": invalid("a question twice", "0.8", 11, [job(), job("refused"), job()]),
    "invalid/index_root_not_in_file": invalid("the index.root is not in the file", "1.1", 11, [job()], { records: (index) => index !== 11 }, false),
    "invalid/no_index_root": invalid("the entry is of another kind", "1.2", 11, [job()], { root: { kind: "log.settings", covered: undefined, list: undefined } }, false),
    "invalid/index_root_without_runs": invalid("an index.root without member 13", "1.3", 11, [job()], { root: { list: undefined } }, false),
    "invalid/index_root_of_another_log": invalid("an index.root of another origin", "1.4", 11, [job()], { root: { signer: "example.com/other" } }),
    "invalid/index_root_not_last": invalid("a checkpoint of a size beyond the index.root", "1.5", 11, [job()], { over: { size: 13 } }),
    "invalid/index_root_at_size": invalid("a checkpoint of a size that does not have the index.root", "1.5", 11, [job()], { over: { size: 11 } }),
    "invalid/as_of_0": invalid("as of nothing", "1.6", 0, [job()]),
    "invalid/as_of_beyond_covered": invalid("as of more than is covered", "1.7", 11, [job()], { ends: [8, 10] }),
    "invalid/covered_beyond_own_index": invalid("an index.root that covers itself", "1.8", 11, [job()], { ends: [8, 12] }),
    "invalid/rows_35_a_record": invalid("more rows than the records can have", "5.2", 11, [job()], {
      rows: (rows) => r.sorted([...rows, ...[3, 4].flatMap((index) => Array.from({ length: 255 }, (_, at) => row("job", "j1", at + 1, index)))]),
    }, false),
    "invalid/entry_left_out_of_file": invalid("an entry of the answer that is not in the file", "8.1", 11, [job()], { records: (index) => index !== 9 }),
    "invalid/colliding_entry_left_out_of_file": invalid("an entry that shares 16 bytes with what is asked, and is not in the file", "8.1", 11, [job()], { records: (index) => index !== 4 }),
    "invalid/row_of_another_entry": invalid("a row whose entry does not have the subject", "8.2", 11, [job()], withRow(row("job", "j1", 2, 3))),
    "invalid/row_of_another_code": invalid("a row whose code is not that of the entry", "8.2", 11, [job()], withRow(row("job", "j1", 3, 9))),
    "invalid/row_of_unknown_code": invalid("a row of a code that is none yet", "8.2", 11, [job()], withRow(row("job", "j1", 200, 9))),
    "invalid/row_of_kind": invalid("a row that lists an entry under another kind", "8.2", 11, [["kind", "token.revoked"]], withRow(row("kind", "token.revoked", 6, 7))),
    "invalid/row_of_token": invalid("a row of a token that its entry does not have", "8.2", 11, [["subject", "token", "t2", []]], withRow(row("token", "t2", 2, 3))),
    "invalid/entry_left_out_of_file_behind_false_row": invalid("a row that its entry does not have, and behind it one whose entry is not in the file", "8.1", 11, [job()], { ...withRow(row("job", "j1", 1, 3)), records: (index) => index !== 9 }, false),
    "invalid/entry_left_out_by_index_and_false_row": invalid("an entry that the index leaves out, and a row that its entry does not have", "8.2", 11, [job()], { rows: (rows) => [...without(row("job", "j1", 1, 2)).rows(rows), row("job", "j1", 2, 3)], also: [2] }, false),
    "invalid/entry_left_out_by_index": invalid("an entry that the file has and the index leaves out", "9.1", 11, [job()], { ...without(row("job", "j1", 1, 9)), also: [9] }),
    "invalid/context_left_out_by_index": invalid("an entry that the index leaves out of those of its context's job", "9.1", 11, [job("receipt.gateway")], { ...without(row("job", "j1", 1, 2)), also: [2] }),
    "invalid/kind_left_out_by_index": invalid("a revocation that the index leaves out of its kind", "9.1", 11, [["kind", "token.revoked"]], { ...without(row("kind", "token.revoked", 6, 6)), also: [6] }),
    "invalid/digest_left_out_by_index": invalid("an entry that the index leaves out of its digest", "9.1", 11, [["evidence", hex(digest("call 1"))]], { ...without(row("evidence", hex(digest("call 1")), 1, 2)), also: [2] }),
    "invalid/genesis_left_out_by_index": invalid("entry 0, which every file has, left out of its kind", "9.1", 11, [["kind", "log.genesis"]], without(row("kind", "log.genesis", 24, 0))),
  };
}
