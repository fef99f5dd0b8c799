// The page's end of the verifier: one worker, one question at a time or several.

import { Unavailable } from "./fetch.js";

// It stands beside the scripts, under the address that names the hash of all of them together.
export const VERIFIER = new URL("./verifier.wasm", import.meta.url).href;

const bytesOf = (input) => (input instanceof Uint8Array ? input : new TextEncoder().encode(input));

export class Verifier {
  #worker;
  #waiting = new Map();
  #next = 0;
  #broken = null;

  // Nothing is answered any more once `signal` says so: whoever waits is told its reason.
  constructor(signal) {
    this.#worker = new Worker(new URL("./verifier-worker.js", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }) => this.#answered(data);
    this.#worker.onerror = () => this.close(new Unavailable("the verifier could not be started"));
    this.#worker.onmessageerror = this.#worker.onerror;
    signal.addEventListener("abort", () => this.close(signal.reason));
    this.#worker.postMessage({ address: VERIFIER });
  }

  // Calls an export of the verifier. Strings are sent as UTF-8; byte arrays are given away.
  ask(name, ...inputs) {
    // A worker that broke off before anybody asked answers nobody afterwards.
    if (this.#broken !== null) return Promise.reject(this.#broken);
    const given = inputs.map(bytesOf);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, name, inputs: given }, given.map((input) => input.buffer));
    });
  }

  // Ends the worker, also in the midst of an answer. Whoever waits is told why.
  close(reason = new Unavailable("the verifier was closed")) {
    this.#broken ??= reason;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(this.#broken);
    this.#waiting.clear();
  }

  #answered({ id, answer, error }) {
    const question = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) question?.resolve(answer);
    else question?.reject(new Unavailable(`the verifier in this browser broke off (${error})`));
  }
}
