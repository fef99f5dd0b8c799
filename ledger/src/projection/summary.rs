//! From an assessment to what is kept of the job: the summary and the alarms that it states itself.

use serde::Deserialize;
use verifier::assess::{Assessment, Closure};
use verifier::index::LeafIndex;

use super::record::{Alarm, JobRecord, LIST_MAX, Outcome, Source, Summary};
use crate::reader::Place;

/// The members of `schemas/assessment.md` that are kept; the others are for who asks for the assessment.
#[derive(Deserialize)]
struct Stated {
    summary: StatedSummary,
    alarms: Vec<StatedAlarm>,
}

#[derive(Deserialize)]
struct StatedSummary {
    runs: Vec<String>,
    agents: Vec<String>,
    models: Vec<String>,
    tools: Vec<String>,
    token_hashes: Vec<String>,
    policies: Vec<String>,
    gateway_receipts: u64,
    tokens_input: u64,
    tokens_output: u64,
}

#[derive(Deserialize)]
struct StatedAlarm {
    check: Option<String>,
    code: String,
    /// Of an alarm that no check raises.
    message: Option<String>,
    entries: Vec<LeafIndex>,
}

/// The record of a job that was assessed.
///
/// # Errors
/// An assessment of another form than this version writes.
pub(super) fn of(
    closure: &Closure,
    assessment: &Assessment,
    span: (Place, Place),
) -> Result<JobRecord, serde_json::Error> {
    let stated: Stated = serde_json::from_str(assessment.to_jcs())?;
    Ok(JobRecord {
        job_id: closure.job_id.clone(),
        first: span.0,
        last: span.1,
        assessed_at: closure.as_of.size,
        outcome: Outcome {
            verdict: Some(assessment.verdict.into()),
            check: assessment.check.map(|check| check.as_str().to_owned()),
            code: assessment.code.to_owned(),
            message: assessment.message.clone(),
        },
        summary: summary(stated.summary),
        alarms: alarms(closure, assessment, stated.alarms),
    })
}

fn summary(stated: StatedSummary) -> Summary {
    let mut cut = false;
    let mut list = |mut values: Vec<String>| {
        cut |= values.len() > LIST_MAX;
        values.truncate(LIST_MAX);
        values
    };
    let mut summary = Summary {
        runs: list(stated.runs),
        agents: list(stated.agents),
        models: list(stated.models),
        tools: list(stated.tools),
        policies: list(stated.policies),
        tokens: list(stated.token_hashes),
        gateway_receipts: stated.gateway_receipts,
        tokens_input: stated.tokens_input,
        tokens_output: stated.tokens_output,
        cut: false,
    };
    summary.cut = cut;
    summary
}

/// One alarm a code: two checks that fail for one reason are one thing to look at.
fn alarms(closure: &Closure, assessment: &Assessment, stated: Vec<StatedAlarm>) -> Vec<Alarm> {
    let mut alarms: Vec<Alarm> = Vec::new();
    for StatedAlarm {
        check,
        code,
        message,
        entries,
    } in stated
    {
        if let Some(alarm) = alarms.iter_mut().find(|alarm| alarm.code == code) {
            alarm.entries.extend(entries);
            continue;
        }
        let decided = assessment
            .checks
            .iter()
            .find(|found| Some(found.id.as_str()) == check.as_deref());
        alarms.push(Alarm {
            source: Source::Assessment,
            message: decided
                .map(|check| check.message.clone())
                .or(message)
                .unwrap_or_default(),
            code,
            job_id: Some(closure.job_id.clone()),
            entries,
            first: place(closure, None),
        });
    }
    for alarm in &mut alarms {
        alarm.entries.sort_unstable();
        alarm.entries.dedup();
        alarm.entries.truncate(LIST_MAX);
        alarm.first = place(closure, alarm.entries.first().copied());
    }
    alarms
}

/// The place of an entry of the closure; for what no entry shows, the place of the assessment.
fn place(closure: &Closure, index: Option<LeafIndex>) -> Place {
    let index = index.or(closure.as_of.size.last_index()).unwrap_or_default();
    let record = closure.records.get(&index);
    Place {
        index,
        logged_at: record.map_or(closure.as_of.time, |record| record.entry.logged_at),
    }
}
