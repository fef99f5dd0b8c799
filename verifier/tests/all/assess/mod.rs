//! The verdict on a job.

mod approval_scope;
mod approvals;
mod approvals_exact;
mod approvals_given;
mod approvals_matching;
mod approvals_persons;
mod approvals_spellings;
mod arguments;
mod audit;
mod authority;
mod clocks;
mod closure;
mod decisions;
mod erasure;
mod evidence;
mod examined;
mod flip_acts;
mod flip_table;
mod flips;
mod grown;
mod halt;
mod identities;
mod links;
mod lookalikes;
mod policy_members;
mod policy_requirements;
mod policy_rules;
mod receipts;
mod record;
#[allow(
    dead_code,
    unused_imports,
    reason = "a builder has more steps than any one story takes"
)]
mod scenario;
mod spellings;
mod stated;
mod stories;
mod strangers;
mod streams;
mod suppose;
mod titles;
mod token_checks;
mod token_table;
mod token_uses;
mod uncounted;
mod uncounted_commands;
mod verdict;
