//! The checks, each a function of the facts, in the order of the table of `schemas/assessment.md`.

pub(super) mod alarm;
mod approval_rules;
mod approval_terms;
mod approvals_unique;
mod approver;
pub(super) mod arguments;
mod bundle_valid;
mod decisions;
mod denial_reason;
mod entitled_approvals;
mod findings;
mod gated_uses;
mod governed;
mod halt;
mod matching;
mod parents;
mod policy_approvals;
mod policy_frozen;
mod policy_models;
mod policy_pinned;
mod policy_published;
mod policy_requirements;
mod policy_single;
mod policy_tools;
mod receipts_bound;
mod receipts_complete;
mod receipts_unique;
mod scope_statements;
mod signatures;
pub(super) mod stated_settings;
mod token_fresh;
mod token_issued;
mod token_job_bound;
mod token_ttl;
mod token_valid;
mod use_list;

pub(super) use token_valid::{AMBIGUOUS, judge_uses, place};

use super::check::{Check, CheckId, CheckStatus};
use super::facts::JobFacts;
use evidence::text::shown;
use tlog::index::LeafIndex;

/// Every check, in table order.
pub(super) fn all(facts: &JobFacts<'_>) -> Vec<Check> {
    CheckId::ALL.iter().map(|id| run(*id, facts)).collect()
}

fn run(id: CheckId, facts: &JobFacts<'_>) -> Check {
    match id {
        CheckId::Signatures => signatures::check(facts),
        CheckId::PolicyPublished => policy_published::check(facts),
        CheckId::PolicySingle => policy_single::check(facts),
        CheckId::PolicyFrozen => policy_frozen::check(facts),
        CheckId::PolicyPinned => policy_pinned::check(facts),
        CheckId::TokenIssued => token_issued::check(facts),
        CheckId::TokenValid => token_valid::check(facts),
        CheckId::TokenTtl => token_ttl::check(facts),
        CheckId::TokenJobBound => token_job_bound::check(facts),
        CheckId::TokenFresh => token_fresh::check(facts),
        CheckId::ReceiptsUnique => receipts_unique::check(facts),
        CheckId::ReceiptsBound => receipts_bound::check(facts),
        CheckId::ReceiptsComplete => receipts_complete::check(facts),
        CheckId::BundleValid => bundle_valid::check(facts),
        CheckId::PolicyModels => policy_models::check(facts),
        CheckId::PolicyTools => policy_tools::check(facts),
        CheckId::PolicyApprovals => policy_approvals::check(facts),
        CheckId::PolicyRequirements => policy_requirements::check(facts),
        CheckId::ApprovalsUnique => approvals_unique::check(facts),
        CheckId::Decisions => decisions::check(facts),
        CheckId::Halt => halt::check(facts),
    }
}

impl Check {
    /// Most entries that a check names; the sentence says how many there are.
    const ENTRIES_MAX: usize = 100;

    /// A check with its entries in order, each once.
    pub(super) fn new(
        id: CheckId,
        status: CheckStatus,
        code: &'static str,
        message: impl Into<String>,
        entries: impl IntoIterator<Item = LeafIndex>,
    ) -> Self {
        let mut entries: Vec<LeafIndex> = entries.into_iter().collect();
        entries.sort_unstable();
        entries.dedup();
        entries.truncate(Self::ENTRIES_MAX);
        Self {
            id,
            status,
            code,
            message: sentence(&message.into()),
            entries,
            note: None,
        }
    }

    /// The same with what the verdict says of it, too.
    #[must_use]
    pub(super) fn with_note(self, note: String) -> Self {
        Self {
            note: Some(note),
            ..self
        }
    }

    /// It holds.
    pub(super) fn pass(
        id: CheckId,
        message: impl Into<String>,
        entries: impl IntoIterator<Item = LeafIndex>,
    ) -> Self {
        Self::new(id, CheckStatus::Pass, "OK", message, entries)
    }

    /// It does not hold.
    pub(super) fn fail(
        id: CheckId,
        code: &'static str,
        message: impl Into<String>,
        entries: impl IntoIterator<Item = LeafIndex>,
    ) -> Self {
        Self::new(id, CheckStatus::Fail, code, message, entries)
    }

    /// Something is missing.
    pub(super) fn incomplete(
        id: CheckId,
        code: &'static str,
        message: impl Into<String>,
        entries: impl IntoIterator<Item = LeafIndex>,
    ) -> Self {
        Self::new(id, CheckStatus::Incomplete, code, message, entries)
    }

    /// The job has nothing that it is about.
    pub(super) fn not_applicable(id: CheckId, message: impl Into<String>) -> Self {
        Self::new(id, CheckStatus::NotApplicable, "NOT_APPLICABLE", message, [])
    }
}

/// Longest sentence (characters).
const SENTENCE_CHARS_MAX: usize = 400;

/// A sentence that may repeat a piece of a document: bounded, and with what nobody sees made visible.
fn sentence(text: &str) -> String {
    let shown = shown::line(text).to_string();
    shown.chars().take(SENTENCE_CHARS_MAX).collect()
}
