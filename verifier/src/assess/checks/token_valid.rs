//! `token.valid`: each use against the table.

use std::collections::BTreeMap;

use super::super::facts::{Facts, TokenOf, Use};
use super::super::token_table::{self, Cutoff, Cutoffs, Judgement, Row, Seconds, TokenRecord};
use super::super::verdict::{Check, CheckId, CheckStatus};
use super::findings::Findings;
use crate::digest::TokenHash;

const ID: CheckId = CheckId::TokenValid;

pub(super) fn check(facts: &Facts<'_>) -> Check {
    let mut findings = Findings::default();
    for (used, judged) in judge_uses(facts) {
        let entries = [used.index].into_iter().chain(judged.revocation);
        let row = judged.row;
        if used.token == TokenOf::Ambiguous && row != Row::TimestampAhead {
            findings.incomplete((u8::MAX, "ATTRIBUTION_AMBIGUOUS"), entries, || {
                format!("The use at entry {} may be of one of several tokens.", used.index)
            });
            continue;
        }
        let order = Row::ALL.iter().take_while(|other| **other != row).count();
        let code = (u8::try_from(order).unwrap_or(u8::MAX), row.as_str());
        let message = || format!("The use at entry {} {}.", used.index, said_of(row));
        match row.status() {
            CheckStatus::Fail => findings.fail(code, entries, message),
            CheckStatus::Incomplete => findings.incomplete(code, entries, message),
            CheckStatus::Pass | CheckStatus::NotApplicable | CheckStatus::NotEvaluated => {}
        }
    }
    findings.end_of_uses(ID, || match facts.uses.len() {
        0 => Check::incomplete(
            ID,
            "USE_MISSING",
            "The log has no use of a token by this job.",
            Vec::new(),
        ),
        1 => Check::pass(ID, "The only use was made with a valid token.", Vec::new()),
        uses => Check::pass(
            ID,
            format!("All {uses} uses were made with a valid token."),
            Vec::new(),
        ),
    })
}

/// Every use with what the table says about it, in log order.
pub(in crate::assess) fn judge_uses<'f>(
    facts: &'f Facts<'f>,
) -> impl Iterator<Item = (&'f Use<'f>, Judgement)> {
    let skew = Seconds(facts.settings.clock_skew_s);
    let records = records(facts);
    let nowhere = TokenRecord::default();
    facts.uses.iter().map(move |used| {
        let record = used.token.hash().and_then(|token| records.get(&token));
        (used, record.unwrap_or(&nowhere).judge(&place(used), skew))
    })
}

/// A use as the table sees it.
pub(in crate::assess) fn place(used: &Use<'_>) -> token_table::Use {
    token_table::Use {
        index: used.index,
        logged_at: used.logged_at,
        signed_at: used.signed_at,
    }
}

/// What the log says about each token that the job issued, used or saw revoked.
fn records(facts: &Facts<'_>) -> BTreeMap<TokenHash, TokenRecord> {
    let mut records: BTreeMap<TokenHash, TokenRecord> = BTreeMap::new();
    let issuances = facts.links.all_issuances.iter();
    for issuance in issuances.filter(|issuance| facts.links.may_use(issuance.said.token_hash)) {
        let (iat, exp) = (Seconds(issuance.said.iat), Seconds(issuance.said.exp));
        let record = records.entry(issuance.said.token_hash).or_default();
        // A second issuance of the same token contradicts the first; the shorter life is the safe reading.
        record.issued_at = record.issued_at.max(Some(iat));
        record.expires_at = Some(record.expires_at.map_or(exp, |other| other.min(exp)));
    }
    for (token, revocations) in revocations(facts) {
        records.entry(token).or_default().revocations = Cutoffs::new(revocations);
    }
    records
}

/// Revocations by token.
pub(super) fn revocations(facts: &Facts<'_>) -> BTreeMap<TokenHash, Vec<Cutoff>> {
    let mut revocations: BTreeMap<TokenHash, Vec<Cutoff>> = BTreeMap::new();
    for seen in &facts.revocations {
        revocations.entry(seen.said.token_hash).or_default().push(Cutoff {
            index: seen.index,
            logged_at: seen.logged_at,
            stated_at: Seconds(seen.said.revoked_at).into(),
        });
    }
    revocations
}

/// Ends the sentence "the use …".
const fn said_of(row: Row) -> &'static str {
    match row {
        Row::TimestampAhead => "is signed for a time after it was logged",
        Row::RevokedBeforeUse => "was made after its token was revoked",
        Row::Expired => "was made after its token had expired",
        Row::NotYetValid => "is signed for a time before its token was issued",
        Row::UnknownToken => "is of a token that this log has no issuance of",
        Row::RevocationLoggedLate => {
            "was made after its token was revoked, and logged before the revocation was"
        }
        Row::LateSubmission => {
            "was logged after its token was revoked; only its signer says that it was made before"
        }
        Row::ExpiryWithinSkew => "was made so near to its token's end that clocks do not decide",
        Row::Valid => "is in order",
    }
}
