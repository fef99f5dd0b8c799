// The browser's own check of a page (contract: docs/browser-check.md). It decides nothing about evidence:
// it fetches, asks the verifier, keeps the proved head, and shows the outcome. There always is one: whatever
// does not answer is ended by a deadline, or by the visitor.

import { checkClaims, retractClaims } from "./check-claims.js";
import { PAGES } from "./check-pages.js";
import { show, showProgress } from "./check-view.js";
import { Unavailable, json, text } from "./fetch.js";
import { Damaged, keepLog, keptLog } from "./kept.js";
import { Failed, askedSize, insistOnLog, insistOnPage } from "./shown.js";
import { VERIFIER, Verifier } from "./verifier.js";

const DEADLINE_MS = 300_000;
// A visit asks for proofs once per set of heads; a server that makes it ask again leads it on.
const ROUNDS_MAX = 3;
// Other tabs may store a newer head meanwhile.
const TRIES_MAX = 5;
// Statuses that say "later", and neither yes nor no.
const LATER = [429, 502, 503, 504];
// A policy that the visitor gave with one of these says nothing of the log.
const POLICY_UNUSABLE = ["POLICY_MALFORMED", "LOG_NOT_IN_POLICY"];

// Checks the page that says how it wants to be checked, if it does.
export async function checkPage(root) {
  retractClaims(root);
  const section = root.querySelector("section#browser-check");
  if (section !== null && Object.hasOwn(PAGES, section.dataset.page)) await run(section, {});
}

// `brought`: what the visitor has from elsewhere: a `key` that takes the place of the kept one, or a `policy` of witnesses to keep from now
// on; an empty one takes the kept one away.
async function run(section, brought) {
  retractClaims(section.ownerDocument);
  const control = new AbortController();
  const { signal } = control;
  const end = (message) => control.abort(new Unavailable(message));
  const deadline = setTimeout(() => end(`it was not done after ${DEADLINE_MS / 60_000} minutes`), DEADLINE_MS);
  show(section, { state: "checking", stop: () => end("you have stopped it") });
  let outcome;
  try {
    const ended = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const progress = (length) => showProgress(section, length);
    outcome = await Promise.race([check(section, brought, { signal, progress }), ended]);
  } catch (error) {
    outcome = explained(error);
  }
  clearTimeout(deadline);
  // Whatever still runs, the verifier first of all, has nobody left to answer.
  control.abort(new Unavailable("the check is over"));
  show(section, { ...outcome, pin: (key) => run(section, { key }), pinPolicy: (policy) => run(section, { policy }), policy: keptPolicy() });
  outcome.turnClaims?.();
}

// For the form that changes it.
function keptPolicy() {
  try {
    return keptLog().value?.policy ?? "";
  } catch {
    return "";
  }
}

function explained(error) {
  if (error instanceof Failed) {
    const { code, message, notes, keys, file } = error;
    return { state: "failed", code, message, notes, keys, file };
  }
  if (error instanceof Damaged) return { state: "failed", code: "KEPT_DAMAGED", message: error.message };
  if (error instanceof Unavailable) return { state: "unavailable", message: error.message, command: error.command };
  return { state: "unavailable", message: `the check itself broke off (${error})` };
}

async function check(section, brought, errand) {
  const verifier = verifierOf(section, errand.signal);
  insistOnPage(section);
  const visit = await settleVisit(verifier, brought, errand);
  insistOnLog(visit.details);
  let found = await settlePage(verifier, visit, section, errand);
  const claims = await settleClaims(verifier, visit, section.ownerDocument, errand);
  // Of a log that grows, the pack may be older than the index.root that the claims waited for.
  if (found.isWhole === false && claims.isProved) found = await settlePage(verifier, visit, section, errand);
  // Without a size in its address a page is meant to speak of the newest tree, or nearly.
  const speaks = Math.min(found.speaks ?? Infinity, claims.speaks);
  const asked = askedSize();
  const isOld = asked === null && speaks < (visit.details.kept_size ?? 0);
  const spoken = asked === null && speaks < visit.details.tree_size ? speaks : null;
  const here = [...found.here, ...claims.here];
  const server = [...claims.server, ...found.server];
  return { state: "checked", ...found, here, server, visit, isOld, spoken, turnClaims: () => claims.show(found.isWhole ?? true) };
}

// The head that the page speaks of belongs to the same tree, or it is a page of another log.
async function settlePage(verifier, visit, section, errand) {
  const found = await PAGES[section.dataset.page].check(verifier, visit.details.vkey, section, errand);
  await insistOnTree(verifier, visit, found.head, errand).catch((error) => {
    if (found.head.file || error.code === "PROOF_REFUSED" || !(error instanceof Failed)) throw error;
    throw new Failed("PAGE_DIFFERS", `the tree head that this page shows is not one of the log's: ${error.message}`);
  });
  return found;
}

