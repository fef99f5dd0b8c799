// schemas/vectors/entry: one spelling for each entry, and what is no entry.
import { array, bool, bstr, head, map, tstr, uint } from "./cbor.mjs";
import { hex, sha256, writeVectors } from "./common.mjs";

const of = (byte) => Buffer.alloc(32, byte);
const subject = (field, byte) => array(tstr(field), bstr(of(byte)));
const did = "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw";
const time = 1764000000000;

const receipt = [
  [0, uint(1)],
  [1, tstr("receipt.gateway")],
  [2, bstr(of(0x22))],
  [3, tstr(did)],
  [4, uint(time)],
  [5, array(subject("run", 1), subject("nonce", 2), subject("scope", 3), subject("policy", 4), subject("gateway", 5))],
];
const submitted = [
  ...receipt,
  [6, tstr("gw-1")],
  [7, array(bstr(of(0x77)), uint(1000), bool(false))],
  [9, bstr(of(0x99))],
  [10, array(subject("job", 6), subject("token", 7))],
];
const refused = [
  [0, uint(1)], [1, tstr("refused")], [2, bstr(of(0))], [3, tstr(did)], [4, uint(time)], [5, array()],
  [6, tstr("gw-1")], [9, bstr(of(0x99))], [10, array(subject("job", 6))], [11, tstr("SCHEMA_INVALID")],
];
const root = [
  [0, uint(1)], [1, tstr("index.root")], [2, bstr(of(0x22))], [3, tstr("example.com/log")], [4, uint(0)], [5, array()], [8, uint(2 ** 32)],
];
const genesis = [
  [0, uint(1)], [1, tstr("log.genesis")], [2, bstr(of(0x22))], [3, tstr(did)], [4, uint(23)], [5, array()], [9, bstr(of(0x99))],
];
const without = (pairs, ...keys) => pairs.filter(([key]) => !keys.includes(key));
const replaced = (pairs, key, value) => pairs.map((pair) => (pair[0] === key ? [key, value] : pair));
const added = (pairs, ...more) => [...pairs, ...more].sort(([one], [other]) => one - other);

const valid = (description, pairs, entry) => {
  const bytes = map(...pairs);
  return { description, cbor_hex: hex(bytes), leaf_hash: hex(sha256(Buffer.concat([Buffer.from([0]), bytes]))), entry };
};
const bytes = (description, cbor, error) => ({ description, cbor_hex: hex(cbor), error });
const invalid = (description, pairs, error = "MALFORMED_ENTRY") => bytes(description, map(...pairs), error);
const good = map(...submitted);
const spliced = (from, to) => Buffer.from(hex(good).replace(hex(from), hex(to)), "hex");
const many = (count, start = 0) => array(...Array.from({ length: count }, (_, index) => subject("job", start + index)));

