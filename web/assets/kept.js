// What this browser keeps of the log, per web origin: the key, the newest proved checkpoint and a policy of witnesses. Storage that
// refuses (private windows, policies) makes every visit a first visit, and the page says so.
//
// The record is read as text first, and replaced only if it is still that text: what another tab proved in
// between is never rolled back. Tabs do this one after the other where the browser has locks; it has none for
// pages that came unprotected over a network, and reading and writing stand as close together as they can there.

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

const texts = (object, names) => names.every((name) => typeof object[name] === "string");

function parse(text) {
  if (text === null) return null;
  try {
    const { vkey, note, since, seen, replaced, policy = "" } = JSON.parse(text);
    const value = { vkey, note, since, seen, replaced, policy };
    if (texts(value, ["vkey", "note", "since", "seen", "policy"]) && (replaced === undefined || texts(replaced, ["vkey", "note", "at"]))) {
      return value;
    }
  } catch {
    // Reported below.
  }
  throw new Damaged("what this browser kept of the log cannot be read");
}

// The log as kept, {vkey, note, since, seen, policy, replaced?} or null, with the text to give back to `keepLog`.
// `policy`: of witnesses, as the visitor gave it, or empty. `replaced`: the key that `vkey` took the place of, the newest checkpoint under it, when, and by whose word: the visitor's or the log's.
export function keptLog() {
  const text = read();
  return { text, value: parse(text) };
}

// Keeps a proved checkpoint if nothing changed since `before` was read. Answers "kept", "changed" (look
// again) or "refused" (this browser keeps nothing). `since`: when the key was first seen; `seen`: when this
// checkpoint was. `signal` ends the waiting for other tabs.
export async function keepLog(before, { vkey, note, policy, by }, now, signal) {
  const record = JSON.stringify({ vkey, note, policy: policy || undefined, ...history(before.value, vkey, note, by, now) });
  const write = () => {
    if (read() !== before.text) return "changed";
    try {
      localStorage.setItem(LOG, record);
      return "kept";
    } catch {
      return "refused";
    }
  };
  if (navigator.locks === undefined) return write();
  try {
    return await navigator.locks.request(LOG, { signal }, write);
  } catch {
    if (signal.aborted) throw signal.reason;
    // A browser that forbids storage forbids locks, too.
    return write();
  }
}

function history(value, vkey, note, by, now) {
  if (value === null) return { since: now, seen: now };
  if (value.vkey !== vkey) {
    return { since: now, seen: now, replaced: { vkey: value.vkey, note: value.note, at: now, by } };
  }
  return { since: value.since, seen: value.note === note ? value.seen : now, replaced: value.replaced };
}

// Gives up what is kept, on the visitor's word only.
export function forgetLog() {
  try {
    localStorage.removeItem(LOG);
  } catch {
    // Nothing is kept where storage is refused.
  }
}
