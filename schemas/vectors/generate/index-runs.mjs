// Rows, pages, runs and proofs of schemas/index.md, and a verifier of them, as plainly as the text has them: intervals are
// compared one by one, and nothing is fast. Each rule of the verifier can be left out, so that an invalid vector is seen to
// break one rule and no other.
import { hex, sha256 } from "./common.mjs";

export const u = (value, bytes) => Buffer.from(BigInt(value).toString(16).padStart(2 * bytes, "0"), "hex");
export const u56 = (value) => u(value, 7);
export const key = (text) => sha256(Buffer.from(text)).subarray(0, 16);
export const row = (key, code, index) => Buffer.concat([key, Buffer.from([code]), u56(index)]);
export const sorted = (rows) => {
  const all = [...rows].sort(Buffer.compare);
  return all.filter((one, at) => at === 0 || !one.equals(all[at - 1]));
};
const keyOf = (row) => row.subarray(0, 16);
const codeOf = (row) => row[16];
const indexOf = (row) => BigInt(`0x${hex(row.subarray(17))}`);
const low = Buffer.alloc(24);
// Bounds are compared as 24 bytes; null is above all of them.
const padded = (bytes) => Buffer.concat([bytes, Buffer.alloc(24)]).subarray(0, 24);
const below = (one, other) => other === null || (one !== null && Buffer.compare(one, other) < 0);

// Section 2: the layout of the pages, as a list of groups each, a group a list of rows.
export function layout(rows) {
  const groups = [];
  for (const row of rows) {
    if (groups.length > 0 && keyOf(groups.at(-1)[0]).equals(keyOf(row))) groups.at(-1).push(row);
    else groups.push([row]);
  }
  const pages = [];
  let open = [];
  const close = () => { if (open.length > 0) pages.push(open); open = []; };
  for (const group of groups) {
    if (group.length > 3) {
      close();
      for (let at = 0; at < group.length; at += 16) pages.push([group.slice(at, at + 16)]);
    } else {
      open.push(group);
      if (open.length === 4) close();
    }
  }
  close();
  return pages;
}

export const pageBytes = (groups) => Buffer.concat([Buffer.from([groups.length]), ...groups.flatMap((group) => [
  keyOf(group[0]), Buffer.from([group.length]), ...group.map((row) => row.subarray(16)),
])]);
const pageHash = (page) => sha256(Buffer.concat([Buffer.from([2]), page]));
const nodeHash = (left, right, sep) => sha256(Buffer.concat([Buffer.from([3]), left, right, sep]));

function shortest(before, first) {
  for (let length = 1; length <= 24; length++) {
    if (Buffer.compare(padded(first.subarray(0, length)), before) > 0) return first.subarray(0, length);
  }
  throw new Error("rows that do not ascend");
}
// The largest power of two below a number from 2 on; numbers of pages are BigInt, since they go beyond 2^53.
const split = (count) => 1n << BigInt((count - 1n).toString(2).length - 1);

// A run over pages. What a vector gets wrong is given: `pages` as bytes or lists of groups, `seps` by the number of the page
// to the right of it, `count`, `root`.
export function run(begin, end, pages, wrong = {}) {
  const bytes = pages.map((page) => (Buffer.isBuffer(page) ? page : pageBytes(page)));
  const rowsAt = (page) => (Buffer.isBuffer(page) ? [] : page.flat());
  const seps = pages.map((page, at) => wrong.seps?.[at] ?? (at === 0 ? null : shortest(rowsAt(pages[at - 1]).at(-1), rowsAt(page)[0])));
  const build = (s, e) => {
    if (e - s === 1) return { page: bytes[s], hash: pageHash(bytes[s]) };
    const middle = s + Number(split(BigInt(e - s)));
    const [left, right, sep] = [build(s, middle), build(middle, e), seps[middle]];
    return { left, right, sep, hash: nodeHash(left.hash, right.hash, sep) };
  };
  const tree = pages.length === 0 ? null : build(0, pages.length);
  return { begin: BigInt(begin), end: BigInt(end), bytes, seps, tree, count: wrong.count ?? pages.length, root: wrong.root ?? tree?.hash ?? sha256(Buffer.alloc(0)) };
}
export const runOf = (begin, end, rows) => run(begin, end, layout(sorted(rows)));

// A run of `count` pages of which one is known, with rows of one key. The hashes of all other subtrees are made up, and the separators close
// in on the key from both sides.
export function runOfOnePage(begin, end, count, number, rows) {
  const known = pageBytes([rows]);
  const at = BigInt(`0x${hex(keyOf(rows[0]))}`);
  const seps = [null];
  const build = (s, e, depth) => {
    if (e - s === 1n) return { page: known, hash: pageHash(known) };
    const middle = s + split(e - s);
    const isLeft = number < middle;
    const bound = u(at + (isLeft ? 1n : -1n) * 2n ** BigInt(100 - depth), 16);
    const sep = Buffer.from(hex(bound).replace(/(00)+$/, ""), "hex");
    seps.push(sep);
    const other = { hash: sha256(Buffer.from(`${s} to ${e}`)) };
    const [left, right] = isLeft ? [build(s, middle, depth + 1), other] : [other, build(middle, e, depth + 1)];
    return { left, right, sep, hash: nodeHash(left.hash, right.hash, sep) };
  };
  const tree = build(0n, count, 0);
  return { begin: BigInt(begin), end: BigInt(end), bytes: [known], seps, tree, count, root: tree.hash };
}

export const list = (runs) => Buffer.concat(runs.flatMap((run) => [u(run.end, 8), u(run.count, 8), run.root]));
export const listDigest = (list) => sha256(Buffer.concat([Buffer.from("evidence-ledger/index/v1\0"), list]));

