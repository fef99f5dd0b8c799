//! One line about what an entry says, for `|escape("told")`.

use verifier::key_history::KeyAction;
use verifier::kind::Role;
use verifier::payload::{
    AgentReceipt, Decision, Disposition, DispositionTarget, GatewayReceipt, JobEvent, Payload, Settings,
    SettingsChange, TokenIssued,
};

use super::KnownRecord;
use crate::text::{counted, grouped, isolated, shortened};

/// Characters of the line; the entry's own page has the rest.
const DETAIL_CHARACTERS_MAX: usize = 240;

/// The line for one entry; `signer`: how its signer is called.
pub(crate) fn line(known: &KnownRecord, signer: &str) -> String {
    let entry = &known.record.entry;
    let text = if let Some(code) = &entry.refused {
        refusal(known, code)
    } else if let Some(remains) = &known.record.erased {
        format!("erased by the order in entry {}", remains.order)
    } else if let Some(evidence) = &known.evidence {
        of_payload(evidence.payload(), signer)
    } else if let Some(covered) = entry.covered {
        format!(
            "index of the first {}",
            counted(covered.value(), "entry", "entries")
        )
    } else if entry.context_subjects.is_some() {
        "a submitter's statement about earlier evidence".to_owned()
    } else {
        "a document that this version cannot read".to_owned()
    };
    shortened(&text, DETAIL_CHARACTERS_MAX)
}

/// What was odd, and whose document it was.
fn refusal(known: &KnownRecord, code: &str) -> String {
    let mut text = format!("refused: {code}");
    if let Some(remains) = &known.record.erased {
        return format!("{text}; erased by the order in entry {}", remains.order);
    }
    let Some(document) = &known.refused else {
        return text;
    };
    if let Some(fault) = &document.fault {
        if !fault.pointer.is_empty() {
            text = format!("{text} at {}", isolated(&fault.pointer));
        }
        text = format!(
            "{text}, expected {}, found {}",
            isolated(&fault.expected),
            isolated(&fault.found)
        );
    }
    text = format!("{text}; {}", isolated(&document.envelope_type));
    match document.payload_text("gateway_id") {
        Some(gateway) => format!("{text} of {}", quoted(gateway)),
        None => text,
    }
}

fn of_payload(payload: &Payload, signer: &str) -> String {
    match payload {
        Payload::GatewayReceipt(receipt) => model_call(receipt),
        Payload::ToolReceipt(receipt) | Payload::SideEffectReceipt(receipt) => agent_receipt(receipt),
        Payload::Approval(approval) => {
            let by = format!(
                "approved by {}, signed by {}",
                isolated(&approval.approver_subject),
                isolated(signer)
            );
            let kind = &approval.approval_type;
            match &approval.scope_summary {
                Some(summary) => format!("{by}; {kind}: {}", isolated(summary)),
                None => format!("{by}; {kind}"),
            }
        }
        Payload::TokenIssued(issued) => token_issued(issued),
        Payload::TokenRevoked(revoked) => quoted(revoked.reason.as_deref().unwrap_or("no reason given")),
        Payload::PolicyPublished(published) => isolated(&published.policy_id),
        Payload::PolicyWithdrawn(withdrawn) => quoted(&withdrawn.reason),
        Payload::PolicyFrozen(frozen) => format!("{}: {}", isolated(&frozen.scope), quoted(&frozen.reason)),
        Payload::Bundle(bundle) => {
            let runs = u64::try_from(bundle.run_ids.len()).unwrap_or(u64::MAX);
            format!(
                "{}, {}",
                isolated(&bundle.bundle_id),
                counted(runs, "run", "runs")
            )
        }
        Payload::Decision(decision) => decided(decision),
        Payload::JobEvent(event) => job_event(event),
        Payload::Pulse(pulse) => format!(
            "the agent's own statement about run {}; it proves nothing by itself",
            isolated(&pulse.run_id)
        ),
        Payload::Artifact(artifact) => {
            format!(
                "{}: {}, {}",
                artifact.label,
                isolated(&artifact.name),
                counted(artifact.size, "byte", "bytes")
            )
        }
        Payload::SubmissionContext(_) => "the signer's statement about its own evidence".to_owned(),
        Payload::IssuerRegistered(registered) => {
            format!("{} as {}", isolated(&registered.name), roles(&registered.roles))
        }
        Payload::IssuerRetired(retired) => quoted(&retired.reason),
        Payload::ErasureOrdered(said) | Payload::HoldPlaced(said) | Payload::HoldReleased(said) => {
            disposition(said)
        }
        Payload::LogGenesis(genesis) => format!(
            "{} begins; {}",
            isolated(&genesis.origin),
            settings(&genesis.settings)
        ),
        Payload::LogSettings(change) => changed(change),
        Payload::LogClock(confirmed) => {
            format!("the time is {}: {}", confirmed.clock, quoted(&confirmed.reason))
        }
        Payload::LogKey(said) => {
            let does = match said.change.action {
                KeyAction::Add => "begins to sign the log's heads",
                KeyAction::Retire => "no longer signs the log's heads",
            };
            format!(
                "{} {does}: {}",
                isolated(&said.change.key.label()),
                quoted(&said.reason)
            )
        }
        Payload::LogFrozen(freeze) => match &freeze.successor {
            Some(successor) => format!("{}; continued by {}", quoted(&freeze.reason), isolated(successor)),
            None => quoted(&freeze.reason),
        },
    }
}

