// Compares the reader's own file with a hash on the page, in the browser: nothing is uploaded.
//
//   <div data-file-hash data-expected="<64 hex, or empty>">
//     <label>… <input type="file"></label> <output></output>
//   </div>
//
// Files may also be dropped on the element. Without an expected hash the file's own hash is shown.
// A hash in base64url (as receipts carry it) is accepted for `data-expected`, too.

import { sha256Hex } from "./dom.js";

// The browser hashes a file as one piece of memory.
const FILE_BYTES_MAX = 512 << 20;

export function offerFileHashes(root) {
  if (crypto.subtle === undefined) return;
  for (const place of root.querySelectorAll("[data-file-hash]")) {
    const input = place.querySelector('input[type="file"]');
    const output = place.querySelector("output");
    if (input === null || output === null) continue;
    input.addEventListener("change", () => compare(place, input.files[0], output));
    place.addEventListener("dragover", (event) => event.preventDefault());
    place.addEventListener("drop", (event) => {
      event.preventDefault();
      compare(place, event.dataTransfer.files[0], output);
    });
  }
}

async function compare(place, file, output) {
  if (file === undefined) return;
  delete place.dataset.state;
  if (file.size > FILE_BYTES_MAX) {
    output.textContent = "This file is larger than 512 MiB: hash it with sha256sum instead.";
    return;
  }
  output.textContent = "Hashing in this browser…";
  let bytes;
  try {
    bytes = await file.arrayBuffer();
  } catch {
    output.textContent = "This file cannot be read.";
    return;
  }
  const hex = await sha256Hex(bytes);
  const expected = toHex(place.dataset.expected ?? "");
  if (expected === "") {
    output.textContent = `SHA-256 ${hex} (computed here, nothing was uploaded)`;
    return;
  }
  const same = hex === expected;
  place.dataset.state = same ? "match" : "mismatch";
  output.textContent = same
    ? `✓ Match: ${file.name} has the hash that stands here (computed in this browser, nothing was uploaded).`
    : `✕ Mismatch: ${file.name} has SHA-256 ${hex} (computed in this browser, nothing was uploaded).`;
}

// 43 characters of base64url are a hash, too; anything else is compared as it is.
function toHex(text) {
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) return text;
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/") + "=");
  return Array.from(binary, (char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}
