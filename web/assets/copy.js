// Ids that copy with one click: every `[data-copy]` gets a button after it. The copied text is the
// attribute's value, or the element's own text where that is empty.

import { make } from "./dom.js";

const SAID_MS = 2000;

export function offerCopies(root) {
  if (navigator.clipboard === undefined) return;
  for (const element of root.querySelectorAll("[data-copy]")) offer(element);
  // What other scripts insert later.
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        if (node.matches("[data-copy]")) offer(node);
        for (const element of node.querySelectorAll("[data-copy]")) offer(element);
      }
    }
  }).observe(root.documentElement, { childList: true, subtree: true });
}

function offer(element) {
  if (element.dataset.copyOffered !== undefined) return;
  element.dataset.copyOffered = "";
  const text = () => element.dataset.copy || element.textContent.trim();
  const name = `Copy ${text()}`;
  const button = make("button", { type: "button", class: "copy", "aria-label": name }, "Copy");
  const said = make("span", { class: "copy-said", role: "status" });
  button.addEventListener("click", async () => {
    const copied = await navigator.clipboard.writeText(text()).then(
      () => "copied",
      () => "not copied: select the text instead",
    );
    said.textContent = copied;
    setTimeout(() => said.replaceChildren(), SAID_MS);
  });
  element.after(button, said);
}
