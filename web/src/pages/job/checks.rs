//! The checks as a matrix: what is wrong first, each with its reason and the entries that decide it.

use verifier::assess::{Check, CheckStatus};

use super::page_verdict::PageVerdict;
use crate::model::verdict::VerdictState;
use crate::text::{GroupedNumber, counted};

/// Entries of a check that are linked; the assessment's JSON has up to 100.
const ENTRIES_SHOWN: usize = 20;

/// One check.
pub(super) struct JobCheckView {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// As the assessment spells it.
    pub(super) status: &'static str,
    pub(super) state: VerdictState,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) entries: Vec<GroupedNumber>,
    /// Whether it names the bundle that is not logged.
    pub(super) supposed: bool,
    /// How many more entries it names.
    pub(super) more: usize,
}

/// The checks of one status.
pub(super) struct CheckGroup {
    pub(super) title: String,
    pub(super) checks: Vec<JobCheckView>,
    /// Whether they stand folded: nothing in them needs a reader.
    pub(super) folded: bool,
}

/// In order of urgency, within a group in table order.
pub(super) fn groups(judged: &PageVerdict) -> Vec<CheckGroup> {
    let order = [
        (CheckStatus::Fail, "check failed", "checks failed"),
        (
            CheckStatus::Incomplete,
            "check is incomplete, because evidence is missing",
            "checks are incomplete, because evidence is missing",
        ),
        (CheckStatus::Pass, "check passed", "checks passed"),
        (
            CheckStatus::NotEvaluated,
            "check was not evaluated",
            "checks were not evaluated",
        ),
        (
            CheckStatus::NotApplicable,
            "check does not apply to this job",
            "checks do not apply to this job",
        ),
    ];
    order
        .into_iter()
        .map(|(status, one, many)| {
            let checks: Vec<JobCheckView> = judged
                .checks()
                .iter()
                .filter(|check| check.status == status)
                .map(|check| view(judged, check))
                .collect();
            CheckGroup {
                title: counted(checks.len(), one, many),
                folded: status == CheckStatus::NotApplicable,
                checks,
            }
        })
        .filter(|group| !group.checks.is_empty())
        .collect()
}

/// `Of 21 checks, 2 failed, 15 passed, 4 do not apply.`
pub(super) fn tally(judged: &PageVerdict) -> String {
    let count = |status| {
        let alike = judged.checks().iter().filter(|check| check.status == status);
        u64::try_from(alike.count()).unwrap_or(u64::MAX)
    };
    let words = [
        (CheckStatus::Fail, "failed", "failed"),
        (CheckStatus::Incomplete, "is incomplete", "are incomplete"),
        (
            CheckStatus::NotEvaluated,
            "was not evaluated",
            "were not evaluated",
        ),
        (CheckStatus::Pass, "passed", "passed"),
        (CheckStatus::NotApplicable, "does not apply", "do not apply"),
    ];
    let told: Vec<String> = words
        .into_iter()
        .filter(|(status, _, _)| count(*status) > 0)
        .map(|(status, one, many)| counted(count(status), one, many))
        .collect();
    format!("Of {} checks, {}.", judged.checks().len(), told.join(", "))
}

fn view(judged: &PageVerdict, check: &Check) -> JobCheckView {
    let logged = check.entries.iter().filter(|index| !judged.is_supposed(**index));
    JobCheckView {
        id: check.id.as_str(),
        title: check.title(),
        status: check.status.as_str(),
        state: check.status.into(),
        code: check.code,
        message: check.message.clone(),
        supposed: check.entries.iter().any(|index| judged.is_supposed(*index)),
        entries: logged
            .clone()
            .take(ENTRIES_SHOWN)
            .map(GroupedNumber::from)
            .collect(),
        more: logged.count().saturating_sub(ENTRIES_SHOWN),
    }
}
