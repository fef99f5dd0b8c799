//! The evidence table: a page of the listed entries, each with whose word it is, why it stands here, and which
//! checks it decides against the job.

use std::collections::BTreeMap;

use ledger_query::QueryEngine;
use verifier::assess::{CheckStatus, UseOfJob};
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::payload::Payload;

use super::page_verdict::PageVerdict;
use super::parts::ListingReason;
use super::timeline::after;
use crate::error::PageError;
use crate::model::KnownRecord;
use crate::model::exchange::Exchange;
use crate::model::row::EntryRow;
use crate::model::signers::SignerTable;
use crate::model::standing::EvidenceStanding;
use crate::model::verdict::VerdictState;
use crate::text::{age, grouped, shortened};

/// Rows of a page: however hostile their text, they stay below half of what a page may weigh.
const ROWS_SHOWN: usize = 60;
/// Characters of what an entry says, and of its stream's name; the entry's own page has more.
const TEXT_CHARACTERS_MAX: usize = 160;
/// Failing or open checks named in a row.
const CHECKS_SHOWN: usize = 6;

/// A check that an entry decides.
pub(super) struct DecidingCheck {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) state: VerdictState,
    fails: bool,
}

/// One row of the evidence table: an entry, and what it means for the job.
pub(super) struct EvidenceRow {
    pub(super) row: EntryRow,
    pub(super) word: EvidenceStanding,
    pub(super) because: String,
    /// What a gateway's receipt names by hash.
    pub(super) exchange: Option<Exchange>,
    /// What `token.valid` says about a use, where it says something.
    pub(super) used: Option<String>,
    /// `logged 8 ms after its stated time`.
    pub(super) lateness: Option<String>,
    pub(super) deciding: Vec<DecidingCheck>,
    /// Whether it is what fails a check, and not only what shows the failure.
    pub(super) against: bool,
}

/// A page of the table.
pub(super) struct EvidencePage {
    pub(super) rows: Vec<EvidenceRow>,
    pub(super) total: String,
    /// `entries 1 to 60`, where there are more.
    pub(super) span: Option<String>,
    pub(super) next: Option<LeafIndex>,
    pub(super) is_first: bool,
}

pub(super) fn page(
    engine: &QueryEngine,
    judged: &PageVerdict,
    listed: &BTreeMap<LeafIndex, ListingReason>,
    from: LeafIndex,
) -> Result<EvidencePage, PageError> {
    let signers = SignerTable::new(engine);
    let before = listed.range(..from).count();
    let shown: Vec<(LeafIndex, ListingReason)> = listed
        .range(from..)
        .take(ROWS_SHOWN)
        .map(|(index, part)| (*index, *part))
        .collect();
    let next = listed.range(from..).nth(ROWS_SHOWN).map(|(index, _)| *index);
    let mut rows = Vec::with_capacity(shown.len());
    for (index, part) in &shown {
        let known = KnownRecord::read(engine, *index)?.ok_or(PageError::NotFound { what: "entry" })?;
        rows.push(row(&known, *part, judged, &signers));
    }
    let number = |count: usize| grouped(count);
    let is_first = before == 0;
    let span = (next.is_some() || !is_first).then(|| {
        format!(
            "{} to {} of {}",
            number(before.saturating_add(1)),
            number(before.saturating_add(shown.len())),
            number(listed.len())
        )
    });
    Ok(EvidencePage {
        rows,
        total: number(listed.len()),
        span,
        next,
        is_first,
    })
}

