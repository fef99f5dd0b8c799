//! The checks as a matrix: what is wrong first, each with its reason and the entries that decide it.

use verifier::assess::{Check, CheckStatus};

use super::judged::Judged;
use crate::model::verdict::State;
use crate::text::grouped;

/// Entries of a check that are linked; the assessment's JSON has up to 100.
const ENTRIES_SHOWN: usize = 20;

/// One check.
pub(super) struct CheckView {
    pub(super) id: &'static str,
    /// As the assessment spells it.
    pub(super) status: &'static str,
    pub(super) state: State,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) entries: Vec<(u64, String)>,
    /// How many more entries it names.
    pub(super) more: usize,
}

/// The checks of one status.
pub(super) struct Group {
    pub(super) title: String,
    pub(super) checks: Vec<CheckView>,
    /// Whether they stand folded: nothing in them needs a reader.
    pub(super) folded: bool,
}

/// In order of urgency, within a group in table order.
pub(super) fn groups(judged: &Judged) -> Vec<Group> {
    let order = [
        (CheckStatus::Fail, "fail"),
        (
            CheckStatus::Incomplete,
            "are open: something that they need is missing",
        ),
        (CheckStatus::Pass, "hold"),
        (CheckStatus::NotEvaluated, "were not evaluated"),
        (CheckStatus::NotApplicable, "do not apply to this job"),
    ];
    order
        .into_iter()
        .map(|(status, words)| {
            let checks: Vec<CheckView> = judged
                .checks()
                .iter()
                .filter(|check| check.status == status)
                .map(view)
                .collect();
            Group {
                title: format!("{} {words}", checks.len()),
                folded: status == CheckStatus::NotApplicable,
                checks,
            }
        })
        .filter(|group| !group.checks.is_empty())
        .collect()
}

fn view(check: &Check) -> CheckView {
    CheckView {
        id: check.id.as_str(),
        status: check.status.as_str(),
        state: check.status.into(),
        code: check.code,
        message: check.message.clone(),
        entries: check
            .entries
            .iter()
            .take(ENTRIES_SHOWN)
            .map(|index| (index.value(), grouped(index.value())))
            .collect(),
        more: check.entries.len().saturating_sub(ENTRIES_SHOWN),
    }
}
