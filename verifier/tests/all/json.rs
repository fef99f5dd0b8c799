//! JSON: which texts are evidence, and both texts that are hashed.

use proptest::prelude::*;
use verifier::base64::encode_url;
use verifier::clawsig::{self, ClawsigOptions};
use verifier::code::Code;
use verifier::document::{Document, Submission};
use verifier::json::{self, DOCUMENT_BYTES_MAX, Object, Value};

use crate::vectors::vectors;

#[test]
fn valid_vectors_have_their_texts_and_hashes() {
    for vector in vectors("json/valid") {
        let value =
            json::parse(&vector.document()).unwrap_or_else(|fault| panic!("{}: {fault}", vector.name));
        assert_eq!(json::to_js_string(&value), vector.text("js"), "{}", vector.name);
        assert_eq!(json::to_jcs(&value), vector.text("jcs"), "{}", vector.name);
        assert_eq!(
            encode_url(&json::hash_js(&value)),
            vector.text("hash_js"),
            "{}",
            vector.name
        );
        assert_eq!(
            encode_url(&json::hash_jcs(&value)),
            vector.text("hash_jcs"),
            "{}",
            vector.name
        );
    }
}

#[test]
fn invalid_vectors_have_their_code_and_pointer() {
    for vector in vectors("json/invalid") {
        let fault = json::parse(&vector.document()).expect_err(&vector.name);
        assert_eq!(
            (fault.code.as_str(), fault.pointer.as_str()),
            (vector.text("code"), vector.text("pointer")),
            "{}",
            vector.name
        );
    }
}

