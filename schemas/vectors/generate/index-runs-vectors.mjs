// schemas/vectors/index-runs: rows, their runs, and what proofs of them show; nothing of entries.
import assert from "node:assert";
import { hex } from "./common.mjs";
import * as r from "./index-runs.mjs";

const many = (count, of) => Array.from({ length: count }, (_, at) => of(at));
const asking = (asked) => asked.map(({ key, codes }) => ({ key: hex(key), codes }));
const one = (key, ...codes) => [{ key, codes }];
const job = r.key("job");
// A number, or a text of one that is too large for JavaScript.
const plain = (number) => (BigInt(number) < 2n ** 53n ? Number(number) : String(number));

// A vector: the runs in full, and a proof for each of [asOf, asked].
function valid(description, runs, proofs) {
  const list = r.list(runs);
  const covered = runs.at(-1).end;
  return {
    description, covered: plain(covered), list_hex: hex(list), list_digest: hex(r.listDigest(list)),
    runs: runs.map((run) => ({ end: plain(run.end), rows: run.rows.map(hex), pages: run.bytes.map(hex), separators: run.seps.slice(1).map(hex), root: hex(run.root) })),
    proofs: proofs.map(([asOf, asked]) => {
      const runProofs = r.proveAll(runs, asked, asOf);
      const found = r.verifyRuns({ covered, list, digest: r.listDigest(list), asOf, asked, runProofs });
      const expected = runs.flatMap((run) => run.rows.filter((row) => r.isAsked(asked, asOf, row)));
      assert.deepStrictEqual(found.map(hex), expected.map(hex), description);
      return { as_of: plain(asOf), asked: asking(asked), run_proofs: runProofs.map(hex), found: found.map(hex) };
    }),
  };
}
const runOf = (begin, end, rows) => ({ ...r.runOf(begin, end, rows), rows: r.sorted(rows) });
const within = (rows, begin, end) => rows.filter((row) => { const at = Number(row.readBigUInt64BE(16) & 0xffffffffffffffn); return begin <= at && at < end; });
const runsOf = (rows, ...ends) => ends.map((end, at) => runOf(ends[at - 1] ?? 0, end, within(rows, ends[at - 1] ?? 0, end)));

function invalid(description, rule, parts, alone = true) {
  const { runs, list = r.list(runs), covered = runs.at(-1).end, digest = r.listDigest(list), asOf, asked, runProofs = r.proveAll(runs, asked, asOf) } = parts;
  const input = { covered, list, digest, asOf, asked, runProofs };
  assert.throws(() => r.verifyRuns(input), (error) => (alone ? error.rule === rule : error instanceof r.Refused), `${description}: ${rule}`);
  if (alone) r.verifyRuns(input, rule);
  return {
    description, rule, alone, code: "INDEX_PROOF_INVALID", covered: String(covered), list_hex: hex(list), list_digest: hex(digest),
    as_of: asOf, asked: asking(asked), run_proofs: runProofs.map(hex),
  };
}

const sample = () => {
  const rows = [];
  for (let i = 0; i < 44; i++) if (i !== 40) rows.push(r.row(job, 1, i), r.row(r.key(`r${i}`), 1, i));
  return [...rows, r.row(r.key("x"), 16, 5)];
};

function ofOneKey(count) {
  const rows = [...many(count, (at) => r.row(job, 1 + (at % 2), at)), ...many(7, (at) => r.row(r.key(`other ${at}`), 3, at % Math.max(count, 1)))];
  const sizes = [...new Set([1, Math.ceil(count / 2), Math.max(count - 1, 1), count])];
  return valid(`${count} rows of one key`, runsOf(rows, count), [...sizes.map((asOf) => [asOf, one(job)]), [count, one(job, 2)], [count, one(r.key("absent"))]]);
}