fn row(known: &KnownRecord, part: ListingReason, judged: &PageVerdict, signers: &SignerTable) -> EvidenceRow {
    let mut row = EntryRow::new(known, signers);
    let index = known.record.index;
    row.detail = shortened(&row.detail, TEXT_CHARACTERS_MAX);
    // The page is about this job: its id in each row would hide what differs.
    if let Some(context) = &mut row.context {
        context.stream = context
            .stream
            .take()
            .map(|stream| shortened(&stream, TEXT_CHARACTERS_MAX));
        context.here = context
            .job_id
            .take_if(|job| *job == judged.closure().job_id)
            .is_some();
    }
    let word = match part {
        // A pulse never decides anything: what matters is whose word it is.
        _ if row.kind == Kind::Pulse => EvidenceStanding::SelfReported,
        ListingReason::Unbound { .. } | ListingReason::Unsound(_) => EvidenceStanding::Loose,
        ListingReason::Linked(_) if judged.is_agent(&known.record.entry.signer) => {
            EvidenceStanding::SelfReported
        }
        ListingReason::Linked(_) | ListingReason::Around => row.signer.word,
    };
    let used = judged.use_at(index);
    let deciding = deciding(judged, index);
    let fails = deciding.iter().any(|check| check.fails);
    EvidenceRow {
        against: fails && !shows_only(row.kind, used.is_some()) || matches!(part, ListingReason::Unsound(_)),
        word,
        because: because(known, part, judged),
        exchange: Exchange::of(known),
        used: used.and_then(|used| remark(judged, used)),
        lateness: used.map(lateness),
        deciding,
        row,
    }
}

fn because(known: &KnownRecord, part: ListingReason, judged: &PageVerdict) -> String {
    match part {
        ListingReason::Unsound(code) => format!("{}: {code}", part.because()),
        ListingReason::Linked(_) | ListingReason::Unbound { .. } => part.because().to_owned(),
        ListingReason::Around => around(known, judged).to_owned(),
    }
}

/// What an entry that is not the job's own has to do with it.
fn around(known: &KnownRecord, judged: &PageVerdict) -> &'static str {
    let summary = &judged.assessment().summary;
    match known.payload() {
        Some(Payload::PolicyPublished(published)) => {
            if summary.policies.contains(&published.policy_hash.to_string()) {
                "the policy that the job cites"
            } else {
                "another version of a policy that the job cites, or its parent"
            }
        }
        Some(Payload::TokenRevoked(revoked)) => {
            if summary.token_hashes.contains(&revoked.token_hash.to_string()) {
                "revokes a token of this job"
            } else {
                "revokes a token that a document of this job names"
            }
        }
        _ => match known.record.entry.kind {
            Kind::PolicyWithdrawn | Kind::PolicyFrozen => "about a policy that the job cites",
            Kind::Context => "a statement about earlier evidence",
            Kind::Refused => "a refused document that names this job",
            _ => "not of this job; a check that failed names it",
        },
    }
}

fn remark(judged: &PageVerdict, used: &UseOfJob) -> Option<String> {
    if used.status() == CheckStatus::Pass {
        return None;
    }
    let row = used.code();
    Some(match (after(judged, used), used.revocation) {
        (Some(after), Some(revocation)) => format!(
            "{row}: {after} after the revocation at entry {} was logged",
            grouped(revocation.value())
        ),
        (None, Some(revocation)) => {
            format!(
                "{row}: see the revocation at entry {}",
                grouped(revocation.value())
            )
        }
        _ => row.to_owned(),
    })
}

fn lateness(used: &UseOfJob) -> String {
    let late = used.at.lateness_ms();
    let span = age(late.unsigned_abs());
    if late < 0 {
        format!("dated {span} after it was logged")
    } else {
        format!("logged {span} after its stated time")
    }
}

fn deciding(judged: &PageVerdict, index: LeafIndex) -> Vec<DecidingCheck> {
    let against = |status| matches!(status, CheckStatus::Fail | CheckStatus::Incomplete);
    judged
        .checks()
        .iter()
        .filter(|check| against(check.status) && check.entries.contains(&index))
        .take(CHECKS_SHOWN)
        .map(|check| DecidingCheck {
            id: check.id.as_str(),
            title: check.title(),
            state: check.status.into(),
            fails: check.status == CheckStatus::Fail,
        })
        .collect()
}

/// Whether a record is only the reference that a check compares uses with, and is itself valid: a record of a token, a
/// policy or the job, or a denial. An allow decision is a use.
pub(super) const fn shows_only(kind: Kind, used: bool) -> bool {
    match kind {
        Kind::TokenRevoked
        | Kind::TokenIssued
        | Kind::PolicyPublished
        | Kind::PolicyWithdrawn
        | Kind::PolicyFrozen
        | Kind::JobEvent => true,
        Kind::Decision => !used,
        _ => false,
    }
}