/// The published order of JSON.stringify for names that look like numbers.
#[test]
fn array_index_names_come_first_in_the_order_of_ecmascript() {
    let value =
        json::parse(br#"{"b":0,"10":0,"9":0,"01":0,"-1":0,"4294967294":0,"4294967295":0,"a":0}"#).unwrap();
    let text = json::to_js_string(&value);
    let names: Vec<&str> = text.split('"').skip(1).step_by(2).collect();
    assert_eq!(names.join(","), "9,10,4294967294,b,01,-1,4294967295,a");
}

#[test]
fn published_hashes_of_a_policy_and_of_an_event_come_out() {
    let policy = br#"{"allowed_models":["gpt-5.*"],"allowed_providers":["openai"],"egress_allowlist":[],"issuer_did":"did:key:z6MkneMkZqwqRiU5mJzSG3kDwzt9P8C59N4NGTfBLfSGE7c7","policy_id":"pol_example","policy_version":"1","receipt_privacy_mode":"hash_only"}"#;
    let event = br#"{"event_id":"evt_conformance_001","run_id":"run_conformance_001","event_type":"llm_call","timestamp":"2026-02-12T00:00:00.000Z","payload_hash_b64u":"ibhRTWt5gh47v4X1fAtBRKwEKCHZir1w-de3fNfCEu8","prev_hash_b64u":null}"#;
    let policy_hash = json::hash_jcs(&json::parse(policy).unwrap());
    let event_hash = json::hash_js(&json::parse(event).unwrap());
    assert_eq!(
        encode_url(&policy_hash),
        "DWaJzVvXVpAtMq2KFWFuHcUnh0DT1XU4OHVaneXnbTM"
    );
    assert_eq!(
        encode_url(&event_hash),
        "mo72_ab1UHvxY2DERZG2Tn12KNl2e_NSUrVDEQ5-Jds"
    );
}

#[test]
fn refuses_a_text_over_one_mebibyte_before_reading_it() {
    let fits = format!("\"{}\"", "x".repeat(DOCUMENT_BYTES_MAX - 2));
    assert!(json::parse(fits.as_bytes()).is_ok());
    assert_eq!(
        json::parse(&vec![b'['; DOCUMENT_BYTES_MAX + 1]).unwrap_err().code,
        Code::BodyTooLarge
    );
}

#[test]
fn nesting_of_any_depth_costs_no_stack() {
    for opening in ["[", "{\"a\":"] {
        let text = opening.repeat(DOCUMENT_BYTES_MAX / opening.len());
        assert_eq!(
            json::parse(text.as_bytes()).unwrap_err().code,
            Code::NestingTooDeep
        );
    }
}

#[test]
fn a_hundred_thousand_names_are_compared_without_comparing_each_with_each() {
    let names: Vec<String> = (0..90_000).map(|index| format!("\"n{index}\":0")).collect();
    assert!(json::parse(format!("{{{}}}", names.join(",")).as_bytes()).is_ok());
}

#[test]
fn tells_integers_from_other_numbers() {
    let integer = |text: &str| json::parse(text.as_bytes()).unwrap().as_u64();
    assert_eq!(integer("9007199254740991"), Some(9_007_199_254_740_991));
    assert_eq!(
        (integer("0"), integer("-0"), integer("1.0"), integer("1e3")),
        (Some(0), Some(0), Some(1), Some(1000))
    );
    for other in ["-1", "1.5", "9007199254740991.4e-1", "1e21", "null", "\"1\""] {
        assert_eq!(integer(other), None, "{other}");
    }
}

#[test]
fn objects_give_members_in_order_and_refuse_a_name_twice() {
    let value = json::parse(br#"{"b":1,"a":2}"#).unwrap();
    let object = value.as_object().unwrap();
    assert_eq!(
        object
            .members()
            .iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>(),
        ["b", "a"]
    );
    assert_eq!(object.without("b").get("b"), None);
    assert_eq!(object.without("b").get("a"), Some(&Value::Number(2.0)));
    let twice = vec![("a".to_owned(), Value::Null), ("a".to_owned(), Value::Null)];
    assert_eq!(Object::from_members(twice), Err("a".to_owned()));
}

/// The rule of `schemas/signing.md` §6 on the value of a number.
fn is_taken(number: f64) -> bool {
    number.is_finite() && !(9_007_199_254_740_992.0..1.0e21).contains(&number.abs())
}

/// Numbers of every size in every spelling: with digits alone, with a fraction, with an exponent.
fn spelled_numbers() -> impl Strategy<Value = (f64, String)> {
    let near = prop_oneof![Just(9_007_199_254_740_992.0_f64), Just(1.0e21)];
    let number = prop_oneof![
        any::<f64>().prop_filter("finite", |number| number.is_finite()),
        // Between 10^14 and 10^23, where the rule draws its lines.
        (1.0_f64..10.0, 14_i32..23).prop_map(|(digits, exponent)| digits * 10_f64.powi(exponent)),
        (near, -3_i32..=3).prop_map(|(limit, ulps)| limit * (1.0 + f64::from(ulps) * f64::EPSILON)),
        (-9_007_199_254_740_993_i64..=9_007_199_254_740_993)
            .prop_map(|integer| integer.to_string().parse().unwrap()),
    ];
    (number, 0..5, any::<bool>()).prop_map(|(number, spelling, negative)| {
        let number = if negative { -number } else { number };
        let digits = number.to_string();
        let text = match spelling {
            0 if !digits.contains('.') => format!("{digits}.0"),
            1 => format!("{number:e}"),
            2 => format!("{number:E}").replace('E', "E+").replace("E+-", "E-0"),
            _ => digits,
        };
        // Some spellings say another number: what counts is what the text says.
        (text.parse().unwrap(), text)
    })
}

/// What each way in makes of a document: as it is, in a wrapper, as a document of clawsig.
fn is_refused_for_a_number(document: &str) -> [bool; 3] {
    let fault = |code: Option<Code>| code == Some(Code::NumberOutOfRange);
    let wrapped = format!("{{\"evidence\":{document}}}");
    let clawsig = clawsig::verify(document.as_bytes(), &ClawsigOptions::default());
    [
        fault(Document::parse(document.as_bytes()).err().map(|fault| fault.code)),
        fault(
            Submission::parse(wrapped.as_bytes())
                .err()
                .map(|fault| fault.code),
        ),
        clawsig.report.reason_code == "NUMBER_OUT_OF_RANGE",
    ]
}

fn values() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>()
            .prop_filter("finite, not written as a long integer", |&number| is_taken(
                number
            ))
            .prop_map(Into::into),
        (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 48, 6, |inner| {
        let name = prop_oneof![any::<String>(), "[0-9]{1,11}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::vec((name, inner), 0..16)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn jcs_is_that_of_another_implementation(value in values()) {
        let parsed = json::parse(serde_json::to_string(&value).unwrap().as_bytes()).unwrap();
        prop_assert_eq!(json::to_jcs(&parsed), serde_json_canonicalizer::to_string(&value).unwrap());
    }

    #[test]
    fn both_texts_say_the_same_and_are_fixed_points(value in values()) {
        let parsed = json::parse(serde_json::to_string(&value).unwrap().as_bytes()).unwrap();
        let (js, jcs) = (json::to_js_string(&parsed), json::to_jcs(&parsed));
        prop_assert_eq!(json::to_js_string(&json::parse(js.as_bytes()).unwrap()), js.clone());
        prop_assert_eq!(json::to_jcs(&json::parse(js.as_bytes()).unwrap()), jcs);
    }

    #[test]
    fn a_number_is_judged_by_its_value_whatever_its_spelling((number, text) in spelled_numbers()) {
        let document = format!("{{\"payload\":{{\"metadata\":[{text}]}}}}");
        let has_digits_alone = text.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit());
        let refused = !is_taken(number) || has_digits_alone && number.abs() >= 1.0e21;
        prop_assert_eq!(is_refused_for_a_number(&document), [refused; 3], "{}", text);
        if !refused {
            let value = json::parse(document.as_bytes()).unwrap();
            for text in [json::to_js_string(&value), json::to_jcs(&value)] {
                prop_assert_eq!(is_refused_for_a_number(&text), [false; 3], "{}", text);
                prop_assert_eq!(json::to_jcs(&json::parse(text.as_bytes()).unwrap()), json::to_jcs(&value));
            }
        }
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = json::parse(&bytes);
    }

    #[test]
    fn no_text_of_json_characters_makes_the_parser_panic(text in "[\\[\\]{},:\"\\\\ua0-9dDeE.+-]{0,80}") {
        let _ = json::parse(text.as_bytes());
    }
}
