//! `policy.requirements`: what the job's policies require apart from the single actions (`docs/policies.md`).
//! The life of tokens is `token.ttl`'s matter alone.

use std::collections::BTreeMap;

use super::super::check::{Check, CheckId, CheckStatus};
use super::super::facts::{AgentAct, JobFacts, TokenUseFact};
use super::gated_uses::{Policies, policy_of};
use super::stated_settings::{SettingComparison, StatedSettings, shown};
use evidence::digest::ScopeHash;
use evidence::json::Value;
use evidence::payload::TokenIssued;
use evidence::text::plain::{all_of, counted, sentence};
use evidence::wpc::{NotEvaluated, Requirement, RequirementKind, is_graph_scope, same_graph_scope};
use tlog::index::LeafIndex;

const ID: CheckId = CheckId::PolicyRequirements;

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
    let policies = Policies::of(facts);
    let mut uses: BTreeMap<&str, Vec<&TokenUseFact<'_>>> = BTreeMap::new();
    for used in &facts.uses {
        if let Some(hash) = policy_of(facts, used) {
            uses.entry(hash).or_default().push(used);
        }
    }
    let stated = StatedSettings::of(facts);
    let mut report = RequirementReport::default();
    for (hash, published) in policies.iter() {
        let policy = &published.policy;
        let scene = PolicyScope::of(facts, hash, uses.remove(hash).unwrap_or_default());
        if let Some((code, pointer)) = policy.unreadable_at() {
            report.broken.push(RequirementFinding {
                code: code.as_str(),
                pointer: pointer.to_owned(),
                entries: scene.published(),
            });
        }
        for requirement in policy.requirements() {
            scene.hold(requirement, &mut report);
        }
        for member in policy.not_evaluated() {
            report.host_or_leave(member, &stated);
        }
    }
    report.conclude()
}

/// Something that a policy asks for and does not get.
struct RequirementFinding {
    code: &'static str,
    /// JSON pointer into the policy, and what else is to be said.
    pointer: String,
    entries: Vec<LeafIndex>,
}

#[derive(Default)]
struct RequirementReport {
    broken: Vec<RequirementFinding>,
    missing: Vec<RequirementFinding>,
    met: usize,
    /// JSON pointer of what an enforcement point states as the policy wants it, with the value and who it is.
    stated: Vec<String>,
    /// Code of the first of them.
    stated_code: Option<&'static str>,
    /// JSON pointer of everything else that is left open, with why.
    left: Vec<String>,
    /// Code of the first of them.
    left_code: Option<&'static str>,
    entries: Vec<LeafIndex>,
}

impl RequirementReport {
    /// Compares a setting of the host with what enforcement points state; everything else is left open.
    fn host_or_leave(&mut self, member: &NotEvaluated, stated: &StatedSettings<'_>) {
        let host = member.host.as_ref();
        match host.map(|host| (host, stated.claim(host))) {
            None | Some((_, SettingComparison::NotObserved)) => {
                self.left_code = self.left_code.or(Some(member.code.as_str()));
                self.left.push(format!("{} ({})", member.pointer, member.code));
            }
            Some((host, SettingComparison::Stated(said))) => {
                self.stated_code = self.stated_code.or(Some(host.stated().as_str()));
                let (pointer, value) = (&member.pointer, shown(&said.value));
                self.stated
                    .push(format!("{pointer} ({value} stated by {})", said.signer));
                self.entries.push(said.index);
            }
            Some((host, SettingComparison::Contradicted(said))) => self.broken.push(RequirementFinding {
                code: host.contradicted(),
                pointer: format!(
                    "{} (the policy wants {}, but {} at entry {} says {})",
                    member.pointer,
                    shown(&host.wanted),
                    said.pointer,
                    said.index,
                    shown(&said.value)
                ),
                entries: vec![said.index],
            }),
        }
    }

