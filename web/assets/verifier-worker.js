// The verifier in a thread of its own, so that a large pack does not hold the page up. Takes
// {id, name, inputs} and answers {id, answer} or {id, error}; the address of the verifier comes first.

import { load } from "./wasm.js";

let verifier = null;

self.onmessage = async ({ data }) => {
  if (data.address !== undefined) {
    verifier = load(data.address);
    // Whoever asks first is told; without this an early failure would count as handled by nobody.
    verifier.catch(() => {});
    return;
  }
  try {
    const call = await verifier;
    self.postMessage({ id: data.id, answer: call(data.name, ...data.inputs) });
  } catch (error) {
    self.postMessage({ id: data.id, error: String(error) });
  }
};
