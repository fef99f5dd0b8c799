//! What is kept of answers: nothing that does not verify under the witness's key over the checkpoint that was sent.

use kit::cosigners::{FIRST_ML_DSA, cosignature, cosigner};
use ledger_witnesses::answer::{
    AHEAD_S_MAX, ANSWER_BYTES_MAX, AnswerError, AskedKey, LINES_MAX, SentCheckpoint, WitnessAnswer,
    read_answer,
};
use proptest::prelude::*;
use verifier::cosignature::CosignatureError;
use verifier::index::TreeSize;
use verifier::note::UnverifiedNote;

const TEXT: &str = "example.com/log42\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n";
/// The same log at another size.
const OTHER_TEXT: &str = "example.com/log42\n9\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n";
const NOW_S: u64 = 1_800_000_000;
/// A witness with an Ed25519 key, and one with an ML-DSA-44 key.
const ED: u8 = 2;
const PQ: u8 = FIRST_ML_DSA;

fn asked(seed: u8) -> AskedKey {
    AskedKey {
        key: cosigner(seed),
        held_time_s: 0,
    }
}

fn line(seed: u8, text: &str, time_s: u64) -> String {
    cosignature(seed, text, time_s).to_string()
}

fn read(keys: &[AskedKey], status: u16, body: &[u8]) -> Result<WitnessAnswer, AnswerError> {
    let sent = SentCheckpoint {
        text: TEXT,
        keys,
        now_s: NOW_S,
    };
    read_answer(status, body, &sent)
}

/// The lines that are kept of an answer of status 200.
fn kept(keys: &[AskedKey], body: &str) -> Result<String, AnswerError> {
    match read(keys, 200, body.as_bytes())? {
        WitnessAnswer::Cosigned(kept) => Ok(kept.iter().map(|one| one.line().to_string()).collect()),
        WitnessAnswer::LastCosigned(size) => panic!("a size, {size}"),
    }
}

#[test]
fn cosignatures_of_both_kinds_are_kept_with_their_time_and_text() {
    for seed in [ED, PQ] {
        let body = line(seed, TEXT, NOW_S - 1);
        let WitnessAnswer::Cosigned(kept) = read(&[asked(seed)], 200, body.as_bytes()).unwrap() else {
            panic!("no cosignature");
        };
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].time_s(), NOW_S - 1);
        assert_eq!(kept[0].text(), TEXT);
        assert_eq!(kept[0].cosigner(), &cosigner(seed));
        assert_eq!(kept[0].line().to_string(), body);
    }
}

#[test]
fn a_witness_with_two_keys_is_kept_with_both() {
    let body = [line(PQ, TEXT, NOW_S), line(ED, TEXT, NOW_S)].concat();
    let in_order_of_keys = [line(ED, TEXT, NOW_S), line(PQ, TEXT, NOW_S)].concat();
    assert_eq!(kept(&[asked(ED), asked(PQ)], &body), Ok(in_order_of_keys));
}

#[test]
fn lines_by_keys_that_are_not_the_witness_s_are_left_out() {
    let own = line(ED, TEXT, NOW_S);
    // Of another witness, forged in another's name, and by a key that nobody knows.
    let forged = line(7, OTHER_TEXT, NOW_S);
    let body = [line(9, TEXT, NOW_S), own.clone(), forged].concat();
    assert_eq!(kept(&[asked(ED)], &body), Ok(own));
    assert_eq!(kept(&[asked(3)], &body), Err(AnswerError::Missing));
}

#[test]
fn one_line_that_does_not_hold_spoils_the_whole_answer() {
    let bad = line(ED, OTHER_TEXT, NOW_S);
    let body = [line(PQ, TEXT, NOW_S), bad].concat();
    let found = kept(&[asked(PQ), asked(ED)], &body);
    assert!(matches!(
        found,
        Err(AnswerError::Cosignature(CosignatureError::BadCosignature { .. }))
    ));
}

#[test]
fn two_lines_of_one_key_are_refused_even_where_both_hold() {
    let body = [line(ED, TEXT, NOW_S - 1), line(ED, TEXT, NOW_S)].concat();
    assert!(matches!(
        kept(&[asked(ED)], &body),
        Err(AnswerError::Cosignature(CosignatureError::Repeated { .. }))
    ));
}

#[test]
fn an_older_cosignature_than_the_one_that_is_held_is_refused() {
    let held = AskedKey {
        key: cosigner(ED),
        held_time_s: NOW_S - 10,
    };
    let at = |time_s| kept(std::slice::from_ref(&held), &line(ED, TEXT, time_s));
    assert!(at(NOW_S - 10).is_ok());
    assert_eq!(
        at(NOW_S - 11),
        Err(AnswerError::Older {
            held_s: NOW_S - 10,
            found_s: NOW_S - 11
        })
    );
}

#[test]
fn a_cosignature_from_the_future_is_refused() {
    let at = |time_s| kept(&[asked(ED)], &line(ED, TEXT, time_s));
    assert!(at(NOW_S + AHEAD_S_MAX).is_ok());
    assert_eq!(
        at(NOW_S + AHEAD_S_MAX + 1),
        Err(AnswerError::Future {
            now_s: NOW_S,
            found_s: NOW_S + AHEAD_S_MAX + 1
        })
    );
}

