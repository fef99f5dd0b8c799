// CBOR written by hand (RFC 8949 section 4.2.1), so that no library's habits are in the bytes.
export const head = (major, value) => {
  const number = BigInt(value);
  const first = major << 5;
  const bytes = (length) => Buffer.from(number.toString(16).padStart(length * 2, "0"), "hex");
  if (number < 24n) return Buffer.from([first | Number(number)]);
  if (number < 0x100n) return Buffer.concat([Buffer.from([first | 24]), bytes(1)]);
  if (number < 0x10000n) return Buffer.concat([Buffer.from([first | 25]), bytes(2)]);
  if (number < 0x100000000n) return Buffer.concat([Buffer.from([first | 26]), bytes(4)]);
  return Buffer.concat([Buffer.from([first | 27]), bytes(8)]);
};
export const uint = (value) => head(0, value);
export const bstr = (bytes) => Buffer.concat([head(2, bytes.length), bytes]);
export const tstr = (text) => Buffer.concat([head(3, Buffer.byteLength(text)), Buffer.from(text)]);
export const array = (...items) => Buffer.concat([head(4, items.length), ...items]);
export const map = (...pairs) => Buffer.concat([head(5, pairs.length), ...pairs.map(([key, value]) => Buffer.concat([uint(key), value]))]);
export const bool = (value) => Buffer.from([value ? 0xf5 : 0xf4]);
