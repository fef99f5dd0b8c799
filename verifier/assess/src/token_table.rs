//! The table of `token.valid` (normative: `schemas/assessment.md`, "token.valid"): what the log says about one
//! use of a token that was issued for a time from `iat` to `exp` and may have been revoked.
//!
//! Total and pure. All times are compared as exact milliseconds in 128 bits, in which neither a second count
//! near 2^64 nor the tolerance between clocks can overflow.
//!
//! A signer states its own time, so the order in the log decides first: what was logged before a revocation
//! was not made up after it. Stated times decide only beyond the tolerance between clocks, and only against
//! the one who states them.

use super::CheckStatus;
use evidence::texts;
use tlog::index::{LeafIndex, TimestampMs};

/// A time or a span in whole seconds, as claims and settings state it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Seconds(pub u64);

/// A point of the time line, exact for every `u64` of milliseconds or seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Moment(u128);

impl Moment {
    /// Later than every other.
    pub const END: Self = Self(u128::MAX);

    /// So many seconds later. Exact for times that came from 64 bits, which stay far below the end.
    #[must_use]
    pub fn after(self, span: Seconds) -> Self {
        Self(self.0.saturating_add(Self::from(span).0))
    }

    /// Milliseconds since an earlier moment; 0 since a later one.
    #[must_use]
    pub fn since(self, earlier: Self) -> u128 {
        self.0.saturating_sub(earlier.0)
    }
}

impl From<Seconds> for Moment {
    fn from(seconds: Seconds) -> Self {
        Self(u128::from(seconds.0).saturating_mul(1000))
    }
}

impl From<TimestampMs> for Moment {
    fn from(ms: TimestampMs) -> Self {
        Self(u128::from(ms.value()))
    }
}

/// One use: `i`, `L` and `T` of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UseTimes {
    /// Index of the use's own first entry.
    pub index: LeafIndex,
    /// `logged_at` of that entry.
    pub logged_at: TimestampMs,
    /// The time that its signer states.
    pub signed_at: TimestampMs,
}

impl UseTimes {
    /// `L − T` in milliseconds: how long after its stated time the use was logged; negative if before.
    pub fn lateness_ms(&self) -> i64 {
        let late = i128::from(self.logged_at.value()).saturating_sub(i128::from(self.signed_at.value()));
        i64::try_from(late).unwrap_or(if late < 0 { i64::MIN } else { i64::MAX })
    }
}

/// After which no use may follow, a revocation or a halt: `i'`, `L'` and `R` of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cutoff {
    /// Index of its entry.
    pub index: LeafIndex,
    /// `logged_at` of that entry.
    pub logged_at: TimestampMs,
    /// The time from which on it holds, by its signer's word.
    pub stated_at: Moment,
}

/// What a cutoff says about a use, the worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum CutoffBreach {
    /// Logged after it, and by its own word done after it.
    After,
    /// Logged before it, but by both words done after it.
    LoggedLate,
    /// Logged after it, and by its own word, which nothing confirms, done before it.
    LateSubmission,
}

/// Several cutoffs, of which the worst for a use is found in logarithmic time: uses and revocations of a
/// token may both be many.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cutoffs {
    /// Ascending.
    indices: Vec<LeafIndex>,
    /// At each position: of this and all before it, the one that was logged first.
    logged_first: Vec<Cutoff>,
    /// At each position: of this and all after it, the one that holds from the earliest time.
    stated_first: Vec<Cutoff>,
}