// The root of a closed subtree is taken on faith, so that separators can lie where no row of the run is.
function separatorsOutsideOfRun() {
  const rows = [r.row(r.u(1, 16), 1, 11), r.row(job, 1, 12), r.row(Buffer.alloc(16, 0xff), 1, 13)];
  const middle = { ...r.run(10, 20, rows.map((row) => [[row]]), { seps: { 1: r.row(job, 1, 5), 2: r.row(job, 1, 25) } }), rows };
  return valid("separators at indices in front of the run and behind it: intervals begin at index 0 and end at as-of in every run", [
    runOf(0, 10, [r.row(job, 1, 1)]), middle, runOf(20, 40, [r.row(job, 1, 30)]),
  ], [...[15, 25, 26, 30].map((asOf) => [asOf, one(job, 1)]), [40, one(job)]]);
}

function largestNumbers() {
  const end = 2n ** 56n - 1n;
  const rows = [[1, 0n], [1, end - 1n], [255, end - 1n]].map(([code, index]) => r.row(job, code, index));
  const run = { ...r.runOfOnePage(0, end, 34n * end, 34n * end - 1n - 2n ** 40n, rows), rows };
  return valid("a run of as many entries as there can be, with 34 pages an entry", [run], [[end, one(job)], [end - 1n, one(job)], [1, one(job, 1)]]);
}

export function validRuns() {
  const close = many(9, (at) => Buffer.concat([job.subarray(0, 15), Buffer.from([at * 31])]));
  const kinds = [[1, 0], [1, 1], [2, 2], [6, 3], [6, 4], [16, 5], [25, 6], [26, 7], [200, 8], [255, 9]].map(([code, index]) => r.row(job, code, index));
  const crossing = [...many(20, (at) => r.row(job, 1, at)), ...many(20, (at) => r.row(job, 2, at)), ...many(20, (at) => r.row(r.key("next"), 1, at))];
  return {
    "valid/three_runs": valid("a log of 44 entries in three runs, one of them empty", runsOf(sample(), 40, 41, 44), [
      [44, one(job, 1)], [44, one(r.key("r5"))], [44, one(r.key("x"), 16)], [44, one(r.key("x"), 1)], [44, one(r.key("absent"))], [1, one(job)], [20, one(job, 1)],
      [40, one(job)], [41, one(job)], [44, [...one(job, 1, 2), ...one(r.key("r43"), 1), ...one(r.key("r0")), ...one(r.key("y"))]], [44, []],
    ]),
    ...Object.fromEntries([1, 3, 4, 5, 15, 16, 17, 33].map((count) => [`valid/one_key_${count}`, ofOneKey(count)])),
    "valid/keys_share_15_bytes": valid("keys that differ in their last byte", runsOf(close.map((key, at) => r.row(key, 1, at)), 9), [
      ...close.slice(0, 6).map((key) => [9, one(key)]), [9, one(Buffer.concat([job.subarray(0, 15), Buffer.from([1])]))],
    ]),
    "valid/sizes_at_the_edges_of_runs": valid("as of the first and the last index of a run, and one more", runsOf(within(sample(), 0, 20), 10, 20), [1, 9, 10, 11, 19, 20].map((asOf) => [asOf, one(job)])),
    "valid/kinds": valid("some codes of a key, also unknown ones", runsOf(kinds, 10), [
      ...[[1], [2], [3], [6], [1, 6], [25, 26], [200], [255], []].map((codes) => [10, one(job, ...codes)]), [4, one(job)], [4, one(job, 6)],
    ]),
    "valid/codes_over_pages": valid("a key whose codes go over pages, as of a size in the middle", runsOf(crossing, 20), [
      [20, one(job, 1)], [20, one(job, 2)], [10, one(job, 1)], [10, one(job, 2)], [10, one(job)], [1, one(job)], [20, one(job, 3)], [10, one(r.key("next"), 1)],
    ]),
    "valid/as_of_is_separator": valid("as of the index in a separator: the page behind it is closed", runsOf(many(33, (at) => r.row(job, 1, at)), 33), [
      [16, one(job)], ...[15, 16, 17, 32, 33].map((asOf) => [asOf, one(job, 1)]),
    ]),
    "valid/separators_outside_of_run": { layout: "other", ...separatorsOutsideOfRun() },
    "valid/largest_numbers": { layout: "other", ...largestNumbers() },
    "valid/no_rows": valid("a run without rows", runsOf([], 3), [[3, one(job)], [1, one(job)]]),
    "valid/runs_32": valid("as many runs as there may be", runsOf(many(32, (at) => r.row(job, 1, at)), ...many(32, (at) => at + 1)), [[32, one(job)], [7, one(job)]]),
    "valid/pages_34_an_entry": { layout: "other", ...valid("as many pages as one entry may have", [{ ...r.run(0, 1, many(34, (at) => [[r.row(r.u(at, 16), 1, 0)]])), rows: many(34, (at) => r.row(r.u(at, 16), 1, 0)) }], [[1, one(r.u(9, 16))]]) },
  };
}

