// Asking this server, and no other: paths only, no redirects, nothing from a cache, bounded.

// Something that the check needs was not to be had. Nothing was found wrong, and nothing is confirmed.
// `status` is the HTTP status, where there was one.
export class Unavailable extends Error {
  constructor(message, status = undefined) {
    super(message);
    this.status = status;
  }
}

// The body of a GET as bytes; `max` of them at most.
export async function bytes(path, max) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", credentials: "same-origin", redirect: "error" });
  } catch {
    throw new Unavailable(`the server did not answer for ${path}`);
  }
  if (!response.ok) {
    throw new Unavailable(`the server answered ${response.status} for ${path}`, response.status);
  }
  const chunks = [];
  let length = 0;
  const reader = response.body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      length += part.value.length;
      if (length > max) throw new Unavailable(`the answer for ${path} is longer than ${max} bytes`);
      chunks.push(part.value);
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error instanceof Unavailable ? error : new Unavailable(`the answer for ${path} broke off`);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

// The body as text.
export async function text(path, max = 1 << 20) {
  return new TextDecoder().decode(await bytes(path, max));
}

// The body as JSON.
export async function json(path, max = 1 << 20) {
  const body = await text(path, max);
  try {
    return JSON.parse(body);
  } catch {
    throw new Unavailable(`the answer for ${path} is not JSON`);
  }
}
