//! What is kept of a job, from its assessment, and the alarms that a job or an entry raises.

use std::collections::BTreeSet;

use serde::Deserialize;
use verifier::assess::{self, Assessment, Closure, JobExamination};
use verifier::entry::Entry;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::record::StoredBytes;
use verifier::subject::Field;

use super::alarm_origin::raised;
use super::record::{Alarm, AlarmSource, JobOutcome, JobRecord, LIST_MAX, RecordSummary};
use crate::verdict::CollectError;
use ledger::error::ReadError;
use ledger::reader::Reader;
use ledger::shared::EntryPosition;

/// The record of a job that was assessed.
pub(super) fn of(
    closure: &Closure,
    examined: &JobExamination,
    span: (EntryPosition, EntryPosition),
) -> JobRecord {
    let assessment = &examined.assessment;
    JobRecord {
        job_id: closure.job_id.clone(),
        first: span.0,
        last: span.1,
        assessed_at: closure.as_of.size,
        outcome: JobOutcome {
            verdict: Some(assessment.verdict.into()),
            check: assessment.check.map(|check| check.as_str().to_owned()),
            code: assessment.code.to_owned(),
            message: assessment.message.clone(),
        },
        ended: has_ended(closure, examined),
        summary: summary(&assessment.summary, &people(closure, examined)),
        alarms: alarms(closure, assessment),
    }
}

fn summary(stated: &assess::AssessmentSummary, people: &[String]) -> RecordSummary {
    let mut cut = false;
    let mut list = |values: &[String]| {
        cut |= values.len() > LIST_MAX;
        values.iter().take(LIST_MAX).cloned().collect()
    };
    let mut summary = RecordSummary {
        runs: list(&stated.runs),
        agents: list(&stated.agents),
        models: list(&stated.models),
        tools: list(&stated.tools),
        people: list(people),
        policies: list(&stated.policies),
        tokens: list(&stated.token_hashes),
        gateway_receipts: stated.gateway_receipts,
        tokens_input: stated.tokens_input,
        tokens_output: stated.tokens_output,
        cut: false,
    };
    summary.cut = cut;
    summary
}

/// What job events and approvals say in clear of people, and of the job itself.
#[derive(Deserialize)]
struct PayloadNames {
    payload: PayloadNameMembers,
}

#[derive(Deserialize)]
struct PayloadNameMembers {
    action: Option<String>,
    requested_by: Option<String>,
    approver_subject: Option<String>,
}

/// What the documents of some kinds say that are the job's. What cannot be read says nothing: the log has admitted each
/// of these documents under its kind, and nothing of this decides a verdict.
fn payload_names<'a>(
    closure: &'a Closure,
    examined: &'a JobExamination,
    kinds: &'a [Kind],
) -> impl Iterator<Item = PayloadNameMembers> + 'a {
    let of_job = examined
        .linked
        .keys()
        .filter_map(|index| closure.records.get(index));
    let of_kind = of_job.filter(move |record| kinds.contains(&record.entry.kind));
    of_kind.filter_map(|record| {
        let StoredBytes::Bytes(document) = &record.evidence else {
            return None;
        };
        let naming: PayloadNames = serde_json::from_slice(document).ok()?;
        Some(naming.payload)
    })
}

/// Who the evidence of the job names as its requester or approver.
fn people(closure: &Closure, examined: &JobExamination) -> Vec<String> {
    let named = payload_names(closure, examined, &[Kind::JobEvent, Kind::ReceiptApproval])
        .flat_map(|payload| [payload.requested_by, payload.approver_subject]);
    let people: BTreeSet<String> = named.flatten().collect();
    people.into_iter().collect()
}

/// Whether nothing more is awaited of a job: it has a proof bundle, or an event says that it was closed or stopped.
pub fn has_ended(closure: &Closure, examined: &JobExamination) -> bool {
    let mut of_job = examined
        .linked
        .keys()
        .filter_map(|index| closure.records.get(index));
    of_job.any(|record| record.entry.kind == Kind::Bundle)
        || payload_names(closure, examined, &[Kind::JobEvent])
            .any(|payload| matches!(payload.action.as_deref(), Some("closed" | "halted")))
}

