//! How sentences name the thing that a subject identifies, and what the subject is easily taken for.

use super::value_form::is_hash_in;
use crate::subject::Field;
use crate::text::hash::{HashForm, SpelledHash};

/// What a field is easily taken for, and is not.
pub(super) fn caveat(field: Field, value: Option<&str>) -> Option<String> {
    match field {
        Field::Agent | Field::Gateway | Field::Issuer => {
            Some("What names or signs with it in another role is not asked for here.".to_owned())
        }
        Field::Evidence => Some("The entry of that document itself is not asked for here.".to_owned()),
        Field::Policy | Field::Scope => words_of_callers(field, value?),
        Field::Halt => no_token(value?),
        _ => None,
    }
}

/// What can be halted under a value.
pub(super) fn halted(value: Option<&str>) -> &'static str {
    match value {
        Some(value) if !is_hash_in(HashForm::Hex, value) => "job",
        _ => noun(Field::Halt),
    }
}

/// A job can have a hash for its id, and a token has its own in one spelling.
fn no_token(value: &str) -> Option<String> {
    let is_of_job_alone = SpelledHash::read(value).is_some() && !is_hash_in(HashForm::Hex, value);
    is_of_job_alone.then(|| {
        let wanted = SpelledHash::wanted(HashForm::Hex, value);
        format!("This says nothing of a token, whose hash is {wanted}.")
    })
}

/// Receipts and approvals name a policy or a scope as the caller did, and what is no hash in the log's spelling is nothing else.
fn words_of_callers(field: Field, value: &str) -> Option<String> {
    let noun = noun(field);
    (!is_hash_in(HashForm::Base64url, value)).then(|| {
        let wanted = SpelledHash::wanted(HashForm::Base64url, value);
        format!(
            "Only receipts and approvals can name a {noun} in these words: the hash of a {noun} is {wanted}."
        )
    })
}

/// What an identifier names.
pub(super) const fn noun(field: Field) -> &'static str {
    match field {
        Field::Job => "job",
        Field::Run => "run",
        Field::Agent => "agent",
        Field::Gateway | Field::Issuer => "key",
        Field::Token | Field::Revocation => "token",
        Field::Jti => "token with the id",
        Field::Scope => "scope",
        Field::Policy => "policy",
        Field::PolicyId => "policies with the id",
        Field::Receipt => "receipt",
        Field::Nonce => "call with the nonce",
        Field::Bundle => "bundle",
        Field::Artifact => "file with the SHA-256",
        Field::Approval => "approval",
        Field::Evidence => "document with the digest",
        Field::Halt => "job or token",
    }
}
