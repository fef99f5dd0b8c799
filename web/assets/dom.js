// Building elements. Text only ever becomes text: nothing here or elsewhere parses HTML.

// The list of `schemas/signing.md`, "Characters that nobody sees".
const INVISIBLE =
  /[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2028\u2029\u2800\uFFF9-\uFFFC\u{13430}-\u{1343F}\u{1D159}]/gu;
const number = (character) => character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");

// Text from elsewhere, with what nobody sees made visible as the pages do it; lines stay lines.
export const visible = (text) =>
  text.replace(INVISIBLE, (character) => (character === "\n" || character === "\t" ? character : `⟨U+${number(character)}⟩`));

// An element with attributes and children; a string child becomes a text node.
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children.map((child) => (typeof child === "string" ? visible(child) : child)));
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
export const sentence = (message) => `${visible(message).replace(/\.$/, "")}.`;
