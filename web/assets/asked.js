// What a page may claim of all entries of something: it follows from the page's address and kind, never from the page, which then
// says no more than which of it it claims (contract: docs/browser-check.md).

import { Failed, askedSize, below, brief, insistOnAddress, isSeen, linkedNumber, listedEntries, statedNumber } from "./shown.js";

const USES = "receipt.gateway,receipt.tool,receipt.side_effect,decision";

// Claims of a kind of page. `kinds`: of which entries. `isOptional`: may be absent where there are others. `counts`: "always" where the
// page states how many there are outside the claim, too, "maybe" where only there. `list`: the element with these entries, and
//   order    "first" or "newest" first, page by page; "whole" on one page; "some" where it lists any of them
//   others   whether it has other entries, too
const ALL = { kinds: "" };
const NAMED = { element: "entries-named", order: "first" };
const ACTS = { element: "acts-listed", order: "whole", others: true };
const FOLDERS = {
  token: [
    { kinds: "token.revoked", list: { element: "revocations", order: "whole" } },
    { kinds: USES, isOptional: true, isAfter: true },
    { ...ALL, counts: "maybe" },
  ],
  job: [
    { ...ALL, counts: "maybe", list: { element: "evidence-listed", order: "first", others: true } },
    { kinds: USES, isOptional: true, isAfter: true },
  ],
  run: [{ ...ALL, counts: "always", list: NAMED }],
  agent: [{ ...ALL, list: { ...NAMED, order: "newest" } }],
  policy: [{ kinds: "policy.withdrawn", list: ACTS }, { kinds: "policy.frozen", list: ACTS }, { ...ALL, list: NAMED }],
  gateway: [{ ...ALL, list: { element: "receipts", order: "some" } }],
};
const ISSUER = [
  { ...ALL, field: "issuer" },
  { ...ALL, field: "gateway", isOptional: true },
];

const parameter = (name) => new URLSearchParams(location.search).get(name);
const differs = (message) => new Failed("PAGE_DIFFERS", message);

// The one thing that the page's address is about, and the claims that there are of it.
function about() {
  if (location.pathname === "/issuers") return { value: (parameter("did") ?? "").trim(), rules: ISSUER };
  for (const [field, rules] of Object.entries(FOLDERS)) {
    const value = below(field === "policy" ? "/policies/" : `/${field}s/`);
    if (value !== null) return { value, rules: rules.map((rule) => ({ field, ...rule })) };
  }
  return { value: null, rules: [] };
}

// Holds the claims of a page, as their elements have them, against its address. Answers of each what the page has to show of the proved
// answers: {as_of, after, count, list}.
export function insistOnClaims(claims) {
  const size = askedSize();
  for (const { as_of } of claims) if (size !== null) insistOnAddress("tree size", String(Number(size)), String(as_of));
  if (location.pathname === "/search") return claims.map(noneFound);
  const { value, rules } = about();
  const made = claims.map((claim) => {
    const [question = [], ...more] = claim.questions;
    const [form, field, asked, kinds] = question;
    const rule = rules.find((known) => known.field === field && known.kinds === String(kinds));
    if (form !== "subject" || asked !== value || rule === undefined || more.length > 0 || (claim.after !== undefined) !== (rule.isAfter ?? false)) {
      throw differs(`its address does not lead to what it claims, of ${brief(`${field} ${asked}`)}`);
    }
    return { rule, shown: { as_of: claim.as_of, after: claim.after, count: count(rule), list: list(rule, claim) } };
  });
  const missing = rules.find((rule) => !rule.isOptional && made.every((one) => one.rule !== rule));
  if (missing !== undefined) throw differs(`it claims something of its ${missing.field}, and does not claim ${missing.kinds || "all entries"}`);
  return made.map(({ shown }) => shown);
}

// On the page of a search every question is about what was sought, and is answered by nothing.
function noneFound({ questions, as_of }) {
  const sought = parameter("q") ?? "";
  const isSought = ([form, , value, kinds]) => form === "subject" && kinds.length === 0 && names(sought, value);
  if (questions.length === 0 || !questions.every(isSought)) throw differs(`its address does not lead to what it claims, of ${brief(sought)}`);
  return { as_of, count: 0 };
}

// Whether a text is the value, the same hash in another spelling, or an address with it.
function names(text, value) {
  const hash = hexOf(text);
  return text === value || (hash !== null && hash === hexOf(value)) || (text.includes("/") && value.length > 0 && decodeURIComponent(text).includes(value));
}

function hexOf(text) {
  const body = text.trim().replace(/^(sha-?256[:=-]|b64u:|hex:|0x)/i, "");
  if (/^[0-9a-f]{64}$/i.test(body)) return body.toLowerCase();
  if (!/^[\w+/-]{43}=?$/.test(body)) return null;
  const digits = atob(body.replaceAll("-", "+").replaceAll("_", "/"));
  return Array.from(digits, (digit) => digit.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

// Where a page says that it has not read everything.
const isCut = () => Array.from(document.querySelectorAll("[data-claim-cut]")).some(isSeen);

function count({ counts }) {
  const isStated = counts === "always" ? !isCut() : counts === "maybe" && document.querySelector("[data-claim-count]") !== null;
  return isStated ? statedNumber("[data-claim-count]") : undefined;
}

function list({ list: rule }, { as_of, list: given }) {
  if (rule === undefined) return undefined;
  const { element, order, others = false } = rule;
  if (order === "whole" && isCut()) return given && listedEntries({ first: given.first, end: given.end, element, others });
  return listedEntries({ ...part(order, as_of), element, others });
}

// Of which part of the entries the list has all: as the address asks, up to where a link leads on.
function part(order, asOf) {
  if (order === "some") return { first: 0, end: 0 };
  if (order === "whole") return { first: 0, end: asOf };
  if (order === "first") return { first: Number(parameter("from") ?? 0), end: linkedNumber("from") ?? asOf };
  const before = parameter("before");
  return { first: (linkedNumber("before") ?? -1) + 1, end: before === null ? asOf : Number(before) + 1 };
}
