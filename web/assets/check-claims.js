// Claims that need a proof from the log's index: which entries there are of something, and no others (contract:
// docs/browser-check.md). The page as it was sent makes none of them; each is put into words here, and only in those that the verifier
// gives for a proof that holds and that says what the page shows.

import { insistOnClaims } from "./asked.js";
import { counted, grouped, make } from "./dom.js";
import { TooLong, Unavailable, bytes, queue } from "./fetch.js";
import { Failed, brief, differs } from "./shown.js";

// Some ten thousand entries.
const PROOF_BYTES_MAX = 8 << 20;
const GENESIS_BYTES_MAX = 4 << 20;
// Proofs of one page; what a page claims beyond is not proved.
const PROOFS_MAX = 16;
// As many as browsers ask one server for at once. A page whose proofs all hang is done long before the whole check is given up.
const PROOFS_AT_ONCE = 6;
const PROOF_MS = 60_000;

// Takes back what is claimed: what an earlier check proved, and what a page says before any.
export function retractClaims(root) {
  for (const element of root.querySelectorAll("[data-claim]")) {
    element.replaceChildren();
    element.hidden = true;
    delete element.dataset.state;
  }
  turn(root, false);
}

// Checks what the page claims. Answers the heads that its proofs are under, up to where all that is proved `speaks` of the log, what was
// checked, whether all `isProved`, and `show`, which says so on the page once these heads are known to be the log's.
export async function checkClaims(verifier, key, root, errand) {
  const elements = Array.from(root.querySelectorAll("[data-claim]"));
  if (elements.length === 0) return { heads: [], speaks: Infinity, here: [], server: [], isProved: false, show: () => {} };
  const claimed = elements.map(({ dataset }) => JSON.parse(decodeURIComponent(dataset.claim)));
  const shown = insistOnClaims(claimed);
  const claims = elements.map((element, at) => new Claim(element, claimed[at].questions, shown[at]));
  const ask = { verifier, key, errand, genesis: null, left: PROOFS_MAX, inTurn: queue(PROOFS_AT_ONCE) };
  await Promise.all(claims.map((claim) => claim.check(ask)));
  const answers = claims.flatMap((claim) => claim.answers);
  return {
    heads: heads(answers),
    speaks: Math.min(...answers.map(({ report: { details } }) => reach(details))),
    here: answers.map(({ report }) => report.message),
    server: answers.slice(0, 1).map(({ report }) => report.details.not_proved),
    isProved: claims.every((claim) => claim.isProved),
    show: (isWhole) => showClaims(root, claims, isWhole),
  };
}

// The index.root right behind the entries that an answer is about adds nothing to them.
export const reach = ({ as_of, index_root }) => (index_root === as_of ? as_of + 1 : as_of);

// Several proofs of a page can be under one head. Each head has the file of the first of them.
function heads(answers) {
  const all = answers.map(({ file, report: { details } }) => ({ size: details.tree_size, root: details.root_hash, file }));
  return all.filter(({ size, root }, at) => all.findIndex((other) => other.size === size && other.root === root) === at);
}

class Claim {
  // What the verifier made of each proof.
  answers = [];
  // Why there is no proof.
  why = null;

  // `shown`: what the page has to show of the answers.
  constructor(element, questions, shown) {
    this.element = element;
    this.questions = questions;
    this.shown = shown;
  }

  get isProved() {
    return this.answers.length === this.questions.length;
  }

