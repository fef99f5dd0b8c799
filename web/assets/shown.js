// What a page shows (contract: docs/browser-check.md): the attributes of its section, the texts that are
// marked as saying the same, and the address under which the reader asked for it. A page whose parts
// contradict each other is not checked any further: it does not hold.

// The page, or the log behind it, does not hold. `notes`: the signed notes of the log that have to do with it: what this browser `kept`,
// if it kept one, and what was `shown` to it. `file`: {bytes, name, command}: what shows it, and the command that checks it, if there is one.
export class Failed extends Error {
  constructor(code, message, notes = null, file = null) {
    super(message);
    this.code = code;
    this.notes = notes;
    this.file = file;
  }
}

const TEXT_MAX = 200;
// Hostile text may be of any length.
export const brief = (text) => (text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text);

export function differs(differences, file = null) {
  const sentences = differences.map(({ what, shown, derived }) => `${what} is shown as ${brief(shown)}, and is ${brief(derived)}`);
  return new Failed("PAGE_DIFFERS", `the page does not show what its evidence leads to: ${sentences.slice(0, 8).join("; ")}`, null, file);
}

// The words that stand for values on the pages, with the sign before them.
export const VERDICTS = { PASS: "✓ PASS", FAIL: "✕ FAIL", INCOMPLETE: "◌ INCOMPLETE" };
const STATUSES = {
  pass: "✓ passed",
  fail: "✕ failed",
  incomplete: "◌ incomplete",
  not_applicable: "– not applicable",
  not_evaluated: "? not evaluated",
};

// Attributes that a page may leave out are left out of the question.
export const given = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

const marked = (root, name) => Array.from(root.querySelectorAll(`[data-shows="${name}"]`));
const textOf = (element) => element.textContent.trim();
export const isSeen = (element) =>
  element.checkVisibility?.({ opacityProperty: true, visibilityProperty: true, checkOpacity: true, checkVisibilityCSS: true }) ?? true;

// Every text marked with the name says the value. `seen`: one of them, at least, can be seen.
export function insistOn(root, what, value, { as = (known) => known, seen = false } = {}) {
  const elements = marked(root, what);
  const other = elements.find((element) => textOf(element) !== as(value));
  if (other !== undefined) throw differs([{ what, shown: textOf(other), derived: as(value) ?? value }]);
  if (seen && !elements.some(isSeen)) throw differs([{ what, shown: "nothing that can be seen", derived: value }]);
}

// What the page says in words, once or several times; nothing where it does not.
function said(root, what) {
  const [first] = marked(root, what).map(textOf);
  if (first !== undefined) insistOn(root, what, first);
  return first;
}

// Sizes and indices are written in groups of digits.
const inGroups = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");

// The address asks for one thing: a page that speaks of another, however true, answers something else.
export function insistOnAddress(what, asked, shown) {
  if (asked !== null && asked !== shown) {
    throw new Failed("PAGE_DIFFERS", `the address asks for ${what} ${brief(asked)}, and the page speaks of ${brief(shown)}`);
  }
}

// Last part of a path below a folder of the site; null under any other path.
export function below(folder) {
  const { pathname } = location;
  const rest = pathname.startsWith(folder) ? pathname.slice(folder.length) : "";
  return rest === "" || rest.includes("/") ? null : decodeURIComponent(rest);
}

// The size that the reader asked for; null where the page chooses.
export const askedSize = () => new URLSearchParams(location.search).get("as_of");

// What every page shows, whatever kind it is.
export function insistOnPage({ dataset }) {
  const kinds = [
    ["/jobs/", "job"],
    ["/entries/", "entry"],
  ];
  for (const [folder, kind] of kinds) {
    if (below(folder) !== null) insistOnAddress("the page of", kind, dataset.page ?? "");
  }
  const token = below("/tokens/");
  if (token !== null) insistOn(document, "token_hash", token, { seen: true });
}