// What the page claims of all entries of something is proved only under heads of the same tree.
async function settleClaims(verifier, visit, page, errand) {
  const claims = await checkClaims(verifier, visit.details.vkey, page, errand);
  for (const head of claims.heads) await insistOnTree(verifier, visit, head, errand);
  return claims;
}

// A head is of the tree that the visit began with. Where it is not, the newest note and the file with that head show it together.
async function insistOnTree(verifier, visit, { size, root, file = null }, errand) {
  const notes = { shown: visit.note };
  try {
    const { report } = await judge(verifier, visit, [{ size, root }], errand);
    if (report.status !== "PASS") throw new Failed(report.reason_code, report.message);
  } catch (error) {
    throw error instanceof Failed ? new Failed(error.code, error.message, notes, file) : error;
  }
}

function verifierOf({ ownerDocument }, signal) {
  const named = ownerDocument.querySelector('meta[name="verifier"]')?.content;
  if (named === undefined) throw new Unavailable("this server was built without the verifier for browsers");
  if (new URL(named, location.href).href !== VERIFIER) {
    throw new Failed("PAGE_DIFFERS", "the page names another verifier than the one that belongs to its scripts");
  }
  return new Verifier(signal);
}

// Proves the server's newest checkpoint from the kept one, and keeps it. All that happens before anything
// on the page is looked at: a log that forked has no page worth checking.
async function settleVisit(verifier, brought, errand) {
  const { signal } = errand;
  const accept = brought.key ?? null;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    // Read before the checkpoint is fetched: a smaller tree than the kept one is then the server's doing.
    const before = keptLog();
    const { vkey, witnessed_checkpoint: cosigned = null } = await json("/v1/log", { signal });
    const note = await text("/log/checkpoint", { signal });
    const policy = brought.policy ?? before.value?.policy ?? "";
    // The published checkpoint may be a moment old, and have no cosignature yet.
    const witnesses = policy === "" ? undefined : { policy, note: cosigned };
    const visit = { before, vkey: String(vkey), note, accept, policy, witnesses };
    let judged = await judge(verifier, visit, [], errand);
    if (judged.report.reason_code === "KEY_CHANGED") {
      // The log may have changed its key under the eyes of everybody: its entries then lead from the kept one to the new one.
      visit.keys = await keyChanges(signal);
      judged = await judge(verifier, visit, [], errand);
    }
    const { report, keep, kept } = judged;
    if (report.status !== "PASS" && brought.policy && POLICY_UNUSABLE.includes(report.reason_code)) {
      throw new Unavailable(`the policy that you gave cannot be used, and is not kept: ${report.message}. Reload the page to go on without it`);
    }
    if (report.status !== "PASS") throw refused(report, visit, kept);
    const stored = await keepLog(before, { ...keep, policy, by: visit.keys === undefined ? "visitor" : "log" }, new Date().toISOString(), signal);
    if (stored !== "changed") return { ...visit, witnesses: undefined, details: report.details, stored };
  }
  throw new Unavailable("other tabs are storing newer heads; reload to try again");
}

async function keyChanges(signal) {
  try {
    return await text("/v1/log/keys", { signal });
  } catch (error) {
    // Without an answer the key is a changed one.
    if (error instanceof Unavailable && !signal.aborted) return undefined;
    throw error;
  }
}

// With the two notes, and with the two keys where the key is what changed.
function refused({ reason_code: code, message }, { vkey, note, witnesses }, kept) {
  const cosigned = witnesses?.note ?? undefined;
  const notes = kept || cosigned ? { kept: kept?.note, shown: note, cosigned } : undefined;
  const failed = new Failed(code, message, notes);
  return code === "KEY_CHANGED" ? Object.assign(failed, { keys: { kept: kept.vkey, named: vkey } }) : failed;
}

// Asks the verifier whether all heads belong to one tree, fetching the proofs that it wants.
async function judge(verifier, { before, vkey, note, accept, keys, witnesses }, heads, { signal }) {
  const kept = before.value && { vkey: before.value.vkey, note: before.value.note };
  const proofs = [];
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const answer = await verifier.ask("visit", JSON.stringify({ kept, vkey, accept, keys, note, witnesses, heads, proofs }));
    if (answer.needed.length === 0) return { ...answer, kept };
    for (const [first, second] of answer.needed) proofs.push(await proof(first, second, signal));
  }
  throw new Unavailable("the proofs that the server gave are not those that were asked for");
}

async function proof(first, second, signal) {
  let answer;
  try {
    answer = await json(`/v1/proofs/consistency?first=${first}&second=${second}`, { signal });
  } catch (error) {
    if (error.status === undefined || LATER.includes(error.status)) throw error;
    throw new Failed(
      "PROOF_REFUSED",
      `the server does not prove that its tree of size ${second} grew out of the one of size ${first} (status ${error.status})`,
    );
  }
  // Sizes are those asked for: the verifier holds the hashes against them, whatever the answer says.
  return { first, second, hashes: Array.isArray(answer?.hashes) ? answer.hashes.map(String) : [] };
}