fn model_call(receipt: &GatewayReceipt) -> String {
    format!(
        "{} / {}, {} → {} tokens, {} ms",
        isolated(&receipt.provider),
        isolated(&receipt.model),
        grouped(receipt.tokens_input),
        grouped(receipt.tokens_output),
        grouped(receipt.latency_ms)
    )
}

fn agent_receipt(receipt: &AgentReceipt) -> String {
    match receipt.outcome {
        Some(outcome) => format!("{}: {outcome}", isolated(&receipt.what)),
        None => isolated(&receipt.what),
    }
}

fn token_issued(issued: &TokenIssued) -> String {
    let lifetime = grouped(issued.exp.saturating_sub(issued.iat));
    let pinned = issued.policy_hash.map_or_else(
        || "for any policy".to_owned(),
        |hash| format!("for policy {hash}"),
    );
    format!("valid for {lifetime} s, {pinned}")
}

fn decided(decision: &Decision) -> String {
    let effect = if decision.allow { "allow" } else { "deny" };
    let what = match &decision.operation {
        Some(operation) => format!("{}:{operation}", decision.tool),
        None => decision.tool.to_string(),
    };
    format!(
        "{effect} {}, {}",
        isolated(&what),
        isolated(&decision.reason_code)
    )
}

fn job_event(event: &JobEvent) -> String {
    let said = event
        .title
        .as_deref()
        .or(event.reason.as_deref())
        .or(event.purpose.as_deref());
    let mut text = event.action.to_string();
    if let Some(job) = &event.related_job_id {
        text = format!("{text} {}", isolated(job));
    }
    match said {
        Some(said) => format!("{text}: {}", quoted(said)),
        None => text,
    }
}

fn disposition(said: &Disposition) -> String {
    match &said.target {
        DispositionTarget::Evidence(digest) => format!("evidence {digest}: {}", quoted(&said.reason)),
        DispositionTarget::Job(job_id) => format!("job {}: {}", isolated(job_id), quoted(&said.reason)),
    }
}

fn quoted(text: &str) -> String {
    format!("“{}”", isolated(text))
}

/// Roles in words.
pub(crate) fn roles(roles: &[Role]) -> String {
    let names: Vec<String> = roles.iter().map(|role| role.as_str().replace('_', " ")).collect();
    names.join(", ")
}

/// Settings in words, with units.
pub(crate) fn settings(settings: &Settings) -> String {
    changed(&SettingsChange {
        accept_unregistered_agents: Some(settings.accept_unregistered_agents),
        clock_skew_s: Some(settings.clock_skew_s),
        late_limit_s: Some(settings.late_limit_s),
        approval_lifetime_s: Some(settings.approval_lifetime_s),
    })
}

fn changed(change: &SettingsChange) -> String {
    let mut parts = Vec::new();
    if let Some(accept) = change.accept_unregistered_agents {
        parts.push(format!(
            "unregistered agents {}",
            if accept { "accepted" } else { "refused" }
        ));
    }
    if let Some(seconds) = change.clock_skew_s {
        parts.push(format!("clock skew {} s", grouped(seconds)));
    }
    if let Some(seconds) = change.late_limit_s {
        parts.push(format!("late limit {} s", grouped(seconds)));
    }
    if let Some(seconds) = change.approval_lifetime_s {
        parts.push(format!("approvals without an end {} s", grouped(seconds)));
    }
    parts.join(", ")
}
