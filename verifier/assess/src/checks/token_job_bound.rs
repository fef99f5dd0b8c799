//! `token.job_bound`: a token that this job uses is used by no other job, and was issued for none.

use std::collections::BTreeSet;

use super::super::facts::Facts;
use super::super::verdict::{Check, CheckId};
use super::findings::Findings;
use crate::digest::TokenHash;

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
    // Another issuer may have issued it for another job, before or after.
    let used: BTreeSet<TokenHash> = facts.uses.iter().filter_map(|used| used.token.hash()).collect();
    for issuance in facts
        .links
        .all_issuances
        .iter()
        .filter(|issuance| used.contains(&issuance.said.token_hash))
    {
        let first = facts.issuance(issuance.said.token_hash);
        let job_id = issuance
            .said
            .job_id
            .as_deref()
            .filter(|job_id| *job_id != facts.job_id);
        if first.is_none_or(|first| first.doc.index == issuance.doc.index) {
            continue;
        }
        if let Some(job_id) = job_id {
            let index = issuance.doc.index;
            findings.fail(CODE, [index], || {
                format!("A token of this job was issued for the job {job_id:?}, too, at entry {index}.")
            });
        }
    }
    findings.end(ID, || {
        Check::pass(ID, "No other job uses the tokens of this one.", Vec::new())
    })
}
