// The browser's own check of a page (contract: docs/browser-check.md). It decides nothing about evidence:
// it fetches, asks the verifier, keeps the proved head, and shows the outcome.

import { Failed, PAGES } from "./check-pages.js";
import { show } from "./check-view.js";
import { Unavailable, json, text } from "./fetch.js";
import { Damaged, keepLog, keptLog } from "./kept.js";
import { Verifier } from "./verifier.js";

// A visit asks for proofs once per set of heads; a server that makes it ask again leads it on.
const ROUNDS_MAX = 3;
// Other tabs may store a newer head meanwhile.
const TRIES_MAX = 5;
// Statuses that say "later", and neither yes nor no.
const LATER = [429, 502, 503, 504];

// Checks the page that says how it wants to be checked, if it does.
export async function checkPage(root) {
  const section = root.querySelector("#browser-check");
  const page = PAGES[section?.dataset.page];
  if (page === undefined) return;
  const address = root.querySelector('meta[name="verifier"]')?.content;
  show(section, { state: "checking" });
  let verifier = null;
  try {
    if (address === undefined) throw new Unavailable("this server was built without the verifier for browsers");
    verifier = new Verifier(address);
    show(section, await check(verifier, page, section));
  } catch (error) {
    show(section, outcome(error));
  } finally {
    verifier?.close();
  }
}

function outcome(error) {
  if (error instanceof Failed) {
    return { state: "failed", code: error.code, message: error.message, notes: error.notes };
  }
  if (error instanceof Damaged) return { state: "failed", code: "KEPT_DAMAGED", message: error.message };
  if (error instanceof Unavailable) return { state: "unavailable", message: error.message };
  return { state: "unavailable", message: `the check itself broke off (${error})` };
}

async function check(verifier, page, section) {
  const visit = await settleVisit(verifier);
  const found = await page.check(verifier, visit.key, section);
  // The heads that the page speaks of belong to the same tree, or it is a page of another log.
  const { report, kept } = await judge(verifier, visit, found.heads);
  if (report.status !== "PASS") {
    if (found.signed) throw new Failed(report.reason_code, report.message, kept && { kept: kept.note, shown: visit.note });
    throw new Failed("PAGE_DIFFERS", `the tree head that this page shows is not one of the log's: ${report.message}`);
  }
  return { state: "checked", ...found, visit };
}

// Proves the server's newest checkpoint from the kept one, and keeps it. All that happens before anything
// on the page is looked at: a log that forked has no page worth checking.
async function settleVisit(verifier) {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    // Read before the checkpoint is fetched: a smaller tree than the kept one is then the server's doing.
    const before = keptLog();
    const { vkey } = await json("/v1/log");
    const note = await text("/log/checkpoint");
    const visit = { before, vkey: String(vkey), note, key: before.value?.vkey ?? String(vkey) };
    const { report, keep, kept } = await judge(verifier, visit, []);
    if (report.status !== "PASS") {
      throw new Failed(report.reason_code, report.message, kept && { kept: kept.note, shown: note });
    }
    const stored = keepLog(before, keep, new Date().toISOString());
    if (stored !== "changed") return { ...visit, details: report.details, stored };
  }
  throw new Unavailable("other tabs are storing newer heads; reload to try again");
}

// Asks the verifier whether all heads belong to one tree, fetching the proofs that it wants.
async function judge(verifier, { before, vkey, note }, heads) {
  const kept = before.value && { vkey: before.value.vkey, note: before.value.note };
  const proofs = [];
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const answer = await verifier.ask("visit", JSON.stringify({ kept, vkey, note, heads, proofs }));
    if (answer.needed.length === 0) return { ...answer, kept };
    for (const [first, second] of answer.needed) proofs.push(await proof(first, second));
  }
  throw new Unavailable("the proofs that the server gave are not those that were asked for");
}

async function proof(first, second) {
  let answer;
  try {
    answer = await json(`/v1/proofs/consistency?first=${first}&second=${second}`);
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
