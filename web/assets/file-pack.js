// Verifies a pack that the reader has on disk, in the browser: nothing is uploaded.
//
//   <div data-file-pack>
//     <label>… <input name="vkey" value="<the log's key>"></label>
//     <label>… <input type="file"></label> <output></output>
//   </div>
//
// Files may also be dropped on the element. A key that this browser kept from an earlier visit takes the place of
// the one that the server names; the reader may type another.

import { PACK_BYTES_MAX, STYLES } from "./check-pages.js";
import { counted, grouped, make, sentence } from "./dom.js";
import { newest, takeDrops } from "./files.js";
import { keptLog } from "./kept.js";
import { Verifier } from "./verifier.js";

export function offerPackChecks(root) {
  for (const place of root.querySelectorAll("[data-file-pack]")) {
    const key = place.querySelector('input[name="vkey"]');
    const input = place.querySelector('input[type="file"]');
    const output = place.querySelector("output");
    if (key === null || input === null || output === null) continue;
    key.value = keptKey() ?? key.value;
    const show = (parts) => output.replaceChildren(...parts);
    const begin = () => show(["Checking in this browser…"]);
    const check = newest(begin, (file, signal) => answered(file, key.value.trim(), signal), show);
    let chosen;
    const take = (file) => {
      // A dialog that was cancelled chooses nothing, and what is shown stays.
      if (file === undefined) return;
      chosen = file;
      check(file);
    };
    input.addEventListener("change", () => take(input.files[0]));
    // Another key is another question about the same file.
    key.addEventListener("change", () => {
      if (chosen !== undefined) check(chosen);
    });
    takeDrops(place, (files) => take(files[0]));
  }
}

function keptKey() {
  try {
    return keptLog().value?.vkey;
  } catch {
    // What is kept cannot be read. The page's own check says so in red; here the reader sees which key is used.
    return undefined;
  }
}

async function answered(file, key, signal) {
  try {
    return await told(file, key, signal);
  } catch (error) {
    return [make("p", {}, `The file was not checked: ${error.message}.`)];
  }
}

async function told(file, key, signal) {
  if (file.size > PACK_BYTES_MAX) {
    throw new Error(`it is larger than ${grouped(PACK_BYTES_MAX >> 20)} MiB, which is more than a browser checks; use ledger-verify pack`);
  }
  let bytes;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new Error("the browser cannot read it");
  }
  signal.throwIfAborted();
  const verifier = new Verifier(signal);
  try {
    return answers(file.name, await verifier.ask("pack", bytes, key));
  } finally {
    verifier.close();
  }
}

function answers(name, { report, first_line, verdict_line }) {
  const { authenticity, verdict, message, details } = report;
  const genuine = authenticity === "genuine";
  const first = { genuine: "is-genuine", not_genuine: "is-fail" }[authenticity] ?? "is-incomplete";
  const parts = [
    make("p", {}, make("b", {}, name), " (checked in this browser, not sent)"),
    make("p", { class: `answer ${first}` }, sentence(first_line)),
    make("p", {}, make("b", { class: STYLES[verdict] ?? "is-incomplete" }, sentence(verdict_line))),
  ];
  if (!genuine) return parts;
  const job = details.job_id ?? "";
  return [
    ...parts,
    make("p", {}, sentence(message)),
    make("p", {}, `Job ${job}, ${counted(details.entries, "entry", "entries")}, as of a log of ${counted(details.as_of, "entry", "entries")}.`),
    ...[["Proved: ", details.proved], ["Not proved: ", details.not_proved]]
      .filter(([, text]) => text !== undefined)
      .map(([label, text]) => make("p", {}, make("b", {}, label), sentence(text))),
  ];
}
