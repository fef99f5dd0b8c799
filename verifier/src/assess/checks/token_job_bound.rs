//! `token.job_bound`: a token that this job uses is used by no other job, and was issued for none.

use super::super::facts::Facts;
use super::super::verdict::{Check, CheckId};
use super::findings::Findings;

const ID: CheckId = CheckId::TokenJobBound;
const CODE: (u8, &str) = (0, "TOKEN_USED_BY_OTHER_JOB");

pub(super) fn check(facts: &Facts<'_>) -> Check {
    if facts.issuances.is_empty() {
        return Check::not_applicable(ID, "No token was issued for the job.");
    }
    let mut findings = Findings::default();
    for other in &facts.other_uses {
        findings.fail(CODE, [other.index], || {
            format!(
                "A token of this job is used by the job {:?}, at entry {}.",
                other.job_id, other.index
            )
        });
    }
    for used in &facts.uses {
        let Some(issuance) = used.token.hash().and_then(|token| facts.issuance(token)) else {
            continue;
        };
        if let Some(job_id) = issuance
            .said
            .job_id
            .as_deref()
            .filter(|job_id| *job_id != facts.job_id)
        {
            findings.fail(CODE, [used.index, issuance.doc.index], || {
                format!(
                    "The use at entry {} is of a token that was issued for the job {job_id:?}.",
                    used.index
                )
            });
        }
    }
    findings.end(ID, || {
        Check::pass(ID, "No other job uses the tokens of this one.", Vec::new())
    })
}
