// Compares the reader's own file with a hash on the page, in the browser: nothing is uploaded.
//
//   <div data-file-hash data-expected="<64 hex, or empty>">
//     <label>… <input type="file"></label> <output></output>
//   </div>
//
// Files may also be dropped on the element. Without an expected hash the file's own hash is shown.
// A hash in base64url (as receipts carry it) is accepted for `data-expected`, too.

import { sha256Hex } from "./dom.js";
import { newest, takeDrops } from "./files.js";

// The browser hashes a file as one piece of memory.
const FILE_BYTES_MAX = 512 << 20;

export function offerFileHashes(root) {
  if (crypto.subtle === undefined) return;
  for (const place of root.querySelectorAll("[data-file-hash]")) {
    const input = place.querySelector('input[type="file"]');
    const output = place.querySelector("output");
    if (input === null || output === null) continue;
    const show = ({ text, state }) => {
      output.textContent = text;
      if (state === undefined) delete place.dataset.state;
      else place.dataset.state = state;
    };
    const begin = () => show({ text: "Hashing in this browser…" });
    const check = newest(begin, (file) => compared(file, toHex(place.dataset.expected ?? "")), show);
    const take = (file) => {
      // A dialog that was cancelled chooses nothing, and what is shown stays.
      if (file !== undefined) check(file);
    };
    input.addEventListener("change", () => take(input.files[0]));
    takeDrops(place, (files) => take(files[0]));
  }
}

async function compared(file, expected) {
  if (file.size > FILE_BYTES_MAX) return { text: "This file is larger than 512 MiB: hash it with sha256sum instead." };
  let bytes;
  try {
    bytes = await file.arrayBuffer();
  } catch {
    return { text: "This file cannot be read." };
  }
  const hex = await sha256Hex(bytes);
  if (expected === "") return { text: `SHA-256 ${hex} (computed here, nothing was uploaded)` };
  if (hex === expected) {
    return {
      state: "match",
      text: `✓ Match: ${file.name} has the hash that stands here (computed in this browser, nothing was uploaded).`,
    };
  }
  return {
    state: "mismatch",
    text: `✕ Mismatch: ${file.name} has SHA-256 ${hex} (computed in this browser, nothing was uploaded).`,
  };
}

// 43 characters of base64url are a hash, too; anything else is compared as it is.
function toHex(text) {
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) return text;
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/") + "=");
  return Array.from(binary, (char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}
