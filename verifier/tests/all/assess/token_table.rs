//! The table of `token.valid`: its vectors, and what holds for every use.

use proptest::prelude::*;
use serde_json::Value;
use verifier::assess::CheckStatus;
use verifier::assess::token_table::{
    Cutoff, Cutoffs, Moment, Seconds, TableResult, TableRow, TokenRecord, UseTimes,
};
use verifier::index::{LeafIndex, TimestampMs};

use crate::vectors::{Vector, vectors};

const SKEW: Seconds = Seconds(30);

fn cutoff(index: u64, logged_at_ms: u64, stated_s: u64) -> Cutoff {
    Cutoff {
        index: LeafIndex::new(index),
        logged_at: TimestampMs::new(logged_at_ms),
        stated_at: Moment::from(Seconds(stated_s)),
    }
}

fn used(index: u64, logged_at_ms: u64, signed_at_ms: u64) -> UseTimes {
    UseTimes {
        index: LeafIndex::new(index),
        logged_at: TimestampMs::new(logged_at_ms),
        signed_at: TimestampMs::new(signed_at_ms),
    }
}

fn token(exp_s: Option<u64>, revocations: Vec<Cutoff>) -> TokenRecord {
    TokenRecord {
        issued_at: None,
        expires_at: exp_s.map(Seconds),
        revocations: Cutoffs::new(revocations),
    }
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("no number: {value}"))
}

fn judge(vector: &Vector) -> TableResult {
    let members = &vector.members;
    let told = members["revocations"].as_array().unwrap().iter();
    let revocations = told
        .map(|at| {
            cutoff(
                number(&at["index"]),
                number(&at["logged_at_ms"]),
                number(&at["revoked_at_s"]),
            )
        })
        .collect();
    let exp = members["issuance"].get("exp_s").map(number);
    let case = &members["use"];
    let used = used(
        number(&case["index"]),
        number(&case["logged_at_ms"]),
        number(&case["signed_at_ms"]),
    );
    let token = TokenRecord {
        issued_at: members["issuance"].get("iat_s").map(|iat| Seconds(number(iat))),
        ..token(exp, revocations)
    };
    token.judge(&used, Seconds(number(&members["clock_skew_s"])))
}

#[test]
fn every_vector_of_the_table_gives_its_row() {
    for folder in ["token-valid/valid", "token-valid/invalid"] {
        for vector in vectors(folder) {
            let found = judge(&vector);
            let name = &vector.name;
            assert_eq!(found.row.as_str(), vector.text("code"), "{name}");
            assert_eq!(found.row.status().as_str(), vector.text("status"), "{name}");
            let decided_by = vector.members.get("revocation_index").map(number);
            assert_eq!(found.revocation.map(LeafIndex::value), decided_by, "{name}");
        }
    }
}

#[test]
fn the_vectors_meet_every_row() {
    let all = ["token-valid/valid", "token-valid/invalid"].map(vectors);
    for row in TableRow::ALL {
        let met = all
            .iter()
            .flatten()
            .any(|vector| vector.text("code") == row.as_str());
        assert!(met, "{row}");
    }
}

#[test]
fn times_at_the_end_of_the_number_range_overflow_nothing() {
    let last = u64::MAX;
    let widest = Seconds(last);
    let endless = token(Some(last), vec![cutoff(last, last, last)]);
    let judged = endless.judge(&used(0, last, last), Seconds(0));
    assert_eq!(judged.row, TableRow::Valid, "2^64 s lie far after 2^64 ms");
    let judged = endless.judge(&used(0, 0, last), widest);
    assert_eq!(
        judged.row,
        TableRow::ExpiryWithinSkew,
        "everything is within 2^64 s"
    );
    let judged = token(Some(0), vec![cutoff(0, 0, 0)]).judge(&used(1, last, last), Seconds(0));
    assert_eq!(judged.row, TableRow::RevokedBeforeUse);
    let unborn = TokenRecord {
        issued_at: Some(Seconds(last)),
        ..token(Some(last), Vec::new())
    };
    assert_eq!(
        unborn.judge(&used(0, last, last), Seconds(0)).row,
        TableRow::NotYetValid
    );
    assert_eq!(
        unborn.judge(&used(0, 0, last), widest).row,
        TableRow::ExpiryWithinSkew
    );
    assert_eq!(used(0, last, 0).lateness_ms(), i64::MAX);
    assert_eq!(used(0, 0, last).lateness_ms(), i64::MIN);
}

#[test]
fn lateness_is_the_time_between_signing_and_logging() {
    assert_eq!(used(0, 1_500, 1_000).lateness_ms(), 500);
    assert_eq!(used(0, 1_000, 1_500).lateness_ms(), -500);
}

/// Every row of the table asked of every revocation, one by one, in the words of the text.
fn plainly(exp_s: Option<u64>, revocations: &[Cutoff], used: &UseTimes, skew_s: u64) -> TableRow {
    let ms = |value: u64| i128::from(value);
    let (l, t, w) = (
        ms(used.logged_at.value()),
        ms(used.signed_at.value()),
        ms(skew_s) * 1000,
    );
    let any_earlier = |holds: &dyn Fn(i128) -> bool| {
        let mut earlier = revocations.iter().filter(|other| other.index < used.index);
        earlier.any(|other| holds(ms(other.logged_at.value())))
    };
    let late = |other: &&Cutoff| {
        // T > R + w, as T − w > R.
        other.index > used.index
            && Moment::from(TimestampMs::new(
                used.signed_at.value().saturating_sub(skew_s * 1000),
            )) > other.stated_at
    };
    if t > l + w {
        TableRow::TimestampAhead
    } else if any_earlier(&|logged| t > logged + w) {
        TableRow::RevokedBeforeUse
    } else if exp_s.is_some_and(|exp| t > ms(exp) * 1000 + w) {
        TableRow::Expired
    } else if exp_s.is_none() {
        TableRow::UnknownToken
    } else if revocations.iter().any(|other| late(&other)) {
        TableRow::RevocationLoggedLate
    } else if any_earlier(&|_| true) {
        TableRow::LateSubmission
    } else if exp_s.is_some_and(|exp| (t - ms(exp) * 1000).abs() <= w) {
        TableRow::ExpiryWithinSkew
    } else {
        TableRow::Valid
    }
}

