// What stands first on a page that does not hold: why, what to do, and what to keep.

import { policyForm } from "./check-witnesses.js";
import { make, sentence } from "./dom.js";
import { forgetLog } from "./kept.js";

// What a visitor can do about it, by reason code.
const ADVICE = {
  KEY_CHANGED:
    "Ask the operator, by a way that does not lead through this server, whether the log has a new key. Only if you have its new key from there, pin it below.",
  WRONG_LOG: "The address now shows another log than the one that you saw here. Ask the operator.",
  LOG_SHRANK: "Keep both notes below: the log signed a larger tree before. Ask the operator, and tell your auditors.",
  LOG_FORKED: "Keep the notes below: together they show that the log signed two histories. Tell your auditors.",
  CONSISTENCY_FAILED: "Keep the notes below: the log has to prove that it only grew, and did not. Ask the operator.",
  COSIGNATURE_INVALID: "Keep the notes below: a line that is said to be of one of your witnesses is not. Ask that witness, and the operator.",
  LOG_NOT_IN_POLICY: "The policy of witnesses that this browser keeps is for another log or for an older key of it. Bring one for this log below, or none.",
  INDEX_OMITS: "Save the file below: it shows that the log signed an index that leaves out one of its own entries. Tell your auditors.",
  INDEX_FALSE: "Save the file below: it shows that the log signed an index that is false about its own entries. Tell your auditors.",
  PAGE_DIFFERS: "Reload the page once; if it stays so, save it and the evidence, and tell your auditors.",
};

// The same where the newest checkpoint was found to follow the kept one, and what the page is made of does not belong to it.
const ADVICE_WITH_FILE = {
  LOG_FORKED: "Save the file and the note below: together they show that the log signed two histories. Tell your auditors.",
  CONSISTENCY_FAILED:
    "Save the file and the note below: the log has to prove that both checkpoints are of one tree, and did not. Ask the operator.",
  PROOF_REFUSED: "Save the file and the note below: the log has to prove that both checkpoints are of one tree. Ask the operator.",
};

// Takes away what an earlier outcome said.
export function lower() {
  document.querySelector("#browser-check-alert")?.remove();
}

// At the top of the page, and announced at once. `pin(key)` checks again with another key.
export function raise({ code, message, notes, keys, file, pin, policy, pinPolicy }) {
  const banner = make("div", { role: "alert", class: "browser-check-alert", id: "browser-check-alert" });
  banner.append(
    make("b", {}, "✕ Do not rely on this page. "),
    `This browser's own check found: ${sentence(message)} `,
    make("span", {}, (file && ADVICE_WITH_FILE[code]) ?? ADVICE[code] ?? "Do not act on it before you know why; the file that ledger-verify checks offline is the evidence."),
    ` (${code})`,
  );
  if (file) banner.append(saving(file));
  if (notes) banner.append(signedNotes(notes));
  if (["COSIGNATURE_INVALID", "LOG_NOT_IN_POLICY"].includes(code)) banner.append(Object.assign(policyForm(policy, pinPolicy), { open: true }));
  if (keys && originOf(keys.kept) === originOf(keys.named)) banner.append(pinning(keys, pin));
  if (notes || ["KEY_CHANGED", "KEPT_DAMAGED"].includes(code)) banner.append(forgetButton());
  lower();
  (document.querySelector("main") ?? document.body).prepend(banner);
}

// The file as it came: the server may give another one next time.
const saving = ({ bytes, name, command }, words = "Save the file that shows it") =>
  make(
    "p",
    {},
    make("a", { download: name, href: URL.createObjectURL(new Blob([bytes])) }, words),
    ...(command ? [", and check it with ", make("code", {}, command)] : []),
  );

const signedNotes = ({ kept, shown, cosigned }) =>
  make(
    "details",
    {},
    make("summary", {}, kept || cosigned ? "The signed notes" : "The log's newest signed note"),
    ...(kept ? signedNote("Kept by this browser:", kept) : []),
    ...signedNote("Shown by the server now:", shown),
    ...(cosigned ? signedNote("Shown by the server as cosigned by its witnesses:", cosigned) : []),
    ...(kept ? [saving(forkFile(kept, shown))] : []),
    ...(cosigned ? [saving(forkFile(cosigned, shown), "Save the cosigned one with the newest")] : []),
  );

const signedNote = (title, note) => [make("p", {}, title), make("pre", { tabindex: "0" }, note)];

// Both in one file (schemas/fork.md), which anybody who has the log's key can check.
const forkFile = (first, second) => ({
  bytes: `evidence-ledger/fork/v1\n\n${first}\n${second}`,
  name: "history.fork",
  command: "ledger-verify fork history.fork --log-key KEY",
});

// A vkey begins with the log's origin.
const originOf = (vkey) => vkey.split("+")[0];

// The new key is never there to be clicked: it has to be brought from elsewhere. Pinning it replaces the
// key and nothing else; the tree must still be the one that this browser saw, grown.
function pinning({ named }, pin) {
  const input = make("input", { type: "text", autocomplete: "off", spellcheck: "false", required: "" });
  const output = make("output", { role: "status" });
  const form = make(
    "form",
    { class: "browser-check-pin" },
    make("label", {}, "The log's new key, as you have it from the operator by another way ", input),
    " ",
    make("button", { class: "btn" }, "I compared the key out of band: pin the new one"),
    " ",
    output,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const brought = input.value.trim();
    if (brought === named) pin(brought);
    else output.textContent = "✕ Not the key that this server names: do not rely on these pages.";
  });
  return form;
}

export function forgetButton() {
  const button = make("button", { type: "button", class: "btn" }, "Forget what this browser keeps of the log");
  button.addEventListener("click", () => {
    if (!confirm("Forget the log's key, the last tree that was seen, and your policy of witnesses? The next visit is then a first visit and takes the server's word.")) return;
    forgetLog();
    location.reload();
  });
  return button;
}
