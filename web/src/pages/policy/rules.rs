//! A policy in words: what it allows and denies, what needs approval, its other requirements, and what is not checked.
//! Made from the normalized rules that verdicts are made from.

use verifier::wpc::{
    GateRequirement, NotEvaluated, NotEvaluatedCode, Policy, PolicyRule, Requirement, RequirementKind,
    RuleAbout,
};

use crate::text::{counted, grouped, isolated, shortened};

/// Rows of each table.
const ROWS_SHOWN: usize = 80;
/// Names of one rule.
const NAMES_SHOWN: usize = 24;
/// Characters of a name, and of a JSON pointer.
const NAME_CHARACTERS_MAX: usize = 120;
/// Bytes of text in all tables together: with the escapes of hostile text the page stays below its bound.
const TEXT_BYTES_MAX: usize = 24 << 10;

/// What a rule does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RuleEffect {
    Allow,
    Deny,
    /// A list, or an entry, with nothing in it.
    AllowNothing,
    ApprovalOnly,
}

impl RuleEffect {
    fn of(rule: &PolicyRule) -> Self {
        if rule.deny {
            Self::Deny
        } else if rule.allows_nothing() {
            // Of a list that has to allow and names nothing, everything is denied.
            if rule.patterns.is_empty() {
                Self::Deny
            } else {
                Self::AllowNothing
            }
        } else if rule.gates.is_empty() {
            Self::Allow
        } else {
            Self::ApprovalOnly
        }
    }

    /// Glyph, words and class of its tag.
    pub(super) const fn tag(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Allow => ("✓", "allow", "good"),
            Self::Deny => ("✕", "deny", "bad"),
            Self::AllowNothing => ("–", "allows nothing", "open"),
            Self::ApprovalOnly => ("!", "only with approval", "open"),
        }
    }
}