impl Cutoffs {
    /// In any order.
    pub fn new(mut cutoffs: Vec<Cutoff>) -> Self {
        cutoffs.sort_by_key(|cutoff| cutoff.index);
        let mut stated_first = running_least(cutoffs.iter().rev(), |cutoff| cutoff.stated_at);
        stated_first.reverse();
        Self {
            indices: cutoffs.iter().map(|cutoff| cutoff.index).collect(),
            logged_first: running_least(cutoffs.iter(), |cutoff| cutoff.logged_at),
            stated_first,
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// The worst that any of them says about a use, with the index of the one that says it; `None` if the
    /// use is in order before all of them.
    pub fn against(&self, used: &UseTimes, skew: Seconds) -> Option<(CutoffBreach, LeafIndex)> {
        let signed_at = Moment::from(used.signed_at);
        // An index is one entry's, so that equality cannot be; were it, the use would not be "before".
        let before = self.indices.partition_point(|index| *index <= used.index);
        let earlier = before.checked_sub(1).and_then(|last| self.logged_first.get(last));
        let by_earlier = earlier.map(|cutoff| {
            let after = signed_at > Moment::from(cutoff.logged_at).after(skew);
            let against = if after {
                CutoffBreach::After
            } else {
                CutoffBreach::LateSubmission
            };
            (against, cutoff.index)
        });
        let by_later = self
            .stated_first
            .get(before)
            .filter(|cutoff| signed_at > cutoff.stated_at.after(skew))
            .map(|cutoff| (CutoffBreach::LoggedLate, cutoff.index));
        by_earlier.into_iter().chain(by_later).min()
    }
}

/// At each position, of all cutoffs up to it the first with the least key.
fn running_least<'a, K: Ord>(
    cutoffs: impl Iterator<Item = &'a Cutoff>,
    key: impl Fn(&Cutoff) -> K,
) -> Vec<Cutoff> {
    cutoffs
        .scan(None, |least: &mut Option<Cutoff>, next| {
            let kept = least.filter(|least| key(least) <= key(next)).unwrap_or(*next);
            *least = Some(kept);
            *least
        })
        .collect()
}

texts!(
/// A row of the table. In order of precedence: what fails before what is incomplete, in the table's order.
TableRow {
    /// Signed for a time after it was logged.
    TimestampAhead => "TIMESTAMP_AHEAD",
    /// Logged after a revocation, and signed for a time after it.
    RevokedBeforeUse => "REVOKED_BEFORE_USE",
    /// Signed for a time after the token's end.
    Expired => "EXPIRED",
    /// Signed for a time before the token was issued.
    NotYetValid => "NOT_YET_VALID",
    /// The log has no issuance of the token.
    UnknownToken => "UNKNOWN_TOKEN",
    /// Signed for a time after a revocation that was logged only after the use.
    RevocationLoggedLate => "REVOCATION_LOGGED_LATE",
    /// Logged after a revocation, and signed for a time before it.
    LateSubmission => "LATE_SUBMISSION",
    /// Signed for a time so near to the token's end that clocks do not decide.
    ExpiryWithinSkew => "EXPIRY_WITHIN_SKEW",
    /// None of these.
    Valid => "VALID",
});

impl TableRow {
    /// What the row makes of the check.
    pub const fn status(self) -> CheckStatus {
        match self {
            Self::TimestampAhead
            | Self::RevokedBeforeUse
            | Self::Expired
            | Self::NotYetValid
            | Self::UnknownToken => CheckStatus::Fail,
            Self::RevocationLoggedLate | Self::LateSubmission | Self::ExpiryWithinSkew => {
                CheckStatus::Incomplete
            }
            Self::Valid => CheckStatus::Pass,
        }
    }
}

impl From<CutoffBreach> for TableRow {
    fn from(against: CutoffBreach) -> Self {
        match against {
            CutoffBreach::After => Self::RevokedBeforeUse,
            CutoffBreach::LoggedLate => Self::RevocationLoggedLate,
            CutoffBreach::LateSubmission => Self::LateSubmission,
        }
    }
}

/// What the log says about a token.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TokenRecord {
    /// `iat` of the issuance; `None` if the log has no issuance.
    pub issued_at: Option<Seconds>,
    /// `exp` of the issuance; `None` if the log has no issuance.
    pub expires_at: Option<Seconds>,
    /// The token's revocations.
    pub revocations: Cutoffs,
}

/// What the table says about one use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TableResult {
    /// The first row of the table that holds for the use.
    pub row: TableRow,
    /// The revocation that the row is about.
    pub revocation: Option<LeafIndex>,
}

impl TokenRecord {
    /// The first row, by precedence, that holds for a use; `skew` is the log's tolerance between clocks.
    pub fn judge(&self, used: &UseTimes, skew: Seconds) -> TableResult {
        let signed_at = Moment::from(used.signed_at);
        let ahead = signed_at > Moment::from(used.logged_at).after(skew);
        let revoked = self.revocations.against(used, skew);
        let ended = match self.expires_at {
            None => Some(TableRow::UnknownToken),
            Some(exp) if signed_at > Moment::from(exp).after(skew) => Some(TableRow::Expired),
            Some(exp) if signed_at.after(skew) >= Moment::from(exp) => Some(TableRow::ExpiryWithinSkew),
            Some(_) => None,
        };
        let early = self
            .issued_at
            .is_some_and(|iat| signed_at.after(skew) < Moment::from(iat));
        let row = ahead
            .then_some(TableRow::TimestampAhead)
            .into_iter()
            .chain(revoked.map(|(against, _)| against.into()))
            .chain(ended)
            .chain(early.then_some(TableRow::NotYetValid))
            .min()
            .unwrap_or(TableRow::Valid);
        let revocation = revoked.filter(|(against, _)| TableRow::from(*against) == row);
        TableResult {
            row,
            revocation: revocation.map(|(_, index)| index),
        }
    }
}
