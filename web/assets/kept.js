// What this browser keeps of the log, per web origin: the key and the newest proved checkpoint. Storage that
// refuses (private windows, policies) makes every visit a first visit, and the page says so.
//
// The record is read as text first: one that another tab changed in between is not overwritten.

const LOG = "evidence-ledger/log/v1";

// What is kept cannot be read: somebody else wrote it. Never treated as a first visit.
export class Damaged extends Error {}

function read() {
  try {
    return localStorage.getItem(LOG);
  } catch {
    return null;
  }
}

function parse(text) {
  if (text === null) return null;
  try {
    const { vkey, note, since, seen } = JSON.parse(text);
    if ([vkey, note, since, seen].every((member) => typeof member === "string")) return { vkey, note, since, seen };
  } catch {
    // Reported below.
  }
  throw new Damaged("what this browser kept of the log cannot be read");
}

// The log as kept, {vkey, note, since, seen} or null, with the text to give back to `keepLog`.
export function keptLog() {
  const text = read();
  return { text, value: parse(text) };
}

// Keeps a proved checkpoint if nothing changed since `before` was read. Answers "kept", "changed" (look
// again) or "refused" (this browser keeps nothing). `since`: when the key was first seen; `seen`: when this
// checkpoint was.
export function keepLog(before, { vkey, note }, now) {
  if (read() !== before.text) return "changed";
  const since = before.value?.since ?? now;
  const seen = before.value?.note === note ? before.value.seen : now;
  try {
    localStorage.setItem(LOG, JSON.stringify({ vkey, note, since, seen }));
    return "kept";
  } catch {
    return "refused";
  }
}

// Gives up what is kept, on the visitor's word only.
export const forgetLog = () => localStorage.removeItem(LOG);
