//! Answers from the index in words.

use verifier::digest::EvidenceDigest;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::runs::RunRange;
use verifier::subject::{Field, SubjectHash};
use verifier::subject_index::{AnswerText, AskedField, IndexQuestion};

pub(crate) fn about(field: Field, value: &str, kinds: &[Kind]) -> IndexQuestion {
    IndexQuestion::Subject {
        field: field.into(),
        value: value.to_owned(),
        kinds: kinds.to_vec(),
    }
}

pub(crate) const TOKEN: &str = "abababababababababababababababababababababababababababababababab";
pub(crate) const POLICY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
pub(crate) const DID: &str = "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw";

fn indices(found: &[u64]) -> Vec<LeafIndex> {
    found.iter().copied().map(LeafIndex::new).collect()
}

/// An answer as of size 1000.
pub(crate) fn answer<'a>(question: &'a IndexQuestion, found: &'a [LeafIndex]) -> AnswerText<'a> {
    AnswerText {
        question,
        as_of: TreeSize::new(1000),
        range: None,
        index_root: LeafIndex::new(1004),
        found,
    }
}

pub(crate) fn said(question: &IndexQuestion, found: &[u64]) -> String {
    answer(question, &indices(found)).sentence()
}

fn said_after(question: &IndexQuestion, found: &[u64], after: u64) -> String {
    answer(question, &indices(found)).sentence_after(LeafIndex::new(after))
}

