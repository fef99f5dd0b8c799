// A token is a bearer secret: pasted into a search field it is hashed here, and only its hash is sent.
// The server refuses a raw one, too, and puts it into no address; but then it has left the browser.

import { sha256Hex } from "./dom.js";

// A compact JWS wherever it stands ("Bearer …"): three runs of base64url, of which the first begins an object
// (`{"` and `{ ` are ey, `{` and a newline are ew).
const COMPACT_JWS = /e[wy][A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/;

export function hashPastedTokens(root) {
  for (const form of root.querySelectorAll('form[role="search"], form[data-search]')) {
    const field = form.querySelector('input[name="q"]');
    if (field === null) continue;
    form.addEventListener("submit", (event) => {
      const token = COMPACT_JWS.exec(field.value)?.[0];
      if (token === undefined) return;
      event.preventDefault();
      // Out of the field at once, so that neither history nor form memory has it.
      field.value = "";
      send(form, field, token);
    });
  }
}

async function send(form, field, token) {
  if (crypto.subtle === undefined) {
    field.placeholder = "This browser cannot hash a token here: paste its SHA-256 instead";
    return;
  }
  // Made here, this is surely a hash: its page may have an address.
  const hash = await sha256Hex(new TextEncoder().encode(token));
  location.assign(`${form.action}?q=${hash}`);
}
