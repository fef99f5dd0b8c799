// The host side of the verifier's calling convention, which is that of Typst's plugins: a call names the
// length of each argument, the verifier asks for their bytes one after the other, and hands back one answer.

// Loads the verifier and gives `call(name, ...arguments)`: byte arrays in, the parsed JSON answer out.
export async function load(address) {
  let inputs = [];
  let answer = null;
  let memory = null;
  const typst_env = {
    wasm_minimal_protocol_write_args_to_buffer(pointer) {
      let at = pointer >>> 0;
      for (const input of inputs) {
        new Uint8Array(memory.buffer, at, input.length).set(input);
        at += input.length;
      }
    },
    wasm_minimal_protocol_send_result_to_host(pointer, length) {
      answer = new Uint8Array(memory.buffer, pointer >>> 0, length >>> 0).slice();
    },
  };
  const { instance } = await WebAssembly.instantiateStreaming(fetch(address, { redirect: "error" }), { typst_env });
  memory = instance.exports.memory;
  return (name, ...given) => {
    inputs = given;
    answer = null;
    const code = instance.exports[name](...given.map((input) => input.length));
    inputs = [];
    if (code !== 0 || answer === null) throw new Error(`${name} gave no answer`);
    const parsed = JSON.parse(new TextDecoder().decode(answer));
    if (parsed.error !== undefined) throw new Error(`${name}: ${parsed.error}`);
    return parsed;
  };
}
