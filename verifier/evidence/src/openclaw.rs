//! What OpenClaw prints about how it runs an agent (normative: `docs/policies.md`, "What OpenClaw prints").
//!
//! The outputs are those of the npm package `openclaw` 2026.9.6. Their bytes come from the host by way of an
//! artifact: nothing here trusts them, and what is not of a known form says nothing.

use crate::json::{self, Object, Value};

/// Most ids of critical findings that are kept of one audit.
pub const CRITICAL_IDS_MAX: usize = 100;
/// Longest id of a finding that is kept (characters).
const ID_CHARS_MAX: usize = 200;

/// Something that a host says about itself, by name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Setting {
    /// The set of tools that the agent is given.
    ToolsProfile,
    /// How its tools are confined: a member of `sandbox`, such as `mode`.
    Sandbox(String),
}

/// One place in an output that says how something is set.
#[derive(Clone, PartialEq, Debug)]
pub struct SettingReport {
    /// What is set.
    pub setting: Setting,
    /// JSON pointer into the output.
    pub pointer: String,
    /// The value that the setting has.
    pub value: Value,
}

/// Every setting that an output tells, in its order; `None` where it is no JSON object.
///
/// Read are `sandbox explain --json`, `config get agents --json`, `config get tools --json` and the whole
/// configuration. `exec-policy show --json` and `security audit --json` tell none of these settings.
pub fn settings(output: &[u8]) -> Option<Vec<SettingReport>> {
    let document = json::parse(output).ok()?;
    document.as_object()?;
    let mut told = Vec::new();
    agent("", &document, &mut told);
    if let Some(profile) = member(&document, "profile") {
        told.push(SettingReport {
            setting: Setting::ToolsProfile,
            pointer: "/profile".to_owned(),
            value: profile.clone(),
        });
    }
    agents("", &document, &mut told);
    if let Some(list) = member(&document, "agents") {
        agents("/agents", list, &mut told);
    }
    Some(told)
}

/// The defaults of all agents, and each agent's own.
fn agents(at: &str, agents: &Value, told: &mut Vec<SettingReport>) {
    if let Some(defaults) = member(agents, "defaults") {
        agent(&format!("{at}/defaults"), defaults, told);
    }
    // By id, or, as older configurations have them, one after the other.
    for name in ["entries", "list"] {
        let (at, all) = (format!("{at}/{name}"), member(agents, name));
        for (id, one) in all
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(Object::members)
        {
            agent(&crate::fault::pointer_to(&at, id), one, told);
        }
        for (position, one) in all.and_then(Value::as_array).into_iter().flatten().enumerate() {
            agent(&format!("{at}/{position}"), one, told);
        }
    }
}

/// The settings under `sandbox`, member by member, and the profile under `tools`.
fn agent(at: &str, agent: &Value, told: &mut Vec<SettingReport>) {
    let sandbox = member(agent, "sandbox").and_then(Value::as_object);
    for (name, value) in sandbox.into_iter().flat_map(Object::members) {
        told.push(SettingReport {
            setting: Setting::Sandbox(name.clone()),
            pointer: crate::fault::pointer_to(&format!("{at}/sandbox"), name),
            value: value.clone(),
        });
    }
    if let Some(profile) = member(agent, "tools").and_then(|tools| member(tools, "profile")) {
        told.push(SettingReport {
            setting: Setting::ToolsProfile,
            pointer: format!("{at}/tools/profile"),
            value: profile.clone(),
        });
    }
}

/// The findings of an audit in numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Audit {
    /// Findings that are critical.
    pub critical: u64,
    /// Warnings.
    pub warn: u64,
    /// Everything else.
    pub info: u64,
    /// `checkId` of the critical findings, in their order, each once, the first [`CRITICAL_IDS_MAX`].
    pub critical_ids: Vec<String>,
    /// Whether the counts that the output states are those of its findings.
    pub summary_agrees: bool,
}

/// What `security audit --json` found, with or without `--fix`; `None` where the output is of another form.
///
/// The findings are counted here; what the output says of their number only has to agree.
pub fn audit(output: &[u8]) -> Option<Audit> {
    let document = json::parse(output).ok()?;
    let report = member(&document, "report").unwrap_or(&document);
    let summary = member(report, "summary")?;
    let mut audit = Audit {
        critical: 0,
        warn: 0,
        info: 0,
        critical_ids: Vec::new(),
        summary_agrees: false,
    };
    for finding in member(report, "findings")?.as_array()? {
        let id = member(finding, "checkId")?.as_str()?;
        let counter = match member(finding, "severity")?.as_str()? {
            "critical" => {
                audit.note(id);
                &mut audit.critical
            }
            "warn" => &mut audit.warn,
            _ => &mut audit.info,
        };
        *counter = counter.saturating_add(1);
    }
    let stated = ["critical", "warn", "info"].map(|name| member(summary, name).and_then(Value::as_u64));
    audit.summary_agrees = stated == [audit.critical, audit.warn, audit.info].map(Some);
    Some(audit)
}

impl Audit {
    fn note(&mut self, id: &str) {
        let id: String = id.chars().take(ID_CHARS_MAX).collect();
        if self.critical_ids.len() < CRITICAL_IDS_MAX && !self.critical_ids.contains(&id) {
            self.critical_ids.push(id);
        }
    }
}

fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.as_object()?.get(name)
}
