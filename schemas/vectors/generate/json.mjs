// schemas/vectors/json: both texts and both hashes are those of JSON.parse and JSON.stringify of
// the engine that runs this, which is what clawsig's hash rule is defined by.
import { b64u, hashJcs, hashJs, jcs, writeVectors } from "./common.mjs";

const valid = (description, document) => {
  const value = JSON.parse(document);
  return { description, document, js: JSON.stringify(value), jcs: jcs(value), hash_js: hashJs(value), hash_jcs: hashJcs(value) };
};
const invalid = (description, document, code, pointer) => ({ description, document, code, pointer });
const nested = (depth) => "[".repeat(depth) + "]".repeat(depth);

writeVectors("json", {
  "valid/array_index_names": valid(
    "names that are array indices come first in ascending order under H_js",
    '{"b":1,"10":2,"9":3,"01":4,"-1":5,"4294967294":6,"4294967295":7,"a":8,"0":9,"":10}',
  ),
  "valid/nested_order": valid("order is kept at every depth", '{"z":{"b":[{"y":1,"x":2}],"a":null},"a":true}'),
  "valid/white_space": valid("white space is not hashed", ' {\t"a" :\r\n [ 1 , 2 ] } \n'),
  "valid/numbers": valid(
    "ECMAScript Number::toString",
    "[0,-0,-0.0,0e9,1.0e0,1e21,-1.0E+21,123456789012345680000e1,9.007199254740991e15,1e-6,1e-7,0.1,1.5,-2.50,5e-324,1.7976931348623157e308,9007199254740991,-9007199254740991,9007199254740990.5,333333333.33333329,1E30,4.50,2e-3,1e-27,1e-400]",
  ),
  "valid/strings": valid(
    "minimal escapes",
    '{"escapes":"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f\\"\\\\\\/","raw":"\u007f\u2028\u2029€😀","pair":"\\ud83d\\ude00","name \\u20ac":"\\u00e9"}',
  ),
  "valid/utf16_order": valid(
    "JCS sorts by UTF-16 code units: the emoji before U+FB33",
    '{"\\u20ac":"Euro","\\r":"CR","\\ufb33":"Hebrew","1":"One","\\ud83d\\ude00":"Smiley","\\u0080":"Control","\\u00f6":"O"}',
  ),
  "valid/proto_name": valid("__proto__ is a name like any other", '{"__proto__":1,"constructor":{"__proto__":null}}'),
  "valid/empty": valid("empty arrays, objects and strings", '{"a":[],"o":{},"s":"","":[{},[]]}'),
  "valid/rfc8785_sample": valid(
    "RFC 8785 section 3.2.2",
    '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
  ),
  "valid/wpc_example": valid(
    "a clawsig work policy contract, whose policy hash is hash_jcs",
    '{"policy_version":"1","policy_id":"pol_example","issuer_did":"did:key:z6MkneMkZqwqRiU5mJzSG3kDwzt9P8C59N4NGTfBLfSGE7c7","allowed_providers":["openai"],"allowed_models":["gpt-5.*"],"egress_allowlist":[],"receipt_privacy_mode":"hash_only"}',
  ),
  "valid/event": valid(
    "a clawsig event, whose event hash is hash_js",
    '{"event_id":"evt_conformance_001","run_id":"run_conformance_001","event_type":"llm_call","timestamp":"2026-02-12T00:00:00.000Z","payload_hash_b64u":"ibhRTWt5gh47v4X1fAtBRKwEKCHZir1w-de3fNfCEu8","prev_hash_b64u":null}',
  ),
  "valid/nesting_64": valid("the deepest nesting", nested(64)),

  "invalid/empty_text": invalid("nothing", "", "MALFORMED_JSON", ""),
  "invalid/trailing_text": invalid("a second value", "{} {}", "MALFORMED_JSON", ""),
  "invalid/byte_order_mark": invalid("a byte order mark", "\ufeff{}", "MALFORMED_JSON", ""),
  "invalid/trailing_comma": invalid("a comma too many", '{"a":[1,]}', "MALFORMED_JSON", "/a/1"),
  "invalid/control_character": invalid("a raw control character in a string", '{"a":"\u0001"}', "MALFORMED_JSON", "/a"),
  "invalid/leading_zero": invalid("a leading zero", '{"a":01}', "MALFORMED_JSON", "/a"),
  "invalid/not_a_number": invalid("NaN is no JSON", '{"a":NaN}', "MALFORMED_JSON", "/a"),
  "invalid/not_utf8": {
    description: "Latin-1 bytes",
    document_b64u: b64u(Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xe9, 0x22, 0x7d])),
    code: "MALFORMED_JSON",
    pointer: "",
  },
  "invalid/duplicate_name": invalid("a name twice", '{"a":1,"b":{"c":1,"d":2,"c":3}}', "DUPLICATE_KEY", "/b/c"),
  "invalid/duplicate_escaped_name": invalid("a name twice, once escaped", '{"a/b~":1,"a\\u002fb~":2}', "DUPLICATE_KEY", "/a~1b~0"),
  "invalid/duplicate_among_many": invalid(
    "a name twice among many",
    `{${[...Array(40).keys(), 7].map((index) => `"n${index}":0`).join(",")}}`,
    "DUPLICATE_KEY",
    "/n7",
  ),
  "invalid/lone_leading_surrogate": invalid("half a pair: leading", '{"a":["\\ud800"]}', "LONE_SURROGATE", "/a/0"),
  "invalid/lone_leading_surrogate_then_escape": invalid("leading, then another escape", '{"a":"\\ud800\\n"}', "LONE_SURROGATE", "/a"),
  "invalid/lone_leading_surrogate_twice": invalid("leading twice", '{"a":"\\ud800\\ud800"}', "LONE_SURROGATE", "/a"),
  "invalid/lone_trailing_surrogate": invalid("half a pair: trailing", '{"a":"\\udc00"}', "LONE_SURROGATE", "/a"),
  "invalid/lone_surrogate_in_name": invalid("half a pair in a name", '{"a":{"\\udfff":1}}', "LONE_SURROGATE", "/a"),
  "invalid/integer_2_53": invalid("2^53", '{"a":[0,9007199254740992]}', "NUMBER_OUT_OF_RANGE", "/a/1"),
  "invalid/integer_minus_2_53": invalid("-2^53", '{"a":-9007199254740992}', "NUMBER_OUT_OF_RANGE", "/a"),
  "invalid/integer_of_64_bits": invalid("2^64-1", "[18446744073709551615]", "NUMBER_OUT_OF_RANGE", "/0"),
  "invalid/integer_beyond_64_bits": invalid(
    "2^64, after numbers and strings that look like it",
    '{"18446744073709551616":1e21,"a":"\\"18446744073709551616","b":[1.5,{"c/d":18446744073709551616}]}',
    "NUMBER_OUT_OF_RANGE",
    "/b/1/c~1d",
  ),
  "invalid/integer_below_minus_2_63": invalid("-2^63-1", "[1,-9223372036854775809]", "NUMBER_OUT_OF_RANGE", "/1"),
  "invalid/integer_with_exponent": invalid("1e20, which is written as an integer", '{"a":[1e21,1e20]}', "NUMBER_OUT_OF_RANGE", "/a/1"),
  "invalid/integer_with_negative_exponent": invalid("2^53 as 90071992547409920e-1", "[90071992547409920e-1]", "NUMBER_OUT_OF_RANGE", "/0"),
  "invalid/integer_with_fraction": invalid("2^53 + 1 with a fraction of 0", '{"a":{"b":9007199254740993.0}}', "NUMBER_OUT_OF_RANGE", "/a/b"),
  "invalid/integer_rounded_up": invalid("half a number below 2^53, which rounds to it", "[9007199254740991.5]", "NUMBER_OUT_OF_RANGE", "/0"),
  "invalid/integer_below_10_21": invalid("-999999999999999900000.0", "[-999999999999999900000.0]", "NUMBER_OUT_OF_RANGE", "/0"),
  "invalid/integer_10_21": invalid("10^21 in digits", '{"a":1e21,"b":1000000000000000000000}', "NUMBER_OUT_OF_RANGE", "/b"),
  "invalid/integer_rounded_to_10_21": invalid("21 nines, which round to 10^21", "[999999999999999999999]", "NUMBER_OUT_OF_RANGE", "/0"),
  "invalid/double_overflow": invalid("1e400", '{"a":1e400}', "NUMBER_OUT_OF_RANGE", "/a"),
  "invalid/double_overflow_negative": invalid("-1e309", "[-1e309]", "NUMBER_OUT_OF_RANGE", "/0"),
  "invalid/nesting_65": invalid("one level too deep", nested(65), "NESTING_TOO_DEEP", "/0".repeat(64)),
});