/// Worse is more.
fn severity(row: TableRow) -> u8 {
    match row.status() {
        CheckStatus::Pass => 0,
        CheckStatus::Incomplete => 1,
        _ => 2,
    }
}

/// Times within two minutes of each other, so that every inequality is met on both sides.
fn near_ms() -> impl Strategy<Value = u64> {
    (0_u64..120_000).prop_map(|ms| 1_770_854_400_000 + ms)
}

fn near_s() -> impl Strategy<Value = u64> {
    (0_u64..120).prop_map(|s| 1_770_854_400 + s)
}

fn some_use() -> impl Strategy<Value = UseTimes> {
    (0_u64..20, near_ms(), near_ms()).prop_map(|(index, logged, signed)| used(index * 2 + 1, logged, signed))
}

/// Even indices, so that none is a use's.
fn some_cutoff() -> impl Strategy<Value = Cutoff> {
    (0_u64..20, near_ms(), near_s()).prop_map(|(index, logged, stated)| cutoff(index * 2, logged, stated))
}

fn some_cutoffs() -> impl Strategy<Value = Vec<Cutoff>> {
    proptest::collection::vec(some_cutoff(), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn many_revocations_are_judged_as_one_by_one(used in some_use(), exp in proptest::option::of(near_s()), cutoffs in some_cutoffs(), skew in 0_u64..60) {
        let found = token(exp, cutoffs.clone()).judge(&used, Seconds(skew));
        prop_assert_eq!(found.row, plainly(exp, &cutoffs, &used, skew));
    }

    #[test]
    fn a_token_is_of_no_use_before_it_was_issued(used in some_use(), iat in near_s(), cutoffs in some_cutoffs(), skew in 0_u64..60) {
        let usual = token(Some(u64::MAX), cutoffs);
        let early = used.signed_at.value() + skew * 1000 < iat * 1000;
        let born = TokenRecord { issued_at: Some(Seconds(iat)), ..usual.clone() };
        let (row, found) = (usual.judge(&used, Seconds(skew)).row, born.judge(&used, Seconds(skew)).row);
        prop_assert_eq!(found, if early { row.min(TableRow::NotYetValid) } else { row });
    }

    #[test]
    fn a_later_signed_time_never_helps_against_an_end(used in some_use(), exp in near_s(), cutoffs in some_cutoffs(), later in 0_u64..90_000) {
        let token = token(Some(exp), cutoffs);
        let moved = UseTimes { signed_at: TimestampMs::new(used.signed_at.value() + later), ..used };
        prop_assert!(severity(token.judge(&moved, SKEW).row) >= severity(token.judge(&used, SKEW).row));
    }

    #[test]
    fn a_later_place_in_the_log_never_helps_against_a_revocation(used in some_use(), cutoffs in some_cutoffs(), later in 0_u64..20) {
        let token = token(Some(u64::MAX), cutoffs);
        let moved = UseTimes { index: LeafIndex::new(used.index.value() + 2 * later), ..used };
        prop_assert!(severity(token.judge(&moved, SKEW).row) >= severity(token.judge(&used, SKEW).row));
    }

    #[test]
    fn an_earlier_revocation_never_helps(used in some_use(), exp in near_s(), one in some_cutoff(), places in 0_u64..20, by_s in 0_u64..90) {
        let earlier = Cutoff {
            index: LeafIndex::new(one.index.value().saturating_sub(2 * places)),
            logged_at: TimestampMs::new(one.logged_at.value() - by_s * 1000),
            ..one
        };
        let (before, after) = (token(Some(exp), vec![earlier]), token(Some(exp), vec![one]));
        prop_assert!(severity(before.judge(&used, SKEW).row) >= severity(after.judge(&used, SKEW).row));
    }

    #[test]
    fn one_more_revocation_never_helps(used in some_use(), exp in proptest::option::of(near_s()), mut cutoffs in some_cutoffs(), one in some_cutoff()) {
        let fewer = token(exp, cutoffs.clone()).judge(&used, SKEW).row;
        cutoffs.push(one);
        prop_assert!(severity(token(exp, cutoffs).judge(&used, SKEW).row) >= severity(fewer));
    }

    #[test]
    fn an_earlier_end_never_helps(used in some_use(), exp in near_s(), sooner in 0_u64..120, cutoffs in some_cutoffs()) {
        let (early, late) = (token(Some(exp - sooner), cutoffs.clone()), token(Some(exp), cutoffs));
        prop_assert!(severity(early.judge(&used, SKEW).row) >= severity(late.judge(&used, SKEW).row));
    }

    #[test]
    fn no_number_makes_the_table_panic(index in any::<u64>(), logged in any::<u64>(), signed in any::<u64>(), exp in any::<Option<u64>>(), revoked in any::<(u64, u64, u64)>(), skew in any::<u64>()) {
        let (at, its_time, stated) = revoked;
        let token = token(exp, vec![cutoff(at, its_time, stated)]);
        token.judge(&used(index, logged, signed), Seconds(skew));
    }
}