/// What somebody may or may not do.
pub(super) struct RuleRow {
    pub(super) effect: RuleEffect,
    pub(super) about: &'static str,
    pub(super) names: Vec<String>,
    pub(super) names_more: usize,
    /// Operations, resources, conditions, each with its word.
    pub(super) limits: Vec<(&'static str, String)>,
    pub(super) pointer: String,
    pub(super) narrowed: bool,
}

/// A place where a person has to agree.
pub(super) struct GateRow {
    pub(super) name: String,
    pub(super) operations: String,
    pub(super) mode: Option<String>,
    pub(super) pointer: String,
}

/// A requirement.
pub(super) struct RequirementRow {
    pub(super) sentence: String,
    pub(super) pointer: String,
}

/// A member that is not checked.
pub(super) struct UncheckedRow {
    pub(super) pointer: String,
    pub(super) code: &'static str,
    pub(super) why: &'static str,
    /// The label of the artifact that may state how it was.
    pub(super) stated_by: Option<String>,
}

/// A policy, laid out.
pub(super) struct PolicyOutline {
    /// Where and why the policy cannot be read, so that it allows nothing.
    pub(super) unreadable: Option<(&'static str, String)>,
    pub(super) inherits: Option<String>,
    pub(super) rules: Vec<RuleRow>,
    pub(super) gates: Vec<GateRow>,
    pub(super) requirements: Vec<RequirementRow>,
    pub(super) unjudged: Vec<UncheckedRow>,
    pub(super) placeholders: usize,
    /// Whether something was left out for length.
    pub(super) cut: bool,
    /// Kinds of action without a rule.
    pub(super) ungoverned: Vec<&'static str>,
}

/// Counts what is written, and says when it is enough.
struct Budget {
    left: usize,
    cut: bool,
}

impl Budget {
    /// The first rows that fit.
    fn rows<T, R>(&mut self, items: &[T], view: impl Fn(&T) -> R, bytes: impl Fn(&R) -> usize) -> Vec<R> {
        let mut rows = Vec::new();
        for item in items {
            let row = view(item);
            let bytes = bytes(&row);
            if rows.len() >= ROWS_SHOWN || bytes > self.left {
                self.cut = true;
                break;
            }
            self.left = self.left.saturating_sub(bytes);
            rows.push(row);
        }
        rows
    }
}

/// Lays a policy out.
pub(super) fn outline(policy: &Policy) -> PolicyOutline {
    let mut budget = Budget {
        left: TEXT_BYTES_MAX,
        cut: false,
    };
    let outline = policy.outline();
    let rules = budget.rows(&outline, rule, |row| {
        let names: usize = row.names.iter().map(String::len).sum();
        let limits: usize = row.limits.iter().map(|(_, text)| text.len()).sum();
        names + limits + row.pointer.len()
    });
    let gates = budget.rows(policy.gates(), gate, |row| {
        row.operations.len() + row.pointer.len()
    });
    let requirements = budget.rows(policy.requirements(), requirement, |row| {
        row.sentence.len() + row.pointer.len()
    });
    let unjudged = budget.rows(policy.not_evaluated(), unjudged, |row| {
        row.pointer.len() + row.why.len()
    });
    PolicyOutline {
        unreadable: policy
            .unreadable_at()
            .map(|(code, pointer)| (code.as_str(), shortened(pointer, NAME_CHARACTERS_MAX))),
        inherits: policy.inherits().map(|id| shortened(id, NAME_CHARACTERS_MAX)),
        ungoverned: ungoverned(policy, &outline),
        placeholders: policy
            .not_evaluated()
            .iter()
            .filter(|member| member.code == NotEvaluatedCode::PlaceholderValue)
            .count(),
        rules,
        gates,
        requirements,
        unjudged,
        cut: budget.cut,
    }
}

fn names(texts: &[String]) -> (Vec<String>, usize) {
    let shown = texts.iter().take(NAMES_SHOWN);
    let shown = shown.map(|text| shortened(text, NAME_CHARACTERS_MAX)).collect();
    (shown, texts.len().saturating_sub(NAMES_SHOWN))
}

/// For `|escape("told")`.
fn joined(texts: &[String]) -> String {
    let (shown, more) = names(texts);
    let shown: Vec<String> = shown.iter().map(|name| isolated(name)).collect();
    let mut text = shown.join(", ");
    if more > 0 {
        text = format!("{text} and {} more", grouped(more));
    }
    text
}

fn rule(rule: &PolicyRule) -> RuleRow {
    let (names, names_more) = names(&rule.patterns);
    let mut limits = Vec::new();
    match &rule.operations {
        Some(operations) if operations.is_empty() => {
            limits.push(("its list of operations is empty", String::new()));
        }
        Some(operations) => limits.push(("operations", joined(operations))),
        None if rule.about == RuleAbout::Tools && !rule.patterns.is_empty() => {
            limits.push(("every operation", String::new()));
        }
        None => {}
    }
    if !rule.gates.is_empty() {
        limits.push(("approved at", joined(&rule.gates)));
    }
    if rule.patterns.is_empty() && !rule.deny {
        limits.push(("the list of what is allowed is empty", String::new()));
    }
    if !rule.resources.is_empty() {
        limits.push(("on", joined(&rule.resources)));
    }
    let conditions: Vec<String> = rule.conditions.iter().map(|parts| parts.join(" ")).collect();
    if !conditions.is_empty() {
        limits.push(("only where", joined(&conditions)));
    }
    if !rule.limits.is_empty() {
        limits.push(("with arguments", joined(&rule.limits)));
    }
    if let Some(name) = &rule.name {
        limits.push(("statement", shortened(name, NAME_CHARACTERS_MAX)));
    }
    RuleRow {
        effect: RuleEffect::of(rule),
        about: rule.about.as_str(),
        names,
        names_more,
        limits,
        pointer: shortened(&rule.pointer, NAME_CHARACTERS_MAX),
        narrowed: rule.narrowed,
    }
}

fn gate(gate: &GateRequirement) -> GateRow {
    GateRow {
        name: shortened(&gate.name, NAME_CHARACTERS_MAX),
        operations: if gate.operations.is_empty() {
            "every operation that is not on the read-only list".to_owned()
        } else {
            joined(&gate.operations)
        },
        mode: gate
            .mode
            .as_ref()
            .map(|mode| shortened(mode, NAME_CHARACTERS_MAX)),
        pointer: shortened(&gate.pointer, NAME_CHARACTERS_MAX),
    }
}

fn requirement(requirement: &Requirement) -> RequirementRow {
    let sentence = match &requirement.kind {
        RequirementKind::TokenRequired => "Every call is made with a token.".to_owned(),
        RequirementKind::PolicyPin => "Every token is issued for this policy, by its hash.".to_owned(),
        RequirementKind::ScopeHashPin => "Each receipt carries the scope hash of its token.".to_owned(),
        RequirementKind::ScopeHash(hash) => format!("The token's scope hash is {hash}."),
        RequirementKind::TokenTtlMax(seconds) => {
            format!(
                "No token is valid for longer than {}.",
                counted(*seconds, "second", "seconds")
            )
        }
        RequirementKind::JobScopedToken => "Every token is issued for one job.".to_owned(),
        RequirementKind::JobId(job) => format!(
            "The policy is for the job {}.",
            isolated(&shortened(job, NAME_CHARACTERS_MAX))
        ),
        RequirementKind::GatewayReceipts => "Model calls are recorded by a gateway.".to_owned(),
        RequirementKind::ProofBundle => "The agent sends a proof bundle for its run.".to_owned(),
        RequirementKind::ScopesAllowed(scopes) => {
            format!("A token may hold only these scopes: {}.", joined(scopes))
        }
        RequirementKind::ScopesDenied(scopes) => {
            format!("A token may hold none of these scopes: {}.", joined(scopes))
        }
    };
    RequirementRow {
        sentence,
        pointer: shortened(&requirement.pointer, NAME_CHARACTERS_MAX),
    }
}

fn unjudged(member: &NotEvaluated) -> UncheckedRow {
    UncheckedRow {
        pointer: shortened(&member.pointer, NAME_CHARACTERS_MAX),
        code: member.code.as_str(),
        why: why(member.code),
        stated_by: member.stated_by().map(|label| label.as_str().replace('_', " ")),
    }
}

const fn why(code: NotEvaluatedCode) -> &'static str {
    match code {
        NotEvaluatedCode::PlaceholderValue => "The value is a placeholder.",
        NotEvaluatedCode::MemberUnknown => "This version does not know this rule.",
        NotEvaluatedCode::ValueUnknown => "This version does not know this value.",
        NotEvaluatedCode::ArgumentsUnknown => "The log does not show the arguments of a call.",
        NotEvaluatedCode::SandboxNotObserved => "No signed evidence shows how the tools were confined.",
        NotEvaluatedCode::ToolsProfileNotObserved => "No signed evidence shows which set of tools was given.",
        NotEvaluatedCode::SandboxStated => "The host states how the tools were confined.",
        NotEvaluatedCode::ToolsProfileStated => "The host states which set of tools was given.",
        NotEvaluatedCode::SignInNotObserved => "No signed evidence shows how the agent signed in.",
        NotEvaluatedCode::OwnHash => "A document cannot contain its own hash.",
        NotEvaluatedCode::ModelIdentityNotObserved => "Receipts name a model, but not how it was identified.",
        NotEvaluatedCode::AuditPacksNotObserved => "Audit packs are not collected here.",
        NotEvaluatedCode::RedactionNotObserved => "The hashes in a receipt do not show what was redacted.",
        NotEvaluatedCode::PrivacyModeNotObserved => {
            "A gateway's receipts do not show how it stores contents."
        }
        NotEvaluatedCode::WebReceiptsNotObserved => "Web receipts are not in this log.",
        NotEvaluatedCode::CoverageNotObserved => "Coverage attestations are not verified here.",
    }
}

/// Tools, models and side effects about which there is no rule: neither allowed nor denied by this policy.
fn ungoverned(policy: &Policy, outline: &[PolicyRule]) -> Vec<&'static str> {
    let any = |abouts: &[RuleAbout]| outline.iter().any(|rule| abouts.contains(&rule.about));
    if policy.unreadable_at().is_some() || any(&[RuleAbout::Actions]) {
        return Vec::new();
    }
    let kinds: [(&str, &[RuleAbout]); 3] = [
        ("tools", &[RuleAbout::Tools, RuleAbout::ElevatedTools]),
        (
            "models",
            &[RuleAbout::Models, RuleAbout::Providers, RuleAbout::Gateways],
        ),
        ("side effects", &[RuleAbout::Targets]),
    ];
    kinds
        .into_iter()
        .filter(|(_, abouts)| !any(abouts))
        .map(|(kind, _)| kind)
        .collect()
}
