// Asking this server, and no other: paths only, no redirects, nothing from a cache, bounded in length and time.

// Something that the check needs was not to be had. Nothing was found wrong, and nothing is confirmed.
// `status` is the HTTP status, where there was one.
export class Unavailable extends Error {
  constructor(message, status = undefined) {
    super(message);
    this.status = status;
  }
}

// The answer is longer than what is looked at here.
export class TooLong extends Unavailable {}

// An answer of which nothing comes for so long is none.
const SILENCE_MS = 30_000;

// The body of a GET as bytes; `max` of them at most. `signal` ends it with its reason, and so does `within`, in milliseconds, where
// it is not whole by then; `progress(length)` is told how much is there.
export async function bytes(path, max, { signal = undefined, within = undefined, progress = () => {} } = {}) {
  const silence = new Silence(path, signal, within);
  try {
    const response = await fetch(path, { cache: "no-store", credentials: "same-origin", redirect: "error", signal: silence.signal });
    if (!response.ok) {
      throw new Unavailable(`the server answered ${response.status} for ${path}`, response.status);
    }
    return await whole(response, path, max, (length) => {
      silence.broken();
      progress(length);
    });
  } catch (error) {
    // Whoever ended it says why; the browser's own words for it are of no use to anybody.
    if (silence.signal.aborted) throw silence.signal.reason;
    throw error instanceof Unavailable ? error : new Unavailable(`the server gave no whole answer for ${path}`);
  } finally {
    silence.over();
  }
}

// Reads a body. A length that is stated is believed only where it is too large.
async function whole(response, path, max, progress) {
  const tooLong = () => new TooLong(`the answer for ${path} is longer than ${max} bytes`);
  const chunks = [];
  let length = 0;
  const reader = response.body.getReader();
  try {
    if (Number(response.headers.get("content-length")) > max) throw tooLong();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      length += part.value.length;
      if (length > max) throw tooLong();
      chunks.push(part.value);
      progress(length);
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error;
  }
  const joined = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

// Ends an answer that says nothing any more, that is not whole `within` its time, or of which `outer` says that nobody waits for it.
class Silence {
  #control = new AbortController();
  #path;
  #outer;
  #timer;
  #deadline;
  #ended = () => this.#control.abort(this.#outer.reason);

  constructor(path, outer, within) {
    this.#path = path;
    this.#outer = outer;
    if (outer?.aborted) this.#ended();
    outer?.addEventListener("abort", this.#ended);
    if (within !== undefined) this.#deadline = this.#endAfter(within, `the answer for ${path} was not whole after ${within / 1000} seconds`);
    this.broken();
  }

  get signal() {
    return this.#control.signal;
  }

  // Something came.
  broken() {
    clearTimeout(this.#timer);
    this.#timer = this.#endAfter(SILENCE_MS, `the server fell silent before its answer for ${this.#path} was whole`);
  }

  over() {
    clearTimeout(this.#timer);
    clearTimeout(this.#deadline);
    this.#outer?.removeEventListener("abort", this.#ended);
  }

  #endAfter(ms, message) {
    return setTimeout(() => this.#control.abort(new Unavailable(message)), ms);
  }
}

// Runs tasks in the order in which they come, at most `max` at once.
export function queue(max) {
  let running = 0;
  const waiting = [];
  return async (task) => {
    if (running < max) running += 1;
    else await new Promise((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

const SHORT_BYTES_MAX = 1 << 20;

// The body as text.
export async function text(path, options = {}) {
  return new TextDecoder().decode(await bytes(path, SHORT_BYTES_MAX, options));
}

// The body as JSON.
export async function json(path, options = {}) {
  const body = await text(path, options);
  try {
    return JSON.parse(body);
  } catch {
    throw new Unavailable(`the answer for ${path} is not JSON`);
  }
}