  // A proof that is not to be had keeps none of the others from being looked at: one of them may show a fault.
  async check(ask) {
    const asked = this.questions.map((question) => ask.inTurn(() => this.#proved(question, ask)).catch(unavailable));
    const answers = await Promise.all(asked);
    const missing = answers.find((answer) => answer instanceof Unavailable);
    if (missing === undefined) this.answers = answers;
    else this.why = missing.message;
  }

  async #proved(question, ask) {
    if (ask.left === 0) throw new Unavailable("the page claims more than is checked at once");
    ask.left -= 1;
    const { signal } = ask.errand;
    ask.genesis ??= bytes("/v1/entries/0", GENESIS_BYTES_MAX, { signal });
    const genesis = await ask.genesis;
    const file = await proofAt(address(question, this.shown.as_of), signal);
    const shown = JSON.stringify({ ...this.shown, question });
    const kept = { bytes: file.slice(), name: "subject.proof", command: "ledger-verify subject" };
    // What is given to the verifier is gone here; a file that shows a fault is to be kept.
    const answer = await ask.verifier.ask("subject", file, genesis.slice(), ask.key, shown);
    const { report, differences, proved } = answer;
    if (report.status === "FAIL") throw new Failed(report.reason_code, report.message, null, kept);
    if (differences.length > 0) throw differs(differences, kept);
    if (proved === null) throw new Unavailable(report.message);
    return { ...answer, file: kept };
  }

  // Only of a claim that is proved. With its value in full: "this token" is the one that the address names.
  show() {
    const [{ proved }] = this.answers;
    const isSearch = location.pathname === "/search";
    const bases = new Set(this.answers.map((answer) => answer.proved.basis));
    const [question] = this.questions;
    const link = isSearch ? [] : [" ", make("a", { href: address(question, this.shown.as_of) }, "proof")];
    const said = isSearch ? none(this.questions, this.shown.as_of) : proved.answer;
    const about = isSearch ? [] : [`${question[1]} ${brief(question[2])}`];
    this.element.replaceChildren(make("b", {}, said), ` (${[...about, ...bases].join("; ")})`, ...link);
    this.element.dataset.state = "proved";
    this.element.hidden = false;
  }
}

// Says by value as what it was looked up.
function none(questions, asOf) {
  const fields = new Map();
  for (const [, field, value] of questions) fields.set(value, [...(fields.get(value) ?? []), field.replaceAll("_", " ")]);
  const said = Array.from(fields, ([value, names]) => `has the id “${brief(value)}” as a ${names.join(", ")}`);
  return `No entry of the first ${grouped(asOf)} ${said.join("; none ")}`;
}

// Where a question is answered.
function address([, field, value, kinds], asOf) {
  const asked = kinds.length === 0 ? "" : `kinds=${kinds.join(",")}&`;
  return `/v1/subjects/${field}/${encodeURIComponent(value)}/proof?${asked}as_of=${asOf}`;
}

// What was not to be had, to be told later; everything else ends the check.
function unavailable(error) {
  if (error instanceof Unavailable) return error;
  throw error;
}

async function proofAt(path, signal) {
  try {
    return await bytes(path, PROOF_BYTES_MAX, { signal, within: PROOF_MS });
  } catch (error) {
    if (error instanceof TooLong || error.status === 413) {
      throw new Unavailable("the proof is too large to check here; ledger-verify subject checks it");
    }
    if (error.status === 409) throw new Unavailable("the log’s index does not cover this size");
    throw error;
  }
}

// What is proved is said, and what is not keeps its sentence, with the reason.
function showClaims(root, claims, isWhole) {
  const proved = claims.filter((claim) => claim.isProved);
  const missing = claims.find((claim) => !claim.isProved);
  for (const claim of proved) claim.show();
  if (missing !== undefined) {
    const rest = proved.length === 0 ? "" : `${counted(claims.length - proved.length, "claim", "claims")} not proved: `;
    for (const place of root.querySelectorAll("[data-claims-why]")) place.textContent = `${rest}${missing.why}`;
  }
  const isProved = isWhole && missing === undefined;
  if (missing === undefined && !isWhole) {
    for (const place of root.querySelectorAll("[data-claims-why]")) place.textContent = "the pack of this job does not prove it";
  }
  turn(root, isProved);
}

function turn(root, isProved) {
  for (const element of root.querySelectorAll("[data-unless-proved]")) element.hidden = isProved;
  for (const element of root.querySelectorAll("[data-when-proved]")) element.hidden = !isProved;
}
