//! Which outcomes somebody should look at.

use super::super::check::{Check, CheckStatus};

/// Codes of incomplete checks behind which something may have been done, or kept back.
const CODES: &[&str] = &[
    "SIGNER_NOT_YET_TRUSTED",
    "EVIDENCE_REFUSED",
    "ATTRIBUTION_AMBIGUOUS",
    "LOGGED_LATE",
    "LATE_SUBMISSION",
    "REVOCATION_LOGGED_LATE",
    "HALT_LOGGED_LATE",
    "DENIAL_LOGGED_LATE",
    "DENIED_ACTION_UNCLEAR",
    "RECEIPT_NOT_IN_BUNDLE",
    "RECEIPT_NOT_LOGGED",
    "STREAM_REPEATED",
    "STREAM_GAP",
];

/// Every failure, and these.
pub(crate) fn rings(check: &Check) -> bool {
    match check.status {
        CheckStatus::Fail => true,
        CheckStatus::Incomplete => CODES.contains(&check.code),
        CheckStatus::Pass | CheckStatus::NotApplicable | CheckStatus::NotEvaluated => false,
    }
}
