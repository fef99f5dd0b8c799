//! `trust_pulse`: an agent's own account around clawsig's `trust_pulse.v1`. It decides nothing.

use crate::caller_text::CallerText;
use crate::fault::Fault;
use crate::json::{Object, Value};

use super::fields::{PayloadFields, members, members_of};
use super::forms;
use super::time::Timestamp;
use crate::json::pointer::Pointer;

/// Most tools that a pulse lists.
const TOOLS_MAX: usize = 128;
/// Most files that a pulse lists.
const FILES_MAX: usize = 512;

members!(/// A tool that the agent says it called.
#[derive(Clone, PartialEq, Eq, Debug)]
PulseTool of fields {
    /// Name of the tool.
    name: String = fields.required("name", forms::text(1..=128))?,
    /// How often the agent says that it called the tool.
    calls: u64 = fields.required("calls", forms::count)?,
});

members!(/// A file that the agent says it touched.
#[derive(Clone, PartialEq, Eq, Debug)]
PulseFile of fields {
    /// Relative path.
    path: String = fields.required("path", relative_path)?,
    /// How often the agent says that it touched the file.
    touches: u64 = fields.required("touches", forms::count)?,
});

/// A self-reported account of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pulse {
    /// Id of the run that the pulse is about.
    pub run_id: CallerText,
    /// The agent; it has to be the signer.
    pub agent_did: String,
    /// The job, by the agent's word.
    pub job_id: Option<String>,
    /// When the pulse was made.
    pub issued_at: Timestamp,
    /// Tools.
    pub tools: Vec<PulseTool>,
    /// Files.
    pub files: Vec<PulseFile>,
}

impl Pulse {
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<(Self, String), Fault> {
        PayloadFields::own(object, at, |fields| {
            let job_id = fields.optional("job_id", forms::id)?;
            let pulse = fields.required("pulse", members_of(pulse))?;
            Ok(Self { job_id, ..pulse })
        })
    }
}

/// `trust_pulse.v1`.
fn pulse(fields: &mut PayloadFields<'_, '_>) -> Result<Pulse, Fault> {
    fields.required("trust_pulse_version", forms::constant("1"))?;
    fields.required("evidence_class", forms::constant("self_reported"))?;
    fields.required("tier_uplift", |value, at| match value {
        Value::Bool(false) => Ok(()),
        _ => Err(at.invalid("false", forms::found(value))),
    })?;
    let pulse = Pulse {
        run_id: fields.required("run_id", forms::caller_text)?,
        agent_did: fields.required("agent_did", forms::did)?,
        job_id: None,
        issued_at: fields.required("issued_at", forms::timestamp)?,
        tools: fields.required("tools", forms::list(0..=TOOLS_MAX, members_of(PulseTool::read)))?,
        files: fields.required("files", forms::list(0..=FILES_MAX, members_of(PulseFile::read)))?,
    };
    fields.optional("trust_pulse_id", forms::id)?;
    fields.optional("started_at", forms::timestamp)?;
    fields.optional("ended_at", forms::timestamp)?;
    fields.optional("duration_ms", forms::non_negative)?;
    Ok(pulse)
}

/// A path that stays below the directory where it starts.
fn relative_path(value: &Value, at: &Pointer<'_>) -> Result<String, Fault> {
    let path = forms::id(value, at)?;
    let leaves =
        path.starts_with(['/', '~']) || path.contains('\\') || path.split('/').any(|step| step == "..");
    if leaves {
        Err(at.invalid("a relative path without ..", forms::found(value)))
    } else {
        Ok(path)
    }
}