// Section 4: the asked intervals. `asked` is [{ key, codes }]; no codes: all. They are asked of the entries below a size, or of a
// range [from, to), which stands in place of the size.
export const rangeOf = (asOf) => (Array.isArray(asOf) ? asOf : [0, asOf]);
const concerns = (asOf) => ({ begin, end }) => {
  const [from, to] = rangeOf(asOf).map(BigInt);
  return begin < to && (from === 0n || from < end);
};
const codes = (asked) => (asked.codes.length === 0 ? Array.from({ length: 255 }, (_, at) => at + 1) : asked.codes);
export const intervals = (asked, asOf) => asked.flatMap((one) => codes(one).map((code) => rangeOf(asOf).map((index) => row(one.key, code, index))));
const meets = (all, lo, hi) => all.some(([from, to]) => below(from, hi) && below(lo, to));
const isWithin = ([from, to], row) => BigInt(from) <= indexOf(row) && indexOf(row) < BigInt(to);
export const isAsked = (asked, asOf, row) => asked.some((one) => keyOf(row).equals(one.key) && codes(one).includes(codeOf(row))) && isWithin(rangeOf(asOf), row);

// The run-proof, in the order of the walk. `open` says of a subtree without asked rows that it is opened all the same.
export function prove(run, asked, asOf, { open = () => false } = {}) {
  const all = intervals(asked, asOf);
  const walk = (node, lo, hi) => {
    if (!meets(all, lo, hi) && !open(lo, hi)) return [node.hash];
    if (node.page) return [node.page];
    const bound = padded(node.sep);
    return [Buffer.from([node.sep.length]), node.sep, ...walk(node.left, lo, bound), ...walk(node.right, bound, hi)];
  };
  return run.tree === null ? Buffer.alloc(0) : Buffer.concat(walk(run.tree, low, null));
}
export const proveAll = (runs, asked, asOf) => runs.filter(concerns(asOf)).map((run) => prove(run, asked, asOf));

export class Refused extends Error {
  constructor(rule, code) { super(`${code} by rule ${rule}`); this.rule = rule; this.code = code; }
}
export const must = (skip) => (rule, holds, code = "INDEX_PROOF_INVALID") => { if (!holds && rule !== skip) throw new Refused(rule, code); };

// Steps 2 to 7: the rows of asked intervals.
export function verifyRuns({ covered, list, digest, asOf, asked, runProofs, rowsMax = Infinity }, skip = null) {
  const check = must(skip);
  check("2.1", list.length % 48 === 0);
  const runs = [];
  for (let at = 0, begin = 0n; at + 48 <= list.length; at += 48) {
    const end = list.readBigUInt64BE(at);
    runs.push({ begin, end, count: list.readBigUInt64BE(at + 8), root: list.subarray(at + 16, at + 48) });
    begin = end;
  }
  check("2.2", runs.length >= 1 && runs.length <= 32);
  runs.forEach((run) => check("2.3", run.begin < run.end));
  check("2.4", runs.at(-1)?.end === BigInt(covered));
  runs.forEach((run) => check("2.5", run.end < 2n ** 56n));
  check("2.6", listDigest(list).equals(digest));
  const wanted = runs.filter(concerns(asOf));
  check("3.1", runProofs.length === wanted.length);
  const found = wanted.flatMap((run, at) => verifyRun(run, asked, asOf, runProofs[at], check));
  check("5.2", found.length <= rowsMax);
  return found;
}

function verifyRun(run, asked, asOf, proof, check) {
  check("4.1", run.count <= 34n * (run.end - run.begin));
  if (run.count === 0n) {
    check("4.2", run.root.equals(sha256(Buffer.alloc(0))));
    check("4.3", proof.length === 0);
    return [];
  }
  const all = intervals(asked, asOf);
  const found = [];
  let rest = proof;
  const take = (length) => {
    check("4.4", rest.length >= length);
    const taken = rest.subarray(0, length);
    rest = rest.subarray(length);
    return taken;
  };
  const walk = (s, e, lo, hi) => {
    if (!meets(all, lo, hi)) return take(32);
    if (e - s === 1n) return page(lo, hi);
    const length = take(1)[0];
    check("6.1", length >= 1 && length <= 24);
    const sep = take(length);
    check("6.2", sep.at(-1) !== 0);
    const bound = padded(sep);
    check("6.3", below(lo, bound));
    check("6.4", below(bound, hi));
    const middle = s + split(e - s);
    const left = walk(s, middle, lo, bound);
    return nodeHash(left, walk(middle, e, bound, hi), sep);
  };
  const page = (lo, hi) => {
    const parts = [take(1)];
    check("7.1", parts[0][0] >= 1);
    let before = null;
    for (let group = 0; group < parts[0][0]; group++) {
      const [key, n] = [take(16), take(1)];
      parts.push(key, n);
      check("7.2", before === null || Buffer.compare(before, key) < 0);
      before = key;
      check("7.3", n[0] >= 1);
      let last = null;
      for (let at = 0; at < n[0]; at++) {
        const entry = take(8);
        parts.push(entry);
        const row = Buffer.concat([key, entry]);
        check("7.4", last === null || Buffer.compare(last, row) < 0);
        last = row;
        check("7.5", !below(row, lo));
        check("7.6", below(row, hi));
        check("7.7", codeOf(row) >= 1);
        check("7.8", run.begin <= indexOf(row));
        check("7.9", indexOf(row) < run.end);
        if (isAsked(asked, asOf, row)) found.push(row);
      }
    }
    return pageHash(Buffer.concat(parts));
  };
  const root = walk(0n, run.count, low, null);
  check("4.5", rest.length === 0);
  check("4.6", root.equals(run.root));
  return found;
}