    fn conclude(mut self) -> Check {
        // What somebody states comes first: a sentence may be cut.
        self.stated.append(&mut self.left);
        let left = if self.stated.is_empty() {
            String::new()
        } else {
            format!(
                " Not checked: {}: {}.",
                counted(self.stated.len(), "requirement", "requirements"),
                self.stated.join(", ")
            )
        };
        for (findings, status) in [
            (&self.broken, CheckStatus::Fail),
            (&self.missing, CheckStatus::Incomplete),
        ] {
            let Some(first) = findings.first() else {
                continue;
            };
            let pointers: Vec<&str> = findings.iter().map(|finding| finding.pointer.as_str()).collect();
            let unmet = counted(
                pointers.len(),
                "requirement of the policy is not met",
                "requirements of the policy are not met",
            );
            let message = format!("{unmet}: {}.{left}", pointers.join(", "));
            let entries = findings
                .iter()
                .flat_map(|finding| finding.entries.iter().copied());
            return Check::new(ID, status, first.code, message, entries);
        }
        if self.met > 0 {
            let met = all_of(
                self.met,
                "other requirement of the policy is",
                "other requirements of the policy are",
            );
            let message = sentence(&format!("{met} met.{left}"));
            return Check::pass(ID, message, std::mem::take(&mut self.entries));
        }
        match self.left_code.or(self.stated_code) {
            Some(code) => {
                let message = format!("None of the policy's other requirements can be checked.{left}");
                Check::new(ID, CheckStatus::NotEvaluated, code, message, self.entries)
            }
            None => Check::not_applicable(ID, "The policy has no other requirements."),
        }
    }
}

/// What happened under one policy.
struct PolicyScope<'s, 'a> {
    facts: &'s JobFacts<'a>,
    hash: &'s str,
    uses: Vec<&'s TokenUseFact<'a>>,
    /// The issuances of the tokens of those uses; the job's, where there are no uses.
    tokens: Vec<(LeafIndex, &'a TokenIssued)>,
}

impl<'s, 'a> PolicyScope<'s, 'a> {
    fn of(facts: &'s JobFacts<'a>, hash: &'s str, uses: Vec<&'s TokenUseFact<'a>>) -> Self {
        let mut tokens: Vec<_> = uses
            .iter()
            .filter_map(|used| facts.issuance(used.token.hash()?))
            .map(|issuance| (issuance.doc.index, issuance.said))
            .collect();
        if uses.is_empty() {
            tokens.extend(
                facts
                    .issuances
                    .iter()
                    .map(|issuance| (issuance.doc.index, issuance.said)),
            );
        }
        tokens.sort_unstable_by_key(|(index, _)| *index);
        tokens.dedup_by_key(|(index, _)| *index);
        Self {
            facts,
            hash,
            uses,
            tokens,
        }
    }

    fn published(&self) -> Vec<LeafIndex> {
        let policy = self.facts.policies.get(self.hash);
        let published = policy.and_then(|policy| policy.published.first());
        published.map(|published| published.index).into_iter().collect()
    }

