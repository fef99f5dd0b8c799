//! `token.job_bound`: a token that this job uses is used by no other job, and was issued for none.

use std::collections::BTreeSet;

use super::super::check::{Check, CheckId};
use super::super::facts::JobFacts;
use super::findings::{FindingCollector, UseSentence};
use evidence::digest::TokenHash;

const ID: CheckId = CheckId::TokenJobBound;
const CODE: (u8, &str) = (0, "TOKEN_USED_BY_OTHER_JOB");

/// For which job, or at least which run, a token was issued, in a sentence.
fn issued_for(facts: &JobFacts<'_>, token: TokenHash) -> String {
    let Some(issuance) = facts.issuance(token) else {
        return "The log does not show for which job it was issued.".to_owned();
    };
    let said = issuance.said;
    let entry = issuance.doc.index;
    match (said.job_id.as_deref(), said.run_id.as_deref()) {
        (Some(job_id), _) if job_id == facts.job_id => {
            format!("It was issued for this job (entry {entry}).")
        }
        (Some(job_id), _) => format!("It was issued for the job {job_id:?} (entry {entry})."),
        (None, Some(run)) => {
            format!("It was issued for the run {run:?} and for no job by name (entry {entry}).")
        }
        (None, None) => format!("It was issued for no job by name (entry {entry})."),
    }
}

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
    if facts.issuances.is_empty() {
        return Check::not_applicable(ID, "No token was issued for this job.");
    }
    let mut findings = FindingCollector::default();
    for other in &facts.other_uses {
        findings.fail(CODE, [other.index], || {
            format!(
                "A token of this job was also used by the job {:?} (entry {}). {}",
                other.job_id,
                other.index,
                issued_for(facts, other.token)
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
            let at = issuance.doc.index;
            findings.fail_use(CODE, used, [at], || {
                UseSentence::new(
                    "A token of another job was used",
                    format!("with the token of the job {job_id:?} (entry {at})"),
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
                format!("A token of this job was also issued for the job {job_id:?} (entry {index}).")
            });
        }
    }
    findings.end(ID, || {
        Check::pass(ID, "No other job used the tokens of this one.", [])
    })
}
