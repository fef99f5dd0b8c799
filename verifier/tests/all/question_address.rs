//! Where servers answer questions to the index.

use verifier::digest::EvidenceDigest;
use verifier::kind::Kind;
use verifier::subject::{Field, SubjectHash};
use verifier::subject_index::IndexQuestion;

use crate::answer_text::about;

#[test]
fn every_question_by_value_has_an_address_that_other_parameters_can_follow() {
    let digest = EvidenceDigest::from_bytes([0xab; 32]);
    for (question, expected) in [
        (
            IndexQuestion::Kind(Kind::TokenRevoked),
            "/v1/kinds/token.revoked/proof?".to_owned(),
        ),
        (
            IndexQuestion::Evidence(digest),
            format!("/v1/evidence/{}/proof?", "ab".repeat(32)),
        ),
        (
            about(Field::Job, "job-1._~", &[]),
            "/v1/subjects/job/job-1._~/proof?".to_owned(),
        ),
        (
            about(Field::PolicyId, "a/b ü?&%", &[Kind::TokenIssued, Kind::JobEvent]),
            "/v1/subjects/policy_id/a%2Fb%20%C3%BC%3F%26%25/proof?kinds=token.issued,job.event&".to_owned(),
        ),
    ] {
        assert_eq!(question.address(), Some(expected));
    }
}

#[test]
fn a_question_by_hash_which_no_server_is_asked_has_no_address() {
    let hashed = IndexQuestion::Hashed {
        field: Field::Job.into(),
        hash: SubjectHash::from_bytes([1; 32]),
        kinds: vec![Kind::Bundle],
    };
    assert_eq!(hashed.address(), None);
}
