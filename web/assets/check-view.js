// Shows the outcome of the browser's own check. Says in words what it says in colour; all of it as text.

import { forgetButton, lower, raise } from "./check-alert.js";
import { policyForm, witnessSentences, witnessed } from "./check-witnesses.js";
import { grouped, make, sentence } from "./dom.js";

const HEADINGS = {
  checking: "Checking in this browser…",
  checked: "Checked in this browser",
  failed: "Do not rely on this page",
  unavailable: "Not checked in this browser",
};

// Renders an outcome: {state, message, …}. See check.js and check-pages.js.
export function show(section, outcome) {
  section.dataset.state = outcome.state;
  document.documentElement.dataset.browserCheck = outcome.state;
  // The live region stays the same element, or screen readers would not be told.
  statusOf(section).replaceChildren(make("b", {}, outcome.heading ?? HEADINGS[outcome.state]), ...said(outcome));
  for (const earlier of section.querySelectorAll(".browser-check-more")) earlier.remove();
  section.append(...beside(outcome).map((part) => make("div", { class: "browser-check-more" }, ...part)));
  lower();
  for (const claim of document.querySelectorAll("[data-unless-checked]")) claim.hidden = outcome.state === "checked";
  for (const claim of document.querySelectorAll("[data-when-checked]")) claim.hidden = outcome.state !== "checked";
  if (outcome.state === "failed") raise(outcome);
}

function statusOf(section) {
  const found = section.querySelector('[role="status"]');
  if (found !== null) return found;
  const made = make("p", { role: "status" });
  section.prepend(made);
  return made;
}

// What there is below the sentence: a list of parts.
function beside(outcome) {
  const { state, stop, command } = outcome;
  if (state === "checking") return [working(stop)];
  if (state === "checked") return [[details(outcome)]];
  return command === undefined ? [] : [[make("pre", { tabindex: "0", role: "region", "aria-label": "Commands" }, command)]];
}

// Not in the live region: nobody wants every piece announced.
function working(stop) {
  const button = make("button", { type: "button", class: "btn" }, "Stop");
  button.addEventListener("click", stop);
  return [make("span", { class: "browser-check-progress" }, "Asking the server. "), button];
}

// How much of an answer is there.
export function showProgress(section, length) {
  const place = section.querySelector(".browser-check-progress");
  if (place !== null) place.textContent = `${(length / (1 << 20)).toFixed(1)} MiB of evidence fetched. `;
}

function said({ state, answers = [], message, visit, isOld, spoken }) {
  if (message === undefined) return [];
  if (state !== "checked") return [`: ${sentence(message)}`];
  const old = isOld
    ? [make("strong", {}, ` This browser has already seen a tree of size ${grouped(visit.details.kept_size)}: the page may be out of date; reload it. `)]
    : newer(visit, spoken);
  const told = answers.flatMap(({ text, style }) => [" ", make("strong", { class: style }, sentence(text))]);
  return [":", ...told, ` ${sentence(message)}`, ...old, ...underKey(visit), ...witnessed(visit)];
}

// A page may be true of a size that is long past.
function newer({ details: { tree_size: size } }, spoken) {
  if (spoken === null) return [];
  return [` The log has ${grouped(size)} entries now; this is about the first ${grouped(spoken)}, and says nothing of what came since.`];
}

function underKey({ before, accept, keys, details: { vkey } }) {
  if (before.value === null) {
    return [
      " First visit: this key is taken on trust; compare it with a copy that you have from elsewhere: ",
      make("code", { class: "id" }, vkey),
    ];
  }
  if (before.value.vkey === vkey) return [" The log's key is the one that this browser keeps."];
  if (keys !== undefined) {
    return [
      " The log has changed its key. Its entries about that are under the signature of the key that this browser kept, and the tree is the one that it saw, grown. The new key, kept from now on: ",
      make("code", { class: "id" }, vkey),
    ];
  }
  return [" You have pinned the log's new key on your own comparison, and the tree is the one that this browser saw under the old key, grown: ", make("code", { class: "id" }, accept)];
}

function details({ visit, here, server, pinPolicy }) {
  const kept = visit.before.value;
  const { vkey, tree_size: size } = visit.details;
  const trusted = kept === null ? ["the log's key"] : [];
  const witnesses = witnessSentences(visit);
  return make(
    "details",
    {},
    make("summary", {}, "What was checked here, and what was not"),
    title("Checked here"),
    list([`the log's signature on its tree of size ${grouped(size)}, ${signedUnder(visit)}`, ...grown(visit), ...witnesses.here, ...here]),
    title("Taken from the server"),
    list([
      ...trusted,
      ...server,
      ...witnesses.server,
      "the program that checked, and this page's own words: a server that changes its scripts can make this page say anything; ledger-verify checks the same without this server",
    ]),
    title("Kept in this browser"),
    make("p", {}, "Log key ", make("code", { class: "id", "data-copy": "" }, vkey)),
    comparison(vkey),
    ...replaced(kept, vkey, visit.keys),
    ...lost(visit.stored),
    policyForm(visit.policy, pinPolicy, visit.stored),
    forgetButton(),
  );
}

function signedUnder({ before: { value }, keys, details: { vkey } }) {
  if (value === null) return "under the key that this server names";
  if (keys !== undefined) return "under the new key, to which the log's own entries lead from the one that this browser kept";
  return value.vkey === vkey ? `under the key that this browser keeps since ${day(value.since)}` : "under the key that you have pinned now";
}

// A key that was replaced, now or before.
function replaced(kept, vkey, keys) {
  const old = kept === null || kept.vkey === vkey ? kept?.replaced : { vkey: kept.vkey, by: keys === undefined ? "visitor" : "log" };
  if (old === undefined) return [];
  const when = old.at === undefined ? "now" : `on ${day(old.at)}`;
  const how = old.by === "log" ? `Kept since ${when}, after the log changed its key, in place of ` : `Pinned by you ${when}, in place of `;
  return [make("p", {}, how, make("code", { class: "id" }, old.vkey))];
}

const lost = (stored) =>
  stored === "refused" ? [make("p", {}, "This browser keeps nothing for this site: every visit is a first visit.")] : [];

// What the visit before adds.
function grown({ before, details: { tree_size: size, kept_size: seen } }) {
  if (before.value === null) return [];
  const last = `this browser last saw, on ${day(before.value.seen)}`;
  return size === seen ? [`that it is the tree that ${last}`] : [`that this tree grew out of the one of size ${grouped(seen)} that ${last}`];
}

// A copy of the key that came another way is compared by machine: nobody reads 44 characters of base64.
function comparison(key) {
  const input = make("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  const output = make("output");
  input.addEventListener("input", () => {
    const copy = input.value.trim();
    output.textContent = copy === "" ? "" : copy === key ? "✓ The same key." : "✕ Another key: do not rely on these pages.";
  });
  return make("p", {}, make("label", {}, "Compare with your own copy ", input), " ", output);
}

// No heading: where the page puts the section, any level may be the wrong one.
const title = (text) => make("p", { class: "browser-check-title" }, make("b", {}, text));

const list = (sentences) => make("ul", {}, ...sentences.map((text) => make("li", {}, text)));

const day = (time) => time.slice(0, 10);