    fn hold(&self, requirement: &Requirement, report: &mut RequirementReport) {
        let tokens_where = |wrong: &dyn Fn(&TokenIssued) -> bool| -> Vec<LeafIndex> {
            let tokens = self.tokens.iter().filter(|(_, token)| wrong(token));
            tokens.map(|(index, _)| *index).collect()
        };
        let (code, wrong) = match &requirement.kind {
            RequirementKind::TokenTtlMax(_) => return,
            RequirementKind::GatewayReceipts => {
                let none = !self
                    .uses
                    .iter()
                    .any(|used| matches!(used.act, AgentAct::Model(_)));
                return self.need(none, "GATEWAY_RECEIPTS_MISSING", requirement, report);
            }
            RequirementKind::ProofBundle => {
                let none = self.facts.bundles.is_empty();
                return self.need(none, "PROOF_BUNDLE_MISSING", requirement, report);
            }
            RequirementKind::JobId(id) if id == self.facts.job_id => ("", Vec::new()),
            RequirementKind::JobId(_) => ("POLICY_JOB_MISMATCH", self.published()),
            RequirementKind::TokenRequired => ("CST_REQUIRED", self.without_token()),
            RequirementKind::PolicyPin => (
                "POLICY_PIN_REQUIRED",
                tokens_where(&|token| token.policy_hash.is_none_or(|pin| pin.to_string() != self.hash)),
            ),
            RequirementKind::ScopeHashPin => ("SCOPE_HASH_REQUIRED", self.without_scope_hash()),
            RequirementKind::ScopeHash(hash) => (
                "SCOPE_HASH_MISMATCH",
                tokens_where(&|token| token.scope_hash != *hash),
            ),
            RequirementKind::JobScopedToken => (
                "JOB_SCOPED_CST_REQUIRED",
                tokens_where(&|token| token.job_id.as_deref() != Some(self.facts.job_id)),
            ),
            RequirementKind::ScopesAllowed(allowed) => {
                if !self
                    .tokens
                    .iter()
                    .any(|(_, token)| scopes(token).any(is_graph_scope))
                {
                    report.left_code = report.left_code.or(Some("SCOPE_VOCABULARY_NOT_SHARED"));
                    report
                        .left
                        .push(format!("{} (SCOPE_VOCABULARY_NOT_SHARED)", requirement.pointer));
                    return;
                }
                let known = |scope: &str| allowed.iter().any(|one| same_graph_scope(one, scope));
                (
                    "SCOPE_NOT_ALLOWED",
                    tokens_where(&|token| scopes(token).any(|scope| is_graph_scope(scope) && !known(scope))),
                )
            }
            RequirementKind::ScopesDenied(denied) => {
                let listed = |scope: &str| denied.iter().any(|one| same_graph_scope(one, scope));
                ("SCOPE_DENIED", tokens_where(&|token| scopes(token).any(listed)))
            }
        };
        if wrong.is_empty() {
            report.met = report.met.saturating_add(1);
        } else {
            report.broken.push(RequirementFinding {
                code,
                pointer: requirement.pointer.clone(),
                entries: wrong,
            });
        }
    }

    /// A thing that has to be there. What is not in the log may still come: that is incomplete.
    fn need(
        &self,
        missing: bool,
        code: &'static str,
        requirement: &Requirement,
        report: &mut RequirementReport,
    ) {
        if missing {
            report.missing.push(RequirementFinding {
                code,
                pointer: requirement.pointer.clone(),
                entries: self.published(),
            });
        } else {
            report.met = report.met.saturating_add(1);
        }
    }

    /// The bundles that hold a gateway receipt of a call without a token. A receipt in the log that carries no
    /// scope hash is tied to no job.
    fn without_token(&self) -> Vec<LeafIndex> {
        let only = self.facts.policies.len() == 1;
        let bare = self.facts.embedded().filter(|(_, receipt)| {
            let binding = &receipt.binding;
            let under = binding
                .policy_hash
                .as_deref()
                .map_or(only, |cited| cited == self.hash);
            under && binding.token_scope_hash.is_none()
        });
        bare.map(|(bundle, _)| bundle.index).collect()
    }

    /// The receipts that do not carry the scope hash of the token that they are tied to, and the bundles that
    /// hold some without any.
    fn without_scope_hash(&self) -> Vec<LeafIndex> {
        let mut wrong = self.without_token();
        for used in &self.uses {
            let AgentAct::Model(receipt) = used.act else {
                continue;
            };
            let carried = receipt.binding.token_scope_hash.as_deref();
            let issued = used.token.hash().and_then(|token| self.facts.issuance(token));
            if issued.is_some_and(|issued| carried.and_then(ScopeHash::parse) != Some(issued.said.scope_hash))
            {
                wrong.push(used.index);
            }
        }
        wrong
    }
}

fn scopes(token: &TokenIssued) -> impl Iterator<Item = &str> {
    let scopes = token.claims.get("scope").and_then(Value::as_array);
    scopes.unwrap_or_default().iter().filter_map(Value::as_str)
}
