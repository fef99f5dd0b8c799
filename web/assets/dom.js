// Building elements. Text only ever becomes text: nothing here or elsewhere parses HTML.

// An element with attributes and children; a string child becomes a text node.
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children);
  return element;
}

// Whole numbers with thousands apart, as the pages write them.
export const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");

// "1 entry", "2 entries".
export const counted = (number, one, many) => `${grouped(number)} ${number === 1 ? one : many}`;

// Lower-case hex of SHA-256.
export async function sha256Hex(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Messages of the verifier end as they like.
export const sentence = (message) => `${message.replace(/\.$/, "")}.`;
