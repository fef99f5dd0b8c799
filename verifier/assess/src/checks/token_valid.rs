//! `token.valid`: each use against the table.

use std::collections::BTreeMap;

use super::super::check::{Check, CheckId, CheckStatus};
use super::super::facts::{JobFacts, TokenUseFact, UseToken};
use super::super::token_table::{
    self, Cutoff, CutoffBreach, Cutoffs, Seconds, TableResult, TableRow, TokenRecord,
};
use super::findings::{FindingCollector, UseSentence};
use super::use_list::{between, name_of};
use evidence::digest::TokenHash;
use evidence::text::plain::{all_of, sentence};
use tlog::index::LeafIndex;

const ID: CheckId = CheckId::TokenValid;

/// The code of a use of which nothing shows the token.
pub(crate) const AMBIGUOUS: &str = "ATTRIBUTION_AMBIGUOUS";

/// What the check says about one use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TokenUseResult {
    /// The row of the table; `None` where nothing shows the token, and nothing else is said against the use.
    pub(crate) row: Option<TableRow>,
    /// The revocation that the row is about.
    pub(crate) revocation: Option<LeafIndex>,
}

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
    let mut findings = FindingCollector::default();
    for (used, TokenUseResult { row, revocation }) in judge_uses(facts) {
        let others = revocation.into_iter();
        let Some(row) = row else {
            findings.incomplete_use((u8::MAX, AMBIGUOUS), used, others, || {
                UseSentence::new("Nothing in the log shows which token was used", "")
            });
            continue;
        };
        let order = TableRow::ALL.iter().take_while(|other| **other != row).count();
        let code = (u8::try_from(order).unwrap_or(u8::MAX), row.as_str());
        let said = || row_sentence(facts, used, row, revocation);
        match row.status() {
            CheckStatus::Fail => findings.fail_use(code, used, others, said),
            CheckStatus::Incomplete => findings.incomplete_use(code, used, others, said),
            CheckStatus::Pass | CheckStatus::NotApplicable | CheckStatus::NotEvaluated => {}
        }
    }
    findings.end(ID, || match facts.uses.len() {
        0 => Check::incomplete(ID, "USE_MISSING", "No use of a token is logged for this job.", []),
        count => {
            let uses = all_of(count, "use was", "uses were");
            let message = sentence(&format!("{uses} made with a valid token."));
            Check::pass(ID, message, [])
        }
    })
}

/// The worst row for a use, and the revocation that it is about. `None`: the use may be of several tokens, and nothing else is
/// said against it. `revoked` is what the revocations of the job's only token say: whatever token a use names, the job had no
/// other.
fn worst(
    used: &TokenUseFact<'_>,
    judged: TableResult,
    revoked: Option<(CutoffBreach, LeafIndex)>,
) -> TokenUseResult {
    let own = (used.token != UseToken::Ambiguous || judged.row == TableRow::TimestampAhead)
        .then_some((judged.row, judged.revocation));
    let by_only = revoked.map(|(against, index)| (TableRow::from(against), Some(index)));
    match own.into_iter().chain(by_only).min_by_key(|(row, _)| *row) {
        Some((row, revocation)) => TokenUseResult {
            row: Some(row),
            revocation,
        },
        None => TokenUseResult {
            row: None,
            revocation: judged.revocation,
        },
    }
}

/// The revocations of the job's token, where one only was issued for it.
fn only_token(facts: &JobFacts<'_>) -> Option<Cutoffs> {
    let mut tokens = facts.issuances.iter().map(|issuance| issuance.said.token_hash);
    let only = tokens
        .next()
        .filter(|first| tokens.all(|token| token == *first))?;
    revocations(facts).remove(&only).map(Cutoffs::new)
}

/// Every use with what the check says about it, in log order.
pub(crate) fn judge_uses<'f>(
    facts: &'f JobFacts<'f>,
) -> impl Iterator<Item = (&'f TokenUseFact<'f>, TokenUseResult)> {
    let skew = Seconds(facts.settings.clock_skew_s);
    let only = only_token(facts);
    let records = records(facts);
    let nowhere = TokenRecord::default();
    facts.uses.iter().map(move |used| {
        let record = used.token.hash().and_then(|token| records.get(&token));
        let judged = record.unwrap_or(&nowhere).judge(&place(used), skew);
        let revoked = only.as_ref().and_then(|only| only.against(&place(used), skew));
        (used, worst(used, judged, revoked))
    })
}

/// A use as the table sees it.
pub(crate) fn place(used: &TokenUseFact<'_>) -> token_table::UseTimes {
    token_table::UseTimes {
        index: used.index,
        logged_at: used.logged_at,
        signed_at: used.signed_at,
    }
}

/// What the log says about each token that the job issued, used or saw revoked.
fn records(facts: &JobFacts<'_>) -> BTreeMap<TokenHash, TokenRecord> {
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

fn revocations(facts: &JobFacts<'_>) -> BTreeMap<TokenHash, Vec<Cutoff>> {
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

/// The sentence for the uses in a row of the table.
fn row_sentence(
    facts: &JobFacts<'_>,
    used: &TokenUseFact<'_>,
    row: TableRow,
    revocation: Option<LeafIndex>,
) -> UseSentence {
    let mut revocations = facts.revocations.iter();
    let revoked = revocations.find(|seen| Some(seen.index) == revocation);
    let by = revoked.map_or_else(String::new, |seen| {
        let who = name_of(facts, seen.signer);
        format!("{who} revoked the token (entry {})", seen.index)
    });
    let all = facts.links.all_issuances.iter();
    let issued = all.filter(|issuance| Some(issuance.said.token_hash) == used.token.hash());
    let window = issued.map(|issuance| (issuance.said.iat, issuance.said.exp));
    // Of a token that was issued twice the shorter life counts.
    let window = window.reduce(|one, other| (one.0.max(other.0), one.1.min(other.1)));
    match row {
        TableRow::TimestampAhead => UseSentence::new(
            "The stated time lies after the time of logging",
            format!("by {}", between(used.logged_at, used.signed_at)),
        ),
        TableRow::RevokedBeforeUse => {
            let late = revoked.map(|seen| between(seen.logged_at, used.signed_at));
            UseSentence::new(
                "The agent kept working after its access was revoked",
                format!("{} after {by}", late.unwrap_or_default()),
            )
        }
        TableRow::Expired => {
            let late = window.map(|(_, exp)| between(Seconds(exp), used.signed_at));
            UseSentence::new(
                "The agent kept working after its token had expired",
                late.map_or_else(String::new, |late| format!("{late} after the end")),
            )
        }
        TableRow::NotYetValid => {
            let early = window.map(|(iat, _)| between(used.signed_at, Seconds(iat)));
            UseSentence::new(
                "The token was used before it was valid",
                early.map_or_else(String::new, |early| format!("{early} too early")),
            )
        }
        TableRow::UnknownToken => UseSentence::new("A token was used that was never issued in this log", ""),
        TableRow::RevocationLoggedLate => {
            let late = revoked.map(|seen| between(Seconds(seen.said.revoked_at), used.signed_at));
            UseSentence::new(
                "The agent kept working after its access was revoked, but the revocation was logged only later",
                format!("{} after {by}", late.unwrap_or_default()),
            )
        }
        TableRow::LateSubmission => UseSentence::new(
            "Logged after the token was revoked and dated before; only the signer vouches for that date",
            format!("logged after {by}"),
        ),
        TableRow::ExpiryWithinSkew => UseSentence::new(
            "The token was used so close to its expiry that the clocks cannot decide",
            "",
        ),
        TableRow::Valid => UseSentence::new("The token was valid", ""),
    }
}
