//! What a policy and the jobs of the log have to do with each other: names that it allows and nobody uses, and tools
//! that jobs under it use and none of its rules names. Said to people, and no part of a verdict.

use std::collections::BTreeSet;

use verifier::index::TreeSize;
use verifier::kind::Kind;
use verifier::payload::PolicyPublished;
use verifier::subject::Field;
use verifier::text::plain::counted;
use verifier::text::shown::brief;
use verifier::wpc::{ActionKind, Policy, PolicyAction, PolicyRule, RuleAbout};

use crate::QueryEngine;
use crate::projection::{JobFilter, NameKind, Projection, ProjectionError, own_name};

/// Names of a policy that are looked up, of tools and of models.
const NAMES_ASKED_MAX: usize = 64;
/// Names that jobs used and that are compared with one of these.
const NAMES_COMPARED_MAX: usize = 256;
/// Names that a sentence repeats.
const NAMES_TOLD: usize = 5;
/// Versions of the policy, the newest ones, under which jobs are looked at.
const VERSIONS_MAX: usize = 4;
/// The newest jobs under each of them.
const JOBS_MAX: usize = 50;
/// Tools of those jobs about which the policy is asked.
const TOOLS_MAX: usize = 256;

/// Something that its publisher most likely did not mean. It changes no verdict.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyWarning {
    /// `POLICY_TOOL_UNUSED`, `POLICY_MODEL_UNUSED` or `TOOL_NOT_IN_POLICY`.
    pub code: &'static str,
    /// One or two sentences.
    pub message: String,
    /// JSON pointer into the policy to the first rule that it is about; empty: to all of it.
    pub pointer: String,
}

impl QueryEngine {
    /// What is odd about a policy as of a size, by the jobs that this server knows. Empty where it keeps no verdicts.
    ///
    /// # Errors
    /// A failed read of the log or of the verdicts, also while these are made again.
    pub fn policy_warnings(
        &self,
        said: &PolicyPublished,
        as_of: TreeSize,
    ) -> Result<Vec<PolicyWarning>, ProjectionError> {
        let Some(projection) = self.projection() else {
            return Ok(Vec::new());
        };
        let policy = Policy::normalize(&said.policy);
        let rules = policy.outline();
        let mut warnings = Vec::new();
        for of in [RuleSubject::TOOLS, RuleSubject::MODELS] {
            warnings.extend(unused(projection, &rules, of)?);
        }
        // What the parent of a policy names is not looked up here.
        if policy.inherits().is_none() {
            warnings.extend(self.unnamed(projection, said, &policy, as_of)?);
        }
        Ok(warnings)
    }

    fn unnamed(
        &self,
        projection: &Projection,
        said: &PolicyPublished,
        policy: &Policy,
        as_of: TreeSize,
    ) -> Result<Option<PolicyWarning>, ProjectionError> {
        let page = self.subject(Field::PolicyId, &said.policy_id, None, as_of, true, VERSIONS_MAX)?;
        let mut hashes = BTreeSet::from([said.policy_hash.to_string()]);
        for index in page.items {
            if self.entry_of(index)?.kind == Kind::PolicyPublished {
                let publication = self.publication_at(index)?;
                hashes.extend(publication.map(|version| version.said.policy_hash.to_string()));
            }
        }
        let mut tools = BTreeSet::new();
        for hash in hashes {
            let filter = JobFilter {
                policy: Some(hash),
                ..JobFilter::default()
            };
            let as_of = as_of.min(projection.projected_to());
            let jobs = projection.jobs(self, &filter, None, as_of, JOBS_MAX)?;
            tools.extend(jobs.items.into_iter().flat_map(|job| job.summary.tools));
        }
        let unnamed: Vec<String> = tools
            .into_iter()
            .take(TOOLS_MAX)
            .filter(|tool| policy.evaluate_with(&PolicyAction::tool(tool), None).unnamed)
            .collect();
        Ok((!unnamed.is_empty()).then(|| PolicyWarning {
            code: "TOOL_NOT_IN_POLICY",
            message: format!(
                "{} in the {JOBS_MAX} newest jobs under this policy or another version of it, and no rule of the policy names \
                 {}: {}. What no rule allows is denied.",
                counted(unnamed.len(), "tool was used", "tools were used"),
                if unnamed.len() == 1 { "it" } else { "them" },
                name_list(&unnamed)
            ),
            pointer: String::new(),
        }))
    }
}

/// What a rule names.
#[derive(Clone, Copy)]
struct RuleSubject {
    about: RuleAbout,
    name: NameKind,
    code: &'static str,
    one: &'static str,
    many: &'static str,
}

impl RuleSubject {
    const TOOLS: Self = Self {
        about: RuleAbout::Tools,
        name: NameKind::Tool,
        code: "POLICY_TOOL_UNUSED",
        one: "tool that the policy allows",
        many: "tools that the policy allows",
    };
    const MODELS: Self = Self {
        about: RuleAbout::Models,
        name: NameKind::Model,
        code: "POLICY_MODEL_UNUSED",
        one: "model that the policy allows",
        many: "models that the policy allows",
    };
}

/// What a policy allows by name and no job used; nothing where no job used anything of the sort, as in a new log.
fn unused(
    projection: &Projection,
    rules: &[PolicyRule],
    of: RuleSubject,
) -> Result<Option<PolicyWarning>, ProjectionError> {
    if projection.names(of.name, "", 1)?.names.is_empty() {
        return Ok(None);
    }
    let allowed = rules.iter().filter(|rule| !rule.deny && rule.about == of.about);
    let mut asked = BTreeSet::new();
    let mut unused: Vec<String> = Vec::new();
    let mut pointer = String::new();
    let mut more = false;
    for rule in allowed {
        for pattern in &rule.patterns {
            if asked.contains(pattern.as_str()) {
                continue;
            }
            if asked.len() >= NAMES_ASKED_MAX {
                more = true;
                break;
            }
            asked.insert(pattern.as_str());
            if !is_used(projection, of.name, rule, pattern)? {
                if unused.is_empty() {
                    pointer.clone_from(&rule.pointer);
                }
                unused.push(pattern.clone());
            }
        }
    }
    let bound = if more {
        format!(" Of its names the first {NAMES_ASKED_MAX} were looked up.")
    } else {
        String::new()
    };
    Ok((!unused.is_empty()).then(|| PolicyWarning {
        code: of.code,
        message: format!(
            "No job that this server knows used {}: {}.{bound}",
            counted(unused.len(), of.one, of.many),
            name_list(&unused)
        ),
        pointer,
    }))
}

/// Whether some job used what a pattern of a rule is about. Of more names than are looked at, one may be.
fn is_used(
    projection: &Projection,
    name: NameKind,
    rule: &PolicyRule,
    pattern: &str,
) -> Result<bool, ProjectionError> {
    // What the pattern is about begins with what stands before its first wildcard.
    let beginning = pattern.split(['*', '?']).next().unwrap_or_default();
    let found = projection.names(name, beginning, NAMES_COMPARED_MAX)?;
    let is_about = |used: &String| match (name, PolicyAction::tool(used).kind) {
        (NameKind::Tool, ActionKind::Tool { tool, .. }) => rule.is_about(pattern, tool),
        _ => own_name(used).is_some_and(|model| rule.is_about(pattern, model)),
    };
    Ok(found.more || found.names.iter().any(is_about))
}

fn name_list(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(NAMES_TOLD).map(|name| brief(name)).collect();
    match names.len().saturating_sub(NAMES_TOLD) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
