//! What a file says about the host that ran an agent, where it is an output of OpenClaw (`docs/policies.md`).

use verifier::json::to_jcs;
use verifier::openclaw::{self, Audit, Setting, SettingReport};
use verifier::payload::{Artifact, ArtifactLabel};

use crate::text::{counted, shortened};

/// Most settings of one file that a page names.
const SETTINGS_SHOWN: usize = 8;
/// Most ids of critical findings that a page names.
const IDS_SHOWN: usize = 20;
/// Characters of one id or value.
const TEXT_CHARACTERS_MAX: usize = 100;

/// What stands in the file, in sentences; none for a file of another label, or of which only the hash is kept.
pub(crate) fn setting_sentences(artifact: &Artifact) -> Vec<String> {
    let Some(content) = &artifact.content else {
        return Vec::new();
    };
    match artifact.label {
        ArtifactLabel::RuntimeAudit => openclaw::audit(content).map_or_else(
            || vec!["not read: this is not output of openclaw security audit --json".to_owned()],
            |audit| audited(&audit),
        ),
        ArtifactLabel::SandboxConfig | ArtifactLabel::ToolPolicy => openclaw::settings(content).map_or_else(
            || vec!["not read: this is not a JSON object as OpenClaw prints it".to_owned()],
            |told| set(&told),
        ),
        _ => Vec::new(),
    }
}

fn audited(audit: &Audit) -> Vec<String> {
    let counts = [
        (audit.critical, "critical finding", "critical findings"),
        (audit.warn, "warning", "warnings"),
        (audit.info, "note", "notes"),
    ];
    let counts = counts.map(|(count, one, many)| counted(count, one, many));
    let mut said = vec![counts.join(", ")];
    if !audit.critical_ids.is_empty() {
        let ids = audit.critical_ids.iter().take(IDS_SHOWN);
        let ids: Vec<String> = ids.map(|id| shortened(id, TEXT_CHARACTERS_MAX)).collect();
        let more = audit.critical_ids.len().saturating_sub(ids.len());
        let more = if more > 0 {
            format!(", and {more} more")
        } else {
            String::new()
        };
        said.push(format!("critical: {}{more}", ids.join(", ")));
    }
    if !audit.summary_agrees {
        said.push("its summary does not match its findings".to_owned());
    }
    said
}

/// The settings that policies speak of most; everything else is in the file.
fn set(told: &[SettingReport]) -> Vec<String> {
    let wanted = told.iter().filter_map(|told| {
        let name = match &told.setting {
            Setting::ToolsProfile => "tools profile",
            Setting::Sandbox(name) if name == "mode" => "sandbox mode",
            Setting::Sandbox(name) if name == "workspaceAccess" => "workspace access",
            Setting::Sandbox(_) => return None,
        };
        let value = shortened(&to_jcs(&told.value), TEXT_CHARACTERS_MAX);
        let pointer = shortened(&told.pointer, TEXT_CHARACTERS_MAX);
        Some(format!("says {name} {value} (at {pointer})"))
    });
    let mut said: Vec<String> = wanted.take(SETTINGS_SHOWN).collect();
    if said.is_empty() {
        said.push("states neither sandbox nor tools profile".to_owned());
    }
    said
}