/// One alarm a code: two checks that fail for one reason are one thing to look at.
fn alarms(closure: &Closure, assessment: &Assessment) -> Vec<Alarm> {
    let uses = assessment.uses.iter();
    let uses = uses.map(|used| (used.entry, used.signed_at)).collect();
    let mut alarms: Vec<Alarm> = Vec::new();
    for stated in &assessment.alarms {
        if let Some(alarm) = alarms.iter_mut().find(|alarm| alarm.code == stated.code) {
            alarm.entries.extend(&stated.entries);
            continue;
        }
        let mut checks = assessment.checks.iter();
        let decided = checks.find(|check| Some(check.id) == stated.check);
        let message = decided.map(|check| &check.message).or(stated.message.as_ref());
        alarms.push(Alarm {
            source: AlarmSource::Assessment,
            message: message.cloned().unwrap_or_default(),
            code: stated.code.to_owned(),
            job_id: Some(closure.job_id.clone()),
            entries: stated.entries.clone(),
            raised: place(closure, None),
            offence_at: None,
        });
    }
    for alarm in &mut alarms {
        alarm.entries.sort_unstable();
        alarm.entries.dedup();
        if let Some(found) = raised(&alarm.code, &alarm.entries, &uses) {
            alarm.raised = place(closure, Some(found.by));
            alarm.offence_at = found.offence_at;
        }
        alarm.entries.truncate(LIST_MAX);
    }
    alarms
}

/// The place of an entry of the closure; for what no entry shows, the place of the assessment.
fn place(closure: &Closure, index: Option<LeafIndex>) -> EntryPosition {
    let index = index.or(closure.as_of.size.last_index()).unwrap_or_default();
    let record = closure.records.get(&index);
    EntryPosition {
        index,
        logged_at: record.map_or(closure.as_of.time, |record| record.entry.logged_at),
    }
}

/// The record of a job whose closure could not be collected: no verdict is shown rather than an old one.
pub(super) fn unjudged(
    job_id: &str,
    span: (EntryPosition, EntryPosition),
    size: TreeSize,
    error: &CollectError,
) -> JobRecord {
    let (code, message) = match error {
        CollectError::Closure(_) => (
            "CLOSURE_TOO_LARGE",
            "the job has more evidence than is assessed here",
        ),
        CollectError::Read(_) => ("UNREADABLE", "the log could not be read"),
    };
    JobRecord {
        job_id: job_id.to_owned(),
        first: span.0,
        last: span.1,
        assessed_at: size,
        outcome: JobOutcome {
            verdict: None,
            check: None,
            code: code.to_owned(),
            message: message.to_owned(),
        },
        ended: false,
        summary: RecordSummary::default(),
        alarms: Vec::new(),
    }
}

/// What an entry raises by itself, whether or not a job can be found for it. `may_contradict` is false where the log knows that it
/// contradicts nothing ([`Reader::with_known_names`]).
pub(super) fn alarm(
    reader: &Reader,
    (index, entry): (LeafIndex, &Entry),
    may_contradict: bool,
) -> Result<Option<Alarm>, ReadError> {
    let earlier = if may_contradict {
        reader.contradicted_by(index, entry)?
    } else {
        Vec::new()
    };
    let (code, message) = if entry.kind == Kind::Refused {
        let reason = entry.refused.as_deref().unwrap_or_default();
        let message = format!("a document of a registered signer was refused: {reason}");
        ("EVIDENCE_REFUSED", message)
    } else if earlier.is_empty() {
        return Ok(None);
    } else {
        let message = "one signer or gateway made statements that contradict each other".to_owned();
        ("CONFLICTING_STATEMENTS", message)
    };
    let job = entry
        .subjects
        .iter()
        .chain(entry.context_subjects.iter().flatten())
        .find(|subject| subject.field == Field::Job);
    let size = index.size_with().unwrap_or_default();
    let job_id = match job {
        Some(subject) => reader.job_id(subject.hash, size)?,
        None => None,
    };
    let mut entries = earlier;
    entries.truncate(LIST_MAX);
    entries.push(index);
    Ok(Some(Alarm {
        source: AlarmSource::Log,
        code: code.to_owned(),
        job_id,
        message,
        entries,
        raised: EntryPosition {
            index,
            logged_at: entry.logged_at,
        },
        offence_at: None,
    }))
}
