//! Watched jobs: the pack of each, verified whole, and its verdict compared with the one before.
//!
//! A revocation, a withdrawn policy or a conflict is no entry of the job, and changes its verdict. So a pack is asked for whenever the
//! log has grown by anything that the index covers.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use verifier::check::audit::AuditRound;
use verifier::check::{FilePurpose, Finding, Report, Status, read_pack};
use verifier::index::{LeafIndex, TreeSize};
use verifier::pack::{PACK_BYTES_MAX, Pack};

use super::{HASHES_BYTES_MAX, Round};
use crate::alarm::{Alarm, AlarmLife, code};
use crate::state::JobState;

/// All but the unreserved characters of a path (RFC 3986 §2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

impl Round<'_> {
    /// Judges every watched job as of what the index covers.
    pub(super) fn jobs(&mut self, audited: &AuditRound) {
        let as_of = match audited.covered.value() {
            0 => self.size,
            _ => audited.covered,
        };
        for job in self.log.config.jobs.clone() {
            let known = self.state.jobs.get(&job).cloned().unwrap_or_default();
            if known.entries == 0 || known.as_of >= as_of {
                continue;
            }
            let about = format!("job {job}");
            match self.report_on(&job, as_of) {
                Ok(report) => {
                    self.looks_at(about.as_str());
                    self.judge_job(&job, &about, &known, (as_of, report));
                }
                Err(finding) => self.found(&about, finding),
            }
        }
    }

    /// The pack of a job, as of a size, under a head that belongs to the log's one history.
    fn report_on(&self, job: &str, as_of: TreeSize) -> Result<Report, Finding> {
        let id = utf8_percent_encode(job, RESERVED);
        let path = format!("/v1/jobs/{id}/pack?as_of={as_of}");
        let bytes = self.server.answer(&path, PACK_BYTES_MAX)?.ok_or_else(|| {
            let message =
                format!("the server shows no pack of the job {job:?}, and the log has entries of it");
            Finding::incomplete("PACK_NOT_SHOWN", message)
        })?;
        let chosen = self.keys.choose_for(FilePurpose::Pack, &bytes);
        let report = chosen.hold(read_pack(&bytes, &chosen.key, None).check.report);
        let number = |name: &str| report.details.get(name).and_then(Value::as_u64);
        let named = report.details.get("job_id").and_then(Value::as_str);
        if report.answers.verdict.is_none() {
            return Err(Finding {
                status: report.status,
                reason_code: report.reason_code,
                message: format!("the pack of the job {job:?} is not genuine: {}", report.message),
            });
        }
        if named != Some(job) || number("as_of") != Some(as_of.value()) {
            let message = format!(
                "the server answered with another pack than that of the job {job:?} as of size {as_of}"
            );
            return Err(Finding::fail("UNEXPECTED_JOB", message));
        }
        self.link(&bytes)?;
        Ok(report)
    }

    /// Has the log show that the head of a pack is of one history with the head that was followed.
    fn link(&self, pack: &[u8]) -> Result<(), Finding> {
        let pack = Pack::open(pack).map_err(|error| Finding::fail("PACK_DAMAGED", error.to_string()))?;
        let theirs = pack.checkpoint();
        let ours = self.state.head.clone().unwrap_or_default();
        let size = |note: &str| {
            verifier::checkpoint::Checkpoint::open(note.as_bytes(), &self.key_of(note))
                .map(|checkpoint| checkpoint.head().size)
        };
        let (our_size, their_size) = (size(&ours)?, size(theirs)?);
        let (first, second) = (our_size.min(their_size), our_size.max(their_size));
        let proof = if first == second {
            Vec::new()
        } else {
            let path = format!("/v1/proofs/consistency?first={first}&second={second}");
            self.server.answer(&path, HASHES_BYTES_MAX)?.unwrap_or_default()
        };
        let report = if our_size <= their_size {
            self.grown(&ours, theirs, &proof)
        } else {
            self.grown(theirs, &ours, &proof)
        };
        if report.status == Status::Pass {
            return Ok(());
        }
        Err(Finding {
            status: report.status,
            reason_code: report.reason_code,
            message: format!(
                "the head of the pack, and the head that is followed: {}",
                report.message
            ),
        })
    }

    fn judge_job(&mut self, job: &str, about: &str, known: &JobState, (as_of, report): (TreeSize, Report)) {
        let verdict = report.answers.verdict.unwrap_or(Status::Unknown).to_string();
        if let Some(before) = known.verdict.as_ref().filter(|before| **before != verdict) {
            let sentence = format!(
                "the verdict on the job {job:?} was {before} ({}) as of size {}, and is {verdict} ({}) as of size {as_of}: {}",
                known.code, known.as_of, report.reason_code, report.message
            );
            let alarm = Alarm::new(code::VERDICT_CHANGED, about, AlarmLife::Once, sentence);
            self.alarms.push(alarm.part(format!("size {as_of}")));
        }
        if !report.details.has_checked("completeness") && self.state.index_followed {
            let message = format!(
                "the pack of the job {job:?} does not prove that no entry was left out, as the index does not cover it yet"
            );
            self.unseen.push(Finding::incomplete("PACK_NOT_PROVED", message));
        }
        self.assessed(job, about, report.details.get("assessment"));
        self.state.jobs.insert(
            job.to_owned(),
            JobState {
                entries: known.entries,
                as_of,
                verdict: Some(verdict),
                code: report.reason_code.to_owned(),
            },
        );
    }

    /// What somebody should look at, as the assessment says: a use after a revocation, a conflict, a policy that was withdrawn.
    fn assessed(&mut self, job: &str, about: &str, assessment: Option<&Value>) {
        let list = |name: &str| {
            let list = assessment.and_then(|assessment| assessment.get(name)?.as_array());
            list.map(Vec::as_slice).unwrap_or_default()
        };
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        for alarm in list("alarms") {
            let check = text(alarm, "check");
            let of_check = list("checks").iter().find(|one| text(one, "id") == check);
            let message = text(alarm, "message").or_else(|| text(of_check?, "message"));
            let code = text(alarm, "code").unwrap_or_default();
            let sentence = format!("the job {job:?}: {}", message.as_deref().unwrap_or(&code));
            let entries = alarm.get("entries").and_then(Value::as_array);
            let entries = entries.into_iter().flatten().filter_map(Value::as_u64);
            let raised = Alarm::new(&code, about, AlarmLife::WhileFound, sentence);
            let raised = raised.part(check.unwrap_or_else(|| code.clone()));
            self.alarms.push(raised.at(entries.map(LeafIndex::new)));
        }
    }
}