export function shownJob({ dataset }) {
  const { job = "", asOf = "", verdict = "" } = dataset;
  insistOnAddress("job", below("/jobs/"), job);
  if (below("/jobs/") !== null && askedSize() !== null) insistOnAddress("tree size", String(Number(askedSize())), asOf);
  insistOn(document, "job_id", job, { seen: true });
  insistOn(document, "verdict", verdict, { as: (word) => VERDICTS[word], seen: true });
  insistOn(document, "as_of", asOf, { as: inGroups });
  const message = said(document, "message");
  if (dataset.code !== undefined) insistOn(document, "code", dataset.code);
  return given({
    job_id: job,
    as_of: Number(asOf),
    verdict,
    root_hash: dataset.root ?? "",
    code: dataset.code,
    message,
    assessment_sha256: dataset.assessment,
    checks: Array.from(document.querySelectorAll("[data-check][data-check-status]"), shownCheck),
  });
}

function shownCheck(element) {
  const { check: id, checkStatus: status, checkCode: code } = element.dataset;
  insistOn(element, "check_id", id);
  insistOn(element, "check_status", status, { as: (word) => STATUSES[word] });
  if (code !== undefined) insistOn(element, "check_code", code);
  return given({ id, status, code, message: said(element, "check_message") });
}

export function shownEntry({ dataset }) {
  const { index = "", kind, signer, evidenceDigest, leafHash } = dataset;
  insistOnAddress("entry", below("/entries/"), index);
  insistOn(document, "index", index, { as: inGroups, seen: true });
  const texts = { kind, signer, evidence_digest: evidenceDigest, leaf_hash: leafHash };
  for (const [what, value] of Object.entries(given(texts))) insistOn(document, what, value);
  return given({ index: Number(index), ...texts, document: documents() });
}

// The document as the page sets it out, in one piece or two; nothing where a piece is cut short.
function documents() {
  const pieces = marked(document, "document").map((element) => element.textContent);
  return pieces.length === 0 ? undefined : pieces;
}

// The number of entries that the page states in these elements, the same in all of them.
export function statedNumber(selector) {
  const elements = Array.from(document.querySelectorAll(selector));
  const [first = "nothing", ...rest] = elements.map(textOf);
  const other = /^[\d,]+$/.test(first) && elements.some(isSeen) ? rest.find((text) => text !== first) : first;
  if (other !== undefined) throw differs([{ what: "number of entries", shown: other, derived: "one number that can be seen" }]);
  return Number(first.replaceAll(",", ""));
}

// The entries that an element lists where they can be seen, each in a row that is named after it.
export function listedEntries({ element, ...part }) {
  const rows = Array.from(document.getElementById(element)?.querySelectorAll("tr[id]") ?? []).filter(isSeen);
  const named = rows.map(({ id }) => /^e(\d+)$/.exec(id)).filter((found) => found !== null);
  return { ...part, entries: named.map(([, index]) => Number(index)) };
}

// The number that a link to more of this page gives a parameter; null where there is no such link to be seen.
export function linkedNumber(name) {
  const here = new URLSearchParams(location.search).get(name);
  for (const link of Array.from(document.querySelectorAll("main a[href]")).filter(isSeen)) {
    const { origin, pathname, searchParams } = new URL(link.href);
    const number = searchParams.get(name);
    if (origin === location.origin && pathname === location.pathname && /^\d+$/.test(number) && number !== here) return Number(number);
  }
  return null;
}

export function shownHead({ dataset }) {
  const { treeSize: size = "", root = "" } = dataset;
  insistOn(document, "tree_size", size, { as: inGroups });
  insistOn(document, "root_hash", root);
  return { size: Number(size), root };
}

// Whose log it is, wherever the page says so; known only once the key is.
export function insistOnLog({ vkey, origin }) {
  insistOn(document, "vkey", vkey);
  insistOn(document, "origin", origin);
}
