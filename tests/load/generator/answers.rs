//! Every answer must be what was asked for; of a sample, the proof is checked to the signature of the log.

use std::borrow::Cow;

use harness::HarnessError;
use harness::load::traffic::Request;
use serde::Deserialize;
use verifier::check::{ProofFiles, check_proof};
use verifier::note::VerifierKey;

use crate::connection::Answer;

/// Of so many requests one has a proof checked.
const CHECKED_EVERY: u64 = 64;
const CREATED: u16 = 201;
const OK: u16 = 200;

/// Knows the log's key.
pub(crate) struct AnswerCheck(VerifierKey);

/// What matters of an acknowledgement.
#[derive(Deserialize)]
struct Acknowledgement<'a> {
    /// Only in answers to a batch.
    #[serde(default)]
    status: Option<u16>,
    #[serde(borrow)]
    proof: Option<Cow<'a, str>>,
}

impl AnswerCheck {
    pub(crate) fn new(log_key: &str) -> Result<Self, HarnessError> {
        let key = VerifierKey::parse(log_key);
        key.map(Self)
            .map_err(|error| HarnessError::unexpected("a verifier key", error.to_string()))
    }

    /// How many proofs were checked.
    pub(crate) fn check(
        &self,
        number: u64,
        request: &Request,
        answer: &Answer<'_>,
    ) -> Result<u64, HarnessError> {
        let is_checked = number.is_multiple_of(CHECKED_EVERY);
        let Some((_, body)) = &request.body else {
            require_status(answer, OK)?;
            let has_proof = request.path.starts_with("/v1/entries/") && request.path.ends_with("/proof");
            return if is_checked && has_proof {
                self.proof(answer.body, None)
            } else {
                Ok(0)
            };
        };
        if request.path == "/v1/evidence" {
            require_status(answer, CREATED)?;
            return self.acknowledgement(answer.body, is_checked.then_some(body.as_slice()));
        }
        require_status(answer, OK)?;
        let sent = body.split(|byte| *byte == b'\n');
        let mut answers = answer.body.split(|byte| *byte == b'\n');
        let mut checked = 0;
        // Another line of each batch that is looked at.
        let looked_at = usize::try_from(number / CHECKED_EVERY % request.items.max(1)).ok();
        for (place, sent) in sent.enumerate() {
            let sent = (is_checked && Some(place) == looked_at).then_some(sent);
            checked += self.acknowledgement(answers.next().unwrap_or_default(), sent)?;
        }
        Ok(checked)
    }

    /// A document was logged, and the answer has its proof, which is checked if `sent` is there.
    fn acknowledgement(&self, line: &[u8], sent: Option<&[u8]>) -> Result<u64, HarnessError> {
        let not_logged =
            || HarnessError::unexpected("an acknowledgement with a proof", String::from_utf8_lossy(line));
        let answer: Acknowledgement<'_> = serde_json::from_slice(line).map_err(|_| not_logged())?;
        let proof = answer.proof.filter(|proof| !proof.is_empty());
        let proof = proof.ok_or_else(not_logged)?;
        if answer.status.unwrap_or(CREATED) != CREATED {
            return Err(not_logged());
        }
        match sent {
            None => Ok(0),
            Some(sent) => self.proof(proof.as_bytes(), Some(sent)),
        }
    }

    fn proof(&self, proof: &[u8], evidence: Option<&[u8]>) -> Result<u64, HarnessError> {
        let files = ProofFiles {
            proof,
            evidence,
            entry: None,
            genesis: None,
        };
        let code = check_proof(&files, &self.0).reason_code;
        // What an entry commits to cannot be known without its document.
        let is_expected = code == "OK" || (evidence.is_none() && code == "EVIDENCE_NOT_SUPPLIED");
        if is_expected {
            Ok(1)
        } else {
            Err(HarnessError::unexpected("a proof that holds", code))
        }
    }
}

fn require_status(answer: &Answer<'_>, status: u16) -> Result<(), HarnessError> {
    if answer.status == status {
        return Ok(());
    }
    let body = String::from_utf8_lossy(answer.body);
    Err(HarnessError::unexpected(
        "an answer that says success",
        format!("{}: {body}", answer.status),
    ))
}