export function invalidRuns() {
  const runs = runsOf(sample(), 40, 41, 44);
  const whole = runsOf(sample(), 44);
  const list = r.list(runs);
  const asked = one(job);
  const last = one(whole[0].rows.at(-1).subarray(0, 16));
  const base = { runs, asOf: 44, asked };
  const proofs = r.proveAll(runs, asked, 44);
  const flip = (bytes, at) => { const copy = Buffer.from(bytes); copy[at] ^= 1; return copy; };
  const keys = r.sorted(many(16, (at) => r.key(`k${at}`)));
  const pages = many(4, (page) => many(4, (at) => [r.row(keys[4 * page + at], 1, 4 * page + at)]));
  // A tree of four pages with wrong parts, asked for the key at one place.
  const tree = (at, wrong, changed = pages) => ({ runs: [r.run(0, 16, changed, wrong)], asOf: 16, asked: one(keys[at]) });
  const onePage = (bytes, begin = 0, end = 16, key = keys[0]) => ({ runs: [r.run(begin, end, [bytes])], asOf: end, asked: one(key) });
  const page = (...groups) => Buffer.concat([Buffer.from([groups.length]), ...groups.flatMap(([key, ...rows]) => [key, Buffer.from([rows.length]), ...rows.map((row) => row.subarray(16))])]);
  const first = (at) => r.row(keys[at], 1, at);
  const behind = (rows) => ({ runs: [r.run(0, 10, []), r.run(10, 20, [page([keys[0], ...rows])])], asOf: 20, asked: one(keys[0]) });
  const after = (run) => ({ runs: [r.run(0, 40, []), run], asOf: 44, asked });
  const swapped = [pages[1], pages[0]];
  const ordered = [pages[0], pages[1]];
  return {
    "invalid/list_length": invalid("member 13 with a byte too many", "2.1", { ...base, list: Buffer.concat([list, Buffer.from([0])]) }),
    "invalid/list_short": invalid("member 13 cut short by a byte", "2.1", { ...base, list: list.subarray(0, -1) }, false),
    "invalid/no_run": invalid("no run", "2.2", { ...base, covered: 44n, list: Buffer.alloc(0), runProofs: [] }, false),
    "invalid/runs_33": invalid("33 runs", "2.2", { runs: runsOf(many(33, (at) => r.row(job, 1, at)), ...many(33, (at) => at + 1)), asOf: 33, asked }),
    "invalid/first_run_of_nothing": invalid("a first run that ends at 0", "2.3", { runs: [r.run(0, 0, []), ...whole], asOf: 44, asked }),
    "invalid/run_of_nothing": invalid("two runs with one end", "2.3", { runs: [runs[0], r.run(40, 40, []), ...runsOf(sample(), 40, 44).slice(1)], asOf: 44, asked }),
    "invalid/ends_descend": invalid("a run that ends before the one in front of it", "2.3", { runs: [runOf(0, 10, within(sample(), 0, 10)), r.run(10, 5, []), r.run(5, 44, [])], asOf: 5, asked }),
    "invalid/covered_above_last_end": invalid("covered is not the last end", "2.4", { ...base, covered: 45n }),
    "invalid/covered_below_last_end": invalid("covered is less than the last end", "2.4", { ...base, covered: 43n, asOf: 43 }),
    "invalid/end_of_57_bits": invalid("an end of 2^56", "2.5", { runs: [...whole, r.run(44, 2n ** 56n, [])], asOf: 44, asked }),
    "invalid/list_digest": invalid("member 2 is not the hash of member 13", "2.6", { ...base, digest: flip(r.listDigest(list), 31) }),
    "invalid/list_digest_without_tag": invalid("member 2 is a hash without the tag", "2.6", { ...base, digest: r.listDigest(Buffer.concat([Buffer.from([0]), list])) }),
    "invalid/run_proof_missing": invalid("no proof for the last run", "3.1", { ...base, runProofs: proofs.slice(0, 2) }, false),
    "invalid/run_proof_too_many": invalid("a proof for a run that begins at as-of", "3.1", { ...base, asOf: 41, runProofs: [...r.proveAll(runs, asked, 41), Buffer.alloc(0)] }),
    "invalid/pages_35_an_entry": invalid("more pages than its entries can have rows", "4.1", { runs: [r.run(0, 1, many(35, (at) => [[r.row(r.u(at, 16), 1, 0)]]))], asOf: 1, asked: one(r.u(9, 16)) }),
    "invalid/pages_of_64_bits": invalid("a number of pages whose product overflows", "4.1", { runs: [r.run(0, 1, [[[r.row(job, 1, 0)]]], { count: 2n ** 64n - 1n })], asOf: 1, asked, runProofs: [Buffer.alloc(40)] }, false),
    "invalid/empty_run_with_root": invalid("a run without pages that has another root", "4.2", { ...after(r.run(40, 44, [], { root: runs[2].root })) }),
    "invalid/empty_run_with_proof": invalid("a run without pages that has a proof", "4.3", { ...after(r.run(40, 44, [])), runProofs: [Buffer.alloc(0), Buffer.alloc(32)] }),
    "invalid/one_page_fewer": invalid("a page fewer than the root is of", "4.6", { runs: [{ ...whole[0], count: whole[0].count - 1 }], asOf: 44, asked: last, runProofs: r.proveAll(whole, last, 44) }, false),
    "invalid/missing_byte": invalid("a proof that is a byte short", "4.4", { ...base, runProofs: [proofs[0].subarray(0, -1), ...proofs.slice(1)] }, false),
    "invalid/empty_proof": invalid("a proof without a byte", "4.4", { ...base, runProofs: [Buffer.alloc(0), ...proofs.slice(1)] }, false),
    "invalid/surplus_byte": invalid("a proof with a byte too many", "4.5", { ...base, runProofs: [Buffer.concat([proofs[0], Buffer.from([0])]), ...proofs.slice(1)] }),
    "invalid/surplus_hash": invalid("a proof with a hash too many", "4.5", { ...base, runProofs: [...proofs.slice(0, 2), Buffer.concat([proofs[2], runs[2].root])] }),
    "invalid/other_hash": invalid("one bit of a closed subtree", "4.6", { ...base, asked: one(r.key("r5")), runProofs: [flip(r.prove(runs[0], one(r.key("r5")), 44), 10), ...r.proveAll(runs.slice(1), one(r.key("r5")), 44)] }),
    "invalid/other_row": invalid("one bit of a row", "4.6", { runs: [runs[2]].map((run) => ({ ...run, begin: 0n })), asOf: 44, asked, runProofs: [flip(runs[2].bytes[0], 25)] }),
    "invalid/opened_without_being_asked": invalid("a subtree opened that no asked interval meets", "5.1", { runs: whole, asOf: 44, asked: one(r.key("r5")), runProofs: [r.prove(whole[0], one(r.key("r5")), 44, { open: () => true })] }, false),
    "invalid/closed_though_asked": invalid("a subtree closed that an asked interval meets", "5.1", { runs: whole, asOf: 44, asked, runProofs: [whole[0].root] }, false),
    "invalid/separator_of_25_bytes": invalid("a separator of 25 bytes", "6.1", tree(12, { seps: { 2: Buffer.concat([first(8), Buffer.from([1])]) } })),
    "invalid/separator_of_no_bytes": invalid("a separator without a byte", "6.1", tree(12, { seps: { 2: Buffer.alloc(0) } }), false),
    "invalid/separator_with_zero": invalid("a separator that ends with 0x00", "6.2", tree(12, { seps: { 2: Buffer.concat([keys[8].subarray(0, 2), Buffer.from([0])]) } })),
    "invalid/separator_at_lower_bound": invalid("a separator that is the lower bound: a page that nothing opens", "6.3", tree(12, { seps: { 2: keys[8], 3: keys[8] } })),
    "invalid/separator_below_lower_bound": invalid("a separator below the lower bound", "6.3", tree(12, { seps: { 2: keys[8], 3: keys[7] } })),
    "invalid/separator_at_upper_bound": invalid("a separator that is the upper bound: a page that nothing opens", "6.4", tree(3, { seps: { 2: keys[8], 1: keys[8] } })),
    "invalid/separator_above_upper_bound": invalid("a separator above the upper bound", "6.4", tree(3, { seps: { 2: keys[8], 1: keys[9] } })),
    "invalid/page_without_groups": invalid("a page without groups", "7.1", onePage(Buffer.from([0]))),
    "invalid/groups_descend": invalid("groups in another order, under their own root", "7.2", onePage(page([keys[1], first(1)], [keys[0], first(0)]))),
    "invalid/group_twice": invalid("two groups of one key", "7.2", onePage(page([keys[0], first(0)], [keys[0], r.row(keys[0], 1, 2)]))),
    "invalid/group_without_rows": invalid("a group without rows", "7.3", onePage(page([keys[0]]))),
    "invalid/rows_descend": invalid("rows in another order, under their own root", "7.4", onePage(page([keys[0], r.row(keys[0], 1, 3), r.row(keys[0], 1, 2)]))),
    "invalid/codes_descend": invalid("a smaller code behind a larger one", "7.4", onePage(page([keys[0], r.row(keys[0], 2, 2), r.row(keys[0], 1, 3)]))),
    "invalid/row_twice": invalid("a row twice", "7.4", onePage(page([keys[0], first(0), first(0)]))),
    "invalid/row_below_lower_bound": invalid("a page with a row below its lower bound", "7.5", { runs: [r.run(0, 16, ordered, { seps: { 1: keys[5] } })], asOf: 16, asked: one(keys[6]) }),
    "invalid/row_at_upper_bound": invalid("a page with a row at its upper bound", "7.6", { runs: [r.run(0, 16, ordered, { seps: { 1: keys[3] } })], asOf: 16, asked: one(keys[2]) }),
    "invalid/pages_descend": invalid("pages in another order, under their own root: one of two answers", "7.5", { runs: [r.run(0, 16, swapped, { seps: { 1: keys[4] } })], asOf: 16, asked: one(keys[7]) }),
    "invalid/pages_descend_left": invalid("pages in another order, under their own root: the other answer", "7.6", { runs: [r.run(0, 16, swapped, { seps: { 1: keys[4] } })], asOf: 16, asked: one(keys[0]) }),
    "invalid/code_0": invalid("a row with code 0", "7.7", onePage(page([keys[0], r.row(keys[0], 0, 1), first(0)]))),
    "invalid/index_below_run": invalid("a row of an entry before the run", "7.8", behind([r.row(keys[0], 1, 9)])),
    "invalid/index_at_end_of_run": invalid("a row of the first entry behind the run", "7.9", behind([r.row(keys[0], 1, 20)])),
    "invalid/neighbour_at_end_of_run": invalid("a row that is not asked, of an entry behind the run", "7.9", onePage(page([keys[0], first(0)], [keys[1], r.row(keys[1], 1, 16)]))),
  };
}
