// Shows the outcome of the browser's own check. Says in words what it says in colour; all of it as text.

import { grouped, make } from "./dom.js";
import { forgetLog } from "./kept.js";

const HEADINGS = {
  checking: "Checking in this browser…",
  checked: "Checked in this browser",
  failed: "Do not rely on this page",
  unavailable: "Not checked in this browser",
};

// What a visitor can do about it, by reason code.
const ADVICE = {
  KEY_CHANGED:
    "Ask the operator, by a way that does not lead through this server, whether the log has a new key. Only if you have its new key from there, forget the old one.",
  LOG_SHRANK: "Keep both notes below: the log signed a larger tree before. Ask the operator, and tell your auditors.",
  LOG_FORKED: "Keep both notes below: together they show that the log signed two histories. Tell your auditors.",
  CONSISTENCY_FAILED: "Keep both notes below: the log has to prove that it only grew, and did not. Ask the operator.",
  PAGE_DIFFERS: "Reload the page once; if it stays so, save it and the evidence, and tell your auditors.",
};

// Renders an outcome: {state, message, …}. See check.js and check-pages.js.
export function show(section, outcome) {
  section.dataset.state = outcome.state;
  document.documentElement.dataset.browserCheck = outcome.state;
  // The live region stays the same element, or screen readers would not be told.
  const status = section.querySelector('[role="status"]');
  status.replaceChildren(make("b", {}, HEADINGS[outcome.state]), ...said(outcome));
  section.querySelector(".browser-check-more")?.remove();
  const more = details(outcome);
  if (more !== null) section.append(more);
  if (outcome.state === "failed") raise(outcome);
}

// Messages of the verifier end as they like.
const sentence = (message) => `${message.replace(/\.$/, "")}.`;

function said({ state, message, visit }) {
  if (message === undefined) return [];
  if (state !== "checked") return [`: ${sentence(message)}`];
  if (visit.before.value !== null) return [`: ${sentence(message)} The log's key is the one that this browser keeps.`];
  return [
    `: ${sentence(message)} First visit: this key is taken on trust; compare it with a copy that you have from elsewhere: `,
    make("code", { class: "id" }, visit.key),
  ];
}

// At the top of the page, and announced at once.
function raise({ code, message, notes }) {
  const banner = make("div", { role: "alert", class: "browser-check-alert", id: "browser-check-alert" });
  banner.append(
    make("b", {}, "✕ Do not rely on this page. "),
    `This browser's own check found: ${sentence(message)} `,
    make("span", {}, ADVICE[code] ?? "Do not act on it before you know why; the file that ledger-verify checks offline is the evidence."),
    ` (${code})`,
  );
  if (notes) {
    banner.append(
      make(
        "details",
        {},
        make("summary", {}, "The two signed notes"),
        make("p", {}, "Kept by this browser:"),
        make("pre", { tabindex: "0" }, notes.kept),
        make("p", {}, "Shown by the server now:"),
        make("pre", { tabindex: "0" }, notes.shown),
      ),
    );
  }
  if (code === "KEY_CHANGED" || code === "KEPT_DAMAGED" || notes) banner.append(forgetButton());
  document.querySelector("#browser-check-alert")?.remove();
  (document.querySelector("main") ?? document.body).prepend(banner);
}

function details(outcome) {
  if (outcome.state !== "checked") return null;
  const { visit, here, server } = outcome;
  const kept = visit.before.value;
  const signature = kept === null ? "under the key that this server names" : `under the key that this browser keeps since ${day(kept.since)}`;
  const trusted = kept === null ? ["the log's key"] : [];
  const lost = visit.stored === "refused" ? ["This browser keeps nothing for this site: every visit is a first visit."] : [];
  return make(
    "details",
    { class: "browser-check-more" },
    make("summary", {}, "What was checked here, and what was not"),
    title("Checked here"),
    list([`the log's signature on its tree of size ${grouped(visit.details.tree_size)}, ${signature}`, ...grown(visit), ...here]),
    title("Taken from the server"),
    list([...trusted, ...server, "the program that checked: ledger-verify checks the same without this server"]),
    title("Kept in this browser"),
    make("p", {}, "Log key ", make("code", { class: "id", "data-copy": "" }, visit.key)),
    comparison(visit.key),
    ...lost.map((sentence) => make("p", {}, sentence)),
    forgetButton(),
  );
}

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

const list = (sentences) => make("ul", {}, ...sentences.map((sentence) => make("li", {}, sentence)));

const day = (time) => time.slice(0, 10);

function forgetButton() {
  const button = make("button", { type: "button", class: "btn" }, "Forget what this browser keeps of the log");
  button.addEventListener("click", () => {
    if (!confirm("Forget the log's key and the last tree that was seen? The next visit is then a first visit and takes the server's word.")) return;
    forgetLog();
    location.reload();
  });
  return button;
}
