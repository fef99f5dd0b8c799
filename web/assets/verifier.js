// The page's end of the verifier: one worker, one question at a time or several.

import { Unavailable } from "./fetch.js";

const bytesOf = (input) => (input instanceof Uint8Array ? input : new TextEncoder().encode(input));

export class Verifier {
  #worker;
  #waiting = new Map();
  #next = 0;

  // `address`: that of the WebAssembly file. Nothing is loaded before the first question needs it.
  constructor(address) {
    this.#worker = new Worker(new URL("./verifier-worker.js", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }) => this.#answered(data);
    this.#worker.onerror = () => this.#failed("the verifier could not be started");
    this.#worker.onmessageerror = this.#worker.onerror;
    this.#worker.postMessage({ address });
  }

  // Calls an export of the verifier. Strings are sent as UTF-8; byte arrays are given away.
  ask(name, ...inputs) {
    const given = inputs.map(bytesOf);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, name, inputs: given }, given.map((input) => input.buffer));
    });
  }

  // Ends the worker. A verifier that broke off is not asked again.
  close() {
    this.#worker.terminate();
    this.#failed("the verifier was closed");
  }

  #answered({ id, answer, error }) {
    const question = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) question?.resolve(answer);
    else question?.reject(new Unavailable(`the verifier in this browser broke off (${error})`));
  }

  #failed(message) {
    for (const { reject } of this.#waiting.values()) reject(new Unavailable(message));
    this.#waiting.clear();
  }
}