writeVectors("entry", {
  "valid/receipt": valid("a gateway receipt with context", submitted, {
    kind: "receipt.gateway", subjects: 5, submitter: "gw-1", number: 1000, last: false, context_subjects: 2,
  }),
  "valid/receipt_without_context": valid("no submitter, no context", added(receipt, [9, bstr(of(0x99))]), { kind: "receipt.gateway", subjects: 5 }),
  "valid/empty_context_subjects": valid("a context that names a stream only", replaced(submitted, 10, array()), {
    kind: "receipt.gateway", subjects: 5, submitter: "gw-1", number: 1000, last: false, context_subjects: 0,
  }),
  "valid/refused": valid("a refused document", refused, { kind: "refused", subjects: 0, submitter: "gw-1", context_subjects: 1, refused: "SCHEMA_INVALID" }),
  "valid/index_root": valid("the root of the map", root, { kind: "index.root", subjects: 0, covered: 2 ** 32 }),
  "valid/index_root_with_runs": valid("the root of the index, with its runs", added(root, [13, bstr(Buffer.alloc(96, 0x13))]), {
    kind: "index.root", subjects: 0, covered: 2 ** 32, index_runs: "13".repeat(96),
  }),
  "valid/log_genesis": valid("entry 0", genesis, { kind: "log.genesis", subjects: 0 }),
  "valid/subjects_32": valid("as many subjects as there may be", replaced(replaced(submitted, 5, many(30)), 10, many(2, 40)), {
    kind: "receipt.gateway", subjects: 30, submitter: "gw-1", number: 1000, last: false, context_subjects: 2,
  }),

  "invalid/empty": bytes("no bytes", Buffer.alloc(0), "MALFORMED_ENTRY"),
  "invalid/truncated": bytes("the last byte is missing", good.subarray(0, -1), "MALFORMED_ENTRY"),
  "invalid/trailing_byte": bytes("a byte too many", Buffer.concat([good, Buffer.from([0])]), "MALFORMED_ENTRY"),
  "invalid/too_large": bytes("4097 bytes", Buffer.alloc(4097), "ENTRY_TOO_LARGE"),
  "invalid/long_integer": bytes("an integer not in its shortest form", spliced(uint(1000), Buffer.from([0x1a, 0, 0, 0x03, 0xe8])), "MALFORMED_ENTRY"),
  "invalid/long_length": bytes("a length not in its shortest form", spliced(tstr("gw-1"), Buffer.from("780467772d31", "hex")), "MALFORMED_ENTRY"),
  "invalid/indefinite_map": bytes("a map of indefinite length", Buffer.concat([Buffer.from([0xbf]), good.subarray(1), Buffer.from([0xff])]), "MALFORMED_ENTRY"),
  "invalid/indefinite_text": bytes("a text of indefinite length", spliced(tstr("gw-1"), Buffer.from("7f6467772d31ff", "hex")), "MALFORMED_ENTRY"),
  "invalid/tagged": bytes("a tag around the map", Buffer.concat([Buffer.from([0xc1]), good]), "MALFORMED_ENTRY"),
  "invalid/unsorted_keys": invalid("keys in another order", [...submitted.slice(0, 1), submitted[2], submitted[1], ...submitted.slice(3)]),
  "invalid/duplicate_key": invalid("a key twice", [...submitted.slice(0, 2), submitted[1], ...submitted.slice(2)]),
  "invalid/text_keys": bytes("text keys", Buffer.concat([head(5, 1), tstr("kind"), tstr("bundle")]), "MALFORMED_ENTRY"),
  "invalid/no_version": invalid("no version", without(submitted, 0)),
  "invalid/no_kind": invalid("no kind", without(submitted, 1)),
  "invalid/no_subjects": invalid("no list of subjects", without(submitted, 5)),
  "invalid/short_digest": invalid("a digest of 31 bytes", replaced(submitted, 2, bstr(Buffer.alloc(31)))),
  "invalid/empty_signer": invalid("no signer", replaced(submitted, 3, tstr(""))),
  "invalid/submitter_name": invalid("a submitter's name in upper case", replaced(submitted, 6, tstr("GW"))),
  "invalid/unsorted_subjects": invalid("longer field first", replaced(submitted, 5, array(subject("scope", 3), subject("run", 1)))),
  "invalid/repeated_subject": invalid("a subject twice", replaced(submitted, 10, array(subject("job", 6), subject("job", 6)))),
  "invalid/subjects_33": invalid("33 subjects in both lists", replaced(replaced(submitted, 5, many(31)), 10, many(2, 40))),
  "invalid/no_raw_digest": invalid("evidence without raw digest", without(submitted, 9)),
  "invalid/covered_elsewhere": invalid("member 8 with another kind", added(submitted, [8, uint(1)])),
  "invalid/runs_elsewhere": invalid("member 13 with another kind", added(submitted, [13, bstr(Buffer.alloc(48))])),
  "invalid/runs_of_text": invalid("member 13 as a text", added(root, [13, tstr("x".repeat(48))])),
  "invalid/reason_elsewhere": invalid("member 11 with another kind", added(submitted, [11, tstr("X")])),
  "invalid/refused_with_digest": invalid("refused with an evidence digest", replaced(refused, 2, bstr(of(1)))),
  "invalid/refused_with_subjects": invalid("refused with subjects of the evidence", replaced(refused, 5, array(subject("job", 6)))),
  "invalid/refused_without_reason": invalid("refused without reason", without(refused, 11)),
  "invalid/index_root_with_raw_digest": invalid("index.root with member 9", added(root, [9, bstr(of(9))])),
  "invalid/index_root_without_covered": invalid("index.root without member 8", without(root, 8)),
  "invalid/index_root_with_subjects": invalid("index.root with subjects", replaced(root, 5, array(subject("job", 6)))),
  "invalid/index_root_submitted": invalid("index.root with a submitter", added(root, [6, tstr("gw-1")])),
  "invalid/genesis_submitted": invalid("log.genesis with a submitter", added(genesis, [6, tstr("gw-1")])),
  "invalid/version_2": invalid("a later version, whatever follows", [[0, uint(2)], [1, uint(7)], [99, array(array())]], "UNKNOWN_FORMAT"),
  "invalid/unknown_kind": invalid("a kind of later", replaced(submitted, 1, tstr("receipt.later")), "UNKNOWN_FORMAT"),
  "invalid/unknown_field_number": invalid("a field of later", added(submitted, [12, uint(1)]), "UNKNOWN_FORMAT"),
  "invalid/unknown_subject_field": invalid("a subject field of later", replaced(submitted, 10, array(subject("later", 6))), "UNKNOWN_FORMAT"),
});
