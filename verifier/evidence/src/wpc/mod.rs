//! Work Policy Contracts: what a policy allows, and what it asks for (normative: `docs/policies.md`).
//!
//! Three kinds of document are read into one form, [`Policy`]: clawsig version 1, clawsig version 2, and
//! free-form documents with the members that `docs/policies.md` lists. One evaluator answers for all of them.
//!
//! # Rules
//!
//! * Default deny: what no entry or statement allows is denied.
//! * Deny wins. One exception: an operation that is named in a deny entry and in an approval's
//!   `required_for` is allowed with that approval and only with it.
//! * What the action does not say, or this version cannot judge, is [`Effect::Unknown`] wherever it could change
//!   the answer; it never becomes an allowance.
//! * Everything that a document holds is evaluated, or listed by JSON pointer in [`Policy::not_evaluated`].
//!
//! # What an answer does not prove
//!
//! That the action was what its receipt calls it: tool names are the word of the receipt's signer.

mod action;
mod ban;
mod conditions;
mod contract;
mod decision;
mod diff;
mod draft;
mod egress;
mod free_form;
mod glob;
mod limits;
mod models;
mod outline;
mod policy;
mod preflight;
mod requirement;
mod scopes;
mod statements;
mod tools;
mod verbs;

pub use action::{ActionKind, PolicyAction};
pub use ban::{Ban, FreezeEnd, Freezes, Withdrawals};
pub use decision::{Alternatives, DecisionCode, Effect, GateUse, PolicyDecision};
pub use diff::{CHANGES_MAX, ChangeKind, PolicyChange, PolicyDiff, diff};
pub use glob::{fold as fold_name, folded_operation};
pub use limits::{KnownArguments, Limit, LimitCheck, LimitRule};
pub use outline::{PolicyRule, RuleAbout};
pub use policy::{NoParents, Parents, Policy};
pub use requirement::{
    GateMode, GateRequirement, HostSetting, NotEvaluated, NotEvaluatedCode, Requirement, RequirementKind,
    STATING_LABELS, TtlMax, WRITE_ACTIONS_GATE,
};
pub use scopes::{graph_scope, is_graph_scope, same_graph_scope};
pub use verbs::READ_ONLY_VERBS;