#[test]
fn an_answer_cannot_move_lines_into_the_text_that_it_signs() {
    let own = line(ED, TEXT, NOW_S);
    // What the witness signs here is a text with the first line of the answer in it.
    let longer = format!("{TEXT}\n{own}");
    let body = format!("{own}\n{}", line(ED, &longer, NOW_S));
    assert_eq!(kept(&[asked(ED)], &body), Err(AnswerError::NotLinesAlone));
}

#[test]
fn a_line_of_another_form_by_an_unknown_key_is_left_out_too() {
    let own = line(ED, TEXT, NOW_S);
    let other_form = format!("— example.com/log42 {}\n", "A".repeat(92));
    assert_eq!(kept(&[asked(ED)], &format!("{own}{other_form}")), Ok(own));
}

#[test]
fn an_answer_is_bounded_in_bytes_and_lines() {
    let own = line(ED, TEXT, NOW_S);
    let others: String = (10..10 + u8::try_from(LINES_MAX).unwrap() - 1)
        .map(|seed| line(seed, TEXT, NOW_S))
        .collect();
    let most = format!("{others}{own}");
    assert_eq!(kept(&[asked(ED)], &most), Ok(own.clone()));
    let more = format!("{most}{}", line(200, TEXT, NOW_S));
    assert_eq!(kept(&[asked(ED)], &more), Err(AnswerError::TooManyLines));
    let long = format!("{own}{}", "x".repeat(ANSWER_BYTES_MAX));
    assert_eq!(kept(&[asked(ED)], &long), Err(AnswerError::TooLong));
}

#[test]
fn what_is_no_list_of_cosignatures_is_refused() {
    let own = line(ED, TEXT, NOW_S);
    for (body, code) in [
        (String::new(), "WITNESS_ANSWER_MALFORMED"),
        (own.trim_end().to_owned(), "WITNESS_ANSWER_MALFORMED"),
        (own.replace('\n', "\r\n"), "WITNESS_ANSWER_MALFORMED"),
        (format!("<html>{own}"), "WITNESS_ANSWER_MALFORMED"),
        (format!("{own}\n"), "WITNESS_ANSWER_MALFORMED"),
        (format!("\n{own}"), "WITNESS_ANSWER_MALFORMED"),
    ] {
        let refused = kept(&[asked(ED)], &body).unwrap_err();
        assert_eq!(refused.code(), code, "{body:?}: {refused}");
    }
}

#[test]
fn a_conflict_says_one_size_in_decimal_and_nothing_else() {
    let size = |body: &str| read(&[asked(ED)], 409, body.as_bytes());
    assert_eq!(size("8\n"), Ok(WitnessAnswer::LastCosigned(TreeSize::new(8))));
    for body in [
        "",
        "\n",
        "8",
        "08\n",
        "8\n\n",
        "8 \n",
        "+8\n",
        "-8\n",
        "8\r\n",
        "18446744073709551616\n",
        "eight\n",
    ] {
        assert_eq!(size(body), Err(AnswerError::NoSize), "{body:?}");
    }
}

#[test]
fn every_other_status_is_refused_by_its_number_whatever_the_body_says() {
    let own = line(ED, TEXT, NOW_S);
    for status in [100, 201, 204, 301, 400, 401, 403, 404, 422, 429, 500, 503] {
        assert_eq!(
            read(&[asked(ED)], status, own.as_bytes()),
            Err(AnswerError::Status { status })
        );
    }
}

/// Bytes that look like an answer: lines that hold and that do not, cut and mixed with anything.
fn answers() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(line(ED, TEXT, NOW_S).into_bytes()),
        Just(line(ED, OTHER_TEXT, NOW_S).into_bytes()),
        Just(line(3, TEXT, NOW_S).into_bytes()),
        Just(b"\n".to_vec()),
        Just(TEXT.as_bytes().to_vec()),
        proptest::collection::vec(any::<u8>(), 0..20),
    ];
    (
        proptest::collection::vec(piece, 0..5),
        any::<prop::sample::Index>(),
        any::<u8>(),
    )
        .prop_map(|(pieces, at, flip)| {
            let mut bytes = pieces.concat();
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] ^= flip & 1;
            }
            bytes
        })
}

proptest! {
    #[test]
    fn nothing_is_kept_that_does_not_verify_again_over_the_sent_text(
        status in prop_oneof![Just(200_u16), Just(409), any::<u16>()],
        body in answers(),
    ) {
        if let Ok(WitnessAnswer::Cosigned(kept)) = read(&[asked(ED)], status, &body) {
            prop_assert_eq!(status, 200);
            let lines: String = kept.iter().map(|one| one.line().to_string()).collect();
            let note = UnverifiedNote::parse(format!("{TEXT}\n{lines}").as_bytes()).unwrap();
            prop_assert_eq!(cosigner(ED).verify(&note), Ok(NOW_S));
        }
    }
}