#[test]
fn a_token_was_never_revoked_or_is_revoked_by_these_entries() {
    let by_kind = about(Field::Token, TOKEN, &[Kind::TokenRevoked]);
    let by_field = about(Field::Revocation, TOKEN, &[]);
    for question in [&by_kind, &by_field] {
        assert_eq!(
            said(question, &[]),
            format!(r#"The token "{TOKEN}" was never revoked, as of size 1,000."#)
        );
    }
    assert_eq!(
        said(&by_field, &[6]),
        format!(
            r#"1 revocation of the token "{TOKEN}" is in the log: entry 6, and no other, as of size 1,000."#
        )
    );
    assert_eq!(
        said(&by_field, &[6, 9]),
        format!(
            r#"2 revocations of the token "{TOKEN}" are in the log: entries 6, 9, and no others, as of size 1,000."#
        )
    );
    // The context of any document can name any token.
    let named = said(&by_kind, &[6]);
    assert!(
        named.starts_with(&format!(
            r#"1 revocation that names the token "{TOKEN}" is in the log: entry 6, and no other, as of size 1,000. The context"#
        )),
        "{named}"
    );
}

#[test]
fn nothing_of_a_token_or_a_job_is_after_an_entry() {
    for (field, noun, value) in [(Field::Token, "token", TOKEN), (Field::Job, "job", "x")] {
        let question = about(field, value, &[]);
        assert_eq!(
            said_after(&question, &[12, 37, 41], 41),
            format!(
                r#"No entry of the {noun} "{value}" is after entry 41: the last is entry 41, as of size 1,000."#
            )
        );
        assert_eq!(
            said_after(&question, &[12, 37, 42], 41),
            format!(
                r#"1 entry of the {noun} "{value}" is after entry 41: entry 42, and no other, and the last one up to there is entry 37, as of size 1,000."#
            )
        );
        assert_eq!(
            said_after(&question, &[42, 50], 41),
            format!(
                r#"2 entries of the {noun} "{value}" are after entry 41: entries 42, 50, and no others, and none is up to there, as of size 1,000."#
            )
        );
        assert_eq!(
            said_after(&question, &[], 41),
            format!(
                r#"No entry of the {noun} "{value}" is in the log, neither up to entry 41 nor after it, as of size 1,000."#
            )
        );
    }
}

#[test]
fn a_policy_was_never_withdrawn_and_a_withdrawal_may_only_name_it_as_the_replacement() {
    let question = about(Field::Policy, POLICY, &[Kind::PolicyWithdrawn]);
    assert_eq!(
        said(&question, &[]),
        format!(r#"The policy "{POLICY}" was never withdrawn, as of size 1,000."#)
    );
    let found = said(&question, &[7, 8]);
    assert!(
        found.starts_with(
            &format!(r#"2 withdrawals that name the policy "{POLICY}" are in the log: entries 7, 8, and no others, as of size 1,000. A "#)
        ),
        "{found}"
    );
    assert!(found.ends_with("its document shows which is which."), "{found}");
}

#[test]
fn no_freeze_and_no_halt_is_there_or_none_after_an_entry() {
    let freeze = about(Field::Policy, POLICY, &[Kind::PolicyFrozen]);
    assert_eq!(
        said(&freeze, &[]),
        format!(r#"The policy "{POLICY}" was never frozen, as of size 1,000."#)
    );
    assert_eq!(
        said_after(&freeze, &[7], 41),
        format!(
            r#"No freeze of the policy "{POLICY}" is after entry 41: the last is entry 7, as of size 1,000."#
        )
    );
    let halt = about(Field::Halt, "job-1", &[]);
    assert_eq!(
        said(&halt, &[]),
        r#"The job "job-1" was never halted, as of size 1,000."#
    );
    assert_eq!(
        said(&halt, &[3, 4]),
        r#"2 halts of the job "job-1" are in the log: entries 3, 4, and no others, as of size 1,000."#
    );
    let either = said(&about(Field::Halt, TOKEN, &[]), &[]);
    assert_eq!(
        either,
        format!(r#"The job or token "{TOKEN}" was never halted or revoked, as of size 1,000."#)
    );
}

#[test]
fn all_entries_of_a_job_are_counted_and_the_first_ones_named() {
    let question = about(Field::Job, "job-1", &[]);
    assert_eq!(
        said(&question, &[1, 2, 5, 8, 9]),
        r#"5 entries of the job "job-1" are in the log: entries 1, 2, 5 and 2 more, and no others, as of size 1,000."#
    );
    let kinds = [Kind::ReceiptGateway, Kind::ReceiptTool, Kind::Decision];
    assert_eq!(
        said(&about(Field::Job, "job-1", &kinds), &[2]),
        r#"1 entry of the job "job-1" and of kind receipt.gateway, receipt.tool or decision is in the log: entry 2, and no other, as of size 1,000."#
    );
}

#[test]
fn a_document_is_in_the_log_once_or_not_at_all() {
    let question = IndexQuestion::Evidence(EvidenceDigest::from_bytes([0xab; 32]));
    let digest = "ab".repeat(32);
    assert_eq!(
        said(&question, &[2]),
        format!(
            "The document with the evidence digest {digest} is in the log once, as entry 2, as of size 1,000."
        )
    );
    assert_eq!(
        said(&question, &[]),
        format!(
            "No entry of the document with the evidence digest {digest} is in the log, as of size 1,000."
        )
    );
}

#[test]
fn all_entries_of_a_listed_kind_are_counted() {
    let question = IndexQuestion::Kind(Kind::LogFrozen);
    assert_eq!(
        said(&question, &[]),
        "No entry of kind log.frozen is in the log, as of size 1,000."
    );
    assert_eq!(
        said(&question, &[4, 9]),
        "2 entries of kind log.frozen are in the log: entries 4, 9, and no others, as of size 1,000."
    );
}

#[test]
fn every_sentence_has_its_basis_and_says_what_it_does_not_prove() {
    let question = about(Field::Job, "job-1", &[]);
    let text = answer(&question, &[]);
    assert_eq!(
        text.basis(),
        "Basis: the index that the log signed in entry 1004."
    );
    let not_proved = text.not_proved();
    for part in [
        "that the index is right",
        "never submitted",
        "entries from 1000 on",
        "had the right to",
    ] {
        assert!(not_proved.contains(part), "{not_proved}");
    }
}

#[test]
fn an_answer_says_nothing_of_entries_after_its_last_one() {
    let question = about(Field::Job, "job-1", &[]);
    let text = answer(&question, &[]);
    assert!(text.reaches_beyond(LeafIndex::new(998)));
    assert!(!text.reaches_beyond(LeafIndex::new(999)));
    assert!(!text.reaches_beyond(LeafIndex::new(u64::MAX)));
}

/// The answer about the entries in a range of those as of size 1000.
fn answer_in<'a>(question: &'a IndexQuestion, range: (u64, u64), found: &'a [LeafIndex]) -> AnswerText<'a> {
    AnswerText {
        range: RunRange::new(TreeSize::new(range.0), TreeSize::new(range.1)),
        ..answer(question, found)
    }
}

#[test]
fn an_answer_about_a_range_names_the_range_and_claims_nothing_outside_of_it() {
    let question = about(Field::Token, TOKEN, &[Kind::TokenRevoked]);
    let said = |range, found: &[u64]| answer_in(&question, range, &indices(found)).sentence();
    let outside = "This says nothing of entries outside that range.";
    let remark = "The context that was sent with a revocation can name another token than the one that is revoked: its document shows which that is.";
    assert_eq!(
        said((10, 500), &[]),
        format!(
            r#"No revocation that names the token "{TOKEN}" is in the range from entry 10 to entry 499, as of size 1,000. {outside}"#
        )
    );
    assert_eq!(
        said((10, 500), &[12, 30]),
        format!(
            r#"2 revocations that name the token "{TOKEN}" are in the range from entry 10 to entry 499: entries 12, 30, and no others, as of size 1,000. {outside} {remark}"#
        )
    );
    // Even a range of everything speaks of itself alone.
    assert!(!said((0, 1000), &[]).contains("never"));
    let document = IndexQuestion::Evidence(EvidenceDigest::from_bytes([0xab; 32]));
    let found = indices(&[12]);
    let said = answer_in(&document, (10, 500), &found).sentence();
    assert!(!said.contains("once"), "{said}");
}

#[test]
fn an_answer_about_a_range_says_what_is_not_proved_outside_of_it() {
    let question = about(Field::Job, "job-1", &[]);
    let not_proved = answer_in(&question, (10, 500), &[]).not_proved();
    assert!(not_proved.contains("before 10 or from 500 on"), "{not_proved}");
}

#[test]
fn only_a_range_from_an_entry_up_to_as_of_says_what_is_after_the_entry() {
    let question = about(Field::Job, "x", &[]);
    let reaches = |range, after| answer_in(&question, range, &[]).reaches_beyond(LeafIndex::new(after));
    assert!(reaches((42, 1000), 41) && reaches((42, 1000), 998) && reaches((0, 1000), 0));
    // It begins behind the next entry, ends before as-of, or has nothing after the entry.
    assert!(!reaches((43, 1000), 41) && !reaches((42, 999), 41) && !reaches((42, 1000), 999));

    let said = |range, found: &[u64]| {
        answer_in(&question, range, &indices(found)).sentence_after(LeafIndex::new(41))
    };
    for (range, found, expected) in [
        (
            (42, 1000),
            &[][..],
            r#"No entry of the job "x" is after entry 41"#,
        ),
        (
            (20, 1000),
            &[],
            r#"No entry of the job "x" is after entry 41, and none is from entry 20 up to there"#,
        ),
        (
            (20, 1000),
            &[37],
            r#"No entry of the job "x" is after entry 41: the last is entry 37"#,
        ),
        (
            (42, 1000),
            &[42],
            r#"1 entry of the job "x" is after entry 41: entry 42, and no other"#,
        ),
        (
            (20, 1000),
            &[42],
            r#"1 entry of the job "x" is after entry 41: entry 42, and no other, and none is from entry 20 up to there"#,
        ),
    ] {
        let outside = format!(
            "as of size 1,000. This says nothing of entries before entry {}.",
            range.0
        );
        assert_eq!(said(range, found), format!("{expected}, {outside}"));
    }
    let of_all = said((0, 1000), &[37]);
    assert!(
        of_all.ends_with("the last is entry 37, as of size 1,000."),
        "{of_all}"
    );
    let of_one = answer_in(&question, (55, 56), &[]).sentence();
    assert!(
        of_one.starts_with(r#"No entry of the job "x" is in the range of entry 55 alone, as of"#),
        "{of_one}"
    );
}

#[test]
fn on_the_page_about_it_a_thing_is_not_named_again() {
    let here = |question: &IndexQuestion, found: &[u64]| answer(question, &indices(found)).on_its_page();
    let revoked = about(Field::Token, TOKEN, &[Kind::TokenRevoked]);
    let job = about(Field::Job, "job-1", &[]);
    let digest = IndexQuestion::Evidence(EvidenceDigest::from_bytes([0xab; 32]));
    for (question, found, said) in [
        (&revoked, &[][..], "This token was never revoked as of size 1,000"),
        (
            &revoked,
            &[6],
            "The only revocation that names this token, entry 6, as of size 1,000",
        ),
        (
            &revoked,
            &[6, 9],
            "Both revocations that name this token, entries 6, 9, as of size 1,000",
        ),
        (
            &job,
            &[],
            "No entry that names this job is in the log as of size 1,000",
        ),
        (
            &job,
            &[1, 2, 5, 8, 9],
            "All 5 entries that name this job as of size 1,000",
        ),
        (
            &about(Field::Gateway, DID, &[]),
            &[1, 2, 5, 8],
            "All 4 entries that name this key as their gateway as of size 1,000",
        ),
        (
            &about(Field::Issuer, DID, &[]),
            &[],
            "No entry that names this key as its issuer, registers it or retires it is in the log as of size 1,000",
        ),
        (
            &about(Field::Jti, "jti-1", &[]),
            &[],
            "No entry that issues or revokes the token with this id is in the log as of size 1,000",
        ),
        (
            &digest,
            &[2],
            "The document with this evidence digest is in the log once, as entry 2 as of size 1,000",
        ),
    ] {
        assert_eq!(here(question, found), said);
    }
    let uses = about(Field::Token, TOKEN, &Kind::USES);
    let found = indices(&[12, 37]);
    assert_eq!(
        answer(&uses, &found).on_its_page_after(LeafIndex::new(41)),
        "No receipt or decision that names this token is after entry 41: the last is entry 37 as of size 1,000"
    );
    assert_eq!(
        said_after(&uses, &[12, 42, 50], 41),
        format!(
            r#"2 receipts or decisions that name the token "{TOKEN}" are after entry 41: entries 42, 50, and no others, and the last one up to there is entry 12, as of size 1,000."#
        )
    );
}

#[test]
fn a_value_cannot_pass_for_words_of_the_sentence() {
    let hostile = about(
        Field::Token,
        "t1\" was never revoked, as of size 9.\n\u{202e}",
        &[],
    );
    let text = said(&hostile, &[]);
    assert!(
        text.contains(r#"t1\" was never"#) && !text.contains(['\n', '\u{202e}']),
        "{text}"
    );
    let long = about(Field::Token, &"x".repeat(100_000), &[]);
    assert!(said(&long, &[]).len() < 300);
}

#[test]
fn every_field_and_every_form_of_question_has_a_sentence_and_its_json() {
    for field in Field::ALL {
        for kinds in [&[][..], &[Kind::TokenRevoked], &[Kind::Bundle, Kind::Decision]] {
            let question = about(*field, "v", kinds);
            assert!(said(&question, &[1, 2]).contains("entries 1, 2"), "{field}");
            assert!(said(&question, &[]).contains("\"v\""), "{field}");
            let json = question.to_json();
            assert_eq!(json[1], field.as_str());
            assert_eq!(json[3].as_array().unwrap().len(), kinds.len());
        }
    }
    let hashed = IndexQuestion::Hashed {
        field: Field::Job.into(),
        hash: SubjectHash::from_bytes([1; 32]),
        kinds: vec![Kind::Bundle],
    };
    assert!(said(&hashed, &[]).contains("the job with the subject hash 0101"));
    assert_eq!(hashed.to_json()[2], "01".repeat(32));
    let kind = IndexQuestion::Subject {
        field: AskedField::Kind,
        value: String::new(),
        kinds: vec![],
    };
    assert!(said(&kind, &[]).contains("no entry") || said(&kind, &[]).contains("No entry"));
}
